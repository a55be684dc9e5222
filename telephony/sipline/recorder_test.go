package sipline

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/phone"
	"example.org/ctiagent/telephony"
)

const testInstance = "0b1f0b1e-9c3c-4c61-9f0a-3d2a4e5f6071"

var testPlan = phone.DialPlan{Country: "GB", AreaCode: "20", InternalMin: 2, InternalMax: 4}

// recorder is a Sink that remembers, for tests to wait on.
type recorder struct {
	t  testing.TB
	mu sync.Mutex

	links     []telephony.Link
	calls     []telephony.Call // reports, in order
	snapshots map[telephony.View][][]telephony.Call
	steps     map[telephony.DialID][]telephony.Progress
	news      chan struct{}
}

func newRecorder(t testing.TB) *recorder {
	return &recorder{t: t, news: make(chan struct{}), snapshots: map[telephony.View][][]telephony.Call{},
		steps: map[telephony.DialID][]telephony.Progress{}}
}

func (r *recorder) note(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
	close(r.news)
	r.news = make(chan struct{})
}

func (r *recorder) Link(l telephony.Link) { r.note(func() { r.links = append(r.links, l) }) }
func (r *recorder) Call(c telephony.Call) { r.note(func() { r.calls = append(r.calls, c) }) }
func (r *recorder) Snapshot(v telephony.View, cs []telephony.Call) {
	r.note(func() { r.snapshots[v] = append(r.snapshots[v], cs) })
}
func (r *recorder) Progress(p telephony.Progress) {
	r.note(func() { r.steps[p.ID] = append(r.steps[p.ID], p) })
}

// await waits for a condition over what was recorded.
func (r *recorder) await(what string, ok func() bool) {
	r.t.Helper()
	deadline := time.After(45 * time.Second) // a busy machine under the race detector
	for {
		r.mu.Lock()
		done, news := ok(), r.news
		r.mu.Unlock()
		if done {
			return
		}
		select {
		case <-news:
		case <-deadline:
			r.t.Fatalf("waiting for %s; seen:\n%s", what, r.dump())
		}
	}
}

// told gives the reports so far.
func (r *recorder) told() []telephony.Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

// linked gives the states of the link so far.
func (r *recorder) linked() []telephony.Link {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.links)
}

func (r *recorder) dump() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := ""
	for _, l := range r.links {
		out += fmt.Sprintf("link %v %s: %s\n", l.State, l.Code, l.Reason)
	}
	for _, c := range r.calls {
		out += fmt.Sprintf("call %v %s %v %v remote %q %q end %v origin %q sid %s\n", c.View, c.ID, c.Phase, c.Direction, c.Remote.Number.Raw(), c.Remote.Name, c.EndReason, c.Origin, c.SignallingID)
	}
	for v, s := range r.snapshots {
		out += fmt.Sprintf("snapshots of %v: %d, last has %d calls\n", v, len(s), len(s[len(s)-1]))
	}
	for id, ps := range r.steps {
		for _, p := range ps {
			out += fmt.Sprintf("dial %s %v %d %s\n", id, p.Step, p.Code, p.Reason)
		}
	}
	return out
}

func (r *recorder) awaitLink(state telephony.LinkState, nth int) telephony.Link {
	r.t.Helper()
	var found telephony.Link
	r.await(fmt.Sprintf("link %v, time %d", state, nth), func() bool {
		n := 0
		for _, l := range r.links {
			if l.State == state {
				if n++; n == nth {
					found = l
					return true
				}
			}
		}
		return false
	})
	return found
}

// awaitCall waits for a report that fits; reports before from do not count. It
// returns the report and the place behind it.
func (r *recorder) awaitCall(what string, fits func(telephony.Call) bool) telephony.Call {
	r.t.Helper()
	var found telephony.Call
	r.await(what, func() bool {
		for _, c := range r.calls {
			if fits(c) {
				found = c
				return true
			}
		}
		return false
	})
	return found
}

func (r *recorder) awaitStep(id telephony.DialID, step telephony.DialStep) telephony.Progress {
	r.t.Helper()
	var found telephony.Progress
	r.await(fmt.Sprintf("dial step %v", step), func() bool {
		for _, p := range r.steps[id] {
			if p.Step == step {
				found = p
				return true
			}
		}
		return false
	})
	return found
}

// testConfig is a line with short times.
func testConfig(user, password, domain, server, ca string) Config {
	return Config{
		User: user, Domain: domain, Password: credstore.NewSecret(password), Server: server, CAFile: ca,
		InstanceID: testInstance, Plan: testPlan,
		BackoffMin: 50 * time.Millisecond, BackoffMax: 500 * time.Millisecond, RetryMin: 100 * time.Millisecond,
	}
}

func testLog(t testing.TB) *slog.Logger {
	w := io.Discard
	if os.Getenv("SIPLINE_LOG") != "" {
		w = os.Stderr
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// runLine runs a connector until the test ends.
func runLine(t testing.TB, cfg Config) (*Connector, *recorder, func() error) {
	t.Helper()
	c, err := New(cfg, testLog(t))
	if err != nil {
		t.Fatal(err)
	}
	r := newRecorder(t)
	ctx, cancel := context.WithCancel(context.Background())
	var once sync.Once
	result := make(chan error, 1)
	go func() { result <- c.Run(ctx, r) }() // ends with ctx, waited for by stop
	var end error
	stop := func() error {
		once.Do(func() {
			cancel()
			select {
			case end = <-result:
			case <-time.After(10 * time.Second):
				t.Error("Run did not end")
			}
		})
		return end
	}
	t.Cleanup(func() { _ = stop() })
	return c, r, stop
}

// is fits reports of a view in a phase, about a remote party unless "".
func is(view telephony.View, phase telephony.Phase, remote string) func(telephony.Call) bool {
	return func(c telephony.Call) bool {
		return c.View == view && c.Phase == phase && (remote == "" || c.Remote.Number.Raw() == remote)
	}
}
