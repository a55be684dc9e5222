package main

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/service"
)

// The scripts that come with the program; their manifests are the form itself.
const (
	crmManifest  = "../../screenpop/scripts/crm-url.json"
	crmBody      = "../../screenpop/scripts/crm-url.js"
	demoManifest = "../../screenpop/scripts/demo-crm.json"
)

func newService(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	must(t, password, "init", "--dir", dir, "--user", "anna@example.org")
	return dir
}

func kept(t *testing.T, dir string) []recognition.Script {
	t.Helper()
	s, err := service.New(service.Config{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // it was only read
	org, err := s.Organisation(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := org.Scripts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts {
		body, err := org.Script(t.Context(), script.Digest)
		if err != nil || recognition.Digest(body) != script.Digest {
			t.Errorf("the body of %s: %v", script.ID, err)
		}
	}
	return scripts
}

func TestShippedScripts(t *testing.T) {
	dir := newService(t)
	out := must(t, "", "script", "add", "--dir", dir, "--manifest", crmManifest, "--body", crmBody,
		"--param", "recordUrl=https://crm.example.org/contacts/{recordId}?by={Account Number}",
		"--param", "newUrl=https://forms.example.org:443/new?phone={e164}",
		"--allow", "https://crm.example.org", "--allow", "https://*.example.org", "--allow-app", "erp",
		"--direction", "in", "--known", "known")
	for _, words := range []string{"crm-url  sha256:", "Any CRM by links 1.0.0", "queue, contact.name", "the origins that you name",
		"open https://crm.example.org, https://*.example.org; to start erp", "not set  searchUrl (Search by number)"} {
		if !strings.Contains(out, words) {
			t.Errorf("%q is not in\n%s", words, out)
		}
	}
	if strings.Contains(out, "refused") {
		t.Errorf("*.example.org covers the form:\n%s", out)
	}
	out = must(t, "", "script", "add", "--dir", dir, "--manifest", demoManifest, "--param", "base=http://127.0.0.1:8080")
	if !strings.Contains(out, "allowed  to open none") || !strings.Contains(out, "refused  links by base") {
		t.Errorf("nothing is allowed, which is not said:\n%s", out)
	}

	scripts := kept(t, dir)
	want := []recognition.Script{{
		ID: "crm-url", Name: "Any CRM by links", Digest: scripts[0].Digest,
		Params: map[string]string{
			"recordUrl": "https://crm.example.org/contacts/{recordId}?by={Account Number}",
			"newUrl":    "https://forms.example.org:443/new?phone={e164}",
		},
		When: recognition.When{Events: []string{"ringing"}, Directions: []string{"in"}, Known: "known"},
		Allowed: recognition.Allowed{
			Origins: []string{"https://crm.example.org", "https://*.example.org"}, Apps: []string{"erp"},
		},
	}, {
		ID: "demo-crm", Name: "Demo CRM", Digest: scripts[1].Digest,
		Params: map[string]string{"base": "http://127.0.0.1:8080"},
		When:   recognition.When{Events: []string{"ringing"}},
	}}
	if !reflect.DeepEqual(scripts, want) {
		t.Errorf("kept %+v\nwant %+v", scripts, want)
	}
}

// written puts a script and its manifest, changed from a good one, side by side.
func written(t *testing.T, change func(map[string]any)) (manifest string) {
	t.Helper()
	body := []byte("function onCall() {}\n")
	m := map[string]any{
		"schema": 1, "id": "pop", "name": "Pop", "version": "1.4.0", "apiLevel": 1, "entry": "pop.js",
		"sha256": strings.TrimPrefix(recognition.Digest(body), "sha256:"), "events": []string{"ringing", "answered"},
		"params": map[string]any{
			"org":  map[string]string{"type": "hostLabel", "title": "My domain"},
			"note": map[string]string{"type": "text", "title": "Note"},
			"base": map[string]string{"type": "url", "title": "Base"},
			"link": map[string]string{"type": "urlTemplate", "title": "Link"},
		},
		"permissions": map[string]any{"openOrigins": []string{"https://{org}.example.org"}, "apps": []string{"erp"}, "read": []string{"number"}},
		"limits":      map[string]int{"ms": 100, "intents": 2},
	}
	if change != nil {
		change(m)
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"pop.json": text, "pop.js": body, "other.js": body} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "pop.json")
}

// A host label fills the origin that the administrator allows; what the script
// asks for is shown and not granted.
func TestHostLabel(t *testing.T) {
	dir := newService(t)
	out := must(t, "", "script", "add", "--dir", dir, "--manifest", written(t, nil), "--param", "org=acme", "--allow", "https://{org}.example.org")
	if !strings.Contains(out, "asks     to open https://{org}.example.org; to start erp") ||
		!strings.Contains(out, "allowed  to open https://acme.example.org; to start none") {
		t.Error(out)
	}
	if got := kept(t, dir)[0].Allowed; !reflect.DeepEqual(got.Origins, []string{"https://acme.example.org"}) || got.Apps != nil {
		t.Errorf("%+v", got)
	}
}

func TestWrongScripts(t *testing.T) {
	dir := newService(t)
	good := written(t, nil)
	set := func(name string, value any) string {
		return written(t, func(m map[string]any) { m[name] = value })
	}
	plain := write(t, "plain.json", `{"id":"crm"}`)
	for _, test := range []struct {
		name, manifest string
		args           []string
		code           int
		words          string
	}{
		{"no manifest", "", nil, exitUsage, "--manifest is missing"},
		{"missing manifest", good + "x", nil, exitFailed, "no such file"},
		{"huge manifest", write(t, "huge.json", strings.Repeat(" ", maxManifest+1)), nil, exitFailed, "larger than"},
		{"not JSON", write(t, "not.json", "{"), nil, exitFailed, "not a manifest"},
		{"newer schema", set("schema", 2), nil, exitFailed, "its schema is 2"},
		{"newer API", set("apiLevel", 2), nil, exitFailed, "its apiLevel is 2"},
		{"unknown member", set("colour", "red"), nil, exitFailed, `unknown field "colour"`},
		{"bad id", set("id", "../up"), nil, exitFailed, "its id"},
		{"no name", set("name", ""), nil, exitFailed, "its name"},
		{"bad version", set("version", "new"), nil, exitFailed, "its version"},
		{"entry elsewhere", set("entry", "../pop.js"), nil, exitFailed, "its entry"},
		{"bad event", set("events", []string{"rang"}), nil, exitFailed, `not at "rang"`},
		{"bad limits", set("limits", map[string]int{"ms": -1}), nil, exitFailed, "its limits"},
		{"bad type", set("params", map[string]any{"x": map[string]string{"type": "number"}}), nil, exitFailed, `type "number"`},
		{"bad parameter name", set("params", map[string]any{"x y": map[string]string{"type": "text"}}), nil, exitFailed, "letters and digits"},
		{"other script", set("sha256", strings.Repeat("0", 64)), nil, exitFailed, "its sha256 is"},
		{"upper-case hash", set("sha256", strings.Repeat("A", 64)), nil, exitFailed, "the manifest says AAAA"},
		{"entry missing", set("entry", "none.js"), nil, exitFailed, "no such file"},
		{"other file", good, []string{filepath.Join(filepath.Dir(good), "other.js")}, exitFailed, "that of pop.js, not of other.js"},
		{"body twice", good, []string{"--body", "a.js", "a.js"}, exitUsage, "named twice"},
		{"no value", good, []string{"--param", "org"}, exitUsage, "NAME=VALUE"},
		{"undeclared", good, []string{"--param", "orgg=acme"}, exitFailed, "it has base, link, note, org"},
		{"twice", good, []string{"--param", "org=acme", "--param", "org=acme"}, exitFailed, "given twice"},
		{"not a host label", good, []string{"--param", "org=acme.example"}, exitFailed, "--param org (My domain) is not of the type hostLabel"},
		{"empty host label", good, []string{"--param", "org="}, exitFailed, "hostLabel"},
		{"control characters", good, []string{"--param", "note=a\x1bb"}, exitFailed, "control characters"},
		{"long text", good, []string{"--param", "note=" + strings.Repeat("x", recognition.MaxValueBytes+1)}, exitFailed, "longer than"},
		{"plain http", good, []string{"--param", "base=http://crm.example.org"}, exitFailed, "use https"},
		{"no link", good, []string{"--param", "base=javascript:alert(1)"}, exitFailed, "https://"},
		{"placeholder in a url", good, []string{"--param", "base=https://crm.example.org/{id}"}, exitFailed, "only encoded"},
		{"user name in a link", good, []string{"--param", "base=https://me@crm.example.org"}, exitFailed, "not a link"},
		{"placeholder in the host", good, []string{"--param", "link=https://{e164}.example.org/"}, exitFailed, "behind the host only"},
		{"half a placeholder", good, []string{"--param", "link=https://crm.example.org/{id"}, exitFailed, "only encoded"},
		{"bad origin", good, []string{"--allow", "http://crm.example.org"}, exitFailed, "use https"},
		{"origin with a path", good, []string{"--allow", "https://crm.example.org/x"}, exitFailed, "alone"},
		{"origin by no parameter", good, []string{"--allow", "https://{org}.example.org"}, exitFailed, `"org" is not a host label`},
		{"origin by a text", good, []string{"--param", "note=acme", "--allow", "https://{note}.example.org"}, exitFailed, "not a host label"},
		{"path for an app", good, []string{"--allow-app", "/bin/sh"}, exitFailed, "not paths"},
		{"direction", good, []string{"--direction", "sideways"}, exitUsage, "in or out"},
		{"known", good, []string{"--known", "maybe"}, exitUsage, "known or unknown"},
		{"flags beside the plain form", plain, []string{"--known", "known", good}, exitUsage, "has no schema"},
		{"plain without a body", plain, nil, exitUsage, "file of the script is missing"},
		{"plain, unknown member", write(t, "p.json", `{"id":"crm","colour":"red"}`), []string{good}, exitFailed, "colour"},
		{"plain, two", write(t, "p.json", `{"id":"crm"}{}`), []string{good}, exitFailed, "more text"},
		{"plain, known", write(t, "p.json", `{"id":"crm","when":{"known":"both"}}`), []string{good}, exitFailed, "both"},
		{"plain, origin", write(t, "p.json", `{"id":"crm","allowed":{"origins":["http://crm.example.org"]}}`), []string{good}, exitFailed, "use https"},
		{"plain, huge body", plain, []string{write(t, "b.js", strings.Repeat(" ", 1<<20+1))}, exitFailed, "larger than"},
	} {
		args := []string{"script", "add", "--dir", dir}
		if test.manifest != "" {
			args = append(args, "--manifest", test.manifest)
		}
		r := ctiserver(t, "", append(args, test.args...)...)
		if r.code != test.code || !strings.Contains(r.err, test.words) {
			t.Errorf("%s: exit %d, want %d with %q\n%s", test.name, r.code, test.code, test.words, r.err)
		}
	}
	if scripts := kept(t, dir); len(scripts) != 0 {
		t.Errorf("stored all the same: %+v", scripts)
	}
}

func TestLeads(t *testing.T) {
	origins := []string{"https://crm.example.org", "https://*.example.net:8443", "http://127.0.0.1"}
	for link, want := range map[string]bool{
		"https://crm.example.org/{id}": true, "https://CRM.example.org:443": true, "http://127.0.0.1:80/": true,
		"https://a.example.net:8443/": true, "https://a.b.example.net:8443/": true,
		"https://example.net:8443": false, "https://a.example.net": false, "http://crm.example.org": false,
		"https://crm.example.org.evil.example": false, "https://crm.example.org:8443": false, "%": false,
	} {
		if got := leads(origins, link); got != want {
			t.Errorf("%s: %v", link, got)
		}
	}
}

// Whatever a manifest and a value hold, they are refused or they are of the
// declared form.
func FuzzManifest(f *testing.F) {
	for _, name := range []string{crmManifest, demoManifest} {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "recordUrl=https://crm.example.org/{recordId}")
		f.Add(text, "base=http://[::1]:8080/x")
	}
	f.Fuzz(func(t *testing.T, text []byte, given string) {
		m, err := parseManifest(text)
		if err != nil {
			return
		}
		if !hasSchema(text) {
			t.Error("a manifest is not known as one")
		}
		s, err := m.script(grant{params: []string{given}})
		if err != nil {
			return
		}
		for name, value := range s.Params {
			if err := paramTypes[m.Params[name].Type](value); err != nil || name+"="+value != given {
				t.Errorf("%q became %q: %v", given, value, err)
			}
		}
	})
}
