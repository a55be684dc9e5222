package agent

import (
	"slices"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/history"
	"example.org/ctiagent/phone"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop"
	"example.org/ctiagent/telephony"
)

// maxCards bounds a snapshot; more calls than that are not looked at one by one.
const maxCards = 12

// snapshot is what the faces see, made anew for every change.
func (l *loop) snapshot() view.Snapshot {
	v := l.values()
	s := view.Snapshot{
		Rev:          l.rev,
		Line:         l.translated(l.line),
		Service:      l.translated(l.serviceView),
		DoNotDisturb: l.dnd,
		Recent:       slices.Clone(l.recent),
		MissedUnseen: len(l.missed),
		SetupNeeded:  l.setupNeeded(),
		Appearance: view.Appearance{
			Theme:    v.Card.Theme,
			Language: l.deps.Texts.Language(),
			Country:  v.Site.Country,
			Corner:   v.Card.Corner,
			CardOff:  !v.Card.Enabled,
		},
	}
	if s.Line.State == view.StatusOff && v.Line.Address != "" {
		s.Line.State = view.StatusConnecting // it is about to
	}
	if s.Service.State == view.StatusOff && v.Service.Address != "" {
		s.Service.State = view.StatusConnecting
	}
	_, s.Secrets = l.deps.Secrets.Store()
	if l.show.Seq > 0 {
		show := l.show
		s.Show = &show
	}
	if l.confirm != nil {
		c := l.confirm.Confirmation
		s.Confirm = &c
	}
	for _, c := range l.order[max(0, len(l.order)-maxCards):] {
		s.Cards = append(s.Cards, l.cardView(c))
	}
	return s
}

// setupNeeded: this is the first run, nobody has set anything up.
func (l *loop) setupNeeded() bool {
	v := l.values()
	return v.Service.Address == "" && v.Line.Address == ""
}

func (l *loop) cardView(c *card) view.Card {
	v := view.Card{
		ID:           c.id,
		Phase:        c.phase(),
		Outgoing:     c.call.Direction == telephony.Outgoing,
		Number:       l.numberView(c.number),
		NetworkName:  clean(c.call.Remote.Name),
		Recognition:  c.recognised,
		Local:        l.localText(c),
		RedirectedBy: l.partyText(c.call.RedirectedFrom),
		Started:      c.call.Started,
		Answered:     c.call.Answered,
		Ended:        c.call.Finished,
		Private:      c.private,
		CanOpen:      l.canOpen(c),
		CanAdd:       l.canAdd(c),
		DialReason:   c.reason,
		PopsPaused:   c.paused,
		ScriptNotice: c.notice,
		ScriptError:  c.scriptErr,
		Dismissed:    c.dismissed,
		OpenedURL:    c.opened,
		Times:        c.times,
	}
	if c.dialling && c.step != telephony.DialConnected {
		v.DialStep = c.step.String()
	}
	if !c.live() && c.call.EndReason != telephony.EndUnknown {
		v.EndReason = c.call.EndReason.String()
	}
	for i, m := range c.order {
		v.People = append(v.People, personView(c.answer.Matches[m], i == 0 && c.chosen, v.CanOpen))
	}
	return v
}

func personView(m recognition.Match, chosen, canOpen bool) view.Person {
	p := view.Person{
		Source:    clean(m.Source),
		RecordID:  m.RecordID,
		Name:      clean(m.Name),
		Matched:   clean(m.Field),
		MatchKind: string(m.Kind),
		Chosen:    chosen,
		CanOpen:   canOpen,
	}
	for _, f := range m.Fields {
		p.Fields = append(p.Fields, view.Field{Label: clean(f.Label), Value: clean(f.Value)})
	}
	return p
}

// canOpen: a record is known and a script could open it.
func (l *loop) canOpen(c *card) bool {
	return !c.private && len(c.order) > 0 && len(screenpop.Plan(l.byHand(c, c.answer.Matches[:1]))) > 0
}

// canAdd: nobody is known and a script could open a form for somebody new.
func (l *loop) canAdd(c *card) bool {
	return !c.private && c.recognised == view.NotKnown && len(screenpop.Plan(l.byHand(c, nil))) > 0
}

func (l *loop) numberView(n phone.Number) view.Number {
	v := view.Number{
		Text:    n.Format(),
		E164:    n.E164(),
		Kind:    string(n.Kind()),
		Country: n.Country(),
		Place:   n.Place(l.deps.Texts.Language()),
	}
	switch n.Presentation() {
	case phone.Anonymous:
		return view.Number{Withheld: "anonymous"}
	case phone.Unavailable:
		return view.Number{Withheld: "unavailable"}
	}
	if v.Text == "" {
		v.Text = clean(n.Raw())
	}
	return v
}

func (l *loop) partyText(p telephony.Party) string {
	if name := clean(p.Name); name != "" {
		return name
	}
	return p.Number.Format()
}

// entryView is a call of the history as faces see it.
func entryView(e history.Entry) view.Entry {
	n := view.Number{Text: e.NumberText, Kind: e.Kind, Country: e.Country, Withheld: e.Withheld}
	if e.NumberKey != "" && e.NumberKey[0] == '+' {
		n.E164 = e.NumberKey
	}
	return view.Entry{
		ID: e.ID, At: e.At, Outgoing: e.Outgoing, Result: e.Result, Number: n,
		Name: e.Name, Detail: e.Detail, Duration: e.Duration, Rang: e.Rang,
	}
}
