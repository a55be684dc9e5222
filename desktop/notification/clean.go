package notification

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks one base character may carry. Real
// scripts need four at most; stacks of hundreds cover the lines around them.
const maxMarks = 4

// Clean makes text from the network fit to be shown on one line: what it
// cannot do any more is steer the terminal, turn the reading direction of its
// surroundings, hide characters, break the line, or be longer than max
// graphemes. Letters of every script pass.
//
// Control characters and line ends count as blanks, runs of blanks become
// one, and bytes that are no UTF-8 become U+FFFD. What is cut off is marked
// by an ellipsis, which counts.
func Clean(s string, max int) string {
	if max <= 0 {
		return ""
	}
	var b strings.Builder
	b.Grow(min(len(s), 4*max))
	graphemes, marks := 0, 0
	end := 0       // length of b after max-1 graphemes: where an ellipsis goes
	blank := false // a blank is due before the next visible character
	for _, r := range s {
		switch {
		case hidden(r):
			continue
		case unicode.IsControl(r) || unicode.IsSpace(r):
			blank = graphemes > 0
			continue
		case extends(r):
			if graphemes == 0 || blank || marks >= maxMarks {
				continue // nothing to carry it, or too many
			}
			marks++
			b.WriteRune(r)
			if graphemes < max {
				end = b.Len()
			}
			continue
		}
		need := 1
		if blank {
			need = 2
		}
		if graphemes+need > max {
			return strings.TrimRight(b.String()[:end], " ") + "…"
		}
		if blank {
			b.WriteByte(' ')
			blank = false
			graphemes++
			if graphemes < max {
				end = b.Len()
			}
		}
		b.WriteRune(r)
		graphemes++
		marks = 0
		if graphemes < max {
			end = b.Len()
		}
	}
	return b.String()
}

// cleanLines is Clean for a body of several lines; empty ones vanish.
func cleanLines(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = Clean(line, maxLine); line == "" {
			continue
		}
		if len(lines) == maxLines {
			lines[maxLines-1] = "…"
			break
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// hidden holds for characters without a shape of their own, which serve to
// deceive: bidi controls, zero-width characters, tags, fillers. The joiners
// are among them: words and emoji that use them stay readable without.
func hidden(r rune) bool {
	if r < utf8.RuneSelf {
		return false
	}
	switch r {
	case '\u034f', '\u2800': // combining grapheme joiner; a blank that is no blank
		return true
	}
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// extends holds for characters that belong to the one before them.
func extends(r rune) bool {
	return unicode.In(r, unicode.M, unicode.Variation_Selector) || r >= 0x1f3fb && r <= 0x1f3ff // skin tones
}

// escape makes text harmless in the markup of the Desktop Notifications
// Specification.
func escape(s string) string { return markup.Replace(s) }

var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
