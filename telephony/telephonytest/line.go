package telephonytest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"example.org/ctiagent/phone"
	"example.org/ctiagent/telephony"
)

// line is a connector at work, seen through a Tracker that one goroutine owns
// as the agent's loop does.
type line struct {
	T
	h     Harness
	conn  telephony.Connector
	world World
	log   *journal

	in      chan func()
	cancel  context.CancelFunc
	stopped chan struct{} // closed when Run has returned and the loop has ended
	runErr  error
	tracker *telephony.Tracker

	mu       sync.Mutex
	news     chan struct{} // closed and replaced at every report
	calls    []telephony.Call
	rings    map[telephony.CallID]int
	parties  map[telephony.CallID]int
	links    []telephony.Link
	progress map[telephony.DialID][]telephony.DialStep // as the Tracker passed it on
	steps    map[telephony.DialID][]telephony.DialStep // as the connector said it
	history  []string                                  // without numbers, for failures
	raw      []string
}

// newLine makes a line that does not run yet.
func newLine(t T, h Harness) *line {
	l := &line{
		T: t, h: h, log: &journal{}, in: make(chan func()), stopped: make(chan struct{}), news: make(chan struct{}),
		rings: map[telephony.CallID]int{}, parties: map[telephony.CallID]int{},
		progress: map[telephony.DialID][]telephony.DialStep{},
		steps:    map[telephony.DialID][]telephony.DialStep{},
	}
	log := slog.New(slog.NewTextHandler(l.log, &slog.HandlerOptions{Level: slog.Level(math.MinInt)}))
	l.conn, l.world = h.New(t, log)
	l.tracker = telephony.NewTracker((*ear)(l), telephony.TrackerOptions{
		MergeWindow: time.Second, // a third of the usual: some cases wait for it
		Own:         phone.FromNetwork(h.Own, phone.DialPlan{Country: "GB", InternalMin: 2, InternalMax: 6}),
	})
	return l
}

// start runs the connector.
func (l *line) start() {
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	ran := make(chan struct{})
	go func() { // ends when Run returns
		defer close(ran)
		l.runErr = l.conn.Run(ctx, (*mouth)(l))
	}()
	go func() { // the Tracker's owner; ends after Run
		defer close(l.stopped)
		timer := time.NewTimer(time.Hour)
		defer timer.Stop()
		for {
			select {
			case f := <-l.in:
				f()
			case now := <-timer.C:
				l.tracker.Expire(now)
			case <-ran:
				return
			}
			wait := time.Hour
			if next := l.tracker.NextDeadline(); !next.IsZero() {
				wait = max(0, time.Until(next))
			}
			timer.Reset(wait)
		}
	}()
}

// live starts the connector and waits until the line works.
func (l *line) live() {
	l.Helper()
	l.start()
	l.awaitLive()
}

func (l *line) awaitLive() {
	l.Helper()
	l.await("the line is live", func() bool {
		n := len(l.links)
		return n > 0 && (l.links[n-1].State == telephony.LinkLive || l.links[n-1].State == telephony.LinkDegraded)
	})
	l.poll("the platform sees the line", l.world.Ready)
}

// stop ends the connector and checks that it went in good order.
func (l *line) stop() {
	l.Helper()
	if l.cancel == nil {
		return
	}
	l.cancel()
	select {
	case <-l.stopped:
	case <-time.After(l.patience()):
		l.Errorf("Run did not return after its context ended")
		return
	}
	if l.runErr != nil {
		l.Errorf("Run returned %q after its context ended, want nil", l.runErr)
	}
	l.cancel = nil
}

func (l *line) patience() time.Duration {
	if l.h.Patience == 0 {
		return 10 * time.Second
	}
	return l.h.Patience
}

// do runs f on the goroutine that owns the Tracker.
func (l *line) do(f func()) {
	done := make(chan struct{})
	select {
	case l.in <- func() { defer close(done); f() }:
		<-done
	case <-l.stopped:
	}
}

// mouth is the Sink the connector speaks into.
type mouth line

func (m *mouth) Link(x telephony.Link) { (*line)(m).do(func() { m.tracker.Link(x) }) }
func (m *mouth) Call(x telephony.Call) {
	(*line)(m).do(func() {
		m.raw = append(m.raw, fmt.Sprintf("%v %v %v %v", x.View, x.ID, x.Phase, x.EndReason))
		m.tracker.Call(x)
	})
}
func (m *mouth) Progress(x telephony.Progress) {
	m.mu.Lock()
	m.steps[x.ID] = append(m.steps[x.ID], x.Step)
	m.mu.Unlock()
	(*line)(m).do(func() { m.tracker.Progress(x) })
}
func (m *mouth) Snapshot(v telephony.View, calls []telephony.Call) {
	(*line)(m).do(func() {
		m.raw = append(m.raw, fmt.Sprintf("%v snapshot of %d", v, len(calls)))
		m.tracker.Snapshot(v, calls)
	})
}

// ear is the Observer that hears what the Tracker makes of it. It also holds
// the Tracker to its word.
type ear line

func (e *ear) note(what string, f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.history = append(e.history, what)
	f()
	close(e.news)
	e.news = make(chan struct{})
}

func (e *ear) Link(x telephony.Link) {
	e.note("link "+x.State.String(), func() { e.links = append(e.links, x) })
}

func (e *ear) Progress(x telephony.Progress) {
	e.note("dial "+x.Step.String(), func() { e.progress[x.ID] = append(e.progress[x.ID], x.Step) })
}

func (e *ear) Call(c telephony.Call, ch telephony.Change) {
	e.note(fmt.Sprintf("call %s %v %v", c.ID, c.Phase, c.EndReason), func() {
		i := slices.IndexFunc(e.calls, func(x telephony.Call) bool { return x.ID == c.ID })
		if i < 0 {
			e.calls = append(e.calls, c)
		} else {
			if e.calls[i].Phase == telephony.Ended {
				e.Errorf("call %s was told after it had ended", c.ID)
			}
			e.calls[i] = c
		}
		if ch.Has(telephony.ChangeRing) {
			e.rings[c.ID]++
		}
		if ch.Has(telephony.ChangeParty) {
			e.parties[c.ID]++
		}
	})
}

// await waits until cond holds; cond reads what was heard.
func (l *line) await(what string, cond func() bool) {
	l.Helper()
	limit := time.After(l.patience())
	for {
		l.mu.Lock()
		ok, news := cond(), l.news
		l.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-news:
		case <-limit:
			l.fail(what)
			return
		}
	}
}

// poll waits for something that nobody reports.
func (l *line) poll(what string, cond func() bool) {
	l.Helper()
	limit := time.After(l.patience())
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-limit:
			l.fail(what)
			return
		}
	}
}

func (l *line) fail(what string) {
	l.Helper()
	l.mu.Lock()
	heard := strings.Join(l.history, "\n\t")
	l.mu.Unlock()
	var raw []string
	l.do(func() { raw = slices.Clone(l.raw) })
	l.Fatalf("waited %v in vain until %s; heard:\n\t%s\nreported:\n\t%s", l.patience(), what, heard, strings.Join(raw, "\n\t"))
}

// call waits for a call that fits and returns it.
func (l *line) call(what string, fits func(telephony.Call) bool) telephony.Call {
	l.Helper()
	var found telephony.Call
	l.await(what, func() bool {
		i := slices.IndexFunc(l.calls, fits)
		if i >= 0 {
			found = l.calls[i]
		}
		return i >= 0
	})
	return found
}

// reaches waits until a known call is in a phase.
func (l *line) reaches(id telephony.CallID, p telephony.Phase) telephony.Call {
	l.Helper()
	return l.call(fmt.Sprintf("the call is %v", p), func(c telephony.Call) bool { return c.ID == id && c.Phase == p })
}

// rang waits for an incoming call that rings, not being one of those known.
func (l *line) rang(number string, known ...telephony.CallID) telephony.Call {
	l.Helper()
	return l.call("a call rings with its number", func(c telephony.Call) bool {
		return c.Phase == telephony.Ringing && c.Direction == telephony.Incoming &&
			c.Remote.Number.Key() == number && !slices.Contains(known, c.ID)
	})
}

// only checks that nothing but n calls was heard of and none rang twice.
func (l *line) only(n int) {
	l.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) != n {
		l.Errorf("%d calls were told, want %d:\n\t%s", len(l.calls), n, strings.Join(l.history, "\n\t"))
	}
	for id, times := range l.rings {
		if times > 1 {
			l.Errorf("call %s rang %d times", id, times)
		}
	}
}

func (l *line) ringsOf(id telephony.CallID) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rings[id]
}

// journal keeps what the connector logs.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

// tells returns the words that appear in the log although they must not.
func (j *journal) tells(words []string) (told []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	text := j.b.String()
	for _, w := range words {
		if len(w) > 2 && strings.Contains(text, w) {
			told = append(told, w)
		}
	}
	return told
}
