package window

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"example.org/ctiagent/agent/view"
)

// field is a labelled entry with a line below it for help or for what is
// wrong with it.
type field struct {
	label *line
	in    *input
	note  *prose
	help  string
	root  *fyne.Container
}

func newField(label, help string, in *input) *field {
	f := &field{label: newLine(label, styleLabel.in(colorText)), in: in, help: help, note: newProse(help, styleMeta, 300)}
	visible(f.note, help != "")
	f.root = column(4, f.label, in, f.note)
	return f
}

func (f *field) text() string { return strings.TrimSpace(f.in.Text) }

// fill sets the value unless the person has typed one.
func (f *field) fill(value string) {
	if f.in.Text == "" {
		f.in.SetText(value)
	}
}

// lock shows that the value is not the person's to change.
func (f *field) lock(why string) {
	f.in.Disable()
	f.help = why
	f.wrong("")
}

// wrong says what is wrong; "" takes it back.
func (f *field) wrong(what string) {
	if what == "" {
		f.note.set(f.help, styleMeta)
	} else {
		f.note.set(what, styleMeta.in(colorDanger))
	}
	visible(f.note, what != "" || f.help != "")
	f.root.Refresh()
}

// report is what a test did, step by step, and what is wrong in words.
type report struct {
	words words
	rows  []*reportRow
	box   *fyne.Container
	error *prose
	hint  *prose
	root  *fyne.Container
}

type reportRow struct {
	sign *sign
	text *prose
	root *fyne.Container
}

func newReport(w words) *report {
	const width = 440
	r := &report{words: w, box: column(6), error: newProse("", styleStrong.in(colorDanger), width), hint: newProse("", styleBody, width)}
	r.root = column(8, r.box, r.error, r.hint)
	r.clear()
	return r
}

func (r *report) clear() {
	for _, row := range r.rows {
		visible(row.root, false)
	}
	r.say("", "")
}

// busy says that the test is under way.
func (r *report) busy() {
	r.clear()
	r.error.set(r.words.t("assistant.testing"), styleMuted)
	visible(r.error, true)
	r.root.Refresh()
}

func (r *report) say(problem, hint string) {
	r.error.set(problem, styleStrong.in(colorDanger))
	r.hint.setText(hint)
	visible(r.error, problem != "")
	visible(r.hint, hint != "")
	r.root.Refresh()
}

// show tells the outcome; done is said when all went well.
func (r *report) show(o view.Outcome, done string) {
	r.clear()
	steps := o.Steps
	if o.OK {
		steps = append(steps[:len(steps):len(steps)], view.Step{Text: done, OK: true})
	}
	for len(r.rows) < len(steps) {
		row := &reportRow{sign: newSign(glyphCheck, colorConnected), text: newProse("", styleBody, 400)}
		row.root = container.New(besideLayout{}, row.sign, row.text)
		r.rows = append(r.rows, row)
		r.box.Add(row.root)
	}
	for i, s := range steps {
		row := r.rows[i]
		row.text.setText(s.Text)
		if s.OK {
			row.sign.set(glyphCheck, colorConnected)
		} else {
			row.sign.set(glyphMissed, colorDanger)
		}
		visible(row.root, true)
	}
	if !o.OK {
		problem := o.Error
		if problem == "" {
			problem = r.words.t("assistant.failed")
		}
		r.say(problem, o.Hint)
	}
	r.root.Refresh()
}

// besideLayout sets a sign beside text that may take several lines.
type besideLayout struct{}

func (besideLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(24, max(o[1].MinSize().Height, 20))
}

func (besideLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Move(fyne.NewPos(0, 2))
	o[0].Resize(fyne.NewSize(16, 16))
	o[1].Move(fyne.NewPos(24, 0))
	o[1].Resize(fyne.NewSize(size.Width-24, size.Height))
}
