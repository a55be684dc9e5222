package window

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// glyph is a small drawing of lines on a field of 16 by 16; it follows the
// theme as text does. Each stroke is x1, y1, x2, y2.
type glyph [][4]float32

var (
	glyphIn        = glyph{{12, 4, 4, 12}, {4, 12, 4, 6}, {4, 12, 10, 12}}
	glyphOut       = glyph{{4, 12, 12, 4}, {12, 4, 12, 10}, {12, 4, 6, 4}}
	glyphMissed    = glyph{{4, 4, 12, 12}, {12, 4, 4, 12}}
	glyphElsewhere = glyph{{3, 11, 3, 8}, {3, 8, 5, 5.5}, {5, 5.5, 8, 5}, {8, 5, 13, 5}, {13, 5, 10, 2}, {13, 5, 10, 8}}
	glyphCheck     = glyph{{3, 8.5, 6.5, 12}, {6.5, 12, 13, 4.5}}
	glyphLock      = glyph{{4, 8, 12, 8}, {4, 13, 12, 13}, {4, 8, 4, 13}, {12, 8, 12, 13}, {5.5, 8, 5.5, 5}, {10.5, 8, 10.5, 5}, {5.5, 5, 7, 3.5}, {9, 3.5, 10.5, 5}, {7, 3.5, 9, 3.5}}
)

type sign struct {
	widget.BaseWidget
	glyph glyph
	color fyne.ThemeColorName
}

func newSign(g glyph, c fyne.ThemeColorName) *sign {
	s := &sign{glyph: g, color: c}
	s.ExtendBaseWidget(s)
	return s
}

func (s *sign) set(g glyph, c fyne.ThemeColorName) {
	s.glyph, s.color = g, c
	s.Refresh()
}

func (s *sign) CreateRenderer() fyne.WidgetRenderer {
	r := &signRenderer{s: s}
	r.Refresh()
	return r
}

type signRenderer struct {
	s     *sign
	lines []fyne.CanvasObject
}

func (r *signRenderer) Refresh() {
	for len(r.lines) < len(r.s.glyph) {
		r.lines = append(r.lines, canvas.NewLine(color.Transparent))
	}
	for i, o := range r.lines {
		l := o.(*canvas.Line)
		visible(l, i < len(r.s.glyph))
		if i < len(r.s.glyph) {
			g := r.s.glyph[i]
			l.Position1, l.Position2 = fyne.NewPos(g[0], g[1]), fyne.NewPos(g[2], g[3])
			l.StrokeWidth = 1.6
			l.StrokeColor = theme.Color(r.s.color)
			l.Refresh()
		}
	}
}

func (r *signRenderer) Layout(fyne.Size)             { r.Refresh() }
func (r *signRenderer) MinSize() fyne.Size           { return fyne.NewSize(16, 16) }
func (r *signRenderer) Objects() []fyne.CanvasObject { return r.lines }
func (r *signRenderer) Destroy()                     {}
