package agent

import (
	"time"

	"example.org/ctiagent/agent/view"
)

// popCardWindow makes sure that the window process is there to draw the card.
// It is started by the first call and stays warm while calls come.
func (l *loop) popCardWindow() {
	w := l.deps.Windows
	if w == nil || !l.values().Card.Enabled || !w.CardsPop() {
		return
	}
	if err := w.Start(); err != nil {
		l.deps.Log.Info("the card cannot be drawn; the notification shows the call", "error", err)
	}
}

// showWindow asks for a window; the process is started when needed.
func (l *loop) showWindow(name string) error {
	if l.deps.Windows == nil {
		return inWords(l.deps.Texts.T("error.noDisplay"))
	}
	if err := l.deps.Windows.Start(); err != nil {
		l.deps.Log.Warn("the window process does not start", "error", err)
		return inWords(l.deps.Texts.T("error.noWindow"))
	}
	l.show = view.Show{Seq: l.show.Seq + 1, Window: name}
	l.changed = true
	return nil
}

// windowReports takes the window process's word about itself.
func (l *loop) windowReports(p view.Presence) {
	l.windows.Presence = p
	l.windows.connected = true
	switch {
	case p.Windows > 0:
		l.windows.idleSince = time.Time{}
	case l.windows.idleSince.IsZero():
		l.windows.idleSince = l.now()
	}
	if l.confirm != nil {
		l.confirm.fallback = time.Time{}
	}
	if c, err := l.find(p.Drawn); p.Drawn != "" && err == nil && c.times.Drawn.IsZero() {
		c.times.Drawn = l.now()
		l.changed = true
	}
}

// idleWindows ends the window process when nothing was on the screen for a
// while: it costs memory and, with most drivers, some idle time.
func (l *loop) idleWindows(now time.Time) {
	w := &l.windows
	if len(l.order) > 0 {
		if !w.idleSince.IsZero() {
			w.idleSince = now
		}
		return
	}
	if w.connected && !w.idleSince.IsZero() && !w.idleSince.Add(windowIdle).After(now) {
		w.connected, w.idleSince = false, time.Time{}
		l.deps.Windows.Stop()
	}
}

// WindowGone tells the agent that the window process has ended. It comes back
// by itself when a call is on the screen or a question stands.
func (a *Agent) WindowGone(crashed bool) {
	a.post(question(func(l *loop) {
		l.windows = presence{}
		if c := l.confirm; c != nil {
			c.fallback = l.now()
		}
		if crashed {
			l.deps.Log.Warn("the window process ended unexpectedly; calls are not affected")
			if len(l.order) > 0 {
				l.popCardWindow()
			}
		}
	}))
}
