package diag

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newClock() *clock { return &clock{time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

type hinted struct{ error }

func (hinted) Hint() string { return "ask +44 20 7946 0123" }
func (hinted) Code() string { return "line" }

func TestFaults(t *testing.T) {
	c := newClock()
	f := NewFaults(3, c.now)
	f.Add(nil)
	f.Add(fmt.Errorf("outer: %w", hinted{errors.New("refused for 020 7946 0123")}))
	f.Add(errors.New("second\nline"))
	c.t = c.t.Add(time.Minute)
	f.Add(errors.New("second\nline"))
	list := f.Recent()
	if len(list) != 2 {
		t.Fatalf("%+v", list)
	}
	if list[0].Times != 2 || list[0].At != c.t || list[0].Text != "second line" {
		t.Errorf("%+v", list[0])
	}
	if list[1].Code != "line" || leaks(list[1].Text+list[1].Hint) || list[1].Hint == "" {
		t.Errorf("%+v", list[1])
	}
	for i := range 10 {
		f.Add(fmt.Errorf("number %d: %s", i, strings.Repeat("long ", 1000)))
	}
	list = f.Recent()
	if len(list) != 3 || !strings.HasPrefix(list[0].Text, "number 9") || len([]rune(list[0].Text)) > maxFaultText+2 {
		t.Errorf("%d, %.40q", len(list), list[0].Text)
	}
}

func TestCopyableHasNoPersonalData(t *testing.T) {
	c := newClock()
	for _, number := range notations {
		r := Report{
			Version:     "1.0",
			At:          c.t,
			Health:      []Entry{{Code: "line", State: Bad, Text: "refused " + number, Hint: "call " + number}},
			Containment: []Entry{{Code: "seccomp", State: OK, Text: "active " + number}},
			Faults:      []Fault{{At: c.t, Code: "line", Text: number, Hint: number, Times: 3}},
		}
		text := r.Copyable()
		if leaks(text) {
			t.Errorf("%s", text)
		}
		for _, want := range []string{"ctiagent 1.0", "2026-03-02 09:00:00 UTC", "bad  line: refused", "seccomp", "(3 times)", "hint: "} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is missing in\n%s", want, text)
			}
		}
	}
}
