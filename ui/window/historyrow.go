package window

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"example.org/ctiagent/agent/view"
)

// historyRow draws a line of the list.
type historyRow struct {
	widget.BaseWidget
	icon                               *sign
	name, detail, number, time, result *line
	day                                *line
	call                               *fyne.Container
	rule                               fyne.CanvasObject
}

func newHistoryRow() *historyRow {
	r := &historyRow{
		icon: newSign(glyphIn, colorMuted),
		name: newFit("", styleStrong), detail: newLine("", styleMuted), number: newLine("", styleMuted),
		time: newLine("", styleMuted), result: newLine("", styleMuted), day: newLine("", styleLabel),
		rule: newGround(colorLine),
	}
	r.call = container.New(historyLayout{}, r.icon, r.name, r.detail, r.number, r.time, r.result, r.rule)
	r.ExtendBaseWidget(r)
	return r
}

func (r *historyRow) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewStack(r.call, inset(6, 16, 0, 16, r.day)))
}

func (r *historyRow) set(w words, l historyLine, now time.Time) {
	visible(r.call, l.entry != nil)
	r.day.set(l.day, styleLabel)
	if l.older {
		r.day.set(w.t("history.loadMore"), styleStrong.in(colorAccent))
	}
	if l.entry == nil {
		return
	}
	e := *l.entry
	g, c := signOf(e)
	r.icon.set(g, c)
	name, detail, number := e.Name, e.Detail, e.Number.Text
	if name == "" {
		name, number = number, ""
		if e.Number.Withheld == "" {
			detail = w.t("history.notInContacts")
		}
	}
	if e.Number.Withheld != "" {
		name, detail = w.t("card.withheld"), ""
	}
	if name == "" {
		name = w.t("card.noNumber")
	}
	r.name.setText(name)
	r.detail.setText(detail)
	r.number.setText(number)
	r.time.setText(e.At.Local().Format("15:04"))
	switch {
	case e.Result == "answered" && e.Duration > 0:
		r.result.set(clock(e.Duration), styleMuted)
	case e.Result == "missed":
		r.result.set(w.t("history.result.missed"), styleMuted.in(colorDanger))
	default:
		r.result.set(w.maybe("history.result."+e.Result), styleMuted)
	}
	r.call.Refresh()
}

// signOf is the drawing for how a call went; the words stand beside it.
func signOf(e view.Entry) (glyph, fyne.ThemeColorName) {
	switch {
	case e.Result == "missed":
		return glyphMissed, colorDanger
	case e.Result == "elsewhere":
		return glyphElsewhere, colorMuted
	case e.Outgoing && e.Result == "answered":
		return glyphOut, colorAccent
	case e.Outgoing:
		return glyphOut, colorMuted
	case e.Result == "answered":
		return glyphIn, colorConnected
	}
	return glyphIn, colorMuted
}

// historyLayout sets the columns of a row. Name and detail share the first;
// the name goes before.
type historyLayout struct{}

// resultWidth holds the longest word for how a call went, in any language.
const resultWidth = 186

func (historyLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(560, 32) }

func (historyLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	const pad, numberWidth, timeWidth, between = 16, 146, 44, 12
	put := func(ob fyne.CanvasObject, x, w float32) {
		h := ob.MinSize().Height
		ob.Move(fyne.NewPos(x, (size.Height-h)/2))
		ob.Resize(fyne.NewSize(w, h))
	}
	put(o[0], pad, 16)
	x := float32(pad + 16 + between)
	right := size.Width - pad - resultWidth
	put(o[5], right, resultWidth)
	right -= timeWidth + between
	put(o[4], right, timeWidth)
	right -= numberWidth + between
	put(o[3], right, numberWidth)
	room := right - between - x
	name := min(o[1].MinSize().Width, room)
	put(o[1], x, name)
	put(o[2], x+name+8, max(room-name-8, 0))
	o[6].Move(fyne.NewPos(0, size.Height-1))
	o[6].Resize(fyne.NewSize(size.Width, 1))
}
