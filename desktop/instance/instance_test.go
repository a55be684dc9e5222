package instance_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.org/ctiagent/desktop/instance"
)

func TestMain(m *testing.M) {
	if name := os.Getenv("INSTANCE_TEST_CHILD"); name != "" {
		child(name)
		return
	}
	goleak.VerifyTestMain(m)
}

const name = "agent"

// room gives the test a runtime directory of its own.
func room(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "inst") // short: a socket path has 103 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("XDG_RUNTIME_DIR", dir)
	return dir
}

func TestConnectReachesTheRunningInstance(t *testing.T) {
	room(t)
	first, err := instance.Acquire(name)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	first.OnRefused(func(int) { t.Error("one of our own connections was refused") })
	if _, err := instance.Acquire(name); !errors.Is(err, instance.ErrRunning) {
		t.Fatalf("second Acquire: %v, want ErrRunning", err)
	}
	done := make(chan string, 1)
	go func() { // ends with the first connection that speaks
		for {
			c, err := first.Listener().Accept()
			if err != nil {
				done <- err.Error()
				return
			}
			b, _ := io.ReadAll(c)
			c.Close()
			if len(b) > 0 { // an Acquire that looked in says nothing
				done <- string(b)
				return
			}
		}
	}()
	c, err := instance.Connect(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "hello"); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if got := <-done; got != "hello" {
		t.Errorf("the instance heard %q", got)
	}
}

func TestConnectWithoutInstance(t *testing.T) {
	room(t)
	start := time.Now()
	if _, err := instance.Connect(t.Context(), name); !errors.Is(err, instance.ErrNotRunning) {
		t.Fatalf("got %v, want ErrNotRunning", err)
	}
	if d := time.Since(start); d > time.Second {
		t.Errorf("it took %v to find nobody", d)
	}
}

func TestNameIsFreeAfterClose(t *testing.T) {
	room(t)
	for range 3 {
		i, err := instance.Acquire(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := i.Close(); err != nil {
			t.Fatal(err)
		}
		if err := i.Close(); err != nil {
			t.Fatalf("second Close: %v", err)
		}
		if _, err := instance.Connect(t.Context(), name); !errors.Is(err, instance.ErrNotRunning) {
			t.Fatalf("after Close: %v, want ErrNotRunning", err)
		}
	}
}

func TestNamesAreApart(t *testing.T) {
	room(t)
	a, err := instance.Acquire("one")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := instance.Acquire("two")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, bad := range []string{"", "../agent", "a/b", "Agent", "a b", strings.Repeat("x", 33)} {
		if _, err := instance.Acquire(bad); err == nil {
			t.Errorf("the name %q was accepted", bad)
		}
		if _, err := instance.Connect(t.Context(), bad); err == nil {
			t.Errorf("the name %q was accepted", bad)
		}
	}
}

func TestOfManyExactlyOneWins(t *testing.T) {
	room(t)
	for range 20 {
		var wg sync.WaitGroup
		var mu sync.Mutex
		var won []*instance.Instance
		for range 8 {
			wg.Go(func() {
				i, err := instance.Acquire(name)
				switch {
				case err == nil:
					mu.Lock()
					won = append(won, i)
					mu.Unlock()
				case errors.Is(err, instance.ErrRunning):
					// Whoever lost must be able to hand its link over at once.
					c, err := instance.Connect(context.Background(), name)
					if err != nil {
						t.Errorf("after ErrRunning: %v", err)
						return
					}
					c.Close()
				default:
					t.Errorf("Acquire: %v", err)
				}
			})
		}
		wg.Wait()
		if len(won) != 1 {
			t.Fatalf("%d winners", len(won))
		}
		if err := won[0].Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestConnectWaitsForAnInstanceThatStarts(t *testing.T) {
	dir := room(t)
	// A lock that is held without a socket: the state between the two steps.
	hold := exclusiveLock(t, filepath.Join(dir, "ctiagent", name+".lock"))
	type result struct {
		c   io.Closer
		err error
	}
	got := make(chan result, 1)
	go func() { // ends with Connect
		c, err := instance.Connect(context.Background(), name)
		got <- result{c, err}
	}()
	select {
	case r := <-got:
		t.Fatalf("Connect did not wait: %v", r.err)
	case <-time.After(50 * time.Millisecond):
	}
	hold()
	i, err := instance.Acquire(name)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	// Between the two lines above nobody held the lock, and saying so is right.
	if r := <-got; r.err == nil {
		r.c.Close()
	} else if !errors.Is(r.err, instance.ErrNotRunning) {
		t.Fatal(r.err)
	}
}

func TestConnectHonoursItsContext(t *testing.T) {
	dir := room(t)
	hold := exclusiveLock(t, filepath.Join(dir, "ctiagent", name+".lock"))
	defer hold()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := instance.Connect(ctx, name); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want the deadline", err)
	}
	if d := time.Since(start); d > time.Second {
		t.Errorf("it took %v", d)
	}
}
