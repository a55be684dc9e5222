package phone

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers/v2"
	"google.golang.org/protobuf/proto"
)

// parseE164 is the short way for "+" and digits, the form in which platforms
// and our own stores hold nearly every number.
func parseE164(text string) (parts, bool) {
	return parts{}, false
}

// callingCode is the country code at the head of an E.164 number. ITU-T E.164
// codes are prefix-free, so the first match is the only one.
func callingCode(e164 string) string {
	digits := strings.TrimPrefix(e164, "+")
	for length := 1; length <= 3 && length <= len(digits); length++ {
		code, err := strconv.Atoi(digits[:length])
		if err == nil && phonenumbers.GetRegionCodeForCountryCode(code) != "ZZ" {
			return digits[:length]
		}
	}
	return ""
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
