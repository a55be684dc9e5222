package window

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"example.org/ctiagent/agent/localapi"
	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/assets/lang"
)

func (d *desk) openPage(name string) *page {
	d.t.Helper()
	seq := d.ui.shown + 1
	d.show(func(s *view.Snapshot) { s.Show = &view.Show{Seq: seq, Window: name} })
	p := d.ui.pages[name]
	if p == nil {
		d.t.Fatalf("%s did not open", name)
	}
	return p
}

func press(c fyne.Canvas, key fyne.KeyName) {
	if f := c.Focused(); f != nil {
		f.TypedKey(&fyne.KeyEvent{Name: key})
	} else if f := c.OnTypedKey(); f != nil {
		f(&fyne.KeyEvent{Name: key})
	}
}

func question1(change func(*view.Confirmation)) *view.Confirmation {
	c := &view.Confirmation{ID: "q1", FromLink: true, Number: view.Number{Text: "+44 20 7946 0145", Kind: "fixed", Country: "GB"}}
	if change != nil {
		change(c)
	}
	return c
}

func TestConfirmReturnDials(t *testing.T) {
	d := newDesk(t, "en")
	d.show(func(s *view.Snapshot) { s.Confirm = question1(nil) })
	c := d.ui.asking.win.Canvas()
	if got := order(c); !slices.Equal(got, []string{"Dial", "Cancel"}) {
		t.Errorf("keyboard order %v", got)
	}
	c.Focus(d.ui.asking.first)
	press(c, fyne.KeyReturn)
	if r := sent[view.ConfirmDial](d, view.VerbConfirmDial); r.ID != "q1" || !r.Accept {
		t.Errorf("answer %+v", r)
	}
	if d.ui.asking != nil {
		t.Error("the question stayed")
	}
}

func TestConfirmCostlyDefaultsToCancel(t *testing.T) {
	d := newDesk(t, "en")
	d.show(func(s *view.Snapshot) {
		s.Confirm = question1(func(c *view.Confirmation) { c.Warn, c.Number.Kind = true, "premium" })
	})
	press(d.ui.asking.win.Canvas(), fyne.KeyReturn)
	if r := sent[view.ConfirmDial](d, view.VerbConfirmDial); r.Accept {
		t.Error("Return dialled a premium number")
	}
}

func TestConfirmEscapeAndCloseCancel(t *testing.T) {
	for name, end := range map[string]func(*question){
		"escape": func(q *question) { press(q.win.Canvas(), fyne.KeyEscape) },
		"close":  func(q *question) { q.win.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "en")
			d.show(func(s *view.Snapshot) { s.Confirm = question1(nil) })
			end(d.ui.asking)
			if r := sent[view.ConfirmDial](d, view.VerbConfirmDial); r.Accept || d.count(view.VerbConfirmDial) != 1 {
				t.Errorf("answer %+v, %d times", r, d.count(view.VerbConfirmDial))
			}
		})
	}
}

// An answer given elsewhere takes the question away without another answer.
func TestConfirmAnsweredElsewhere(t *testing.T) {
	d := newDesk(t, "en")
	d.show(func(s *view.Snapshot) { s.Confirm = question1(nil) })
	d.show(func(s *view.Snapshot) { s.Confirm = question1(func(c *view.Confirmation) { c.ID = "q2" }) })
	if d.ui.asking == nil || d.ui.asking.ask.ID != "q2" {
		t.Fatal("the second question is not asked")
	}
	d.show(func(s *view.Snapshot) { s.Confirm = nil })
	if d.ui.asking != nil || d.count(view.VerbConfirmDial) != 0 {
		t.Errorf("asking %v, %d answers", d.ui.asking, d.count(view.VerbConfirmDial))
	}
}

func TestConfirmWaits(t *testing.T) {
	d := newDesk(t, "en")
	d.show(func(s *view.Snapshot) {
		s.Confirm = question1(func(c *view.Confirmation) { c.NotBefore = noon.Add(20 * time.Millisecond) })
	})
	q := d.ui.asking
	test.Tap(q.dial)
	if q.answered {
		t.Fatal("answered too soon")
	}
	d.settle("the button", func() bool { return !q.dial.disabled })
	if q.win.Canvas().Focused() != q.dial {
		t.Error("the button did not get the keyboard")
	}
}

func TestDialWindow(t *testing.T) {
	d := newDesk(t, "en")
	d.answer(view.VerbDial, view.DialResult{Action: "refuse", Reason: "It has too few digits."})
	d.answer(view.VerbHistory, view.HistoryPage{Entries: []view.Entry{
		{ID: "1", Name: "Ada Example", Number: view.Number{Text: "+44 20 7946 0123", E164: "+442079460123"}},
		{ID: "2", Name: "Ada Example", Number: view.Number{Text: "+44 20 7946 0123", E164: "+442079460123"}},
		{ID: "3", Number: view.Number{Withheld: "anonymous"}},
	}})
	p := d.openPage(view.WindowDial)
	in := p.focus.(*input)
	test.Type(in, "12")
	d.settle("a suggestion", func() bool { return slices.Equal(order(p.win.Canvas()), []string{"entry Name or number", "Dial"}) })
	in.submit(in.Text)
	d.settle("the refusal", func() bool { return d.ui.pages[view.WindowDial] != nil && d.count(view.VerbDial) == 3 })
	d.answer(view.VerbDial, view.DialResult{Action: "dial"})
	in.submit(in.Text)
	d.settle("the window to close", func() bool { return d.ui.pages[view.WindowDial] == nil })
}

func entries() []view.Entry {
	number := view.Number{Text: "+44 20 7946 0145", E164: "+442079460145"}
	return []view.Entry{
		{ID: "1", At: noon, Result: "missed", Number: number, Name: "Ben Sample"},
		{ID: "2", At: noon.AddDate(0, 0, -1), Result: "answered", Number: number, Duration: time.Minute},
	}
}

func (d *desk) history() *historyWindow {
	d.t.Helper()
	return d.ui.openHistory()
}

func TestHistory(t *testing.T) {
	d := newDesk(t, "en")
	d.answer(view.VerbHistory, view.HistoryPage{Entries: entries(), More: true, Missed: 1})
	h := d.history()
	d.settle("the calls", func() bool { return len(h.lines) == 5 }) // 2 days, 2 calls, more
	if got := order(h.p.win.Canvas()); !slices.Equal(got, []string{
		"entry Search name, company or number", "All", "Missed 1", "Incoming", "Outgoing", "list", "Clear history",
	}) {
		t.Errorf("keyboard order %q", got)
	}
	h.list.Select(1)
	if got := order(h.p.win.Canvas()); !slices.Equal(got[5:], []string{
		"list", "Call back", "Copy number", "Forget this call", "Forget all calls of this number",
	}) {
		t.Errorf("keyboard order with a chosen call %q", got)
	}
	test.Tap(h.foot.call)
	if r := sent[view.Dial](d, view.VerbDial); r.Text != "+442079460145" || r.FromLink {
		t.Errorf("dial %+v", r)
	}
	test.Tap(h.foot.forget)
	if r := sent[view.HistoryForget](d, view.VerbHistoryForget); r.ID != "1" || r.Number != "" {
		t.Errorf("forget %+v", r)
	}
	h.list.Select(4) // older
	d.settle("the next page", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return slices.ContainsFunc(d.requests, func(r request) bool {
			q, ok := r.body.(view.HistoryQuery)
			return ok && q.Before == "2"
		})
	})
}

// Clearing asks, and the answer that changes nothing has the keyboard.
func TestHistoryClearAsks(t *testing.T) {
	d := newDesk(t, "en")
	d.answer(view.VerbHistory, view.HistoryPage{Entries: entries()})
	h := d.history()
	d.settle("the calls", func() bool { return len(h.lines) > 0 })
	test.Tap(h.foot.clear)
	c := h.p.win.Canvas()
	if got := nameOf(c.Focused()); got != "Cancel" {
		t.Errorf("the keyboard is on %q", got)
	}
	press(c, fyne.KeyReturn)
	if c.Overlays().Top() != nil || d.count(view.VerbHistoryClear) != 0 {
		t.Fatal("cancel cleared the history")
	}
	test.Tap(h.foot.clear)
	c.FocusNext()
	press(c, fyne.KeyReturn)
	sent[struct{}](d, view.VerbHistoryClear)
}

func TestHistoryEmptyStates(t *testing.T) {
	for _, tt := range []struct {
		page         view.HistoryPage
		filter, text string
		want         string
	}{
		{view.HistoryPage{}, "", "", "No calls yet"},
		{view.HistoryPage{}, "missed", "", "No missed calls"},
		{view.HistoryPage{}, "", "Zed", "Nothing found for “Zed”"},
		{view.HistoryPage{Off: true}, "", "", "The history is switched off"},
	} {
		d := newDesk(t, "en")
		h := d.history()
		h.filter = tt.filter
		h.search.Text = tt.text
		h.show(tt.page, false)
		if h.title.text != tt.want || !h.empty.Visible() {
			t.Errorf("says %q, want %q", h.title.text, tt.want)
		}
	}
}

func TestHistorySaysHowItIsKept(t *testing.T) {
	unreadable := view.HistoryPage{Unreadable: true, Memory: "session"}
	for name, tt := range map[string]struct {
		page         view.HistoryPage
		title, note  string
		hint         string
		canBeginAnew bool
	}{
		"on disk":    {view.HistoryPage{Days: 90}, "", "Calls are kept for 90 days, encrypted on this computer.", "", false},
		"in memory":  {view.HistoryPage{Days: 90, Memory: "noKeyring"}, "", "Calls are kept until the program ends, because there is no keyring for their key.", "", false},
		"unreadable": {unreadable, "Earlier calls cannot be opened", "", "Their key in the keyring does not fit.", true},
		"broken":     {view.HistoryPage{Error: "the disk is gone"}, "Earlier calls cannot be opened", "", "the disk is gone", false},
		"off":        {view.HistoryPage{Off: true, Days: 90}, "", "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "en")
			d.answer(view.VerbHistory, tt.page)
			h := d.history()
			d.settle("the answer", func() bool { return h.empty.Visible() })
			b := h.banner
			if b.root.Visible() != (tt.title != "") || tt.title != "" && b.title.text != tt.title {
				t.Errorf("the banner, visible %v, says %q", b.root.Visible(), b.title.text)
			}
			if b.root.Visible() && (!strings.HasPrefix(b.hint.text, tt.hint) || b.act.Visible() != tt.canBeginAnew) {
				t.Errorf("the hint is %q; a new history can be begun: %v", b.hint.text, b.act.Visible())
			}
			if at := h.foot.root.Position().Y + h.foot.root.Size().Height; h.foot.root.Size().Height < h.foot.root.MinSize().Height || at > h.root.Size().Height {
				t.Error("the footer has no room")
			}
			if h.foot.note.text != tt.note {
				t.Errorf("the footer says %q, want %q", h.foot.note.text, tt.note)
			}
		})
	}
}

// A new history is begun after a question, and the page is read anew.
func TestHistoryIsBegunAnew(t *testing.T) {
	d := newDesk(t, "en")
	d.answer(view.VerbHistory, view.HistoryPage{Unreadable: true, Entries: entries()})
	h := d.history()
	d.settle("the banner", func() bool { return h.banner.root.Visible() })
	if got := order(h.p.win.Canvas()); !slices.Contains(got, "Begin a new history") {
		t.Errorf("the keyboard does not reach the button: %q", got)
	}
	test.Tap(h.banner.act)
	if d.count(view.VerbHistoryAnew) != 0 {
		t.Fatal("nothing was asked")
	}
	d.answer(view.VerbHistory, view.HistoryPage{Days: 90})
	c := h.p.win.Canvas()
	c.FocusNext()
	press(c, fyne.KeyReturn)
	sent[struct{}](d, view.VerbHistoryAnew)
	d.settle("the new page", func() bool { return !h.banner.root.Visible() && h.empty.Visible() })
}

// A request that fails does not take away what is on the screen.
func TestHistoryKeepsWhatItShows(t *testing.T) {
	d := newDesk(t, "en")
	d.answer(view.VerbHistory, view.HistoryPage{Entries: entries()})
	h := d.history()
	d.settle("the calls", func() bool { return len(h.lines) > 0 })
	d.refuse(view.VerbHistory, &localapi.Error{Text: "not now"})
	h.query(false)
	d.settle("the refusal", func() bool { return h.foot.note.text == "not now" })
	if len(h.lines) == 0 || h.empty.Visible() {
		t.Error("the calls are gone")
	}
}

// Words for how a call went are never cut.
func TestResultsHaveRoom(t *testing.T) {
	themed(t)
	for _, language := range lang.Languages() {
		w := words{lang.New(language)}
		for _, r := range []string{"answered", "missed", "elsewhere", "declined", "busy", "failed", "cancelled", "unknown"} {
			if got := measure(w.t("history.result."+r), styleMuted); got > resultWidth {
				t.Errorf("%s: %q is %v wide", language, w.t("history.result."+r), got)
			}
		}
	}
}

func TestAssistantKeepsWhatWasTyped(t *testing.T) {
	d := newDesk(t, "en")
	d.answer(view.VerbSignIn, view.Outcome{Error: "The password is wrong", Hint: "Try again"})
	d.answer(view.VerbTestLine, view.Outcome{OK: true, Steps: []view.Step{{Text: "Registered", OK: true}}})
	d.answer(view.VerbSaveLine, view.Outcome{OK: true})
	a := d.ui.openAssistant()
	d.settle("the settings", func() bool { return d.count(view.VerbGetLine) == 1 })
	c := a.p.win.Canvas()
	if got := order(c); !slices.Equal(got, []string{"entry https://", "entry", "entry", "Certificate …", "Sign in", "Skip for now"}) {
		t.Errorf("keyboard order of page 1: %q", got)
	}

	s := a.pages[0].(*servicePage)
	test.Tap(s.test)
	if s.address.note.text != "Please fill in this field" || d.count(view.VerbSignIn) != 0 {
		t.Error("signed in with nothing")
	}
	s.address.in.SetText("https://cti.example.org")
	s.user.in.SetText("ada")
	s.pass.in.SetText("secret")
	test.Tap(s.test)
	d.settle("the outcome", func() bool { return s.report.error.text == "The password is wrong" })
	if !a.next.disabled || !a.skip.Visible() {
		t.Error("a failed sign-in lets on")
	}
	test.Tap(a.skip)
	l := a.pages[1].(*linePage)
	l.address.in.SetText("201@pbx.example.org")
	l.pass.in.SetText("line-secret")
	test.Tap(l.test)
	d.settle("the line test", func() bool { return l.works })
	if got := order(c); !slices.Equal(got, []string{
		"select SIP (Asterisk, Kamailio, FreeSWITCH, BroadWorks and others)", "entry 201@pbx.example.org", "entry", "Details …", "Test the line", "Back", "Next",
	}) {
		t.Errorf("keyboard order of page 2: %q", got)
	}
	test.Tap(a.next)
	d.settle("page 3", func() bool { return a.step == 2 })
	if r := sent[view.LineAccount](d, view.VerbSaveLine); r.Address != "201@pbx.example.org" || r.Password != "line-secret" {
		t.Errorf("saved line %q", r.Address)
	}
	test.Tap(a.back)
	test.Tap(a.back)
	if s.address.text() != "https://cti.example.org" || s.pass.in.Text != "secret" || l.address.text() != "201@pbx.example.org" {
		t.Error("going back lost what was typed")
	}
}

func TestAssistantAsksWhereSecretsAreKept(t *testing.T) {
	d := newDesk(t, "en")
	d.answer(view.VerbSignIn, view.Outcome{NeedKeyring: true})
	d.answer(view.VerbChooseKeyring, view.Outcome{OK: true})
	d.answer(view.VerbGetSettings, view.SettingsList{Settings: []view.Setting{{Key: "site.country", Value: "GB"}}})
	a := d.ui.openAssistant()
	d.settle("the settings", func() bool { return a.pages[2].(*readyPage).country.text() == "GB" })
	s := a.pages[0].(*servicePage)
	s.address.in.SetText("https://cti.example.org")
	s.user.in.SetText("ada")
	s.pass.in.SetText("secret")
	test.Tap(s.test)
	d.settle("the question", func() bool { return a.title.text == "Where should your secrets be kept?" })
	a.keys.pass.in.SetText("short")
	test.Tap(a.keys.ok)
	if a.keys.pass.note.text != "Choose at least eight characters" {
		t.Errorf("a short passphrase: %q", a.keys.pass.note.text)
	}
	a.keys.pass.in.SetText("long enough")
	a.keys.repeat.in.SetText("long enouhg")
	test.Tap(a.keys.ok)
	if a.keys.repeat.note.text != "The two entries differ" || d.count(view.VerbChooseKeyring) != 0 {
		t.Error("different passphrases were taken")
	}
	a.keys.repeat.in.SetText("long enough")
	test.Tap(a.keys.ok)
	if r := sent[view.ChooseKeyring](d, view.VerbChooseKeyring); r.Choice != "file" || r.Passphrase != "long enough" {
		t.Errorf("choice %q", r.Choice)
	}
	d.settle("the second try", func() bool { return d.count(view.VerbSignIn) == 2 })
}

func TestSettings(t *testing.T) {
	d := newDesk(t, "de")
	d.show(func(s *view.Snapshot) { s.Service.State, s.Line.State = view.StatusSignedOut, view.StatusLive })
	list := view.SettingsList{Settings: []view.Setting{
		{Key: "service.address", Value: "https://cti.example.org", Kind: "text", Locked: true},
		{Key: "site.country", Value: "GB", Kind: "text"},
		{Key: "history.days", Value: "90", Kind: "int"},
		{Key: "pop.enabled", Value: "true", Kind: "bool"},
		{Key: "card.theme", Value: "", Kind: "choice", Choices: []string{"", "light", "dark"}},
	}}
	d.answer(view.VerbGetSettings, list)
	s := d.ui.openSettings()
	d.settle("the settings", func() bool { return len(s.settings) == len(list.Settings) })
	if !s.save.disabled {
		t.Error("there is nothing to save")
	}
	got := order(s.p.win.Canvas())
	// The locked one is passed over; there is nothing to save yet.
	if want := []string{"Anmelden", "entry", "entry", "check ", "select Wie der Desktop", "Assistenten erneut starten …"}; !slices.Equal(got, want) {
		t.Errorf("keyboard order %q", got)
	}
	s.p.win.Canvas().Unfocus()
	s.p.win.Canvas().FocusNext()
	s.p.win.Canvas().FocusNext()
	in := s.p.win.Canvas().Focused().(*input)
	in.SetText("DE")
	if s.save.disabled || len(s.changes()) != 1 {
		t.Fatalf("changes %v", s.changes())
	}
	d.refuse(view.VerbChangeSettings, &localapi.Error{Text: "Das Land XX gibt es nicht"})
	test.Tap(s.save)
	d.settle("the refusal", func() bool { return s.note.text == "Das Land XX gibt es nicht" })
	if in.Text != "DE" {
		t.Error("the refusal lost what was typed")
	}
	d.refuse(view.VerbChangeSettings, nil)
	list.Settings[1].Value = "DE"
	d.answer(view.VerbChangeSettings, list)
	test.Tap(s.save)
	d.settle("the save", func() bool { return s.save.disabled && s.note.text == "Gespeichert" })
	if r := sent[view.ChangeSettings](d, view.VerbChangeSettings); len(r.Values) != 1 || r.Values["site.country"] != "DE" {
		t.Errorf("changed %v", r.Values)
	}
}

func TestAboutSurvivesAnAgentThatRefuses(t *testing.T) {
	d := newDesk(t, "en")
	d.refuse(view.VerbDiagnostics, errors.New("broken pipe"))
	d.openPage(view.WindowAbout)
	d.settle("the request", func() bool { return d.count(view.VerbDiagnostics) > 0 })
	d.refuse(view.VerbDiagnostics, nil)
	d.answer(view.VerbDiagnostics, view.Diagnostics{Version: "1", Copyable: "ctiagent 1", Items: []view.DiagItem{{Name: "line", State: "ok"}}})
	d.show(func(s *view.Snapshot) { s.Line.State = view.StatusLive })
	var b *button
	d.settle("the text for support", func() bool {
		b = d.ui.pages[view.WindowAbout].focus.(*button)
		return !b.disabled
	})
	test.Tap(b)
	if got := d.ui.app.Clipboard().Content(); got != "ctiagent 1" {
		t.Errorf("copied %q", got)
	}
}

// Nothing in the diagnostics stands under its code, in no language.
func TestDiagnosticsHaveNames(t *testing.T) {
	for _, language := range lang.Languages() {
		d := newDesk(t, language)
		parts := []string{"line", "service", "notification", "keyring", "links", "display", "settings", "scripts"}
		layers := []string{"kill", "environment", "rlimit", "memory", "seccomp", "landlock", "job"}
		for _, code := range parts {
			if got := d.ui.words.code(code, "diag."); got == code {
				t.Errorf("%s: %s has no name", language, code)
			}
		}
		for _, code := range append(layers, "scripts") { // without layers, why there are none
			if got := d.ui.words.code(code, "diag.layer.", "diag."); got == code {
				t.Errorf("%s: the layer %s has no name", language, code)
			}
		}
		if got := d.ui.words.code("newer", "diag."); got != "newer" {
			t.Errorf("a code nobody knows is called %q", got)
		}
	}
}

// Every window opens in every language, closes by Escape, and reports how
// many there are.
func TestWindowsOpenAndClose(t *testing.T) {
	for _, language := range lang.Languages() {
		d := newDesk(t, language)
		for _, name := range []string{
			view.WindowHistory, view.WindowDial, view.WindowAssistant, view.WindowSettings, view.WindowAbout, view.WindowCard,
		} {
			p := d.openPage(name)
			if strings.Contains(p.win.Title(), ".") {
				t.Errorf("%s: the title of %s is not in the catalogue: %s", language, name, p.win.Title())
			}
			d.settle("what the window asked for", func() bool { return true })
			press(p.win.Canvas(), fyne.KeyEscape)
			if d.ui.pages[name] != nil {
				t.Errorf("%s: Escape does not close %s", language, name)
			}
		}
		if d.ui.reported.Windows != 0 {
			t.Errorf("%d windows reported", d.ui.reported.Windows)
		}
	}
}
