package agent

import (
	"context"
	"errors"
	"strings"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/desktop/notification"
	"example.org/ctiagent/telephony"
)

// Keys of actions on notices.
const (
	actOpen     = "open"
	actNew      = "new"
	actPrivate  = "private"
	actShow     = "default" // a click on the notice itself
	actCallBack = "callback"
	actMend     = "mend"
	actDial     = "dial"
	actCancel   = "cancel"
)

const (
	keyMissed  = "missed"  // one notice for all missed calls
	keyConfirm = "confirm" // one question at a time
	keySorry   = "sorry"   // what a button promised and could not keep

	keyLine      = "line"      // the line is gone
	keySignedOut = "signedOut" // from the service, and not by the person
)

// notifyCall shows a ringing call, or replaces what was shown of it.
func (l *loop) notifyCall(c *card) {
	t := l.deps.Texts
	n := notification.Notice{
		Urgency:  notification.Critical, // a ringing phone is not transient chatter
		Category: "call.incoming",
		Resident: true,
		Actions:  []notification.Action{{Key: actShow, Label: t.T("notice.show")}},
	}
	n.Title, n.Body = l.callText(c)
	if l.canOpen(c) {
		n.Actions = append(n.Actions, notification.Action{Key: actOpen, Label: t.T("card.openRecord")})
	} else if l.canAdd(c) {
		n.Actions = append(n.Actions, notification.Action{Key: actNew, Label: t.T("card.newContact")})
	}
	n.Actions = append(n.Actions, notification.Action{Key: actPrivate, Label: t.T("card.private")})
	l.notify(c.id, n)
}

// callText is who calls, in a title and a few lines.
func (l *loop) callText(c *card) (title, body string) {
	t := l.deps.Texts
	var lines []string
	number := c.number.Format()
	switch {
	case c.number.Withheld():
		title = t.T("card.withheld")
	case c.name() != "":
		title = c.name()
		lines = append(lines, number)
	default:
		title = number
	}
	if title == "" {
		title = t.T("notice.incoming")
	}
	switch c.recognised {
	case view.Known:
		m := c.answer.Matches[c.order[0]]
		for _, f := range m.Fields[:min(3, len(m.Fields))] {
			lines = append(lines, clean(f.Value))
		}
	case view.Several:
		title = number
		names := make([]string, 0, 3)
		for _, i := range c.order[:min(3, len(c.order))] {
			names = append(names, clean(c.answer.Matches[i].Name))
		}
		lines = []string{strings.Join(names, " · ")}
		if more := len(c.order) - len(names); more > 0 {
			lines = append(lines, t.T("notice.more", map[string]any{"count": more}))
		}
	case view.NotKnown:
		lines = append(lines, t.T("card.notInContacts"))
	case view.Unreachable:
		lines = append(lines, t.T("card.unreachable"))
	case view.Late:
		lines = append(lines, t.T("card.late"))
	}
	if local := l.localText(c); local != "" {
		lines = append(lines, t.T("notice.for", map[string]any{"line": local}))
	}
	return title, strings.Join(lines, "\n")
}

// localText says which of our numbers or queues was called.
func (l *loop) localText(c *card) string {
	var parts []string
	if name := clean(c.call.Local.Name); name != "" {
		parts = append(parts, name)
	}
	if n := c.call.Local.Number.Format(); n != "" {
		parts = append(parts, n)
	}
	return strings.Join(parts, " · ")
}

// withdraw takes the notice of a call away: it was taken, here or elsewhere.
func (l *loop) withdraw(c *card) {
	if l.deps.Notifier != nil {
		_ = l.deps.Notifier.Withdraw(c.id) // what is not shown needs no withdrawing
	}
}

// notifyMissed leaves one notice for all missed calls.
func (l *loop) notifyMissed() {
	t := l.deps.Texts
	n := notification.Notice{
		Urgency:  notification.Normal,
		Category: "call.unanswered",
		Timeout:  -1,
		Actions:  []notification.Action{{Key: actShow, Label: t.T("notice.history")}},
	}
	newest := l.missed[len(l.missed)-1]
	if len(l.missed) == 1 {
		title, body := l.callText(newest)
		n.Title = t.T("notice.missedOne", map[string]any{"who": title})
		n.Body = body
	} else {
		n.Title = t.T("notice.missedMany", map[string]any{"count": len(l.missed)})
		var who []string
		for _, c := range l.missed[max(0, len(l.missed)-3):] {
			title, _ := l.callText(c)
			who = append(who, title)
		}
		n.Body = strings.Join(who, "\n")
	}
	if !newest.number.IsZero() && !newest.number.Withheld() {
		n.Actions = append(n.Actions, notification.Action{Key: actCallBack, Label: t.T("card.callBack")})
	}
	l.notify(keyMissed, n)
}

// notify hands a notice to the desktop; it reports whether somebody shows it.
func (l *loop) notify(key string, n notification.Notice) bool {
	if l.deps.Notifier == nil || !l.values().Notification.Enabled {
		return false
	}
	if err := l.deps.Notifier.Show(key, n); err != nil {
		if !errors.Is(err, notification.ErrNoServer) {
			l.deps.Log.Warn("a notification could not be shown", "error", err)
		}
		return false
	}
	return true
}

// NoticeSent tells the agent when a notice handed over at shown had been
// written to the desktop; the notifier's goroutine calls it.
func (a *Agent) NoticeSent(key string, shown, sent time.Time) {
	a.post(noticeSent{key, shown, sent})
}

type noticeSent struct {
	key         string
	shown, sent time.Time
}

func (n noticeSent) apply(l *loop) {
	c, err := l.find(n.key)
	if err != nil {
		return // a question, or missed calls
	}
	if c.times.Notified.IsZero() {
		c.times.Notified = n.sent
		l.changed = true
	}
	if c.times.Named.IsZero() && !c.named.IsZero() && !n.shown.Before(c.named) {
		c.times.Named = n.sent
		l.changed = true
	}
}

// runNotices brings the buttons of notices to the loop.
func (a *Agent) runNotices(ctx context.Context) {
	if a.deps.Notifier == nil {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case i, ok := <-a.deps.Notifier.Actions():
			if !ok {
				return
			}
			a.post(pressed(i))
		}
	}
}

// pressed is a button of a notice.
type pressed notification.Invoked

func (p pressed) apply(l *loop) {
	l.changed = true
	if err := l.pressed(p.Key, p.Action); err != nil {
		l.notifySorry(err)
	}
}

// pressed does what a button says. The error is shown to the person: there is
// no window in which it could stand.
func (l *loop) pressed(key, action string) error {
	switch key {
	case keyConfirm:
		return l.pressedConfirm(action)
	case keyMissed:
		return l.pressedMissed(action)
	case keySorry:
		return nil
	case keyLine, keySignedOut:
		return l.pressedWatch(key, action)
	}
	c, err := l.find(key)
	if err != nil {
		return nil // it went away by itself
	}
	switch action {
	case actOpen:
		return l.openRecord(c, 0)
	case actNew:
		return l.newContact(c)
	case actPrivate:
		return l.makePrivate(c)
	case actShow:
		c.dismissed = false
		return l.showWindow(view.WindowCard)
	}
	return nil
}

// pressedConfirm answers the question; a yes that came sooner than anybody can
// read puts it again.
func (l *loop) pressedConfirm(action string) error {
	switch action {
	case actDial:
		if c := l.confirm; c != nil && l.now().Before(c.NotBefore) {
			l.confirmByNotice()
			return nil
		}
		_, err := l.answerConfirm("", true)
		return err
	case actCancel, notification.Dismissed:
		if l.confirm == nil {
			return nil
		}
		_, err := l.answerConfirm("", false)
		return err
	}
	return nil
}

// notifySorry says that what a button promised did not happen, and why.
func (l *loop) notifySorry(err error) {
	l.notify(keySorry, notification.Notice{Title: l.deps.Texts.T("notice.attention"), Body: err.Error(), Urgency: notification.Normal})
}

func (l *loop) pressedMissed(action string) (err error) {
	if len(l.missed) == 0 {
		return nil
	}
	newest := l.missed[len(l.missed)-1]
	switch action {
	case actShow:
		err = l.showWindow(view.WindowHistory)
	case actCallBack:
		err = l.dialNumber(newest.number)
	}
	l.missedSeen()
	return err
}

// missedSeen: the user has looked at the missed calls.
func (l *loop) missedSeen() {
	l.missed = nil
	l.changed = true
	if l.deps.Notifier != nil {
		_ = l.deps.Notifier.Withdraw(keyMissed)
	}
	h := l.hist()
	l.beside(func() {
		if err := h.MarkSeen(); err != nil {
			l.deps.Log.Warn("missed calls could not be marked as seen", "error", err)
		}
		l.post(l.readRecent())
	})
}

// ringTime is how long it rang, talkTime how long it was talked.
func ringTime(c telephony.Call) time.Duration {
	end := c.Answered
	if end.IsZero() {
		end = c.Finished
	}
	if c.Started.IsZero() || end.Before(c.Started) {
		return 0
	}
	return end.Sub(c.Started)
}

func talkTime(c telephony.Call) time.Duration {
	if c.Answered.IsZero() || c.Finished.Before(c.Answered) {
		return 0
	}
	return c.Finished.Sub(c.Answered)
}
