package telephony

import (
	"strconv"
	"time"

	"example.org/ctiagent/phone"
)

// Observer hears of whole calls, merged from what every view of the line
// reports. The Tracker calls it on the goroutine that called the Tracker; it
// must not call the Tracker back.
type Observer interface {
	Link(Link)
	Call(Call, Change)
	Progress(Progress)
}

// Change says what is new about a call since the Observer last heard of it.
type Change uint8

const (
	ChangeNew    Change = 1 << iota // the first time this call is told
	ChangeRing                      // an incoming call rings for the first time: once per call
	ChangePhase                     // another phase
	ChangeRemote                    // number or name became known, or better known
	ChangeParty                     // another person is on the line, after a transfer
	ChangeDetail                    // anything else
)

// Has reports that c includes all of x.
func (c Change) Has(x Change) bool { return c&x == x }

// TrackerOptions are the knobs of a Tracker; the zero value is good.
type TrackerOptions struct {
	// Own is the number of the line. It tells our own click-to-dial, which on
	// some platforms rings the user's phone "from" that very number.
	Own phone.Number

	// Settle is how long the end of a ringing call in one view waits for
	// another view's word: a second contact hears "answered elsewhere" also
	// when the user's own desk phone answered. 400 ms when zero.
	Settle time.Duration

	// MergeWindow is how far apart two views may report the start of what is
	// one call. 3 s when zero.
	MergeWindow time.Duration

	// Forget is how long ended calls are remembered, so that late reports do
	// not bring them back to life. 1 min when zero.
	Forget time.Duration

	// MaxCalls bounds the calls remembered, live and ended. 1,000 when zero.
	MaxCalls int

	Now   func() time.Time // time.Now when nil
	NewID func() CallID    // unique over restarts of the program; from the clock when nil
}

// Tracker makes calls out of reports: it merges the legs that several views
// tell of one call, drops duplicates and reports from the past, ties the legs
// of a click-to-dial to one outgoing call, and says exactly once that a call
// rings. It is a Sink.
//
// It has no goroutine and no lock: one goroutine at a time calls it. That one
// also keeps its time: it calls Expire when NextDeadline has come.
type Tracker struct {
	observer Observer
	opts     TrackerOptions

	legs  map[legKey]*leg
	calls []*tracked // in the order they began
	dials map[DialID]*tracked

	spoken   [views]bool // this view has reported since the start
	sameSIDs bool        // two views were seen to use the same signalling ids
	link     Link
	sweepAt  time.Time
	lastID   uint64
}

var _ Sink = (*Tracker)(nil)

const views = int(ViewContact) + 1

// legKey is how one view names one leg.
type legKey struct {
	view View
	id   CallID
}

// leg is what one view has told of one call so far.
type leg struct {
	Call
	home    *tracked  // nil: it had ended before anybody heard of it
	arrived time.Time // its first report
	lost    bool      // missing from a snapshot: nobody knows how it went on
	own     bool      // the user's own side of a click-to-dial
	moved   bool      // its remote party was exchanged during the call
}

func (l *leg) live() bool { return l.Phase != Ended && !l.lost }

// NewTracker returns a Tracker that tells o.
func NewTracker(o Observer, opts TrackerOptions) *Tracker {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Settle == 0 {
		opts.Settle = 400 * time.Millisecond
	}
	if opts.MergeWindow == 0 {
		opts.MergeWindow = 3 * time.Second
	}
	if opts.Forget == 0 {
		opts.Forget = time.Minute
	}
	if opts.MaxCalls == 0 {
		opts.MaxCalls = 1000
	}
	t := &Tracker{observer: o, opts: opts, legs: map[legKey]*leg{}, dials: map[DialID]*tracked{}}
	if opts.NewID == nil {
		prefix := strconv.FormatInt(opts.Now().UnixMilli(), 36)
		t.opts.NewID = func() CallID {
			t.lastID++
			return CallID(prefix + "-" + strconv.FormatUint(t.lastID, 36))
		}
	}
	return t
}

// Link passes the state of the connection on, each state once.
func (t *Tracker) Link(l Link) {
	if l != t.link {
		t.link = l
		t.observer.Link(l)
	}
}

// Call takes one report.
func (t *Tracker) Call(c Call) {
	now := t.opts.Now()
	if l := t.report(c, now, nil); l != nil && l.home != nil {
		t.review(l.home, now, c.Received)
	}
	t.sweep(now)
}

// Snapshot takes all calls of one view. Calls that view told of before and
// does not any more have ended in a way nobody saw.
func (t *Tracker) Snapshot(view View, calls []Call) {
	if int(view) >= views {
		return
	}
	now := t.opts.Now()
	t.spoken[view] = true

	there := make(map[legKey]bool, len(calls))
	for _, c := range calls {
		there[legKey{view, c.ID}] = true
	}
	var missing []*leg
	touched := map[*tracked]time.Time{}
	for k, l := range t.legs {
		if k.view == view && l.home != nil && l.live() && !there[k] {
			missing = append(missing, l)
		}
	}
	for _, c := range calls {
		c.View = view
		if l := t.report(c, now, missing); l != nil && l.home != nil {
			touched[l.home] = c.Received
		}
	}
	for _, l := range missing {
		l.lost = true
		touched[l.home] = time.Time{}
	}
	// In the order they began, so that the same reports always tell the same.
	for _, m := range append([]*tracked(nil), t.calls...) {
		if received, ok := touched[m]; ok {
			t.review(m, now, received)
		}
	}
	t.sweep(now)
}

// NextDeadline is when Expire has something to do; zero when nothing waits.
func (t *Tracker) NextDeadline() time.Time {
	var first time.Time
	for _, m := range t.calls {
		if !m.settle.IsZero() && (first.IsZero() || m.settle.Before(first)) {
			first = m.settle
		}
	}
	return first
}

// Expire decides what has waited long enough.
func (t *Tracker) Expire(now time.Time) {
	for _, m := range append([]*tracked(nil), t.calls...) {
		if !m.settle.IsZero() && !now.Before(m.settle) {
			t.review(m, now, time.Time{})
		}
	}
	t.sweep(now)
}

// Live are the calls that have not ended, oldest first.
func (t *Tracker) Live() []Call {
	var live []Call
	for _, m := range t.calls {
		if m.told.Phase != PhaseUnknown && m.told.Phase != Ended {
			live = append(live, m.told)
		}
	}
	return live
}

// report brings a leg up to date and finds the call it belongs to. It returns
// nil when the report says nothing new. missing are legs of the same view that
// a snapshot no longer names: after a reconnect the same leg may come back
// under another id.
func (t *Tracker) report(c Call, now time.Time, missing []*leg) *leg {
	if int(c.View) >= views || int(c.Phase) >= phases {
		return nil
	}
	t.spoken[c.View] = true
	c = c.normal()
	k := legKey{c.View, c.ID}
	l := t.legs[k]
	switch {
	case l == nil:
		if len(t.legs) >= 4*t.opts.MaxCalls && !t.makeRoom() {
			return nil // a platform gone mad; what is known is kept
		}
		l = &leg{Call: c, arrived: now}
		t.legs[k] = l
		t.place(l, missing, now)
		return l
	case l.Phase == Ended:
		return nil
	}
	l.lost = false
	l.update(c)
	return l
}

// normal makes phase and direction agree.
func (c Call) normal() Call {
	switch {
	case c.Direction == Incoming && (c.Phase == Dialing || c.Phase == Alerting):
		c.Phase = Ringing
	case c.Direction == Outgoing && c.Phase == Ringing:
		c.Phase = Alerting
	case c.Direction == DirectionUnknown && c.Phase == Ringing:
		c.Direction = Incoming
	case c.Direction == DirectionUnknown && c.Phase == Alerting:
		c.Direction = Outgoing
	}
	return c
}

// update merges a further report of the same leg into it. A report from the
// past (disordered delivery) fills gaps and changes nothing that is known.
func (l *leg) update(c Call) {
	before := l.Phase
	l.Phase = Next(before, c.Phase)
	stale := l.Phase != c.Phase

	had, says := l.Remote.Number, c.Remote.Number
	switch {
	case says.IsZero():
		if c.Remote.Name != "" && (l.Remote.Name == "" || !stale) {
			l.Remote.Name = c.Remote.Name
		}
	case had.IsZero():
		l.Remote = Party{Number: says, Name: or(c.Remote.Name, l.Remote.Name)}
	case stale:
		if had.Key() == says.Key() {
			l.Remote.Name = or(l.Remote.Name, c.Remote.Name)
		}
	case had.Key() == says.Key():
		l.Remote = Party{Number: says, Name: or(c.Remote.Name, l.Remote.Name)}
	default:
		l.Remote = c.Remote
		// While it rings a better number is a late number; in speech it is
		// somebody else.
		l.moved = l.moved || before.Talking()
	}

	if l.Direction == DirectionUnknown {
		l.Direction = c.Direction
	}
	l.Local = fill(l.Local, c.Local)
	l.RedirectedFrom = fill(l.RedirectedFrom, c.RedirectedFrom)
	l.Device = or(c.Device, l.Device)
	l.Origin = or(l.Origin, c.Origin)
	l.SignallingID = or(l.SignallingID, c.SignallingID)
	if !stale && c.EndReason != EndUnknown {
		l.EndReason = c.EndReason
	}
	for _, at := range []struct{ mine, theirs *time.Time }{
		{&l.Started, &c.Started}, {&l.Answered, &c.Answered}, {&l.Finished, &c.Finished},
	} {
		if at.mine.IsZero() {
			*at.mine = *at.theirs
		}
	}
}

func fill(have, says Party) Party {
	if have.Number.IsZero() {
		have.Number = says.Number
	}
	have.Name = or(have.Name, says.Name)
	return have
}

func or[T comparable](a, b T) T {
	var zero T
	if a != zero {
		return a
	}
	return b
}

// sweep forgets what ended long ago and keeps the whole bounded.
func (t *Tracker) sweep(now time.Time) {
	over := len(t.calls) - t.opts.MaxCalls
	if over <= 0 && now.Before(t.sweepAt) {
		return
	}
	spare := over
	if over > 0 {
		spare += t.opts.MaxCalls / 4 // make room for a while, not for one
	}
	t.sweepAt = now.Add(t.opts.Forget / 4)
	old := now.Add(-t.opts.Forget)

	forget := map[*tracked]bool{}
	for _, m := range t.calls {
		if m.done() && (spare > 0 || m.doneAt.Before(old) && !m.anyLive()) {
			forget[m] = true
			over--
			spare--
		}
	}
	for _, m := range t.calls {
		if over > 0 && !forget[m] {
			// More live calls than anyone has: the oldest are stale.
			t.end(m, EndUnknown, now)
			forget[m] = true
			over--
		}
	}
	kept := t.calls[:0]
	for _, m := range t.calls {
		if !forget[m] {
			kept = append(kept, m)
		}
	}
	clear(t.calls[len(kept):])
	t.calls = kept
	for k, l := range t.legs {
		if forget[l.home] || l.home == nil && l.arrived.Before(old) {
			delete(t.legs, k)
		}
	}
	for id, m := range t.dials {
		if forget[m] {
			delete(t.dials, id)
		}
	}
}

// makeRoom forgets the legs that ended before anybody heard of them.
func (t *Tracker) makeRoom() bool {
	before := len(t.legs)
	for k, l := range t.legs {
		if l.home == nil {
			delete(t.legs, k)
		}
	}
	return len(t.legs) < before
}
