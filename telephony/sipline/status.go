package sipline

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.org/ctiagent/telephony"
)

// viewIndex names the two ways to look at a line.
type viewIndex int

const (
	viewDialog viewIndex = iota
	viewContact
)

// stage is how far one view has come.
type stage uint8

const (
	stageOff stage = iota
	stageTrying
	stageOK
	stagePending // the platform waits for somebody's permission
	stageFailing // will be tried again
	stageRefused // for good
)

// viewState is what one view has to say.
type viewState struct {
	stage stage
	sip   int    // SIP code behind it
	code  string // stable code
	words string // no capital, no full stop
	hint  string
}

// status makes one link state of the states of both views.
type status struct {
	session *session
	views   [2]viewState
	told    telephony.Link
	done    func() // for the probe: called when both views are decided
}

// fatal is an error that only a person can mend, with the link it shows.
type fatal struct {
	err  error // of the contract
	link telephony.Link
}

func (f *fatal) Error() string { return fmt.Sprintf("%s: %v", f.link.Reason, f.err) }
func (f *fatal) Unwrap() error { return f.err }
func (f *fatal) Hint() string  { return f.link.Hint }
func (f *fatal) Code() string  { return f.link.Code }

func newFatal(err error, code, reason, hint string) *fatal {
	return &fatal{err, telephony.Link{State: telephony.LinkFatal, Reason: reason, Hint: hint, Code: code}}
}

// weak is an error that will be tried again, with the words for it.
type weak struct {
	code, reason, hint string
	err                error
}

func (w *weak) Error() string { return w.reason }
func (w *weak) Unwrap() error { return w.err }

func (t *status) trying(v viewIndex) {
	if t.views[v].stage == stageOff {
		t.views[v].stage = stageTrying
		t.review()
	}
}

func (t *status) ok(v viewIndex) {
	t.views[v] = viewState{stage: stageOK}
	t.review()
}

func (t *status) pending(v viewIndex) {
	t.views[v] = viewState{stage: stagePending, code: "subscription.pending",
		words: "the platform waits for permission before it tells of calls",
		hint:  "Ask the administrator to allow this subscription."}
	t.review()
}

func (t *status) failing(v viewIndex, code, words string) {
	t.views[v] = viewState{stage: stageFailing, code: code, words: words}
	t.review()
}

func (t *status) refused(v viewIndex, sip int, code, words, hint string) {
	t.views[v] = viewState{stage: stageRefused, sip: sip, code: code, words: words, hint: hint}
	t.review()
}

// refusedCredentials ends the session: going on would lock the account.
func (t *status) refusedCredentials(v viewIndex, err error) {
	f := newFatal(telephony.ErrRefused, "auth.refused",
		"The platform refuses the user name or the password",
		"Check both in the settings of the line.")
	if errors.Is(err, errNoDigest) {
		f = newFatal(telephony.ErrConfig, "auth.unsupported",
			"The platform asks for a way to sign in that is not safe or not known",
			"It must offer digest with SHA-256 or MD5.")
	}
	t.views[v] = viewState{stage: stageRefused, sip: 401, code: f.link.Code, words: lowerFirst(f.link.Reason), hint: f.link.Hint}
	t.session.fail(f)
	t.decided()
}

// review tells what both views say together, when it is news.
func (t *status) review() {
	cfg := t.session.cfg
	var on []viewState
	for v, off := range []bool{viewDialog: cfg.NoDialog, viewContact: cfg.NoSecondContact} {
		if !off {
			on = append(on, t.views[v])
		}
	}
	count := map[stage]int{}
	for _, v := range on {
		count[v.stage]++
	}
	if count[stageOff]+count[stageTrying] > 0 {
		return // wait for the other one
	}
	defer t.decided()
	switch {
	case count[stageOK] == len(on):
		t.set(telephony.LinkLive, "", "", "")
	case count[stageRefused] == len(on):
		t.session.fail(allRefused(on))
	case count[stageOK]+count[stagePending] == 0:
		// Nothing works: a new connection, perhaps to another server, is the
		// better way to try again.
		for _, v := range on {
			if v.stage == stageFailing {
				t.session.fail(&weak{code: v.code, reason: upperFirst(v.words), hint: v.hint})
				return
			}
		}
	default:
		for _, v := range on {
			if v.stage != stageOK {
				t.set(telephony.LinkDegraded, t.degraded(v), v.hint, v.code)
				return
			}
		}
	}
}

// allRefused chooses the words when nothing works.
func allRefused(on []viewState) error {
	v := on[0]
	for _, o := range on {
		if o.code == "line.unknown" {
			v = o
		}
	}
	if len(on) > 1 && !slices.ContainsFunc(on, func(o viewState) bool { return o.sip != 403 }) {
		// Some platforms answer a wrong password with 403 rather than with
		// another challenge; a permission that is missing is missing for one view.
		return newFatal(telephony.ErrRefused, "auth.refused",
			"The platform refuses this line; most often its user name or password is wrong.",
			"Check the user name and the password. If they are right, ask the administrator whether the line may be used from here.")
	}
	kind := telephony.ErrConfig
	if v.sip == 403 || v.sip == 603 {
		kind = telephony.ErrRefused
	}
	return newFatal(kind, v.code, upperFirst(v.words), v.hint)
}

// degraded says what is missing and what still works.
func (t *status) degraded(v viewState) string {
	works := "incoming calls are shown, outgoing ones and the end of calls are not"
	if t.views[viewContact].code == v.code && t.views[viewContact].stage == v.stage {
		works = "calls are shown, but not whether somebody else answered them"
	}
	return upperFirst(v.words) + "; " + works
}

func (t *status) decided() {
	if t.done != nil {
		t.done()
	}
}

func (t *status) set(state telephony.LinkState, reason, hint, code string) {
	link := telephony.Link{State: state, Reason: reason, Hint: hint, Code: code}
	if link != t.told {
		t.told = link
		t.session.sink.Link(link)
	}
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
