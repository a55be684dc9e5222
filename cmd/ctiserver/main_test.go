package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/phone"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/httpapi"
)

const password = "Correct-Horse7!"

// result is what one run of the program left.
type result struct {
	code     int
	out, err string
}

func ctiserver(t *testing.T, in string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, streams{strings.NewReader(in), &out, &errs})
	return result{code, out.String(), errs.String()}
}

// must runs a command that has to go well.
func must(t *testing.T, in string, args ...string) string {
	t.Helper()
	r := ctiserver(t, in, args...)
	if r.code != exitOK {
		t.Fatalf("ctiserver %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// serving runs "ctiserver serve" until the test ends and gives its two lines.
func serving(t *testing.T, args ...string) (address, fingerprint string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r, w := io.Pipe()
	code := make(chan int, 1)
	var errs bytes.Buffer // written by the server alone until code is sent
	go func() {
		code <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), streams{strings.NewReader(""), w, &errs})
		w.Close() //nolint:errcheck // a pipe
	}()
	t.Cleanup(func() {
		stop()
		if c := <-code; c != exitOK {
			t.Errorf("serve: exit %d\n%s", c, errs.String())
		}
		for _, secret := range []string{password, "7946", "Anna S"} {
			if strings.Contains(errs.String(), secret) {
				t.Errorf("the log holds %q", secret)
			}
		}
	})
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), " ")
		switch key {
		case "address":
			address = value
		case "fingerprint":
			return address, value
		}
	}
	stop()
	t.Fatalf("serve ended with %d: %s", <-code, errs.String())
	return "", ""
}

func client(t *testing.T, address, fingerprint string) *httpapi.Client {
	t.Helper()
	c, err := httpapi.NewClient(httpapi.ClientConfig{Address: address, Fingerprint: fingerprint}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A provider's first minutes, and a change beside the running service.
func TestFromInitToLookup(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, password+"\n", "init", "--dir", dir, "--user", "anna@example.org")
	must(t, password, "user", "add", "--dir", dir, "--user", "bert@example.org")
	if out := must(t, "", "user", "list", "--dir", dir); !strings.Contains(out, "bert@example.org  [agent]") {
		t.Errorf("users: %s", out)
	}
	contacts := `{"id":"1","name":"Anna Sánchez","fields":[{"label":"Company","value":"Acme"}],"numbers":[{"e164":"020 7946 0123","field":"Mobile"}]}

{"id":"2","name":"Bert","numbers":[{"e164":"+44 20 7946 0124 ext. 12","field":"Office"},{"e164":"n/a","field":"Fax"}]}`
	r := ctiserver(t, contacts, "load", "--dir", dir, "--source", "CRM", "--country", "GB", "-")
	if r.code != exitOK || !strings.Contains(r.out, "2 records with 2 numbers loaded into CRM, 1 numbers left out") || !strings.Contains(r.err, "line 3: number 2 is left out") {
		t.Errorf("load: %+v", r)
	}
	manifest := write(t, "crm.json", `{"id":"crm","name":"CRM","when":{"known":"known"},"allowed":{"origins":["https://crm.example.org"]}}`)
	body := write(t, "crm.js", "openUrl('https://crm.example.org/')")
	must(t, "", "script", "add", "--dir", dir, "--manifest", manifest, body)
	if out := must(t, "", "check", "--dir", dir); !strings.Contains(out, "organisation main: whole, 1 sources, 2 records") {
		t.Errorf("check: %s", out)
	}

	address, fingerprint := serving(t, "--dir", dir, "--dev")
	c := client(t, address, fingerprint)
	if _, err := c.SignIn(t.Context(), "bert@example.org", credstore.NewSecret(password), "test"); err != nil {
		t.Fatal(err)
	}
	lookup := func(text string) recognition.Answer {
		t.Helper()
		n, err := phone.Parse(text, phone.DialPlan{Country: "GB"})
		if err != nil {
			t.Fatal(err)
		}
		a, err := c.Recognize(t.Context(), recognition.Query{Number: n})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := lookup("+442079460123")
	if len(a.Matches) != 1 || a.Matches[0].Name != "Anna Sánchez" || len(a.Scripts) != 1 {
		t.Errorf("%+v", a)
	}
	if got, err := c.Script(t.Context(), a.Scripts[0].Digest); err != nil || len(got) == 0 {
		t.Errorf("script: %q %v", got, err)
	}
	must(t, "", "source", "drop", "--dir", dir, "--source", "CRM")
	must(t, "", "script", "remove", "--dir", dir, "crm")
	for { // the test's own time limit bounds this; the service sees it within a quarter of a second
		if a := lookup("+442079460123"); len(a.Matches) == 0 && len(a.Scripts) == 0 {
			break
		}
	}
	must(t, "", "user", "disable", "--dir", dir, "--user", "bert@example.org")
}

// A first try that fails leaves nothing that the second would stumble over.
func TestInitAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	for in, args := range map[string][]string{
		"short\n": {"--user", "you@example.org"},
		password:  {"--user", "two words"},
		"":        {"--user", "you@example.org"},
	} {
		if r := ctiserver(t, in, append([]string{"init", "--dir", dir}, args...)...); r.code != exitFailed {
			t.Errorf("%q %v: exit %d\n%s", in, args, r.code, r.err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q %v: the directory was made: %v", in, args, err)
		}
	}
	if r := ctiserver(t, password, "init", "--dir", dir, "--user", "you@example.org", "--org", "UP"); r.code != exitFailed {
		t.Errorf("bad organisation: %+v", r)
	}
	must(t, password, "init", "--dir", dir, "--user", "you@example.org")
	if out := must(t, "", "user", "list", "--dir", dir); !strings.Contains(out, "you@example.org") {
		t.Error(out)
	}
}

// serve makes no certificate where there is no service.
func TestServeElsewhere(t *testing.T) {
	dir := t.TempDir()
	if r := ctiserver(t, "", "serve", "--dir", dir, "--dev"); r.code != exitFailed || !strings.Contains(r.err, "ctiserver init") {
		t.Errorf("%+v", r)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// The fingerprint of --dev stays the same from start to start.
func TestDevCertificateStays(t *testing.T) {
	dir := t.TempDir()
	must(t, password, "init", "--dir", dir, "--user", "anna")
	c := &call{dir: dir, dev: true, listen: "127.0.0.1:0"}
	_, first, err := c.certificate()
	if err != nil {
		t.Fatal(err)
	}
	_, second, err := c.certificate()
	if err != nil || first != second {
		t.Errorf("%s, then %s, %v", first, second, err)
	}
}

func TestWhatIsWrong(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, password, "init", "--dir", dir, "--user", "anna")
	for _, test := range []struct {
		name, in string
		args     []string
		code     int
		words    string
	}{
		{"nothing", "", nil, exitUsage, ""},
		{"unknown command", "", []string{"frobnicate"}, exitUsage, "no command"},
		{"unknown flag", "", []string{"check", "--dri", "x"}, exitUsage, "flag provided but not defined"},
		{"no directory", "", []string{"check"}, exitUsage, "--dir is missing"},
		{"no such directory", "", []string{"check", "--dir", dir + "x"}, exitFailed, "ctiserver init"},
		{"init twice", password, []string{"init", "--dir", dir, "--user", "anna"}, exitFailed, "has a service already"},
		{"weak password", "short\n", []string{"user", "add", "--dir", dir, "--user", "bert"}, exitFailed, "upper-case"},
		{"no password", "", []string{"user", "add", "--dir", dir, "--user", "bert"}, exitFailed, "no password"},
		{"no user", password, []string{"user", "add", "--dir", dir}, exitUsage, "--user is missing"},
		{"user twice", password, []string{"user", "add", "--dir", dir, "--user", "ANNA"}, exitFailed, "taken"},
		{"bad user name", password, []string{"user", "add", "--dir", dir, "--user", "two words"}, exitFailed, "cannot be a user name"},
		{"bad role", password, []string{"user", "add", "--dir", dir, "--user", "bert", "--roles", "king"}, exitUsage, "no role"},
		{"no organisation", "", []string{"check", "--dir", dir, "--org", "x"}, exitOK, ""},
		{"other organisation", "", []string{"user", "list", "--dir", dir, "--org", "x"}, exitFailed, "--org"},
		{"no source", "", []string{"load", "--dir", dir, "-"}, exitUsage, "--source is missing"},
		{"no file", "", []string{"load", "--dir", dir, "--source", "CRM"}, exitUsage, "arguments"},
		{"missing file", "", []string{"load", "--dir", dir, "--source", "CRM", dir + "/none.json"}, exitFailed, "no such file"},
		{"not JSON", "{\n", []string{"load", "--dir", dir, "--source", "CRM", "-"}, exitFailed, "line 1"},
		{"unknown member", `{"id":"1","nmae":"x"}`, []string{"load", "--dir", dir, "--source", "CRM", "-"}, exitFailed, "not a record"},
		{"no certificate", "", []string{"serve", "--dir", dir}, exitUsage, "--cert and --key"},
		{"both", "", []string{"serve", "--dir", dir, "--dev", "--cert", "x"}, exitUsage, "--dev"},
		{"missing certificate", "", []string{"serve", "--dir", dir, "--cert", dir + "/c", "--key", dir + "/k"}, exitFailed, "certificate"},
		{"bad address", "", []string{"serve", "--dir", dir, "--dev", "--listen", "nowhere"}, exitFailed, "cannot answer on"},
		{"no script", "", []string{"script", "remove", "--dir", dir, "x"}, exitFailed, "no such script"},
		{"no such user", "", []string{"user", "disable", "--dir", dir, "--user", "x"}, exitFailed, "no such user"},
	} {
		r := ctiserver(t, test.in, test.args...)
		if r.code != test.code || !strings.Contains(r.err, test.words) {
			t.Errorf("%s: exit %d, want %d with %q\n%s", test.name, r.code, test.code, test.words, r.err)
		}
		if strings.Contains(r.out+r.err, password) {
			t.Errorf("%s: the password is shown", test.name)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"-h"}, {"help"}} {
		if out := must(t, "", args...); !strings.Contains(out, "serve") || !strings.Contains(out, "Exit codes") {
			t.Errorf("%v: %s", args, out)
		}
	}
	for _, cmd := range commands() {
		args := append(strings.Fields(cmd.name), "--help")
		if out := must(t, "", args...); !strings.Contains(out, cmd.summary) || !strings.Contains(out, "-dir") {
			t.Errorf("%v: %s", args, out)
		}
	}
}

// Whatever a line of a load holds, it is a record or an error.
func FuzzLoadLine(f *testing.F) {
	f.Add(`{"id":"1","name":"Anna","numbers":[{"e164":"020 7946 0123","field":"Mobile"}]}`)
	f.Add(`{"id":"1","numbers":[{"e164":"tel:+44","range":9}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		l := loader{plan: phone.DialPlan{Country: "GB"}, warn: io.Discard}
		r, err := l.read(1, []byte(text))
		if err == nil && r.Validate() != nil {
			t.Errorf("a record was taken that cannot be stored")
		}
	})
}
