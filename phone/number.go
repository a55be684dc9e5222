package phone

import (
	"errors"
	"log/slog"
	"strings"
	"unique"
)

// Presentation says whether the platform let us see the other party's number.
type Presentation uint8

const (
	Allowed     Presentation = iota // the number is there
	Anonymous                       // the caller withheld it
	Unavailable                     // the network has none (out of area, interworking)
)

// Number is one telephone number as this site understands it. The zero value
// means "no number". Numbers are comparable with == and small enough to pass
// by value.
//
// Numbers are personal data: fmt and slog print a mask; whoever needs the
// digits says so by calling E164, Dial or Format.
type Number struct {
	// sealed points at the parts packed into one string. fmt cannot call
	// String on a Number in an unexported field of somebody's struct and
	// walks its fields instead; it follows no pointer to a string, so that
	// even then no digit is printed. A handle, unlike a plain pointer, still
	// compares by value.
	sealed unique.Handle[string]
}

// parts is what a Number holds, while it is being read.
type parts struct {
	raw          string // as it was given, unchanged
	e164         string // "+442079460123", "" where no such form exists
	local        string // internal, short, emergency numbers and feature codes: dialled as they stand
	extension    string // ";ext=" and the like, dialled only after a question
	postDial     string // digits after "," "p" "w": dialled only after a question
	country      string // ISO 3166-1 alpha-2, "" for local numbers and non-geographic codes
	kind         Kind
	presentation Presentation
}

// The packed form: a header of fixed size, the short fields one after the
// other, and the raw text last because only it may be long.
const (
	atPresentation = iota
	atKind
	atCountry // two bytes, blank for none
	_
	atE164Length
	atLocalLength
	atExtensionLength
	atPostDialLength
	headerLength
)

// maxShortField is the most bytes that one of the short fields may take.
const maxShortField = 255

func (p parts) seal() Number {
	if len(p.e164) > maxShortField || len(p.local) > maxShortField ||
		len(p.extension) > maxShortField || len(p.postDial) > maxShortField {
		return Number{} // no reader lets such a field through
	}
	country := p.country
	if len(country) != 2 {
		country = "  "
	}
	var packed strings.Builder
	packed.Grow(headerLength + len(p.e164) + len(p.local) + len(p.extension) + len(p.postDial) + len(p.raw))
	packed.Write([]byte{
		byte(p.presentation), p.kind.index(), country[0], country[1],
		byte(len(p.e164)), byte(len(p.local)), byte(len(p.extension)), byte(len(p.postDial)),
	})
	packed.WriteString(p.e164)
	packed.WriteString(p.local)
	packed.WriteString(p.extension)
	packed.WriteString(p.postDial)
	packed.WriteString(p.raw)
	return Number{sealed: unique.Make(packed.String())}
}

func (n Number) open() parts {
	if n == (Number{}) {
		return parts{}
	}
	s := n.sealed.Value()
	head, rest := s[:headerLength], s[headerLength:]
	take := func(length byte) string {
		field := rest[:length]
		rest = rest[length:]
		return field
	}
	p := parts{presentation: Presentation(head[atPresentation]), kind: kinds[head[atKind]]}
	if country := head[atCountry : atCountry+2]; country != "  " {
		p.country = country
	}
	p.e164 = take(head[atE164Length])
	p.local = take(head[atLocalLength])
	p.extension = take(head[atExtensionLength])
	p.postDial = take(head[atPostDialLength])
	p.raw = rest
	return p
}

// Raw is the text the number was read from.
func (n Number) Raw() string { return n.open().raw }

// E164 is "+" and at most 15 digits, or "".
func (n Number) E164() string { return n.open().e164 }

// Local is the form of internal, short and emergency numbers and of feature
// codes, which have no E.164 form; "" for all others.
func (n Number) Local() string { return n.open().local }

// Extension is the part behind ";ext=", "ext." or "tst."; digits only.
func (n Number) Extension() string { return n.open().extension }

// PostDial holds what is to be sent after the call is answered: digits, "*"
// and "#", with "," for a pause and ";" for a wait.
func (n Number) PostDial() string { return n.open().postDial }

// Country is the ISO 3166-1 alpha-2 code of the country, or "".
func (n Number) Country() string { return n.open().country }

// Kind tells mobile from premium from internal …
func (n Number) Kind() Kind {
	if k := n.open().kind; k != "" {
		return k
	}
	return Unknown
}

// Presentation tells a withheld number from one that is there.
func (n Number) Presentation() Presentation { return n.open().presentation }

// Withheld reports that there is a caller but no number to look up.
func (n Number) Withheld() bool { return n.Presentation() != Allowed }

// IsZero reports that nothing is known that could be looked up or dialled, not
// even that a number was withheld. Raw may still hold what the platform said.
func (n Number) IsZero() bool {
	p := n.open()
	return p.presentation == Allowed && p.e164 == "" && p.local == ""
}

// Key identifies the number in maps and history: the E.164 form, or "local:"
// and the digits, or "withheld". Two spellings of one number share a key.
func (n Number) Key() string {
	p := n.open()
	switch {
	case p.presentation != Allowed:
		return "withheld"
	case p.e164 != "":
		return p.e164
	case p.local != "":
		return "local:" + p.local
	}
	return ""
}

// WithheldNumber is a caller who hides the number (Anonymous) or whose network
// has none (Unavailable).
func WithheldNumber(p Presentation) Number { return parts{presentation: p}.seal() }

// base is the number alone: no extension, nothing to be sent after the answer.
func (n Number) base() Number {
	p := n.open()
	if p.extension == "" && p.postDial == "" {
		return n
	}
	p.extension, p.postDial = "", ""
	return p.seal()
}

// String prints the mask, never the digits: "+44…123".
func (n Number) String() string { return n.mask() }

// GoString prints the mask for %#v too.
func (n Number) GoString() string { return "phone.Number(" + n.mask() + ")" }

// LogValue makes slog print the mask.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.mask()) }

// ErrImplicit is returned where a Number would be written by an encoder that
// was not told which form to write.
var ErrImplicit = errors.New("a telephone number is written by E164, Key or Format, never by itself")

// MarshalText refuses: a mask stored by mistake would be lost data, digits
// logged by mistake a leak.
func (n Number) MarshalText() ([]byte, error) { return nil, ErrImplicit }

// mask keeps what helps to read a log, the country code and the last three
// digits, and hides who it was.
func (n Number) mask() string {
	p := n.open()
	switch {
	case p.presentation != Allowed:
		return "(withheld)"
	case p.e164 != "":
		cc := callingCode(p.e164)
		return "+" + cc + "…" + p.e164[max(len(cc)+1, len(p.e164)-3):]
	case p.local != "":
		return "(" + string(n.Kind()) + ")"
	case p.raw != "":
		return "(unreadable)"
	}
	return "(none)"
}
