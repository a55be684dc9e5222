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
	root   *fyne.Container
	stack  *fyne.Container
	empty  *fyne.Container
	title  *prose
	hint   *prose
	banner *banner
	foot   *footer

	filter  string
	entries []view.Entry
	lines   []historyLine
	more    bool
	asked   int    // the latest query; answers to earlier ones are stale
	newest  string // what the latest query was asked for
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
	h.banner = newBanner(w.t("history.startAnew"), h.startAnew)
	head := container.NewStack(newGround(colorSurface),
		column(0, inset(12, 16, 12, 16, row(8, 0, bar...)), rule(), h.banner.root))

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
	h.root = frame(head, h.stack, h.foot.root)
	h.show(view.HistoryPage{}, false)
	h.empty.Hide()
	return h.root
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

// fresh asks again when there is a newer call, or another place for the key.
func (h *historyWindow) fresh(s view.Snapshot) {
	newest := s.Secrets + " none"
	if len(s.Recent) > 0 {
		newest = s.Secrets + " " + s.Recent[0].ID
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
			h.foot.problem(err) // what is shown stays
			return
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
	h.root.Refresh() // banner and footer may be higher or lower now
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
	switch {
	case p.Unreadable:
		h.banner.show(w.t("history.unreadable"), w.t("history.unreadableHint"), true)
	case p.Error != "":
		h.banner.show(w.t("history.unreadable"), p.Error, false)
	default:
		h.banner.hide()
	}
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

func (h *historyWindow) startAnew() {
	w := h.u.words
	h.u.inquire(h.p.win, w.t("history.startAnewQuestion"), w.t("history.startAnewHint"), w.t("history.startAnew"), func() {
		ask(h.u, view.VerbHistoryAnew, nil, h.forgotten)
	})
}

func (h *historyWindow) forgotten(_ struct{}, err error) {
	if err != nil {
		h.foot.problem(err)
		return
	}
	h.chosen = ""
	h.query(false)
}
