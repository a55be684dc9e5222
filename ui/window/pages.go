package window

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"example.org/ctiagent/agent/view"
)

// page is an ordinary window: it has a title, takes the focus and is closed by
// its owner or by Escape. There is at most one of each name.
type page struct {
	win   fyne.Window
	name  string
	focus fyne.Focusable      // what has the keyboard at first
	fresh func(view.Snapshot) // shows a new snapshot; may be nil
	leave func()              // the window has been closed; may be nil
}

// open shows the window of that name, or brings it to the front.
func (u *UI) open(name string) {
	if p := u.pages[name]; p != nil {
		p.win.Show()
		p.win.RequestFocus()
		return
	}
	switch name {
	case view.WindowCard:
		u.openCalls()
	case view.WindowHistory:
		u.openHistory()
	case view.WindowDial:
		u.openDial()
	case view.WindowAssistant:
		u.openAssistant()
	case view.WindowSettings:
		u.openSettings()
	case view.WindowAbout:
		u.openAbout()
	}
}

// newPage makes a window; build fills it. It is built again when the language
// changes.
func (u *UI) newPage(name, titleKey string, size fyne.Size, build func(*page) fyne.CanvasObject) *page {
	p := &page{name: name, win: u.app.NewWindow(u.words.t(titleKey))}
	p.win.SetPadded(false)
	p.win.SetContent(onGround(theme.ColorNameBackground, build(p)))
	p.win.Resize(size)
	p.win.CenterOnScreen()
	p.win.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			p.win.Close()
		}
	})
	p.win.SetOnClosed(func() {
		delete(u.pages, name)
		if p.leave != nil {
			p.leave()
		}
		u.report()
	})
	u.pages[name] = p
	if p.fresh != nil {
		p.fresh(u.snap)
	}
	p.win.Show()
	p.win.RequestFocus()
	if p.focus != nil {
		p.win.Canvas().Focus(p.focus)
	}
	u.report()
	return p
}

func (u *UI) refreshOpen(s view.Snapshot) {
	for _, p := range u.pages {
		if p.fresh != nil {
			p.fresh(s)
		}
	}
}

// relabel says everything again in another language: what is open is closed
// and opened anew, which happens once in the life of a desk.
func (u *UI) relabel() {
	var names []string
	for name, p := range u.pages {
		names = append(names, name)
		p.win.Close()
	}
	for _, name := range names {
		u.open(name)
	}
}

// ground is a plain colour that follows the theme.
type ground struct {
	widget.BaseWidget
	color  fyne.ThemeColorName
	radius float32
	border bool
	edge   fyne.ThemeColorName // of the border; "": a thin line's
}

func newGround(c fyne.ThemeColorName) *ground {
	g := &ground{color: c}
	g.ExtendBaseWidget(g)
	return g
}

func (g *ground) CreateRenderer() fyne.WidgetRenderer {
	r := &groundRenderer{g, canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

type groundRenderer struct {
	g    *ground
	rect *canvas.Rectangle
}

func (r *groundRenderer) Refresh() {
	r.rect.FillColor = color.Transparent
	if r.g.color != "" {
		r.rect.FillColor = theme.Color(r.g.color)
	}
	r.rect.CornerRadius = r.g.radius
	if r.g.border {
		r.rect.StrokeWidth = 1
		r.rect.StrokeColor = theme.Color(colorLine)
		if r.g.edge != "" {
			r.rect.StrokeColor = theme.Color(r.g.edge)
		}
	}
	r.rect.Refresh()
}

func (r *groundRenderer) Layout(s fyne.Size)           { r.rect.Resize(s) }
func (r *groundRenderer) MinSize() fyne.Size           { return fyne.Size{} }
func (r *groundRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.rect} }
func (r *groundRenderer) Destroy()                     {}

func onGround(c fyne.ThemeColorName, o fyne.CanvasObject) *fyne.Container {
	return container.NewStack(newGround(c), o)
}

// rule is a thin line across.
func rule() fyne.CanvasObject { return sized(0, 1, newGround(colorLine)) }

// edged draws the border of an entry around a control that has none.
func edged(o fyne.CanvasObject) fyne.CanvasObject {
	g := newGround("")
	g.radius, g.border, g.edge = theme.Size(theme.SizeNameInputRadius), true, theme.ColorNameInputBorder
	return container.NewStack(o, g)
}

// input is an entry that hands Escape to its window.
type input struct {
	widget.Entry
	submit func(string)
}

func newInput(placeholder string) *input {
	i := &input{}
	i.ExtendBaseWidget(i)
	i.PlaceHolder = placeholder
	i.Scroll = fyne.ScrollHorizontalOnly
	i.Wrapping = fyne.TextWrapOff
	return i
}

func newPassword(placeholder string) *input {
	i := newInput(placeholder)
	i.Password = true
	i.ActionItem = nil
	return i
}

func (i *input) TypedKey(e *fyne.KeyEvent) {
	switch {
	case e.Name == fyne.KeyEscape:
		escape(i)
	case i.submit != nil && (e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter):
		i.submit(i.Text)
	default:
		i.Entry.TypedKey(e)
	}
}

// escape gives Escape to the window an object is in: the toolkit asks the
// window only while nothing in it has the focus.
func escape(o fyne.CanvasObject) {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil {
		return
	}
	if top := c.Overlays().Top(); top != nil {
		if p, ok := top.(*widget.PopUp); ok {
			p.Hide()
			return
		}
	}
	if f := c.OnTypedKey(); f != nil {
		f(&fyne.KeyEvent{Name: fyne.KeyEscape})
	}
}

// inquire asks a question inside a window before something that cannot be
// undone. The answer that changes nothing has the keyboard.
func (u *UI) inquire(win fyne.Window, title, hint, yes string, do func()) {
	var pop *widget.PopUp
	no := newButton(u.words.t("button.cancel"), secondary, func() { pop.Hide() })
	sure := newButton(yes, danger, func() { pop.Hide(); do() })
	const width = 360
	body := column(8,
		newProse(title, styleTitle, width), newProse(hint, styleMuted, width),
		gap(8), row(8, 0, newLine("", styleBody), no, sure))
	pop = widget.NewModalPopUp(sized(width+40, 0, inset(16, 20, 16, 20, body)), win.Canvas())
	pop.Show()
	win.Canvas().Focus(no)
}
