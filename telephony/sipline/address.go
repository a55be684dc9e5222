package sipline

import (
	"net/url"
	"strings"
)

// address is one name-addr or addr-spec of RFC 3261 §25.1, read leniently:
// identity headers come from many vendors, and a call must not be lost because
// one of them forgot a quote.
type address struct {
	display string
	uri     string // as it stands, without < and >
	params  string // what follows the URI, from the first ";" on, without it
}

// splitList takes a comma list apart; commas inside quotes and <> do not count.
func splitList(s string) []string {
	var out []string
	start, quoted, angle := 0, false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == ',' && !angle:
			out = appendTrimmed(out, s[start:i])
			start = i + 1
		}
	}
	return appendTrimmed(out, s[start:])
}

func appendTrimmed(out []string, s string) []string {
	if s = strings.TrimSpace(s); s != "" {
		out = append(out, s)
	}
	return out
}

// parseAddress never fails: what it cannot read becomes an empty URI.
func parseAddress(s string) address {
	s = strings.TrimSpace(s)
	var a address
	if strings.HasPrefix(s, `"`) {
		end := closingQuote(s)
		if end < 0 { // an unterminated quote: the name ends where the URI begins
			if i := strings.LastIndexByte(s, '<'); i > 0 {
				end = i
				a.display, s = strings.TrimSpace(s[1:end]), s[end:]
			} else {
				return address{display: strings.TrimSpace(s[1:])}
			}
		} else {
			a.display, s = unquote(s[1:end]), s[end+1:]
		}
	}
	if i := strings.IndexByte(s, '<'); i >= 0 {
		if a.display == "" {
			a.display = strings.TrimSpace(s[:i])
		}
		rest := s[i+1:]
		if j := strings.IndexByte(rest, '>'); j >= 0 {
			a.uri, rest = rest[:j], rest[j+1:]
		} else {
			a.uri, rest = rest, ""
		}
		_, a.params, _ = strings.Cut(rest, ";")
	} else {
		// RFC 3261 §20: without <> everything behind ";" belongs to the header.
		a.uri, a.params, _ = strings.Cut(strings.TrimSpace(s), ";")
	}
	a.uri = strings.TrimSpace(a.uri)
	return a
}

// closingQuote gives the index of the quote that ends the string s begins with.
func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

func unquote(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// param gives a parameter of a ";"-separated list; names ignore case, quotes
// are taken off.
func param(list, name string) (string, bool) {
	for _, p := range splitOutsideQuotes(list, ';') {
		key, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(key), name) {
			value = strings.TrimSpace(value)
			if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
				value = unquote(value[1 : len(value)-1])
			}
			return value, true
		}
	}
	return "", false
}

func splitOutsideQuotes(s string, sep byte) []string {
	var out []string
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// tagOf gives the tag of a From or To value, "" if there is none.
func tagOf(value string) string {
	tag, _ := param(parseAddress(value).params, "tag")
	return tag
}

// uriUser gives the user part of a sip, sips or tel URI with percent escapes
// undone, without user parameters ("+4420…;phone-context=…") and password.
func uriUser(uri string) string {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return ""
	}
	switch strings.ToLower(scheme) {
	case "sip", "sips":
		user, _, ok := cutLast(strings.SplitN(rest, "?", 2)[0], "@")
		if !ok {
			return ""
		}
		rest, _, _ = strings.Cut(user, ":")
	case "tel":
	default:
		return ""
	}
	rest, _, _ = strings.Cut(rest, ";")
	if plain, err := url.PathUnescape(rest); err == nil {
		rest = plain
	}
	return rest
}

// uriHost gives the lower-case host of a sip or sips URI, without port.
func uriHost(uri string) string {
	_, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return ""
	}
	rest = strings.SplitN(rest, "?", 2)[0]
	if _, after, ok := cutLast(rest, "@"); ok {
		rest = after
	}
	rest, _, _ = strings.Cut(rest, ";")
	if strings.HasPrefix(rest, "[") {
		host, _, _ := strings.Cut(rest[1:], "]")
		return strings.ToLower(host)
	}
	host, _, _ := strings.Cut(rest, ":")
	return strings.ToLower(strings.TrimSpace(host))
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// escapeUser writes the user part of a SIP URI, RFC 3261 §25.1: digits, letters
// and the marks stay, everything else ("#" of a feature code too) is escaped.
func escapeUser(user string) string {
	var b strings.Builder
	for i := 0; i < len(user); i++ {
		c := user[i]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("-_.!~*'()&=+$,?/", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		const hex = "0123456789ABCDEF"
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}
