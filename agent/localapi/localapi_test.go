package localapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"example.org/ctiagent/agent/view"
)

// serve starts a server on a real socket and gives a client maker.
func serve(t *testing.T, h Handler) (*Server, func(watch bool) *Client) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(h, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s, func(watch bool) *Client {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		c, err := NewClient(conn, watch)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
}

func TestRequestAndAnswer(t *testing.T) {
	_, dial := serve(t, func(_ context.Context, verb string, body json.RawMessage) (any, error) {
		var d view.Dial
		if err := json.Unmarshal(body, &d); err != nil {
			return nil, err
		}
		if d.Text == "" {
			return nil, errors.New("there is no number")
		}
		return view.DialResult{Action: "dial", Number: d.Text, Reason: verb}, nil
	})
	c := dial(false)
	var got view.DialResult
	if err := c.Do(t.Context(), view.VerbDial, view.Dial{Text: "201"}, &got); err != nil {
		t.Fatal(err)
	}
	if want := (view.DialResult{Action: "dial", Number: "201", Reason: view.VerbDial}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	err := c.Do(t.Context(), view.VerbDial, view.Dial{}, &got)
	var own *Error
	if !errors.As(err, &own) || own.Text != "there is no number" {
		t.Errorf("error is %v", err)
	}
}

func TestWatcherSeesTheNewestSnapshot(t *testing.T) {
	s, dial := serve(t, nil)
	s.Publish(view.Snapshot{Rev: 1})
	c := dial(true)
	if got := <-c.Snapshots(); got.Rev != 1 {
		t.Fatalf("first snapshot is %d", got.Rev)
	}
	for rev := uint64(2); rev <= 1000; rev++ {
		s.Publish(view.Snapshot{Rev: rev})
	}
	last := uint64(1)
	for snap := range c.Snapshots() {
		if snap.Rev <= last {
			t.Fatalf("snapshot %d after %d", snap.Rev, last)
		}
		if last = snap.Rev; last == 1000 {
			return
		}
	}
	t.Fatalf("the last snapshot was %d", last)
}

func TestAgentGone(t *testing.T) {
	block := make(chan struct{})
	defer close(block)
	_, dial := serve(t, func(ctx context.Context, _ string, _ json.RawMessage) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	c := dial(true)
	failed := make(chan error, 1)
	go func() { failed <- c.Do(context.Background(), view.VerbQuit, nil, nil) }()
	c.conn.Close()
	if err := <-failed; !errors.Is(err, ErrClosed) {
		t.Errorf("error is %v, want ErrClosed", err)
	}
	for range c.Snapshots() { // must end
	}
}

func TestAFaceThatNeverReadsIsNotWaitedFor(t *testing.T) {
	s, dial := serve(t, nil)
	deaf, err := net.Dial("unix", dial(false).conn.RemoteAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	if err := writeFrame(deaf, toAgent{Hello: &hello{Protocol: protocol, Watch: true}}); err != nil {
		t.Fatal(err)
	}
	for rev := range uint64(10_000) { // some 10 MB: more than the socket takes
		s.Publish(view.Snapshot{Rev: rev, Cards: []view.Card{{ID: strings.Repeat("x", 1000)}}})
	}
	s.Publish(view.Snapshot{Rev: 10_000})
	other := dial(true)
	if got := <-other.Snapshots(); got.Rev != 10_000 {
		t.Errorf("another face got snapshot %d, want 10000", got.Rev)
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02{}"))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Add([]byte("\x00\x00\x00\x10{\"id\":1,\"verb\":"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var in toAgent
		if err := readFrame(strings.NewReader(string(b)), &in); err == nil && len(b) < 4 {
			t.Error("a frame shorter than its head was read")
		}
	})
}
