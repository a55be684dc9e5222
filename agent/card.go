package agent

import (
	"cmp"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/desktop/notification"
	"example.org/ctiagent/phone"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop"
	"example.org/ctiagent/telephony"
)

// How long an ended call stays on the screen.
const (
	stayEnded     = 5 * time.Second
	stayElsewhere = 8 * time.Second
	stayFailed    = 15 * time.Second // a dial that came to nothing says why
	stayMissed    = 8 * time.Hour
	keepMissed    = 3 // cards; the history has them all
)

// maxNameRunes caps names from the network and from records on a card.
const maxNameRunes = 128

// card is one call as the loop knows it; faces see it as a view.Card.
type card struct {
	id     string
	call   telephony.Call
	number phone.Number

	recognised string // one of the view's recognition states
	answer     recognition.Answer
	order      []int // of answer.Matches, the person's earlier choice first
	chosen     bool  // order[0] was chosen earlier
	lookup     int   // rises with every lookup; older answers are ignored
	bound      time.Time
	retry      time.Time

	private   bool
	dismissed bool
	ran       []screenpop.RunKey // scripts that have run, by event
	opened    bool
	paused    bool
	notice    string
	scriptErr string

	dial     telephony.DialID
	step     telephony.DialStep
	dialling bool
	reason   string

	recorded bool
	entry    string    // of the history, once it is written
	gone     time.Time // when it leaves the screen; zero: it stays
	times    view.Times
	named    time.Time // when the notice with the name was handed over
}

func (l *loop) newCard() *card {
	l.nextID++
	c := &card{
		id:         "c" + strconv.Itoa(l.nextID),
		recognised: view.NoLookup,
	}
	l.order = append(l.order, c)
	return c
}

// find gives the card a face speaks of.
func (l *loop) find(id string) (*card, error) {
	for _, c := range l.order {
		if c.id == id {
			return c, nil
		}
	}
	return nil, inWords(l.deps.Texts.T("error.callGone"))
}

// forget takes a card off the screen.
func (l *loop) forget(c *card) {
	l.order = slices.DeleteFunc(l.order, func(x *card) bool { return x == c })
	if l.cards[c.call.ID] == c {
		delete(l.cards, c.call.ID)
	}
	if l.dials[c.dial] == c {
		delete(l.dials, c.dial)
	}
	l.changed = true
	if len(l.order) == 0 && l.now().Sub(l.tidied) > tidyEvery {
		l.tidied = l.now()
		l.beside(debug.FreeOSMemory)
	}
}

// tidyEvery is how often, at most, memory is given back to the system after
// the last call has left the screen: fifty agents may share one machine.
const tidyEvery = time.Minute

func (c *card) live() bool { return c.call.Phase != telephony.Ended }

// best is the match that acts when nobody has chosen: the only one, or the
// one chosen last time.
func (c *card) best() (recognition.Match, bool) {
	if len(c.order) == 1 || len(c.order) > 1 && c.chosen {
		return c.answer.Matches[c.order[0]], true
	}
	return recognition.Match{}, false
}

// sortMatches puts the person's earlier choice first.
func (c *card) sortMatches(source, record string) {
	c.order = make([]int, len(c.answer.Matches))
	for i := range c.order {
		c.order[i] = i
	}
	isChoice := func(i int) int {
		if m := c.answer.Matches[i]; record != "" && m.Source == source && m.RecordID == record {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(c.order, func(a, b int) int { return cmp.Compare(isChoice(a), isChoice(b)) })
	c.chosen = len(c.order) > 0 && isChoice(c.order[0]) == 0
}

// name is who it is, as far as known: the record's word before the network's.
func (c *card) name() string {
	if m, ok := c.best(); ok {
		return clean(m.Name)
	}
	if len(c.order) > 0 {
		return ""
	}
	return clean(c.call.Remote.Name)
}

func clean(s string) string { return notification.Clean(s, maxNameRunes) }

// phase is the view's word for where the call is.
func (c *card) phase() string {
	switch c.call.Phase {
	case telephony.Ringing:
		return view.PhaseRinging
	case telephony.Dialing, telephony.PhaseUnknown:
		return view.PhaseDialing
	case telephony.Alerting:
		return view.PhaseAlerting
	case telephony.Connected:
		return view.PhaseConnected
	case telephony.Held:
		return view.PhaseHeld
	}
	switch c.call.EndReason {
	case telephony.EndMissed:
		return view.PhaseMissed
	case telephony.EndAnsweredElsewhere:
		return view.PhaseElsewhere
	}
	return view.PhaseEnded
}

// outgoing: what is not known to come in is treated as going out, so that
// nothing opens by mistake.
func (c *card) outgoing() bool { return c.call.Direction != telephony.Incoming }
