package window

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// kind says how much a button asks for attention.
type kind int

const (
	secondary kind = iota
	primary
	danger // what cannot be undone or costs money
	quiet  // no ground until the pointer is on it
	link   // words in the accent colour, flush with the text around
)

// mark is a small drawing in place of a label.
type mark int

const (
	noMark mark = iota
	dotsMark
	crossMark
)

// button is at least 32 high, reached by Tab and pressed by Space or Return.
type button struct {
	widget.BaseWidget
	label    string
	kind     kind
	mark     mark
	small    bool // within rows of a list
	pill     bool // round ends: a choice among several
	left     bool // its label starts at the left, as in a menu
	disabled bool
	tapped   func()

	hovered, focused, pressed bool
}

var (
	_ fyne.Tappable      = (*button)(nil)
	_ fyne.Focusable     = (*button)(nil)
	_ fyne.Disableable   = (*button)(nil)
	_ desktop.Hoverable  = (*button)(nil)
	_ desktop.Mouseable  = (*button)(nil)
	_ desktop.Cursorable = (*button)(nil)
)

func newButton(label string, k kind, tapped func()) *button {
	b := &button{label: label, kind: k, tapped: tapped}
	b.ExtendBaseWidget(b)
	return b
}

func newMark(m mark, k kind, tapped func()) *button {
	b := newButton("", k, tapped)
	b.mark = m
	return b
}

// set changes what the button says and does without replacing it, so that a
// press that has begun still counts.
func (b *button) set(label string, k kind, tapped func()) {
	b.tapped = tapped
	if b.label == label && b.kind == k {
		return
	}
	b.label, b.kind = label, k
	b.Refresh()
}

func (b *button) press() {
	if !b.disabled && b.tapped != nil {
		b.tapped()
	}
}

func (b *button) Tapped(*fyne.PointEvent) { b.press() }
func (b *button) Enable()                 { b.disabled = false; b.Refresh() }
func (b *button) Disable()                { b.disabled = true; b.Refresh() }
func (b *button) Disabled() bool          { return b.disabled }
func (b *button) FocusGained()            { b.focused = true; b.Refresh() }
func (b *button) FocusLost()              { b.focused = false; b.Refresh() }
func (b *button) TypedRune(rune)          {}

func (b *button) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		b.press()
	case fyne.KeyEscape:
		escape(b)
	}
}

func (b *button) MouseIn(*desktop.MouseEvent)    { b.hovered = true; b.Refresh() }
func (b *button) MouseMoved(*desktop.MouseEvent) {}
func (b *button) MouseOut()                      { b.hovered, b.pressed = false, false; b.Refresh() }
func (b *button) MouseDown(*desktop.MouseEvent)  { b.pressed = true; b.Refresh() }
func (b *button) MouseUp(*desktop.MouseEvent)    { b.pressed = false; b.Refresh() }

func (b *button) Cursor() desktop.Cursor {
	if b.disabled {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

func (b *button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{b: b, ground: canvas.NewRectangle(color.Transparent), ring: canvas.NewRectangle(color.Transparent), text: newFit("", styleStrong)}
	r.text.align = fyne.TextAlignCenter
	r.all = []fyne.CanvasObject{r.ground, r.ring, r.text}
	switch b.mark {
	case dotsMark:
		for range 3 {
			c := canvas.NewCircle(color.Transparent)
			r.dots = append(r.dots, c)
			r.all = append(r.all, c)
		}
	case crossMark:
		for range 2 {
			l := canvas.NewLine(color.Transparent)
			l.StrokeWidth = 1.5
			r.cross = append(r.cross, l)
			r.all = append(r.all, l)
		}
	}
	r.apply()
	return r
}

type buttonRenderer struct {
	b            *button
	ground, ring *canvas.Rectangle
	text         *line
	dots         []*canvas.Circle
	cross        []*canvas.Line
	all          []fyne.CanvasObject
}

func (r *buttonRenderer) colors() (ground, ink, border fyne.ThemeColorName) {
	b := r.b
	hot := b.hovered && !b.disabled
	switch {
	case b.kind == link:
		return "", colorAccent, ""
	case b.disabled && b.kind != quiet:
		return colorChip, theme.ColorNameDisabled, colorLine
	case b.disabled:
		return "", theme.ColorNameDisabled, ""
	case b.kind == primary && hot:
		return colorAccentHov, colorOnAccent, ""
	case b.kind == primary:
		return colorAccent, colorOnAccent, ""
	case b.kind == danger:
		return colorDanger, colorOnDanger, ""
	case b.kind == quiet && hot:
		return colorChipHover, colorText, ""
	case b.kind == quiet:
		return "", colorMuted, ""
	case hot:
		return colorChipHover, colorText, colorLine
	default:
		return colorChip, colorText, colorLine
	}
}

func (r *buttonRenderer) apply() {
	ground, ink, border := r.colors()
	r.ground.CornerRadius = theme.Size(theme.SizeNameButtonRadius)
	if r.b.pill {
		r.ground.CornerRadius = 16
	}
	r.ground.FillColor = color.Transparent
	if ground != "" {
		r.ground.FillColor = theme.Color(ground)
	}
	r.ground.StrokeWidth = 0
	if border != "" {
		r.ground.StrokeWidth = 1
		r.ground.StrokeColor = theme.Color(border)
	}
	r.ring.CornerRadius = r.ground.CornerRadius + 2
	r.ring.StrokeWidth = 2
	r.ring.StrokeColor = theme.Color(colorAccent)
	r.ring.Hidden = !r.b.focused
	s := styleStrong.in(ink)
	r.text.align = fyne.TextAlignCenter
	switch {
	case r.b.kind == link:
		r.text.align = fyne.TextAlignLeading
	case r.b.left:
		r.text.align = fyne.TextAlignLeading
		s = styleBody.in(colorText)
	}
	if r.b.small || r.b.pill {
		s.size = 13
	}
	r.text.set(r.b.label, s)
	for _, d := range r.dots {
		d.FillColor = theme.Color(ink)
	}
	for _, c := range r.cross {
		c.StrokeColor = theme.Color(ink)
	}
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	inset := float32(0)
	if r.b.pressed {
		inset = 1
	}
	r.ground.Move(fyne.NewPos(inset, inset))
	r.ground.Resize(fyne.NewSize(size.Width-2*inset, size.Height-2*inset))
	r.ring.Move(fyne.NewPos(-3, -3))
	r.ring.Resize(fyne.NewSize(size.Width+6, size.Height+6))
	pad := float32(4)
	switch {
	case r.b.kind == link:
		pad = 0
	case r.b.left:
		pad = 12
	}
	r.text.Resize(fyne.NewSize(size.Width-2*pad, r.text.MinSize().Height))
	r.text.Move(fyne.NewPos(pad, (size.Height-r.text.MinSize().Height)/2))
	for i, d := range r.dots {
		d.Resize(fyne.NewSize(3, 3))
		d.Move(fyne.NewPos(size.Width/2-1.5+float32(i-1)*5, size.Height/2-1.5))
	}
	for i, c := range r.cross {
		x, y := size.Width/2, size.Height/2
		c.Position1, c.Position2 = fyne.NewPos(x-4, y-4), fyne.NewPos(x+4, y+4)
		if i == 1 {
			c.Position1, c.Position2 = fyne.NewPos(x-4, y+4), fyne.NewPos(x+4, y-4)
		}
	}
}

func (r *buttonRenderer) MinSize() fyne.Size {
	h, pad := float32(34), float32(12)
	if r.b.small {
		h, pad = 32, 10
	}
	if r.b.pill {
		h, pad = 32, 14
	}
	if r.b.kind == link {
		h, pad = 32, 0
	}
	if r.b.mark != noMark {
		return fyne.NewSize(h, h)
	}
	return fyne.NewSize(r.text.MinSize().Width+2*pad, h)
}

func (r *buttonRenderer) Refresh() {
	r.apply()
	r.Layout(r.b.Size())
	for _, o := range r.all {
		o.Refresh()
	}
}

func (r *buttonRenderer) Objects() []fyne.CanvasObject { return r.all }
func (r *buttonRenderer) Destroy()                     {}
