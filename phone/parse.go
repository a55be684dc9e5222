package phone

import (
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers/v2"
)

// DialPlan is how numbers are written and dialled at one site.
type DialPlan struct {
	Country       string // ISO 3166-1 alpha-2 of the site: numbers without a country code are read as of there
	AreaCode      string // of the site, without trunk prefix: for numbers without an area code; "" refuses those
	OutsidePrefix string // dialled before outside numbers on this platform, e.g. "0"; "" for most hosted ones
	InternalMin   int    // shortest internal number, digits; 0: there are none
	InternalMax   int    // longest internal number, digits
}

// Parse reads text that is meant to be one number: typed by a person or taken
// from a database. The error wraps ErrNotANumber and says what is wrong in words.
func Parse(text string, plan DialPlan) (Number, error) {
	p, err := phonenumbers.Parse(text, plan.Country)
	if err != nil || !phonenumbers.IsValidNumber(p) {
		return Number{}, fmt.Errorf("%w: it has no known form", ErrNotANumber)
	}
	return Number{raw: text, e164: phonenumbers.Format(p, phonenumbers.E164), country: phonenumbers.GetRegionCodeForNumber(p)}, nil
}

// ParseAll finds every number in free text.
func ParseAll(text string, plan DialPlan) ([]Number, error) {
	n, err := Parse(text, plan)
	if err != nil {
		return nil, err
	}
	return []Number{n}, nil
}

// ParseURI reads a tel:, callto:, sip: or sips: URI by its grammar.
func ParseURI(uri string, plan DialPlan) (Number, error) {
	_, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return Number{}, fmt.Errorf("%w: it has no scheme", ErrNotANumber)
	}
	return Parse(rest, plan)
}

// FromNetwork reads the user part of an identity that a platform reports. It
// never fails: what cannot be read keeps its raw form with kind Unknown, and
// "anonymous" and its like become a withheld number.
func FromNetwork(user string, plan DialPlan) Number {
	if n, err := Parse(user, plan); err == nil {
		return n
	}
	return Number{raw: user, local: user}
}

// WithheldNumber is a caller who hides the number (Anonymous) or whose network
// has none (Unavailable).
func WithheldNumber(p Presentation) Number { return Number{presentation: p} }

// Format is how people of the site's country read it: "+44 20 7946 0123",
// internal numbers as they stand.
func (n Number) Format() string { return n.e164 + n.local }

// National is the number as written inside its own country, "" for local ones.
func (n Number) National() string { return n.e164 }

// Dial is what to send to the platform: the outside-line prefix and the form
// this site dials.
func (n Number) Dial(plan DialPlan) string { return plan.OutsidePrefix + n.e164 + n.local }

func (n Number) mask() string { return "…" }
