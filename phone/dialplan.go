package phone

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers/v2"
)

// The forms in which a platform can want outside numbers.
const (
	DialE164          = "e164"          // +442079460123
	DialInternational = "international" // 00442079460123, with the prefix of the site's country
	DialNational      = "national"      // 02079460123 inside the country, else as DialInternational
)

// DialPlan is how numbers are written and dialled at one site.
type DialPlan struct {
	Country       string // ISO 3166-1 alpha-2 of the site: numbers without a country code are read as of there
	AreaCode      string // of the site, without trunk prefix: for numbers without an area code; "" refuses those
	OutsidePrefix string // dialled before outside numbers on this platform, e.g. "0"; "" for most hosted ones
	InternalMin   int    // shortest internal number, digits; 0: there are none
	InternalMax   int    // longest internal number, digits

	// DialForm is what the platform wants for outside numbers: DialE164,
	// DialInternational or DialNational. "" is DialE164 on platforms without an
	// outside-line prefix and DialNational on those with one, which want digits.
	DialForm string

	// EmergencyDirect sends emergency numbers without OutsidePrefix. Leave it
	// off unless the platform is known to take them so: with the prefix they
	// take the way of every outside call.
	EmergencyDirect bool
}

// maxInternal bounds internal numbers; longer ones could not be told from
// public ones.
const maxInternal = 10

// Validate says what is wrong with a plan, every fault on its own line.
func (p DialPlan) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }

	switch {
	case p.Country == "":
		fault("dial plan: country is missing; give the site's two letters, such as GB or DE")
	case !knownCountry(p.region()):
		fault("dial plan: country %q is not a country code; give two letters, such as GB or DE", p.Country)
	}
	if !onlyDigits(p.AreaCode) {
		fault("dial plan: area code %q may hold digits alone", p.AreaCode)
	} else if trunk := trunkPrefix(p.region()); p.AreaCode != "" && trunk == "0" && strings.HasPrefix(p.AreaCode, trunk) {
		fault("dial plan: write area code %q without the leading 0", p.AreaCode)
	} else if len(p.AreaCode) > 6 {
		fault("dial plan: area code %q is longer than any area code", p.AreaCode)
	}
	if len(p.OutsidePrefix) > 4 || strings.Trim(p.OutsidePrefix, "0123456789*#") != "" {
		fault("dial plan: outside prefix %q may hold up to four of 0-9, * and #", p.OutsidePrefix)
	}
	switch {
	case p.InternalMin < 0 || p.InternalMax < 0:
		fault("dial plan: the length of internal numbers cannot be negative")
	case (p.InternalMin == 0) != (p.InternalMax == 0):
		fault("dial plan: give both the shortest and the longest internal number, or neither")
	case p.InternalMin > p.InternalMax:
		fault("dial plan: the shortest internal number (%d digits) is longer than the longest (%d)", p.InternalMin, p.InternalMax)
	case p.InternalMax > maxInternal:
		fault("dial plan: internal numbers may have at most %d digits", maxInternal)
	}
	switch p.DialForm {
	case "", DialE164, DialInternational, DialNational:
	default:
		fault("dial plan: dial form %q is not known; use %s, %s or %s", p.DialForm, DialE164, DialInternational, DialNational)
	}
	return errors.Join(faults...)
}

// region is the country as the library writes it.
func (p DialPlan) region() string { return strings.ToUpper(p.Country) }

// internal reports that so many digits make an internal number.
func (p DialPlan) internal(digits int) bool {
	return p.InternalMin > 0 && digits >= p.InternalMin && digits <= min(p.InternalMax, maxInternal)
}

// form is DialForm with its default filled in.
func (p DialPlan) form() string {
	switch {
	case p.DialForm != "":
		return p.DialForm
	case p.OutsidePrefix != "":
		return DialNational
	}
	return DialE164
}

// trunkPrefix is what people of a country dial before an area code: "0" in
// most, "1" in North America, "" where there is none.
func trunkPrefix(region string) string {
	return phonenumbers.GetNddPrefixForRegion(region, true)
}

func knownCountry(region string) bool {
	return phonenumbers.GetCountryCodeForRegion(region) != 0
}

func onlyDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
