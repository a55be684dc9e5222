package phone

import (
	"errors"
	"log/slog"
)

// Presentation says whether the platform let us see the other party's number.
type Presentation uint8

const (
	Allowed     Presentation = iota // the number is there
	Anonymous                       // the caller withheld it
	Unavailable                     // the network has none (out of area, interworking)
)

// Number is one telephone number as this site understands it. The zero value
// means "no number". Numbers are personal data: fmt and slog print a mask;
// whoever needs the digits says so by calling E164, Dial or Format.
type Number struct {
	raw          string // as it was given, unchanged
	e164         string // "+442079460123", "" where no such form exists
	local        string // internal, short, emergency numbers and feature codes: dialled as they stand
	extension    string // ";ext=" and the like, dialled only after a question
	postDial     string // digits after "," "p" "w": dialled only after a question
	country      string // ISO 3166-1 alpha-2, "" for local numbers and non-geographic codes
	kind         Kind
	presentation Presentation
}

// Raw is the text the number was read from.
func (n Number) Raw() string { return n.raw }

// E164 is "+" and at most 15 digits, or "".
func (n Number) E164() string { return n.e164 }

// Local is the form of internal, short and emergency numbers and of feature
// codes, which have no E.164 form; "" for all others.
func (n Number) Local() string { return n.local }

// Extension is the part behind ";ext=", "ext." or "tst."; digits only.
func (n Number) Extension() string { return n.extension }

// PostDial holds digits to be sent after the call is answered.
func (n Number) PostDial() string { return n.postDial }

// Country is the ISO 3166-1 alpha-2 code of the country, or "".
func (n Number) Country() string { return n.country }

// Kind tells mobile from premium from internal …
func (n Number) Kind() Kind {
	if n.kind == "" {
		return Unknown
	}
	return n.kind
}

// Presentation tells a withheld number from one that is there.
func (n Number) Presentation() Presentation { return n.presentation }

// Withheld reports that there is a caller but no number to look up.
func (n Number) Withheld() bool { return n.presentation != Allowed }

// IsZero reports that nothing is known, not even that a number was withheld.
func (n Number) IsZero() bool {
	return n.presentation == Allowed && n.e164 == "" && n.local == ""
}

// Key identifies the number in maps and history: the E.164 form, or "local:"
// and the digits, or "withheld". Two spellings of one number share a key.
func (n Number) Key() string {
	switch {
	case n.Withheld():
		return "withheld"
	case n.e164 != "":
		return n.e164
	case n.local != "":
		return "local:" + n.local
	}
	return ""
}

// String prints the mask, never the digits: "+44…123".
func (n Number) String() string { return n.mask() }

// LogValue makes slog print the mask.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.mask()) }

// ErrNotANumber is wrapped by every parse error of this package; the message
// around it says what is wrong in words that can be shown to a person.
var ErrNotANumber = errors.New("not a telephone number")
