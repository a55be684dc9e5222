package window

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// Measures of the card, in units of the toolkit (pixels at 100 %).
const (
	cardWidth  float32 = 360
	cardInner  float32 = cardWidth - 2*16
	cardRadius float32 = 10
)

// cardView draws one face. Its parts stay when the face changes: a press that
// began before an update still lands, and nothing flickers.
type cardView struct {
	root *fyne.Container
	do   func(deed, int) // what a button was pressed for

	ground      *canvas.Rectangle
	pointer     *hoverArea
	more        *line
	dot         *canvas.Circle
	state       *line
	where, time *line
	close       *button
	name        *line
	second      *prose
	third       *prose
	room        *canvas.Rectangle // what the name block does not need
	divider     *canvas.Rectangle
	fields      []*fieldRow
	matches     []*matchRow
	why         *line
	notes       []*prose
	menuRows    []*button
	menuBox     *fyne.Container
	first       *button
	other       *button
	dots        *button
	actions     *fyne.Container
	body        *fyne.Container

	face     face
	copied   string // said for a moment after copying
	menuOpen bool
	resized  func() // the card has another height now
}

func newCardView(do func(deed, int), resized func()) *cardView {
	c := &cardView{
		do: do, resized: resized,
		ground:  canvas.NewRectangle(color.Transparent),
		pointer: newHoverArea(),
		more:    newLine("", styleLabel),
		dot:     canvas.NewCircle(color.Transparent),
		state:   newFit("", styleLabel),
		where:   newLine("", styleMeta),
		time:    newFit("", styleMeta),
		name:    newLine("", styleName),
		second:  newProse("", styleBody, cardInner),
		third:   newProse("", styleMuted, cardInner),
		room:    canvas.NewRectangle(color.Transparent),
		divider: canvas.NewRectangle(color.Transparent),
		why:     newLine("", styleMeta),
	}
	c.divider.SetMinSize(fyne.NewSize(0, 1))
	c.close = newMark(crossMark, quiet, func() { c.do(dismiss, 0) })
	c.first = newButton("", primary, nil)
	c.other = newButton("", secondary, nil)
	c.dots = newMark(dotsMark, secondary, func() { c.toggleMenu() })

	header := container.New(headerLayout{}, sized(9, 9, c.dot), c.state, c.where, c.time, c.close)
	fields := column(2)
	for range maxFields {
		f := newFieldRow()
		c.fields = append(c.fields, f)
		fields.Add(f.row)
	}
	matches := column(0)
	for range maxPeople {
		m := newMatchRow()
		c.matches = append(c.matches, m)
		matches.Add(m.row)
	}
	notes := column(2)
	for range 7 {
		n := newProse("", styleMeta, cardInner)
		n.max = 2
		c.notes = append(c.notes, n)
		notes.Add(n)
	}
	c.menuBox = column(0)
	c.actions = container.New(actionsLayout{}, c.first, c.other, c.dots)
	c.body = column(0,
		container.New(belowLayout{4}, c.more), header, gap(4), c.name, c.second, c.third,
		container.New(belowLayout{10}, c.divider), container.New(belowLayout{8}, fields), matches,
		container.New(belowLayout{8}, c.why), container.New(belowLayout{6}, notes),
		container.New(belowLayout{8}, c.menuBox),
		c.room, gap(12), c.actions)
	c.root = container.NewStack(c.ground, c.pointer, sized(cardWidth, 0, inset(6, 16, 14, 16, c.body)))
	return c
}

// show draws f; more is how many further calls have no card of their own.
func (c *cardView) show(f face, more string, now time.Time) {
	c.face = f
	c.ground.FillColor = theme.Color(colorSurface)
	c.ground.StrokeColor = theme.Color(colorLine)
	c.ground.StrokeWidth = 1
	c.ground.CornerRadius = cardRadius
	c.ground.Refresh()
	c.more.setText(more)
	visible(c.more, more != "")

	c.dot.FillColor = theme.Color(f.Tone)
	c.dot.Refresh()
	c.state.set(f.State, styleLabel.in(f.Tone))
	c.where.setText(f.Where)
	c.tick(now)
	c.name.set(f.Name.Text, f.Name.Style)
	// One of the two may take a second line: a sentence, or a company with a
	// long name where nothing is below it.
	c.second.max, c.third.max = 1, 2
	if f.Third.Text == "" {
		c.second.max = 2
	}
	c.second.set(f.Second.Text, f.Second.Style)
	c.third.set(f.Third.Text, f.Third.Style)

	c.divider.FillColor = theme.Color(colorLine)
	c.divider.Refresh()
	visible(c.divider, len(f.Fields) > 0 || len(f.People) > 0)
	for i, r := range c.fields {
		visible(r.row, i < len(f.Fields))
		if i < len(f.Fields) {
			r.set(f.Fields[i].Label, f.Fields[i].Value)
		}
	}
	for i, r := range c.matches {
		visible(r.row, i < len(f.People))
		if i < len(f.People) {
			r.set(f.People[i], c.press)
		}
	}
	c.why.setText(f.Why)
	visible(c.why, f.Why != "")
	c.reserve()
	for i, n := range c.notes {
		visible(n, i < len(f.Notes))
		if i < len(f.Notes) {
			n.set(f.Notes[i].Text, f.Notes[i].Style)
		}
	}
	c.button(c.first, f.First, primary)
	c.button(c.other, f.Other, secondary)
	c.fillMenu()
	c.body.Refresh()
}

// nameRoom is the height of the two lines below the name and of the reason.
const nameRoom = 20 + 20 + 8 + 16

// reserve keeps the room of what is not there yet, so that the name replaces
// the number in place and the buttons stand still.
func (c *cardView) reserve() {
	used := c.second.MinSize().Height + c.third.MinSize().Height
	if c.face.Why != "" {
		used += 8 + 16
	}
	visible(c.room, used < nameRoom && len(c.face.People) == 0)
	c.room.SetMinSize(fyne.NewSize(0, nameRoom-used))
}

// tick moves the clock on.
func (c *cardView) tick(now time.Time) {
	text := ""
	if !c.face.From.IsZero() {
		until := c.face.Until
		if until.IsZero() {
			until = now
		}
		text = clock(until.Sub(c.face.From))
	}
	c.time.setText(text)
}

func (c *cardView) button(b *button, a *action, k kind) {
	visible(b, a != nil)
	if a != nil {
		a := *a
		b.set(a.Label, k, func() { c.press(a) })
	}
}

func (c *cardView) press(a action) {
	if c.menuOpen {
		c.toggleMenu()
	}
	c.do(a.Deed, a.Person)
	if a.Deed == copyNumber && c.copied != "" {
		for _, b := range []*button{c.first, c.other} {
			if b.Visible() && b.label == a.Label { // until the next update
				b.set(c.copied, b.kind, b.tapped)
				c.actions.Refresh()
			}
		}
	}
}

// toggleMenu unfolds the remaining actions inside the card. A pop-up would
// need the focus to be closed by a click elsewhere, and the card has none.
func (c *cardView) toggleMenu() {
	c.menuOpen = !c.menuOpen
	c.fillMenu()
	c.body.Refresh()
	if c.resized != nil {
		c.resized()
	}
}

func (c *cardView) fillMenu() {
	for len(c.menuRows) < len(c.face.Menu) {
		b := newButton("", quiet, nil)
		b.left = true
		c.menuRows = append(c.menuRows, b)
		c.menuBox.Add(b)
	}
	for i, b := range c.menuRows {
		on := c.menuOpen && i < len(c.face.Menu)
		visible(b, on)
		if on {
			a := c.face.Menu[i]
			b.set(a.Label, quiet, func() { c.press(a) })
		}
	}
}

// hovered tells whether the pointer is on the card.
func (c *cardView) hovered() bool {
	on := c.pointer.on
	for _, b := range append(c.menuRows[:len(c.menuRows):len(c.menuRows)], c.first, c.other, c.dots, c.close) {
		on = on || (b.Visible() && b.hovered)
	}
	for _, m := range c.matches {
		on = on || (m.row.Visible() && m.open.hovered)
	}
	return on
}

func (c *cardView) height() float32 { return c.root.MinSize().Height }
