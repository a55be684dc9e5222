package simulator

import (
	"time"

	"example.org/ctiagent/telephony/telephonytest"
)

// World is the platform as the conformance suite controls it, for one user.
func (p *Platform) World(user string, expect Expect) telephonytest.World {
	return &world{p: p, user: user, expect: expect}
}

// Expect is what a connector's line brings up when it is connected.
type Expect struct {
	Subscription bool // to dialog events
	Contact      bool // a second one
}

type world struct {
	p      *Platform
	user   string
	expect Expect
}

func (w *world) Ready() bool {
	return (!w.expect.Subscription || w.p.Subscribed(w.user) > 0) && (!w.expect.Contact || w.p.Registered(w.user) > 0)
}

func fromSuite(c telephonytest.Caller) Caller {
	return Caller{Number: c.Number, Name: c.Name, Anonymous: c.Withheld, Diversion: c.RedirectBy}
}

// worldCall is a Call whose Transfer takes the suite's caller.
type worldCall struct{ *Call }

func (c worldCall) Transfer(to telephonytest.Caller) { c.Call.Transfer(fromSuite(to)) }

func (w *world) Ring(from telephonytest.Caller) telephonytest.Call {
	return worldCall{w.p.Ring(w.user, fromSuite(from))}
}

func (w *world) Outgoing(number string) telephonytest.Call {
	return worldCall{w.p.Outgoing(w.user, number)}
}

func (w *world) Interrupt(meanwhile func()) {
	w.p.Unplug()
	meanwhile()
	if err := w.p.Plug(); err != nil {
		panic(err) // somebody took our port: nothing to test any more
	}
}

func (w *world) RefuseCredentials() {
	w.p.Misbehave(func(m *Mischief) { m.RefuseCredentials = true })
}

func (w *world) Disorder(on bool) {
	w.p.Misbehave(func(m *Mischief) { m.SwapNotifies, m.TwiceNotifies = on, on })
}

func (w *world) OnDial(o telephonytest.DialOutcome) {
	const soon = 5 * time.Millisecond
	s := DialScript{Own: Reaction{After: soon, Code: 200}, There: Reaction{After: soon, Code: 200}}
	switch o {
	case telephonytest.DialBusy:
		s.There = Reaction{Code: 486}
	case telephonytest.DialDeclined:
		s.There = Reaction{After: soon, Code: 603}
	case telephonytest.DialUnanswered:
		s.There = Reaction{After: soon, Code: 408}
	case telephonytest.DialOwnDeclines:
		s.Own = Reaction{After: soon, Code: 603}
	case telephonytest.DialOwnRings:
		s.Own = Reaction{}
	case telephonytest.DialThereRings:
		s.There = Reaction{}
	}
	w.p.OnDial(func(_, _ string) DialScript { return s })
}

func (w *world) HangUpAll() {
	for _, c := range w.p.Calls(w.user) {
		c.Hangup()
	}
	w.p.HangUpOwnPhone(w.user)
}

func (w *world) Silence() bool { return w.p.InSilence(w.user) }

func (w *world) Secrets() []string {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	words := append([]string(nil), w.p.responses...)
	for _, u := range w.p.opts.Users {
		words = append(words, u.Password)
	}
	return words
}

func (w *world) Complaints() []string { return w.p.Violations() }

func (w *world) Close() { w.p.Close() }
