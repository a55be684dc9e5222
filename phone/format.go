package phone

import (
	"strings"

	"github.com/nyaruka/phonenumbers/v2"
)

// Format is how people of the site's country read it: "+44 20 7946 0123",
// internal numbers as they stand, "" when there is no number.
func (n Number) Format() string {
	p := n.open()
	if p.e164 == "" {
		return p.local
	}
	return phonenumbers.Format(p.library(), phonenumbers.INTERNATIONAL)
}

// National is the number as written inside its own country, "" for local ones.
func (n Number) National() string {
	p := n.open()
	if p.e164 == "" {
		return ""
	}
	return phonenumbers.Format(p.library(), phonenumbers.NATIONAL)
}

// URI is the number as a tel: link with its extension, RFC 3966 §3; "" for
// numbers that mean nothing outside the site.
func (n Number) URI() string {
	p := n.open()
	switch {
	case p.e164 == "":
		return ""
	case p.extension != "":
		return "tel:" + p.e164 + ";ext=" + p.extension
	}
	return "tel:" + p.e164
}

// Keys are the forms under which a number may have been stored, its own Key
// first. There is a second one for Argentine numbers alone, whose mobile 9 is
// left out so often that both ways are numbers of their own.
func (n Number) Keys() []string {
	key := n.Key()
	if key == "" || n.Withheld() {
		return nil
	}
	keys := []string{key}
	if nsn, ok := strings.CutPrefix(key, "+54"); ok {
		other := "+549" + nsn
		if short, ok := strings.CutPrefix(nsn, "9"); ok {
			other = "+54" + short
		}
		if p, err := resolveInternational(other[1:]); err == nil && p.e164 == other && !p.unverified() {
			keys = append(keys, other)
		}
	}
	return keys
}

// Dial is what to send to the platform: the outside-line prefix and the form
// this site dials. Extension and post-dial digits are not in it: they are sent
// after the answer, by whoever asked about them.
func (n Number) Dial(plan DialPlan) string {
	p := n.open()
	switch {
	case p.kind == Emergency && plan.EmergencyDirect:
		return p.local
	case p.kind == Emergency || p.kind == Short:
		return plan.OutsidePrefix + p.local
	case p.local != "":
		return p.local
	case p.e164 == "" || plan.form() == DialE164:
		return p.e164
	}
	lib := p.library()
	home := int(lib.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(plan.region())
	switch {
	case home && lib.GetCountryCode() == 1: // North America dials its neighbours, too, with a 1
		return plan.OutsidePrefix + p.e164[1:]
	case home && plan.form() == DialNational:
		return plan.OutsidePrefix + asciiDigits(phonenumbers.Format(lib, phonenumbers.NATIONAL))
	}
	return plan.OutsidePrefix + internationalPrefix(plan.region()) + p.e164[1:]
}

// internationalPrefix is what people of a country dial before a country code.
// The library gives it only as part of a formatted number.
func internationalPrefix(region string) string {
	abroad := compose(44, "2079460123")
	if phonenumbers.GetCountryCodeForRegion(region) == 44 {
		abroad = compose(1, "2125550123")
	}
	dialled := asciiDigits(phonenumbers.FormatOutOfCountryCallingNumber(abroad, region))
	prefix, ok := strings.CutSuffix(dialled, phonenumbers.Format(abroad, phonenumbers.E164)[1:])
	if !ok || prefix == "" {
		return "00" // ITU-T E.164's advice, where the library has none
	}
	return prefix
}

func asciiDigits(s string) string { return phonenumbers.NormalizeDigitsOnly(s) }
