package agent

import (
	"context"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/diag"
	"example.org/ctiagent/history"
	"example.org/ctiagent/phone"
	"example.org/ctiagent/telephony"
)

// event is one thing that happened; apply is called on the loop's goroutine
// and must not block.
type event interface{ apply(*loop) }

// question is an event that only reads or changes the loop's state.
type question func(*loop)

func (q question) apply(l *loop) { q(l) }

// loop owns all call state; nobody else touches it.
type loop struct {
	*Agent
	ctx context.Context

	tracker *telephony.Tracker
	plan    phone.DialPlan
	cards   map[telephony.CallID]*card
	order   []*card // as they came
	dials   map[telephony.DialID]*card
	nextID  int

	line        view.Status
	serviceView view.Status
	dnd         bool
	confirm     *confirmation
	show        view.Show
	recent      []view.Entry
	missed      []*card // missed and not yet looked at, newest last
	windows     presence
	watch       watch

	tidied    time.Time // when memory was last given back
	rev       uint64
	changed   bool      // something to publish
	publishAt time.Time // when; zero: nothing waits
}

// gather is how long a change waits for others before the faces get one
// picture of them all. The notification and the lookup go first: what a face
// draws some milliseconds later nobody can see.
const gather = 4 * time.Millisecond

// presence is what the window process last said of itself.
type presence struct {
	view.Presence
	connected bool
	idleSince time.Time
}

// windowIdle is how long the window process is kept without anything to show.
const windowIdle = 10 * time.Minute

func newLoop(ctx context.Context, a *Agent) *loop {
	l := &loop{
		Agent:       a,
		ctx:         ctx,
		cards:       make(map[telephony.CallID]*card),
		dials:       make(map[telephony.DialID]*card),
		line:        view.Status{State: view.StatusOff},
		serviceView: view.Status{State: view.StatusOff},
		changed:     true,
	}
	l.newTracker()
	l.beside(func() { l.post(l.readRecent()) })
	return l
}

// newTracker starts afresh for a new line; calls of the old one are over.
func (l *loop) newTracker() {
	l.plan = planOf(l.values().Site, l.values().Line)
	own, _, _ := cutLine(l.values().Line.Address)
	l.tracker = telephony.NewTracker(observer{l}, telephony.TrackerOptions{
		Own: phone.FromNetwork(own, l.plan),
		Now: l.now,
	})
}

func (l *loop) run() {
	defer close(l.done)
	if l.setupNeeded() && l.deps.Windows != nil {
		if err := l.showWindow(view.WindowAssistant); err != nil {
			l.deps.Log.Info("the assistant cannot be shown", "error", err)
		}
	}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		if l.changed && l.publishAt.IsZero() {
			l.publishAt = l.now().Add(gather)
		}
		timer.Reset(l.untilNext())
		select {
		case <-l.ctx.Done():
			return
		case e := <-l.events:
			e.apply(l)
			for range 64 { // a burst is one picture for the faces
				select {
				case e := <-l.events:
					e.apply(l)
					continue
				default:
				}
				break
			}
		case <-timer.C:
		}
		l.tick(l.now())
	}
}

// untilNext is how long the loop may sleep.
func (l *loop) untilNext() time.Duration {
	next := l.tracker.NextDeadline()
	earlier := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	earlier(l.publishAt)
	earlier(l.watch.due())
	for _, c := range l.order {
		earlier(c.gone)
		earlier(c.bound)
		earlier(c.retry)
	}
	if l.confirm != nil {
		earlier(l.confirm.expires)
		earlier(l.confirm.fallback)
	}
	if l.windows.connected && !l.windows.idleSince.IsZero() {
		earlier(l.windows.idleSince.Add(windowIdle))
	}
	if next.IsZero() {
		return time.Hour
	}
	return max(0, next.Sub(l.now()))
}

// tick does what its time has come for.
func (l *loop) tick(now time.Time) {
	if d := l.tracker.NextDeadline(); !d.IsZero() && !d.After(now) {
		l.tracker.Expire(now)
	}
	due := func(t time.Time) bool { return !t.IsZero() && !t.After(now) }
	if due(l.publishAt) {
		l.publish()
	}
	for _, c := range append([]*card(nil), l.order...) {
		if due(c.bound) {
			c.bound = time.Time{}
			l.lookupLate(c)
		}
		if due(c.retry) {
			c.retry = time.Time{}
			l.lookUp(c)
		}
		if due(c.gone) {
			l.forget(c)
		}
	}
	if c := l.confirm; c != nil {
		if due(c.expires) {
			l.dropConfirm()
		} else if due(c.fallback) {
			c.fallback = time.Time{}
			l.confirmByNotice()
		}
	}
	l.idleWindows(now)
	l.watchOver(now)
}

// publish gives the faces one new picture.
func (l *loop) publish() {
	l.changed, l.publishAt = false, time.Time{}
	l.rev++
	l.server.Publish(l.snapshot())
}

// observer is the loop as the Tracker sees it.
type observer struct{ *loop }

func (o observer) Link(link telephony.Link)                   { o.linkChanged(link) }
func (o observer) Call(c telephony.Call, ch telephony.Change) { o.callChanged(c, ch) }
func (o observer) Progress(p telephony.Progress)              { o.dialProgress(p) }

// The connector's reports, as events.
type (
	linkReport     telephony.Link
	callReport     telephony.Call
	snapshotReport struct {
		view  telephony.View
		calls []telephony.Call
	}
	progressReport telephony.Progress
)

func (r linkReport) apply(l *loop)     { l.tracker.Link(telephony.Link(r)) }
func (r callReport) apply(l *loop)     { l.tracker.Call(telephony.Call(r)) }
func (r snapshotReport) apply(l *loop) { l.tracker.Snapshot(r.view, r.calls) }
func (r progressReport) apply(l *loop) { l.tracker.Progress(telephony.Progress(r)) }

// sink is the agent as a connector sees it.
type sink struct{ a *Agent }

func (s sink) Link(r telephony.Link)         { s.a.post(linkReport(r)) }
func (s sink) Progress(r telephony.Progress) { s.a.post(progressReport(r)) }
func (s sink) Call(r telephony.Call) {
	s.a.deps.Log.Log(context.Background(), diag.LevelTrace, "the platform reports a call", "view", r.View.String(),
		"phase", r.Phase.String(), "direction", r.Direction.String(), "number", r.Remote.Number)
	s.a.post(callReport(r))
}

func (s sink) Snapshot(v telephony.View, calls []telephony.Call) {
	s.a.post(snapshotReport{v, calls})
}

// recentRead brings the newest history to the loop.
type recentRead []history.Entry

func (r recentRead) apply(l *loop) {
	l.recent = l.recent[:0]
	for _, e := range r {
		l.recent = append(l.recent, entryView(e))
	}
	l.changed = true
}
