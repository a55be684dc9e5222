package window

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"example.org/ctiagent/agent/view"
)

// aboutWindow tells how the agent is: links, containment of scripts, the last
// errors with what to do, and a text for support without personal data.
type aboutWindow struct {
	u    *UI
	p    *page
	box  *fyne.Container
	copy *button
	text string // for support
	line view.Status
	serv view.Status
}

func (u *UI) openAbout() {
	a := &aboutWindow{u: u}
	u.newPage(view.WindowAbout, "about.title", fyne.NewSize(600, 620), func(p *page) fyne.CanvasObject {
		a.p = p
		p.fresh = func(s view.Snapshot) {
			if s.Line != a.line || s.Service != a.serv {
				a.line, a.serv = s.Line, s.Service
				a.load()
			}
		}
		return a.build()
	})
	a.load()
}

func (a *aboutWindow) build() fyne.CanvasObject {
	w := a.u.words
	a.box = column(16)
	a.copy = newButton(w.t("about.copy"), primary, a.copyText)
	a.copy.Disable()
	hint := newProse(w.t("about.copyHint"), styleMeta, 300)
	foot := container.NewStack(newGround(colorSurface), column(0, rule(),
		inset(12, 20, 12, 20, row(16, 0, hint, a.copy))))
	a.p.focus = a.copy
	return frame(column(0), container.NewVScroll(inset(20, 20, 20, 20, a.box)), foot)
}

func (a *aboutWindow) load() {
	ask(a.u, view.VerbDiagnostics, nil, func(d view.Diagnostics, err error) {
		if a.u.pages[view.WindowAbout] != a.p {
			return
		}
		if err != nil {
			a.box.RemoveAll()
			a.box.Add(newProse(a.u.words.problem(err), styleBody.in(colorDanger), 520))
			return
		}
		a.show(d)
	})
}

func (a *aboutWindow) show(d view.Diagnostics) {
	w := a.u.words
	a.text = d.Copyable
	a.copy.Enable()
	a.box.RemoveAll()
	a.box.Add(column(2,
		newLine(w.t("app.name"), styleName),
		newLine(w.t("about.version", "Version", d.Version), styleMuted),
		newLine(w.t("about.licence"), styleMeta)))
	a.box.Add(a.items(w.t("about.connections"), d.Items, "diag."))
	a.box.Add(a.items(w.t("about.containment"), d.Containment, "diag.layer.", "diag."))
	list := column(10)
	for _, e := range d.Errors {
		entry := column(2, newProse(e.Text, styleBody, 500))
		if e.Hint != "" {
			entry.Add(newProse(e.Hint, styleMuted, 500))
		}
		at := e.At
		if when, err := time.Parse(time.RFC3339, at); err == nil {
			at = w.dayTime(when, a.u.now())
		}
		entry.Add(newLine(at, styleMeta))
		list.Add(entry)
	}
	if len(d.Errors) == 0 {
		list.Add(newLine(w.t("about.noErrors"), styleMuted))
	}
	a.box.Add(section(w.t("about.errors"), list))
	a.box.Refresh()
}

// section is a title and a surface below it.
func section(title string, content fyne.CanvasObject) fyne.CanvasObject {
	card := newGround(colorSurface)
	card.radius, card.border = 10, true
	return column(8, newLine(title, styleTitle), container.NewStack(card, inset(12, 16, 12, 16, content)))
}

// items are a section; the names of their codes begin with one of families.
func (a *aboutWindow) items(title string, items []view.DiagItem, families ...string) fyne.CanvasObject {
	list := column(8)
	for _, i := range items {
		list.Add(a.item(i, a.u.words.code(i.Name, families...)))
	}
	return section(title, list)
}

// item is a dot, a name and a word for its state, and the words below.
func (a *aboutWindow) item(i view.DiagItem, name string) fyne.CanvasObject {
	w := a.u.words
	tone := colorMuted
	switch i.State {
	case "ok":
		tone = colorConnected
	case "warn":
		tone = colorHeld
	case "bad":
		tone = colorDanger
	}
	dot := newGround(tone)
	dot.radius = 4.5
	text := column(0, row(8, 0, newLine(name, styleStrong), newFit(w.maybe("diag.state."+i.State), styleMeta.in(tone))))
	if i.Text != "" {
		text.Add(newProse(i.Text, styleMuted, 480))
	}
	return container.New(dotLayout{}, dot, text)
}

// dotLayout sets a dot beside the first line of a text.
type dotLayout struct{}

func (dotLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	m := o[1].MinSize()
	return fyne.NewSize(m.Width+21, m.Height)
}

func (dotLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Move(fyne.NewPos(0, 6))
	o[0].Resize(fyne.NewSize(9, 9))
	o[1].Move(fyne.NewPos(21, 0))
	o[1].Resize(fyne.NewSize(size.Width-21, size.Height))
}

func (a *aboutWindow) copyText() {
	a.u.app.Clipboard().SetContent(a.text)
	w := a.u.words
	a.copy.set(w.t("about.copied"), primary, a.copy.tapped)
	a.p.win.Content().Refresh()
	a.u.after(2*time.Second, func() {
		a.copy.set(w.t("about.copy"), primary, a.copy.tapped)
		if c := a.p.win.Content(); c != nil {
			c.Refresh()
		}
	})
}
