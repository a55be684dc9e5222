package tray

import (
	"time"

	"fyne.io/systray"

	"example.org/ctiagent/agent/view"
)

// States of the icon, the names assets/icon draws.
const (
	iconReady     = "ready"
	iconRinging   = "ringing"
	iconBusy      = "busy"
	iconOffline   = "offline"
	iconAttention = "attention"
	iconDND       = "dnd"
)

// iconState picks the icon: what the user must notice first wins.
func iconState(s view.Snapshot) string {
	ringing, busy := false, false
	for _, c := range s.Cards {
		switch c.Phase {
		case view.PhaseRinging:
			ringing = true
		case view.PhaseConnected, view.PhaseHeld, view.PhaseDialing, view.PhaseAlerting:
			busy = true
		}
	}
	switch {
	case ringing:
		return iconRinging
	case busy:
		return iconBusy
	case s.SetupNeeded, s.Line.State == view.StatusFatal, s.Service.State == view.StatusFatal,
		s.Service.State == view.StatusSignedOut:
		return iconAttention
	case s.Line.State == view.StatusOff, s.Line.State == view.StatusOffline, s.Line.State == view.StatusConnecting:
		return iconOffline
	case s.DoNotDisturb:
		return iconDND
	}
	return iconReady
}

func (t *Tray) show(s view.Snapshot) {
	old := t.latest
	t.latest = s
	if state := iconState(s); state != t.shown {
		t.shown = state
		systray.SetIcon(t.icon(state))
	}
	line := statusText(t.texts, "line", s.Line)
	t.setTitle(t.menu.line, line)
	systray.SetTooltip(t.texts.T("app.name") + ": " + line)
	if text := statusText(t.texts, "service", s.Service); s.Service.State == view.StatusLive || s.Service.State == view.StatusOff {
		t.menu.service.Hide()
	} else {
		t.setTitle(t.menu.service, text)
		t.menu.service.Show()
	}
	if s.DoNotDisturb != old.DoNotDisturb {
		if s.DoNotDisturb {
			t.menu.dnd.Check()
		} else {
			t.menu.dnd.Uncheck()
		}
	}
	if s.MissedUnseen != old.MissedUnseen {
		title := t.texts.T("tray.history")
		if s.MissedUnseen > 0 {
			title = t.texts.T("tray.historyMissed", map[string]any{"count": s.MissedUnseen})
		}
		t.setTitle(t.menu.history, title)
	}
	t.showRecent(s.Recent)
}

func (t *Tray) showRecent(recent []view.Entry) {
	for i, item := range t.menu.calls {
		if i >= len(recent) {
			item.Hide()
			continue
		}
		t.setTitle(item, recentTitle(t.texts, recent[i]))
		item.Show()
		if recent[i].Number.Withheld != "" || recent[i].Number.Text == "" {
			item.Disable()
		} else {
			item.Enable()
		}
	}
	if len(recent) == 0 {
		t.menu.recent.Disable()
	} else {
		t.menu.recent.Enable()
	}
}

// setTitle leaves an item alone that says so already: every change is a
// signal to the desktop.
func (t *Tray) setTitle(item *systray.MenuItem, title string) {
	if t.titles[item] != title {
		t.titles[item] = title
		item.SetTitle(title)
	}
}

func recentTitle(texts Texts, e view.Entry) string {
	who := e.Name
	if who == "" {
		who = e.Number.Text
	}
	if e.Number.Withheld != "" {
		who = texts.T("card.withheld")
	}
	arrow := "↙"
	switch {
	case e.Outgoing:
		arrow = "↗"
	case e.Result == "missed":
		arrow = "✕"
	}
	return arrow + " " + who + "  " + e.At.Local().Format("15:04")
}

// statusText is the first line of the menu: the state in words.
func statusText(texts Texts, what string, s view.Status) string {
	key := map[string]string{
		view.StatusOff:        "off",
		view.StatusConnecting: "connecting",
		view.StatusLive:       "live",
		view.StatusDegraded:   "degraded",
		view.StatusOffline:    "offline",
		view.StatusFatal:      "fatal",
		view.StatusSignedOut:  "signedOut",
	}[s.State]
	if key == "" {
		key = "off"
	}
	text := texts.T("status."+what+"."+key, map[string]any{"seconds": max(0, int(time.Until(s.Retry).Seconds()))})
	if s.Reason != "" && (s.State == view.StatusFatal || s.State == view.StatusDegraded) {
		text += ": " + s.Reason
	}
	return text
}

// callAgain asks before it dials: a menu is easily mis-clicked.
func (t *Tray) callAgain(i int) request {
	if i >= len(t.latest.Recent) {
		return request{}
	}
	n := t.latest.Recent[i].Number
	text := n.E164
	if text == "" {
		text = n.Text
	}
	return request{view.VerbDial, view.Dial{Text: text, Ask: true}}
}
