package window

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"example.org/ctiagent/agent/view"
)

const (
	historyPage = 100                    // entries that are fetched at a time
	searchPause = 150 * time.Millisecond // after the last key, before asking
)

// filters of the history in the order of their chips.
var filters = []struct{ name, key string }{
	{"", "history.filter.all"}, {"missed", "history.filter.missed"},
	{"in", "history.filter.in"}, {"out", "history.filter.out"},
}

// historyWindow lists the calls of before.
type historyWindow struct {
	u      *UI
	p      *page
	search *input
	chips  []*button
	list   *callList
	stack  *fyne.Container
	empty  *fyne.Container
	title  *prose
	hint   *prose
	foot   *footer

	filter  string
	entries []view.Entry
	lines   []historyLine
	more    bool
	asked   int // the latest query; answers to earlier ones are stale
	newest  string
	chosen  string // id of the entry the footer speaks of
}

// historyLine is a line of the list: a day, a call, or "show older calls".
type historyLine struct {
	day   string
	entry *view.Entry
	older bool
}

func (u *UI) openHistory() *historyWindow {
	h := &historyWindow{u: u}
	u.newPage(view.WindowHistory, "history.title", fyne.NewSize(800, 580), func(p *page) fyne.CanvasObject {
		h.p = p
		p.focus = nil
		o := h.build()
		p.focus = h.search
		p.fresh = h.fresh
		return o
	})
	u.tell(view.VerbHistorySeen, nil)
	return h
}

func (h *historyWindow) build() fyne.CanvasObject {
	w := h.u.words
	h.search = newInput(w.t("history.search"))
	h.search.OnChanged = func(string) { h.later() }
	bar := []fyne.CanvasObject{h.search}
	for _, f := range filters {
		chip := newButton(w.t(f.key), secondary, nil)
		chip.pill = true
		chip.tapped = func() {
			h.filter = f.name
			h.query(false)
		}
		h.chips = append(h.chips, chip)
		bar = append(bar, chip)
	}
	head := container.NewStack(newGround(colorSurface), column(0, inset(12, 16, 12, 16, row(8, 0, bar...)), rule()))

	h.list = newCallList(
		func() int { return len(h.lines) },
		func() fyne.CanvasObject { return newHistoryRow() },
		func(i widget.ListItemID, o fyne.CanvasObject) {
			if i < len(h.lines) {
				o.(*historyRow).set(h.u.words, h.lines[i], h.u.now())
			}
		})
	h.list.HideSeparators = true
	h.list.OnSelected = h.selected
	h.title = newProse("", styleTitle, 400)
	h.hint = newProse("", styleMuted, 400)
	h.empty = container.NewCenter(sized(400, 0, column(6, h.title, h.hint)))
	h.stack = container.NewStack(newGround(colorSurface), h.list, h.empty)
	h.foot = newFooter(h)
	h.show(view.HistoryPage{}, false)
	h.empty.Hide()
	return frame(head, h.stack, h.foot.root)
}

// callList is a list that hands Escape to its window.
type callList struct{ widget.List }

func newCallList(length func() int, create func() fyne.CanvasObject, update func(widget.ListItemID, fyne.CanvasObject)) *callList {
	l := &callList{}
	l.Length, l.CreateItem, l.UpdateItem = length, create, update
	l.ExtendBaseWidget(l)
	return l
}

func (l *callList) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape {
		escape(l)
		return
	}
	l.List.TypedKey(e)
}

// fresh asks again when there is a newer call.
func (h *historyWindow) fresh(s view.Snapshot) {
	newest := "none"
	if len(s.Recent) > 0 {
		newest = s.Recent[0].ID
	}
	if newest != h.newest {
		h.newest = newest
		h.query(false)
	}
}

// later asks once the typing pauses.
func (h *historyWindow) later() {
	h.asked++
	mine := h.asked
	h.u.after(searchPause, func() {
		if mine == h.asked {
			h.query(false)
		}
	})
}

// query fetches the first page, or the next one.
func (h *historyWindow) query(next bool) {
	h.asked++
	mine := h.asked
	q := view.HistoryQuery{Text: strings.TrimSpace(h.search.Text), Filter: h.filter, Limit: historyPage}
	if next && len(h.entries) > 0 {
		q.Before = h.entries[len(h.entries)-1].ID
	}
	ask(h.u, view.VerbHistory, q, func(p view.HistoryPage, err error) {
		if mine != h.asked || h.u.pages[view.WindowHistory] != h.p {
			return
		}
		if err != nil {
			p.Error = h.u.words.problem(err)
		}
		h.show(p, next)
	})
}

// show takes a page of answers, added to what is there or instead of it.
func (h *historyWindow) show(p view.HistoryPage, next bool) {
	w := h.u.words
	if !next {
		h.entries = nil
	}
	h.entries = append(h.entries, p.Entries...)
	h.more = p.More
	h.lines = h.lines[:0]
	day := ""
	for i := range h.entries {
		if d := w.day(h.entries[i].At, h.u.now()); d != day {
			day = d
			h.lines = append(h.lines, historyLine{day: d})
		}
		h.lines = append(h.lines, historyLine{entry: &h.entries[i]})
	}
	if h.more {
		h.lines = append(h.lines, historyLine{older: true})
	}
	for i, f := range filters {
		label, k := w.t(f.key), secondary
		if f.name == "missed" && p.Missed > 0 {
			label = w.t("history.filter.missedCount", "Count", p.Missed)
		}
		if f.name == h.filter {
			k = primary
		}
		h.chips[i].set(label, k, h.chips[i].tapped)
	}
	h.explain(p)
	h.list.UnselectAll()
	for i, l := range h.lines {
		height := float32(40)
		if l.day != "" {
			height = 32
		}
		h.list.SetItemHeight(i, height)
	}
	h.list.Refresh()
	h.choose(h.find(h.chosen))
	h.foot.state(p)
	if !next {
		h.list.ScrollToTop()
	}
}

// explain says why there is nothing to see.
func (h *historyWindow) explain(p view.HistoryPage) {
	w := h.u.words
	title, hint := "", ""
	text := strings.TrimSpace(h.search.Text)
	switch {
	case len(h.entries) > 0:
	case p.Off:
		title, hint = w.t("history.off"), w.t("history.offHint")
	case text != "":
		title, hint = w.t("history.emptySearch", "Text", text), w.t("history.emptySearchHint")
	case h.filter == "missed":
		title = w.t("history.emptyMissed")
	default:
		title, hint = w.t("history.empty"), w.t("history.emptyHint")
	}
	h.title.setText(title)
	h.hint.setText(hint)
	visible(h.empty, len(h.entries) == 0)
	visible(h.list, len(h.entries) > 0)
	h.empty.Refresh()
}

func (h *historyWindow) selected(i widget.ListItemID) {
	if i >= len(h.lines) {
		return
	}
	switch l := h.lines[i]; {
	case l.older:
		h.list.Unselect(i)
		h.query(true)
	case l.entry == nil:
		h.list.Unselect(i)
	default:
		h.choose(l.entry)
	}
}

func (h *historyWindow) find(id string) *view.Entry {
	for i := range h.entries {
		if h.entries[i].ID == id {
			return &h.entries[i]
		}
	}
	return nil
}

// choose makes the footer speak of an entry, or of none.
func (h *historyWindow) choose(e *view.Entry) {
	h.chosen = ""
	if e != nil {
		h.chosen = e.ID
	}
	h.foot.show(e)
}

func (h *historyWindow) forget(e view.Entry) {
	ask(h.u, view.VerbHistoryForget, view.HistoryForget{ID: e.ID}, h.forgotten)
}

func (h *historyWindow) forgetNumber(e view.Entry) {
	w := h.u.words
	h.u.inquire(h.p.win, w.t("history.forgetNumberQuestion", "Number", e.Number.Text), "", w.t("button.delete"), func() {
		ask(h.u, view.VerbHistoryForget, view.HistoryForget{Number: e.Number.E164}, h.forgotten)
	})
}

func (h *historyWindow) clear() {
	w := h.u.words
	h.u.inquire(h.p.win, w.t("history.clearQuestion"), w.t("history.clearHint"), w.t("history.clear"), func() {
		ask(h.u, view.VerbHistoryClear, nil, h.forgotten)
	})
}

func (h *historyWindow) forgotten(_ struct{}, err error) {
	if err != nil {
		h.foot.note.set(h.u.words.problem(err), styleMeta.in(colorDanger))
		return
	}
	h.chosen = ""
	h.query(false)
}

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
