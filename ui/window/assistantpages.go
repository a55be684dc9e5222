package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"example.org/ctiagent/agent/view"
)

const pageWidth = 512 // of the assistant's text, at first

// expander shows further fields when it is asked for them.
func expander(label string, fields ...fyne.CanvasObject) *fyne.Container {
	inner := column(12, fields...)
	inner.Hide()
	root := column(12)
	b := newButton(label+" …", link, nil)
	b.tapped = func() {
		visible(inner, !inner.Visible())
		root.Refresh()
	}
	root.Add(row(0, 1, b, newLine("", styleBody)))
	root.Add(inner)
	return root
}

// servicePage signs in to the recognition service.
type servicePage struct {
	a                                   *assistant
	address, user, pass, ca, thumbprint *field
	test                                *button
	report                              *report
	root                                *fyne.Container
	signedIn                            bool
}

func newServicePage(a *assistant) *servicePage {
	w := a.u.words
	s := &servicePage{a: a, report: newReport(w)}
	s.address = newField(w.t("assistant.service.address"), "", newInput("https://"))
	s.user = newField(w.t("assistant.service.user"), "", newInput(""))
	s.pass = newField(w.t("assistant.service.password"), w.t("assistant.service.passwordHint"), newPassword(""))
	s.ca = newField(w.t("assistant.service.ca"), "", newInput(""))
	s.thumbprint = newField(w.t("assistant.service.fingerprint"), "", newInput("SHA-256"))
	s.test = newButton(w.t("assistant.service.test"), primary, s.run)
	s.pass.in.submit = func(string) { s.run() }
	s.root = column(14,
		newProse(w.t("assistant.service.intro"), styleMuted, pageWidth),
		s.address.root, s.user.root, s.pass.root,
		expander(w.t("assistant.advanced"), s.ca.root, s.thumbprint.root),
		row(0, 1, s.test, newLine("", styleBody)), s.report.root)
	return s
}

func (s *servicePage) title() string              { return s.a.u.words.t("assistant.service.title") }
func (s *servicePage) content() fyne.CanvasObject { return s.root }
func (s *servicePage) first() fyne.Focusable      { return s.address.in }
func (s *servicePage) done() bool                 { return s.signedIn }
func (s *servicePage) leave(then func())          { then() }
func (s *servicePage) button() *button            { return s.test }

func (s *servicePage) fill(settings map[string]view.Setting, _ view.LineAccount) {
	for key, f := range map[string]*field{
		"service.address": s.address, "service.user": s.user, "service.ca": s.ca, "service.fingerprint": s.thumbprint,
	} {
		f.fill(settings[key].Value)
		if settings[key].Locked {
			f.lock(s.a.u.words.t("assistant.locked"))
		}
	}
	s.signedIn = s.a.u.snap.Service.State == view.StatusLive
}

// filled marks the fields that are missing and tells whether there are none.
func filledIn(w words, fields ...*field) bool {
	ok := true
	for _, f := range fields {
		if f.text() == "" {
			f.wrong(w.t("assistant.required"))
			ok = false
		} else {
			f.wrong("")
		}
	}
	return ok
}

func (s *servicePage) run() {
	w := s.a.u.words
	if s.test.disabled || !filledIn(w, s.address, s.user, s.pass) {
		return
	}
	s.test.Disable()
	s.report.busy()
	request := view.SignIn{
		Address: s.address.text(), User: s.user.text(), Password: s.pass.in.Text,
		CA: s.ca.text(), Fingerprint: s.thumbprint.text(),
	}
	ask(s.a.u, view.VerbSignIn, request, func(o view.Outcome, err error) {
		s.test.Enable()
		if err != nil {
			o = view.Outcome{Error: w.problem(err)}
		}
		s.signedIn = o.OK
		s.report.show(o, w.t("assistant.service.done"))
		s.a.refresh()
		s.a.scroll.ScrollToBottom()
		if o.NeedKeyring {
			s.a.needKeyring(s.run)
		}
	})
}

// linePage sets up and tests the telephone line.
type linePage struct {
	a                                           *assistant
	platform                                    *widget.Select
	address, pass, server, auth, ca, thumbprint *field
	test                                        *button
	report                                      *report
	root                                        *fyne.Container
	works                                       bool
	stored                                      bool // a line is set up already; its password is kept
}

func newLinePage(a *assistant) *linePage {
	w := a.u.words
	l := &linePage{a: a, report: newReport(w)}
	l.platform = widget.NewSelect([]string{w.t("assistant.platform.sip")}, nil)
	l.platform.SetSelectedIndex(0)
	l.address = newField(w.t("assistant.line.address"), "", newInput("201@pbx.example.org"))
	l.pass = newField(w.t("assistant.line.password"), "", newPassword(""))
	l.server = newField(w.t("assistant.line.server"), "", newInput(""))
	l.auth = newField(w.t("assistant.line.authUser"), "", newInput(""))
	l.ca = newField(w.t("assistant.line.ca"), "", newInput(""))
	l.thumbprint = newField(w.t("assistant.line.fingerprint"), "", newInput("SHA-256"))
	l.test = newButton(w.t("assistant.line.test"), primary, l.run)
	l.pass.in.submit = func(string) { l.run() }
	changed := func(string) {
		if l.works {
			l.works = false
			a.refresh()
		}
	}
	for _, f := range []*field{l.address, l.pass, l.server, l.auth, l.ca, l.thumbprint} {
		f.in.OnChanged = changed
	}
	l.root = column(14,
		newProse(w.t("assistant.line.intro"), styleMuted, pageWidth),
		column(4, newLine(w.t("assistant.line.platform"), styleLabel.in(colorText)), edged(l.platform)),
		l.address.root, l.pass.root,
		expander(w.t("assistant.details"), l.server.root, l.auth.root, l.ca.root, l.thumbprint.root),
		row(0, 1, l.test, newLine("", styleBody)), l.report.root)
	return l
}

func (l *linePage) title() string              { return l.a.u.words.t("assistant.line.title") }
func (l *linePage) content() fyne.CanvasObject { return l.root }
func (l *linePage) first() fyne.Focusable      { return l.address.in }
func (l *linePage) done() bool                 { return l.works }
func (l *linePage) button() *button            { return l.test }

func (l *linePage) fill(settings map[string]view.Setting, line view.LineAccount) {
	w := l.a.u.words
	for _, v := range []struct {
		key, value string
		f          *field
	}{
		{"line.address", line.Address, l.address}, {"line.server", line.Server, l.server},
		{"line.auth_user", line.AuthUser, l.auth}, {"line.ca", line.CA, l.ca}, {"line.fingerprint", line.Fingerprint, l.thumbprint},
	} {
		v.f.fill(v.value)
		if settings[v.key].Locked {
			v.f.lock(w.t("assistant.locked"))
		}
	}
	if l.stored = line.Address != ""; l.stored {
		l.pass.help = w.t("assistant.line.passwordKept")
		l.pass.wrong("")
	}
	l.works = l.a.u.snap.Line.State == view.StatusLive
}

func (l *linePage) account() view.LineAccount {
	return view.LineAccount{
		Connector: "sip", Address: l.address.text(), Server: l.server.text(), AuthUser: l.auth.text(),
		Password: l.pass.in.Text, CA: l.ca.text(), Fingerprint: l.thumbprint.text(),
	}
}

func (l *linePage) complete() bool {
	if l.stored {
		return filledIn(l.a.u.words, l.address)
	}
	return filledIn(l.a.u.words, l.address, l.pass)
}

func (l *linePage) run() {
	if l.test.disabled || !l.complete() {
		return
	}
	l.send(view.VerbTestLine, l.run, nil)
}

// leave stores the line that was tested.
func (l *linePage) leave(then func()) {
	if l.test.disabled || !l.complete() {
		return
	}
	l.send(view.VerbSaveLine, func() { l.leave(then) }, then)
}

func (l *linePage) send(verb string, again, then func()) {
	w := l.a.u.words
	l.test.Disable()
	if verb == view.VerbTestLine {
		l.report.busy()
	}
	ask(l.a.u, verb, l.account(), func(o view.Outcome, err error) {
		l.test.Enable()
		if err != nil {
			o = view.Outcome{Error: w.problem(err)}
		}
		if o.NeedKeyring {
			l.a.needKeyring(again)
			return
		}
		if o.OK && then != nil {
			then()
			return
		}
		l.works = o.OK
		l.report.show(o, w.t("assistant.line.done"))
		l.a.refresh()
		l.a.scroll.ScrollToBottom()
	})
}

// readyPage asks for the little that is left and says what happens on a call.
type readyPage struct {
	a                      *assistant
	country, area, outside *field
	autostart, links       *widget.Check
	wrong                  *prose
	root                   *fyne.Container
}

func newReadyPage(a *assistant) *readyPage {
	w := a.u.words
	r := &readyPage{a: a, wrong: newProse("", styleBody.in(colorDanger), pageWidth)}
	r.country = newField(w.t("assistant.ready.country"), " ", newInput("GB"))
	r.country.in.OnChanged = func(s string) {
		r.country.help = w.country(s)
		if r.country.help == "" {
			r.country.help = " "
		}
		r.country.wrong("")
	}
	r.area = newField(w.t("assistant.ready.areaCode"), "", newInput(""))
	r.outside = newField(w.t("assistant.ready.outsidePrefix"), "", newInput(""))
	r.autostart = widget.NewCheck(w.t("assistant.ready.autostart"), nil)
	r.links = widget.NewCheck(w.t("assistant.ready.links"), nil)
	r.root = column(14,
		newProse(w.t("assistant.ready.intro"), styleBody, pageWidth),
		r.country.root, r.area.root, r.outside.root,
		column(4, r.autostart, r.links),
		r.wrong,
		newProse(w.t("assistant.ready.tryIt"), styleMuted, pageWidth))
	return r
}

func (r *readyPage) title() string              { return r.a.u.words.t("assistant.ready.title") }
func (r *readyPage) content() fyne.CanvasObject { return r.root }
func (r *readyPage) first() fyne.Focusable      { return r.country.in }
func (r *readyPage) done() bool                 { return true }
func (r *readyPage) button() *button            { return nil }

func (r *readyPage) fill(settings map[string]view.Setting, _ view.LineAccount) {
	locked := r.a.u.words.t("assistant.locked")
	for key, f := range map[string]*field{"site.country": r.country, "site.area_code": r.area, "site.outside_prefix": r.outside} {
		f.fill(settings[key].Value)
		if settings[key].Locked {
			f.lock(locked)
		}
	}
	for key, c := range map[string]*widget.Check{"start.autostart": r.autostart, "start.links": r.links} {
		c.SetChecked(settings[key].Value == "true" || r.a.u.snap.SetupNeeded)
		if settings[key].Locked {
			c.SetChecked(settings[key].Value == "true")
			c.Disable()
		}
	}
}

func (r *readyPage) leave(then func()) {
	values := map[string]string{}
	for key, f := range map[string]*field{"site.country": r.country, "site.area_code": r.area, "site.outside_prefix": r.outside} {
		if !f.in.Disabled() {
			values[key] = f.text()
		}
	}
	for key, c := range map[string]*widget.Check{"start.autostart": r.autostart, "start.links": r.links} {
		if !c.Disabled() {
			values[key] = boolText(c.Checked)
		}
	}
	ask(r.a.u, view.VerbChangeSettings, view.ChangeSettings{Values: values}, func(_ view.SettingsList, err error) {
		if err != nil {
			r.wrong.setText(r.a.u.words.problem(err))
			r.root.Refresh()
			return
		}
		then()
	})
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
