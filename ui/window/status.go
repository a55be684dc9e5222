package window

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"example.org/ctiagent/agent/view"
)

// statusRow shows how the line or the service is, in words, with what can be
// done about it.
type statusRow struct {
	words words
	key   string // "status.line." or "status.service."
	dot   *ground
	state *line
	note  *prose
	act   *button
	root  *fyne.Container
}

func newStatusRow(w words, key string, act *button) *statusRow {
	r := &statusRow{words: w, key: key, dot: newGround(colorMuted), state: newLine("", styleStrong), note: newProse("", styleMuted, 380), act: act}
	r.dot.radius = 4.5
	text := container.New(dotLayout{}, r.dot, column(0, r.state, r.note))
	r.root = row(12, 0, text, act)
	return r
}

// show tells the state s at the moment now.
func (r *statusRow) show(s view.Status, now time.Time) {
	seconds := max(int(s.Retry.Sub(now).Seconds()), 0)
	r.state.setText(r.words.maybe(r.key+s.State, "Seconds", seconds))
	tone := colorMuted
	switch s.State {
	case view.StatusLive:
		tone = colorConnected
	case view.StatusDegraded, view.StatusOffline, view.StatusSignedOut:
		tone = colorHeld
	case view.StatusFatal:
		tone = colorDanger
	case view.StatusConnecting:
		tone = colorAccent
	}
	if r.dot.color != tone {
		r.dot.color = tone
		r.dot.Refresh()
	}
	note := ""
	if s.State != view.StatusLive {
		note = joinLines(s.Reason, s.Hint)
	}
	r.note.setText(note)
	visible(r.note, note != "")
	r.root.Refresh()
}

// statusSection is the top of the settings: line and service, and the way to
// set them up or to sign out.
type statusSection struct {
	u             *UI
	line, service *statusRow
	signOut       *button
	root          fyne.CanvasObject
}

func (s *settingsWindow) newStatus() *statusSection {
	w := s.u.words
	assistant := func() { s.u.open(view.WindowAssistant) }
	t := &statusSection{u: s.u}
	t.line = newStatusRow(w, "status.line.", newButton(w.t("tray.setUp"), secondary, assistant))
	t.signOut = newButton("", secondary, nil)
	t.service = newStatusRow(w, "status.service.", t.signOut)
	t.root = section(w.t("about.connections"), column(10, t.line.root, rule(), t.service.root))
	return t
}

func (t *statusSection) show(p *page, s view.Snapshot) {
	w := t.u.words
	now := t.u.now()
	switch s.Service.State {
	case view.StatusOff, view.StatusSignedOut, view.StatusFatal:
		t.signOut.set(w.t("signIn.button"), primary, func() { t.u.open(view.WindowAssistant) })
	default:
		t.signOut.set(w.t("signIn.signOut"), secondary, func() {
			t.u.inquire(p.win, w.t("signIn.signOut"), w.t("signIn.signOutHint"), w.t("signIn.signOut"), func() {
				t.u.tell(view.VerbSignOut, nil)
			})
		})
	}
	visible(t.line.act, s.Line.State == view.StatusOff || s.Line.State == view.StatusFatal)
	t.line.show(s.Line, now)
	t.service.show(s.Service, now)
}
