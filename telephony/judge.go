package telephony

import (
	"time"

	"example.org/ctiagent/phone"
)

// verdict is what the legs of a call say together. With wait set it comes true
// when nobody has said otherwise until then; meanwhile is the phase until then.
type verdict struct {
	phase     Phase
	reason    EndReason
	wait      time.Duration
	meanwhile Phase // PhaseUnknown: as it was
}

// chorus is what the views say, each for itself. A view may have several legs
// for one call (a forked call, or the same leg before and after a reconnect);
// it says the most advanced thing that one of its live legs says.
type chorus struct {
	live, over, lost [views]bool
	phase            [views]Phase
}

func listen(legs []*leg, mine func(*leg) bool) (c chorus) {
	for _, l := range legs {
		if !mine(l) {
			continue
		}
		switch {
		case l.live():
			c.live[l.View] = true
			if rank(l.Phase) > rank(c.phase[l.View]) {
				c.phase[l.View] = l.Phase
			}
		case l.Phase == Ended:
			c.over[l.View] = true
		default:
			c.lost[l.View] = true
		}
	}
	for v := range views {
		// One live leg speaks for its view, and an end seen counts more than
		// a leg out of sight.
		c.over[v] = c.over[v] && !c.live[v]
		c.lost[v] = c.lost[v] && !c.live[v] && !c.over[v]
	}
	return c
}

// rank orders phases by how much they say: of two legs of one call the one
// that talks counts, not the one that is put aside.
func rank(p Phase) int {
	return [phases]int{PhaseUnknown: 0, Dialing: 1, Ringing: 2, Alerting: 2, Held: 3, Connected: 4, Ended: 5}[p]
}

func some(b [views]bool) bool { return b != [views]bool{} }

// best is the phase of the live views. In speech an interface that sees whole
// calls counts before dialog events; a second contact sees only ringing.
func (c chorus) best() Phase {
	best := PhaseUnknown
	for _, v := range []View{ViewAPI, ViewDialog, ViewContact} {
		if c.live[v] && c.phase[v].Talking() {
			return c.phase[v]
		}
		if c.live[v] && rank(c.phase[v]) > rank(best) {
			best = c.phase[v]
		}
	}
	return best
}

// judge weighs the views of a call we did not ask for.
//
// Before an answer the second contact knows best why the ringing stopped, but
// it hears "answered elsewhere" also when the user's own desk phone answered.
// So an end that one view reports waits a moment for the others; in speech
// and afterwards the contact has no say.
func (t *Tracker) judge(m *tracked) verdict {
	c := listen(m.legs, func(*leg) bool { return true })
	best := c.best()
	switch {
	case best.Talking():
		return verdict{phase: best}
	case m.talked && (c.over[ViewAPI] || c.over[ViewDialog]):
		return verdict{phase: Ended, reason: m.reason()}
	case m.talked && (c.live[ViewAPI] || c.live[ViewDialog]):
		return verdict{phase: m.told.Phase}
	case m.talked:
		return verdict{phase: Ended, reason: EndUnknown, wait: t.opts.Settle}
	case some(c.live) && some(c.over):
		return verdict{phase: Ended, reason: m.reason(), wait: t.opts.Settle, meanwhile: best}
	case some(c.live):
		return verdict{phase: best}
	case some(c.over):
		v := verdict{phase: Ended, reason: m.reason()}
		if v.reason == EndAnsweredElsewhere && !c.over[ViewAPI] && !c.over[ViewDialog] && t.otherSpoken(ViewContact) {
			v.wait = t.opts.Settle
		}
		return v
	case some(c.lost):
		v := verdict{phase: Ended, reason: EndUnknown}
		for view, lost := range c.lost {
			if lost && t.otherSpoken(View(view)) {
				v.wait = t.opts.Settle // the other view may still find it
			}
		}
		return v
	}
	return verdict{phase: m.told.Phase}
}

func (t *Tracker) otherSpoken(v View) bool {
	for other, spoken := range t.spoken {
		if spoken && View(other) != v {
			return true
		}
	}
	return false
}

// reason is why the call is over, from the view that knows best.
func (m *tracked) reason() EndReason {
	order := []View{ViewAPI, ViewContact, ViewDialog}
	if m.talked {
		order = []View{ViewAPI, ViewDialog}
	}
	for _, v := range order {
		for _, l := range m.legs {
			if l.View == v && l.Phase == Ended && !l.own && l.EndReason != EndUnknown {
				if m.talked && (l.EndReason == EndMissed || l.EndReason == EndAnsweredElsewhere) {
					continue
				}
				return l.EndReason
			}
		}
	}
	if m.talked {
		return EndNormal
	}
	return EndUnknown
}

// compose makes the whole call from its legs and the verdict.
func (m *tracked) compose(v verdict, now time.Time) Call {
	c := m.told
	c.Phase = v.phase
	if v.phase == Ended {
		c.EndReason = v.reason
	}
	c.Remote = m.remote()
	c.RedirectedFrom, c.Local, c.Device, c.SignallingID = Party{}, Party{}, "", ""
	for _, l := range m.inOrder() {
		if l.own {
			continue
		}
		c.RedirectedFrom = fill(c.RedirectedFrom, l.RedirectedFrom)
		c.Local = fill(c.Local, l.Local)
		c.Device = or(c.Device, l.Device)
		c.SignallingID = or(c.SignallingID, l.SignallingID)
		if c.Direction == DirectionUnknown {
			c.Direction = l.Direction
		}
		if v.phase.Talking() {
			c.Answered = or(c.Answered, l.Answered)
		}
		if v.phase == Ended && l.Phase == Ended {
			c.Finished = or(c.Finished, l.Finished)
		}
	}
	if v.phase.Talking() {
		c.Answered = or(c.Answered, now)
	}
	if v.phase == Ended {
		c.Finished = or(c.Finished, now)
	}
	return c
}

// inOrder is the legs, those first whose word on identity counts more.
func (m *tracked) inOrder() []*leg {
	legs := make([]*leg, 0, len(m.legs))
	for _, v := range []View{ViewAPI, ViewContact, ViewDialog} {
		for _, l := range m.legs {
			if l.View == v {
				legs = append(legs, l)
			}
		}
	}
	return legs
}

// remote is who is at the other end. A number that one view was not shown may
// be taken from another, but not one that the caller withheld.
func (m *tracked) remote() Party {
	var remote, unavailable Party
	for _, l := range m.inOrder() {
		n := l.Remote.Number
		switch {
		case l.own || n.IsZero():
		case l.moved:
			return l.Remote // somebody else since the call was transferred
		case n.Presentation() == phone.Unavailable:
			unavailable = fill(unavailable, l.Remote)
		default:
			remote = fill(remote, Party{Number: n})
		}
	}
	if m.dial != nil && !m.dial.req.Number.IsZero() {
		remote.Number = m.dial.req.Number
	}
	if remote.Number.IsZero() {
		remote = unavailable
	}
	for _, l := range m.inOrder() {
		same := agree(l.Remote.Number, remote.Number)
		if remote.Number.Withheld() {
			same = l.Remote.Number.Withheld() // a view that was not told must not unmask
		}
		if !l.own && same {
			remote.Name = or(remote.Name, l.Remote.Name)
		}
	}
	return remote
}
