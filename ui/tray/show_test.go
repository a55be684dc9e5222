package tray

import (
	"log/slog"
	"testing"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/assets/lang"
)

func TestIconShowsWhatMustBeNoticedFirst(t *testing.T) {
	live := view.Status{State: view.StatusLive}
	lost := view.Status{State: view.StatusOffline}
	card := func(phase string) []view.Card { return []view.Card{{Phase: phase}} }
	for _, tt := range []struct {
		s    view.Snapshot
		want string
	}{
		{view.Snapshot{Line: live, Service: live}, iconReady},
		{view.Snapshot{Line: live, Service: live, DoNotDisturb: true}, iconDND},
		{view.Snapshot{Line: lost, Service: live, DoNotDisturb: true}, iconOffline},
		{view.Snapshot{Line: view.Status{State: view.StatusConnecting}}, iconOffline},
		{view.Snapshot{Line: lost, Service: view.Status{State: view.StatusSignedOut}}, iconAttention},
		{view.Snapshot{Line: view.Status{State: view.StatusFatal}}, iconAttention},
		{view.Snapshot{Line: live, SetupNeeded: true}, iconAttention},
		{view.Snapshot{Line: lost, Cards: card(view.PhaseHeld)}, iconBusy},
		{view.Snapshot{Line: live, Cards: append(card(view.PhaseConnected), card(view.PhaseRinging)...)}, iconRinging},
		{view.Snapshot{Line: live, Cards: card(view.PhaseMissed)}, iconReady},
	} {
		if got := iconState(tt.s); got != tt.want {
			t.Errorf("line %s, service %s, cards %+v: %s, want %s", tt.s.Line.State, tt.s.Service.State, tt.s.Cards, got, tt.want)
		}
	}
}

// Every state of line and service has words in every language.
func TestStatesHaveWords(t *testing.T) {
	for _, l := range lang.Languages() {
		texts := lang.New(l)
		for _, what := range []string{"line", "service"} {
			for _, state := range []string{
				"", view.StatusOff, view.StatusConnecting, view.StatusLive, view.StatusDegraded,
				view.StatusOffline, view.StatusFatal, view.StatusSignedOut, "newer",
			} {
				got := statusText(texts, what, view.Status{State: state})
				if key := "status." + what + "." + state; got == "" || got == key {
					t.Errorf("%s: %s %q has no words", l, what, state)
				}
			}
		}
	}
	fatal := view.Status{State: view.StatusFatal, Reason: "the password was refused"}
	if got := statusText(lang.New("en"), "line", fatal); got != "Line needs your attention: the password was refused" {
		t.Errorf("the menu says %q", got)
	}
}

func TestRecentCalls(t *testing.T) {
	texts := lang.New("en")
	at := time.Date(2026, time.March, 4, 12, 30, 0, 0, time.Local)
	number := view.Number{Text: "+44 20 7946 0123", E164: "+442079460123"}
	for _, tt := range []struct {
		e    view.Entry
		want string
	}{
		{view.Entry{At: at, Number: number, Name: "Ada Example"}, "↙ Ada Example  12:30"},
		{view.Entry{At: at, Number: number, Outgoing: true}, "↗ +44 20 7946 0123  12:30"},
		{view.Entry{At: at, Result: "missed", Number: view.Number{Withheld: "anonymous"}}, "✕ Number withheld  12:30"},
	} {
		if got := recentTitle(texts, tt.e); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// A menu is easily mis-clicked: it asks before it dials, and a line that has
// gone meanwhile dials nothing.
func TestCallAgainAsks(t *testing.T) {
	tray := New(nil, lang.New("en"), nil, slog.New(slog.DiscardHandler))
	tray.latest.Recent = []view.Entry{
		{Number: view.Number{Text: "+44 20 7946 0123", E164: "+442079460123"}},
		{Number: view.Number{Text: "215"}},
	}
	for i, want := range []string{"+442079460123", "215"} {
		if r := tray.callAgain(i); r.verb != view.VerbDial || r.body != (view.Dial{Text: want, Ask: true}) {
			t.Errorf("item %d asks %+v", i, r)
		}
	}
	if r := tray.callAgain(2); r.verb != "" {
		t.Errorf("an item that is gone asks %+v", r)
	}
}
