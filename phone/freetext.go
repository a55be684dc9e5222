package phone

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers/v2"
)

const (
	maxFreeText = 16 << 10 // bytes; longer texts are no cell of a database
	maxFound    = 64       // numbers taken from one text
	maxTries    = 1000     // rows of digits that turn out to be none
)

// pieces separates what people put several numbers apart with.
var pieces = regexp.MustCompile(`[\r\n\t;|]+|\s+/\s+|,\s+|\s+(?:or|und|oder|of|en|et|and|ou)\s+`)

// ParseAll finds every number in free text, each once, in the order in which
// they stand there.
func ParseAll(text string, plan DialPlan) ([]Number, error) {
	if len(text) > maxFreeText {
		return nil, refuseLong
	}
	if p, ok := parseE164(text); ok {
		return []Number{p.seal()}, nil
	}
	flat := strings.ReplaceAll(text, "\t", " ")
	if whole, err := parsePiece(flat, plan); err == nil && !whole.unverified() {
		whole.raw = text
		return withNeighbour(whole, text, plan), nil
	}
	var found []Number
	seen := map[string]bool{}
	add := func(p parts) {
		n := p.seal()
		if id := n.Key() + ";" + n.Extension(); !seen[id] && len(found) < maxFound {
			seen[id] = true
			found = append(found, n)
		}
	}
	for _, piece := range pieces.Split(plain(text), -1) {
		piece = strings.TrimSpace(piece)
		alone, err := parsePiece(piece, plan)
		alone.raw = piece
		if err == nil && !alone.unverified() {
			for _, n := range withNeighbour(alone, piece, plan) {
				add(n.open())
			}
			continue
		}
		others := findNumbers(piece, plan)
		if err == nil && len(others) == 1 && others[0].e164 == alone.e164 {
			others[0] = alone // the same with all that belongs to it
		}
		for _, p := range others {
			add(p)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	one, err := parseText(flat, plan)
	switch {
	case err == nil: // it lay across pieces, or nothing better is there than a possible length
		one.raw = text
		return []Number{one.seal()}, nil
	case err == refuseLong || err == refuseControl:
		return nil, refuseNone // said of one number, not of a text
	}
	return nil, err
}

// parsePiece reads a piece of text that should hold one number alone.
func parsePiece(text string, plan DialPlan) (parts, error) {
	s, err := prepare(text)
	if err != nil {
		return parts{}, err
	}
	return parseAlone(s, plan)
}

// withNeighbour adds the second number of "699 02 30/31", which differs in
// its last digits from the first.
func withNeighbour(p parts, text string, plan DialPlan) []Number {
	all := []Number{p.seal()}
	m := pairSuffix.FindStringSubmatch(strings.TrimSpace(plain(text)))
	if m == nil || p.e164 == "" || p.extension != "" || strings.HasSuffix(p.e164, m[2]) {
		return all
	}
	first, err := parseSubscriber(m[1], plan)
	if err != nil || first.e164 != p.e164 {
		return all // the slash was a separator inside one number
	}
	second, err := resolveInternational(p.e164[1:len(p.e164)-len(m[2])] + m[2])
	if err != nil || second.kind == Unknown {
		return all
	}
	second.raw = text
	return append(all, second.seal())
}

// findNumbers lets the library look for numbers among other words, with our
// words for extensions put into its own. It knows those of known ranges only;
// between them stand those that a plus announces.
func findNumbers(s string, plan DialPlan) []parts {
	s = extensionWord.ReplaceAllString(s, "$1 ext. $2$3")
	var found []parts
	region := plan.region()
	if region == "" {
		region = "ZZ"
	}
	at := 0
	for match := range phonenumbers.FindNumbersWithLeniency(s, region, phonenumbers.VALID, maxTries) {
		p, ok := valid(match.Number())
		if !ok {
			continue
		}
		found = append(found, announced(s, at, match.Start(), plan)...)
		at = match.End()
		p.raw = match.RawString()
		p.extension = match.Number().GetExtension()
		if found = append(found, p); len(found) >= maxFound {
			return found[:maxFound]
		}
	}
	found = append(found, announced(s, at, len(s), plan)...)
	return found[:min(len(found), maxFound)]
}

// plusNumber is a number among other words that says itself where it begins.
var plusNumber = regexp.MustCompile(`\+\d[\d ().-]{4,24}\d(?: ext\. \d{1,7})?`)

// announced finds the numbers in s[from:to] that begin with a plus. They count
// whether or not a table knows their range, because nobody writes the plus
// before anything else; in the middle of a word it is part of that word.
func announced(s string, from, to int, plan DialPlan) (found []parts) {
	for _, span := range plusNumber.FindAllStringIndex(s[from:to], maxFound) {
		begin, end := from+span[0], from+span[1]
		before, _ := utf8.DecodeLastRuneInString(s[:begin])
		behind, _ := utf8.DecodeRuneInString(s[end:])
		if inWord(before) || inWord(behind) {
			continue
		}
		if p, err := parsePlain(s[begin:end], plan); err == nil && p.e164 != "" {
			p.raw = s[begin:end]
			found = append(found, p)
		}
	}
	return found
}

// inWord says that a word or an address goes on with r.
func inWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("@_+", r))
}

// vanity is a number spelled by the letters on the keys, as advertised:
// digits first, then at least five capitals.
var vanity = regexp.MustCompile(`^\+?[0-9][0-9 ().-]{2,12}[A-Z][A-Z-]{3,10}[A-Z]$`)

// parseVanity reads such numbers where they are customary, on free and
// service numbers; elsewhere letters are remarks that must not become digits.
func parseVanity(s string, plan DialPlan) (parts, bool) {
	if !vanity.MatchString(s) || plan.Country == "" {
		return parts{}, false
	}
	n, err := phonenumbers.Parse(s, plan.region())
	if err != nil {
		return parts{}, false
	}
	p, ok := valid(n)
	switch p.kind {
	case TollFree, SharedCost, Premium, UAN:
		return p, ok && n.GetExtension() == ""
	}
	return parts{}, false
}
