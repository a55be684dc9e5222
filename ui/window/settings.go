package window

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"example.org/ctiagent/agent/view"
)

// settingsWindow shows every setting of the agent in groups. It knows none of
// them: names and help come from the catalogue, kinds and values from the
// agent, which also checks them.
type settingsWindow struct {
	u        *UI
	p        *page
	status   *statusSection
	box      *fyne.Container
	note     *prose
	save     *button
	settings []*settingRow
}

// settingRow edits one setting.
type settingRow struct {
	setting view.Setting
	value   func() string
	wrong   func(string)
}

func (u *UI) openSettings() *settingsWindow {
	s := &settingsWindow{u: u}
	u.newPage(view.WindowSettings, "settings.title", fyne.NewSize(640, 640), func(p *page) fyne.CanvasObject {
		s.p = p
		o := s.build()
		p.fresh = func(snap view.Snapshot) { s.status.show(p, snap) }
		return o
	})
	ask(u, view.VerbGetSettings, nil, func(l view.SettingsList, err error) {
		if err != nil {
			s.say(u.words.problem(err), colorDanger)
			return
		}
		s.show(l)
	})
	return s
}

func (s *settingsWindow) build() fyne.CanvasObject {
	w := s.u.words
	s.box = column(16)
	s.status = s.newStatus()
	s.note = newProse("", styleMeta, 300)
	s.note.max = 2
	s.save = newButton(w.t("button.save"), primary, s.store)
	s.save.Disable()
	assistant := newButton(w.t("settings.assistant"), link, func() { s.u.open(view.WindowAssistant) })
	foot := container.NewStack(newGround(colorSurface), column(0, rule(),
		inset(12, 20, 12, 20, row(12, 1, assistant, s.note, s.save))))
	return frame(column(0), container.NewVScroll(inset(20, 20, 20, 20, column(16, s.status.root, s.box))), foot)
}

// show lays the settings out anew.
func (s *settingsWindow) show(l view.SettingsList) {
	s.box.RemoveAll()
	s.settings = nil
	var group *fyne.Container
	name := ""
	for _, setting := range l.Settings {
		prefix, _, _ := strings.Cut(setting.Key, ".")
		if prefix != name {
			name = prefix
			group = column(0)
			title := s.u.words.maybe("settings.group." + prefix)
			card := newGround(colorSurface)
			card.radius, card.border = 10, true
			s.box.Add(column(8, newLine(title, styleTitle), container.NewStack(card, inset(4, 16, 4, 16, group))))
		} else {
			group.Add(rule())
		}
		group.Add(s.row(setting))
	}
	s.box.Refresh()
}

func (s *settingsWindow) row(setting view.Setting) fyne.CanvasObject {
	w := s.u.words
	label := w.maybe("setting." + setting.Key)
	if label == "" {
		label = setting.Key
	}
	help := w.maybe("setting." + setting.Key + ".help")
	if help == "" {
		help = setting.Doc
	}
	r := &settingRow{setting: setting}
	note := newProse(help, styleMeta, 280)
	r.wrong = func(what string) {
		if what != "" {
			note.set(what, styleMeta.in(colorDanger))
		} else {
			note.set(help, styleMeta)
		}
		s.box.Refresh()
	}
	control := s.control(r)
	name := column(2, newLine(label, styleBody), note)
	if setting.Locked {
		name.Add(row(4, 1, newSign(glyphLock, colorMuted), newLine(w.t("settings.locked"), styleMeta)))
	}
	s.settings = append(s.settings, r)
	return inset(10, 0, 10, 0, row(16, 0, name, sized(240, 0, control)))
}

// control is the widget that fits the kind of a setting.
func (s *settingsWindow) control(r *settingRow) fyne.CanvasObject {
	setting := r.setting
	switch setting.Kind {
	case "bool":
		c := widget.NewCheck("", func(bool) { s.changed() })
		c.Checked = setting.Value == "true"
		r.value = func() string { return boolText(c.Checked) }
		if setting.Locked {
			c.Disable()
		}
		return c
	case "choice":
		names := make([]string, len(setting.Choices))
		chosen := -1
		for i, v := range setting.Choices {
			names[i] = s.choice(setting.Key, v)
			if v == setting.Value {
				chosen = i
			}
		}
		c := widget.NewSelect(names, nil)
		c.PlaceHolder = " "
		c.SetSelectedIndex(chosen)
		c.OnChanged = func(string) { s.changed() }
		r.value = func() string {
			if i := c.SelectedIndex(); i >= 0 {
				return setting.Choices[i]
			}
			return setting.Value
		}
		if setting.Locked {
			c.Disable()
		}
		return edged(c)
	}
	in := newInput(setting.Default)
	in.SetText(setting.Value)
	in.OnChanged = func(string) { s.changed() }
	r.value = func() string { return strings.TrimSpace(in.Text) }
	if setting.Locked {
		in.Disable()
	}
	if setting.Kind == "seconds" {
		return row(8, 0, in, newFit(s.u.words.t("settings.seconds"), styleMuted))
	}
	return in
}

func (s *settingsWindow) choice(key, value string) string {
	name := value
	if name == "" {
		name = "auto"
	}
	if t := s.u.words.maybe("setting." + key + ".choice." + name); t != "" {
		return t
	}
	return value
}

// changes are the values that differ from what the agent has.
func (s *settingsWindow) changes() map[string]string {
	values := map[string]string{}
	for _, r := range s.settings {
		if v := r.value(); !r.setting.Locked && v != r.setting.Value {
			values[r.setting.Key] = v
		}
	}
	return values
}

func (s *settingsWindow) changed() {
	for _, r := range s.settings {
		r.wrong("")
	}
	if len(s.changes()) == 0 {
		s.save.Disable()
		s.say("", colorMuted)
		return
	}
	s.save.Enable()
	s.say(s.u.words.t("settings.unsaved"), colorMuted)
}

// store sends what has changed. What is plainly no number is caught here; all
// else the agent judges.
func (s *settingsWindow) store() {
	values := s.changes()
	for _, r := range s.settings {
		v, ok := values[r.setting.Key]
		if !ok || r.setting.Kind != "int" {
			continue
		}
		if _, err := strconv.Atoi(v); err != nil {
			r.wrong(s.u.words.t("settings.wrongNumber"))
			return
		}
	}
	s.save.Disable()
	ask(s.u, view.VerbChangeSettings, view.ChangeSettings{Values: values}, func(l view.SettingsList, err error) {
		if s.u.pages[view.WindowSettings] != s.p {
			return
		}
		if err != nil {
			s.save.Enable()
			s.say(s.u.words.problem(err), colorDanger)
			return
		}
		s.show(l)
		s.say(s.u.words.t("settings.saved"), colorConnected)
	})
}

func (s *settingsWindow) say(text string, c fyne.ThemeColorName) {
	s.note.set(text, styleMeta.in(c))
	s.note.Refresh()
	if o := s.p.win.Content(); o != nil {
		o.Refresh()
	}
}
