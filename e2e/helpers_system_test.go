//go:build system

package e2e

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	_ "image/png" // decoder of the screenshots
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/desktop/desktoptest"
	"example.org/ctiagent/e2e/stage"
	"example.org/ctiagent/telephony/simulator"
)

// simulate starts a simulated platform with the user's line.
func simulate(t *testing.T, o simulator.Options) *simulator.Platform {
	t.Helper()
	if o.Users == nil {
		o.Users = []simulator.User{{Name: user, Password: "sim-" + user}}
	}
	p, err := simulator.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// lineOn is the user's account on a simulated platform.
func lineOn(t *testing.T, p *simulator.Platform) view.LineAccount {
	t.Helper()
	ca, err := p.CAFile(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return view.LineAccount{Connector: "sip", Address: user + "@" + p.Domain(), Server: p.Addr(), Password: "sim-" + user, CA: ca}
}

// workplace is an agent in a session with nothing around it but a browser
// stand-in: no display, no tray, no bus, no keyring, no notifications, unless
// the session is given them. The line is on a simulated platform.
type workplace struct {
	*stage.Stage
	t        *testing.T
	platform *simulator.Platform
	session  *desktoptest.Session
	tabs     tabs
}

type bare struct {
	session  *desktoptest.Session
	platform simulator.Options
	settings map[string]string
	noLine   bool
	keyring  bool // the session has one
	window   bool // and a display
}

func settle(t *testing.T, b bare) *workplace {
	t.Helper()
	if b.session == nil {
		b.session = desktoptest.NewSession(t)
	}
	w := &workplace{t: t, platform: simulate(t, b.platform), session: b.session, tabs: browserIn(t, b.session)}
	o := stage.Options{
		Dir: t.TempDir(), Bin: bin(t), Env: b.session.Env(), Settings: b.settings,
		Headless: !b.window, Secrets: "session", Out: os.Stderr,
	}
	if b.keyring {
		o.Secrets = ""
	}
	if !b.noLine {
		l := lineOn(t, w.platform)
		o.Platform = stage.Platform{Address: l.Address, Server: l.Server, Password: l.Password, CAFile: l.CA}
	}
	ctx, cancel := context.WithCancel(context.Background()) // the stage lives as long as this
	t.Cleanup(cancel)
	limit := time.AfterFunc(patience, cancel)
	defer limit.Stop()
	var err error
	w.Stage, err = stage.Start(ctx, o)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// await waits for what the agent shows.
func (w *workplace) await(what string, ok func(view.Snapshot) bool) view.Snapshot {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := w.Agent.Await(ctx, ok)
	if err != nil {
		w.t.Fatalf("%s: %v\n%+v", what, err, s.Cards)
	}
	return s
}

// card waits for the newest card to be as ok wants it.
func (w *workplace) card(what string, ok func(view.Card) bool) view.Card {
	w.t.Helper()
	s := w.await(what, func(s view.Snapshot) bool { return len(s.Cards) > 0 && ok(s.Cards[len(s.Cards)-1]) })
	return s.Cards[len(s.Cards)-1]
}

// live waits until the line is up.
func (w *workplace) live(what string) {
	w.t.Helper()
	w.await(what, func(s view.Snapshot) bool { return s.Line.State == view.StatusLive })
}

// ask sends a request and fails when it is not done.
func (w *workplace) ask(verb string, request, result any) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.Agent.Do(ctx, verb, request, result); err != nil {
		w.t.Fatalf("%s: %v", verb, err)
	}
}

// quiet waits until no call is shown as going on.
func (w *workplace) quiet() {
	w.t.Helper()
	w.await("no call to be left", func(s view.Snapshot) bool {
		return !slices.ContainsFunc(s.Cards, func(c view.Card) bool { return c.Ended.IsZero() })
	})
}

// history is every call there is, newest first.
func (w *workplace) history() []view.Entry {
	w.t.Helper()
	var all []view.Entry
	q := view.HistoryQuery{Limit: 100}
	for {
		var page view.HistoryPage
		w.ask(view.VerbHistory, q, &page)
		all = append(all, page.Entries...)
		if !page.More || len(page.Entries) == 0 {
			return all
		}
		q.Before = page.Entries[len(page.Entries)-1].ID
	}
}

// awaitHistory waits for that many calls in the history.
func (w *workplace) awaitHistory(n int) []view.Entry {
	w.t.Helper()
	var all []view.Entry
	eventually(w.t, strconv.Itoa(n)+" calls in the history", func() bool {
		all = w.history()
		return len(all) >= n
	})
	return all
}

// ordinaryCall rings a known caller through the whole way: what went before
// has left the agent in order.
func (w *workplace) ordinaryCall(after string) {
	w.t.Helper()
	w.quiet()
	before := len(w.history())
	c := w.platform.Ring(user, simulator.Caller{Number: stage.Known})
	w.card("a call after "+after, func(c view.Card) bool {
		return c.Phase == view.PhaseRinging && c.Number.E164 == stage.Known && c.Recognition == view.Known
	})
	c.Answer()
	w.card("an answered call after "+after, func(c view.Card) bool { return c.Phase == view.PhaseConnected })
	c.Hangup()
	if all := w.awaitHistory(before + 1); all[0].Result != "answered" || all[0].Number.E164 != stage.Known {
		w.t.Errorf("after %s the history says %+v", after, all[:len(all)-before])
	}
}

// freeze stops the agent's process while the world goes on, as sleep does. The
// clock cannot be moved from outside; what an hour's jump of it means is tested
// in telephony/sipline.
func (w *workplace) freeze(meanwhile func()) {
	w.t.Helper()
	if err := w.Agent.Process.Signal(syscall.SIGSTOP); err != nil {
		w.t.Fatal(err)
	}
	meanwhile()
	if err := w.Agent.Process.Signal(syscall.SIGCONT); err != nil {
		w.t.Fatal(err)
	}
}

// run runs the agent's program as one more command in this session.
func (w *workplace) run(args ...string) (stdout, stderr string, code int) {
	w.t.Helper()
	return run(w.t, w.session, args...)
}

func run(t *testing.T, s *desktoptest.Session, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := s.Command(filepath.Join(bin(t), "ctiagent"), args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// tabs is the file in which a browser stand-in notes what it was given, a line
// a start: "number of arguments:arguments".
type tabs string

// browserIn makes a stand-in the session's browser.
func browserIn(t *testing.T, s *desktoptest.Session) tabs {
	t.Helper()
	opened := filepath.Join(s.Dir, "opened")
	path := filepath.Join(s.Dir, "browser")
	text := "#!/bin/sh\nprintf '%s\\n' \"$#:$*\" >>" + opened + "\n"
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	s.Set("BROWSER", path)
	s.Set("PATH", os.Getenv("PATH"))
	return tabs(opened)
}

func (f tabs) all() []string {
	b, err := os.ReadFile(string(f))
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// eventually looks until ok holds: for what other programs do, of which
// nobody tells.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come to: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// coloursIn counts the colours in a part of a picture: an empty screen has one,
// text and buttons have many.
func coloursIn(t *testing.T, path string, part image.Rectangle) int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[color.Color]bool{}
	if !part.In(img.Bounds()) {
		t.Fatalf("%v is not on the screen of %v", part, img.Bounds())
	}
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			seen[color.RGBAModel.Convert(img.At(x, y))] = true
		}
	}
	return len(seen)
}
