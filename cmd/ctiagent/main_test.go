package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/phone"
	"example.org/ctiagent/screenpop/script"
)

// TestMain lets the tests' own program be the sandboxed child, as ctiagent is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == scriptHostVerb {
		script.ChildMain()
		return
	}
	os.Exit(m.Run())
}

// site is the settings file of most tests.
const site = `
[site]
country = "GB"
area_code = "20"
internal_min = 3
internal_max = 3
`

// user makes this process that of a user of the test's own, with no desktop,
// and gives the settings file's path.
func user(t *testing.T, settings string) string {
	t.Helper()
	dir := t.TempDir()
	for name, sub := range map[string]string{
		"HOME": "home", "XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state",
		"XDG_CACHE_HOME": "cache", "XDG_RUNTIME_DIR": "run",
	} {
		path := filepath.Join(dir, sub)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv(name, path)
	}
	for _, name := range []string{
		"DISPLAY", "WAYLAND_DISPLAY", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG",
		"XDG_CURRENT_DESKTOP", "XDG_CONFIG_DIRS", "XDG_DATA_DIRS",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(dir, "no-bus"))
	file := filepath.Join(dir, "config", "ctiagent", "settings.toml")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if settings != "" {
		if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// said is what a command wrote and how it ended.
type said struct {
	out, err string
	code     int
}

func call(t *testing.T, in string, args ...string) said {
	t.Helper()
	return callWith(t.Context(), env{in: strings.NewReader(in)}, args...)
}

func callWith(ctx context.Context, e env, args ...string) said {
	var out, errs bytes.Buffer
	e.out, e.err = &out, &errs
	code := command(ctx, e, args)
	return said{out.String(), errs.String(), code}
}

func TestDialTable(t *testing.T) {
	user(t, site)
	for _, tt := range []struct {
		in, action, number, kind string
		says                     string // in the reason
	}{
		// From a person.
		{"", "refuse", "", "unknown", "no digit"},
		{"hello", "refuse", "", "unknown", "letters"},
		{"020 7946 0123\a", "refuse", "", "unknown", "control"},
		{"+4420794601230000000", "refuse", "", "unknown", "15 digits"},
		{"020 7946 0123", "dial", "+442079460123", "fixed", "ordinary"},
		{"07400 123456", "dial", "+447400123456", "mobile", "ordinary"},
		{"0800 11 11", "dial", "+448001111", "tollFree", "ordinary"},
		{"056 1234 5678", "dial", "+445612345678", "voip", "ordinary"},
		{"03000 123456", "dial", "+443000123456", "uan", "ordinary"},
		{"201", "dial", "201", "internal", "ordinary"},
		{"+1 212 555 0123", "dial", "+12125550123", "fixedOrMobile", "another country"},
		{"+33 1 99 00 12 34", "dial", "+33199001234", "fixed", "another country"},
		{"0909 879 0123", "confirm", "+449098790123", "premium", "premium"},
		{"+49 1806 123123", "confirm", "+491806123123", "sharedCost", "cost more"},
		{"070 1234 5678", "confirm", "+447012345678", "personal", "follows a person"},
		{"07640 123456", "confirm", "+447640123456", "pager", "pager"},
		{"118500", "confirm", "118500", "short", "short"},
		{"07700 900123", "confirm", "+447700900123", "unknown", "range"}, // nobody has it,
		{"112", "confirm", "112", "emergency", "emergency"},
		{"999", "confirm", "999", "emergency", "emergency"},
		{"*21*02079460123#", "confirm", "*21*02079460123#", "featureCode", "order"},
		{"020 7946 0123 ext 12", "confirm", "+442079460123", "fixed", "More digits"},
		{"020 7946 0123,,12", "confirm", "+442079460123", "fixed", "More digits"},
		// From a link.
		{"tel:", "refuse", "", "unknown", "no digit"},
		{"tel:hello", "refuse", "", "unknown", "letters"},
		{"mailto:ada@example.org", "refuse", "", "unknown", "Only tel:"},
		{"https://example.org/", "refuse", "", "unknown", "Only tel:"},
		{"sip:ada@example.org", "refuse", "", "unknown", "name"},
		{"tel:+442079460123%0a", "refuse", "", "unknown", "control"},
		{"tel:+4420794601230000000", "refuse", "", "unknown", "15 digits"},
		{"tel:+442079460123", "confirm", "+442079460123", "fixed", "A link"},
		{"callto:+442079460123", "confirm", "+442079460123", "fixed", "A link"},
		{"sip:+442079460123@example.org", "confirm", "+442079460123", "fixed", "A link"},
		{"tel:201", "confirm", "201", "internal", "A link"},
		{"tel:+12125550123", "confirm", "+12125550123", "fixedOrMobile", "another country"},
		{"tel:+449098790123", "confirm", "+449098790123", "premium", "premium"},
		{"tel:999", "confirm", "999", "emergency", "emergency"},
		{"tel:*21%23", "refuse", "*21#", "featureCode", "dial it on your phone"},
		{"tel:+442079460123;ext=12", "confirm", "+442079460123", "fixed", "A link"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			s := call(t, "", "dial", "--dry-run", "--", tt.in)
			var a phone.Answer
			if err := json.Unmarshal([]byte(s.out), &a); err != nil {
				t.Fatalf("%v in %q %q", err, s.out, s.err)
			}
			code := exitOK
			if tt.action == "refuse" {
				code = exitRefuse
			}
			if string(a.Action) != tt.action || a.Number != tt.number || string(a.Kind) != tt.kind || !strings.Contains(a.Reason, tt.says) || s.code != code || s.err != "" {
				t.Errorf("exit %d, %+v %q", s.code, a, s.err)
			}
		})
	}
}

func TestDialReadsTheCountryAndJoinsWords(t *testing.T) {
	user(t, site)
	if s := call(t, "", "dial", "--dry-run", "--country", "us", "--", "212", "555", "0123"); !strings.Contains(s.out, `"number":"+12125550123"`) {
		t.Errorf("%+v", s)
	}
}

func TestNumber(t *testing.T) {
	user(t, site)
	type number struct {
		E164, Extension, Kind, Local string
	}
	for _, tt := range []struct {
		name string
		in   string
		args []string
		want []number // of each line
	}{
		{"site's country", "", []string{"020 7946 0123"}, []number{{E164: "+442079460123", Kind: "fixed"}}},
		{"another country", "", []string{"--country", "us", "(212) 555-0123"}, []number{{E164: "+12125550123", Kind: "fixedOrMobile"}}},
		{"area code", "", []string{"--area", "131", "496 0123"}, []number{{E164: "+441314960123", Kind: "fixed"}}},
		{"extension", "", []string{"020 7946 0123 ext 12"}, []number{{E164: "+442079460123", Extension: "12", Kind: "fixed"}}},
		{"several arguments", "", []string{"201", "+33 1 99 00 12 34"}, []number{{Kind: "internal", Local: "201"}, {E164: "+33199001234", Kind: "fixed"}}},
		{"input", "020 7946 0123\r\n+1 212 555 0123", nil, []number{{E164: "+442079460123", Kind: "fixed"}, {E164: "+12125550123", Kind: "fixedOrMobile"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := call(t, tt.in, append([]string{"number", "--json"}, tt.args...)...)
			lines := strings.Split(strings.TrimSuffix(s.out, "\n"), "\n")
			if s.code != exitOK || s.err != "" || len(lines) != len(tt.want) {
				t.Fatalf("%+v", s)
			}
			for i, line := range lines {
				var x map[string]any
				if err := json.Unmarshal([]byte(line), &x); err != nil {
					t.Fatal(err)
				}
				list, _ := x["numbers"].([]any)
				if len(list) != 1 || x["input"] == "" {
					t.Fatalf("%s", line)
				}
				n, _ := list[0].(map[string]any)
				text := func(key string) string { s, _ := n[key].(string); return s }
				got := number{text("e164"), text("extension"), text("kind"), text("local")}
				if got != tt.want[i] {
					t.Errorf("%s: %+v, want %+v", line, got, tt.want[i])
				}
			}
		})
	}
}

func TestNumberWithoutASite(t *testing.T) {
	user(t, "")
	s := call(t, "", "number", "--json", "+44 20 7946 0123", "020 7946 0123")
	first, second, _ := strings.Cut(s.out, "\n")
	if s.code != exitOK || !strings.Contains(first, "+442079460123") || !strings.Contains(second, `"numbers":[]`) || !strings.Contains(second, "country") {
		t.Errorf("%+v", s)
	}
}

func TestNumberForPeople(t *testing.T) {
	user(t, site+"[card]\nlanguage = \"de\"\n")
	s := call(t, "", "number", "020 7946 0123 ext 12", "hello", "201")
	want := "020 7946 0123 ext 12: +442079460123, Durchwahl 12 (Festnetz)\nhello: Es enthält Buchstaben"
	if s.code != exitOK || !strings.HasPrefix(s.out, want) || !strings.Contains(s.out, "201: 201 (intern)\n") {
		t.Errorf("%+v", s)
	}
}

func TestNumberReadsOverALineTooLong(t *testing.T) {
	user(t, site)
	for _, long := range []string{strings.Repeat("1", maxLine+1), strings.Repeat("é", 3*maxLine), strings.Repeat("x", maxLine+1) + "\r"} {
		s := call(t, "020 7946 0123\n"+long+"\n\n+1 212 555 0123\n", "number", "--json")
		lines := strings.Split(s.out, "\n")
		if s.code != exitOK || len(lines) != 5 {
			t.Fatalf("exit %d, %d lines, %q", s.code, len(lines), s.err)
		}
		if !strings.Contains(lines[1], "too long") || !strings.Contains(lines[1], `"numbers":[]`) || len(lines[1]) > 500 {
			t.Errorf("%.600s", lines[1])
		}
		if !strings.Contains(lines[3], "+12125550123") {
			t.Errorf("the rest did not go on: %s", lines[3])
		}
		if s := call(t, long, "number"); s.code != exitOK || strings.Count(s.out, "\n") != 1 || len(s.out) > 500 {
			t.Errorf("exit %d, %.600s", s.code, s.out)
		}
	}
}

// broken is an input that fails after its text.
type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestNumberSaysWhatItCannotRead(t *testing.T) {
	user(t, site)
	s := callWith(t.Context(), env{in: broken{strings.NewReader("020 7946 0123\n")}}, "number")
	if s.code != exitFailed || !strings.Contains(s.out, "+442079460123") || !strings.HasPrefix(s.err, "ctiagent: The input cannot be read: ") {
		t.Errorf("%+v", s)
	}
}

func TestOpenURI(t *testing.T) {
	user(t, site)
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{nil, exitRefuse, "Exactly one link"},
		{[]string{"tel:+442079460123", "tel:+442079460124"}, exitRefuse, "Exactly one link"},
		{[]string{"--dry-run", "tel:+442079460123"}, exitRefuse, "Exactly one link"},
		{[]string{"--", "tel:+442079460123"}, exitRefuse, "Exactly one link"},
		{[]string{"--help"}, exitRefuse, "Only tel:"},
		{[]string{""}, exitRefuse, "Not dialled: "},
		{[]string{"+442079460123"}, exitRefuse, "Only tel:"},
		{[]string{"mailto:canary@example.org"}, exitRefuse, "Only tel:"},
		{[]string{"tel:*21*02079460123%23"}, exitRefuse, "dial it on your phone"},
		{[]string{"tel:+442079460123" + strings.Repeat(";canary=1", 40)}, exitRefuse, "too long"},
		{[]string{"tel:+442079460123"}, exitFailed, "not running"},
	} {
		s := call(t, "", append([]string{"open-uri"}, tt.args...)...)
		if s.code != tt.code || s.out != "" || !strings.Contains(s.err, tt.says) || strings.Count(s.err, "\n") != 1 || strings.Contains(s.err, "canary") {
			t.Errorf("open-uri %q: %+v", tt.args, s)
		}
	}
}

// usages are command lines that are wrong: each is told what is wrong and how
// it is written, and nothing is done.
func TestWrongUsage(t *testing.T) {
	user(t, site)
	for _, args := range [][]string{
		{"run", "now"}, {"run", "--fast"}, {"dial"}, {"dial", "--fast", "--", "201"}, {"number", "--fast"},
		{"script"}, {"script", "walk"}, {"sign-in"}, {"sign-in", "--address", "https://example.org"},
		{"sign-in", "--address", "https://example.org", "--user", "ada", "secret"}, {"sign-out", "now"},
		{"line"}, {"line", "--address", "ada@example.org", "secret"}, {"secrets"}, {"secrets", "nowhere"},
		{"links"}, {"links", "maybe"}, {"links", "on", "off"}, {"window"}, {"window", "card"},
		{"status", "now"}, {"check", "now"}, {"explain"}, {"explain", "a", "b"}, {"quit", "now"}, {"version", "x"},
	} {
		s := call(t, "", args...)
		usage := "\nctiagent: Usage: ctiagent " + args[0]
		if s.code != exitFailed || s.out != "" || !strings.HasPrefix(s.err, "ctiagent: ") || !strings.Contains(s.err, usage) {
			t.Errorf("%q: %+v", args, s)
		}
	}
}

func TestHelp(t *testing.T) {
	user(t, site)
	all := call(t, "", "help")
	if all.code != exitOK || all.err != "" {
		t.Errorf("%+v", all)
	}
	for _, v := range verbs() {
		if !strings.Contains(all.out, "  ctiagent "+v.name) {
			t.Errorf("help does not list %s", v.name)
		}
		if v.name == "open-uri" {
			continue // nothing after it is ever a flag
		}
		for _, args := range [][]string{{v.name, "--help"}, {v.name, "-h"}, {"help", v.name}} {
			s := call(t, "", args...)
			if s.code != exitOK || s.err != "" || !strings.Contains(s.out, "ctiagent "+v.name) {
				t.Errorf("%q: %+v", args, s)
			}
		}
	}
	if s := call(t, "", "line", "--help"); !strings.Contains(s.out, "\n  --server HOST\n        ") || !strings.Contains(s.out, "\n  --test\n") {
		t.Errorf("the flags of line are not told: %s", s.out)
	}
	for _, args := range [][]string{{"-h"}, {"--help"}, {"help", "nothing"}} {
		if s := call(t, "", args...); s != all {
			t.Errorf("%q: %+v", args, s)
		}
	}
	if s := call(t, "", "--version"); s.code != exitOK || !strings.HasPrefix(s.out, "ctiagent ") {
		t.Errorf("%+v", s)
	}
	if s := call(t, "", "no\x1bthing"); s.code != exitFailed || s.out != "" || s.err != "ctiagent: There is no command \"no\\x1bthing\"; ctiagent help lists them\n" {
		t.Errorf("%+v", s)
	}
}

func TestExplain(t *testing.T) {
	user(t, site)
	if s := call(t, "", "explain", "site.country"); s.code != exitOK || !strings.HasPrefix(s.out, "site.country: ") || s.err != "" {
		t.Errorf("%+v", s)
	}
	if s := call(t, "", "explain", "site.cuontry"); s.code != exitFailed || strings.Count(s.err, "\n") != 1 || !strings.Contains(s.err, "site.country") {
		t.Errorf("%+v", s)
	}
}

func TestLinks(t *testing.T) {
	user(t, site)
	t.Setenv("PATH", "") // the desktop's own programs must not be needed
	for _, step := range []struct{ word, says string }{
		{"status", "other programs"}, {"on", "come here"}, {"status", "come here"}, {"off", "other programs"}, {"status", "other programs"},
	} {
		if s := call(t, "", "links", step.word); s.code != exitOK || s.err != "" || !strings.Contains(s.out, step.says) {
			t.Errorf("links %s: %+v", step.word, s)
		}
	}
}

// checked is the answer of check --json.
type checked struct {
	Items, Containment []view.DiagItem
}

func check(t *testing.T) (checked, said) {
	t.Helper()
	s := call(t, "", "check", "--json")
	var c checked
	if err := json.Unmarshal([]byte(s.out), &c); err != nil {
		t.Fatalf("%v: %+v", err, s)
	}
	return c, s
}

func TestCheck(t *testing.T) {
	user(t, site)
	c, s := check(t)
	if s.err != "" {
		t.Errorf("%+v", s)
	}
	want := map[string]string{"settings": "ok", "notification": "warn", "keyring": "warn", "links": "off", "display": "off"}
	for _, i := range c.Items {
		if i.State != want[i.Name] || i.Text == "" || strings.HasPrefix(i.Text, "diag.") {
			t.Errorf("%+v, want %q", i, want[i.Name])
		}
		delete(want, i.Name)
	}
	if len(want) > 0 {
		t.Errorf("%v is not told", want)
	}
}

func TestCheckGoesOnOverBrokenSettings(t *testing.T) {
	file := user(t, "[site]\n\ncountry = 44\n")
	c, s := check(t)
	i := c.Items[0]
	if s.code != exitFailed || s.err != "" || i.Name != "settings" || i.State != "bad" || !strings.Contains(i.Text, file+", line 3: site.country") {
		t.Errorf("exit %d, %q, %+v", s.code, s.err, i)
	}
	if len(c.Items) != 5 || len(c.Containment) == 0 {
		t.Errorf("%+v", c)
	}
}

// The log is the running agent's.
func TestCheckLeavesTheLogAlone(t *testing.T) {
	user(t, site)
	log := filepath.Join(os.Getenv("XDG_STATE_HOME"), "ctiagent", "ctiagent.log")
	check(t)
	if exists(log) {
		t.Error("check wrote a log")
	}
	if err := os.WriteFile(log, make([]byte, 6<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	check(t)
	if info, err := os.Stat(log); err != nil || info.Size() != 6<<20 || exists(log+".old") {
		t.Errorf("check touched the log: %v %v", info, err)
	}
}

// A mistake in the settings is told once, with what to do.
func TestSettingsMistakeIsToldOnce(t *testing.T) {
	file := user(t, "[site]\ncuontry = \"GB\"\n")
	for _, args := range [][]string{{"run", "--headless"}, {"dial", "--", "201"}, {"open-uri", "tel:201"}} {
		s := call(t, "", args...)
		if s.code != exitFailed || strings.Count(s.err, "cuontry") != 1 || !strings.Contains(s.err, file+", line 2") || !strings.HasSuffix(s.err, "ctiagent: Mend the settings file, then start again\n") {
			t.Errorf("%q: %+v", args, s)
		}
	}
}

func TestWithoutAnAgent(t *testing.T) {
	user(t, site+"[card]\nlanguage = \"nl\"\n")
	for _, args := range [][]string{
		{"status"}, {"status", "--json"}, {"quit"}, {"window", "history"}, {"sign-out"}, {"dial", "--", "201"},
		{"sign-in", "--address", "https://example.org", "--user", "ada"}, {"line", "--address", "ada@example.org"},
		{"secrets", "session"}, {"secrets", "file"},
	} {
		s := call(t, "password\n", args...)
		if s.code != exitFailed || s.out != "" || s.err != "ctiagent: ctiagent draait niet; start het eerst\n" {
			t.Errorf("%q: %+v", args, s)
		}
	}
}

func TestQuestionTellsEverything(t *testing.T) {
	user(t, site)
	r := view.DialResult{
		Number: "+33199001234", Kind: "fixed", Country: "FR", Extra: ",,12", Dropped: "34", Reason: "More digits are sent.",
	}
	for in, want := range map[string]bool{"y\n": true, "YES": true, "ja\n": true, "": false, "\n": false, "n\n": false, "yep\n": false} {
		var out bytes.Buffer
		e := env{in: strings.NewReader(in), out: &out}
		if got := e.ask(words(), r); got != want {
			t.Errorf("%q is taken for %v", in, got)
		}
		for _, part := range []string{"+33199001234", "Fixed line, France", "More digits are sent.", ",,12", "34", "[y/N]"} {
			if !strings.Contains(out.String(), part) {
				t.Errorf("%q is not in the question %q", part, out.String())
			}
		}
	}
}

// What is said about links must outlive the next start of the agent, which
// makes the desktop follow the settings.
func TestLinksAreRemembered(t *testing.T) {
	user(t, "")
	for _, word := range []string{"off", "on"} {
		if got := call(t, "", "links", word); got.code != exitOK {
			t.Fatalf("links %s: exit code %d: %s", word, got.code, got.err)
		}
		p, err := openPlace()
		if err != nil {
			t.Fatal(err)
		}
		if on := p.settings.Values().Start.Links; on != (word == "on") {
			t.Errorf("after links %s the setting is %v", word, on)
		}
	}
}
