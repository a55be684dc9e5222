package screenpop

import (
	"strings"
	"unicode"

	"example.org/ctiagent/screenpop/script"
)

func isControl(r rune) bool { return unicode.IsControl(r) }

// plainText makes a script's notice fit to be shown on one line: no control
// characters, no marks that turn the direction of reading, no invisible
// joiners that make one word look like another.
func plainText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	n := 0
	for i := range s {
		if n++; n > script.MaxNotice {
			return s[:i]
		}
	}
	return s
}
