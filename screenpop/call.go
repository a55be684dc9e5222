package screenpop

import (
	"example.org/ctiagent/phone"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop/script"
	"example.org/ctiagent/telephony"
)

// RecordIDField is the field under which a script finds the record of a
// contact where the organisation chose no parameter of that name.
const RecordIDField = "recordId"

// CallFor puts together what a script is told about a call: the far party as
// number, our own number as dialled, every match as a contact.
func CallFor(event script.Event, call telephony.Call, answer recognition.Answer) script.Call {
	contacts := make([]script.Contact, 0, len(answer.Matches))
	for _, m := range answer.Matches {
		contacts = append(contacts, contactFor(m))
	}
	direction := directionOf(call.Direction)
	if direction == "" {
		direction = script.DirectionIn
	}
	return script.Call{
		ID:         string(call.ID),
		Event:      event,
		Direction:  direction,
		Number:     numberFor(call.Remote.Number),
		Dialled:    numberFor(call.Local.Number),
		CallerName: call.Remote.Name,
		Contacts:   contacts,
	}
}

// contactFor joins the fields of the card, by their labels, and the chosen
// parameters, by their names. A parameter wins over a label of the same text.
func contactFor(m recognition.Match) script.Contact {
	fields := make(map[string]string, len(m.Fields)+len(m.Params)+1)
	if m.RecordID != "" {
		fields[RecordIDField] = m.RecordID
	}
	for _, f := range m.Fields {
		fields[f.Label] = f.Value
	}
	for name, value := range m.Params {
		fields[name] = value
	}
	return script.Contact{Source: m.Source, Name: m.Name, Fields: fields}
}

func numberFor(n phone.Number) script.PhoneNumber {
	if n.Withheld() {
		return script.PhoneNumber{Kind: phone.Unknown, Hidden: true}
	}
	return script.PhoneNumber{
		Raw:      n.Raw(),
		E164:     script.Nullable(n.E164()),
		National: script.Nullable(n.National()),
		Country:  script.Nullable(n.Country()),
		Kind:     n.Kind(),
	}
}
