package account

import (
	"fmt"
	"sync"
	"time"
)

// WaitError says that too many wrong passwords came for a name and when the
// next try is taken.
type WaitError struct{ After time.Duration }

func (e *WaitError) Error() string {
	return fmt.Sprintf("account: too many wrong passwords; the next try is possible in %v", e.After.Round(time.Second))
}

// RetryAfter is how long to wait.
func (e *WaitError) RetryAfter() time.Duration { return e.After }

const (
	freeTries  = 5
	longestGap = 15 * time.Minute
	gateMemory = 10_000 // names
)

// gate slows guessing down: five tries are free, then the gap doubles from one
// second to fifteen minutes (fewer than a hundred an hour, ASVS 4.0.3 2.2.1).
// It counts unknown names like known ones, so that it tells nothing, and it
// stands before new sign-ins alone: a workstation that has its token is not
// locked out by somebody else's guesses.
type gate struct {
	now func() time.Time
	mu  sync.Mutex
	// failures is bounded: when full the name that is quiet for longest goes.
	failures map[string]failure
}

type failure struct {
	count int
	last  time.Time
	next  time.Time
}

func newGate(now func() time.Time) *gate {
	return &gate{now: now, failures: map[string]failure{}}
}

func (g *gate) enter(name string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if wait := g.failures[name].next.Sub(g.now()); wait > 0 {
		return &WaitError{wait}
	}
	return nil
}

func (g *gate) failed(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f, known := g.failures[name]
	if !known && len(g.failures) >= gateMemory {
		g.forgetQuietest()
	}
	f.count++
	f.last = g.now()
	if over := f.count - freeTries; over >= 0 {
		gap := longestGap
		if over < 10 {
			gap = min(gap, time.Second<<over)
		}
		f.next = f.last.Add(gap)
	}
	g.failures[name] = f
}

func (g *gate) passed(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.failures, name)
}

func (g *gate) forgetQuietest() {
	var quietest string
	var at time.Time
	for name, f := range g.failures {
		if at.IsZero() || f.last.Before(at) {
			quietest, at = name, f.last
		}
	}
	delete(g.failures, quietest)
}
