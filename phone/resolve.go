package phone

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers/v2"
)

const (
	maxEmergency = 6 // digits; the longest today has five

	e164Digits = 15 // ITU-T E.164 §6: country code included
	maxDialled = 22 // with outside-line and international prefix before it
)

// resolve decides what a row of digits means at a site. It is the one place
// where dial plan and numbering plan meet; every reader ends here.
//
// The order matters: what must never be mistaken comes first (emergency), then
// what the site alone knows (internal), then what the world agrees on, then
// what only the site's habits explain (area code left out, outside-line prefix
// typed along), and last what has a possible length but no known range.
func resolve(plus bool, digits string, plan DialPlan) (parts, error) {
	if plus {
		p, err := resolveInternational(digits)
		if err != nil {
			if p, ok := emergency(digits, plan); ok {
				return p, nil // meant well, and never refused
			}
		}
		return p, err
	}
	region := plan.region()
	if p, ok := emergency(digits, plan); ok {
		return p, nil
	}
	if plan.internal(len(digits)) {
		return parts{local: digits, kind: Internal}, nil
	}
	switch {
	case len(digits) < 3:
		return parts{}, refuseFew
	case len(digits) >= 6 && strings.Count(digits, digits[:1]) == len(digits):
		return parts{}, refuseRepeated
	}
	candidates := spellings(digits, plan)
	for _, candidate := range candidates {
		if p, ok := nationalTrunk(candidate, region); ok {
			return p, nil
		}
		if p, ok := national(candidate, region, valid); ok {
			return p, nil
		}
	}
	if p, ok := shortNumber(digits, plan); ok {
		return p, nil
	}
	if rest, ok := strings.CutPrefix(digits, "00"); ok { // understood everywhere, dialled in most of the world
		if p, err := resolveInternational(rest); err == nil && p.kind != Unknown {
			return p, nil
		}
	}
	if region == "" {
		return parts{}, refuseNoCountry
	}
	for _, candidate := range candidates {
		if p, ok := national(candidate, region, alias); ok {
			return p, nil
		}
	}
	p, err := unverified(digits, region)
	if err != nil && len(digits) > e164Digits {
		err = refuseDigits
	}
	return p, err
}

// resolveInternational reads digits that begin with a country code.
func resolveInternational(digits string) (parts, error) {
	n, err := phonenumbers.Parse("+"+digits, "ZZ")
	if err != nil {
		if len(digits) > e164Digits {
			return parts{}, refuseDigits
		}
		return parts{}, refuseForm
	}
	if p, ok := valid(n); ok {
		return p, nil
	}
	if p, ok := alias(n); ok {
		return p, nil
	}
	if len(digits) > e164Digits {
		return parts{}, refuseDigits
	}
	return possible(n)
}

// spellings are the readings of digits without a country code, likeliest
// first. Where the country has a trunk prefix and it is missing, people at the
// site mean a number of their own area; elsewhere the whole number comes first.
// The outside-line prefix is taken off only when nothing else makes sense.
func spellings(digits string, plan DialPlan) []string {
	trunk := trunkPrefix(plan.region())
	here := func(digits string) []string {
		whole := []string{digits}
		if plan.AreaCode == "" {
			return whole
		}
		local := trunk + plan.AreaCode + digits
		if trunk != "" && !strings.HasPrefix(digits, trunk) {
			return []string{local, digits}
		}
		return []string{digits, local}
	}
	all := here(digits)
	if rest, ok := strings.CutPrefix(digits, plan.OutsidePrefix); ok && plan.OutsidePrefix != "" && rest != "" {
		all = append(all, here(rest)...)
	}
	return all
}

// national reads digits as of a country, if accept takes the result.
func national(digits, region string, accept func(*phonenumbers.PhoneNumber) (parts, bool)) (parts, bool) {
	if region == "" {
		return parts{}, false
	}
	n, err := phonenumbers.Parse(digits, region)
	if err != nil {
		return parts{}, false
	}
	return accept(n)
}

// unverified accepts a number of possible length in no known range, because
// ranges open faster than tables of them are published; its kind is Unknown.
// It has to be written with its trunk or international prefix, or half a
// number would pass.
func unverified(digits, region string) (parts, error) {
	trunk := trunkPrefix(region)
	if !strings.HasPrefix(digits, "00") && (trunk == "" || !strings.HasPrefix(digits, trunk)) {
		return parts{}, refuseForm
	}
	n, err := phonenumbers.Parse(digits, region)
	if err != nil {
		return parts{}, refuseForm
	}
	return possible(n)
}

// possible accepts a number of possible length in no known range, if its
// E.164 form is read as the same number again.
func possible(n *phonenumbers.PhoneNumber) (parts, error) {
	if phonenumbers.IsPossibleNumberWithReason(n) != phonenumbers.IS_POSSIBLE {
		return parts{}, refuseForm
	}
	p := parts{
		e164:    e164Of(n),
		country: countryOf(phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode()))),
		kind:    Unknown,
	}
	if len(p.e164)-1 > e164Digits {
		return parts{}, refuseDigits
	}
	again, err := phonenumbers.Parse(p.e164, "ZZ")
	if err != nil || e164Of(again) != p.e164 {
		return parts{}, refuseForm
	}
	return p, nil
}

// valid accepts a number in a known range.
func valid(n *phonenumbers.PhoneNumber) (parts, bool) {
	table := rangesOf(int(n.GetCountryCode()))
	if table == nil {
		return parts{}, false
	}
	nsn := phonenumbers.GetNationalSignificantNumber(n)
	s, ok := table.find(nsn)
	if !ok {
		return parts{}, false
	}
	p := parts{e164: e164Of(n), country: table.countries[s.country], kind: kinds[s.kind]}
	return p, len(p.e164)-1 <= e164Digits
}

func e164Of(n *phonenumbers.PhoneNumber) string {
	return "+" + strconv.Itoa(int(n.GetCountryCode())) + phonenumbers.GetNationalSignificantNumber(n)
}

// countryOf drops the library's words for "no country" ("001", "ZZ").
func countryOf(region string) string {
	if len(region) != 2 || region == "ZZ" {
		return ""
	}
	return region
}

// alias reads numbers of three countries that changed how mobile numbers are
// written from abroad: Mexico dropped the 1 behind +52 in 2019, Argentina has
// a 9 behind +54 that is often left out, and Brazil put a 9 before the eight
// digits behind the area code.
func alias(n *phonenumbers.PhoneNumber) (parts, bool) {
	nsn := phonenumbers.GetNationalSignificantNumber(n)
	var other string
	switch cc := n.GetCountryCode(); {
	case cc == 52 && len(nsn) == 11 && nsn[0] == '1':
		other = nsn[1:]
	case cc == 54 && len(nsn) == 10 && nsn[0] != '9':
		other = "9" + nsn
	case cc == 55 && len(nsn) == 10:
		other = nsn[:2] + "9" + nsn[2:]
	default:
		return parts{}, false
	}
	return valid(compose(int(n.GetCountryCode()), other))
}

// emergency recognises emergency numbers, also behind the outside-line prefix.
// 112 and 911 count everywhere: mobile networks route both as such.
func emergency(digits string, plan DialPlan) (parts, bool) {
	if len(digits) > maxEmergency+len(plan.OutsidePrefix) {
		return parts{}, false
	}
	is := func(digits string) bool {
		return digits == "112" || digits == "911" || phonenumbers.IsEmergencyNumber(digits, plan.region())
	}
	if is(digits) {
		return parts{local: digits, kind: Emergency}, true
	}
	if rest, ok := strings.CutPrefix(digits, plan.OutsidePrefix); ok && is(rest) {
		return parts{local: rest, kind: Emergency}, true
	}
	return parts{}, false
}

// shortNumber recognises the numbers that exist only inside a country, as
// directory enquiries or 116 111.
func shortNumber(digits string, plan DialPlan) (parts, bool) {
	region := plan.region()
	cc := phonenumbers.GetCountryCodeForRegion(region)
	is := func(digits string) bool {
		return cc != 0 && len(digits) >= 3 && len(digits) <= 6 && digits[0] != '0' &&
			phonenumbers.IsValidShortNumberForRegion(compose(cc, digits), region)
	}
	if is(digits) {
		return parts{local: digits, kind: Short}, true
	}
	if rest, ok := strings.CutPrefix(digits, plan.OutsidePrefix); ok && plan.OutsidePrefix != "" && is(rest) {
		return parts{local: rest, kind: Short}, true
	}
	return parts{}, false
}
