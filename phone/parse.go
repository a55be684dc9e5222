package phone

import (
	"regexp"
	"strings"
	"unicode"
)

// Parse reads text that is meant to be one number: typed by a person or taken
// from a database. The error wraps ErrNotANumber and says what is wrong in words.
func Parse(text string, plan DialPlan) (Number, error) {
	if p, ok := parseE164(text); ok {
		return p.seal(), nil
	}
	p, err := parseText(text, plan)
	if err != nil {
		return Number{}, err
	}
	p.raw = text
	return p.seal(), nil
}

// parseText reads one number from text that is not plain E.164. What cannot
// be read as a whole, or has only a possible length, is looked through for a
// number among other words.
func parseText(text string, plan DialPlan) (parts, error) {
	s, err := prepare(text)
	if err != nil {
		return parts{}, err
	}
	p, err := parseAlone(s, plan)
	if err == nil && !p.unverified() {
		return p, nil
	}
	found := findNumbers(s, plan)
	if len(found) == 0 {
		return p, err
	}
	for _, other := range found[1:] {
		if other.e164 != found[0].e164 || other.extension != found[0].extension {
			return parts{}, refuseSeveral
		}
	}
	if err == nil && found[0].e164 == p.e164 {
		return p, nil // the same with all that belongs to it
	}
	return found[0], nil
}

// parseAlone reads prepared text that holds one number and nothing else: as a
// link, as digits, as a number spelled in letters.
func parseAlone(s string, plan DialPlan) (parts, error) {
	if scheme, _ := splitScheme(s); scheme != "" {
		if p, err := parseURI(s, plan); err == nil {
			return p, nil
		}
	}
	p, err := parsePlain(s, plan)
	if err != nil {
		if spelled, ok := parseVanity(s, plan); ok {
			return spelled, nil
		}
	}
	return p, err
}

// prepare cleans one text and refuses what no number can hold.
func prepare(text string) (string, error) {
	s := strings.TrimSpace(plain(text))
	switch {
	case len(s) > maxText:
		return "", refuseLong
	case hasControl(s):
		return "", refuseControl
	}
	s, err := unwrapCell(s)
	if err != nil {
		return "", err
	}
	if presentation(s) != Allowed && s != "" {
		return "", refuseWithheld
	}
	return s, nil
}

// separators may stand between the digits of one number.
const separators = " -./()[]~'"

// parsePlain reads a number that is alone in its text but for a label, a
// remark in brackets, an extension and post-dial digits.
func parsePlain(s string, plan DialPlan) (parts, error) {
	if s == "" {
		return parts{}, refuseEmpty
	}
	if strings.Trim(s, "+0123456789"+separators) == "" { // nothing to take apart
		return parseSubscriber(s, plan)
	}
	if p, ok := parseFeatureCode(s); ok {
		return p, nil
	}
	s = strings.TrimSpace(remark.ReplaceAllString(s, ""))
	s = strings.TrimSpace(label.ReplaceAllString(s, ""))
	s, postDial := splitPostDial(s)
	s, extension := splitExtension(s)
	s = confusedLetters(s)

	p, err := parseSubscriber(s, plan)
	if err != nil {
		return parts{}, err
	}
	p.extension, p.postDial = extension, postDial
	return p, nil
}

// pairSuffix is "/31" behind a number: the neighbour that differs in its last
// digits.
var pairSuffix = regexp.MustCompile(`^(.*\d)\s*/\s*(\d{1,3})$`)

// parseSubscriber reads digits, separators and at most one leading plus.
func parseSubscriber(s string, plan DialPlan) (parts, error) {
	plus, digits, err := squeeze(s)
	if err != nil {
		return parts{}, err
	}
	p, err := resolve(plus, digits, plan)
	if err == nil && !p.unverified() {
		return p, nil
	}
	// "(0)" helps people at home and breaks the number in countries that have
	// no trunk prefix of this kind.
	if short := strings.Replace(s, "(0)", "", 1); short != s {
		if p, err := parseSubscriber(short, plan); err == nil && !p.unverified() {
			return p, nil
		}
	}
	if m := pairSuffix.FindStringSubmatch(s); m != nil {
		if p, err := parseSubscriber(m[1], plan); err == nil && p.e164 != "" && !p.unverified() {
			return p, nil
		}
	}
	return p, err
}

// squeeze leaves the digits of a number and tells whether a plus came first.
func squeeze(s string) (plus bool, digits string, err error) {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '+' && b.Len() == 0:
			plus = true
		case r == '+':
			return false, "", refuseSeveral
		case strings.ContainsRune(separators, r):
		case unicode.IsLetter(r):
			return false, "", refuseLetters
		default:
			return false, "", refuseForm
		}
	}
	switch {
	case b.Len() == 0:
		return false, "", refuseEmpty
	case b.Len() > maxDialled:
		return false, "", refuseDigits
	}
	return plus, b.String(), nil
}

// parseFeatureCode reads what a platform takes as an order: digits with "*" or
// "#" among them, as "*72" or "*21*100#".
func parseFeatureCode(s string) (parts, bool) {
	if s[0] != '*' && s[0] != '#' {
		if _, tail := splitPostDial(s); tail != "" {
			return parts{}, false // the signs are sent after the answer
		}
		if !strings.Contains(s, "*") && !strings.HasSuffix(s, "#") {
			return parts{}, false
		}
	}
	code := strings.Map(func(r rune) rune {
		if strings.ContainsRune(separators, r) {
			return -1
		}
		return r
	}, s)
	if strings.Trim(code, "0123456789*#") != "" || countDigits(code) == 0 || countDigits(code) > e164Digits {
		return parts{}, false
	}
	return parts{local: code, kind: FeatureCode}, true
}

// unverified reports a number that only its length speaks for.
func (p parts) unverified() bool { return p.e164 != "" && p.kind == Unknown }
