package sipline

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/emiago/sipgo/sip"

	"example.org/ctiagent/telephony"
)

// Result is how one step of a probe went.
type Result uint8

const (
	Passed Result = iota
	Warned        // it works, with something a person should know
	Failed
)

func (r Result) String() string { return [...]string{"ok", "warning", "failed"}[r] }

// Step is one thing that a probe tried, in words for the person who has just
// typed in the settings.
type Step struct {
	Name   string // "settings", "connect", "sign-in", "second-contact", "events", "dial"
	Result Result
	Text   string // one plain sentence, no secrets, no numbers
	Hint   string // what to do about it, "" if nothing
	Code   string // stable, as in telephony.Link.Code
}

// probeLimit is how long a probe waits for the platform once it is connected.
const probeLimit = 12 * time.Second

// Probe tests a line: it connects, signs in, registers and subscribes as Run
// does, says what worked, what did not and which events will be seen, and
// leaves nothing behind. It may run beside a Run of the same line: its second
// contact has an instance of its own. It stops at the first step without which
// the next ones make no sense.
func Probe(ctx context.Context, cfg Config, log *slog.Logger) []Step {
	cfg.InstanceID = NewInstanceID()
	if err := cfg.check(); err != nil {
		return []Step{{Name: "settings", Result: Failed, Text: upperFirst(plain(err)), Code: "settings"}}
	}
	steps := []Step{{Name: "settings", Text: "The settings are complete."}}
	d, err := newDialer(&cfg)
	if err != nil {
		return append(steps, failedStep("settings", err))
	}
	conn, clock, err := d.connect(ctx)
	if err != nil {
		return append(steps, failedStep("connect", err))
	}
	state := conn.ConnectionState()
	steps = append(steps, Step{Name: "connect", Text: fmt.Sprintf("Connected with %s; the certificate is for %s and runs until %s.",
		tls.VersionName(state.Version), d.name, state.PeerCertificates[0].NotAfter.UTC().Format(time.DateOnly))})

	p := &prober{deaf: deaf{}}
	s := newSession(&cfg, log, p.deaf, newFlow(conn, clock, cfg.writeLimit), newCallTable(cfg.User, cfg.Plan))
	s.begin = func() { p.count(s) }
	run, leave := context.WithTimeout(ctx, probeLimit)
	defer leave()
	s.status.done = leave
	err = s.run(run) // ends when both views are decided, having taken its leave
	if ctx.Err() != nil {
		return append(steps, Step{Name: "sign-in", Result: Failed, Text: "The test was interrupted.", Code: "interrupted"})
	}
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return append(steps, p.report(s, err)...)
}

// prober sees what Run does not need to know.
type prober struct {
	deaf   deaf
	before int // contacts of others before we came, -1 when unknown
}

// count asks who is registered, then lets the session begin.
func (p *prober) count(s *session) {
	p.before = -1
	if s.cfg.NoSecondContact {
		s.startViews()
		return
	}
	query := s.reg.dlg.request(sip.REGISTER, sip.NewHeader("User-Agent", s.cfg.UserAgent))
	s.start(s.reg.dlg, query, nil, func(res *sip.Response, err error) {
		if err == nil && res.StatusCode < 300 {
			p.before = len(headers(res, "Contact"))
		}
		if err != nil && res != nil {
			s.status.refusedCredentials(viewContact, err)
			return
		}
		s.startViews()
	})
}

// report puts what the session found into steps.
func (p *prober) report(s *session, err error) []Step {
	var f *fatal
	if errors.As(err, &f) && (f.link.Code == "auth.refused" || f.link.Code == "auth.unsupported") {
		return []Step{failedStep("sign-in", err)}
	}
	var w *weak
	if err != nil && !errors.As(err, &f) && !errors.As(err, &w) {
		return []Step{{Name: "sign-in", Result: Failed, Text: "The connection was lost while signing in.", Code: "net.lost"}}
	}
	var steps []Step
	if s.status.views[viewDialog].stage == stageOK || s.status.views[viewContact].stage == stageOK {
		steps = append(steps, Step{Name: "sign-in", Text: "The platform accepts user name and password."})
	}
	if !s.cfg.NoSecondContact {
		steps = append(steps, p.contactStep(s))
	}
	if !s.cfg.NoDialog {
		steps = append(steps, eventsStep(s))
	}
	return append(steps, p.dialStep(s)...)
}

func (p *prober) contactStep(s *session) Step {
	v := s.status.views[viewContact]
	if v.stage != stageOK {
		return viewStep("second-contact", v)
	}
	if p.before > s.reg.others {
		return Step{Name: "second-contact", Result: Warned, Code: "registration.displaced",
			Text: "Registering took another device off the line: the platform allows too few at once.",
			Hint: "Raise the number of devices for this line, or switch the second contact off."}
	}
	return Step{Name: "second-contact",
		Text: "Registered beside the phones: incoming calls are seen with name and number, and whether they were answered elsewhere."}
}

func eventsStep(s *session) Step {
	v := s.status.views[viewDialog]
	if v.stage != stageOK {
		return viewStep("events", v)
	}
	switch known := s.status.views[viewContact].stage == stageOK; {
	case s.sub.quiet && known:
		return Step{Name: "events", Text: "Subscribed to call events; there is no call at the moment. A test call must appear."}
	case s.sub.quiet:
		return Step{Name: "events", Result: Warned, Code: "subscription.empty",
			Text: "Subscribed to call events; the platform sent an empty report, which some platforms do for unknown lines too.",
			Hint: "Make a test call: it must appear here."}
	}
	return Step{Name: "events", Text: "Subscribed to call events: incoming and outgoing calls are seen to their end."}
}

// dialStep says whether click-to-dial has a phone to ring.
func (p *prober) dialStep(s *session) []Step {
	if s.status.views[viewContact].stage != stageOK {
		return nil
	}
	if s.reg.others == 0 {
		return []Step{{Name: "dial", Result: Warned, Code: "dial.no-phone",
			Text: "No phone is registered on this line at the moment, so nothing would ring when dialling.",
			Hint: "Switch the phone on."}}
	}
	return []Step{{Name: "dial", Text: "A phone is registered: dialling will ring it first."}}
}

func viewStep(name string, v viewState) Step {
	switch v.stage {
	case stageOff, stageTrying:
		return Step{Name: name, Result: Failed, Code: "net.timeout", Text: "The platform did not answer in time."}
	}
	return Step{Name: name, Result: Failed, Text: upperFirst(v.words) + ".", Hint: v.hint, Code: v.code}
}

func failedStep(name string, err error) Step {
	var f *fatal
	var w *weak
	switch {
	case errors.As(err, &f):
		return Step{Name: name, Result: Failed, Text: f.link.Reason + ".", Hint: f.link.Hint, Code: f.link.Code}
	case errors.As(err, &w):
		return Step{Name: name, Result: Failed, Text: w.reason + ".", Hint: w.hint, Code: w.code}
	}
	return Step{Name: name, Result: Failed, Text: "The connection to the server could not be made.", Code: "net.failed"}
}

// plain takes the sentinel off a configuration error.
func plain(err error) string {
	text := err.Error()
	if prefix := telephony.ErrConfig.Error() + ": "; len(text) > len(prefix) && text[:len(prefix)] == prefix {
		text = text[len(prefix):]
	}
	return text + "."
}

// NewInstanceID makes an id for Config.InstanceID: a random UUID, RFC 9562
// §5.4. Whoever keeps the settings of the line keeps it with them.
func NewInstanceID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// deaf is a Sink for which nothing happens.
type deaf struct{}

func (deaf) Link(telephony.Link)                       {}
func (deaf) Snapshot(telephony.View, []telephony.Call) {}
func (deaf) Call(telephony.Call)                       {}
func (deaf) Progress(telephony.Progress)               {}
