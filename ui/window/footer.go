package window

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"example.org/ctiagent/agent/view"
)

// footer is the lower edge of the history: what can be done with the chosen
// call, or, with none chosen, how calls are kept.
type footer struct {
	h       *historyWindow
	note    *prose
	clear   *button
	name    *line
	call    *button
	copy    *button
	forget  *button
	forgetN *button
	general *fyne.Container
	chosen  *fyne.Container
	root    *fyne.Container
	entry   view.Entry
}

func newFooter(h *historyWindow) *footer {
	w := h.u.words
	f := &footer{h: h, note: newProse("", styleMeta, 560), name: newLine("", styleStrong)}
	f.clear = newButton(w.t("history.clear"), quiet, h.clear)
	f.call = newButton(w.t("history.call"), primary, func() { h.u.dial(dialText(f.entry.Number)) })
	f.copy = newButton(w.t("history.copyNumber"), secondary, func() {
		h.u.app.Clipboard().SetContent(dialText(f.entry.Number))
		f.copy.set(w.t("card.copied"), secondary, f.copy.tapped)
		f.chosen.Refresh()
		h.u.after(1500*time.Millisecond, func() {
			f.copy.set(w.t("history.copyNumber"), secondary, f.copy.tapped)
			f.chosen.Refresh()
		})
	})
	f.forget = newButton(w.t("history.forget"), quiet, func() { h.forget(f.entry) })
	f.forgetN = newButton(w.t("history.forgetNumber"), quiet, func() { h.forgetNumber(f.entry) })
	f.general = row(8, 0, f.note, f.clear)
	f.chosen = row(8, 2, f.call, f.copy, f.name, f.forget, f.forgetN)
	f.root = container.NewStack(newGround(colorSurface),
		column(0, rule(), inset(10, 16, 10, 16, container.NewStack(f.general, f.chosen))))
	f.show(nil)
	return f
}

// show speaks of an entry; nil: of none.
func (f *footer) show(e *view.Entry) {
	visible(f.general, e == nil)
	visible(f.chosen, e != nil)
	if e == nil {
		return
	}
	f.entry = *e
	can := dialText(e.Number) != "" && e.Number.Withheld == ""
	visible(f.call, can)
	visible(f.copy, can)
	visible(f.forgetN, can && e.Number.E164 != "")
	label := "history.callBack"
	if e.Outgoing {
		label = "history.call"
	}
	f.call.set(f.h.u.words.t(label), primary, f.call.tapped)
	f.root.Refresh()
}

// state says how calls are kept: for some days on disk, or in memory and why.
// Where earlier ones cannot be read the banner speaks.
func (f *footer) state(p view.HistoryPage) {
	w := f.h.u.words
	note, s := "", styleMeta
	switch {
	case p.Off, p.Unreadable, p.Error != "":
	case p.Memory != "":
		note, s = w.maybe("history.memory."+p.Memory), styleMeta.in(colorHeld)
	case p.Days > 0:
		note = w.n("history.retention", p.Days)
	}
	f.note.set(note, s)
	visible(f.clear, len(f.h.entries) > 0)
	f.root.Refresh()
}

// problem says what went wrong, until the next answer.
func (f *footer) problem(err error) {
	f.show(nil)
	f.note.set(f.h.u.words.problem(err), styleMeta.in(colorDanger))
	f.h.root.Refresh()
}
