package stage

import "example.org/ctiagent/recognition"

// Numbers of the sample contacts, all from ranges reserved for fiction.
const (
	Known     = "+442079460123" // Ada Example
	Shared    = "+442079460145" // three people of one company
	Unknown   = "+33199001234"  // nobody
	Elsewhere = "+4930231251"   // Fritz Beispiel
	Missed    = "+12125550142"  // Gina Sample
	Link      = "+442079460188" // the number behind the tel: link
	Own       = "+442079460100" // our own main number
)

// Source is what the sample contacts' application is called.
const Source = "CRM"

func person(id, name, company, extra, number, field string) recognition.Record {
	return recognition.Record{
		ID:   id,
		Name: name,
		Fields: []recognition.Field{
			{Label: "Company", Value: company},
			{Label: "Customer no.", Value: id},
			{Label: "Note", Value: extra},
		},
		Params:  map[string]string{"recordId": id},
		Numbers: []recognition.RecordNumber{{E164: number, Field: field}},
	}
}

// Contacts is the sample directory.
func Contacts() []recognition.Record {
	return []recognition.Record{
		person("10432", "Ada Example", "Example Instruments Ltd", "2 open tickets, newest: “Delivery date”", Known, "Mobile"),
		person("10501", "Ben Sample", "Sample & Sons", "Purchasing", Shared, "Main number"),
		person("10502", "Cem Muster", "Sample & Sons", "Accounts", Shared, "Main number"),
		person("10503", "Dora Voorbeeld", "Sample & Sons", "Workshop", Shared, "Main number"),
		person("10610", "Fritz Beispiel", "Beispiel GmbH", "Prefers e-mail", Elsewhere, "Office"),
		person("10777", "Gina Sample", "Sample Shipping Inc.", "Awaiting a quote", Missed, "Office"),
		person("10888", "Hanna Voorbeeld", "Voorbeeld BV", "Ask for Hanna", Link, "Office"),
	}
}
