package window

import "image"

// edge says in which corner cards stand.
type edge struct{ left, top bool }

var edges = map[string]edge{
	"bottom-right": {}, "bottom-left": {left: true},
	"top-right": {top: true}, "top-left": {left: true, top: true},
}

// stand puts the cards into the corner of the settings.
func (u *UI) stand(corner string) {
	if e := edges[corner]; e != u.cards.edge {
		u.cards.edge = e
		u.cards.arrange()
	}
}

// stackAt gives the top left corners of cards of these sizes, in pixels. The
// last card is the newest; it stands at the edge, the others behind it.
func stackAt(area image.Rectangle, sizes []image.Point, e edge, margin, between int) []image.Point {
	at := make([]image.Point, len(sizes))
	y := area.Max.Y - margin
	if e.top {
		y = area.Min.Y + margin
	}
	for i := len(sizes) - 1; i >= 0; i-- {
		s := sizes[i]
		x := area.Max.X - margin - s.X
		if e.left {
			x = area.Min.X + margin
		}
		if e.top {
			at[i] = image.Pt(x, y)
			y += s.Y + between
			continue
		}
		at[i] = image.Pt(x, y-s.Y)
		y -= s.Y + between
	}
	return at
}
