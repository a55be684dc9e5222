package window

import (
	"context"
	"encoding/json"
	"image"
	"log/slog"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/assets/lang"
	"example.org/ctiagent/ui/window/corner"
)

// noon is the moment in which all tests take place.
var noon = time.Date(2026, time.March, 4, 12, 0, 0, 0, time.UTC)

// desk is the windows on the toolkit's test driver, with an agent that gives
// canned answers. Everything is drawn on the goroutine of the test: what comes
// from others waits in a queue until the test looks.
type desk struct {
	t  *testing.T
	ui *UI

	mu       sync.Mutex
	queue    []func()
	requests []request
	answers  map[string]any
	refusals map[string]error
	now      time.Time
}

type request struct {
	verb string
	body any
}

func newDesk(t *testing.T, language string) *desk {
	t.Helper()
	app := test.NewTempApp(t)
	d := &desk{t: t, answers: map[string]any{}, refusals: map[string]error{}, now: noon}
	d.ui = New(Options{
		App: app, Agent: d, Keeper: screen{}, Log: slog.New(slog.DiscardHandler),
		Texts: func(string) Texts { return lang.New(language) },
		Now:   func() time.Time { return d.now },
	})
	d.ui.look = look{forced: "light"}
	app.Settings().SetTheme(d.ui.look)
	ctx, cancel := context.WithCancel(t.Context())
	d.ui.ctx = ctx
	d.ui.onUI = func(f func()) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.queue = append(d.queue, f)
	}
	d.ui.work.Go(func() { d.ui.sendPresence(ctx) })
	t.Cleanup(func() {
		cancel()
		d.ui.work.Wait()
	})
	return d
}

// screen is a Keeper of a screen of 1280 by 800 pixels.
type screen struct{}

func (screen) Adopt(any) error              { return nil }
func (screen) Settle(any, image.Point, int) {}
func (screen) Raise(any)                    {}
func (screen) Area() image.Rectangle        { return image.Rect(0, 0, 1280, 800) }
func (screen) Close()                       {}

func (d *desk) Snapshots() <-chan view.Snapshot { return nil }

func (d *desk) Do(_ context.Context, verb string, body, result any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.requests = append(d.requests, request{verb, body})
	if err := d.refusals[verb]; err != nil {
		return err
	}
	b, err := json.Marshal(d.answers[verb])
	if err != nil {
		return err
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(b, result)
}

// answer says what the agent answers from now on.
func (d *desk) answer(verb string, with any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers[verb] = with
}

// refuse makes the agent fail, or no longer (nil).
func (d *desk) refuse(verb string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refusals[verb] = err
}

// settle runs what waits in the queue until the condition holds.
func (d *desk) settle(what string, is func() bool) {
	d.t.Helper()
	for end := time.Now().Add(5 * time.Second); ; {
		d.mu.Lock()
		work := d.queue
		d.queue = nil
		d.mu.Unlock()
		for _, f := range work {
			f()
		}
		if is() {
			return
		}
		if time.Now().After(end) {
			d.t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// sent waits for a request of a verb and returns what it asked for.
func sent[T any](d *desk, verb string) T {
	d.t.Helper()
	var found T
	d.settle("the request "+verb, func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, r := range d.requests {
			if r.verb == verb {
				found, _ = r.body.(T)
				return true
			}
		}
		return false
	})
	return found
}

func (d *desk) count(verb string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, r := range d.requests {
		if r.verb == verb {
			n++
		}
	}
	return n
}

func (d *desk) show(change func(*view.Snapshot)) {
	s := d.ui.snap
	s.Rev++
	change(&s)
	d.ui.apply(s)
}

// corner makes the window system one that can place windows.
func (d *desk) corner() { d.ui.system = corner.X11 }

// shownCards are the cards in the corner, oldest first.
func (d *desk) shownCards() []*cardWindow {
	var list []*cardWindow
	for _, w := range d.ui.cards.windows {
		if w.shown {
			list = append(list, w)
		}
	}
	return list
}

// order walks through a window by Tab and names what gets the keyboard.
func order(c fyne.Canvas) []string {
	c.Unfocus()
	var names []string
	seen := map[fyne.Focusable]bool{}
	for {
		c.FocusNext()
		f := c.Focused()
		if f == nil || seen[f] {
			return names
		}
		seen[f] = true
		names = append(names, nameOf(f))
	}
}

func card(id string) view.Card {
	return view.Card{
		ID: id, Phase: view.PhaseRinging, Recognition: view.Known, CanOpen: true, CanAdd: true,
		Number:  view.Number{Text: "+44 20 7946 0123", E164: "+442079460123", Kind: "mobile", Country: "GB"},
		Local:   "Sales · +44 20 7946 0100",
		Started: noon.Add(-4 * time.Second),
		People: []view.Person{{
			Source: "CRM", Name: "Ada Example", Matched: "Mobile", MatchKind: "exact", CanOpen: true,
			Fields: []view.Field{{Label: "Company", Value: "Example Instruments Ltd"}, {Label: "Customer no.", Value: "10432"}},
		}},
	}
}
