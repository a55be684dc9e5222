package phone

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// FromNetwork reads the user part of an identity that a platform reports. It
// never fails: what cannot be read keeps its raw form with kind Unknown, and
// "anonymous" and its like become a withheld number.
//
// Digits in no known form stay diallable as Local. A name ("alice", "cti100")
// is no number: IsZero is true, and Raw holds the name for display.
func FromNetwork(user string, plan DialPlan) Number {
	if p, ok := parseE164(user); ok && p.e164 != anonymousE164 {
		return p.seal()
	}
	s := strings.TrimSpace(user)
	if len(s) > maxText || !utf8.ValidString(s) {
		return parts{raw: user, kind: Unknown}.seal()
	}
	if why := presentation(s); why != Allowed {
		return WithheldNumber(why)
	}
	p := readIdentity(s, plan)
	p.raw = user
	return p.seal()
}

func readIdentity(s string, plan DialPlan) parts {
	if scheme, _ := splitScheme(s); scheme != "" {
		if p, err := parseURI(s, plan); err == nil {
			return p
		}
	}
	s, _, _ = strings.Cut(s, "@")
	s, parameters, _ := strings.Cut(s, ";") // npdi, rn, phone-context … RFC 3966 §3 in a SIP user part
	if decoded, err := url.PathUnescape(s); err == nil {
		s = decoded
	}
	number := uriDigits(plain(s))
	if hasControl(number) {
		return parts{}
	}
	var context string
	for parameter := range strings.SplitSeq(parameters, ";") {
		if value, ok := strings.CutPrefix(parameter, "phone-context="); ok {
			context = value
		}
	}
	// What a network leaves out is the trunk prefix, not the area code.
	distant := plan
	distant.AreaCode = ""
	p, err := resolveURI(number, context, distant)
	if err == nil && (p.kind != Unknown || strings.HasPrefix(number, "+")) {
		return p
	}
	digits := strings.TrimPrefix(number, "+")
	if digits == "" || !onlyDigits(digits) || len(digits) > maxDialled {
		return parts{}
	}
	// Platforms leave the plus away more often than people do.
	if len(digits) >= 9 && digits[0] != '0' {
		if q, err := resolveInternational(digits); err == nil && q.kind != Unknown {
			return q
		}
	}
	if near, err := resolve(false, digits, plan); err == nil && near.kind != Unknown {
		return near
	}
	if err == nil {
		return p
	}
	return parts{local: digits}
}

// anonymousE164 spells ANONYMOUS on the keys: what some networks put where a
// number is demanded and the caller withholds it.
const anonymousE164 = "+266696687"

// presentation knows the words by which platforms say that there is no number.
func presentation(user string) Presentation {
	user, host, _ := strings.Cut(strings.ToLower(strings.TrimSpace(user)), "@")
	user = strings.Trim(user, `"<>`)
	if host == "anonymous.invalid" { // RFC 3323 §4.1.1
		return Anonymous
	}
	switch user {
	case "anonymous", "anonymous.invalid", "withheld", "private", "restricted", "blocked",
		"number withheld", "private number", "id withheld", anonymousE164, anonymousE164[1:]:
		return Anonymous
	case "", "unknown", "unavailable", "not available", "out of area", "asterisk", "no number":
		return Unavailable
	}
	return Allowed
}
