package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// banner is a strip below the head of a window: something is not as it should
// be, what that means, and the one thing that helps.
type banner struct {
	title, hint *prose
	act         *button
	root        fyne.CanvasObject
}

func newBanner(label string, help func()) *banner {
	b := &banner{
		title: newProse("", styleStrong, 560),
		hint:  newProse("", styleMuted, 560),
		act:   newButton(label, secondary, help),
	}
	dot := newGround(colorHeld)
	dot.radius = 4.5
	b.root = column(0, inset(12, 16, 12, 16, row(16, 0,
		container.New(dotLayout{}, dot, column(2, b.title, b.hint)), b.act)), rule())
	b.hide()
	return b
}

// show says something; helped tells whether the button helps with it.
func (b *banner) show(title, hint string, helped bool) {
	b.title.setText(title)
	b.hint.setText(hint)
	visible(b.act, helped)
	visible(b.root, true)
	b.root.Refresh()
}

func (b *banner) hide() { visible(b.root, false) }
