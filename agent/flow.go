package agent

import (
	"context"
	"errors"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop"
	"example.org/ctiagent/screenpop/script"
	"example.org/ctiagent/telephony"
)

// This file holds the incoming journey from top to bottom; dial.go holds the
// outgoing one.
//
//	connector → Tracker → callChanged
//	  1 ring        the notification with the number, at once, and the card
//	  2 lookUp      who is it? beside the loop, with a bound
//	  3 recognised  card and notification replaced with the name
//	  4 pop         the organisation's scripts, beside the loop
//	  5 popped      what was opened, refused or went wrong
//	  6 finish      the notification goes; a missed call stays; history

const (
	lookupLimit = 10 * time.Second // a late name is still shown while the call lasts
	retryAfter  = 2 * time.Second  // when the service is away and the call still there
	popLimit    = 10 * time.Second // fetching a script included
)

// callChanged is every word of the Tracker about one call.
func (l *loop) callChanged(call telephony.Call, ch telephony.Change) {
	l.changed = true
	c := l.cards[call.ID]
	if c == nil {
		if call.Phase == telephony.Ended {
			return // over before it was ever shown
		}
		if c = l.dials[call.Origin]; call.Origin == "" || c == nil {
			c = l.newCard()
		}
		l.cards[call.ID] = c
	}
	before := c.number.Key()
	wasRinging := c.call.Phase == telephony.Ringing
	c.call = call
	c.number = call.Remote.Number

	switch {
	case ch.Has(telephony.ChangeRing):
		l.ring(c)
	case c.live() && c.number.Key() != before:
		l.numberChanged(c)
	case ch.Has(telephony.ChangeRemote) && call.Phase == telephony.Ringing:
		l.notifyCall(c)
	}
	switch {
	case call.Phase == telephony.Ended:
		l.finish(c)
	case call.Phase.Talking():
		if wasRinging {
			l.withdraw(c)
		}
		l.pop(c, script.EventAnswered)
	}
}

// ring is step 1: the user hears of the call before anything else is asked.
func (l *loop) ring(c *card) {
	c.times.Received = c.call.Received
	l.notifyCall(c)
	l.lookUp(c)
	l.popCardWindow()
}

// numberChanged starts over for another number: it came late, or another
// person is on the line after a transfer.
func (l *loop) numberChanged(c *card) {
	c.answer, c.order, c.chosen = recognition.Answer{}, nil, false
	c.ran = nil
	if c.call.Phase == telephony.Ringing {
		l.notifyCall(c)
	}
	l.lookUp(c)
}

// lookUp is step 2. Internal calls are looked up too: a colleague may be in
// the directory. A withheld number is nobody's.
func (l *loop) lookUp(c *card) {
	c.lookup++
	c.bound, c.retry = time.Time{}, time.Time{}
	switch {
	case c.number.Withheld():
		c.recognised = view.IsWithheld
		return
	case c.private, c.number.IsZero():
		c.recognised = view.NoLookup
		return
	}
	s := l.session()
	if s == nil {
		c.recognised = view.NoLookup
		return
	}
	if c.recognised != view.Unreachable { // "trying again" stays until there is an answer
		c.recognised = view.LookingUp
	}
	c.bound = l.now().Add(l.values().Service.LookupBound)
	q := recognition.Query{Number: c.number, Outgoing: c.outgoing()}
	id, lookup := c.call.ID, c.lookup
	l.beside(func() {
		ctx, cancel := context.WithTimeout(l.ctx, lookupLimit)
		defer cancel()
		answer, err := s.Recognize(ctx, q)
		r := recognised{call: id, lookup: lookup, answer: answer, err: err}
		if err == nil && len(answer.Matches) > 1 {
			r.source, r.record, _ = l.hist().Choice(q.Number.Key())
		}
		l.post(r)
	})
}

// recognised is step 3: the answer has come.
type recognised struct {
	call           telephony.CallID
	lookup         int
	answer         recognition.Answer
	source, record string // chosen earlier for this number
	err            error
}

func (r recognised) apply(l *loop) {
	c := l.cards[r.call]
	if c == nil || c.lookup != r.lookup || c.private {
		return
	}
	l.changed = true
	c.bound = time.Time{}
	switch {
	case r.err == nil:
		c.answer = r.answer
		c.sortMatches(r.source, r.record)
		c.recognised = map[bool]string{true: view.Known, false: view.Several}[len(c.order) == 1]
		if len(c.order) == 0 {
			c.recognised = view.NotKnown
		}
		if c.call.Phase == telephony.Ringing && !c.outgoing() {
			c.named = l.now()
			l.notifyCall(c)
		}
		l.popMissed(c)
	case errors.Is(r.err, recognition.ErrWithheld):
		c.recognised = view.IsWithheld
	case errors.Is(r.err, recognition.ErrSignedOut):
		c.recognised = view.NoLookup
	default:
		c.recognised = view.Unreachable
		if c.live() {
			c.retry = l.now().Add(retryAfter)
		}
		if c.call.Phase == telephony.Ringing {
			l.notifyCall(c)
		}
	}
}

// popMissed runs the scripts of the events that passed while the lookup was
// under way: the call may have been answered faster than it was recognised.
func (l *loop) popMissed(c *card) {
	switch {
	case c.call.Phase == telephony.Ringing:
		l.pop(c, script.EventRinging)
	case c.call.Phase.Talking():
		l.pop(c, script.EventRinging)
		l.pop(c, script.EventAnswered)
	case c.outgoing() && c.live():
		l.pop(c, script.EventRinging)
	}
}

// lookupLate: the bound has passed. The card says so calmly; a name that comes
// later is still shown.
func (l *loop) lookupLate(c *card) {
	if c.recognised == view.LookingUp {
		c.recognised = view.Late
		l.changed = true
		if c.call.Phase == telephony.Ringing {
			l.notifyCall(c)
		}
	}
}

// pop is step 4: each event's scripts run once per call.
func (l *loop) pop(c *card, event script.Event) {
	answered := c.recognised == view.Known || c.recognised == view.Several || c.recognised == view.NotKnown
	v := l.values().Pop
	if !answered || !v.Enabled {
		return
	}
	matches, decided := c.forScripts(v.Several)
	if !decided {
		return // several people share the number; the card asks who it is
	}
	l.runScripts(c, screenpop.Moment{
		Event:        event,
		Call:         c.call,
		Answer:       recognition.Answer{Matches: matches, Scripts: c.answer.Scripts},
		Ran:          c.ran,
		DoNotDisturb: l.dnd,
		Private:      c.private,
	}, screenpop.Situation{DoNotDisturb: l.dnd, Private: c.private})
}

// runScripts starts the scripts of one moment beside the loop and says how many.
func (l *loop) runScripts(c *card, m screenpop.Moment, now screenpop.Situation) int {
	s := l.session()
	if s == nil || s.popper == nil {
		return 0
	}
	runs := screenpop.Plan(m)
	for _, run := range runs {
		c.ran = append(c.ran, run.Key())
		id := c.call.ID
		l.beside(func() {
			ctx, cancel := context.WithTimeout(l.ctx, popLimit)
			defer cancel()
			l.post(popped{call: id, outcome: s.popper.Pop(ctx, run, now)})
		})
	}
	return len(runs)
}

// forScripts is whom the scripts are told of. When several people share the
// number, the earlier choice counts, then the policy; it reports false while
// the user has to choose.
func (c *card) forScripts(policy string) ([]recognition.Match, bool) {
	switch {
	case len(c.order) == 0:
		return nil, true
	case len(c.order) == 1 || c.chosen || policy == "first":
		return []recognition.Match{c.answer.Matches[c.order[0]]}, true
	}
	return nil, false
}

// popped is step 5: what a script did.
type popped struct {
	call    telephony.CallID
	outcome screenpop.Outcome
}

func (p popped) apply(l *loop) {
	o := p.outcome
	c := l.cards[p.call]
	if c == nil {
		return
	}
	l.changed = true
	if len(o.Opened) > 0 {
		c.opened = true
		if c.times.Opened.IsZero() {
			c.times.Opened = o.Timing.Handed
		}
	}
	for _, text := range o.Notices {
		c.notice = clean(text)
	}
	c.paused = c.paused || o.Paused
	switch {
	case o.Err != nil:
		c.scriptErr = l.deps.Texts.T("card.scriptFailed")
	case wished(o) > len(o.Opened):
		c.scriptErr = l.deps.Texts.T("error.noBrowser")
	}
}

// wished counts what the desktop should have opened.
func wished(o screenpop.Outcome) int {
	n := 0
	for _, i := range o.Intents {
		if i.Type != script.Notify {
			n++
		}
	}
	return n
}

// finish is step 6.
func (l *loop) finish(c *card) {
	now := l.now()
	c.bound, c.retry = time.Time{}, time.Time{}
	l.withdraw(c)
	l.pop(c, script.EventEnded)
	l.record(c)
	switch {
	case c.call.EndReason == telephony.EndMissed && !c.outgoing():
		c.gone = now.Add(stayMissed)
		l.missed = append(l.missed, c)
		l.notifyMissed()
		l.trimMissed()
	case c.dismissed:
		l.forget(c)
	case c.call.EndReason == telephony.EndAnsweredElsewhere:
		c.gone = now.Add(stayElsewhere)
	case c.dialling && c.reason != "":
		c.gone = now.Add(stayFailed)
	default:
		c.gone = now.Add(stayEnded)
	}
}

// trimMissed keeps the newest missed cards on the screen.
func (l *loop) trimMissed() {
	count := 0
	for i := len(l.order) - 1; i >= 0; i-- {
		if c := l.order[i]; c.phase() == view.PhaseMissed {
			if count++; count > keepMissed {
				l.forget(c)
			}
		}
	}
}
