//go:build system

package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"example.org/ctiagent/agent/view"
)

func known(id string) view.Card {
	return view.Card{
		ID: id, Phase: view.PhaseRinging, Recognition: view.Known, CanOpen: true, CanAdd: true,
		Number:  view.Number{Text: "+44 20 7946 0123", E164: "+442079460123", Kind: "mobile", Country: "GB"},
		Local:   "Sales · +44 20 7946 0100",
		Started: time.Now().Add(-4 * time.Second),
		People: []view.Person{{
			Source: "CRM", Name: "Ada Example", Matched: "Mobile", MatchKind: "exact", CanOpen: true,
			Fields: []view.Field{
				{Label: "Company", Value: "Example Instruments Ltd"}, {Label: "Customer no.", Value: "10432"},
				{Label: "Account manager", Value: "J. Sample"}, {Label: "Open tickets", Value: "2, newest: “Delivery date”"},
			},
		}},
	}
}

// The keyboard stays with the person: neither the first card of a fresh
// process nor later ones move the focus, nor does a click on them.
func TestCardTakesNoFocus(t *testing.T) {
	for _, manager := range []string{"openbox", ""} {
		t.Run("manager "+manager, func(t *testing.T) {
			d := newDeskWith(t, manager)
			typing := d.typist()
			before := d.output("xdotool", "getwindowfocus")
			if before == "" || before == "1" {
				t.Fatalf("nothing has the focus (%q); the test cannot tell anything", before)
			}
			same := func(when string) {
				t.Helper()
				if now := d.output("xdotool", "getwindowfocus"); now != before {
					t.Errorf("%s the focus went from %s to %s", when, before, now)
				}
			}
			start := d.run()
			d.publish(func(s *view.Snapshot) { s.Cards = []view.Card{known("c1")} })
			t.Log("process start to card drawn:", d.drawn("c1").Sub(start).Round(time.Millisecond))
			same("with the first card")
			start = d.publish(func(s *view.Snapshot) { s.Cards = []view.Card{known("c2")} })
			t.Log("ring to card drawn, warm:", d.drawn("c2").Sub(start).Round(100*time.Microsecond))
			same("with the second card")
			d.publish(func(s *view.Snapshot) { s.Cards = []view.Card{known("c2"), known("c3")} })
			d.drawn("c3")
			same("with two cards")
			d.click(1264-16-300, 784-14-17) // "Open record" of the lower card
			d.asked("the record", func(r request) bool { return r.Verb == view.VerbOpenRecord })
			same("after a click")
			typing()
		})
	}
}

// typist is a window into which a person types; the function it returns types
// and checks that every letter arrives there.
func (d *desk) typist() func() {
	d.t.Helper()
	c, err := xgb.NewConnDisplay(d.display)
	if err != nil {
		d.t.Fatal(err)
	}
	w, err := xproto.NewWindowId(c)
	if err != nil {
		d.t.Fatal(err)
	}
	screen := xproto.Setup(c).DefaultScreen(c)
	xproto.CreateWindow(c, screen.RootDepth, w, screen.Root, 50, 50, 300, 200, 0, xproto.WindowClassInputOutput,
		screen.RootVisual, xproto.CwBackPixel|xproto.CwEventMask, []uint32{0xffffff, xproto.EventMaskKeyPress})
	var letters atomic.Int32
	d.t.Cleanup(func() { c.Close() })
	go func() { // ends with the connection
		for {
			e, err := c.WaitForEvent()
			if e == nil && err == nil {
				return
			}
			if _, ok := e.(xproto.KeyPressEvent); ok {
				letters.Add(1)
			}
		}
	}()
	d.wait("the focus", func() bool {
		xproto.MapWindow(c, w) // again: a manager that is just starting may miss it
		xproto.SetInputFocus(c, xproto.InputFocusParent, w, xproto.TimeCurrentTime)
		f, err := xproto.GetInputFocus(c).Reply()
		return err == nil && f.Focus == w
	})
	return func() {
		d.t.Helper()
		before, text := letters.Load(), "stillmine"
		d.output("xdotool", "type", "--delay", "20", text)
		d.wait("the letters to arrive", func() bool { return letters.Load()-before >= int32(len(text)) })
	}
}

// Buttons are pressed with a pointer as a person would, again if the machine
// was too busy to notice.
func TestCardButtonsReachTheAgent(t *testing.T) {
	d := newDesk(t)
	d.run()
	d.publish(func(s *view.Snapshot) { s.Cards = []view.Card{known("c1")} })
	d.drawn("c1")
	for _, tt := range []struct {
		name string
		x, y int
		verb string
	}{
		{"Open record", 960, 753, view.VerbOpenRecord},
		{"close", 1241, 533, view.VerbDismiss},
	} {
		d.mu.Lock()
		d.requests = nil
		d.mu.Unlock()
		d.wait(tt.name, func() bool {
			d.click(tt.x, tt.y)
			d.mu.Lock()
			defer d.mu.Unlock()
			for _, r := range d.requests {
				if r.Verb == tt.verb {
					var ref view.CardRef
					return json.Unmarshal(r.Body, &ref) == nil && ref.Card == "c1"
				}
			}
			return false
		})
	}
	d.wait("the card to go", func() bool { return d.output("xdotool", "search", "--onlyvisible", "--name", "^ctiagent$") == "" })
}

func (d *desk) click(x, y int) {
	d.output("xdotool", "mousemove", fmt.Sprint(x), fmt.Sprint(y), "sleep", "0.1", "click", "1", "sleep", "0.1")
}

// The windows go with the agent, and when it asks them to.
func TestEnds(t *testing.T) {
	for name, end := range map[string]func(*desk){
		"the agent goes":           func(d *desk) { d.hangUp() },
		"standard input is closed": func(d *desk) { d.leash.Close() },
		"SIGTERM":                  func(d *desk) { d.window.Process.Signal(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.run()
			d.publish(func(s *view.Snapshot) { s.Cards = []view.Card{known("c1")}; s.Confirm = &questions()[0] })
			d.drawn("c1")
			end(d)
			select {
			case err := <-d.exited:
				if err != nil {
					t.Errorf("exit: %v", err)
				}
			case <-time.After(patience):
				t.Fatal("the windows stayed")
			}
		})
	}
}

// Without a display there is one sentence and an exit code that tells the
// agent not to try again.
func TestNoDisplay(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	for name, env := range map[string][]string{
		"not set": {"HOME=" + t.TempDir(), "LANG=en_US.UTF-8"},
		"dead":    {"HOME=" + t.TempDir(), "LANG=en_US.UTF-8", "DISPLAY=:4711"},
	} {
		t.Run(name, func(t *testing.T) {
			d := &desk{t: t, runtime: t.TempDir(), came: make(chan struct{}, 1), answers: map[string]any{}, stderr: &lockedBuffer{}}
			d.startAgent()
			c := exec.Command(path)
			c.Env = append(env, "XDG_RUNTIME_DIR="+d.runtime)
			out, err := c.CombinedOutput()
			if c.ProcessState == nil || c.ProcessState.ExitCode() != exitNoDisplay {
				t.Errorf("exit %v, want %d", err, exitNoDisplay)
			}
			if !strings.Contains(string(out), "ctiwindow: ") || strings.Contains(string(out), "goroutine ") {
				t.Errorf("it says:\n%s", out)
			}
		})
	}
}
