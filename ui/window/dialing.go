package window

import (
	"strings"

	"fyne.io/fyne/v2"

	"example.org/ctiagent/agent/view"
)

// suggestions is how many earlier calls the dial window offers.
const suggestions = 5

// dialer is the window in which a number is typed.
type dialer struct {
	u       *UI
	p       *page
	number  *input
	reads   *prose
	call    *button
	rows    []*matchRow
	asked   int // the latest question; answers to earlier ones are stale
	waiting bool
}

func (u *UI) openDial() {
	u.newPage(view.WindowDial, "dial.title", fyne.NewSize(420, 0), func(p *page) fyne.CanvasObject {
		d := &dialer{u: u, p: p}
		return d.build()
	})
}

func (d *dialer) build() fyne.CanvasObject {
	w := d.u.words
	const width = 380
	d.number = newInput(w.t("dial.prompt"))
	d.number.submit = func(string) { d.dial() }
	d.number.OnChanged = func(string) { d.think() }
	d.reads = newProse(" ", styleMuted, width)
	d.call = newButton(w.t("dial.button"), primary, d.dial)
	d.call.Disable()
	d.p.focus = d.number
	rows := column(0)
	for range suggestions {
		r := newMatchRow()
		visible(r.row, false)
		d.rows = append(d.rows, r)
		rows.Add(r.row)
	}
	body := column(0,
		newLine(w.t("dial.title"), styleTitle), gap(10),
		row(8, 0, d.number, d.call), gap(6),
		d.reads, rows)
	return sized(width+40, 0, inset(16, 20, 16, 20, body))
}

// think asks how the agent would read the number, and who of earlier calls is
// meant. It dials nothing.
func (d *dialer) think() {
	d.asked++
	mine, typed := d.asked, strings.TrimSpace(d.number.Text)
	if typed == "" {
		d.say("", styleMuted)
		d.suggest(nil)
		d.call.Disable()
		return
	}
	ask(d.u, view.VerbDial, view.Dial{Text: typed, DryRun: true}, func(r view.DialResult, err error) {
		if mine != d.asked || err != nil {
			return
		}
		if r.Action == "refuse" {
			d.say("", styleMuted) // still typing: no reproach yet
			d.call.Disable()
			return
		}
		d.say(joinDots(d.u.words.t("dial.reads", "Number", r.Number), d.u.words.kind(r.Kind)), styleMuted)
		d.call.Enable()
	})
	ask(d.u, view.VerbHistory, view.HistoryQuery{Text: typed, Limit: 4 * suggestions}, func(h view.HistoryPage, err error) {
		if mine == d.asked && err == nil {
			d.suggest(h.Entries)
		}
	})
}

// suggest lists earlier calls, each number once.
func (d *dialer) suggest(entries []view.Entry) {
	seen := map[string]bool{}
	var list []match
	for _, e := range entries {
		text := dialText(e.Number)
		if text == "" || seen[text] || len(list) == suggestions {
			continue
		}
		seen[text] = true
		m := match{Name: e.Name, Detail: joinDots(e.Detail, e.Number.Text), Open: &action{Label: d.u.words.t("dial.button")}}
		if m.Name == "" {
			m.Name, m.Detail = e.Number.Text, e.Detail
		}
		i := len(list)
		list = append(list, m)
		d.rows[i].set(m, func(action) { d.place(text) })
	}
	for i, r := range d.rows {
		visible(r.row, i < len(list))
	}
	d.fit()
}

func (d *dialer) dial() {
	if typed := strings.TrimSpace(d.number.Text); typed != "" {
		d.place(typed)
	}
}

func (d *dialer) place(text string) {
	if d.waiting {
		return
	}
	d.waiting = true
	d.call.Disable()
	ask(d.u, view.VerbDial, view.Dial{Text: text}, func(r view.DialResult, err error) {
		d.waiting = false
		d.call.Enable()
		switch {
		case err != nil:
			d.say(d.u.words.problem(err), styleBody.in(colorDanger))
		case r.Action == "refuse":
			d.say(r.Reason, styleBody.in(colorDanger))
		default:
			d.p.win.Close()
		}
	})
}

func (d *dialer) say(text string, s style) {
	if text == "" {
		text = " " // keeps the room
	}
	d.reads.set(text, s)
	d.fit()
}

// fit makes the window as high as what it holds.
func (d *dialer) fit() {
	c := d.p.win.Content()
	if c != nil {
		d.p.win.Resize(fyne.NewSize(c.Size().Width, c.MinSize().Height))
	}
}
