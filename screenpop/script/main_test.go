package script

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"example.org/ctiagent/screenpop/script/scripttest"
)

// childCommand starts the contained child of these tests.
var childCommand []string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "script")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		if childCommand, err = scripttest.Build(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// patient are limits for tests of what scripts do, not of how they are stopped:
// the machine may be busy with other tests.
var patient = Limits{Script: 10 * time.Second, Kill: 20 * time.Second, Start: time.Minute}

func newHost(t testing.TB, limits Limits) *Host {
	t.Helper()
	h := NewHost(HostConfig{Command: childCommand, Limits: limits})
	t.Cleanup(h.Close)
	return h
}

const ringing = `{"id":"1","event":"ringing","direction":"in","number":{"raw":"+442079460123","e164":"+442079460123","national":"020 7946 0123","country":"GB","kind":"fixed","hidden":false},"dialled":{"raw":"","e164":null,"national":null,"country":null,"kind":"unknown","hidden":false},"callerName":"","contacts":[]}`

// run runs a body and joins the intents.
func run(t testing.TB, h *Host, body string) (string, error) {
	t.Helper()
	r, err := h.Run(context.Background(), []byte(body), []byte(ringing), []byte(`{"base":"https://crm.example.org"}`))
	var out []string
	for _, i := range r.Intents {
		out = append(out, string(i))
	}
	return strings.Join(out, " "), err
}

func TestRunReturnsIntents(t *testing.T) {
	h := newHost(t, patient)
	got, err := run(t, h, `function onCall(call, params) {
		return [{type: "openUrl", url: params.base + cti.url`+"`/search?q=${call.number.e164}`"+`}, {type: "notify", text: "hello"}];
	}`)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"type":"openUrl","url":"https://crm.example.org/search?q=%2B442079460123"} {"type":"notify","text":"hello"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRunSaysWhereAScriptThrew(t *testing.T) {
	h := newHost(t, patient)
	for _, c := range []struct {
		name, body, message string
		line, column        int
	}{
		{"throws", "function onCall(call) {\n  throw new Error('no luck');\n}", "Error: no luck", 2, 9},
		{"no such property", "function onCall(call) {\n\n  return call.nothing.there;\n}", "TypeError", 3, 23},
		{"syntax", "function onCall(call) {\n  const 1x = 2;\n}", "SyntaxError", 2, 9},
		{"no entry", "let x = 1;", "no function onCall", 0, 0},
		{"a string", "const onCall = () => 'https://crm.example.org/'", "no intent", 0, 0},
		{"in the library", "const onCall = () => {\n return cti.url`/${null}` }", "a value in a link", 2, 9},
		{"async", "async function onCall() {}", "async", 0, 0},
		{"let twice", "let a; let a;", "SyntaxError", 1, 12},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := run(t, h, c.body)
			var thrown *ThrownError
			if !errors.As(err, &thrown) {
				t.Fatalf("got %v, want a thrown error", err)
			}
			if !strings.Contains(thrown.Message, c.message) || thrown.Line != c.line || thrown.Column != c.column {
				t.Errorf("got %q at %d:%d, want %q at %d:%d", thrown.Message, thrown.Line, thrown.Column, c.message, c.line, c.column)
			}
		})
	}
}
