package service

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"example.org/ctiagent/recognition"
)

var (
	placeholder = regexp.MustCompile(`\{([A-Za-z][A-Za-z0-9]*)\}`)
	hostLabel   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// Origin fills "{name}" in an allowed origin with the parameter of that name
// and says why the result is none: scheme, host and port; https, or http for a
// literal loopback or private address; one leading "*." at most. Workstations
// read origins more generously in spelling, so what passes here passes there,
// and a mistake is said to who made it.
func Origin(text string, params map[string]string) (string, error) {
	bad := ""
	filled := placeholder.ReplaceAllStringFunc(text, func(m string) string {
		name := m[1 : len(m)-1]
		if !hostLabel.MatchString(params[name]) {
			bad = name
		}
		return params[name]
	})
	if bad != "" {
		return "", fmt.Errorf("service: origin %q: its parameter %q is not a host label (a-z, 0-9 and -)", text, bad)
	}
	filled = strings.TrimSuffix(filled, "/") // forgiven: it is how browsers show it
	if err := checkOrigin(filled); err != nil {
		return "", fmt.Errorf("service: origin %q: %w", text, err)
	}
	return filled, nil
}

func checkOrigin(text string) error {
	scheme, rest, _ := strings.Cut(text, "://")
	if scheme != "https" && scheme != "http" {
		return errors.New("it does not begin with https://")
	}
	authority, suffix := strings.CutPrefix(rest, "*.")
	u, err := url.Parse(scheme + "://" + authority)
	if err != nil || authority == "" || u.Host != authority {
		return errors.New("it is not scheme, host and port alone, like https://crm.example.org")
	}
	if port := u.Port(); port != "" || strings.HasSuffix(authority, ":") {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || len(port) > 5 {
			return errors.New("its port is not a number from 1 to 65535")
		}
	}
	host := strings.ToLower(u.Hostname())
	address, err := netip.ParseAddr(host)
	if isAddress := err == nil; isAddress {
		if address.Is6() != strings.HasPrefix(authority, "[") || address.Zone() != "" || address.Is4In6() || address.IsUnspecified() || suffix {
			return errors.New("its address is written in an unusual form")
		}
	} else if err := checkHostName(host, suffix); err != nil {
		return err
	}
	if scheme == "http" && !address.IsLoopback() && !address.IsPrivate() {
		return errors.New("http is for literal loopback and private addresses only; use https")
	}
	return nil
}

func checkHostName(host string, suffix bool) error {
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if !hostLabel.MatchString(label) || len(label) > 3 && label[2:4] == "--" && !isInternational(label) {
			return errors.New("its host is not a name of letters, digits and hyphens")
		}
	}
	switch last := labels[len(labels)-1]; {
	case len(host) > 253:
		return errors.New("its host is longer than 253 characters")
	case last[0] >= '0' && last[0] <= '9':
		return errors.New("its address is written in an unusual form")
	case suffix && len(labels) < 2:
		return errors.New("*. needs a domain of at least two names behind it")
	}
	return nil
}

// isInternational reports that an xn-- label decodes, and encodes to itself.
func isInternational(label string) bool {
	name, err := idna.Lookup.ToUnicode(label)
	if err != nil || name == label {
		return false
	}
	back, err := idna.Lookup.ToASCII(name)
	return err == nil && back == label
}

// checkScript refuses what no workstation would run, or not as it was meant.
func checkScript(s recognition.Script) error {
	if s.ID == "" || len(s.ID) > recognition.MaxIDBytes {
		return fmt.Errorf("service: a script needs an id of at most %d bytes", recognition.MaxIDBytes)
	}
	if err := s.When.Validate(); err != nil {
		return err
	}
	for _, o := range s.Allowed.Origins {
		if _, err := Origin(o, s.Params); err != nil {
			return err
		}
	}
	for _, app := range s.Allowed.Apps {
		if app == "" || strings.ContainsAny(app, `/\`) {
			return fmt.Errorf("service: %q is not the id of an application: ids, not paths, are allowed", app)
		}
	}
	return nil
}
