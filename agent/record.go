package agent

import (
	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/history"
	"example.org/ctiagent/phone"
	"example.org/ctiagent/telephony"
)

// recentCalls is how many calls the tray offers.
const recentCalls = 5

// HistoryUnreadable is the Reason of a history in memory whose file is there
// but cannot be read with the key there is.
const HistoryUnreadable = "unreadable"

// reopenHistory opens the history with whatever secrets are at hand now.
func (a *Agent) reopenHistory() {
	a.opening.Lock()
	defer a.opening.Unlock()
	store, _ := a.deps.Secrets.Store()
	a.useHistory(a.deps.OpenHistory(a.values().History, store))
}

// useHistory puts h in the place of the history there was. Calls that were
// kept in memory move: the keyring may have been unlocked only now.
func (a *Agent) useHistory(h History) {
	if reason := h.Reason(); reason != "" {
		a.deps.Log.Warn("the history is kept in memory only", "reason", reason)
	}
	old := a.history.Swap(&openHistory{h})
	if old == nil {
		return
	}
	if old.Reason() != "" {
		for _, e := range old.Find(history.Query{Limit: maxMoved}).Entries {
			if _, err := h.Add(e); err != nil {
				a.deps.Log.Warn("a call could not be written to the history", "error", err)
			}
		}
	}
	if err := old.Close(); err != nil {
		a.deps.Log.Warn("the history could not be closed", "error", err)
	}
	a.post(a.readRecent())
}

// maxMoved bounds what moves from memory to disk: more calls than that do not
// come before a keyring is unlocked.
const maxMoved = 1000

// startHistoryAnew begins an empty history in the place of one that cannot be
// read; one that can be read is left alone.
func (a *Agent) startHistoryAnew() error {
	a.opening.Lock()
	defer a.opening.Unlock()
	if a.hist().Reason() != HistoryUnreadable {
		return nil
	}
	store, need := a.deps.Secrets.Store()
	if store == nil {
		return inWords(a.deps.Texts.T("secrets." + need))
	}
	h, err := a.deps.StartHistoryAnew(a.values().History, store)
	if err != nil {
		return err
	}
	a.useHistory(h)
	return nil
}

// keptHow says in a page how calls are kept, or what keeps them from being read.
func (a *Agent) keptHow(p *view.HistoryPage) {
	v := a.values().History
	p.Off, p.Days = !v.Enabled, v.Days
	switch reason := a.hist().Reason(); reason {
	case history.ReasonNone:
	case HistoryUnreadable:
		p.Unreadable = true
	case history.ReasonChosen, history.ReasonSession, history.ReasonNoKeyring, history.ReasonLocked:
		p.Memory = reason
		if _, need := a.deps.Secrets.Store(); need == "locked" || need == "unlock" {
			p.Memory = need // there will be a place for the key
		}
	default:
		p.Error = reason
	}
}

// record writes an ended call down. Private calls are never written.
func (l *loop) record(c *card) {
	if c.recorded || c.private || !l.values().History.Enabled {
		return
	}
	c.recorded = true
	e := history.Entry{
		At:         c.call.Started,
		Outgoing:   c.outgoing(),
		Result:     resultOf(c.call),
		NumberKey:  c.number.Key(),
		NumberText: c.number.Format(),
		Country:    c.number.Country(),
		Kind:       string(c.number.Kind()),
		Name:       c.name(),
		Duration:   talkTime(c.call),
		Rang:       ringTime(c.call),
	}
	if e.At.IsZero() {
		e.At = l.now()
	}
	switch c.number.Presentation() {
	case phone.Anonymous:
		e.Withheld = "anonymous"
	case phone.Unavailable:
		e.Withheld = "unavailable"
	}
	if m, ok := c.best(); ok {
		e.Source, e.RecordID = m.Source, m.RecordID
		if len(m.Fields) > 0 {
			e.Detail = clean(m.Fields[0].Value)
		}
	}
	h := l.hist()
	l.beside(func() {
		added, err := h.Add(e)
		if err != nil {
			l.deps.Log.Warn("a call could not be written to the history", "error", err)
		}
		l.post(question(func(l *loop) { l.written(c, added.ID) }))
		l.post(l.readRecent())
	})
}

// written notes where a call stands in the history; one that was made private
// meanwhile is taken out again.
func (l *loop) written(c *card, entry string) {
	c.entry = entry
	if c.private {
		l.unrecord(c)
	}
}

// unrecord takes a call out of the history.
func (l *loop) unrecord(c *card) {
	if c.entry == "" {
		return
	}
	h, entry := l.hist(), c.entry
	c.entry = ""
	l.beside(func() {
		if err := h.Forget(entry); err != nil {
			l.deps.Log.Warn("a private call could not be taken out of the history", "error", err)
		}
		l.post(l.readRecent())
	})
}

func resultOf(c telephony.Call) string {
	switch c.EndReason {
	case telephony.EndMissed:
		return history.Missed
	case telephony.EndAnsweredElsewhere:
		return history.Elsewhere
	case telephony.EndDeclined:
		return history.Declined
	case telephony.EndBusy:
		return history.Busy
	case telephony.EndFailed:
		return history.Failed
	case telephony.EndCancelled, telephony.EndNoAnswer:
		return history.Cancelled
	}
	if !c.Answered.IsZero() {
		return history.Answered
	}
	return history.Unknown
}

// readRecent reads the newest calls; it touches the disk and is called beside
// the loop.
func (a *Agent) readRecent() recentRead {
	return recentRead(a.hist().Find(history.Query{Limit: recentCalls}).Entries)
}
