package diag

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
)

// notations are ways in which people, platforms and libraries write one number.
var notations = []string{
	"+442079460123",
	"+44 20 7946 0123",
	"+44 (0)20 7946 0123",
	"(020) 7946-0123",
	"020/7946/0123",
	"020.7946.0123",
	"0044 20 7946 0123",
	"44-20-7946-0123",
	"tel:+44-20-7946-0123;ext=12",
	"sip:+442079460123@pbx.example.org;user=phone",
	"sips:%2B442079460123@192.0.2.7:5061",
	"<sip:442079460123@pbx.example.org>;tag=a73kszlfl",
	"\"020 7946 0123\" <sip:020-7946-0123@pbx.example.org>",
	"+44\u00a020\u202f7946\u20110123",
	"＋４４ ２０ ７９４６ ０１２３",
	"tel%3A%2B442079460123",
	"callto:02079460123",
	"7946 0123",
}

var notADigit = regexp.MustCompile(`\P{Nd}+`)

// leaks reports whether enough digits of the number are left to know it.
func leaks(out string) bool {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) && r > 0x7f { // full width and the like
			return '0' + (r-'０')%10
		}
		return r
	}, out)
	digits = notADigit.ReplaceAllString(digits, "")
	return strings.Contains(digits, "79460") || strings.Contains(digits, "60123")
}

func TestNumbersNeverAppear(t *testing.T) {
	for _, number := range notations {
		for _, text := range []string{
			number, "call from " + number, number + " called", "a(" + number + ")b", "x=" + number + ",y=1", "[" + number + "] 200 OK",
			"line one\n" + number + "\nline three", strings.Repeat("x", 50) + number,
		} {
			if out := Mask(text); leaks(out) {
				t.Errorf("%q became %q", text, out)
			}
		}
	}
}

func TestOtherPersonalDataNeverAppears(t *testing.T) {
	for _, c := range []struct{ text, not string }{
		{"mail to ada.example@example.org now", "ada.example"},
		{"From: <sip:ada@pbx.example.org>", "ada"},
		{"sip:2107@pbx.example.org", "2107"},
		{"REGISTER sip:pbx.example.org, user 2107@pbx.example.org", "2107"},
		{"tel:112", "112"},
		{"Authorization: Bearer abc.def-ghi", "abc"},
		{"Authorization: Digest username=\"2107\", response=\"0123456789abcdef0123456789abcdef\"", "0123456789"},
		{"bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "eyJ"},
		{"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN", "eyJzdWIi"},
		{`{"password":"hunter2"}`, "hunter2"},
		{"password=hunter2&x=1", "hunter2"},
		{"passphrase: hunter2", "hunter2"},
		{"access_token='hunter2'", "hunter2"},
		{"Cookie: session=hunter2", "hunter2"},
		{"https://ada:hunter2@example.org/", "hunter2"},
		{"https://ada:hunter2@example.org/", "ada"},
		{"Proxy-Authorization: Digest username=\"2107\", realm=\"x\"", "2107"},
		{"challenge for username=\"2107\"", "2107"},
		{"https://example.org/?q=%2B442079460123", "7946"},
	} {
		if out := Mask(c.text); strings.Contains(out, c.not) {
			t.Errorf("%q became %q", c.text, out)
		}
	}
}

// What is needed to find a fault stays.
func TestWhatIsNeededStays(t *testing.T) {
	for _, text := range []string{
		"dial tcp 192.0.2.7:5061: connect: connection refused",
		"dial tcp [2001:db8::1]:5061: i/o timeout",
		"lookup pbx.example.org: no such host",
		"x509: certificate is valid for pbx.example.org, not 192.0.2.7",
		"certificate has expired: current time 2026-03-02T09:00:00Z is after 2025-01-31T00:00:00Z",
		"2026-03-02 09:00:00 started",
		"SIP/2.0 403 Forbidden",
		"go1.26.8 linux/amd64",
		"took 1.5s, 3 attempts, 200 OK, port 5061",
		"recognition/httpapi: lookup: 503 Service Unavailable",
		"/home/user/.config/ctiagent/settings.toml, line 12",
	} {
		if out := Mask(text); out != text {
			t.Errorf("%q became %q", text, out)
		}
	}
}

type caller struct {
	Name   string
	Number string
}

type stubborn struct{ number string }

func (s stubborn) String() string { return "stubborn " + s.number }

type late struct{ number string }

func (l late) LogValue() slog.Value { return slog.GroupValue(slog.String("number", l.number)) }

func TestLoggerMasksWhoeverLogs(t *testing.T) {
	var out bytes.Buffer
	log := NewLogger(&out, LevelTrace)
	for _, number := range notations {
		log.Info("call from "+number, "number", number)
		log.With("number", number).WithGroup("g").Warn("x", slog.Group("inner", "n", number, "again", slog.GroupValue(slog.String("n", number))))
		log.Error("x", "error", fmt.Errorf("wrapped: %w", errors.New("no route to "+number)))
		log.Debug("x", "struct", caller{"Ada", number}, "pointer", &caller{"Ada", number}, "map", map[string]string{number: number}, "list", []string{number}, "bytes", []byte(number))
		log.Info("x", "stringer", stubborn{number}, "valuer", late{number})
	}
	log.Info("numbers", "int", int64(442079460123), "uint", uint64(442079460123), "float", 442079460123.0, "negative", -442079460123)
	log.Info("secrets", "password", "hunter2", "refreshToken", "hunter2", slog.Group("Authorization", "value", "Bearer hunter2"), "x_secret", 12345)
	if leaks(out.String()) || strings.Contains(out.String(), "hunter2") || strings.Contains(out.String(), "12345") {
		t.Errorf("%s", out.String())
	}
	for line := range strings.Lines(out.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

func TestLoggerKeepsTheRest(t *testing.T) {
	var out bytes.Buffer
	level := new(slog.LevelVar)
	log := NewLogger(&out, level)
	log.Debug("not wanted")
	level.Set(LevelTrace)
	log.Log(t.Context(), LevelTrace, "line ready", "took", 1500*time.Millisecond, "count", 3, "ok", true, "addr", "192.0.2.7:5061")
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	for key, want := range map[string]any{"level": "TRACE", "msg": "line ready", "took": "1.5s", "count": 3.0, "ok": true, "addr": "192.0.2.7:5061"} {
		if line[key] != want {
			t.Errorf("%s is %v, want %v", key, line[key], want)
		}
	}
}

func TestParseLevel(t *testing.T) {
	for text, want := range map[string]slog.Level{"": slog.LevelInfo, "trace": LevelTrace, "DEBUG": slog.LevelDebug, "warn": slog.LevelWarn, "error": slog.LevelError} {
		if got, err := ParseLevel(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if _, err := ParseLevel("loud"); err == nil {
		t.Error("an unknown level is taken")
	}
}

func FuzzMask(f *testing.F) {
	for _, n := range notations {
		f.Add(n, n)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		// A number that stands by itself is masked, whatever is around it.
		out := Mask(before + " | +44 20 7946 0123 | " + after)
		if strings.Contains(out, "7946 0123") {
			t.Errorf("%q", out)
		}
	})
}

func BenchmarkMask(b *testing.B) {
	for b.Loop() {
		Mask("the platform answered 200 OK to SUBSCRIBE sip:2107@pbx.example.org in 12 ms")
	}
}
