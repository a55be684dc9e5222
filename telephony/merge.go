package telephony

import (
	"slices"
	"time"

	"example.org/ctiagent/phone"
)

// tracked is one call: the legs that tell of it and what was told of it.
type tracked struct {
	told   Call // as the Observer last heard; PhaseUnknown: nothing yet
	legs   []*leg
	dial   *dial // nil unless we asked for this call
	rang   bool  // ChangeRing was told
	talked bool
	settle time.Time // when to decide without waiting further; zero: nothing to decide
	doneAt time.Time // by our clock; zero while it lives
}

func (m *tracked) done() bool { return !m.doneAt.IsZero() }

func (m *tracked) anyLive() bool {
	for _, l := range m.legs {
		if l.live() {
			return true
		}
	}
	return false
}

// place finds the call a new leg belongs to, or begins one.
func (t *Tracker) place(l *leg, missing []*leg, now time.Time) {
	m := t.placeBySignalling(l, now)
	if m == nil {
		m = t.placeByDial(l)
	}
	if m == nil {
		m = t.placeByReturn(l, missing)
	}
	if m == nil {
		m = t.placeByRemote(l, now)
	}
	if m == nil {
		if l.Phase == Ended {
			return // over before anybody heard of it; remembered, not told
		}
		m = t.begin(l.Started, now)
	}
	l.home = m
	m.legs = append(m.legs, l)
}

func (t *Tracker) begin(started, now time.Time) *tracked {
	m := &tracked{}
	m.told.ID = t.opts.NewID()
	m.told.Started = or(started, now)
	t.calls = append(t.calls, m)
	return m
}

// placeBySignalling finds a call with the same signalling id. On platforms
// that are a proxy all views see the same id and nothing else is needed.
func (t *Tracker) placeBySignalling(l *leg, now time.Time) *tracked {
	if l.SignallingID == "" {
		return nil
	}
	for _, m := range slices.Backward(t.calls) {
		for _, other := range m.legs {
			if other.SignallingID != l.SignallingID || m.done() && !t.late(m, l, now) {
				continue
			}
			if other.View != l.View {
				t.sameSIDs = true
			}
			l.own = other.own
			return m
		}
	}
	return nil
}

// late reports that l may be a view's late word on a call that just ended.
func (t *Tracker) late(m *tracked, l *leg, now time.Time) bool {
	return !m.has(l.View) && now.Sub(m.doneAt) <= t.opts.MergeWindow
}

func (m *tracked) has(v View) bool {
	for _, l := range m.legs {
		if l.View == v {
			return true
		}
	}
	return false
}

// placeByReturn finds the leg that came back under another id after the view
// was connected anew: the only one of those missing from the snapshot that the
// new one does not contradict.
func (t *Tracker) placeByReturn(l *leg, missing []*leg) *tracked {
	var found *leg
	for _, old := range missing {
		switch {
		case old.lost, // already found again
			Next(old.Phase, l.Phase) != l.Phase,
			old.Direction != DirectionUnknown && l.Direction != DirectionUnknown && old.Direction != l.Direction,
			old.SignallingID != "" && l.SignallingID != "",
			!agree(old.Remote.Number, l.Remote.Number):
			continue
		case found != nil:
			return nil
		}
		found = old
	}
	if found == nil || found.home.done() {
		return nil
	}
	found.lost = true
	l.own = found.own
	return found.home
}

// placeByRemote finds a call that another view told of, by the number of the
// other party and the time it began.
//
// A back-to-back user agent gives each of its legs another signalling id, a
// proxy gives them all the same. So two different ids speak against a match
// only after this platform has shown that its ids agree.
func (t *Tracker) placeByRemote(l *leg, now time.Time) *tracked {
	key := l.Remote.Number.Key()
	var vague []*tracked
	for _, m := range slices.Backward(t.calls) {
		if m.dial != nil || m.done() && !t.late(m, l, now) || !t.together(m, l) {
			continue
		}
		if k := m.told.Remote.Number.Key(); key != "" && k == key {
			return m
		} else if key == "" || k == "" {
			vague = append(vague, m)
		}
	}
	// One side does not know the number. That is the same call when there is
	// only one it can be, and when both say it rings here, or when a call was
	// just answered somewhere and this is a line in speech without a history.
	if len(vague) != 1 || vague[0].done() {
		return nil
	}
	m := vague[0]
	rings := l.Direction == Incoming && l.Phase == Ringing && m.told.Phase == Ringing
	answered := l.Direction == DirectionUnknown && l.Phase.Talking() && !m.settle.IsZero()
	if rings || answered {
		return m
	}
	return nil
}

// together reports that l can be another view of m: no view tells one call
// twice at once, and all tell it at about the same time and direction.
func (t *Tracker) together(m *tracked, l *leg) bool {
	near := false
	for _, other := range m.legs {
		if other.View == l.View {
			if other.live() {
				return false
			}
			continue
		}
		if t.sameSIDs && other.SignallingID != "" && l.SignallingID != "" {
			return false // placeBySignalling would have found it
		}
		if other.Direction != DirectionUnknown && l.Direction != DirectionUnknown && other.Direction != l.Direction {
			return false
		}
		near = near || within(l.arrived, other.arrived, t.opts.MergeWindow) ||
			!l.Started.IsZero() && within(l.Started, other.Started, t.opts.MergeWindow) ||
			!m.settle.IsZero()
	}
	return near
}

func within(a, b time.Time, d time.Duration) bool { return a.Sub(b).Abs() <= d }

func agree(a, b phone.Number) bool {
	return a.Key() == "" || b.Key() == "" || a.Key() == b.Key()
}

// review decides what is true of a call now and tells it when it is news.
func (t *Tracker) review(m *tracked, now, received time.Time) {
	if m.done() {
		t.revive(m, now, received)
		return
	}
	var v verdict
	if m.dial != nil {
		v = t.judgeDial(m, now)
	} else {
		v = t.judge(m)
	}
	switch until := now.Add(v.wait); {
	case v.wait == 0:
		m.settle = time.Time{}
	case m.settle.IsZero() || until.Before(m.settle):
		m.settle = until
		v = verdict{phase: v.meanwhile}
	case now.Before(m.settle):
		v = verdict{phase: v.meanwhile}
	default:
		m.settle = time.Time{}
	}
	v.phase = Next(m.told.Phase, v.phase)
	m.talked = m.talked || v.phase.Talking()
	if v.phase == Ended {
		m.doneAt = now
	}
	t.tell(m, m.compose(v, now), received)
}

// revive begins a new call for a leg that talks on although its call was
// taken for ended, e.g. because a view's word came very late. Nothing leaves
// Ended; somebody who talks is not ended either.
func (t *Tracker) revive(m *tracked, now, received time.Time) {
	for i, l := range m.legs {
		if !l.live() || !l.Phase.Talking() || l.own {
			continue
		}
		m.legs = append(m.legs[:i:i], m.legs[i+1:]...)
		n := t.begin(l.Started, now)
		l.home, n.legs = n, []*leg{l}
		if n.told.Remote.Number.IsZero() && l.Remote.Number.IsZero() {
			l.Remote = m.told.Remote
		}
		t.review(n, now, received)
		return
	}
}

// end closes a call by decree.
func (t *Tracker) end(m *tracked, reason EndReason, now time.Time) {
	if !m.done() {
		m.doneAt = now
		t.tell(m, m.compose(verdict{phase: Ended, reason: reason}, now), time.Time{})
	}
}

// tell passes a call on when something about it is new.
func (t *Tracker) tell(m *tracked, c Call, received time.Time) {
	was := m.told
	var ch Change
	if was.Phase == PhaseUnknown {
		if c.Phase == PhaseUnknown || c.Phase == Ended {
			m.told = c
			m.told.Phase = PhaseUnknown
			return // never told, or over before it was anything
		}
		ch |= ChangeNew
	}
	if c.Phase != was.Phase {
		ch |= ChangePhase
	}
	if c.Phase == Ringing && c.Direction == Incoming && !m.rang {
		m.rang = true
		ch |= ChangeRing
	}
	if c.Remote != was.Remote {
		ch |= ChangeRemote
		if m.talked && was.Remote.Number.Key() != "" && was.Remote.Number.Key() != c.Remote.Number.Key() {
			ch |= ChangeParty
		}
	}
	rest := c
	rest.Phase, rest.Remote, rest.Received = was.Phase, was.Remote, was.Received
	if rest != was && ch&ChangeNew == 0 {
		ch |= ChangeDetail
	}
	if ch == 0 {
		return
	}
	c.Received = received
	m.told = c
	t.observer.Call(c, ch)
}
