//go:build system

package main

import (
	"strings"
	"testing"

	"example.org/ctiagent/desktop/desktoptest"
)

// A link that is not dialled is spoken of where it was clicked: on the screen,
// by the agent or, where none runs, by the verb itself. What the link says is
// repeated nowhere.
func TestLinkThatIsNotDialledIsTold(t *testing.T) {
	user(t, site)
	bus := desktoptest.NewBus(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", bus.Address)
	notes := desktoptest.NewNotifications(t, bus)

	told := func(body string, args ...string) desktoptest.Note {
		t.Helper()
		if s := call(t, "", append([]string{"open-uri"}, args...)...); s.code == exitOK || s.err == "" {
			t.Errorf("%q: %+v", args, s)
		}
		n := notes.Wait(func(n desktoptest.Note) bool { return strings.Contains(n.Body, body) })
		if n.Summary != "The link was not dialled" || strings.Contains(n.Body, "canary") || n.Hint("urgency") != byte(1) {
			t.Errorf("%q: %+v", args, n)
		}
		return n
	}
	told("Only tel:", "mailto:canary@example.org")
	told("Exactly one link")
	told("Start it, then open the link again", "tel:+442079460123")

	resides(t)
	first := told("It contains letters", "tel:canary")
	second := told("dial it on your phone", "tel:*21%23")
	if first.ID != second.ID {
		t.Errorf("every link gets a notice of its own: %d, %d", first.ID, second.ID)
	}
	told("line", "tel:+442079460123") // none is set up

	before := len(notes.Notes())
	if s := call(t, "", "dial", "--", "hello"); s.code != exitRefuse {
		t.Errorf("%+v", s)
	}
	if n := len(notes.Notes()); n != before {
		t.Error("who typed a number on the terminal is told on the screen")
	}
}

func TestNoNoticeWhereNoneIsWanted(t *testing.T) {
	user(t, site+"[notification]\nenabled = false\n")
	bus := desktoptest.NewBus(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", bus.Address)
	notes := desktoptest.NewNotifications(t, bus)
	if s := call(t, "", "open-uri", "tel:+442079460123"); s.code != exitFailed {
		t.Errorf("%+v", s)
	}
	if n := notes.Notes(); len(n) != 0 {
		t.Errorf("%+v", n)
	}
}
