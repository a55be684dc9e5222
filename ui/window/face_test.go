package window

import (
	"strings"
	"testing"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/assets/lang"
)

// sketch writes a face down as a person would read it.
func sketch(f face) string {
	lines := []string{joinDots(f.State, f.Where), f.Name.Text, f.Second.Text, f.Third.Text}
	for _, v := range f.Fields {
		lines = append(lines, v.Label+": "+v.Value)
	}
	for _, m := range f.People {
		mark := "  "
		if m.First {
			mark = "> "
		}
		lines = append(lines, mark+joinDots(m.Name, m.Detail))
	}
	lines = append(lines, f.Why)
	for _, n := range f.Notes {
		lines = append(lines, "! "+n.Text)
	}
	var buttons []string
	for _, a := range []*action{f.First, f.Other} {
		if a != nil {
			buttons = append(buttons, "["+a.Label+"]")
		}
	}
	for _, a := range f.Menu {
		buttons = append(buttons, a.Label)
	}
	lines = append(lines, strings.Join(buttons, " "))
	var kept []string
	for _, l := range lines {
		if l != "" {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "\n")
}

func TestFaces(t *testing.T) {
	bare := func(recognition string) view.Card {
		c := card("x")
		c.Recognition, c.People, c.CanOpen = recognition, nil, false
		c.Number.Kind, c.Number.Place = "fixed", "London"
		return c
	}
	several := card("x")
	several.Recognition = view.Several
	several.People = nil
	for i, p := range [][2]string{{"Ada Example", "Purchasing"}, {"Ben Sample", "Accounts"}} {
		several.People = append(several.People, view.Person{
			Name: p[0], Source: "CRM", Matched: "Main number", MatchKind: "exact", Chosen: i == 0, CanOpen: true,
			Fields: []view.Field{{Label: "Company", Value: "Example Instruments Ltd"}, {Label: "Department", Value: p[1]}},
		})
	}
	change := func(c view.Card, f func(*view.Card)) view.Card { f(&c); return c }
	tests := []struct {
		name string
		card view.Card
		snap view.Snapshot
		want string
	}{
		{"looking up", bare(view.LookingUp), view.Snapshot{}, `
Ringing · Sales · +44 20 7946 0100
+44 20 7946 0123
Looking up…
United Kingdom · London
[New contact] [Copy number] Private Close`},
		{"known", card("x"), view.Snapshot{}, `
Ringing · Sales · +44 20 7946 0100
Ada Example
Example Instruments Ltd
+44 20 7946 0123 · mobile
Customer no.: 10432
Matched exactly on “Mobile” in CRM
[Open record] [Copy number] New contact Private Close`},
		{"several", several, view.Snapshot{}, `
Ringing · Sales · +44 20 7946 0100
Example Instruments Ltd
+44 20 7946 0123 · 2 people
> Ada Example · Purchasing · you chose this last time
  Ben Sample · Accounts
Matched exactly on “Main number” in CRM
[Copy number] New contact Private Close`},
		{"unknown", bare(view.NotKnown), view.Snapshot{}, `
Ringing · Sales · +44 20 7946 0100
+44 20 7946 0123
Not in your contacts
United Kingdom · London
[New contact] [Copy number] Private Close`},
		{"withheld", change(bare(view.IsWithheld), func(c *view.Card) { c.Number = view.Number{Withheld: "anonymous"} }), view.Snapshot{}, `
Ringing · Sales · +44 20 7946 0100
Number withheld
Nothing is looked up or stored under a number
[New contact] [Private] Close`},
		{"unreachable", bare(view.Unreachable), view.Snapshot{}, `
Ringing · Sales · +44 20 7946 0100
+44 20 7946 0123
Recognition is not reachable
Trying again; your calls are not affected
[New contact] [Copy number] Private Close`},
		{"signed out", bare(view.NoLookup), view.Snapshot{Service: view.Status{State: view.StatusSignedOut}}, `
Ringing · Sales · +44 20 7946 0100
+44 20 7946 0123
Sign in to see who is calling
United Kingdom · London
[New contact] [Copy number] Private Close`},
		{"connected", change(card("x"), func(c *view.Card) { c.Phase = view.PhaseConnected }), view.Snapshot{}, `
Connected · Sales · +44 20 7946 0100
Ada Example
Example Instruments Ltd
+44 20 7946 0123 · mobile
[Open record] [Private] New contact Copy number Close`},
		{"missed", change(card("x"), func(c *view.Card) { c.Phase, c.Ended = view.PhaseMissed, c.Started.Add(21*time.Second) }), view.Snapshot{}, `
Missed · Today ` + noon.Add(-4*time.Second).Local().Format("15:04") + ` · rang 21 s
Ada Example
Example Instruments Ltd
+44 20 7946 0123 · mobile
[Call back] [Open record] New contact Copy number Private Close`},
		{"private", change(card("x"), func(c *view.Card) { c.Phase, c.Private = view.PhaseConnected, true }), view.Snapshot{}, `
Connected · Sales · +44 20 7946 0100
Ada Example
Example Instruments Ltd
+44 20 7946 0123 · mobile
! Private: not written down, no record is opened
[Open record] [New contact] Copy number Close`},
		{"dialling", change(bare(view.NotKnown), func(c *view.Card) { c.Phase, c.Outgoing, c.DialStep = view.PhaseDialing, true, "ownRinging" }), view.Snapshot{}, `
Dialling · Sales · +44 20 7946 0100
+44 20 7946 0123
Not in your contacts
United Kingdom · London
! Your phone rings: pick up to call
[Cancel call] [Copy number] New contact Private Close`},
		{"not connected", change(bare(view.NotKnown), func(c *view.Card) {
			c.Phase, c.Outgoing, c.DialStep, c.DialReason = view.PhaseEnded, true, "busy", "The number is busy"
		}), view.Snapshot{}, `
Not connected · Sales · +44 20 7946 0100
+44 20 7946 0123
Not in your contacts
United Kingdom · London
! The number is busy
[Call again] [New contact] Copy number Private Close`},
		{"notes", change(card("x"), func(c *view.Card) {
			c.ScriptNotice, c.ScriptError, c.PopsPaused, c.RedirectedBy = "Renewal due", "It failed", true, "Reception"
		}), view.Snapshot{DoNotDisturb: true}, `
Ringing · Sales · +44 20 7946 0100
Ada Example
Example Instruments Ltd
+44 20 7946 0123 · mobile
Customer no.: 10432
Matched exactly on “Mobile” in CRM
! Forwarded by Reception
! Renewal due
! It failed
! Too many windows in a short time; open the record by hand
! Do not disturb is on: nothing opens by itself
[Open record] [Copy number] New contact Private Close`},
	}
	w := words{lang.New("en")}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := sketch(w.faceOf(tt.card, tt.snap, noon))
			if want := strings.TrimPrefix(tt.want, "\n"); got != want {
				t.Errorf("the card says\n%s\n\nwant\n%s", got, want)
			}
		})
	}
}

// A field stands below the name without its label only where it is plainly
// the employer.
func TestCompanyIsRecognised(t *testing.T) {
	for _, label := range []string{"Company", "Firma", "BEDRIJF", "Organisation"} {
		if c, rest := splitCompany([]view.Field{{Label: label, Value: "A"}, {Label: "b", Value: "c"}}); c != "A" || len(rest) != 1 {
			t.Errorf("%s is not taken for the employer", label)
		}
	}
	if c, rest := splitCompany([]view.Field{{Label: "Customer no.", Value: "10432"}}); c != "" || len(rest) != 1 {
		t.Errorf("a customer number is taken for the employer: %q", c)
	}
}

func TestTelling(t *testing.T) {
	for want, f := range map[string]view.Field{
		"Purchasing": {Label: "Department", Value: "Purchasing"}, "Customer no. 10432": {Label: "Customer no.", Value: "10432"}, "": {Label: "Note"},
	} {
		if got := telling(f); got != want {
			t.Errorf("telling(%v) = %q, want %q", f, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0:00", -time.Second: "0:00", 4 * time.Second: "0:04", 134 * time.Second: "2:14", 3723 * time.Second: "1:02:03",
	} {
		if got := clock(d); got != want {
			t.Errorf("clock(%v) = %s, want %s", d, got, want)
		}
	}
}

func TestDay(t *testing.T) {
	w := words{lang.New("de")}
	at := time.Date(2026, time.March, 4, 0, 30, 0, 0, time.Local)
	for _, tt := range []struct {
		at   time.Time
		want string
	}{
		{at, "Heute"}, {at.Add(-time.Hour), "Gestern"}, {at.AddDate(0, 0, -2), "Montag, 2. März 2026"},
	} {
		if got := w.day(tt.at, at); got != tt.want {
			t.Errorf("day(%v) = %q, want %q", tt.at, got, tt.want)
		}
	}
}
