package terminal

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/assets/lang"
)

// played is an agent that shows what the test says and keeps what is asked.
type played struct {
	snaps chan view.Snapshot
	asked []any
}

func (p *played) Snapshots() <-chan view.Snapshot { return p.snaps }

func (p *played) Do(_ context.Context, verb string, request, _ any) error {
	p.asked = append(p.asked, verb, request)
	return nil
}

// screen runs a terminal over snapshots and gives what it printed, without
// the time of day.
func screen(t *testing.T, language string, snaps ...view.Snapshot) []string {
	t.Helper()
	var out strings.Builder
	p := &played{snaps: make(chan view.Snapshot, len(snaps))}
	for _, s := range snaps {
		p.snaps <- s
	}
	close(p.snaps)
	New(p, lang.New(language), &out).Run(t.Context(), nil)
	var lines []string
	for line := range strings.Lines(out.String()) {
		_, text, _ := strings.Cut(strings.TrimSpace(line), "  ")
		lines = append(lines, text)
	}
	return lines
}

func live(change func(*view.Snapshot)) view.Snapshot {
	s := view.Snapshot{Line: view.Status{State: view.StatusLive}, Service: view.Status{State: view.StatusLive}}
	if change != nil {
		change(&s)
	}
	return s
}

func TestQuestionSaysAllOfIt(t *testing.T) {
	c := view.Confirmation{
		ID: "q1", Foreign: true, Dropped: "77", Reason: "A link asks for a call to another country.",
		Number: view.Number{Text: "+33 1 99 00 12 34", Kind: "fixed", Country: "FR"},
	}
	got := screen(t, "en", live(func(s *view.Snapshot) { s.Confirm = &c }))
	want := "Dial this number? +33 1 99 00 12 34 · Another country: France · Fixed line · Not dialled: 77 · A link asks for a call to another country. [y/N]"
	if got[len(got)-1] != want {
		t.Errorf("asked\n%q, want\n%q", got[len(got)-1], want)
	}
	c = view.Confirmation{ID: "q2", Extra: "12", Number: view.Number{Text: "+49 30 23125 145", Country: "DE"}}
	got = screen(t, "de", live(func(s *view.Snapshot) { s.Confirm = &c }))
	if last := got[len(got)-1]; !strings.Contains(last, "Deutschland") || !strings.Contains(last, "12") || !strings.HasSuffix(last, "[j/N]") {
		t.Errorf("asked %q", last)
	}
}

// One step at a time, and each is said once.
func TestNextStep(t *testing.T) {
	setUp := func(secrets, line, service string) view.Snapshot {
		return view.Snapshot{Secrets: secrets, Line: view.Status{State: line}, Service: view.Status{State: service}}
	}
	got := screen(t, "en",
		setUp("choose", view.StatusOff, view.StatusOff),
		setUp("choose", view.StatusOff, view.StatusOff),
		setUp("", view.StatusOff, view.StatusOff),
		setUp("", view.StatusLive, view.StatusSignedOut),
		setUp("", view.StatusLive, view.StatusLive),
		setUp("unlock", view.StatusFatal, view.StatusSignedOut),
	)
	var steps []string
	for _, line := range got {
		if _, command, ok := strings.Cut(line, ": ctiagent "); ok {
			steps = append(steps, command)
		}
	}
	want := []string{
		"secrets session, or ctiagent secrets file", "line --address USER@DOMAIN",
		"sign-in --address URL --user NAME", "secrets file",
	}
	if strings.Join(steps, "|") != strings.Join(want, "|") {
		t.Errorf("steps %q, want %q", steps, want)
	}
}

func TestTypedAnswers(t *testing.T) {
	for typed, accept := range map[string]bool{"y": true, "Ja": true, "n": false, "nee": false} {
		synctest.Test(t, func(t *testing.T) {
			var out strings.Builder
			p := &played{snaps: make(chan view.Snapshot)}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			keys := make(chan string)
			go func() {
				defer close(ended)
				New(p, lang.New("en"), &out).Run(ctx, typist(keys))
			}()
			p.snaps <- live(func(s *view.Snapshot) { s.Confirm = &view.Confirmation{ID: "q1"} })
			keys <- typed + "\n"
			synctest.Wait()
			close(keys)
			cancel()
			<-ended
			if len(p.asked) != 2 || p.asked[1] != (view.ConfirmDial{ID: "q1", Accept: accept}) {
				t.Errorf("%q: asked %v", typed, p.asked)
			}
		})
	}
}

// typist is a keyboard.
type typist chan string

func (k typist) Read(p []byte) (int, error) {
	text, ok := <-k
	if !ok {
		return 0, context.Canceled
	}
	return copy(p, text), nil
}

// A call is one line for each thing that happens to it, and none twice.
func TestCallLines(t *testing.T) {
	c := view.Card{ID: "c1", Phase: view.PhaseRinging, Recognition: view.LookingUp, Number: view.Number{Text: "+44 20 7946 0123"}}
	show := func(change func(*view.Card)) view.Snapshot {
		change(&c)
		return live(func(s *view.Snapshot) { s.Cards = []view.Card{c} })
	}
	got := screen(t, "en",
		show(func(*view.Card) {}),
		show(func(*view.Card) {}),
		show(func(c *view.Card) {
			c.Recognition = view.Known
			c.People = []view.Person{{Name: "Ada Example", Fields: []view.Field{{Label: "Company", Value: "Example Ltd"}}}}
		}),
		show(func(c *view.Card) { c.Phase, c.Ended = view.PhaseMissed, time.Now() }),
	)
	want := []string{
		"Line ready",
		"Ringing · +44 20 7946 0123 · Looking up…",
		"Ringing · Ada Example · +44 20 7946 0123 · Company: Example Ltd",
		"Missed · Ada Example · +44 20 7946 0123 · Company: Example Ltd",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("printed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
