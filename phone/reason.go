package phone

import (
	"errors"
	"maps"
)

// ErrNotANumber is wrapped by every parse error of this package; the message
// around it says what is wrong in words that can be shown to a person.
var ErrNotANumber = errors.New("not a telephone number")

// refusal says why a text is no number. Its value is the stable key by which
// the catalogue of texts finds a translation; it holds nothing of the text
// itself, so that it may be logged.
type refusal string

const (
	refuseEmpty       refusal = "phone.refuse.empty"
	refuseLong        refusal = "phone.refuse.long"
	refuseControl     refusal = "phone.refuse.control"
	refuseDigits      refusal = "phone.refuse.digits"
	refuseFew         refusal = "phone.refuse.few"
	refuseRepeated    refusal = "phone.refuse.repeated"
	refuseScientific  refusal = "phone.refuse.scientific"
	refuseLetters     refusal = "phone.refuse.letters"
	refuseSeveral     refusal = "phone.refuse.several"
	refuseNone        refusal = "phone.refuse.none"
	refuseForm        refusal = "phone.refuse.form"
	refuseNoCountry   refusal = "phone.refuse.country"
	refuseScheme      refusal = "phone.refuse.scheme"
	refuseGrammar     refusal = "phone.refuse.grammar"
	refuseUser        refusal = "phone.refuse.user"
	refuseWithheld    refusal = "phone.refuse.withheld"
	refuseFeatureLink refusal = "phone.refuse.featureLink"
)

// clauses are the refusals in words, made to follow "not a telephone number: ".
var clauses = map[refusal]string{
	refuseEmpty:      "there is no digit in it",
	refuseLong:       "the text is too long to be one",
	refuseControl:    "it contains control characters",
	refuseDigits:     "it has more than 15 digits",
	refuseFew:        "it has too few digits",
	refuseRepeated:   "it is one digit repeated, a placeholder",
	refuseScientific: "a spreadsheet turned it into a figure with an exponent and the digits are lost; format the column as text and export it again",
	refuseLetters:    "it contains letters where only digits can be dialled",
	refuseSeveral:    "there is more than one number in it",
	refuseNone:       "there is no number in it",
	refuseForm:       "no country has numbers of this form",
	refuseNoCountry:  "it has no country code, and no country is set for this site",
	refuseScheme:     "only tel:, callto:, sip: and sips: links can be dialled",
	refuseGrammar:    "the link is not written as the rules for such links demand",
	refuseUser:       "the link leads to a name, not to a telephone number",
	refuseWithheld:   "the caller withheld it",

	refuseFeatureLink: "a link may not give orders to the telephone system",
}

// Error makes a refusal an error.
func (r refusal) Error() string { return ErrNotANumber.Error() + ": " + clauses[r] }

// Unwrap lets errors.Is find ErrNotANumber.
func (r refusal) Unwrap() error { return ErrNotANumber }

// ReasonKey is the stable key of a parse error for the catalogue of texts, ""
// for any other error.
func ReasonKey(err error) string {
	if r, ok := errors.AsType[refusal](err); ok {
		return string(r)
	}
	return ""
}

// reasonWords is the clause of a parse error without the sentinel before it.
func reasonWords(err error) string {
	if r, ok := errors.AsType[refusal](err); ok {
		return clauses[r]
	}
	return err.Error()
}

// Texts are the English sentences behind every ReasonKey, for the catalogue of
// texts to be checked against.
func Texts() map[string]string {
	texts := maps.Clone(reasons)
	for key := range clauses {
		texts[string(key)] = refuse(key).Reason
	}
	return texts
}
