package phone

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText bounds what is read as one number, in bytes; the longest honest
// ones, with a label, an extension and a name in brackets, take a third of it.
const maxText = 256

// The wrappings that spreadsheets leave around a cell.
var (
	formulaCell = regexp.MustCompile(`^=\s*"([^"]*)"$`)
	floatCell   = regexp.MustCompile(`^(\+?\d{5,15})[.,]0+$`)
	exponent    = regexp.MustCompile(`^[+-]?\d+([.,]\d+)?[eE][+-]?\d{1,3}$`)
)

// plain brings the many ways of writing a character to one: digits of every
// script, full-width signs, dashes, blanks and slashes become their ASCII
// forms, and marks that only steer the display (bidi, zero width) go away.
// Control characters stay, for the caller to refuse.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x80:
			return r
		case r >= '！' && r <= '～': // the full-width block mirrors ASCII
			r -= 0xFEE0
		case r == '⁺' || r == '﹢':
			return '+'
		case unicode.IsDigit(r):
			return digitValue(r)
		case unicode.Is(unicode.Pd, r) || r == '−' || r == 'ー':
			return '-'
		case r == '·' || r == '•' || r == '․':
			return '.'
		case r == '⁄' || r == '∕':
			return '/'
		case unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, text)
}

// digitValue gives the ASCII digit of any decimal digit. Unicode keeps each
// script's ten digits together in order, so the start of the range tells.
func digitValue(r rune) rune {
	for _, span := range unicode.Nd.R16 {
		if rune(span.Lo) <= r && r <= rune(span.Hi) {
			return '0' + (r-rune(span.Lo))%10
		}
	}
	for _, span := range unicode.Nd.R32 {
		if rune(span.Lo) <= r && r <= rune(span.Hi) {
			return '0' + (r-rune(span.Lo))%10
		}
	}
	return r
}

// hasControl finds control characters of both sets (C0, C1).
func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// hasMark finds what only steers the display, as the marks that turn the
// direction of writing.
func hasMark(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Cf, r) })
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// unwrapCell takes off what a spreadsheet put around a number.
func unwrapCell(s string) (string, error) {
	s = strings.TrimSpace(s)
	if strings.Trim(s, "+0123456789 -()/") == "" {
		return s, nil
	}
	if m := formulaCell.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	s = strings.TrimSpace(strings.Trim(s, `"'`))
	if m := floatCell.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	if exponent.MatchString(s) {
		return "", refuseScientific
	}
	return s, nil
}

// Words that people put before a number and before an extension. A word counts
// only in its place: before the first digit, or between digits.
var (
	label = regexp.MustCompile(`(?i)^(?:tel|telephone|telefon|telefoon|téléphone|tlf|phone|ph|mobile|mobiel|mobil|mob|handy|gsm|cell|fax|` +
		`work|office|home|private|privat|privé|prive|thuis|werk|zakelijk|direct|nr|no|t|m|f|w|h|p|c)(?:[.: ]\s*|$)`)
	extensionWord = regexp.MustCompile(`(?i)(\d[\s)]*)[\s,;(./-]*(?:` + extensionWords + `)[\s.:=#]*(\d{1,7})($|[^\d./-])`)
	extensionEnd  = regexp.MustCompile(`(?i)(\d[\s)]*)[\s,;(./-]*(?:` + extensionWords + `|#)[\s.:=#]*(\d{1,7})\s*\)?$`)
	remark        = regexp.MustCompile(`\([^()\d+*#]*\)|\[[^\]\d+*#]*\]`)
)

const extensionWords = `extension|extn|ext|xtn|x|tst|toestel|doorkiesnummer|doorkies|durchwahl|dw|` +
	`nebenstelle|nst|poste|interno|int|anexo|anschluss|apparat|app`

// splitExtension takes "ext. 12", "tst. 12", "Durchwahl 12" … off the end.
func splitExtension(s string) (base, extension string) {
	if m := extensionEnd.FindStringSubmatchIndex(s); m != nil {
		return s[:m[3]], s[m[4]:m[5]]
	}
	return s, ""
}

var (
	pauses  = regexp.MustCompile(`\d[\s)]*([,;pPwW][0-9,;pPwW*# ]*)$`)
	pauseOf = strings.NewReplacer("p", ",", "P", ",", "w", ";", "W", ";", " ", "")
)

// splitPostDial takes off what is to be sent after the answer: a pause (","
// or "p") or a wait (";" or "w") directly behind the number, and digits. A
// single separator before seven digits or more is a second number instead.
func splitPostDial(s string) (base, postDial string) {
	m := pauses.FindStringSubmatchIndex(s)
	if m == nil {
		return s, ""
	}
	tail := pauseOf.Replace(s[m[2]:m[3]])
	if countDigits(tail) == 0 || len(tail) > 32 {
		return s, ""
	}
	if onlyDigits(tail[1:]) && len(tail) > 7 && !strings.ContainsAny(s[m[2]:m[2]+1], "pPwW") {
		return s, ""
	}
	return s[:m[2]], tail
}

// confusedLetters reads the letter O as zero where a scanner or a typist put
// it among digits and nothing else is a letter.
func confusedLetters(s string) string {
	if !strings.ContainsAny(s, "oO") || countDigits(s) < 4 ||
		strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) && r != 'o' && r != 'O' }) {
		return s
	}
	return strings.NewReplacer("o", "0", "O", "0").Replace(s)
}

func countDigits(s string) (n int) {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}
