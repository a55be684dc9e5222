package window

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// style is a way to set text; there are few, so that screens look alike.
type style struct {
	size   float32
	height float32 // of the line
	bold   bool
	color  fyne.ThemeColorName
}

var (
	styleName   = style{20, 26, true, colorText}
	styleTitle  = style{16, 22, true, colorText}
	styleBody   = style{14, 20, false, colorText}
	styleStrong = style{14, 20, true, colorText}
	styleMuted  = style{14, 20, false, colorMuted}
	styleMeta   = style{12, 16, false, colorMuted}
	styleLabel  = style{12, 16, true, colorMuted}
)

func (s style) in(c fyne.ThemeColorName) style { s.color = c; return s }

// maxRunes bounds what is measured at all: no screen shows more in a line.
const maxRunes = 400

// line is one line of text. It never wraps and never grows its surroundings:
// what does not fit ends in an ellipsis.
type line struct {
	widget.BaseWidget
	text  string
	style style
	align fyne.TextAlign
	fit   bool // asks for the width of its text; otherwise for none
}

func newLine(text string, s style) *line {
	l := &line{text: clip(text), style: s}
	l.ExtendBaseWidget(l)
	return l
}

// newFit is a line that asks for the room of its whole text.
func newFit(text string, s style) *line {
	l := newLine(text, s)
	l.fit = true
	return l
}

func (l *line) set(text string, s style) {
	text = clip(text)
	if l.text == text && l.style == s {
		return
	}
	l.text, l.style = text, s
	l.Refresh()
}

func (l *line) setText(text string) { l.set(text, l.style) }

func clip(s string) string {
	n := 0
	for i := range s {
		if n == maxRunes {
			return s[:i]
		}
		n++
	}
	return s
}

func (l *line) CreateRenderer() fyne.WidgetRenderer {
	r := &lineRenderer{l: l, text: canvas.NewText("", color.Transparent)}
	r.apply()
	return r
}

type lineRenderer struct {
	l    *line
	text *canvas.Text
}

func (r *lineRenderer) apply() {
	s := r.l.style
	r.text.TextSize = s.size
	r.text.TextStyle = fyne.TextStyle{Bold: s.bold}
	r.text.FontSource = faceRegular
	if s.bold {
		r.text.FontSource = faceSemiBold
	}
	r.text.Color = theme.Color(s.color)
	r.text.Alignment = r.l.align
	r.text.Text = ellipsis(r.l.text, s, r.l.Size().Width)
}

func (r *lineRenderer) Layout(size fyne.Size) {
	r.text.Text = ellipsis(r.l.text, r.l.style, size.Width)
	h := r.text.MinSize().Height
	r.text.Move(fyne.NewPos(0, (size.Height-h)/2))
	r.text.Resize(fyne.NewSize(size.Width, h))
}

func (r *lineRenderer) MinSize() fyne.Size {
	w := float32(0)
	if r.l.fit {
		// A pixel more, so that rounding never cuts the last letter.
		w = measure(r.l.text, r.l.style) + 1
	}
	return fyne.NewSize(w, r.l.style.height)
}

func (r *lineRenderer) Refresh() {
	r.apply()
	r.Layout(r.l.Size())
	r.text.Refresh()
}

func (r *lineRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.text} }
func (r *lineRenderer) Destroy()                     {}

func measure(text string, s style) float32 {
	face := faceRegular
	if s.bold {
		face = faceSemiBold
	}
	size, _ := fyne.CurrentApp().Driver().RenderedTextSize(text, s.size, fyne.TextStyle{Bold: s.bold}, face)
	return size.Width
}

// ellipsis cuts text so that it fits into width.
func ellipsis(text string, s style, width float32) string {
	if width <= 0 {
		return ""
	}
	if text == "" || measure(text, s) <= width+0.5 {
		return text
	}
	runes := []rune(text)
	if measure("…", s) > width {
		return ""
	}
	fits, tooLong := 0, len(runes)
	for tooLong-fits > 1 {
		mid := (fits + tooLong) / 2
		if measure(string(runes[:mid])+"…", s) <= width {
			fits = mid
		} else {
			tooLong = mid
		}
	}
	return string(runes[:fits]) + "…"
}
