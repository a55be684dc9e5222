package main

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/ctiagent/agent/view"
)

// lines is an output that another goroutine reads.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// resides runs an agent in this process until the test ends or it is told to
// quit; its exit code comes then.
func resides(t *testing.T) <-chan int {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	done := make(chan struct{})
	errs := &lines{}
	go func() {
		defer close(done)
		ended <- command(ctx, env{in: strings.NewReader(""), out: io.Discard, err: errs}, []string{"run", "--headless"})
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	for limit := time.Now().Add(20 * time.Second); ; {
		c, err := connectAgent(ctx, false)
		if err == nil {
			c.Close()
			return ended
		}
		if time.Now().After(limit) {
			t.Fatalf("the agent's door does not open: %v %s", err, errs)
		}
		time.Sleep(10 * time.Millisecond) // there is no event for a socket that appears
	}
}

func TestWithAnAgent(t *testing.T) {
	user(t, site)
	ended := resides(t)

	s := call(t, "", "status")
	if s.code != exitOK || !strings.HasPrefix(s.out, "Telephone line: No line is set up\nRecognition service: ") || !strings.HasSuffix(s.out, "\nCalls: 0\n") {
		t.Errorf("%+v", s)
	}
	s = call(t, "", "status", "--json")
	var snap view.Snapshot
	if err := json.Unmarshal([]byte(s.out), &snap); err != nil || s.code != exitOK || snap.Rev == 0 || snap.Line.State != view.StatusOff {
		t.Errorf("%v: %+v", err, s)
	}
	for _, args := range [][]string{{"dial", "--", "201"}, {"open-uri", "tel:+442079460123"}} {
		if s := call(t, "", args...); s.code != exitFailed || s.out != "" || strings.Count(s.err, "\n") != 1 {
			t.Errorf("%q without a line: %+v", args, s)
		}
	}
	if s := call(t, "secret words\n", "secrets", "file"); s.code != exitOK {
		t.Errorf("%+v", s)
	}
	if s := call(t, "", "sign-in", "--address", "ftp://example.org", "--user", "ada"); s.code != exitFailed || s.err == "" {
		t.Errorf("%+v", s)
	}
	if s := call(t, "", "run", "--headless"); s.code != exitOK || !strings.Contains(s.err, "already running") {
		t.Errorf("a second start: %+v", s)
	}
	if s := call(t, "", "quit"); s.code != exitOK || s.err != "" {
		t.Errorf("%+v", s)
	}
	select {
	case code := <-ended:
		if code != exitOK {
			t.Errorf("the agent ended with %d", code)
		}
	case <-time.After(20 * time.Second):
		t.Error("the agent does not end")
	}
}
