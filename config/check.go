package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// check says in words what is wrong with a value and what to write instead.
func (f field) check(v reflect.Value) error {
	switch {
	case f.choices != nil:
		if !slices.Contains(f.choices, v.String()) {
			return fmt.Errorf("%q is not one of %s", v.String(), choiceList(f.choices))
		}
		return nil
	case f.typ == durationType:
		return f.checkDuration(time.Duration(v.Int()))
	case f.typ.Kind() == reflect.Int:
		return f.checkInt(int(v.Int()))
	case f.typ.Kind() == reflect.String:
		return checkText(f.kind, v.String())
	}
	return nil
}

func (f field) checkDuration(d time.Duration) error {
	low, _ := time.ParseDuration(f.min)
	high, _ := time.ParseDuration(f.max)
	if d < low || d > high {
		return fmt.Errorf("%v is outside %v to %v", d, low, high)
	}
	return nil
}

func (f field) checkInt(n int) error {
	low, _ := strconv.Atoi(f.min)
	high, _ := strconv.Atoi(f.max)
	if n < low || n > high {
		return fmt.Errorf("%d is outside %d to %d", n, low, high)
	}
	return nil
}

func checkText(kind, s string) error {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Errorf("it holds control characters; write it on one line")
	}
	if s == "" {
		return nil
	}
	switch kind {
	case "url":
		return checkURL(s)
	case "line":
		return checkLine(s)
	case "host":
		return checkHost(s)
	case "fingerprint":
		_, err := ParseFingerprint(s)
		return err
	case "country":
		if len(s) != 2 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return fmt.Errorf("%q must be two capital letters such as GB, DE or NL", s)
		}
	case "digits":
		if strings.Trim(s, "0123456789") != "" || len(s) > 8 {
			return fmt.Errorf("%q must be at most eight digits, without spaces or a leading +", s)
		}
	case "dial":
		if strings.Trim(s, "0123456789*#") != "" || len(s) > 8 {
			return fmt.Errorf("%q must be at most eight of the keys 0-9, * and #", s)
		}
	case "regexp":
		if _, err := regexp.Compile(s); err != nil {
			return fmt.Errorf("the pattern cannot be read: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
	}
	return nil
}

// checkURL accepts https, and plain http to this very machine only: a demo
// and a test need that, and nobody on the way can read it.
func checkURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return fmt.Errorf("it must be a full address such as https://recognition.example.org")
	}
	if u.User != nil {
		return fmt.Errorf("it must not hold a user name or password; sign in instead")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("it must end before any ? or #")
	}
	addr, err := netip.ParseAddr(u.Hostname())
	loopback := err == nil && addr.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return fmt.Errorf("it must begin with https://")
	}
	return nil
}

func checkLine(s string) error {
	user, domain, ok := strings.Cut(s, "@")
	if !ok || user == "" || strings.ContainsAny(s, " <>\"") || strings.HasPrefix(s, "sip:") {
		return fmt.Errorf("it must be written as user@domain, such as 2107@pbx.example.org")
	}
	return checkHost(domain)
}

func checkHost(s string) error {
	host := s
	if h, port, err := net.SplitHostPort(s); err == nil {
		host = h
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return fmt.Errorf("the port must be a number from 1 to 65535")
		}
	}
	if host == "" || strings.ContainsAny(host, " /@?#\"<>") {
		return fmt.Errorf("it must be a host name such as pbx.example.org, with :port if needed")
	}
	return nil
}

// ParseFingerprint reads a SHA-256 fingerprint with or without colons and
// gives its 64 hexadecimal digits in lower case.
func ParseFingerprint(s string) (string, error) {
	hex := strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(s))
	hex = strings.TrimPrefix(hex, "sha256")
	if len(hex) != 64 || strings.Trim(hex, "0123456789abcdef") != "" {
		return "", fmt.Errorf("it must be a SHA-256 fingerprint: 64 hexadecimal digits, colons allowed")
	}
	return hex, nil
}

// checkTogether holds what no single setting can know.
func checkTogether(v *Values) (key string, err error) {
	switch {
	case v.Site.InternalMax < v.Site.InternalMin:
		return "site.internal_max", fmt.Errorf("%d is less than site.internal_min, which is %d", v.Site.InternalMax, v.Site.InternalMin)
	case v.Site.InternalMin == 0 && v.Site.InternalMax > 0:
		return "site.internal_min", fmt.Errorf("it must be at least 1 when site.internal_max is set")
	case v.Service.CA != "" && v.Service.Fingerprint != "":
		return "service.fingerprint", fmt.Errorf("give either service.ca or service.fingerprint, not both")
	case v.Line.CA != "" && v.Line.Fingerprint != "":
		return "line.fingerprint", fmt.Errorf("give either line.ca or line.fingerprint, not both")
	case !v.Line.SecondContact && !v.Line.DialogEvents:
		return "line.dialog_events", fmt.Errorf("line.dialog_events and line.second_contact cannot both be off: no call would be seen")
	}
	return "", nil
}

func choiceList(choices []string) string {
	quoted := make([]string, len(choices))
	for i, c := range choices {
		quoted[i] = strconv.Quote(c)
	}
	return strings.Join(quoted, ", ")
}
