package history

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// row is an entry and what a search compares with, worked out once.
type row struct {
	Entry
	text   string // name and detail, folded
	digits string // of the number: without +
}

func newRow(e Entry) row {
	return row{Entry: e, text: fold(e.Name + "\n" + e.Detail), digits: onlyDigits(e.NumberKey)}
}

// needle is a search text, read once for all rows.
type needle struct {
	text   string
	digits string
}

func newNeedle(s string) needle {
	s = strings.TrimSpace(s)
	return needle{text: fold(s), digits: numberPart(s)}
}

func (n needle) in(r *row) bool {
	if n.text == "" || strings.Contains(r.text, n.text) {
		return true
	}
	return n.digits != "" && strings.Contains(r.digits, n.digits)
}

// fold makes "MÜLLER" and "muller" the same. A chain of transformers has state
// and large buffers, so each call makes its own, and only for what needs one.
func fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	plain, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), s)
	if err != nil {
		plain = s
	}
	return cases.Fold().String(plain)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// numberPart gives the digits to look for when s looks like a number or part
// of one, "" otherwise. However a number is written, the end of its digits is
// the same, so what may stand in front is dropped: +, 00, the trunk 0, "(0)".
func numberPart(s string) string {
	s = strings.ReplaceAll(s, "(0)", "")
	if strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsDigit(r) && !unicode.IsSpace(r) && !strings.ContainsRune("+-–./()*#", r)
	}) {
		return ""
	}
	d := onlyDigits(s)
	if trimmed := strings.TrimLeft(d, "0"); trimmed != "" {
		return trimmed
	}
	return d
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
