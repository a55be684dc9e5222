package window

import (
	"fmt"
	"image"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/assets/lang"
)

func TestCardsStack(t *testing.T) {
	area := image.Rect(0, 0, 1280, 770)
	sizes := []image.Point{{360, 200}, {360, 100}}
	for _, tt := range []struct {
		corner string
		want   []image.Point
	}{
		{"bottom-right", []image.Point{{904, 446}, {904, 654}}},
		{"bottom-left", []image.Point{{16, 446}, {16, 654}}},
		{"top-right", []image.Point{{904, 124}, {904, 16}}},
		{"top-left", []image.Point{{16, 124}, {16, 16}}},
	} {
		if got := stackAt(area, sizes, edges[tt.corner], 16, 8); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.corner, got, tt.want)
		}
	}
}

func TestNewestCallsHaveCards(t *testing.T) {
	d := newDesk(t, "en")
	d.corner()
	d.show(func(s *view.Snapshot) {
		for i := range 5 {
			c := card(fmt.Sprint(i))
			c.Started = noon.Add(time.Duration(i) * time.Second)
			s.Cards = append(s.Cards, c)
		}
	})
	var ids []string
	for _, w := range d.shownCards() {
		ids = append(ids, w.card.ID)
	}
	slices.Sort(ids)
	if strings.Join(ids, "") != "234" {
		t.Errorf("cards %v, want the three newest", ids)
	}
	for _, w := range d.shownCards() {
		if more := w.view.more.text; (w.card.ID == "2") != (more == "2 more calls") {
			t.Errorf("card %s says %q", w.card.ID, more)
		}
	}
	if p := sent[view.Presence](d, view.VerbPresence); p.Drawn == "" {
		t.Error("the first card was not reported as drawn")
	}

	// A call that ends gives its window to the next one.
	before := len(d.ui.cards.windows)
	d.show(func(s *view.Snapshot) { s.Cards = []view.Card{card("new")} })
	if got := d.shownCards(); len(got) != 1 || got[0].card.ID != "new" || len(d.ui.cards.windows) != before {
		t.Errorf("%d cards in %d windows, want one in %d", len(got), len(d.ui.cards.windows), before)
	}
}

// A call that goes on keeps its card although newer ones were missed.
func TestCallsThatGoOnComeFirst(t *testing.T) {
	var all []view.Card
	for i, phase := range []string{view.PhaseConnected, view.PhaseMissed, view.PhaseMissed, view.PhaseMissed, view.PhaseRinging} {
		c := card(fmt.Sprint(i))
		c.Phase = phase
		all = append(all, c)
	}
	got := ""
	for _, c := range mostWanted(all) {
		got += c.ID
	}
	if got != "034" {
		t.Errorf("cards %s, want 034", got)
	}
}

func TestCardsGo(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*view.Card)
		stays  time.Duration // 0: until it is closed
	}{
		{"ended", func(c *view.Card) { c.Phase = view.PhaseEnded }, endedStays},
		{"elsewhere", func(c *view.Card) { c.Phase = view.PhaseElsewhere }, endedStays},
		{"failed", func(c *view.Card) { c.Phase, c.DialReason = view.PhaseEnded, "busy" }, failedStays},
		{"missed", func(c *view.Card) { c.Phase = view.PhaseMissed }, 0},
		{"ringing", func(c *view.Card) { c.Ended = time.Time{} }, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, "en")
			d.corner()
			c := card("x")
			c.Ended = noon
			tt.change(&c)
			d.show(func(s *view.Snapshot) { s.Cards = []view.Card{c} })
			stays := tt.stays
			if stays == 0 {
				stays = time.Hour
			}
			d.now = noon.Add(stays - time.Second)
			d.ui.onTick()
			if len(d.shownCards()) != 1 {
				t.Fatalf("gone before %v", stays)
			}
			d.now = noon.Add(stays)
			d.ui.onTick()
			if gone := len(d.shownCards()) == 0; gone != (tt.stays != 0) {
				t.Errorf("gone = %v after %v", gone, stays)
			}
		})
	}
}

// A card does not vanish under the pointer.
func TestCardStaysUnderThePointer(t *testing.T) {
	d := newDesk(t, "en")
	d.corner()
	c := card("x")
	c.Phase, c.Ended = view.PhaseEnded, noon
	d.show(func(s *view.Snapshot) { s.Cards = []view.Card{c} })
	w := d.shownCards()[0]
	test.MoveMouse(w.win.Canvas(), fyne.NewPos(100, 60))
	d.now = noon.Add(time.Minute)
	d.ui.onTick()
	if len(d.shownCards()) != 1 {
		t.Fatal("the card went while the pointer was on it")
	}
	test.MoveMouse(w.win.Canvas(), fyne.NewPos(-5, -5))
	d.ui.onTick()
	if len(d.shownCards()) != 0 {
		t.Error("the card stayed after the pointer left")
	}
}

func TestDismissedCardComesBackWhenAskedFor(t *testing.T) {
	d := newDesk(t, "en")
	d.corner()
	d.show(func(s *view.Snapshot) { s.Cards = []view.Card{card("x")} })
	test.Tap(d.shownCards()[0].view.close)
	if len(d.shownCards()) != 0 {
		t.Fatal("the card stayed after it was closed")
	}
	if r := sent[view.CardRef](d, view.VerbDismiss); r.Card != "x" {
		t.Errorf("the agent was told of %q", r.Card)
	}
	d.show(func(s *view.Snapshot) { s.Cards[0].Dismissed = true })
	d.show(func(s *view.Snapshot) { s.Show = &view.Show{Seq: 1, Window: view.WindowCard} })
	if len(d.shownCards()) != 1 {
		t.Error("asked for, the card did not come back")
	}
}

// Where windows cannot be placed the calls wait in an ordinary window until
// somebody asks for it.
func TestCallsPage(t *testing.T) {
	d := newDesk(t, "en")
	d.show(func(s *view.Snapshot) { s.Cards = []view.Card{card("x")} })
	if n := d.ui.cards.count() + len(d.ui.pages); n != 0 {
		t.Fatalf("%d windows came by themselves", n)
	}
	d.show(func(s *view.Snapshot) { s.Show = &view.Show{Seq: 1, Window: view.WindowCard} })
	if d.ui.pages[view.WindowCard] == nil {
		t.Fatal("no window for the calls")
	}
	if got := order(d.ui.pages[view.WindowCard].win.Canvas()); !slices.Equal(got, []string{"✕", "Open record", "Copy number", "⋯"}) {
		t.Errorf("keyboard order %v", got)
	}
}

func TestCardButtons(t *testing.T) {
	d := newDesk(t, "en")
	d.corner()
	d.show(func(s *view.Snapshot) { s.Cards = []view.Card{card("x")} })
	v := d.shownCards()[0].view
	test.Tap(v.first)
	if r := sent[view.OpenRecord](d, view.VerbOpenRecord); r.Card != "x" || r.Person != 0 {
		t.Errorf("open record: %+v", r)
	}
	test.Tap(v.other)
	if got := d.ui.app.Clipboard().Content(); got != "+442079460123" {
		t.Errorf("copied %q", got)
	}
	if v.other.label != "Number copied" {
		t.Errorf("the button says %q", v.other.label)
	}
	before := v.height()
	test.Tap(v.dots)
	if v.height() <= before {
		t.Error("the menu did not unfold")
	}
	for _, b := range v.menuRows {
		if b.label == "New contact" {
			test.Tap(b)
		}
	}
	if r := sent[view.CardRef](d, view.VerbNewContact); r.Card != "x" {
		t.Errorf("new contact: %+v", r)
	}
	if v.height() != before {
		t.Error("the menu stayed unfolded")
	}
}

// Nothing jumps: the card with the number has the room for the name, and a
// button that is being pressed survives an update.
func TestNothingJumps(t *testing.T) {
	d := newDesk(t, "en")
	d.corner()
	looking := card("x")
	looking.Recognition, looking.People, looking.CanOpen = view.LookingUp, nil, false
	d.show(func(s *view.Snapshot) { s.Cards = []view.Card{looking} })
	w := d.shownCards()[0]
	name, dots := w.view.name.Position(), w.view.dots
	bottom := w.at.Y + int(w.size.Height)
	height := w.size.Height

	plain := card("x")
	plain.People[0].Fields = plain.People[0].Fields[:1]
	d.show(func(s *view.Snapshot) { s.Cards = []view.Card{plain} })
	if w.size.Height != height || w.view.name.Position() != name {
		t.Errorf("the card moved: height %v to %v", height, w.size.Height)
	}
	d.show(func(s *view.Snapshot) { s.Cards = []view.Card{card("x")} })
	if got := w.at.Y + int(w.size.Height); got != bottom {
		t.Errorf("the lower edge moved from %d to %d", bottom, got)
	}
	if w.view.dots != dots || w.view.name.text != "Ada Example" {
		t.Error("the parts were replaced")
	}
}

// No word of a button is cut in any language and state.
func TestButtonsHaveRoom(t *testing.T) {
	themed(t)
	for _, language := range lang.Languages() {
		w := words{lang.New(language)}
		for _, phase := range []string{
			view.PhaseRinging, view.PhaseDialing, view.PhaseAlerting, view.PhaseConnected,
			view.PhaseHeld, view.PhaseMissed, view.PhaseElsewhere, view.PhaseEnded,
		} {
			for _, known := range []bool{true, false} {
				c := card("x")
				c.Phase, c.DialStep, c.Outgoing = phase, "ownRinging", phase == view.PhaseDialing
				if !known {
					c.People, c.CanOpen = nil, false
				}
				v := newCardView(func(deed, int) {}, nil)
				v.show(w.faceOf(c, view.Snapshot{}, noon), "", noon)
				v.root.Resize(fyne.NewSize(cardWidth, v.height()))
				for _, b := range []*button{v.first, v.other} {
					if b.Visible() && measure(b.label, styleStrong) > b.Size().Width-8 {
						t.Errorf("%s, %s: no room for %q", language, phase, b.label)
					}
				}
				if end := v.other.Position().X + v.other.Size().Width; end > v.dots.Position().X {
					t.Errorf("%s, %s: the buttons overlap", language, phase)
				}
			}
		}
	}
}

// Sentences are never cut: what a state means must be readable.
func TestSentencesAreWhole(t *testing.T) {
	themed(t)
	for _, language := range lang.Languages() {
		w := words{lang.New(language)}
		for _, r := range []string{view.LookingUp, view.NotKnown, view.IsWithheld, view.Unreachable, view.Late, view.NoLookup} {
			c := card("x")
			c.Recognition, c.People = r, nil
			if r == view.IsWithheld {
				c.Number = view.Number{Withheld: "anonymous"}
			}
			v := newCardView(func(deed, int) {}, nil)
			v.show(w.faceOf(c, view.Snapshot{Service: view.Status{State: view.StatusSignedOut}}, noon), "", noon)
			for _, p := range []*prose{v.second, v.third} {
				for _, l := range p.lines() {
					if strings.HasSuffix(l, "…") && !strings.HasSuffix(p.text, "…") {
						t.Errorf("%s, %s: %q is cut to %q", language, r, p.text, p.lines())
					}
				}
			}
		}
	}
}

// A card keeps its width whatever a caller is called.
func TestCardsKeepTheirWidth(t *testing.T) {
	themed(t)
	w := words{lang.New("en")}
	for _, text := range hostile {
		c := card("x")
		c.Local, c.Number.Text = text, text
		c.People[0].Name, c.People[0].Matched, c.ScriptNotice, c.DialReason = text, text, text, text
		c.People[0].Fields = []view.Field{{Label: "Company", Value: text}, {Label: text, Value: text}}
		v := newCardView(func(deed, int) {}, nil)
		v.show(w.faceOf(c, view.Snapshot{}, noon), "", noon)
		if got := v.root.MinSize().Width; got != cardWidth {
			t.Errorf("%.20q makes the card %v wide", text, got)
		}
		if got := v.height(); got > 420 {
			t.Errorf("%.20q makes the card %v high", text, got)
		}
	}
}

// TestCardPictures compares drawings of the main states with testdata.
func TestCardPictures(t *testing.T) {
	for _, theme := range []string{"light", "dark"} {
		t.Run(theme, func(t *testing.T) {
			app := test.NewTempApp(t)
			app.Settings().SetTheme(look{forced: theme})
			w := words{lang.New("en")}
			looking, missed, away := card("1"), card("2"), card("3")
			looking.Recognition, looking.People, looking.CanOpen = view.LookingUp, nil, false
			missed.Phase, missed.Started = view.PhaseMissed, time.Time{} // no time of day: zones differ
			away.Recognition, away.People, away.CanOpen = view.Unreachable, nil, false
			several := card("4")
			several.People = append(several.People, several.People[0])
			several.People[0].Chosen = true
			grid := column(12)
			for _, c := range []view.Card{looking, card("0"), several, away, missed} {
				v := newCardView(func(deed, int) {}, nil)
				v.show(w.faceOf(c, view.Snapshot{}, noon), "", noon)
				grid.Add(v.root)
			}
			win := test.NewTempWindow(t, onGround("background", inset(12, 12, 12, 12, grid)))
			win.SetPadded(false)
			win.Resize(fyne.NewSize(cardWidth+24, grid.MinSize().Height+24))
			test.AssertImageMatches(t, "cards-"+theme+".png", win.Canvas().Capture())
		})
	}
}

// Cards move when the corner of the settings changes.
func TestCardsFollowTheSettings(t *testing.T) {
	d := newDesk(t, "en")
	d.corner()
	for corner, want := range edges {
		d.show(func(s *view.Snapshot) { s.Appearance.Corner = corner })
		if d.ui.cards.edge != want {
			t.Errorf("%s: cards stand at %+v", corner, d.ui.cards.edge)
		}
	}
	d.show(func(s *view.Snapshot) { s.Appearance.Corner = "" })
	if d.ui.cards.edge != (edge{}) {
		t.Errorf("without a word cards stand at %+v", d.ui.cards.edge)
	}
	if d.count(view.VerbGetSettings) != 0 {
		t.Error("the windows still ask for the settings to know the corner")
	}
}
