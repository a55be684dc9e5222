package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write docs/settings.md")

func TestReferencePage(t *testing.T) {
	page := filepath.Join("..", "docs", "settings.md")
	if *update {
		if err := os.WriteFile(page, []byte(Reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Reference() {
		t.Error("docs/settings.md is not what the tags say; run go generate ./config")
	}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "settings.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func load(t *testing.T, user, policy string) *Loaded {
	t.Helper()
	l, err := Load(writeFile(t, user), writeFile(t, policy))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestDefaults(t *testing.T) {
	l, err := Load(filepath.Join(t.TempDir(), "none.toml"), "")
	if err != nil {
		t.Fatal(err)
	}
	v := l.Values()
	if !v.History.Enabled || v.History.Days != 90 || v.Service.LookupBound != 1500*time.Millisecond ||
		v.Line.Connector != "sip" || !v.Line.SecondContact || v.Pop.PerMinute != 6 || v.Card.Theme != "" {
		t.Errorf("%+v", v)
	}
	if !reflect.DeepEqual(v, Defaults()) {
		t.Error("without a file the values are not the defaults")
	}
}

// Every default must pass its own check, every tag must be complete.
func TestTagsAreComplete(t *testing.T) {
	v := Defaults()
	root := reflect.ValueOf(v)
	for _, f := range fields() {
		if !strings.HasSuffix(f.doc, ".") && !strings.HasSuffix(f.doc, "…") || len(f.doc) < 20 {
			t.Errorf("%s: the doc %q is no sentence", f.key, f.doc)
		}
		if f.isTable() {
			continue
		}
		if err := f.check(root.FieldByIndex(f.index)); err != nil {
			t.Errorf("%s: the default is refused: %v", f.key, err)
		}
		if f.example != "" {
			target := reflect.New(f.typ).Elem()
			if err := errors.Join(f.set(target, f.example), f.check(target)); err != nil {
				t.Errorf("%s: the example is refused: %v", f.key, err)
			}
		}
		if k := f.viewKind(); (k == "int" || k == "seconds") && (f.min == "" || f.max == "") {
			t.Errorf("%s has no bounds", f.key)
		}
	}
	if key, err := checkTogether(&v); err != nil {
		t.Errorf("%s: %v", key, err)
	}
}

func TestExampleLoads(t *testing.T) {
	if l := load(t, Example(), ""); !reflect.DeepEqual(l.Values(), Defaults()) {
		t.Error("the example as it stands changes something")
	}
	// With every setting taken out of its comment it still says the defaults.
	all := regexp.MustCompile(`(?m)^#([a-z_]+ = |\[)`).ReplaceAllString(Example(), "$1")
	l := load(t, all, "")
	if app := l.Values().Pop.Apps["crm"]; app.Path == "" || len(app.Args) != 2 || app.Pattern == "" {
		t.Errorf("the example program: %+v", app)
	}
	v := l.Values()
	v.Pop.Apps = nil
	if !reflect.DeepEqual(v, Defaults()) {
		t.Error("the example does not show the defaults")
	}
}

func TestLayers(t *testing.T) {
	l := load(t, "[site]\ncountry = \"GB\"\narea_code = \"20\"\n[history]\ndays = 30\n", "[history]\ndays = 7\n[card]\ntheme = \"dark\"\n")
	v := l.Values()
	if v.Site.Country != "GB" || v.History.Days != 7 || v.Card.Theme != "dark" || v.Pop.PerCall != 2 {
		t.Errorf("%+v", v)
	}
	for _, item := range l.Settings() {
		if want := item.Key == "history.days" || item.Key == "card.theme"; item.Locked != want {
			t.Errorf("%s: locked is %v", item.Key, item.Locked)
		}
		if item.Key == "history.days" && (item.Value != "7" || item.Default != "90" || item.Kind != "int") {
			t.Errorf("%+v", item)
		}
		if item.Key == "service.lookup_bound" && (item.Value != "1.5" || item.Kind != "seconds") {
			t.Errorf("%+v", item)
		}
	}
}

func TestMistakesAreTold(t *testing.T) {
	for _, c := range []struct {
		name, text string
		line       int
		key, says  string
	}{
		{"misspelt", "[site]\n\ncuontry = \"GB\"\n", 3, "site.cuontry", "did you mean site.country?"},
		{"wrong group", "[card]\ncountry = \"GB\"\n", 2, "card.country", "did you mean site.country?"},
		{"misspelt group", "[sites]\ncountry = \"GB\"\n", 1, "sites", "did you mean site?"},
		{"no group", "country = \"GB\"\n", 1, "country", "did you mean site.country?"},
		{"nothing like it", "[site]\nxyzzy_plugh_frotz = 1\n", 2, "site.xyzzy_plugh_frotz", "there is no such setting"},
		{"password", "[line]\npassword = \"hunter2\"\n", 2, "line.password", "secrets are not kept"},
		{"token", "[service]\napi_token = \"abc\"\n", 2, "service.api_token", "secrets are not kept"},
		{"no number", "[history]\ndays = \"90\"\n", 2, "history.days", "whole number, without quotes"},
		{"no truth", "[card]\nenabled = \"yes\"\n", 2, "card.enabled", "true or false, without quotes"},
		{"no text", "[site]\narea_code = 20\n", 2, "site.area_code", "text in quotes"},
		{"no time", "[service]\nlookup_bound = 2\n", 2, "service.lookup_bound", `"1.5s"`},
		{"list", "[site]\ncountry = [\"GB\"]\n", 2, "site.country", "not a list"},
		{"too much", "[history]\ndays = 99999\n", 2, "history.days", "outside 1 to 3650"},
		{"too long", "[service]\nlookup_bound = \"1h\"\n", 2, "service.lookup_bound", "outside 200ms to 10s"},
		{"no choice", "[card]\ntheme = \"purple\"\n", 2, "card.theme", `"light", "dark"`},
		{"http", "[service]\naddress = \"http://recognition.example.org\"\n", 2, "service.address", "https://"},
		{"user in address", "[service]\naddress = \"https://a:b@recognition.example.org\"\n", 2, "service.address", "sign in instead"},
		{"no line", "[line]\naddress = \"sip:2107@pbx.example.org\"\n", 2, "line.address", "user@domain"},
		{"country", "[site]\ncountry = \"UK1\"\n", 2, "site.country", "two capital letters"},
		{"fingerprint", "[line]\nfingerprint = \"12:34\"\n", 2, "line.fingerprint", "64 hexadecimal"},
		{"blind", "[line]\nsecond_contact = false\ndialog_events = false\n", 3, "line.dialog_events", "no call would be seen"},
		{"internal", "[site]\ninternal_min = 4\ninternal_max = 3\n", 3, "site.internal_max", "less than"},
		{"app without path", "[pop.apps.crm]\npattern = \"[0-9]+\"\n", 1, "pop.apps.crm", "path is missing"},
		{"app pattern", "[pop.apps.crm]\npath = \"/usr/bin/crm\"\npattern = \"[\"\n", 3, "pop.apps.crm.pattern", "pattern"},
		{"app key", "[pop.apps.crm]\npath = \"/usr/bin/crm\"\nshell = true\n", 3, "pop.apps.crm.shell", "no such setting"},
		{"no TOML", "[site]\ncountry = GB\n", 2, "", "example file"},
		{"twice", "[site]\ncountry = \"GB\"\ncountry = \"DE\"\n", 3, "", "example file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := writeFile(t, c.text)
			_, err := Load(file, "")
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%v is no *Error", err)
			}
			if e.File != file || e.Line != c.line || e.Key != c.key || !strings.Contains(e.Text, c.says) {
				t.Errorf("line %d, key %q: %s\nwant line %d, key %q: … %s …", e.Line, e.Key, e.Text, c.line, c.key, c.says)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("the message repeats the secret")
			}
		})
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	_, err := Load(writeFile(t, "[site]\ncountri = \"GB\"\n[history]\ndays = 0\n"), "")
	if err == nil || !strings.Contains(err.Error(), "site.country?") || !strings.Contains(err.Error(), "outside 1") {
		t.Errorf("%v", err)
	}
}

func TestPolicyWithMistakeIsRefused(t *testing.T) {
	policy := writeFile(t, "[history]\nenabeld = false\n")
	_, err := Load("", policy)
	var e *Error
	if !errors.As(err, &e) || e.File != policy {
		t.Errorf("%v", err)
	}
}

func TestExplain(t *testing.T) {
	text, err := Explain("history.days")
	if err != nil || !strings.Contains(text, "from 1 to 3650") || !strings.Contains(text, "default: 90") {
		t.Errorf("%q, %v", text, err)
	}
	if text, err = Explain("card"); err != nil || !strings.Contains(text, "card.corner") {
		t.Errorf("%q, %v", text, err)
	}
	if _, err = Explain("history.day"); err == nil || !strings.Contains(err.Error(), "history.days?") {
		t.Errorf("%v", err)
	}
}

func TestLoopbackMayBePlain(t *testing.T) {
	for address, ok := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://[::1]:8080": true, "http://localhost:8080": false,
		"http://192.0.2.7": false, "https://recognition.example.org/": true, "https://": false,
		"ftp://recognition.example.org": false, "https://recognition.example.org/?a=b": false,
	} {
		if err := checkURL(address); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestParseFingerprint(t *testing.T) {
	want := strings.Repeat("ab", 32)
	for _, s := range []string{want, strings.ToUpper(want), strings.TrimSuffix(strings.Repeat("AB:", 32), ":"), "sha256:" + want} {
		if got, err := ParseFingerprint(s); err != nil || got != want {
			t.Errorf("%s: %s, %v", s, got, err)
		}
	}
}
