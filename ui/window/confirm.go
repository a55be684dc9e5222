package window

import (
	"fyne.io/fyne/v2"

	"example.org/ctiagent/agent/view"
)

// question is the dialog before dialling. It is an ordinary window with the
// focus: the person has just clicked.
type question struct {
	win      fyne.Window
	ask      view.Confirmation
	more     *prose
	dial     *button
	first    *button // has the keyboard
	answered bool
}

// confirm shows, changes or takes away the question.
func (u *UI) confirm(c *view.Confirmation) {
	q := u.asking
	switch {
	case q != nil && (c == nil || c.ID != q.ask.ID):
		q.answered = true // elsewhere, or too late
		q.win.Close()
		if c != nil {
			u.confirm(c)
		}
	case q != nil:
		q.more.setText(u.moreLinks(c.More))
	case c != nil:
		u.ask(*c)
	}
}

func (u *UI) ask(c view.Confirmation) {
	q := &question{ask: c, win: u.app.NewWindow(u.words.t("confirm.title"))}
	q.win.SetPadded(false)
	q.win.SetFixedSize(true)
	q.win.SetContent(onGround(colorSurface, u.questionBody(q)))
	q.win.CenterOnScreen()
	q.win.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			u.answer(q, false)
		}
	})
	q.win.SetOnClosed(func() {
		u.asking = nil
		u.reply(q, false) // closed by its frame: nothing is dialled
		u.report()
	})
	u.asking = q
	q.win.Show()
	q.win.RequestFocus()
	if !q.first.disabled {
		q.win.Canvas().Focus(q.first)
	}
	u.report()
}

// answer sends the answer and closes the window.
func (u *UI) answer(q *question, accept bool) {
	if !q.answered {
		u.reply(q, accept)
		q.win.Close()
	}
}

// reply sends the answer once.
func (u *UI) reply(q *question, accept bool) {
	if q.answered {
		return
	}
	q.answered = true
	u.tell(view.VerbConfirmDial, view.ConfirmDial{ID: q.ask.ID, Accept: accept})
}

func (u *UI) questionBody(q *question) fyne.CanvasObject {
	w, c := u.words, q.ask
	const width = 400
	title := w.t("confirm.title")
	if c.Emergency {
		title = w.t("confirm.emergencyTitle")
	}
	from := ""
	if c.FromLink {
		from = w.t("confirm.fromLink")
	}
	kind, kindStyle := w.kindAlone(c.Number.Kind), styleMuted
	if c.Warn || c.Emergency {
		kindStyle = styleStrong.in(colorDanger)
	}
	place := w.country(c.Number.Country)
	body := column(0,
		row(8, 0, newLine(title, styleLabel.in(colorText)), newFit(from, styleMeta)),
		gap(10),
		newLine(c.Number.Text, style{26, 34, true, colorText}))
	if c.Foreign && place != "" {
		body.Add(newLine(place, styleTitle))
		body.Add(newLine(kind, kindStyle))
	} else {
		body.Add(newLine(joinDots(kind, place), kindStyle))
	}
	body.Add(gap(8))
	notes := column(6)
	for _, p := range w.questionNotes(c) {
		notes.Add(newProse(p.Text, p.Style, width))
	}
	q.more = newProse(u.moreLinks(c.More), styleMeta, width)
	notes.Add(q.more)
	body.Add(notes)
	body.Add(gap(16))

	label, dialKind, cancelKind := w.t("confirm.dial"), primary, secondary
	if c.Warn {
		label, dialKind, cancelKind = w.t("confirm.dialAnyway"), secondary, primary
	}
	q.dial = newButton(label, dialKind, func() { u.answer(q, true) })
	cancel := newButton(w.t("confirm.cancel"), cancelKind, func() { u.answer(q, false) })
	body.Add(row(8, 1, q.dial, newLine("", styleBody), cancel))

	// Not at once: a click meant for what was here before must not dial.
	q.first = q.dial
	if c.Warn {
		q.first = cancel
	}
	if wait := c.NotBefore.Sub(u.now()); wait > 0 {
		q.dial.Disable()
		u.after(wait, func() {
			q.dial.Enable()
			if q.first == q.dial && q.win.Canvas().Focused() == nil {
				q.win.Canvas().Focus(q.dial)
			}
		})
	}
	return sized(width+40, 0, inset(14, 20, 18, 20, body))
}

// questionNotes says what a person should know before answering.
func (w words) questionNotes(c view.Confirmation) []text {
	var notes []text
	add := func(s string, st style) {
		if s != "" {
			notes = append(notes, text{s, st})
		}
	}
	switch c.Number.Kind {
	case "premium", "sharedCost", "personal", "pager", "short", "unknown", "featureCode":
		add(w.maybe("phone.confirm."+c.Number.Kind), styleBody)
	}
	if c.FromLink {
		add(w.t("confirm.fromLinkHint"), styleMuted)
	}
	if c.Dropped != "" {
		add(w.t("confirm.dropped", "Digits", c.Dropped), styleBody.in(colorHeld))
	}
	if c.Extra != "" {
		add(w.t("confirm.extra", "Digits", c.Extra), styleBody)
	}
	if !c.Emergency {
		add(w.t("confirm.how"), styleMuted)
	}
	return notes
}

func (u *UI) moreLinks(n int) string {
	if n == 0 {
		return ""
	}
	return u.words.n("confirm.more", n)
}

// kindAlone is the kind of a number as a line of its own.
func (w words) kindAlone(kind string) string {
	if kind == "" {
		return ""
	}
	return w.maybe("kind." + kind)
}
