package phone

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers/v2"
	"github.com/nyaruka/phonenumbers/v2/metadata"
	"google.golang.org/protobuf/proto"
)

// parseE164 is the short way for "+" and digits, the form in which platforms
// and our own stores hold nearly every number. It gives no answer where the
// long way could find a different one.
func parseE164(text string) (parts, bool) {
	if len(text) < 5 || len(text) > 1+e164Digits || text[0] != '+' {
		return parts{}, false
	}
	code, length := codeAt(text[1:])
	table := rangesOf(code)
	if table == nil {
		return parts{}, false
	}
	s, ok := table.find(text[1+length:])
	if !ok || s.trunk {
		return parts{}, false
	}
	return parts{raw: text, e164: text, country: table.countries[s.country], kind: kinds[s.kind]}, true
}

// nationalTrunk is the short way for the commonest national form, a 0 and the
// number. It gives no answer where the 0 could mean anything else.
func nationalTrunk(digits, region string) (parts, bool) {
	nsn, ok := strings.CutPrefix(digits, "0")
	if !ok || nsn == "" || nsn[0] == '0' {
		return parts{}, false
	}
	plan, ok := metadata.RegionMetadata(region)
	prefix, _, _ := strings.Cut(plan.GetNationalPrefixForParsing(), "|") // the first alternative wins
	if !ok || prefix != "0" || plan.GetNationalPrefixTransformRule() != "" ||
		!strings.HasPrefix(plan.GetInternationalPrefix(), "00") {
		return parts{}, false
	}
	table := rangesOf(int(plan.GetCountryCode()))
	if table == nil {
		return parts{}, false
	}
	s, ok := table.find(nsn)
	if !ok || s.trunk {
		return parts{}, false
	}
	p := parts{
		e164:    "+" + strconv.Itoa(int(plan.GetCountryCode())) + nsn,
		country: table.countries[s.country], kind: kinds[s.kind],
	}
	return p, len(p.e164) <= 1+e164Digits
}

// codeAt reads the calling code at the head of digits and its length. No code
// of ITU-T E.164 begins another, so that the first match is the only one.
func codeAt(digits string) (code, length int) {
	for length < 3 && length < len(digits) {
		digit := digits[length] - '0'
		if digit > 9 || code == 0 && digit == 0 {
			return 0, 0
		}
		code, length = 10*code+int(digit), length+1
		if rangesOf(code) != nil {
			return code, length
		}
	}
	return 0, 0
}

// callingCode is the calling code at the head of an E.164 number.
func callingCode(e164 string) string {
	digits := strings.TrimPrefix(e164, "+")
	_, length := codeAt(digits)
	return digits[:length]
}

// compose builds the library's form of a number without parsing it again.
func compose(cc int, nsn string) *phonenumbers.PhoneNumber {
	value, err := strconv.ParseUint(nsn, 10, 64)
	if err != nil {
		return &phonenumbers.PhoneNumber{}
	}
	n := &phonenumbers.PhoneNumber{CountryCode: proto.Int32(int32(cc)), NationalNumber: &value}
	// The library keeps leading zeros beside the value; the last digit does
	// not count as leading even when it is zero.
	zeros := len(nsn) - len(strings.TrimLeft(nsn, "0"))
	if zeros = min(zeros, len(nsn)-1); zeros > 0 {
		n.ItalianLeadingZero = proto.Bool(true)
		if zeros > 1 {
			n.NumberOfLeadingZeros = proto.Int32(int32(zeros))
		}
	}
	return n
}

// library is the library's form of a number that has an E.164 form.
func (p parts) library() *phonenumbers.PhoneNumber {
	code := callingCode(p.e164)
	cc, _ := strconv.Atoi(code)
	return compose(cc, p.e164[1+len(code):])
}
