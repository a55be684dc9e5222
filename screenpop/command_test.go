package screenpop_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/ctiagent/screenpop"
	"example.org/ctiagent/screenpop/script"
)

// command runs `ctiagent script run` with the files' contents in place of
// names that begin with @.
func command(t *testing.T, host screenpop.Runner, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	for i, arg := range args {
		if text, ok := strings.CutPrefix(arg, "@"); ok {
			args[i] = filepath.Join(dir, strings.Repeat("f", i+1))
			if err := os.WriteFile(args[i], []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	var out, errs bytes.Buffer
	code = screenpop.RunCommand(t.Context(), args, strings.NewReader(stdin), &out, &errs, host)
	return code, out.String(), errs.String()
}

const minimal = `@{"event":"ringing","number":{"raw":"+442079460123"},"params":{"base":"https://crm.example.org"}}`

func TestScriptRunPrintsJSON(t *testing.T) {
	body := "@function onCall(call, params) { return [\n" +
		"{type: 'openUrl', url: params.base + cti.url`/c/${call.number.e164}`},\n" +
		"{type: 'openUrl', url: 'https://evil.example.net/?a=b&c'}] }"
	code, out, errs := command(t, newHost(t), "", "--json", body, "--call", minimal, "--allow", "https://crm.example.org")
	if code != screenpop.ExitRan {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var got struct {
		Intents []map[string]any
		Refused []struct {
			Intent map[string]any
			Reason string
		}
		Error string
		Ms    float64
	}
	dec := json.NewDecoder(strings.NewReader(out))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(got.Intents) != 1 || got.Intents[0]["url"] != "https://crm.example.org/c/%2B442079460123" {
		t.Errorf("intents: %v", got.Intents)
	}
	if len(got.Refused) != 1 || got.Refused[0].Intent["url"] != "https://evil.example.net/?a=b&c" ||
		!strings.Contains(got.Refused[0].Reason, "https://evil.example.net") {
		t.Errorf("refused: %v", got.Refused)
	}
	if got.Error != "" || got.Ms <= 0 {
		t.Errorf("error %q, ms %v", got.Error, got.Ms)
	}
	if !strings.Contains(out, "?a=b&c") {
		t.Errorf("the refused link is not written as the script wrote it: %s", out)
	}
}

// TestScriptRunTimesTheKilled: a child that was killed gives no time of its own.
func TestScriptRunTimesTheKilled(t *testing.T) {
	host := script.NewHost(script.HostConfig{Command: childCommand, Limits: script.Limits{Script: time.Minute, Kill: 50 * time.Millisecond, Start: time.Minute}})
	t.Cleanup(host.Close)
	code, out, errs := command(t, host, "", "--json", "@function onCall() { for (;;) {} }", "--call", minimal)
	var got struct{ Ms float64 }
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != screenpop.ExitContained {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	if got.Ms < 50 {
		t.Errorf("killed after %v ms, which is less than the limit", got.Ms)
	}
}

func TestScriptRunExitCodes(t *testing.T) {
	// Patient with the machine, but not with a script that never ends.
	host := script.NewHost(script.HostConfig{Command: childCommand, Limits: script.Limits{Script: time.Second, Kill: 3 * time.Second, Start: time.Minute}})
	t.Cleanup(host.Close)
	ok := "@function onCall() {}"
	for _, c := range []struct {
		name string
		args []string
		code int
		says string // in the text or the error
	}{
		{"nothing", []string{ok, "--call", minimal}, 0, "opens nothing"},
		{"form", []string{"@function onCall() { return {type: 'newContact', url: 'https://crm.example.org/new', prefill: {a: 'b c'}} }", "--call", minimal, "--allow=https://crm.example.org"}, 0, "opens    https://crm.example.org/new?a=b%20c\n"},
		{"no such file", []string{"@function onCall() { return {type: 'notify', text: 'hello'} }", "--call=" + "CALL", "--json"}, 1, "no such file"},
		{"no file", []string{"--call", minimal}, 1, "FILE is missing"},
		{"no call", []string{ok}, 1, "--call CALL.json is missing"},
		{"two files", []string{ok, ok, "--call", minimal}, 1, "more than one"},
		{"bad origin", []string{ok, "--call", minimal, "--allow", "http://crm.example.org"}, 1, "--allow"},
		{"unknown option", []string{ok, "--call", minimal, "--open"}, 1, "--open"},
		{"unreadable call", []string{ok, "--call", "@{"}, 1, "not JSON"},
		{"unknown key", []string{ok, "--call", `@{"event":"ringing","number":{"raw":"1"},"colour":1}`}, 1, "colour"},
		{"no number", []string{ok, "--call", `@{"event":"ringing"}`}, 1, "number.raw"},
		{"threw", []string{"@function onCall() {\n  throw new Error('oh')\n}", "--call", minimal}, 2, "line 2:9: Error: oh"},
		{"hangs", []string{"@function onCall() { for (;;) {} }", "--call", minimal}, 3, "limit: time"},
		{"greedy", []string{"@function onCall() { new Uint8Array(2 ** 33) }", "--call", minimal}, 3, "limit: memory"},
		{"call from standard input", []string{ok, "--call", "-"}, 0, "opens nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := command(t, host, `{"event":"ended","number":{"raw":"1"}}`, c.args...)
			if code != c.code || !strings.Contains(out+errs, c.says) {
				t.Errorf("exit %d, want %d; says %q, want %q", code, c.code, out+errs, c.says)
			}
		})
	}
}
