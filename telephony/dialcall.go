package telephony

import (
	"slices"
	"time"
)

// dial is a click-to-dial the Tracker knows of.
type dial struct {
	req   DialRequest
	step  DialStep
	heard bool      // the connector has reported a step
	at    time.Time // of the last step
}

// noWord bounds how long a click-to-dial may stay without any further word.
const noWord = 3 * time.Minute

// Dial announces a click-to-dial; call it before Connector.Dial. It begins
// the one outgoing call that the user sees, whatever legs the platform makes
// of it, and returns that call's id. When Connector.Dial returns an error,
// report it as Progress with DialFailed.
func (t *Tracker) Dial(req DialRequest) CallID {
	now := t.opts.Now()
	m := t.dials[req.ID]
	if m == nil {
		m = t.begin(now, now)
		m.dial = &dial{req: req}
		m.told.Direction = Outgoing
		m.told.Origin = req.ID
		t.dials[req.ID] = m
		t.review(m, now, time.Time{})
		t.sweep(now)
	}
	return m.told.ID
}

// Progress passes a step of a click-to-dial on, each once and never backwards.
func (t *Tracker) Progress(p Progress) {
	if int(p.Step) >= len(dialStepWords) {
		return
	}
	m := t.dials[p.ID]
	if m == nil {
		t.observer.Progress(p) // not announced: nothing to tie it to
		return
	}
	d := m.dial
	if d.heard && (p.Step <= d.step || d.step.Final()) {
		return
	}
	d.step, d.heard = p.Step, true
	t.observer.Progress(p)
	now := t.opts.Now()
	d.at = now
	m.settle = time.Time{} // whatever was waited for, this is a new word
	t.review(m, now, time.Time{})
	t.sweep(now)
}

// placeByDial finds the click-to-dial that a leg belongs to: by its Origin, or
// because it calls the number asked for, or because it is the user's own side.
func (t *Tracker) placeByDial(l *leg) *tracked {
	if l.Origin != "" {
		if t.dials[l.Origin] == nil {
			t.Dial(DialRequest{ID: l.Origin, Number: l.Remote.Number})
		}
		m := t.dials[l.Origin]
		// An interface that sees whole calls reports the call itself; SIP
		// reports the leg with which we called the user's own phone.
		l.own = l.Direction != Outgoing || l.View != ViewAPI && !m.dial.reaches(l)
		return m
	}
	for _, m := range slices.Backward(t.calls) {
		if m.dial == nil || m.done() {
			continue
		}
		number := l.Remote.Number
		switch {
		case l.Direction != Incoming && m.dial.reaches(l):
			return m
		case number.Key() != "" && (number.Key() == l.Local.Number.Key() || number.Key() == t.opts.Own.Key()):
			l.own = true // "100 calls 100": nobody does that by hand
			return m
		case number.Key() == "" && l.Direction != Incoming && l.View == ViewDialog && !m.has(ViewDialog):
			l.own = true // a platform that tells nothing but that the line is busy
			return m
		case l.Direction == Outgoing && m.dial.calling() && !m.hasDestination():
			return m // the platform calls the number by another name
		}
	}
	return nil
}

// reaches reports that the leg goes to the number that was asked for.
func (d *dial) reaches(l *leg) bool {
	n := l.Remote.Number
	return n.Key() != "" && n.Key() == d.req.Number.Key() || n.Raw() != "" && n.Raw() == d.req.Dial
}

// calling reports that the user's phone has answered and is being told to
// call: whatever it calls now is what was asked for.
func (d *dial) calling() bool { return d.heard && d.step >= DialOwnAnswered && d.step < DialConnected }

func (m *tracked) hasDestination() bool {
	return slices.ContainsFunc(m.legs, func(l *leg) bool { return !l.own })
}

// phase is where the call is by the connector's progress alone.
func (d *dial) phase() Phase {
	switch {
	case d.step < DialRinging:
		return Dialing
	case d.step == DialRinging:
		return Alerting
	case d.step == DialConnected:
		return Connected
	}
	return Ended
}

func (d *dial) reason() EndReason {
	switch d.step {
	case DialBusy:
		return EndBusy
	case DialDeclined:
		return EndDeclined
	case DialNoAnswer:
		return EndNoAnswer
	case DialCancelled:
		return EndCancelled
	}
	return EndFailed
}

// judgeDial weighs the progress of a click-to-dial, the leg to its
// destination and the user's own leg. Progress leads until both talk; from
// then on the legs say how long. A line that shows neither leg cannot know
// when the call ends: it is let go soon, with reason unknown.
func (t *Tracker) judgeDial(m *tracked, now time.Time) verdict {
	there := listen(m.legs, func(l *leg) bool { return !l.own })
	own := listen(m.legs, func(l *leg) bool { return l.own })
	by := m.dial.phase()

	switch {
	case there.best().Talking() && m.dial.heard && m.dial.step < DialConnected:
		// Some platforms call a leg confirmed that only rings.
		return verdict{phase: there.best(), wait: noWord, meanwhile: by}
	case there.best().Talking() && by == Ended:
		// It was refused, or its progress got lost: the leg's end tells.
		return verdict{phase: there.best(), wait: t.opts.Settle}
	case there.best().Talking():
		return verdict{phase: there.best()}
	case by == Ended:
		return verdict{phase: Ended, reason: m.dial.reason()}
	case some(there.live):
		return verdict{phase: Next(by, there.best())}
	case some(there.over):
		v := verdict{phase: Ended, reason: m.reason()}
		if !m.talked {
			v.wait = t.opts.Settle // the progress says why
		}
		return v
	case some(there.lost):
		return verdict{phase: Ended, reason: EndUnknown, wait: t.opts.Settle}
	case by != Connected:
		return verdict{phase: Ended, reason: EndUnknown, wait: noWord, meanwhile: by}
	case own.live[ViewAPI] || own.live[ViewDialog]:
		return verdict{phase: by}
	case some(own.over):
		// Either the user hung up, or our leg has done its part and the leg to
		// the destination is about to be told.
		soon := max(t.opts.Settle, t.opts.MergeWindow-now.Sub(m.dial.at))
		return verdict{phase: Ended, reason: EndNormal, wait: soon, meanwhile: by}
	}
	return verdict{phase: Ended, reason: EndUnknown, wait: t.opts.MergeWindow, meanwhile: by}
}
