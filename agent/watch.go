package agent

import (
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/desktop/notification"
)

// lineLostAfter is how long a line may be away before that is said: a platform
// that restarts, or a computer that wakes up, is back sooner.
const lineLostAfter = 20 * time.Second

// watch is what the loop remembers so that a person is told, once, of what
// nobody would see: nobody looks at an icon all day.
type watch struct {
	lineLive  bool      // the line was ready since it was set up as it is now
	lineLost  time.Time // when it has been away for long enough; zero: it is not
	lineSaid  string    // the state that the notice speaks of, "" when there is none
	service   string    // the service's state of before
	leaving   bool      // the person is signing out: no news
	signedOut bool      // the notice is shown
}

// due is when there may be something to say, zero if nothing waits.
func (w *watch) due() time.Time {
	if w.lineSaid != "" {
		return time.Time{}
	}
	return w.lineLost
}

// watchOver runs after every event; it says that line or service are gone and
// takes that back when they return.
func (l *loop) watchOver(now time.Time) {
	l.watchLine(now)
	l.watchService()
}

func (l *loop) watchLine(now time.Time) {
	w := &l.watch
	switch l.line.State {
	case view.StatusLive, view.StatusDegraded:
		w.lineLive = true
		l.lineBack()
		return
	case view.StatusOff:
		return
	case view.StatusFatal: // it does not come back by itself
		if w.lineLive {
			w.lineLost = now
		}
	}
	if w.lineLost.IsZero() && (w.lineLive || l.line.State == view.StatusFatal) {
		w.lineLost = now.Add(lineLostAfter)
	}
	if !w.lineLost.IsZero() && !w.lineLost.After(now) {
		l.lineGone()
	}
}

// lineGone says that no calls are seen. Only what a person must mend is said
// over a notice that is there already.
func (l *loop) lineGone() {
	w, t := &l.watch, l.deps.Texts
	if w.lineSaid != "" && (w.lineSaid == view.StatusFatal || l.line.State != view.StatusFatal) {
		return
	}
	s := l.translated(l.line)
	w.lineSaid = s.State
	n := notification.Notice{
		Title: t.T("notice.lineLost"), Body: lines(s.Reason, s.Hint),
		Urgency: notification.Normal, Category: "network.disconnected",
	}
	if s.State == view.StatusFatal {
		n.Title = t.T("status.line.fatal")
	}
	l.withButton(&n, "notice.settings")
	l.notify(keyLine, n)
}

// lineNew: the line is set up anew or taken away; what was said of it is old.
func (l *loop) lineNew() {
	l.watch.lineLive = false
	l.lineBack()
}

func (l *loop) lineBack() {
	w := &l.watch
	if w.lineSaid != "" && l.deps.Notifier != nil {
		_ = l.deps.Notifier.Withdraw(keyLine)
	}
	w.lineSaid, w.lineLost = "", time.Time{}
}

func (l *loop) watchService() {
	w, s := &l.watch, l.serviceView
	if s.State == w.service {
		return
	}
	w.service = s.State
	switch {
	case s.State == view.StatusSignedOut && s.Code != "" && !w.leaving: // the service's own word
		t := l.deps.Texts
		n := notification.Notice{Title: t.T("notice.signedOut"), Body: t.T("notice.signedOutHint"), Urgency: notification.Normal}
		l.withButton(&n, "notice.signIn")
		w.signedOut = true
		l.notify(keySignedOut, n)
	case s.State == view.StatusLive:
		w.leaving = false
		l.signInSeen()
	case s.State == view.StatusOff:
		l.signInSeen()
	}
}

func (l *loop) signInSeen() {
	if l.watch.signedOut && l.deps.Notifier != nil {
		_ = l.deps.Notifier.Withdraw(keySignedOut)
	}
	l.watch.signedOut = false
}

// withButton lets a notice open a window, where there are any, by its button
// and by a click on it: desktops show no button for the latter.
func (l *loop) withButton(n *notification.Notice, key string) {
	if l.deps.Windows != nil {
		label := l.deps.Texts.T(key)
		n.Actions = []notification.Action{{Key: actShow, Label: label}, {Key: actMend, Label: label}}
	}
}

// pressedWatch opens the window in which line or service can be mended.
func (l *loop) pressedWatch(key, action string) error {
	switch {
	case action != actShow && action != actMend:
		return nil
	case key == keySignedOut:
		return l.showWindow(view.WindowAssistant)
	}
	return l.showWindow(view.WindowSettings)
}

func lines(parts ...string) string {
	text := ""
	for _, p := range parts {
		if p != "" && text != "" {
			text += "\n"
		}
		text += p
	}
	return text
}
