package screenpop

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"example.org/ctiagent/screenpop/script"
)

// ErrURL is wrapped by everything CheckURL and ParseOrigin refuse; the words
// around it say why and never repeat the link, which may hold personal data.
var ErrURL = errors.New("the link is refused")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrURL, fmt.Sprintf(format, args...))
}

// Origin is where a link may lead: scheme, host and port, as an administrator
// wrote it.
type Origin struct {
	scheme string
	host   string // lower case; without the leading "*." of a suffix
	port   int
	suffix bool // any host that ends in "."+host
}

// ParseOrigin reads "https://crm.example.org", "https://*.example.org:8443" or,
// for literal loopback and private addresses only, "http://192.168.1.5". One
// slash at the end is forgiven.
func ParseOrigin(text string) (Origin, error) {
	scheme, authority, err := splitScheme(strings.TrimSuffix(text, "/"))
	if err != nil {
		return Origin{}, err
	}
	var o Origin
	rest, suffix := strings.CutPrefix(authority, "*.")
	if o, err = readAuthority(scheme, rest); err != nil {
		return Origin{}, err
	}
	if o.suffix = suffix; suffix && (o.isAddress() || !strings.Contains(o.host, ".")) {
		return Origin{}, refuse("an allowed origin with *. needs a domain of at least two names behind it")
	}
	return o, nil
}

// String is the origin as the manifest writes it.
func (o Origin) String() string {
	host := o.host
	if o.suffix {
		host = "*." + host
	}
	return o.scheme + "://" + host + o.portText()
}

func (o Origin) portText() string {
	if o.port == defaultPort(o.scheme) {
		return ""
	}
	return ":" + strconv.Itoa(o.port)
}

// covers reports that a link with the origin got may be opened.
func (o Origin) covers(got Origin) bool {
	if o.scheme != got.scheme || o.port != got.port {
		return false
	}
	if o.suffix {
		return strings.HasSuffix(got.host, "."+o.host)
	}
	return o.host == got.host
}

func (o Origin) isAddress() bool {
	_, err := netip.ParseAddr(strings.Trim(o.host, "[]"))
	return err == nil
}

var (
	hostLabel   = regexp.MustCompile(`^[a-z0-9-]{1,63}$`)
	placeholder = regexp.MustCompile(`\{([A-Za-z][A-Za-z0-9]*)\}`)
)

// Origins reads the origins of a script's manifest. "{name}" stands for the
// parameter of that name, which must then be a single host label.
func Origins(texts []string, params map[string]string) ([]Origin, error) {
	origins := make([]Origin, 0, len(texts))
	for _, text := range texts {
		bad := ""
		text = placeholder.ReplaceAllStringFunc(text, func(m string) string {
			name := m[1 : len(m)-1]
			if !hostLabel.MatchString(params[name]) {
				bad = name
			}
			return params[name]
		})
		if bad != "" {
			return nil, refuse("the parameter %q of an allowed origin is not a host label", bad)
		}
		o, err := ParseOrigin(text)
		if err != nil {
			return nil, err
		}
		origins = append(origins, o)
	}
	return origins, nil
}

// CheckURL reports whether a link leads to one of the allowed origins and
// returns it in the one form that is opened: what every browser will see.
// It is no parser for links in general. It accepts the narrow grammar on which
// all parsers agree and refuses the rest.
func CheckURL(text string, allowed []Origin) (string, error) {
	if len(text) > script.MaxURL {
		return "", refuse("it is longer than %d bytes", script.MaxURL)
	}
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\\\"<>^`{|}", c) >= 0 {
			return "", refuse("it holds a character that does not belong into a link (encode values with cti.url)")
		}
	}
	scheme, rest, err := splitScheme(text)
	if err != nil {
		return "", err
	}
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	origin, err := readAuthority(scheme, authority)
	if err != nil {
		return "", err
	}
	tail, err = canonicalTail(tail)
	if err != nil {
		return "", err
	}
	canonical := origin.String() + tail
	if len(canonical) > script.MaxURL {
		return "", refuse("it is longer than %d bytes", script.MaxURL)
	}
	for _, o := range allowed {
		if o.covers(origin) {
			return canonical, nil
		}
	}
	return "", refuse("the organisation does not allow %s", origin)
}

// splitScheme splits "https://rest". Nothing but these two schemes and two
// slashes exists here.
func splitScheme(text string) (scheme, rest string, err error) {
	for _, scheme := range []string{"https", "http"} {
		n := len(scheme) + len("://")
		if len(text) >= n && strings.EqualFold(text[:n], scheme+"://") {
			return scheme, text[n:], nil
		}
	}
	return "", "", refuse("it does not begin with https://")
}

// readAuthority reads host and port and refuses user names.
func readAuthority(scheme, authority string) (Origin, error) {
	if strings.Contains(authority, "@") {
		return Origin{}, refuse("it holds a user name")
	}
	host, port, err := splitPort(authority, defaultPort(scheme))
	if err != nil {
		return Origin{}, err
	}
	o := Origin{scheme: scheme, port: port}
	var addr netip.Addr
	if inner, ok := strings.CutPrefix(host, "["); ok {
		addr, err = netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !addr.Is6() || addr.Is4In6() || addr.Zone() != "" || !strings.HasSuffix(host, "]") {
			return Origin{}, refuse("its address is not an IPv6 address")
		}
		o.host = "[" + addr.String() + "]"
	} else {
		o.host = strings.ToLower(host)
		if err := checkHost(o.host); err != nil {
			return Origin{}, err
		}
		if addr, err = netip.ParseAddr(o.host); err != nil {
			addr = netip.Addr{}
		}
	}
	if scheme == "http" && !addr.IsLoopback() && !addr.IsPrivate() {
		return Origin{}, refuse("http is for literal loopback and private addresses only; use https")
	}
	return o, nil
}

// splitPort cuts ":port" off; without one it is fallback.
func splitPort(authority string, fallback int) (host string, port int, err error) {
	i := strings.LastIndexByte(authority, ':')
	if i < 0 || strings.HasSuffix(authority, "]") {
		return authority, fallback, nil
	}
	host, digits := authority[:i], authority[i+1:]
	if len(digits) == 0 || len(digits) > 5 || strings.Trim(digits, "0123456789") != "" {
		return "", 0, refuse("its port is not a number")
	}
	port, err = strconv.Atoi(digits)
	if err != nil || port < 1 || port > 65535 {
		return "", 0, refuse("its port is not a number")
	}
	return host, port, nil
}

func defaultPort(scheme string) int {
	if scheme == "http" {
		return 80
	}
	return 443
}

// checkHost accepts letters, digits and hyphens in labels, internationalised
// names in their xn-- form, and IPv4 addresses in their usual form only:
// browsers read "0x7f.1" and "2130706433" as addresses too.
func checkHost(host string) error {
	if host == "" {
		return refuse("it names no host")
	}
	if len(host) > 253 {
		return refuse("its host name is too long")
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return refuse("its host name is not made of letters, digits and hyphens")
		}
		if err := checkPunycode(label); err != nil {
			return err
		}
	}
	if last := labels[len(labels)-1]; last[0] >= '0' && last[0] <= '9' {
		if a, err := netip.ParseAddr(host); err != nil || !a.Is4() || a.IsUnspecified() {
			return refuse("its host is an address in an unusual form")
		}
	}
	return nil
}

// checkPunycode makes sure that an xn-- label means what it says: it must
// decode, and encode to itself again.
func checkPunycode(label string) error {
	if len(label) < 4 || label[2:4] != "--" {
		return nil
	}
	bad := refuse("its host name is not a valid international name")
	if label[:2] != "xn" {
		return bad
	}
	name, err := idna.Lookup.ToUnicode(label)
	if err != nil || name == label {
		return bad
	}
	if back, err := idna.Lookup.ToASCII(name); err != nil || back != label {
		return bad
	}
	return nil
}

// canonicalTail checks path, query and fragment. What parsers are known to
// treat differently is encoded where that changes nothing and refused where it
// could: a "." or ".." segment would leave the record that the script meant.
func canonicalTail(tail string) (string, error) {
	path := tail
	if i := strings.IndexAny(tail, "?#"); i >= 0 {
		path = tail[:i]
	}
	for segment := range strings.SplitSeq(path, "/") {
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case ".", "..":
			return "", refuse("its path has a . or .. segment")
		}
	}
	var b strings.Builder
	if path == "" {
		b.WriteByte('/')
	}
	fragment := false
	for i := 0; i < len(tail); i++ {
		switch c := tail[i]; {
		case c == '%':
			if i+2 >= len(tail) || !isHex(tail[i+1]) || !isHex(tail[i+2]) {
				return "", refuse("it holds a %% that begins no encoded character")
			}
			b.WriteByte(c)
		case c == '#' && fragment:
			return "", refuse("it holds two #")
		case c == '#':
			fragment = true
			b.WriteByte(c)
		case c == '\'' || c == '[' || c == ']':
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// originOf is the part of a canonical link that may be logged.
func originOf(canonical string) string {
	scheme, rest, err := splitScheme(canonical)
	if err != nil {
		return ""
	}
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}
