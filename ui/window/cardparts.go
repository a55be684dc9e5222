package window

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// hoverArea lies behind a card and knows whether the pointer is on it, unless a
// button in front does.
type hoverArea struct {
	widget.BaseWidget
	on bool
}

var _ desktop.Hoverable = (*hoverArea)(nil)

func newHoverArea() *hoverArea {
	h := &hoverArea{}
	h.ExtendBaseWidget(h)
	return h
}

func (h *hoverArea) MouseIn(*desktop.MouseEvent)    { h.on = true }
func (h *hoverArea) MouseMoved(*desktop.MouseEvent) {}
func (h *hoverArea) MouseOut()                      { h.on = false }

func (h *hoverArea) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(canvas.NewRectangle(color.Transparent))
}

// fieldRow is a label and its value.
type fieldRow struct {
	label, value *line
	row          *fyne.Container
}

func newFieldRow() *fieldRow {
	f := &fieldRow{label: newLine("", styleMuted), value: newLine("", styleBody)}
	f.row = row(8, 1, sized(124, 0, f.label), f.value)
	return f
}

func (f *fieldRow) set(label, value string) {
	f.label.setText(label)
	f.value.setText(value)
}

// matchRow is one of several people with a button of their own.
type matchRow struct {
	name, detail *line
	open         *button
	rule         *canvas.Rectangle
	row          *fyne.Container
}

func newMatchRow() *matchRow {
	m := &matchRow{
		name: newLine("", styleStrong), detail: newLine("", styleMeta),
		open: newButton("", secondary, nil), rule: canvas.NewRectangle(color.Transparent),
	}
	m.open.small = true
	m.rule.SetMinSize(fyne.NewSize(0, 1))
	m.row = column(0,
		inset(8, 0, 8, 0, row(10, 0, column(0, m.name, m.detail), m.open)),
		m.rule)
	return m
}

func (m *matchRow) set(p match, press func(action)) {
	m.name.setText(p.Name)
	m.detail.setText(p.Detail)
	m.rule.FillColor = theme.Color(colorLine)
	m.rule.Refresh()
	visible(m.open, p.Open != nil)
	if p.Open != nil {
		a, k := *p.Open, secondary
		if p.First {
			k = primary
		}
		m.open.set(a.Label, k, func() { press(a) })
	}
}

// headerLayout sets dot, state, place, clock and cross; place takes the rest.
// The cross may be pressed in a square of 28 that reaches to the card's edge.
type headerLayout struct{}

func (headerLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, 28) }

func (headerLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	const cross, between = 32, 8
	mid := func(ob fyne.CanvasObject, x, w float32) {
		h := ob.MinSize().Height
		ob.Move(fyne.NewPos(x, (size.Height-h)/2))
		ob.Resize(fyne.NewSize(w, h))
	}
	right := size.Width - cross + 10
	mid(o[4], right, cross)
	w := o[3].MinSize().Width
	right -= w
	mid(o[3], right, w)
	x := o[0].MinSize().Width
	mid(o[0], 0, x)
	x += between
	w = o[1].MinSize().Width
	mid(o[1], x, min(w, right-x-between))
	x += w + between
	mid(o[2], x, max(right-between-x, 0))
}

// actionsLayout sets the two buttons at the left and the menu at the right.
// Where words are long the second button gives way.
type actionsLayout struct{}

func (actionsLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, o[2].MinSize().Height)
}

func (actionsLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	const between = 8
	room := size.Width - o[2].MinSize().Width - between
	o[2].Move(fyne.NewPos(room+between, 0))
	o[2].Resize(o[2].MinSize())
	x := float32(0)
	for _, b := range o[:2] {
		if b.Visible() {
			w := min(b.MinSize().Width, room-x)
			b.Move(fyne.NewPos(x, 0))
			b.Resize(fyne.NewSize(w, size.Height))
			x += w + between
		}
	}
}
