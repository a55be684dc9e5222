package diag

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode"
)

// Mask gives text without anything that looks like a telephone number, the user
// of a SIP address or e-mail address, or a credential. It rather masks too much:
// a byte count of seven digits is lost, a telephone number is not. IPv4
// addresses and dates are kept, since faults cannot be found without them.
func Mask(text string) string {
	text = headers.ReplaceAllString(text, "${1}[secret]")
	text = userinfo.ReplaceAllString(text, "://…@")
	text = credentials.ReplaceAllString(text, "${1}[secret]")
	text = uris.ReplaceAllStringFunc(text, maskURI)
	text = mailboxes.ReplaceAllString(text, "…@${1}")
	text = opaque.ReplaceAllStringFunc(text, maskOpaque)
	return numbers.ReplaceAllStringFunc(text, maskNumber)
}

var (
	// headers whose whole value is a credential.
	headers = regexp.MustCompile(`(?i)(\b(?:proxy-)?authorization["']?\s*[:=]\s*)[^\r\n]+`)

	userinfo = regexp.MustCompile(`://[^\s/@]+@`)

	// credentials: a scheme of HTTP authentication or a telling name, then a value.
	credentials = regexp.MustCompile(`(?i)(\b(?:bearer|basic)\s+|\b[a-z_-]*(?:password|passwd|passphrase|secret|token|cookie|api_?key|username|response|nonce)["']?\s*[:=]\s*["']?)[^\s"',;&]+`)

	// uris of schemes that carry a number or a user.
	uris = regexp.MustCompile(`(?i)\b(?:sips?|tel|callto|mailto|xmpp)(?::|%3a)[^\s<>"'\]}]+`)

	mailboxes = regexp.MustCompile(`[^\s<>"'@:;,/=()\[\]]+(?:@|%40)([\w.\-]+)`)

	// opaque: long runs as tokens, keys and signatures are written.
	opaque = regexp.MustCompile(`[A-Za-z0-9_\-+/.]{32,}={0,2}`)

	// numbers: at least six digits of any script, with at most three of the
	// signs between them that people write.
	numbers = regexp.MustCompile(`\+?\(?\p{Nd}(?:[\s().\-/\x{00a0}\x{2007}\x{202f}\x{2010}-\x{2015}\x{2212}]{0,3}\p{Nd}){5,}(?:\s*(?:;ext=|ext\.?|x|tst\.?|-)\s*\p{Nd}+)?`)

	isoDate = regexp.MustCompile(`^(?:19|20)\d\d[-/](?:0[1-9]|1[0-2])[-/](?:0[1-9]|[12]\d|3[01])(?:\s\d{1,2})?$`)
)

// maskURI keeps the scheme, and the host of a SIP or mail address.
func maskURI(uri string) string {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok {
		scheme, rest = uri[:strings.IndexByte(uri, '%')], ""
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		host := strings.TrimRightFunc(rest[i:], func(r rune) bool { return r == ')' || r == ',' })
		host, _, _ = strings.Cut(host, ";")
		return scheme + ":…" + host
	}
	return scheme + ":…"
}

// maskOpaque leaves enough of a digest or token to tell two of them apart. File
// names, host names and import paths are long too, but are words.
func maskOpaque(s string) string {
	digits, others := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsDigit(r):
			digits++
		case strings.ContainsRune("/.-_+", r):
			others++
		}
	}
	if digits < 4 || others > len(s)/6 {
		return s
	}
	return s[:6] + "…"
}

func maskNumber(s string) string {
	trimmed := strings.TrimSpace(s)
	if isoDate.MatchString(trimmed) {
		return s
	}
	if a, err := netip.ParseAddr(trimmed); err == nil && a.Is4() {
		return s
	}
	return "…"
}
