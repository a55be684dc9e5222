package phone

import (
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers/v2"
)

// ParseURI reads a tel:, callto:, sip: or sips: URI by its grammar: RFC 3966
// §3 for tel: and for the user part of the others, RFC 3261 §19.1 around that.
// It forgives what pages get wrong without changing the meaning (blanks, a
// "//" before the number, an encoded plus) and nothing else: a URI is ASCII
// (RFC 3986 §2), and other digits or marks that turn the direction of writing
// would show a person another number than the one dialled.
func ParseURI(uri string, plan DialPlan) (Number, error) {
	p, err := parseURI(uri, plan)
	if err != nil {
		return Number{}, err
	}
	p.raw = uri
	return p.seal(), nil
}

func parseURI(uri string, plan DialPlan) (parts, error) {
	switch {
	case uri == "":
		return parts{}, refuseEmpty
	case len(uri) > maxText:
		return parts{}, refuseLong
	case !utf8.ValidString(uri):
		return parts{}, refuseGrammar
	case hasControl(uri), hasMark(uri):
		return parts{}, refuseControl
	case !isASCII(uri):
		return parts{}, refuseGrammar
	}
	switch scheme, rest := splitScheme(uri); scheme {
	case "tel":
		return parseSubscriberURI(strings.TrimPrefix(rest, "//"), plan)
	case "callto":
		rest, _, _ = strings.Cut(strings.TrimPrefix(rest, "//"), "?")
		p, err := parseSubscriberURI(strings.TrimSuffix(rest, "/"), plan)
		if err == refuseLetters {
			err = refuseUser
		}
		return p, err
	case "sip", "sips":
		user, err := sipUser(rest)
		if err != nil {
			return parts{}, err
		}
		p, err := parseSubscriberURI(user, plan)
		if err == refuseLetters {
			err = refuseUser
		}
		return p, err
	}
	return parts{}, refuseScheme
}

var schemeForm = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*):`)

// splitScheme gives the scheme in small letters and what follows its colon.
func splitScheme(s string) (scheme, rest string) {
	m := schemeForm.FindStringSubmatchIndex(s)
	if m == nil {
		return "", s
	}
	return strings.ToLower(s[:m[3]]), s[m[1]:]
}

var sipHost = regexp.MustCompile(`^(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$`)

// sipUser is the user part of what follows "sip:". Without "@" that is a host,
// except where a page wrote a bare number with a plus.
func sipUser(rest string) (string, error) {
	rest, _, _ = strings.Cut(rest, "?")
	user, host, ok := strings.Cut(rest, "@")
	switch {
	case !ok && strings.HasPrefix(rest, "+"):
		return rest, nil
	case !ok:
		return "", refuseUser
	case user == "" || strings.ContainsAny(user, ":") || strings.Contains(host, "@"):
		return "", refuseGrammar // a password has no place in a link
	}
	host, _, _ = strings.Cut(host, ";")
	if !sipHost.MatchString(host) {
		return "", refuseGrammar
	}
	return user, nil
}

// Words of RFC 3966 §3: pname, and the two forms of a descriptor.
var (
	parameterName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
	contextNumber = regexp.MustCompile(`^\+[0-9]+$`) // without its visual separators
	contextDomain = regexp.MustCompile(`^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?$`)
)

// parseSubscriberURI reads telephone-subscriber of RFC 3966 §3: the number and
// its parameters.
func parseSubscriberURI(s string, plan DialPlan) (parts, error) {
	number, rest, _ := strings.Cut(s, ";")
	number, err := unescape(number)
	switch {
	case err != nil:
		return parts{}, err
	case !isASCII(number):
		return parts{}, refuseGrammar
	}
	number, postDial := splitPostDial(strings.TrimSpace(number))
	var extension, context string
	seen := map[string]bool{}
	for parameter := range strings.SplitSeq(rest, ";") {
		if parameter == "" {
			continue
		}
		name, value, _ := strings.Cut(parameter, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		value, err := unescape(value)
		switch {
		case err != nil:
			return parts{}, err
		case !parameterName.MatchString(name) || seen[name]:
			return parts{}, refuseGrammar
		}
		seen[name] = true
		switch {
		case name == "ext":
			if extension = uriDigits(value); extension == "" || len(extension) > e164Digits || !onlyDigits(extension) {
				return parts{}, refuseGrammar
			}
		case name == "phone-context":
			if context = value; !contextNumber.MatchString(uriDigits(context)) && !contextDomain.MatchString(context) {
				return parts{}, refuseGrammar
			}
		case onlyDigits(name): // a wait and digits, in the way of mobile phones
			postDial += ";" + name
		}
	}
	p, err := resolveURI(uriDigits(number), context, plan)
	if err != nil {
		return parts{}, err
	}
	if len(postDial) > 32 {
		return parts{}, refuseGrammar
	}
	p.extension, p.postDial = extension, postDial
	return p, nil
}

// unescape decodes once. Blanks and plus signs keep their meaning, as they do
// not in a query.
func unescape(s string) (string, error) {
	decoded, err := url.PathUnescape(s)
	switch {
	case err != nil || !utf8.ValidString(decoded):
		return "", refuseGrammar
	case hasControl(decoded), hasMark(decoded):
		return "", refuseControl
	}
	return decoded, nil
}

// uriDigits takes visual-separator of RFC 3966 §3 out, and blanks, which pages
// put in though they may not.
func uriDigits(s string) string {
	return strings.NewReplacer("-", "", ".", "", "(", "", ")", "", " ", "").Replace(s)
}

// resolveURI reads global-number-digits or local-number-digits of RFC 3966 §3.
func resolveURI(number, context string, plan DialPlan) (parts, error) {
	digits, plus := strings.CutPrefix(number, "+")
	switch {
	case digits == "":
		return parts{}, refuseEmpty
	case !plus && strings.ContainsAny(digits, "*#") && strings.Trim(digits, "0123456789*#") == "":
		if countDigits(digits) > e164Digits {
			return parts{}, refuseDigits
		}
		if countDigits(digits) == 0 {
			return parts{}, refuseEmpty
		}
		return parts{local: digits, kind: FeatureCode}, nil
	case strings.Trim(digits, "0123456789") != "":
		if strings.ContainsFunc(digits, isASCIILetter) {
			return parts{}, refuseLetters
		}
		return parts{}, refuseGrammar
	case len(digits) > maxDialled:
		return parts{}, refuseDigits
	}
	if area, ok := strings.CutPrefix(uriDigits(context), "+"); ok && !plus {
		if area == "" || !onlyDigits(area) || len(area) > e164Digits {
			return parts{}, refuseGrammar
		}
		return resolveInContext(digits, area, plan)
	}
	return resolve(plus, digits, plan)
}

// resolveInContext reads a local number that says where it is local.
func resolveInContext(digits, area string, plan DialPlan) (parts, error) {
	code, _ := codeAt(area)
	if code == 0 {
		return parts{}, refuseGrammar
	}
	there := DialPlan{Country: phonenumbers.GetRegionCodeForCountryCode(code)}
	if phonenumbers.GetCountryCodeForRegion(plan.region()) == code {
		there.Country = plan.region() // of the countries with this code, our own
	}
	if p, ok := emergency(digits, there); ok {
		return p, nil
	}
	if p, ok := emergency(digits, plan); ok {
		return p, nil
	}
	p, err := resolveInternational(area + digits)
	if err == nil && p.kind != Unknown {
		return p, nil
	}
	if q, ok := national(digits, there.region(), valid); ok {
		return q, nil
	}
	if q, ok := shortNumber(digits, there); ok && there.Country == plan.region() {
		return q, nil
	}
	return p, err
}

func isASCIILetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
