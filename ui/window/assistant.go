package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"example.org/ctiagent/agent/view"
)

// assistant leads through the first run in three pages. All pages live as long
// as the window, so going back loses nothing that was typed.
type assistant struct {
	u *UI
	p *page

	step  int  // 0, 1, 2
	asks  bool // where secrets are kept, in place of a page
	pages [3]assistantPage
	keys  *keyring
	after func() // what to do again once there is a place for secrets

	title, count     *line
	scroll           *container.Scroll
	back, skip, next *button
}

// assistantPage is one of the three.
type assistantPage interface {
	title() string
	content() fyne.CanvasObject
	fill(map[string]view.Setting, view.LineAccount)
	first() fyne.Focusable
	// leave stores what was typed and calls then when that went well.
	leave(then func())
	// done tells whether the page has reached its aim.
	done() bool
	// button is the page's test; nil where there is nothing to test.
	button() *button
}

func (u *UI) openAssistant() *assistant {
	a := &assistant{u: u}
	u.newPage(view.WindowAssistant, "assistant.title", fyne.NewSize(560, 640), func(p *page) fyne.CanvasObject {
		a.p = p
		return a.build()
	})
	a.load()
	if u.snap.Secrets == "unlock" {
		a.needKeyring(nil)
	}
	return a
}

func (a *assistant) build() fyne.CanvasObject {
	w := a.u.words
	a.pages = [3]assistantPage{newServicePage(a), newLinePage(a), newReadyPage(a)}
	a.title = newLine("", styleName)
	a.count = newFit("", styleMeta)
	a.scroll = container.NewVScroll(newLine("", styleBody))
	a.back = newButton(w.t("button.back"), secondary, func() {
		if a.asks {
			a.show(a.step)
			return
		}
		a.show(a.step - 1)
	})
	a.skip = newButton(w.t("assistant.skip"), quiet, func() { a.show(a.step + 1) })
	a.next = newButton("", primary, func() {
		a.pages[a.step].leave(func() {
			if a.step == len(a.pages)-1 {
				a.p.win.Close()
				return
			}
			a.show(a.step + 1)
		})
	})
	head := container.NewStack(newGround(colorSurface), column(0, inset(16, 24, 14, 24, row(8, 0, a.title, a.count)), rule()))
	foot := container.NewStack(newGround(colorSurface), column(0, rule(),
		inset(12, 24, 12, 24, row(8, 1, a.back, newLine("", styleBody), a.skip, a.next))))
	a.keys = newKeyring(a)
	a.show(0)
	return frame(head, a.scroll, foot)
}

// load fills the pages with what is configured already.
func (a *assistant) load() {
	ask(a.u, view.VerbGetSettings, nil, func(list view.SettingsList, err error) {
		settings := map[string]view.Setting{}
		for _, s := range list.Settings {
			settings[s.Key] = s
		}
		ask(a.u, view.VerbGetLine, nil, func(line view.LineAccount, err error) {
			for _, p := range a.pages {
				p.fill(settings, line)
			}
			a.refresh()
		})
	})
}

func (a *assistant) show(step int) {
	if step < 0 || step >= len(a.pages) {
		return
	}
	a.step, a.asks = step, false
	page := a.pages[step]
	a.body(page.content())
	if a.p.win.Content() != nil {
		a.p.win.Canvas().Focus(page.first())
	} else {
		a.p.focus = page.first()
	}
	a.refresh()
}

func (a *assistant) body(o fyne.CanvasObject) {
	a.scroll.Content = inset(20, 24, 24, 24, o)
	a.scroll.Offset = fyne.Position{}
	a.scroll.Refresh()
}

// refresh brings title and buttons in line with the page.
func (a *assistant) refresh() {
	w := a.u.words
	page := a.pages[a.step]
	last := a.step == len(a.pages)-1
	a.title.set(page.title(), styleName)
	if a.asks {
		a.title.set(a.keys.title(), styleTitle)
	}
	a.count.setText(w.t("assistant.step", "Step", a.step+1, "Count", len(a.pages)))
	visible(a.count, !a.asks)
	visible(a.back, a.step > 0 || a.asks)
	visible(a.skip, !last && !page.done() && !a.asks)
	visible(a.next, !a.asks)
	label := w.t("button.next")
	if last {
		label = w.t("button.finish")
	}
	a.next.set(label, primary, a.next.tapped)
	if b := page.button(); b != nil { // one primary button at a time
		k := primary
		if page.done() {
			k = secondary
		}
		b.set(b.label, k, b.tapped)
	}
	if last || page.done() {
		a.next.Enable()
	} else {
		a.next.Disable()
	}
	if c := a.p.win.Content(); c != nil {
		c.Refresh()
	}
}

// needKeyring asks where secrets may be kept and then tries again.
func (a *assistant) needKeyring(again func()) {
	a.after, a.asks = again, true
	a.keys.unlock = a.u.snap.Secrets == "unlock"
	a.keys.prepare()
	a.body(a.keys.root)
	a.refresh()
	a.p.win.Canvas().Focus(a.keys.first())
}

// keyring is the choice where secrets are kept when the desktop has no
// keyring. There is no third choice: nothing is ever stored in plain text.
type keyring struct {
	a      *assistant
	unlock bool
	why    *prose
	choice *widget.RadioGroup
	hint   *prose
	pass   *field
	repeat *field
	ok     *button
	wrong  *prose
	root   *fyne.Container
}

func newKeyring(a *assistant) *keyring {
	w := a.u.words
	const width = 500
	k := &keyring{a: a, why: newProse(w.t("keyring.why"), styleBody, width), hint: newProse("", styleMuted, width), wrong: newProse("", styleBody.in(colorDanger), width)}
	k.choice = widget.NewRadioGroup([]string{w.t("keyring.file"), w.t("keyring.session")}, func(string) { k.prepare() })
	k.choice.Required = true
	k.pass = newField(w.t("keyring.passphrase"), "", newPassword(""))
	k.repeat = newField(w.t("keyring.repeat"), "", newPassword(""))
	k.ok = newButton(w.t("button.ok"), primary, k.send)
	k.pass.in.submit = func(string) { k.send() }
	k.repeat.in.submit = func(string) { k.send() }
	k.root = column(12, k.why, k.choice, k.hint, k.pass.root, k.repeat.root, k.wrong, row(0, 1, k.ok, newLine("", styleBody)))
	k.choice.SetSelected(w.t("keyring.file"))
	return k
}

func (k *keyring) title() string {
	if k.unlock {
		return k.a.u.words.t("keyring.unlockTitle")
	}
	return k.a.u.words.t("keyring.title")
}

func (k *keyring) file() bool { return k.unlock || k.choice.Selected == k.a.u.words.t("keyring.file") }

func (k *keyring) first() fyne.Focusable {
	if k.unlock {
		return k.pass.in
	}
	return nil
}

func (k *keyring) prepare() {
	w := k.a.u.words
	visible(k.why, !k.unlock)
	visible(k.choice, !k.unlock)
	visible(k.hint, !k.unlock)
	visible(k.pass.root, k.file())
	visible(k.repeat.root, k.file() && !k.unlock)
	k.hint.setText(w.t("keyring.sessionHint"))
	if k.file() {
		k.hint.setText(w.t("keyring.fileHint"))
	}
	if k.unlock {
		k.ok.set(w.t("keyring.unlock"), primary, k.ok.tapped)
	}
	if k.root != nil {
		k.root.Refresh()
	}
}

// shortest is the least length of a passphrase, in characters.
const shortest = 8

func (k *keyring) send() {
	w := k.a.u.words
	pass := k.pass.in.Text
	k.pass.wrong("")
	k.repeat.wrong("")
	c := view.ChooseKeyring{Choice: "session"}
	if k.file() {
		switch {
		case !k.unlock && len([]rune(pass)) < shortest:
			k.pass.wrong(w.t("keyring.tooShort"))
			return
		case !k.unlock && pass != k.repeat.in.Text:
			k.repeat.wrong(w.t("keyring.different"))
			return
		}
		c = view.ChooseKeyring{Choice: "file", Passphrase: pass}
	}
	k.ok.Disable()
	ask(k.a.u, view.VerbChooseKeyring, c, func(o view.Outcome, err error) {
		k.ok.Enable()
		if err != nil {
			o = view.Outcome{Error: w.problem(err)}
		}
		if !o.OK {
			k.wrong.setText(joinLines(o.Error, o.Hint))
			k.root.Refresh()
			return
		}
		k.pass.in.SetText("")
		k.repeat.in.SetText("")
		k.a.show(k.a.step)
		if k.a.after != nil {
			k.a.after()
		}
	})
}

func joinLines(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}
