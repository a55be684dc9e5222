package screenpop

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"example.org/ctiagent/screenpop/script"
)

// Manifest stands beside a script's body and says what it is and wants. What
// it may do is the administrator's word (recognition.Allowed), not its own.
type Manifest struct {
	Schema      int              `json:"schema"` // 1
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Version     string           `json:"version"`
	APILevel    int              `json:"apiLevel"` // of cti.d.ts: 1
	Entry       string           `json:"entry"`    // file name of the body
	SHA256      string           `json:"sha256"`   // of the body, hexadecimal
	Events      []script.Event   `json:"events"`
	Params      map[string]Param `json:"params,omitempty"`
	Permissions Permissions      `json:"permissions"`
	Limits      ManifestLimits   `json:"limits"`
}

// Param describes one value that an administrator sets.
type Param struct {
	Type  string `json:"type"` // text, hostLabel, url or urlTemplate
	Title string `json:"title"`
}

// Permissions are what the script asks for.
type Permissions struct {
	OpenOrigins []string `json:"openOrigins"` // empty: the administrator names them
	Apps        []string `json:"apps"`
	Read        []string `json:"read"` // what it reads of a call, shown to the administrator
}

// ManifestLimits are what the script is content with.
type ManifestLimits struct {
	Millis  int `json:"ms"`
	Intents int `json:"intents"`
}

// ErrManifest is wrapped by ParseManifest.
var ErrManifest = errors.New("screenpop: the script's manifest is wrong")

var (
	manifestID      = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	manifestVersion = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
)

// ParseManifest reads a manifest and checks it against its script's body.
func ParseManifest(data, body []byte) (Manifest, error) {
	var m Manifest
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Manifest{}, fmt.Errorf("%w: there is more text behind it", ErrManifest)
	}
	wrong := ""
	switch {
	case m.Schema != 1 || m.APILevel != 1:
		wrong = "it is of a version that this program does not know"
	case !manifestID.MatchString(m.ID):
		wrong = "id is not made of lower-case words joined by hyphens"
	case m.Name == "" || !manifestVersion.MatchString(m.Version):
		wrong = "name or version is missing"
	case strings.ContainsAny(m.Entry, `/\`) || !strings.HasSuffix(m.Entry, ".js"):
		wrong = "entry is not the name of a .js file beside it"
	case "sha256:"+m.SHA256 != Digest(body):
		wrong = "sha256 is not that of the script"
	}
	for _, e := range m.Events {
		if !slices.Contains([]script.Event{script.EventRinging, script.EventAnswered, script.EventEnded}, e) {
			wrong = "events holds an unknown event"
		}
	}
	params := map[string]string{}
	for name, p := range m.Params {
		if !slices.Contains([]string{"text", "hostLabel", "url", "urlTemplate"}, p.Type) {
			wrong = "a parameter is of an unknown type"
		}
		if p.Type == "hostLabel" {
			params[name] = "label"
		}
	}
	if wrong != "" {
		return Manifest{}, fmt.Errorf("%w: %s", ErrManifest, wrong)
	}
	if _, err := Origins(m.Permissions.OpenOrigins, params); err != nil {
		return Manifest{}, fmt.Errorf("%w: openOrigins: %w", ErrManifest, err)
	}
	return m, nil
}

// ShippedScript is one of the scripts that come with the program.
type ShippedScript struct {
	Manifest Manifest
	Body     []byte
}

// Digest names the body as recognition.Script does.
func (s ShippedScript) Digest() string { return Digest(s.Body) }

//go:embed scripts/*.js scripts/*.json
var shippedFiles embed.FS

// Shipped are the scripts that come with the program, in the order of their
// ids. They are fit to be handed to a service as they are.
func Shipped() []ShippedScript {
	var shipped []ShippedScript
	for _, id := range []string{"crm-url", "demo-crm"} {
		body, err := shippedFiles.ReadFile("scripts/" + id + ".js")
		if err != nil {
			panic(err) // embedded: a test would have failed
		}
		data, err := shippedFiles.ReadFile("scripts/" + id + ".json")
		if err != nil {
			panic(err)
		}
		m, err := ParseManifest(data, body)
		if err != nil {
			panic(err)
		}
		shipped = append(shipped, ShippedScript{Manifest: m, Body: body})
	}
	return shipped
}
