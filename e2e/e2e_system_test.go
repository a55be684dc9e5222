//go:build system

package e2e

import (
	"context"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/desktop/desktoptest"
	"example.org/ctiagent/e2e/stage"
	"example.org/ctiagent/telephony/voicelab"
)

// patience bounds every wait; a loaded machine is no failure.
const patience = 30 * time.Second

// The user's line, and callers as Kamailio knows them: users with national
// numbers, which the agent must read by the site's dial plan.
const (
	user     = "100"
	adaPhone = "02079460123"
	linkDest = "02079460188"
)

// office is one workstation with everything around it.
type office struct {
	*stage.Stage
	t        *testing.T
	platform *voicelab.Platform
	session  *desktoptest.Session
	display  *desktoptest.Display
	notes    *desktoptest.Notifications
	tray     *desktoptest.Tray
	opened   string // file that the browser stand-in writes to
}

type setup struct {
	settings map[string]string
	noTray   bool
	noWindow bool // the window program is not installed
}

func bin(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"ctiagent", "ctiwindow"} {
		if _, err := os.Stat(filepath.Join(dir, p)); err != nil {
			t.Fatalf("bin/%s is not built; run make build first", p)
		}
	}
	return dir
}

// binAlone is a directory with the agent's program and no window program
// beside it. It is copied: a link would lead the agent to where the other is.
func binAlone(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ctiagent"), read(t, filepath.Join(bin(t), "ctiagent")), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t *testing.T, s setup) *office {
	t.Helper()
	o := &office{t: t, platform: voicelab.Start(t, voicelab.Options{})}
	bus := desktoptest.NewBus(t)
	o.notes = desktoptest.NewNotifications(t, bus)
	o.display = desktoptest.NewDisplay(t)
	o.session = desktoptest.NewSession(t).UseBus(bus).UseDisplay(o.display)
	o.display.WindowManager(t, o.session)
	desktoptest.NewKeyring(t, o.session, bus)
	var watcher *desktoptest.Watcher
	if !s.noTray {
		watcher = desktoptest.NewWatcher(t, bus)
	}
	o.opened = filepath.Join(o.session.Dir, "opened")
	browser := filepath.Join(o.session.Dir, "browser")
	text := "#!/bin/sh\nprintf '%s\\n' \"$#:$*\" >>" + o.opened + "\n"
	if err := os.WriteFile(browser, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	o.session.Set("BROWSER", browser)
	o.session.Set("PATH", os.Getenv("PATH"))

	programs := bin(t)
	if s.noWindow {
		programs = binAlone(t)
	}
	var err error
	o.Stage, err = stage.Start(t.Context(), stage.Options{
		Dir:      t.TempDir(),
		Bin:      programs,
		Env:      o.session.Env(),
		Settings: s.settings,
		Out:      os.Stderr,
		Platform: stage.Platform{
			Address: user + "@" + voicelab.Domain, Server: o.platform.Addr,
			Password: voicelab.Password(user), CAFile: o.platform.CAFile,
		},
	})
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if watcher != nil {
		o.tray = watcher.Wait()
	}
	return o
}

// await waits for what the agent shows.
func (o *office) await(what string, ok func(view.Snapshot) bool) view.Snapshot {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := o.Agent.Await(ctx, ok)
	if err != nil {
		o.display.Screenshot(o.t, filepath.Join(o.t.ArtifactDir(), "failed.png"))
		o.t.Fatalf("%s: %v\n%+v", what, err, s.Cards)
	}
	return s
}

// card waits for the newest card to be as ok wants it.
func (o *office) card(what string, ok func(view.Card) bool) view.Card {
	o.t.Helper()
	s := o.await(what, func(s view.Snapshot) bool { return len(s.Cards) > 0 && ok(s.Cards[len(s.Cards)-1]) })
	return s.Cards[len(s.Cards)-1]
}

// urls are what the browser was given, one line a start: "count:arguments".
func (o *office) urls() []string {
	b, err := os.ReadFile(o.opened)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

func (o *office) awaitURL(want string) {
	o.t.Helper()
	deadline := time.Now().Add(patience)
	for !slices.Contains(o.urls(), "1:"+want) {
		if time.Now().After(deadline) {
			o.t.Fatalf("the browser was given %q, want %q", o.urls(), want)
		}
		time.Sleep(20 * time.Millisecond) // another program writes the file
	}
}

func (o *office) focus() string {
	o.t.Helper()
	out, err := o.session.Command("xdotool", "getwindowfocus").CombinedOutput()
	if err != nil {
		o.t.Fatalf("xdotool getwindowfocus: %v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestRingingPhoneOpensTheRecord(t *testing.T) {
	o := open(t, setup{})
	mine := o.platform.Telephone(t, user)
	ada := o.platform.Telephone(t, adaPhone)
	before := o.focus()
	corner := image.Rect(1280-376, 800-300, 1280, 800)
	empty := filepath.Join(t.ArtifactDir(), "empty.png")
	o.display.Screenshot(t, empty)
	if colours := coloursIn(t, empty, corner); colours > 3 {
		t.Fatalf("the corner has %d colours before any call", colours)
	}

	ada.Dial(user)
	note := o.notes.Wait(func(n desktoptest.Note) bool { return strings.Contains(n.Summary, "7946 0123") })
	named := o.notes.Wait(func(n desktoptest.Note) bool { return n.Summary == "Ada Example" })
	if named.ID != note.ID {
		t.Errorf("the name came as notice %d, not as a replacement of %d", named.ID, note.ID)
	}
	if _, ok := named.Label("open"); !ok {
		t.Errorf("the notice has no button for the record: %q", named.Actions)
	}
	o.awaitURL(o.CRM.Base + "/contacts/10432")
	card := o.card("the card to be drawn", func(c view.Card) bool { return !c.Times.Drawn.IsZero() && c.Recognition == view.Known })
	if card.Phase != view.PhaseRinging || card.People[0].Name != "Ada Example" {
		t.Errorf("the card is %+v", card)
	}
	shot := filepath.Join(t.ArtifactDir(), "card.png")
	o.display.Screenshot(t, shot)
	if colours := coloursIn(t, shot, corner); colours < 20 {
		t.Errorf("the corner has %d colours: no card is in it", colours)
	}
	if after := o.focus(); after != before {
		t.Errorf("the card took the keyboard focus: %s before, %s after", before, after)
	}

	mine.Await("CALL_INCOMING", 1)
	mine.Accept()
	o.card("the answered call", func(c view.Card) bool { return c.Phase == view.PhaseConnected })
	if closed := o.notes.WaitClosed(named.ID); closed.Reason == 0 {
		t.Errorf("the notice was not withdrawn: %+v", closed)
	}
	ada.Hangup()
	s := o.await("the call in the history", func(s view.Snapshot) bool { return len(s.Recent) == 1 })
	if e := s.Recent[0]; e.Name != "Ada Example" || e.Result != "answered" {
		t.Errorf("history says %+v", e)
	}
	if urls := o.urls(); len(urls) != 1 {
		t.Errorf("one call opened %q", urls)
	}
}

func TestUnknownCallerGetsAPrefilledForm(t *testing.T) {
	o := open(t, setup{})
	o.platform.Telephone(t, user)
	stranger := o.platform.Telephone(t, "0033199001234")
	stranger.Dial(user)
	o.awaitURL(o.CRM.Base + "/contacts/new?phone=%2B33199001234")
	stranger.Hangup()
	o.card("the missed call", func(c view.Card) bool { return c.Phase == view.PhaseMissed })
	o.notes.Wait(func(n desktoptest.Note) bool { return strings.Contains(n.Summary, "Missed") })
}

func TestAnsweredElsewhereWithdraws(t *testing.T) {
	// Without the line's events the second contact alone tells that another
	// phone took the call.
	o := open(t, setup{settings: map[string]string{"line.dialog_events": "false"}})
	o.platform.Telephone(t, user)
	colleague := o.platform.Telephone(t, user)
	ada := o.platform.Telephone(t, adaPhone)
	ada.Dial(user)
	note := o.notes.Wait(func(n desktoptest.Note) bool { return n.Summary == "Ada Example" })
	colleague.Await("CALL_INCOMING", 1)
	colleague.Accept()
	o.card("the call taken elsewhere", func(c view.Card) bool { return c.Phase == view.PhaseElsewhere })
	o.notes.WaitClosed(note.ID)
	for _, n := range o.notes.Open() {
		t.Errorf("a notice stays: %q", n.Summary)
	}
	ada.Hangup()
}

// TestTelLinkAsksThenRingsBothPhones clicks a link and answers the question
// where the user sees it.
func TestTelLinkAsksThenRingsBothPhones(t *testing.T) {
	for _, tt := range []struct {
		name   string
		setup  setup
		answer func(*office, view.Confirmation)
	}{
		{"in the window", setup{}, (*office).dialByKeyboard},
		{"in the notification", setup{noWindow: true}, (*office).dialByNotice},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.setup.settings = map[string]string{"line.dial_form": `"national"`}
			o := open(t, tt.setup)
			mine := o.platform.Telephone(t, user)
			far := o.platform.Telephone(t, linkDest)
			if out, err := o.session.Command(o.Agent.Path, "links", "on").CombinedOutput(); err != nil {
				t.Fatalf("links on: %v: %s", err, out)
			}
			if out, err := o.session.Command("xdg-open", "tel:"+linkDest+";phone-context=+44").CombinedOutput(); err != nil {
				t.Fatalf("xdg-open: %v: %s", err, out)
			}
			s := o.await("the question", func(s view.Snapshot) bool { return s.Confirm != nil })
			if q := s.Confirm; !q.FromLink || q.Number.E164 != stage.Link {
				t.Errorf("the question is %+v", q)
			}
			if n := len(mine.Events()); n != 0 {
				t.Errorf("the phone was called before anybody said yes: %q", mine.Events())
			}
			tt.answer(o, *s.Confirm)
			o.card("the own phone to ring", func(c view.Card) bool { return c.DialStep == "ownRinging" })
			mine.Await("CALL_INCOMING", 1)
			mine.Accept()
			far.Await("CALL_INCOMING", 1)
			far.Accept()
			o.card("both to talk", func(c view.Card) bool { return c.Phase == view.PhaseConnected })
			far.Hangup()
			o.await("the end", func(s view.Snapshot) bool { return len(s.Recent) == 1 && s.Recent[0].Outgoing })
		})
	}
}

// dialByKeyboard presses Return on the question: the button to dial has the
// keyboard, as soon as it is enabled. Earlier keys must do nothing.
func (o *office) dialByKeyboard(q view.Confirmation) {
	o.t.Helper()
	o.answer("Return")
}

// answer presses a key in the window of the question until it has gone.
func (o *office) answer(key string) {
	o.t.Helper()
	const title = "Dial this number?"
	o.awaitWindow(strings.TrimSuffix(title, "?"))
	eventually(o.t, "the question to be answered by "+key, func() bool {
		if o.Agent.Latest().Confirm == nil {
			return true
		}
		name, err := o.session.Command("xdotool", "getwindowfocus", "getwindowname").Output()
		if err == nil && strings.TrimSpace(string(name)) == title {
			if out, err := o.session.Command("xdotool", "key", key).CombinedOutput(); err != nil {
				o.t.Fatalf("xdotool key %s: %v: %s", key, err, out)
			}
		}
		return false
	})
}

// dialByNotice presses the button of the notification.
func (o *office) dialByNotice(q view.Confirmation) {
	o.t.Helper()
	note := o.notes.Wait(func(n desktoptest.Note) bool { return strings.HasPrefix(n.Summary, "Dial this number?") })
	if label, ok := note.Label("dial"); !ok || label != "Dial" {
		o.t.Errorf("the notice has the buttons %q", note.Actions)
	}
	time.Sleep(time.Until(q.NotBefore)) // a press before that is not meant for it
	o.notes.Press(note.ID, "dial")
}

func TestTrayMenu(t *testing.T) {
	o := open(t, setup{})
	mine := o.platform.Telephone(t, user)
	ada := o.platform.Telephone(t, adaPhone)
	o.tray.WaitTooltip("ctiagent: Line ready")
	o.tray.Click("Do not disturb")
	o.await("do not disturb", func(s view.Snapshot) bool { return s.DoNotDisturb })
	o.tray.WaitItem(func(i desktoptest.Item) bool { return i.Checked }, "Do not disturb")

	for _, w := range []struct{ item, window, title string }{
		{"History", view.WindowHistory, "^History$"},
		{"Settings", view.WindowSettings, "^Settings$"},
		{"Dial…", view.WindowDial, "^Dial a number$"},
	} {
		o.tray.Click(w.item)
		o.await("the window "+w.window, func(s view.Snapshot) bool { return s.Show != nil && s.Show.Window == w.window })
		o.awaitWindow(w.title)
	}

	// A call of the menu is called again, after a question.
	ada.Dial(user)
	mine.Await("CALL_INCOMING", 1)
	o.card("the caller's name", func(c view.Card) bool { return c.Recognition == view.Known })
	ada.Hangup()
	o.await("the call in the history", func(s view.Snapshot) bool { return len(s.Recent) == 1 })
	recent := o.tray.WaitItem(func(i desktoptest.Item) bool {
		return len(i.Items) > 0 && strings.Contains(i.Items[0].Label, "Ada Example")
	}, "Recent calls")
	o.tray.Click("Recent calls", recent.Items[0].Label)
	s := o.await("the question", func(s view.Snapshot) bool { return s.Confirm != nil })
	if q := s.Confirm; q.FromLink || q.Number.E164 != stage.Known {
		t.Errorf("the question is %+v", q)
	}
	o.answer("Escape")
	if rang := strings.Count(strings.Join(mine.Events(), " "), "CALL_INCOMING"); rang != 1 {
		t.Errorf("the phone rang %d times: a no was taken for a yes", rang)
	}

	o.tray.Click("Quit")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := o.Agent.Ended(ctx); err != nil {
		t.Errorf("Quit: %v", err)
	}
}

// awaitWindow waits for a visible window with this title.
func (o *office) awaitWindow(title string) {
	o.t.Helper()
	out, err := o.session.Command("timeout", "20", "xdotool", "search", "--sync", "--onlyvisible", "--name", title).CombinedOutput()
	if err != nil {
		o.display.Screenshot(o.t, filepath.Join(o.t.ArtifactDir(), "no-window.png"))
		o.t.Fatalf("no window %q appeared: %v %s", title, err, out)
	}
}

func TestNothingPersonalIsLoggedOrPassed(t *testing.T) {
	o := open(t, setup{settings: map[string]string{"log.level": `"trace"`}})
	o.platform.Telephone(t, user)
	ada := o.platform.Telephone(t, adaPhone)
	ada.Dial(user)
	o.notes.Wait(func(n desktoptest.Note) bool { return n.Summary == "Ada Example" })
	ada.Hangup()
	o.card("the missed call", func(c view.Card) bool { return c.Phase == view.PhaseMissed })

	log, err := os.ReadFile(filepath.Join(o.session.Get("XDG_STATE_HOME"), "ctiagent", "ctiagent.log"))
	if err != nil {
		t.Fatal(err)
	}
	if len(log) == 0 {
		t.Fatal("the log is empty: there is nothing to look at")
	}
	pid := filepath.Join("/proc", itoa(o.Agent.Process.Pid))
	places := map[string][]byte{"log": log, "arguments": read(t, pid+"/cmdline"), "environment": read(t, pid+"/environ")}
	for _, canary := range []string{voicelab.Password(user), o.Password(), "79460123", "7946 0123", "Ada Example"} {
		for where, text := range places {
			if strings.Contains(string(text), canary) {
				t.Errorf("the %s holds %q", where, canary)
			}
		}
	}
}
