package sipline

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.org/ctiagent/phone"
	"example.org/ctiagent/telephony"
)

// callTable turns dialog-info documents into calls. It is pure: documents and
// times go in, whole calls come out. Platforms differ in what a document holds
// (testdata has one of each); the rules here hold for all of them:
//
//   - The key of a call is the dialog's id, never its Call-ID. Asterisk has one
//     id for the whole line for ever, so a call is one generation of an id: a
//     new one begins when the state leaves "terminated".
//   - What was learned stays. Asterisk gives the number only while it rings.
//   - A dialog missing from a full document has ended.
type callTable struct {
	plan    phone.DialPlan
	line    string // own user name: not a remote party, but ourselves
	entries map[string][]*entry
	serial  uint64 // of the last generation, over all ids
	resumed bool   // the next document tells of the past

	// parties remembers what identities mean: every document of a call repeats
	// them, and reading a number is the dearest part of a report.
	parties map[participant]telephony.Party
}

// entry is one generation of one dialog id.
type entry struct {
	call telephony.Call
	self bool // both ends are the line: our own click-to-dial, or a call to itself
}

func newCallTable(line string, plan phone.DialPlan) *callTable {
	return &callTable{plan: plan, line: line, entries: map[string][]*entry{}, parties: map[participant]telephony.Party{}}
}

// maxCalls bounds the calls of one line; a real one has a handful.
const maxCalls = 256

// apply takes one document and returns the calls that are new or changed, in
// the order of the document, ended ones first. An empty NOTIFY is a full
// document without dialogs.
func (t *callTable) apply(doc *document, at time.Time) []telephony.Call {
	defer func() { t.resumed = false }()
	var changed []telephony.Call
	if doc.full {
		seen := make(map[string]bool, len(doc.dialogs))
		for _, d := range doc.dialogs {
			seen[d.id] = true
		}
		for _, id := range t.ids() {
			if !seen[id] {
				changed = append(changed, t.endAll(id, dialogInfo{}, at)...)
			}
		}
	}
	for _, d := range doc.dialogs {
		changed = append(changed, t.one(d, at)...)
	}
	return changed
}

// live gives all calls that have not ended, in the order in which they began.
func (t *callTable) live() []telephony.Call {
	var out []telephony.Call
	for _, es := range t.entries {
		for _, e := range es {
			out = append(out, e.call)
		}
	}
	slices.SortFunc(out, func(a, b telephony.Call) int {
		return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// restart prepares the table for the first document of a new subscription.
// Calls that are still there keep their ids; an id that now stands for another
// call (a line-level id that rings where there was speech) lets the old one go.
func (t *callTable) restart(doc *document) {
	t.resumed = true
	for _, d := range doc.dialogs {
		es := t.entries[d.id]
		if len(es) == 0 {
			continue
		}
		c := es[len(es)-1].call
		other := d.callID != "" && c.SignallingID != "" && d.callID != c.SignallingID
		if other || phaseOf(d) == telephony.Ringing && c.Phase.Talking() {
			delete(t.entries, d.id)
		}
	}
}

func (t *callTable) ids() []string {
	ids := make([]string, 0, len(t.entries))
	for id := range t.entries {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (t *callTable) one(d dialogInfo, at time.Time) []telephony.Call {
	if d.id == "" {
		d.id = d.callID
	}
	if d.state == "terminated" || d.state == "" {
		return t.endAll(d.id, d, at)
	}
	phase := phaseOf(d)
	es := t.entries[d.id]
	var e *entry
	if len(es) > 0 {
		e = es[len(es)-1]
		if t.startsAnew(e, d, phase) {
			e = nil // a second call over the first one, which goes on
		}
	}
	if e == nil {
		if t.count() >= maxCalls {
			return nil
		}
		t.serial++
		e = &entry{call: telephony.Call{
			ID:      telephony.CallID("dialog:" + strconv.FormatUint(t.serial, 10) + ":" + d.id),
			View:    telephony.ViewDialog,
			Started: at,
		}}
		if t.resumed && phase.Talking() {
			e.call.Started = time.Time{} // nobody knows since when
		}
		t.entries[d.id] = append(es, e)
	}
	before := e.call
	t.update(e, d, phase, at)
	if e.call == before {
		return nil
	}
	return []telephony.Call{e.call}
}

func (t *callTable) count() int {
	n := 0
	for _, es := range t.entries {
		n += len(es)
	}
	return n
}

// startsAnew reports that a line-level entry (Asterisk with
// notify_early_inuse_ringing) shows another call ringing over one in speech.
func (t *callTable) startsAnew(e *entry, d dialogInfo, phase telephony.Phase) bool {
	if phase != telephony.Ringing || !e.call.Phase.Talking() || d.callID != "" {
		return false
	}
	remote := t.party(d.remote)
	return e.call.Direction != telephony.Incoming || remote.Number.Key() != e.call.Remote.Number.Key()
}

func (t *callTable) update(e *entry, d dialogInfo, phase telephony.Phase, at time.Time) {
	c := &e.call
	if user := uriUser(d.remote.identity); user != "" && user == t.line {
		e.self = true
	}
	if e.self {
		// Kamailio shows a call to oneself under one id that is caller and
		// called by turns; its direction means nothing.
		phase = max(phase, c.Phase)
	}
	switch {
	case e.self && c.Direction != telephony.DirectionUnknown:
	case d.direction == "recipient":
		c.Direction = telephony.Incoming
	case d.direction == "initiator":
		c.Direction = telephony.Outgoing
	case phase == telephony.Ringing:
		c.Direction = telephony.Incoming
	}
	c.Phase = phase
	if remote := t.party(d.remote); !remote.Number.IsZero() {
		if c.Remote.Number.Key() != remote.Number.Key() || remote.Name != "" {
			c.Remote = remote
		}
	}
	if local := t.party(d.local); !local.Number.IsZero() && c.Local.Number.IsZero() {
		c.Local = local
	}
	if d.callID != "" {
		c.SignallingID = d.callID
	}
	if phase.Talking() && c.Answered.IsZero() && !t.resumed {
		c.Answered = at
	}
}

// endAll ends every generation of an id.
func (t *callTable) endAll(id string, d dialogInfo, at time.Time) []telephony.Call {
	var out []telephony.Call
	for _, e := range t.entries[id] {
		c := e.call
		c.EndReason = endReasonOf(c, d)
		c.Phase = telephony.Ended
		c.Finished = at
		out = append(out, c)
	}
	delete(t.entries, id)
	return out
}

// phaseOf reads state and direction, RFC 4235 §3.7.1.
func phaseOf(d dialogInfo) telephony.Phase {
	switch d.state {
	case "confirmed":
		if d.local.held {
			// Asterisk says so of the party that is put on hold, others of the
			// one that holds: either way nobody is talking.
			return telephony.Held
		}
		return telephony.Connected
	case "trying", "proceeding":
		if d.direction == "initiator" {
			return telephony.Dialing
		}
		return telephony.Ringing
	case "early":
		if d.direction == "initiator" {
			return telephony.Alerting
		}
		return telephony.Ringing
	}
	return telephony.PhaseUnknown
}

// endReasonOf reads why a dialog ended: the event where there is one, else
// what can be said from how far the call had come.
func endReasonOf(c telephony.Call, d dialogInfo) telephony.EndReason {
	incoming := c.Direction == telephony.Incoming
	if d.code == 486 || d.code == 600 {
		if incoming { // our own phone said so
			return telephony.EndDeclined
		}
		return telephony.EndBusy
	}
	switch d.event {
	case "cancelled":
		if incoming {
			return telephony.EndMissed
		}
		return telephony.EndCancelled
	case "rejected":
		return telephony.EndDeclined
	case "replaced":
		return telephony.EndTransferred
	case "error":
		return telephony.EndFailed
	case "timeout":
		if incoming {
			return telephony.EndMissed
		}
		return telephony.EndNoAnswer
	}
	switch {
	case c.Phase.Talking() || d.event == "local-bye" || d.event == "remote-bye":
		return telephony.EndNormal
	case incoming:
		return telephony.EndMissed
	case d.code == 603:
		return telephony.EndDeclined
	case c.Direction == telephony.Outgoing && d.code >= 400 && d.code != 487:
		return telephony.EndFailed
	}
	return telephony.EndUnknown
}

// party reads one end of a dialog: its identity, else its target.
func (t *callTable) party(p participant) telephony.Party {
	p.held = false
	if uriUser(p.identity) == "" && uriUser(p.target) != "" {
		p.identity = p.target
	}
	p.target = ""
	if p.identity == "" {
		return telephony.Party{}
	}
	party, known := t.parties[p]
	if !known {
		if len(t.parties) >= maxCalls {
			clear(t.parties)
		}
		party = partyFrom(p.identity, p.display, t.plan)
		t.parties[p] = party
	}
	return party
}

// partyFrom reads a URI and a display name; "anonymous" and its like are a
// caller who withholds the number, RFC 3323 §4.1.1.3 and RFC 3325 §9.
func partyFrom(uri, display string, plan phone.DialPlan) telephony.Party {
	user := uriUser(uri)
	if host := uriHost(uri); host == "anonymous.invalid" || strings.EqualFold(user, "anonymous") {
		return telephony.Party{Number: phone.WithheldNumber(phone.Anonymous)}
	}
	if user == "" || strings.EqualFold(user, "unknown") || strings.EqualFold(user, "unavailable") {
		return telephony.Party{Number: phone.WithheldNumber(phone.Unavailable), Name: clean(display)}
	}
	return telephony.Party{Number: phone.FromNetwork(user, plan), Name: nameOf(display, user)}
}

// nameOf drops display names that only repeat the number.
func nameOf(display, user string) string {
	display = clean(display)
	if strings.EqualFold(display, "anonymous") {
		return ""
	}
	if digitsOf(display) == digitsOf(user) {
		return ""
	}
	return display
}

// digitsOf drops what people put between digits.
func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -()/.", r) {
			return -1
		}
		return r
	}, s)
}

// clean makes network text valid UTF-8 without control characters and not
// longer than anybody can read; what it means is for others to judge.
func clean(s string) string {
	const most = 256 // bytes
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return -1
		}
		return r
	}, s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return strings.TrimSpace(s)
}
