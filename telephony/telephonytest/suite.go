package telephonytest

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// TestConnector holds a connector to the contract. It may not run in parallel
// with other tests: it looks for goroutines that are left.
func TestConnector(t *testing.T, h Harness) {
	t.Helper()
	if unknown := unknownFeatures(h.Missing); len(unknown) > 0 {
		t.Fatalf("Missing names what the suite does not know: %s", strings.Join(unknown, ", "))
	}
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			if m := c.missing(h); len(m) > 0 {
				t.Logf("declared missing: %s", strings.Join(m, ", "))
				return
			}
			c.run(t, h)
		})
	}
}

// Result is what Check found out with one case.
type Result struct {
	Case     string
	Missing  []string // declared; the case did not run
	Failures []string // none: it passed
	Notes    []string
}

// Check runs the suite, or the cases named, without a testing.T and returns
// what it saw. The suite's own test calls it, to prove that each case fails
// where it should; a program may, if it can play the other end of every call
// (World). `ctiagent check` cannot do that with a real account and calls the
// connector's own probe instead.
func Check(h Harness, only ...string) []Result {
	var results []Result
	for _, c := range cases() {
		if len(only) > 0 && !slices.Contains(only, c.name) {
			continue
		}
		r := &check{result: Result{Case: c.name, Missing: c.missing(h)}}
		if len(r.result.Missing) == 0 {
			done := make(chan struct{})
			go func() { // ends with the case; Fatalf ends it early
				defer close(done)
				c.run(r, h)
			}()
			<-done
		}
		results = append(results, r.result)
	}
	return results
}

// Cases are the names of all cases, in their order.
func Cases() []string {
	all := cases()
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.name
	}
	return names
}

func unknownFeatures(missing []string) (unknown []string) {
	for _, m := range missing {
		if !slices.Contains(features, m) {
			unknown = append(unknown, m)
		}
	}
	return unknown
}

// check is a T outside of go test.
type check struct {
	mu     sync.Mutex
	result Result
}

func (c *check) Helper() {}

func (c *check) Logf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.Notes = append(c.result.Notes, fmt.Sprintf(format, args...))
}

func (c *check) Errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.Failures = append(c.result.Failures, fmt.Sprintf(format, args...))
}

func (c *check) Fatalf(format string, args ...any) {
	c.Errorf(format, args...)
	runtime.Goexit()
}

func cases() []testCase { return slices.Concat(callCases, dialCases) }

// testCase is one case: a line, not yet running, and what must be seen on it.
type testCase struct {
	name  string
	needs []string
	test  func(l *line)
}

func (c testCase) missing(h Harness) (m []string) {
	for _, n := range c.needs {
		if slices.Contains(h.Missing, n) {
			m = append(m, n)
		}
	}
	return m
}

// run does the case and then what holds for every case: Run returns, nothing
// of it is left, nothing secret was logged, the platform has no complaint.
func (c testCase) run(t T, h Harness) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	l := newLine(t, h)
	ended := false
	finish := func() {
		if ended {
			return
		}
		ended = true
		l.stop()
		secrets := l.world.Secrets()
		complaints := l.world.Complaints()
		l.world.Close()
		if err := goleak.Find(before); err != nil {
			t.Errorf("something is left running: %v", err)
		}
		for _, word := range l.log.tells(append(secrets, private...)) {
			t.Errorf("the log tells a secret or somebody's number or name (of %d characters)", len(word))
		}
		for _, what := range complaints {
			t.Errorf("the platform complains: %s", what)
		}
	}
	defer finish() // also after Fatalf
	c.test(l)
	finish()
}
