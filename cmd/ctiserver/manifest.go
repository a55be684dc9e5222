package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/service"
)

// manifest stands beside a script's body, by the script's author: what the
// script is, which values it wants and what it asks for. It grants nothing; an
// administrator does.
type manifest struct {
	Schema      int              `json:"schema"` // 1
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Version     string           `json:"version"`
	APILevel    int              `json:"apiLevel"` // 1
	Entry       string           `json:"entry"`    // file name of the body
	SHA256      string           `json:"sha256"`   // of the body, hexadecimal
	Events      []string         `json:"events"`
	Params      map[string]param `json:"params"`
	Permissions struct {
		OpenOrigins []string `json:"openOrigins"` // empty: the administrator names them
		Apps        []string `json:"apps"`
		Read        []string `json:"read"`
	} `json:"permissions"`
	Limits struct {
		Millis  int `json:"ms"`
		Intents int `json:"intents"`
	} `json:"limits"`
}

// param declares one value that an administrator sets.
type param struct {
	Type  string `json:"type"` // of paramTypes
	Title string `json:"title"`
}

// paramTypes are the types of parameters with the check of a value.
var paramTypes = map[string]func(value string) error{
	"text":        checkText,
	"hostLabel":   checkHostLabel,
	"url":         checkURL,
	"urlTemplate": checkTemplate,
}

var (
	manifestID      = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	manifestVersion = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	paramName       = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`)
)

// hasSchema tells an author's manifest from a script as the service keeps it.
func hasSchema(text []byte) bool {
	var m struct {
		Schema json.RawMessage `json:"schema"`
	}
	return json.Unmarshal(text, &m) == nil && m.Schema != nil
}

func decodeStrictly(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more text behind it")
	}
	return nil
}

func parseManifest(text []byte) (m manifest, err error) {
	if err := decodeStrictly(text, &m); err != nil {
		return manifest{}, err
	}
	switch {
	case m.Schema != 1:
		return manifest{}, fmt.Errorf("its schema is %d, this program knows 1: install the newer version", m.Schema)
	case m.APILevel != 1:
		return manifest{}, fmt.Errorf("its apiLevel is %d, this program knows 1: install the newer version", m.APILevel)
	case !manifestID.MatchString(m.ID) || len(m.ID) > recognition.MaxIDBytes:
		return manifest{}, errors.New("its id is not made of lower-case words joined by hyphens: crm-url")
	case m.Name == "":
		return manifest{}, errors.New("its name is missing")
	case !manifestVersion.MatchString(m.Version):
		return manifest{}, errors.New("its version is not three numbers: 1.0.0")
	case strings.ContainsAny(m.Entry, `/\`) || !strings.HasSuffix(m.Entry, ".js"):
		return manifest{}, errors.New("its entry is not the name of a .js file beside it")
	case m.Limits.Millis < 0 || m.Limits.Intents < 0:
		return manifest{}, errors.New("its limits are below zero")
	}
	for name, p := range m.Params {
		if !paramName.MatchString(name) {
			return manifest{}, fmt.Errorf("its parameter %q is not named by letters and digits", name)
		}
		if paramTypes[p.Type] == nil {
			return manifest{}, fmt.Errorf("its parameter %s is of the type %q; there are text, hostLabel, url and urlTemplate", name, p.Type)
		}
	}
	return m, recognition.When{Events: m.Events}.Validate()
}

// checkBody makes sure that this is the body the author spoke of.
func (m manifest) checkBody(file string, body []byte) error {
	if file != m.Entry {
		return fmt.Errorf("the manifest is that of %s, not of %s", m.Entry, file)
	}
	if recognition.Digest(body) != "sha256:"+m.SHA256 {
		return fmt.Errorf("%s is not the script that the manifest speaks of: its sha256 is %s, the manifest says %s",
			file, strings.TrimPrefix(recognition.Digest(body), "sha256:"), m.SHA256)
	}
	return nil
}

// values reads NAME=VALUE for the declared parameters.
func (m manifest) values(given []string) (map[string]string, error) {
	values := map[string]string{}
	for _, text := range given {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("--param %q is not NAME=VALUE (%w)", text, errUsage)
		}
		p, declared := m.Params[name]
		if !declared {
			return nil, fmt.Errorf("the script has no parameter %q; it has %s", name, listed(m.paramNames()))
		}
		if _, twice := values[name]; twice {
			return nil, fmt.Errorf("--param %s is given twice", name)
		}
		if err := paramTypes[p.Type](value); err != nil {
			return nil, fmt.Errorf("--param %s (%s) is not of the type %s: %w", name, p.Title, p.Type, err)
		}
		values[name] = value
	}
	return values, nil
}

func (m manifest) paramNames() []string {
	names := make([]string, 0, len(m.Params))
	for name := range m.Params {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// origins are those that the administrator allows, filled with host labels.
func (m manifest) origins(allow []string, values map[string]string) ([]string, error) {
	labels := map[string]string{}
	for name, value := range values {
		if m.Params[name].Type == "hostLabel" {
			labels[name] = value
		}
	}
	var origins []string
	for _, text := range allow {
		o, err := service.Origin(text, labels)
		if err != nil {
			return nil, fmt.Errorf("--allow: %w", err)
		}
		origins = append(origins, o)
	}
	return origins, nil
}

func checkText(value string) error {
	switch {
	case !utf8.ValidString(value):
		return errors.New("it is not UTF-8")
	case len(value) > recognition.MaxValueBytes:
		return fmt.Errorf("it is longer than %d bytes", recognition.MaxValueBytes)
	case strings.ContainsFunc(value, unicode.IsControl):
		return errors.New("it holds control characters")
	}
	return nil
}

func checkHostLabel(value string) error {
	if _, err := service.Origin("https://{it}.example.org", map[string]string{"it": value}); err != nil {
		return errors.New("one part of a host name is made of a-z, 0-9 and hyphens, and has at most 63")
	}
	return nil
}

// maxURL is what workstations open at most; a template grows with its values.
const maxURL = 2048

func checkURL(value string) error {
	if len(value) > maxURL {
		return fmt.Errorf("it is longer than %d bytes", maxURL)
	}
	for i := range len(value) {
		if c := value[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\\\"<>^`{|}", c) >= 0 {
			return fmt.Errorf("it holds %q, which belongs into a link only encoded", c)
		}
	}
	u, err := url.Parse(value)
	if err != nil || u.User != nil {
		return errors.New("it is not a link like https://crm.example.org/contacts")
	}
	_, err = service.Origin(u.Scheme+"://"+u.Host, nil)
	return err
}

// field is what a script fills in; its name may be any label of a card.
var field = regexp.MustCompile(`\{[^{}]+\}`)

func checkTemplate(value string) error {
	_, rest, _ := strings.Cut(value, "://")
	if i := strings.IndexAny(rest, "/?#{"); i >= 0 && rest[i] == '{' {
		return errors.New("a {field} stands behind the host only")
	}
	return checkURL(field.ReplaceAllString(value, "x"))
}

// leads reports that a link has one of the origins.
func leads(origins []string, link string) bool {
	u, err := url.Parse(field.ReplaceAllString(link, "x"))
	if err != nil {
		return false
	}
	scheme, host := u.Scheme+"://", withoutPort(u.Scheme, u.Host)
	return slices.ContainsFunc(origins, func(o string) bool {
		rest, ok := strings.CutPrefix(o, scheme)
		if !ok {
			return false
		}
		rest = withoutPort(u.Scheme, rest)
		if end, ok := strings.CutPrefix(rest, "*"); ok {
			return strings.HasSuffix(host, end)
		}
		return host == rest
	})
}

func withoutPort(scheme, host string) string {
	usual := map[string]string{"https": ":443", "http": ":80"}[scheme]
	return strings.TrimSuffix(strings.ToLower(host), usual)
}

func listed(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}
