package telephonytest

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"example.org/ctiagent/phone"
	"example.org/ctiagent/telephony"
)

// flaws are what a bad connector does; the suite must find each.
type flaws struct {
	leaks, hangs, tellsPassword, tellsNumber bool
	losesEnds, rings, wrongReason, unmasks   bool
	ownDialRings, silentRefusal, noSnapshot  bool
	returnsError, backwards, leavesSilence   bool
	understates                              bool
}

// fake is a platform in memory and the connector to it: an interface that
// sees whole calls, so its reports say everything.
type fake struct {
	flaws
	log *slog.Logger

	mu      sync.Mutex
	news    chan struct{} // one word is enough
	queue   []func(telephony.Sink)
	up      bool
	running bool
	cut     bool
	refuse  bool
	twice   bool
	outcome DialOutcome
	calls   []*fakeCall
	dials   map[telephony.DialID]*fakeCall
	silence bool
	lastID  int
}

type fakeCall struct {
	f      *fake
	call   telephony.Call
	dialed telephony.DialID
}

func newFake(log *slog.Logger, fl flaws) *fake {
	return &fake{flaws: fl, log: log, news: make(chan struct{}, 1), up: true, dials: map[telephony.DialID]*fakeCall{}}
}

func harness(fl flaws, missing ...string) Harness {
	return Harness{
		Own: "100", Missing: missing, Patience: 5 * time.Second,
		New: func(_ T, log *slog.Logger) (telephony.Connector, World) {
			f := newFake(log, fl)
			return f, f
		},
	}
}

// push queues a report; under the lock.
func (f *fake) push(report func(telephony.Sink)) {
	if f.running && !f.cut {
		f.queue = append(f.queue, report)
		f.wake()
	}
}

func (f *fake) wake() {
	select {
	case f.news <- struct{}{}:
	default:
	}
}

func (f *fake) Run(ctx context.Context, sink telephony.Sink) error {
	if f.leaks {
		go func() { time.Sleep(time.Minute) }() // the flaw itself
	}
	if f.tellsPassword {
		f.log.Debug("signing in", "password", "hunter2hunter2")
	}
	if f.refuse {
		if !f.silentRefusal {
			sink.Link(telephony.Link{State: telephony.LinkFatal, Reason: "the password is wrong", Hint: "enter it again"})
		}
		return fmt.Errorf("fake: sign in: %w", telephony.ErrRefused)
	}
	for ctx.Err() == nil || f.hangs {
		f.mu.Lock()
		var next []func(telephony.Sink)
		switch {
		case f.cut:
			f.cut, f.running, f.queue = false, false, nil
			next = append(next, func(s telephony.Sink) { s.Link(telephony.Link{State: telephony.LinkOffline}) })
		case !f.running && f.up:
			f.running = true
			var all []telephony.Call
			for _, c := range f.calls {
				all = append(all, c.call)
			}
			next = append(next, func(s telephony.Sink) {
				s.Link(telephony.Link{State: telephony.LinkLive})
				if !f.noSnapshot {
					s.Snapshot(telephony.ViewAPI, all)
				}
			})
		default:
			next, f.queue = f.queue, nil
		}
		f.mu.Unlock()
		for _, report := range next {
			report(sink)
		}
		if len(next) > 0 {
			continue
		}
		select {
		case <-f.news:
		case <-ctx.Done():
			if f.hangs {
				time.Sleep(time.Second)
				f.hangs = false
			}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running = false
	for _, c := range f.dials {
		c.drop()
	}
	if f.returnsError {
		return ctx.Err()
	}
	return nil
}

func (f *fake) Capabilities() telephony.Capabilities {
	return telephony.Capabilities{
		Incoming: true, Outgoing: true, RemoteOnOutgoing: true, RemoteAfterAnswer: true, Hold: !f.understates,
		EndReason: true, MultiCall: true, AnsweredElsewhere: true, Redirect: true, Dial: true,
	}
}

// tell reports a call as it is now.
func (c *fakeCall) tell() {
	call, f := c.call, c.f
	if call.Phase == telephony.Ended {
		f.calls = slices.DeleteFunc(f.calls, func(x *fakeCall) bool { return x == c })
		if f.losesEnds {
			return
		}
	}
	f.push(func(s telephony.Sink) {
		s.Call(call)
		if f.twice {
			s.Call(call)
		}
	})
}

func (f *fake) begin(p telephony.Phase, d telephony.Direction, from Caller) *fakeCall {
	f.lastID++
	c := &fakeCall{f: f, call: telephony.Call{
		ID: telephony.CallID(fmt.Sprint(f.lastID)), Phase: p, Direction: d, Started: time.Now(), Remote: party(from),
	}}
	if from.RedirectBy != "" {
		c.call.RedirectedFrom = party(Caller{Number: from.RedirectBy})
	}
	if from.Withheld && f.unmasks {
		c.call.Remote = party(Caller{Number: from.Number, Name: from.Name})
	}
	if f.tellsNumber {
		f.log.Debug("ringing", "from", from.Number)
	}
	f.calls = append(f.calls, c)
	c.tell()
	return c
}

func party(c Caller) telephony.Party {
	if c.Withheld {
		return telephony.Party{Number: phone.WithheldNumber(phone.Anonymous)}
	}
	return telephony.Party{Number: number(c), Name: c.Name}
}

func (c *fakeCall) change(change func(*telephony.Call)) {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	change(&c.call)
	if c.f.rings && c.call.Phase == telephony.Connected {
		c.call.ID += "again"
	}
	c.tell()
}

func (c *fakeCall) end(why telephony.EndReason) {
	if c.f.wrongReason && why == telephony.EndAnsweredElsewhere {
		why = telephony.EndMissed
	}
	c.change(func(x *telephony.Call) { x.Phase, x.EndReason = telephony.Ended, why })
}

func (c *fakeCall) phase(p telephony.Phase) func(*telephony.Call) {
	return func(x *telephony.Call) { x.Phase = p }
}

func (c *fakeCall) Alert()           { c.change(c.phase(telephony.Alerting)) }
func (c *fakeCall) Answer()          { c.change(c.phase(telephony.Connected)) }
func (c *fakeCall) Hold()            { c.change(c.phase(telephony.Held)) }
func (c *fakeCall) Resume()          { c.change(c.phase(telephony.Connected)) }
func (c *fakeCall) AnswerElsewhere() { c.end(telephony.EndAnsweredElsewhere) }
func (c *fakeCall) Decline()         { c.end(telephony.EndDeclined) }
func (c *fakeCall) Hangup()          { c.end(telephony.EndNormal) }
func (c *fakeCall) Transfer(to Caller) {
	c.change(func(x *telephony.Call) { x.Remote = party(to) })
}

func (c *fakeCall) Abandon() {
	if c.call.Direction == telephony.Outgoing {
		c.end(telephony.EndCancelled)
		return
	}
	c.end(telephony.EndMissed)
}

func (f *fake) Ready() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.running && !f.cut && len(f.queue) == 0
}

func (f *fake) Ring(from Caller) Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.begin(telephony.Ringing, telephony.Incoming, from)
}

func (f *fake) Outgoing(n string) Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.begin(telephony.Dialing, telephony.Outgoing, Caller{Number: n})
}

func (f *fake) Interrupt(meanwhile func()) {
	set := func(up, cut bool) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.up, f.cut = up, cut
		f.wake()
	}
	set(false, true)
	meanwhile()
	f.mu.Lock()
	f.up = true
	f.wake()
	f.mu.Unlock()
}

func (f *fake) RefuseCredentials()   { f.refuse = true }
func (f *fake) Disorder(on bool)     { f.twice = on }
func (f *fake) OnDial(o DialOutcome) { f.mu.Lock(); defer f.mu.Unlock(); f.outcome = o }
func (f *fake) Secrets() []string    { return []string{"hunter2hunter2"} }
func (f *fake) Complaints() []string { return nil }
func (f *fake) Close()               {}
func (f *fake) Silence() bool        { f.mu.Lock(); defer f.mu.Unlock(); return f.silence }

func (f *fake) HangUpAll() {
	f.mu.Lock()
	calls := slices.Clone(f.calls)
	f.mu.Unlock()
	for _, c := range calls {
		c.Hangup()
	}
}

// Dial plays the whole of a click-to-dial at once, up to where the outcome
// says that somebody lets it ring.
func (f *fake) Dial(_ context.Context, req telephony.DialRequest) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.running {
		return telephony.ErrNotReady
	}
	step := func(s ...telephony.DialStep) {
		if f.backwards {
			slices.Reverse(s)
		}
		for _, s := range s {
			f.push(func(sink telephony.Sink) { sink.Progress(telephony.Progress{ID: req.ID, Step: s}) })
		}
	}
	step(telephony.DialSent, telephony.DialOwnRinging)
	if f.ownDialRings {
		f.begin(telephony.Ringing, telephony.Incoming, bert)
	}
	c := &fakeCall{f: f, dialed: req.ID}
	f.dials[req.ID] = c
	switch f.outcome {
	case DialOwnRings:
		return nil
	case DialOwnDeclines:
		step(telephony.DialOwnRefused)
		return nil
	}
	c.call = telephony.Call{ID: telephony.CallID("dial " + req.ID), Phase: telephony.Dialing,
		Direction: telephony.Outgoing, Origin: req.ID, Remote: telephony.Party{Number: req.Number}}
	c.tell()
	step(telephony.DialOwnAnswered, telephony.DialTrying)
	if f.outcome == DialBusy {
		step(telephony.DialBusy)
		f.silence = f.leavesSilence
		return nil
	}
	step(telephony.DialRinging)
	switch f.outcome {
	case DialAnswered:
		c.call.Phase = telephony.Connected
		f.calls = append(f.calls, c)
		c.tell()
		step(telephony.DialConnected)
	case DialDeclined:
		step(telephony.DialDeclined)
	case DialUnanswered:
		step(telephony.DialNoAnswer)
	}
	return nil
}

func (f *fake) Cancel(_ context.Context, id telephony.DialID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.dials[id]; c != nil {
		c.drop()
		f.push(func(s telephony.Sink) { s.Progress(telephony.Progress{ID: id, Step: telephony.DialCancelled}) })
	}
	return nil
}

func (c *fakeCall) drop() { delete(c.f.dials, c.dialed) }
