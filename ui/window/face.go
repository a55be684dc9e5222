package window

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"example.org/ctiagent/agent/view"
)

// face is what a card says about a call, worked out from the snapshot alone:
// no widget, no clock of its own, so that every state can be tested as a
// table of words.
type face struct {
	Tone   fyne.ThemeColorName // of the dot and the state word
	State  string
	Where  string // which of our numbers, or when
	From   time.Time
	Until  time.Time // From zero: no clock; Until zero: it runs
	Name   text
	Second text
	Third  text
	Fields []view.Field
	People []match
	Why    string
	Notes  []text
	First  *action // the primary button
	Other  *action // the one beside it
	Menu   []action
}

// text is a line with its style. Sentences may take a second line; names and
// numbers end in an ellipsis.
type text struct {
	Text  string
	Style style
}

// match is one of several people.
type match struct {
	Name, Detail string
	Open         *action
	First        bool // gets the primary button
}

// deed is what a button of a card does.
type deed int

const (
	openRecord deed = iota
	newContact
	callBack
	copyNumber
	makePrivate
	cancelDial
	dismiss
)

type action struct {
	Deed   deed
	Label  string
	Person int
}

// maxFields and maxPeople keep a card in its corner.
const (
	maxFields = 6
	maxPeople = 5
)

// faceOf says what the card of call c shows at the moment now; s is the
// snapshot it is in.
func (w words) faceOf(c view.Card, s view.Snapshot, now time.Time) face {
	f := face{Where: c.Local}
	w.state(&f, c, now)
	w.who(&f, c)
	if c.Recognition == view.NoLookup && !c.Private && s.Service.State == view.StatusSignedOut && c.Number.Kind != "internal" {
		f.Second = text{w.t("card.signedOut"), styleBody}
		f.Third = text{w.origin(c.Number), styleMuted}
	}
	w.notes(&f, c)
	if s.DoNotDisturb && c.Phase == view.PhaseRinging {
		f.Notes = append(f.Notes, text{w.t("card.doNotDisturb"), styleMeta})
	}
	w.actions(&f, c)
	return f
}

func (w words) state(f *face, c view.Card, now time.Time) {
	f.Tone = colorAccent
	switch c.Phase {
	case view.PhaseRinging:
		f.State, f.From = w.t("card.state.ringing"), c.Started
		if c.Recognition == view.Unreachable {
			f.Tone = colorHeld
		}
	case view.PhaseDialing:
		f.State = w.t("card.state.dialing")
	case view.PhaseAlerting:
		f.State, f.From = w.t("card.state.alerting"), c.Started
	case view.PhaseConnected:
		f.State, f.Tone, f.From = w.t("card.state.connected"), colorConnected, c.Answered
	case view.PhaseHeld:
		f.State, f.Tone, f.From = w.t("card.state.held"), colorHeld, c.Answered
	case view.PhaseMissed:
		f.State, f.Tone = w.t("card.state.missed"), colorDanger
		f.Where = w.dayTime(c.Started, now)
		if rang := c.Ended.Sub(c.Started); !c.Ended.IsZero() && rang >= time.Second {
			f.Where += " · " + w.t("card.rang", "Seconds", int(rang.Seconds()))
		}
	case view.PhaseElsewhere:
		f.State, f.Tone = w.t("card.state.elsewhere"), colorMuted
	default:
		f.State, f.Tone = w.t("card.state.ended"), colorMuted
		f.From, f.Until = c.Answered, c.Ended
		if c.DialReason != "" {
			f.State, f.Tone = w.t("card.state.failed"), colorDanger
		}
	}
}

// who fills name, the two lines below it, fields, matches and reason.
func (w words) who(f *face, c view.Card) {
	number := c.Number.Text
	origin := w.origin(c.Number)
	f.Name = text{number, styleName}
	switch {
	case c.Number.Withheld != "":
		f.Name = text{w.t("card.withheld"), styleName}
		if c.Number.Withheld == "unavailable" {
			f.Name = text{w.t("card.unavailable"), styleName}
		}
		f.Second = text{w.t("card.withheldHint"), styleMuted}
		if c.Number.Withheld == "unavailable" {
			f.Second = text{w.t("card.unavailableHint"), styleMuted}
		}
	case len(c.People) == 1:
		w.person(f, c, c.People[0])
	case len(c.People) > 1:
		w.people(f, c)
	case c.Recognition == view.LookingUp:
		f.Second = text{w.t("card.lookingUp"), styleMuted}
		f.Third = text{origin, styleMuted}
	case c.Recognition == view.Unreachable:
		f.Second = text{w.t("card.unreachable"), styleBody}
		f.Third = text{w.t("card.unreachableHint"), styleMuted}
	case c.Recognition == view.Late:
		f.Second = text{w.t("card.late"), styleBody}
		f.Third = text{w.t("card.lateHint"), styleMuted}
	case c.Recognition == view.NotKnown:
		f.Second = text{w.t("card.notKnown"), styleBody}
		f.Third = text{origin, styleMuted}
	default:
		f.Second = text{origin, styleMuted}
	}
	if f.Name.Text == "" {
		f.Name.Text = w.t("card.noNumber")
	}
	if c.NetworkName != "" && len(c.People) == 0 && c.Number.Withheld == "" {
		f.Why = w.t("card.networkName", "Name", c.NetworkName)
	}
}

func (w words) person(f *face, c view.Card, p view.Person) {
	f.Name = text{p.Name, styleName}
	number := text{joinDots(c.Number.Text, w.kind(c.Number.Kind)), styleMuted}
	company, fields := splitCompany(p.Fields)
	if company != "" {
		f.Second, f.Third = text{company, styleBody}, number
	} else {
		f.Second = number
	}
	if c.Phase == view.PhaseRinging || c.Phase == view.PhaseDialing || c.Phase == view.PhaseAlerting {
		f.Fields = filled(fields)
		f.Why = w.why(p)
	}
}

func (w words) people(f *face, c view.Card) {
	name := sharedCompany(c.People)
	if name == "" {
		name = w.n("card.people", len(c.People))
		f.Second = text{c.Number.Text, styleMuted}
	} else {
		f.Second = text{joinDots(c.Number.Text, w.n("card.people", len(c.People))), styleMuted}
	}
	f.Name = text{name, styleName}
	for i, p := range c.People[:min(len(c.People), maxPeople)] {
		m := match{Name: p.Name, First: i == 0 && c.Phase == view.PhaseRinging}
		company, rest := splitCompany(p.Fields)
		switch {
		case company != "" && company != name:
			m.Detail = company
		case len(rest) > 0:
			m.Detail = telling(rest[0])
		}
		if p.Chosen {
			m.Detail = joinDots(m.Detail, w.t("card.chosenBefore"))
		}
		if p.CanOpen {
			m.Open = &action{openRecord, w.t("card.open"), i}
		}
		f.People = append(f.People, m)
	}
	f.Why = w.why(c.People[0])
	if more := len(c.People) - maxPeople; more > 0 {
		f.Why = joinDots(w.n("card.morePeople", more), f.Why)
	}
}

func (w words) why(p view.Person) string {
	if p.Matched == "" {
		return ""
	}
	key := "card.why.exact"
	switch p.MatchKind {
	case "range":
		key = "card.why.range"
	case "suffix":
		key = "card.why.suffix"
	}
	return w.t(key, "Field", p.Matched, "Source", p.Source)
}

func (w words) notes(f *face, c view.Card) {
	note := func(s string, color fyne.ThemeColorName) {
		if s != "" {
			f.Notes = append(f.Notes, text{s, style{12, 16, false, color}})
		}
	}
	if c.RedirectedBy != "" {
		note(w.t("card.redirectedBy", "Name", c.RedirectedBy), colorMuted)
	}
	if step := w.dialStep(c); step != "" {
		f.Notes = append(f.Notes, text{step, styleStrong})
	}
	if c.DialReason != "" {
		f.Notes = append(f.Notes, text{c.DialReason, styleBody.in(colorDanger)})
	}
	if c.Private {
		note(w.t("card.private.on"), colorText)
	}
	note(c.ScriptNotice, colorText)
	note(c.ScriptError, colorDanger)
	if c.PopsPaused {
		note(w.t("card.popsPaused"), colorHeld)
	}
}

// dialStep is the progress of a call that was asked for by a click.
func (w words) dialStep(c view.Card) string {
	if c.DialStep == "" || c.DialReason != "" {
		return ""
	}
	return w.maybe("card.dial." + c.DialStep)
}

func (w words) actions(f *face, c view.Card) {
	var open, add, back, copied, private, cancel *action
	if c.CanOpen && len(c.People) == 1 {
		open = &action{Deed: openRecord, Label: w.t("card.openRecord")}
	}
	if c.CanAdd {
		add = &action{Deed: newContact, Label: w.t("card.newContact")}
	}
	if c.Number.E164 != "" || (c.Number.Text != "" && c.Number.Withheld == "") {
		back = &action{Deed: callBack, Label: w.t("card.callBack")}
		if c.Outgoing {
			back.Label = w.t("card.callAgain")
		}
		copied = &action{Deed: copyNumber, Label: w.t("card.copyNumber")}
	}
	if !c.Private {
		private = &action{Deed: makePrivate, Label: w.t("card.private")}
	}
	over := false
	var order []*action
	switch c.Phase {
	case view.PhaseConnected, view.PhaseHeld:
		order = []*action{open, private, add, copied}
	case view.PhaseMissed:
		over = true
		order = []*action{back, open, add, copied, private}
	case view.PhaseDialing, view.PhaseAlerting:
		if c.DialStep != "" {
			cancel = &action{Deed: cancelDial, Label: w.t("card.cancelDial")}
		}
		order = []*action{cancel, open, copied, add, private}
	case view.PhaseRinging:
		order = []*action{open, add, copied, private}
		if open != nil {
			order = []*action{open, copied, add, private}
		}
	default:
		over = true
		order = []*action{open, add, back, copied, private}
		if c.Outgoing {
			order = []*action{back, open, add, copied, private}
		}
	}
	f.spread(order)
	if len(f.People) > 0 && !over && f.First != nil && f.First.Deed != cancelDial {
		// The rows hold the primary button; below them all are equal.
		f.Menu = append([]action{*f.First}, f.Menu...)
		f.First = nil
		if f.Other != nil && f.Other.Deed != copyNumber && copied != nil {
			f.Menu = append(f.Menu, *f.Other)
			f.Other = copied
			f.Menu = without(f.Menu, copyNumber)
		}
	}
	f.Menu = append(f.Menu, action{Deed: dismiss, Label: w.t("card.close")})
}

// spread gives the first action the primary button, the second the one beside
// it and the rest the menu.
func (f *face) spread(order []*action) {
	for _, a := range order {
		switch {
		case a == nil:
		case f.First == nil:
			f.First = a
		case f.Other == nil:
			f.Other = a
		default:
			f.Menu = append(f.Menu, *a)
		}
	}
}

func without(list []action, d deed) []action {
	var kept []action
	for _, a := range list {
		if a.Deed != d {
			kept = append(kept, a)
		}
	}
	return kept
}

func filled(fields []view.Field) []view.Field {
	var kept []view.Field
	for _, f := range fields {
		if f.Value != "" && len(kept) < maxFields {
			kept = append(kept, f)
		}
	}
	return kept
}

// companyLabels are the names under which address books and customer systems
// hold the employer. Such a field needs no label: it stands below the name.
var companyLabels = []string{"", "company", "organisation", "organization", "firma", "unternehmen", "bedrijf", "organisatie"}

// splitCompany takes the employer from the front of the fields.
func splitCompany(fields []view.Field) (company string, rest []view.Field) {
	if len(fields) == 0 || !slices.Contains(companyLabels, strings.ToLower(fields[0].Label)) {
		return "", fields
	}
	return fields[0].Value, fields[1:]
}

// telling is a field's value, with its label where the value alone, a number,
// says nothing: "Purchasing", but "Customer no. 10432".
func telling(f view.Field) string {
	if first, _ := utf8.DecodeRuneInString(f.Value); unicode.IsDigit(first) && f.Label != "" {
		return f.Label + " " + f.Value
	}
	return f.Value
}

// sharedCompany is the employer when all people have the same.
func sharedCompany(people []view.Person) string {
	shared := ""
	for i, p := range people {
		company, _ := splitCompany(p.Fields)
		if i > 0 && company != shared {
			return ""
		}
		shared = company
	}
	return shared
}

func joinDots(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " · ")
}
