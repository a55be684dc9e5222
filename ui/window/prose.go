package window

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// maxProse bounds the characters of an explanation that are laid out.
const maxProse = 2000

// prose is text that wraps: explanations, errors, hints. It is not for names
// or numbers, which must stay in one line. It is as high as its text at the
// width it has, at most max lines (0: any), the last one with an ellipsis.
type prose struct {
	widget.BaseWidget
	text  string
	style style
	max   int
	width float32 // it is laid out for
}

// newProse lays text out for width at first and for its real width later.
func newProse(text string, s style, width float32) *prose {
	p := &prose{text: text, style: s, width: width}
	p.ExtendBaseWidget(p)
	return p
}

func (p *prose) set(text string, s style) {
	if p.text == text && p.style == s {
		return
	}
	p.text, p.style = text, s
	p.Refresh()
}

func (p *prose) setText(text string) { p.set(text, p.style) }

func (p *prose) lines() []string {
	if p.text == "" {
		return nil
	}
	lines := wrap(p.text, p.style, p.width)
	if p.max > 0 && len(lines) > p.max {
		rest := strings.Join(lines[p.max-1:], " ")
		lines = append(lines[:p.max-1], ellipsis(rest, p.style, p.width))
	}
	return lines
}

func (p *prose) CreateRenderer() fyne.WidgetRenderer {
	r := &proseRenderer{p: p}
	r.apply()
	return r
}

type proseRenderer struct {
	p     *prose
	texts []*canvas.Text
	all   []fyne.CanvasObject
}

func (r *proseRenderer) apply() {
	lines := r.p.lines()
	for len(r.texts) < len(lines) {
		t := canvas.NewText("", color.Transparent)
		r.texts = append(r.texts, t)
		r.all = append(r.all, t)
	}
	face := faceRegular
	if r.p.style.bold {
		face = faceSemiBold
	}
	for i, t := range r.texts {
		if i >= len(lines) {
			t.Hide()
			continue
		}
		t.Text = lines[i]
		t.TextSize = r.p.style.size
		t.TextStyle = fyne.TextStyle{Bold: r.p.style.bold}
		t.FontSource = face
		t.Color = theme.Color(r.p.style.color)
		h := t.MinSize().Height
		t.Move(fyne.NewPos(0, float32(i)*r.p.style.height+(r.p.style.height-h)/2))
		t.Resize(fyne.NewSize(r.p.width, h))
		t.Show()
		t.Refresh()
	}
}

func (r *proseRenderer) Layout(size fyne.Size) {
	if size.Width > 0 && size.Width != r.p.width {
		r.p.width = size.Width
		r.apply()
	}
}

func (r *proseRenderer) MinSize() fyne.Size {
	return fyne.NewSize(0, float32(len(r.p.lines()))*r.p.style.height)
}

func (r *proseRenderer) Refresh()                     { r.apply() }
func (r *proseRenderer) Objects() []fyne.CanvasObject { return r.all }
func (r *proseRenderer) Destroy()                     {}

// wrap breaks text between words; a word longer than a line is cut into
// pieces that fit.
func wrap(text string, s style, width float32) []string {
	if len(text) > maxProse {
		text = strings.ToValidUTF8(text[:maxProse], "") + "…"
	}
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		current := ""
		for _, word := range strings.Fields(paragraph) {
			joined := word
			if current != "" {
				joined = current + " " + word
			}
			if measure(joined, s) <= width {
				current = joined
				continue
			}
			if current != "" {
				lines = append(lines, current)
			}
			if len(word) > maxRunes {
				word = clip(word) // no language has such words
			}
			for measure(word, s) > width {
				piece := []rune(ellipsis(word, s, width))
				n := max(len(piece)-1, 1) // without the ellipsis
				lines = append(lines, string([]rune(word)[:n]))
				word = string([]rune(word)[n:])
			}
			current = word
		}
		lines = append(lines, current)
	}
	return lines
}
