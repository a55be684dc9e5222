package sipline

import (
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"example.org/ctiagent/telephony"
)

// contactView watches the INVITEs that the platform forks to our second
// contact. It never answers a call and never rings: 100 and silence, so that
// the user's phones ring as if we were not there.
type contactView struct {
	s       *session
	ringing map[string]*ringing // by branch of the INVITE
}

// ringing is one INVITE without a final answer.
type ringing struct {
	req   *sip.Request
	tag   string
	call  telephony.Call
	limit *timer
}

// maxRinging bounds the INVITEs kept; the platform limits a real line to far
// fewer.
const maxRinging = 256

func newContactView(s *session) *contactView {
	return &contactView{s: s, ringing: map[string]*ringing{}}
}

func branchOf(m sip.Message) string {
	_, params, _ := strings.Cut(header(m, "Via"), ";")
	branch, _ := param(params, "branch")
	return branch
}

func (v *contactView) invite(req *sip.Request, at time.Time) {
	s := v.s
	branch := branchOf(req)
	if v.ringing[branch] != nil {
		return // sent again, RFC 3261 §17.2.1
	}
	if s.cfg.NoSecondContact || len(v.ringing) >= maxRinging {
		s.send(respond(req, 480, "Temporarily Unavailable", newTag()))
		return
	}
	if s.isOwnCall(req) {
		// Our own click-to-dial came back to our second contact. Of all
		// refusals a proxy passes on the one with the lowest number: this one
		// lets the word of a real phone (480, 486) win.
		s.send(respond(req, 488, "Not Acceptable Here", newTag()))
		return
	}
	for _, r := range v.ringing {
		if r.call.SignallingID == req.CallID().Value() {
			s.send(respond(req, 482, "Loop Detected", newTag())) // RFC 3261 §8.2.2.2
			return
		}
	}
	// Before anything else: a proxy may cancel only what was answered so far
	// (RFC 3261 §9.1), and a phone that answers at once makes it want to.
	s.send(respond(req, 100, "Trying", ""))
	r := &ringing{req: req, tag: newTag(), call: telephony.Call{
		ID:             telephony.CallID("contact:" + newTag()),
		View:           telephony.ViewContact,
		Phase:          telephony.Ringing,
		Direction:      telephony.Incoming,
		Remote:         callerOf(req, s.cfg.Plan),
		Local:          calledOf(req, s.cfg),
		RedirectedFrom: redirectedFrom(req, s.cfg.Plan),
		SignallingID:   req.CallID().Value(),
		Started:        at,
		Received:       at,
	}}
	v.ringing[branch] = r
	r.limit = s.after(s.cfg.ringLimit, func() {
		// Nobody told us how it went on.
		s.send(respond(r.req, 480, "Temporarily Unavailable", r.tag))
		v.finish(branch, telephony.EndUnknown, time.Time{})
	})
	s.sink.Call(r.call)
}

// calledOf reads which of our numbers was called: P-Called-Party-ID
// (RFC 7315 §4.2) where the platform gives it, else To.
func calledOf(req sip.Message, cfg *Config) telephony.Party {
	called := header(req, "P-Called-Party-ID")
	if called == "" {
		called = header(req, "To")
	}
	a := parseAddress(called)
	if uriUser(a.uri) == "" {
		return telephony.Party{}
	}
	return partyFrom(a.uri, a.display, cfg.Plan)
}

func (v *contactView) cancel(req *sip.Request, at time.Time) {
	branch := branchOf(req)
	r := v.ringing[branch]
	if r == nil {
		v.s.send(respond(req, 481, "Call/Transaction Does Not Exist", newTag()))
		return
	}
	v.finish(branch, cancelReason(req), at)
	v.s.send(respond(req, 200, "OK", r.tag))
	v.s.send(respond(r.req, 487, "Request Terminated", r.tag))
}

func (v *contactView) finish(branch string, why telephony.EndReason, at time.Time) {
	r := v.ringing[branch]
	r.limit.stop()
	delete(v.ringing, branch)
	r.call.Phase = telephony.Ended
	r.call.EndReason = why
	r.call.Received = at
	if at.IsZero() {
		at = time.Now()
	}
	r.call.Finished = at
	v.s.sink.Call(r.call)
}

// connectionLost forgets what rings. The calls themselves are told as ended by
// the empty snapshot of this view after the reconnect.
func (v *contactView) connectionLost() {
	for _, r := range v.ringing {
		r.limit.stop()
	}
	clear(v.ringing)
}

// calls are the calls that ring now.
func (v *contactView) calls() []telephony.Call {
	var out []telephony.Call
	for _, r := range v.ringing {
		out = append(out, r.call)
	}
	return out
}
