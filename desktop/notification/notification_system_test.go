//go:build system && linux

package notification_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.org/ctiagent/desktop/desktoptest"
	"example.org/ctiagent/desktop/notification"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// failures collects what the notifier could not show.
type failures struct {
	mu   sync.Mutex
	keys []string
	ch   chan error
}

func newFailures() *failures { return &failures{ch: make(chan error, 1000)} }

func (f *failures) add(key string, err error) {
	f.mu.Lock()
	f.keys = append(f.keys, key)
	f.mu.Unlock()
	f.ch <- err
}

func open(t *testing.T, b *desktoptest.Bus, more ...func(*notification.Options)) notification.Notifier {
	t.Helper()
	o := notification.Options{AppName: "CTI agent", DesktopEntry: "ctiagent", Icon: "call-start", Address: b.Address}
	for _, m := range more {
		m(&o)
	}
	n := notification.New(t.Context(), o)
	t.Cleanup(func() { n.Close() })
	return n
}

var ringing = notification.Notice{
	Title:    "+44 20 7946 0123",
	Body:     "calls the sales line",
	Urgency:  notification.Critical,
	Category: "call.incoming",
	Resident: true,
	Actions:  []notification.Action{{Key: "open", Label: "Open record"}, {Key: "private", Label: "Private"}},
}

func titled(s string) func(desktoptest.Note) bool {
	return func(n desktoptest.Note) bool { return n.Summary == s }
}

func TestShowReplaceWithdraw(t *testing.T) {
	bus := desktoptest.NewBus(t)
	server := desktoptest.NewNotifications(t, bus)
	n := open(t, bus)
	if err := n.Ready(); err != nil {
		t.Fatal(err)
	}
	if c := n.Capabilities(); c != (notification.Capabilities{Actions: true, Replace: true, Withdraw: true, Markup: true, Persist: true}) {
		t.Errorf("capabilities %+v", c)
	}
	if err := n.Show("call-1", ringing); err != nil {
		t.Fatal(err)
	}
	first := server.Wait(titled(ringing.Title))
	if first.App != "CTI agent" || first.Icon != "call-start" || first.Replaces != 0 || first.Timeout != -1 {
		t.Errorf("the notice came as %+v", first)
	}
	for hint, want := range map[string]any{"urgency": byte(2), "category": "call.incoming", "desktop-entry": "ctiagent", "resident": true, "transient": nil} {
		if got := first.Hint(hint); got != want {
			t.Errorf("hint %s is %v, want %v", hint, got, want)
		}
	}
	if label, ok := first.Label("open"); !ok || label != "Open record" {
		t.Errorf("buttons %q", first.Actions)
	}

	named := ringing
	named.Title = "Anna de Vries"
	if err := n.Show("call-1", named); err != nil {
		t.Fatal(err)
	}
	second := server.Wait(titled("Anna de Vries"))
	if second.Replaces != first.ID {
		t.Errorf("the name replaces %d, the number had %d", second.Replaces, first.ID)
	}
	if err := n.Withdraw("call-1"); err != nil {
		t.Fatal(err)
	}
	if c := server.WaitClosed(second.ID); c.Reason != 3 {
		t.Errorf("closed for reason %d", c.Reason)
	}
	if err := n.Withdraw("never shown"); err != nil {
		t.Error(err)
	}
}

func TestPressedButtonComesBack(t *testing.T) {
	bus := desktoptest.NewBus(t)
	server := desktoptest.NewNotifications(t, bus)
	n := open(t, bus)
	other := open(t, bus) // another program on the same bus
	for key, who := range map[string]notification.Notifier{"mine": n, "theirs": other} {
		notice := ringing
		notice.Title = key
		if err := who.Show(key, notice); err != nil {
			t.Fatal(err)
		}
	}
	mine, theirs := server.Wait(titled("mine")), server.Wait(titled("theirs"))
	server.EmitRaw("ActionInvoked", mine.ID, "dial-a-premium-number") // no such button
	server.EmitRaw("ActionInvoked", uint32(4711), "open")             // no such notice
	server.EmitRaw("ActionInvoked", "not", "the", "form")
	server.Press(theirs.ID, "open")
	server.Press(mine.ID, "private")
	want := notification.Invoked{Key: "mine", Action: "private", ActivationToken: "token-private"}
	if got := receive(t, n.Actions()); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := receive(t, other.Actions()); got.Key != "theirs" || got.Action != "open" {
		t.Errorf("the other program got %+v", got)
	}
	server.Dismiss(mine.ID) // it is resident, so it was still there
	if got := receive(t, n.Actions()); got.Action != notification.Dismissed {
		t.Errorf("got %+v", got)
	}
}

func receive(t *testing.T, ch <-chan notification.Invoked) notification.Invoked {
	t.Helper()
	select {
	case i := <-ch:
		return i
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was reported")
		return notification.Invoked{}
	}
}

func TestStrangersTextIsText(t *testing.T) {
	bus := desktoptest.NewBus(t)
	server := desktoptest.NewNotifications(t, bus)
	n := open(t, bus)
	for i, c := range []struct{ title, body, wantTitle, wantBody string }{
		{`<b>Bank</b>`, `<a href="https://evil.example.org">Click</a>`, `<b>Bank</b>`, `&lt;a href="https://evil.example.org"&gt;Click&lt;/a&gt;`},
		{`&lt;`, `&lt;img src=x&gt;`, `&lt;`, `&amp;lt;img src=x&amp;gt;`},
		{"a\u202eb\u2066c", "x\u200by\x1b[1mz", "abc", "xy [1mz"},
		{"two\nlines", "two\nlines", "two lines", "two\nlines"},
		{strings.Repeat("n", 10<<10), strings.Repeat("<", 10<<10), strings.Repeat("n", 127) + "…", strings.Repeat("&lt;", 127) + "…"},
		{`$(calc) “x” ]]>`, `"@ & calc`, `$(calc) “x” ]]>`, `"@ &amp; calc`},
		{"\xff\xfe", "%s%n", "\ufffd\ufffd", "%s%n"},
	} {
		if err := n.Show(fmt.Sprint("k", i), notification.Notice{Title: c.title, Body: c.body, Actions: []notification.Action{{Key: "k", Label: c.title}}}); err != nil {
			t.Fatal(err)
		}
		got := server.Wait(func(n desktoptest.Note) bool { return n.Seq == i })
		if got.Summary != c.wantTitle || got.Body != c.wantBody {
			t.Errorf("%d: shown as %q, %q; want %q, %q", i, got.Summary, got.Body, c.wantTitle, c.wantBody)
		}
		if label, _ := got.Label("k"); strings.ContainsAny(label, "\n\u202e") {
			t.Errorf("%d: label %q", i, label)
		}
	}
	if err := n.Show("k", notification.Notice{Title: "\u200b"}); err == nil {
		t.Error("a notice without a title was accepted")
	}
}

func TestPlainServerGetsPlainText(t *testing.T) {
	bus := desktoptest.NewBus(t)
	server := desktoptest.NewNotifications(t, bus, desktoptest.PlainServer...)
	n := open(t, bus)
	if n.Capabilities().Actions {
		t.Error("buttons are promised that this server has not")
	}
	if err := n.Show("k", notification.Notice{Title: "x", Body: "Tom & <Jerry>", Actions: ringing.Actions}); err != nil {
		t.Fatal(err)
	}
	got := server.Wait(titled("x"))
	if got.Body != "Tom & <Jerry>" || len(got.Actions) != 0 {
		t.Errorf("shown as %q with %q", got.Body, got.Actions)
	}
}

func TestOrderPerKeyAndCoalescing(t *testing.T) {
	bus := desktoptest.NewBus(t)
	server := desktoptest.NewNotifications(t, bus)
	n := open(t, bus)
	const keys, rounds = 20, 50
	var slowest time.Duration
	for r := range rounds {
		for k := range keys {
			start := time.Now()
			if err := n.Show(fmt.Sprint(k), notification.Notice{Title: fmt.Sprintf("%d/%d", k, r)}); err != nil {
				t.Fatal(err)
			}
			slowest = max(slowest, time.Since(start))
		}
	}
	for k := range keys {
		server.Wait(titled(fmt.Sprintf("%d/%d", k, rounds-1)))
	}
	last := map[int]int{}
	ids := map[int]uint32{}
	for _, note := range server.Notes() {
		var k, r int
		if _, err := fmt.Sscanf(note.Summary, "%d/%d", &k, &r); err != nil {
			t.Fatal(err)
		}
		if before, ok := last[k]; ok && r <= before {
			t.Errorf("key %d: round %d came after %d", k, r, before)
		}
		if id, ok := ids[k]; ok && id != note.ID {
			t.Errorf("key %d was shown twice: %d and %d", k, id, note.ID)
		}
		last[k], ids[k] = r, note.ID
	}
	t.Logf("%d of %d were sent, the rest overtaken; slowest Show %v", len(server.Notes()), keys*rounds, slowest)
}

func TestWithdrawOvertakesWhatWasNotSent(t *testing.T) {
	bus := desktoptest.NewBus(t)
	server := desktoptest.NewNotifications(t, bus)
	n := open(t, bus)
	for i := range 200 {
		key := fmt.Sprint(i)
		if err := n.Show(key, notification.Notice{Title: key}); err != nil {
			t.Fatal(err)
		}
		if err := n.Withdraw(key); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Show("last", notification.Notice{Title: "last"}); err != nil {
		t.Fatal(err)
	}
	last := server.Wait(titled("last"))
	for _, note := range server.Notes() {
		if note.ID != last.ID {
			server.WaitClosed(note.ID)
		}
	}
	if open := server.Open(); len(open) != 1 {
		t.Errorf("%d notices are left on the screen", len(open))
	}
}

func TestNoServerIsSaidAtOnceAndOneThatComesIsUsed(t *testing.T) {
	bus := desktoptest.NewBus(t)
	n := open(t, bus)
	if err := n.Show("k", ringing); !errors.Is(err, notification.ErrNoServer) {
		t.Fatalf("got %v, want ErrNoServer", err)
	}
	if err := n.Withdraw("k"); err != nil {
		t.Errorf("withdrawing without a server: %v", err)
	}
	server := desktoptest.NewNotifications(t, bus)
	ready(t, n)
	if err := n.Show("k", ringing); err != nil {
		t.Fatal(err)
	}
	server.Wait(titled(ringing.Title))
	server.Stop()
	notReady(t, n)
}

func TestServerRestartShowsOpenNoticesAgain(t *testing.T) {
	bus := desktoptest.NewBus(t)
	first := desktoptest.NewNotifications(t, bus)
	n := open(t, bus)
	for _, key := range []string{"a", "b"} {
		if err := n.Show(key, notification.Notice{Title: key, Actions: ringing.Actions}); err != nil {
			t.Fatal(err)
		}
		first.Wait(titled(key))
	}
	if err := n.Withdraw("b"); err != nil {
		t.Fatal(err)
	}
	first.WaitClosed(first.Wait(titled("b")).ID)
	first.Stop()
	notReady(t, n)
	second := desktoptest.NewNotifications(t, bus)
	again := second.Wait(titled("a"))
	if again.Replaces != 0 {
		t.Errorf("it replaces %d, an id of the server before", again.Replaces)
	}
	second.Press(again.ID, "open")
	if got := receive(t, n.Actions()); got.Key != "a" || got.Action != "open" {
		t.Errorf("got %+v", got)
	}
	if notes := second.Notes(); len(notes) != 1 {
		t.Errorf("%d notices were shown again, want 1", len(notes))
	}
}

func TestBusRestart(t *testing.T) {
	bus := desktoptest.NewBus(t)
	first := desktoptest.NewNotifications(t, bus)
	n := open(t, bus)
	if err := n.Show("k", ringing); err != nil {
		t.Fatal(err)
	}
	first.Wait(titled(ringing.Title))
	bus.Stop()
	notReady(t, n)
	bus.Start(t)
	server := desktoptest.NewNotifications(t, bus)
	server.Wait(titled(ringing.Title))
	ready(t, n)
}

func TestNoBusAtAll(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	n := notification.New(t.Context(), notification.Options{})
	defer n.Close()
	err := n.Show("k", ringing)
	if !errors.Is(err, notification.ErrNoServer) || !strings.Contains(err.Error(), "session bus") {
		t.Errorf("got %v", err)
	}
}

// TestServerThatHangs has a server that takes everything and answers nothing.
func TestServerThatHangs(t *testing.T) {
	t.Parallel() // it waits for the five seconds after which a server counts as absent
	bus := desktoptest.NewBus(t)
	server := desktoptest.NewNotifications(t, bus)
	fails := newFailures()
	n := open(t, bus, func(o *notification.Options) { o.Failed = fails.add })
	goOn := server.Hang()
	for i := range 100 {
		start := time.Now()
		if err := n.Show(fmt.Sprint(i), notification.Notice{Title: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d > 100*time.Millisecond {
			t.Errorf("Show took %v", d)
		}
	}
	notReady(t, n)
	if err := n.Show("x", ringing); !errors.Is(err, notification.ErrNoServer) {
		t.Errorf("got %v, want ErrNoServer", err)
	}
	for range 100 {
		if err := <-fails.ch; !errors.Is(err, notification.ErrNoServer) {
			t.Errorf("a notice failed with %v", err)
		}
	}
	if err := n.Withdraw("0"); err != nil {
		t.Fatal(err)
	}
	goOn()
	ready(t, n)
	server.WaitClosed(server.Wait(titled("0")).ID)
	if err := n.Show("y", ringing); err != nil {
		t.Fatal(err)
	}
	server.Wait(titled(ringing.Title))
}

func TestWithdrawnWhileTheBusIsAwayStaysAway(t *testing.T) {
	bus := desktoptest.NewBus(t)
	first := desktoptest.NewNotifications(t, bus)
	n := open(t, bus)
	for _, key := range []string{"a", "b"} {
		if err := n.Show(key, notification.Notice{Title: key}); err != nil {
			t.Fatal(err)
		}
		first.Wait(titled(key))
	}
	bus.Stop()
	notReady(t, n)
	if err := n.Withdraw("a"); err != nil {
		t.Fatal(err)
	}
	bus.Start(t)
	second := desktoptest.NewNotifications(t, bus)
	second.Wait(titled("b"))
	if err := n.Show("c", notification.Notice{Title: "c"}); err != nil {
		t.Fatal(err)
	}
	second.Wait(titled("c"))
	for _, note := range second.Notes() {
		if note.Summary == "a" {
			t.Error("a withdrawn notice was shown again")
		}
	}
}

func BenchmarkShow(b *testing.B) {
	bus := desktoptest.NewBus(b)
	desktoptest.NewNotifications(b, bus)
	n := notification.New(b.Context(), notification.Options{AppName: "CTI agent", Address: bus.Address})
	defer n.Close()
	for b.Loop() {
		if err := n.Show("k", ringing); err != nil {
			b.Fatal(err)
		}
	}
}

func TestCloseTakesButtonsAwayAndLeavesTheRest(t *testing.T) {
	bus := desktoptest.NewBus(t)
	server := desktoptest.NewNotifications(t, bus)
	n := open(t, bus)
	if err := n.Show("call", ringing); err != nil {
		t.Fatal(err)
	}
	if err := n.Show("missed", notification.Notice{Title: "missed"}); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	call := server.Wait(titled(ringing.Title))
	server.WaitClosed(call.ID)
	if open := server.Open(); len(open) != 1 || open[0].Summary != "missed" {
		t.Errorf("left on the screen: %+v", open)
	}
	if _, ok := <-n.Actions(); ok {
		t.Error("the channel of actions is open after Close")
	}
	if err := n.Show("x", ringing); !errors.Is(err, notification.ErrClosed) {
		t.Errorf("Show after Close: %v", err)
	}
	n.Close()
}

func TestForgottenNoticesAreBounded(t *testing.T) {
	bus := desktoptest.NewBus(t)
	server := desktoptest.NewNotifications(t, bus)
	n := open(t, bus)
	const calls = 300
	for i := range calls {
		title := fmt.Sprint(i)
		if err := n.Show(title, notification.Notice{Title: title}); err != nil {
			t.Fatal(err)
		}
		server.Wait(titled(title))
	}
	if err := n.Show("last", notification.Notice{Title: "last"}); err != nil {
		t.Fatal(err)
	}
	server.Wait(titled("last"))
	server.WaitClosed(server.Wait(titled("0")).ID)
	if got := len(server.Open()); got > 220 {
		t.Errorf("%d notices are open", got)
	}
}

func TestSentTellsTheTimes(t *testing.T) {
	bus := desktoptest.NewBus(t)
	server := desktoptest.NewNotifications(t, bus)
	type times struct{ shown, sent time.Time }
	got := make(chan times, 100)
	n := open(t, bus, func(o *notification.Options) {
		o.Sent = func(_ string, shown, sent time.Time) { got <- times{shown, sent} }
	})
	start := time.Now()
	if err := n.Show("k", ringing); err != nil {
		t.Fatal(err)
	}
	note := server.Wait(titled(ringing.Title))
	x := <-got
	if x.shown.Before(start) || x.sent.Before(x.shown) || note.At.Before(x.shown) {
		t.Errorf("start %v, shown %v, sent %v, seen %v", start, x.shown, x.sent, note.At)
	}
	t.Logf("Show → written %v, → seen by the server %v", x.sent.Sub(x.shown), note.At.Sub(x.shown))
}

// ready and notReady wait for the notifier to notice.
func ready(t *testing.T, n notification.Notifier) {
	t.Helper()
	waitFor(t, func() bool { return n.Ready() == nil })
}

func notReady(t *testing.T, n notification.Notifier) {
	t.Helper()
	waitFor(t, func() bool { return errors.Is(n.Ready(), notification.ErrNoServer) })
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen")
		}
		time.Sleep(time.Millisecond)
	}
}
