package telephony

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/ctiagent/phone"
)

// The tests read like the wire: what each view says, then what the agent was
// told. Times are of a clock that only the tests move.
type room struct {
	t    *testing.T
	now  time.Time
	tr   *Tracker
	told []string // "c1 ringing +442079460123 new ring"
	last map[CallID]Call
	seen []CallID
	link []Link
	prog []Progress
}

func (r *room) Link(l Link)         { r.link = append(r.link, l) }
func (r *room) Progress(p Progress) { r.prog = append(r.prog, p) }

func (r *room) Call(c Call, ch Change) {
	r.t.Helper()
	was, known := r.last[c.ID]
	if !known {
		r.seen = append(r.seen, c.ID)
	}
	if known && was.Phase == Ended {
		r.t.Errorf("%s was told after it had ended", c.ID)
	}
	if known == ch.Has(ChangeNew) {
		r.t.Errorf("%s: known %v but new %v", c.ID, known, ch.Has(ChangeNew))
	}
	if Next(was.Phase, c.Phase) != c.Phase {
		r.t.Errorf("%s went from %v to %v", c.ID, was.Phase, c.Phase)
	}
	r.last[c.ID] = c
	words := []string{string(c.ID), c.Phase.String()}
	if c.Phase == Ended {
		words = append(words, c.EndReason.String())
	}
	if c.Direction == Outgoing {
		words = append(words, "out")
	}
	words = append(words, or(c.Remote.Number.Key(), "?"))
	if c.Remote.Name != "" {
		words = append(words, c.Remote.Name)
	}
	for _, x := range []struct {
		c Change
		w string
	}{{ChangeRing, "RING"}, {ChangeParty, "PARTY"}} {
		if ch.Has(x.c) {
			words = append(words, x.w)
		}
	}
	r.told = append(r.told, strings.Join(words, " "))
}

func newRoom(t *testing.T, opts TrackerOptions) *room {
	r := &room{t: t, now: time.Date(2030, 5, 1, 9, 0, 0, 0, time.UTC), last: map[CallID]Call{}}
	n := 0
	opts.Now = func() time.Time { return r.now }
	opts.NewID = func() CallID { n++; return CallID(fmt.Sprintf("c%d", n)) }
	r.tr = NewTracker(r, opts)
	return r
}

// pass lets time go by the way the agent's loop does.
func (r *room) pass(d time.Duration) {
	end := r.now.Add(d)
	for {
		next := r.tr.NextDeadline()
		if next.IsZero() || next.After(end) {
			break
		}
		r.now = next
		r.tr.Expire(next)
	}
	r.now = end
	r.tr.Expire(end)
}

// expect compares what was told since the last expect.
func (r *room) expect(want ...string) {
	r.t.Helper()
	if !slices.Equal(r.told, want) {
		r.t.Fatalf("told\n\t%s\nwant\n\t%s", strings.Join(r.told, "\n\t"), strings.Join(want, "\n\t"))
	}
	r.told = nil
}

func num(digits string) phone.Number {
	switch digits {
	case "":
		return phone.Number{}
	case "anonymous":
		return phone.WithheldNumber(phone.Anonymous)
	}
	return phone.FromNetwork(digits, phone.DialPlan{Country: "GB", InternalMin: 2, InternalMax: 4})
}

const (
	london = "+442079460123"
	paris  = "+33199000012"
)

// says makes one report: view, id, phase, direction, number; then options.
func says(v View, id string, p Phase, d Direction, number string, with ...func(*Call)) Call {
	c := Call{View: v, ID: CallID(id), Phase: p, Direction: d, Remote: Party{Number: num(number)}}
	for _, f := range with {
		f(&c)
	}
	return c
}

func sid(s string) func(*Call)         { return func(c *Call) { c.SignallingID = s } }
func because(r EndReason) func(*Call)  { return func(c *Call) { c.EndReason = r } }
func named(s string) func(*Call)       { return func(c *Call) { c.Remote.Name = s } }
func origin(id DialID) func(*Call)     { return func(c *Call) { c.Origin = id } }
func called(number string) func(*Call) { return func(c *Call) { c.Local.Number = num(number) } }

func bothViews(t *testing.T) *room {
	r := newRoom(t, TrackerOptions{Own: num("100")})
	r.tr.Snapshot(ViewDialog, nil)
	r.tr.Snapshot(ViewContact, nil)
	return r
}

func TestRingAnswerEnd(t *testing.T) {
	r := bothViews(t)
	for range 2 { // every report twice: nothing is told twice
		r.tr.Call(says(ViewDialog, "d1", Ringing, Incoming, london, sid("A")))
		r.tr.Call(says(ViewContact, "k1", Ringing, Incoming, london, sid("A"), named("Ada")))
	}
	r.expect("c1 ringing +442079460123 RING", "c1 ringing +442079460123 Ada")
	for range 2 {
		r.tr.Call(says(ViewDialog, "d1", Connected, Incoming, london, sid("A")))
		r.tr.Call(says(ViewContact, "k1", Ended, Incoming, london, sid("A"), because(EndAnsweredElsewhere)))
	}
	r.expect("c1 connected +442079460123 Ada")
	r.tr.Call(says(ViewDialog, "d1", Held, Incoming, london))
	r.tr.Call(says(ViewDialog, "d1", Connected, Incoming, london))
	r.expect("c1 held +442079460123 Ada", "c1 connected +442079460123 Ada")
	for range 2 {
		r.tr.Call(says(ViewDialog, "d1", Ended, Incoming, london))
	}
	r.tr.Call(says(ViewDialog, "d1", Ringing, Incoming, london))
	r.pass(time.Minute)
	r.expect("c1 ended normal +442079460123 Ada")
	if c := r.last["c1"]; c.Answered.IsZero() || c.Finished.Before(c.Answered) || c.Started.After(c.Answered) {
		t.Errorf("times out of order: %v %v %v", c.Started, c.Answered, c.Finished)
	}
}

// The user's own desk phone answers; the second contact hears of it first.
func TestOwnPhoneAnswersAfterCancel(t *testing.T) {
	for _, late := range []time.Duration{0, 100 * time.Millisecond, 399 * time.Millisecond} {
		r := bothViews(t)
		r.tr.Call(says(ViewContact, "k1", Ringing, Incoming, london, sid("A")))
		r.tr.Call(says(ViewDialog, "d1", Ringing, Incoming, london, sid("A")))
		r.expect("c1 ringing +442079460123 RING")
		r.tr.Call(says(ViewContact, "k1", Ended, Incoming, london, sid("A"), because(EndAnsweredElsewhere)))
		r.pass(late)
		r.expect()
		r.tr.Call(says(ViewDialog, "d1", Connected, Incoming, london, sid("A")))
		r.pass(time.Hour)
		r.expect("c1 connected +442079460123")
	}
}

// The same, and the dialog view has not even said that it rings.
func TestOwnPhoneAnswersDialogViewLate(t *testing.T) {
	r := bothViews(t)
	r.tr.Call(says(ViewContact, "k1", Ringing, Incoming, london))
	r.tr.Call(says(ViewContact, "k1", Ended, Incoming, london, because(EndAnsweredElsewhere)))
	r.pass(200 * time.Millisecond)
	r.tr.Call(says(ViewDialog, "d1", Connected, DirectionUnknown, "")) // as Asterisk does
	r.pass(time.Hour)
	r.expect("c1 ringing +442079460123 RING", "c1 connected +442079460123")
}

func TestColleagueAnswers(t *testing.T) {
	ends := map[View]Call{
		ViewContact: says(ViewContact, "k1", Ended, Incoming, london, sid("A"), because(EndAnsweredElsewhere)),
		ViewDialog:  says(ViewDialog, "d1", Ended, Incoming, london, sid("A"), because(EndMissed)),
	}
	for _, order := range [][]View{{ViewContact, ViewDialog}, {ViewDialog, ViewContact}} {
		r := bothViews(t)
		r.tr.Call(says(ViewContact, "k1", Ringing, Incoming, london, sid("A")))
		r.tr.Call(says(ViewDialog, "d1", Ringing, Incoming, london, sid("A")))
		r.expect("c1 ringing +442079460123 RING")
		r.tr.Call(ends[order[0]])
		r.expect()
		r.tr.Call(ends[order[1]])
		r.expect("c1 ended answeredElsewhere +442079460123")
	}
}

func TestAnsweredElsewhereWithoutDialogView(t *testing.T) {
	r := newRoom(t, TrackerOptions{})
	r.tr.Snapshot(ViewContact, nil)
	r.tr.Call(says(ViewContact, "k1", Ringing, Incoming, london))
	r.tr.Call(says(ViewContact, "k1", Ended, Incoming, london, because(EndAnsweredElsewhere)))
	r.expect("c1 ringing +442079460123 RING", "c1 ended answeredElsewhere +442079460123")
}

func TestAnsweredElsewhereDialogViewSilent(t *testing.T) {
	r := bothViews(t)
	r.tr.Call(says(ViewContact, "k1", Ringing, Incoming, london, sid("A")))
	r.tr.Call(says(ViewContact, "k1", Ended, Incoming, london, sid("A"), because(EndAnsweredElsewhere)))
	r.expect("c1 ringing +442079460123 RING")
	r.pass(time.Second)
	r.expect("c1 ended answeredElsewhere +442079460123")
	// The dialog view speaks at last: no second ring. But if the user talks,
	// the user talks.
	r.tr.Call(says(ViewDialog, "d1", Ringing, Incoming, london, sid("A")))
	r.expect()
	r.tr.Call(says(ViewDialog, "d1", Connected, Incoming, london, sid("A")))
	r.expect("c2 connected +442079460123")
}

func TestMissed(t *testing.T) {
	r := bothViews(t)
	r.tr.Call(says(ViewContact, "k1", Ringing, Incoming, london, sid("A")))
	r.tr.Call(says(ViewDialog, "d1", Ringing, Incoming, london, sid("A")))
	r.tr.Call(says(ViewDialog, "d1", Ended, Incoming, london, sid("A")))
	r.tr.Call(says(ViewContact, "k1", Ended, Incoming, london, sid("A"), because(EndMissed)))
	r.expect("c1 ringing +442079460123 RING", "c1 ended missed +442079460123")
}

func TestTwoAtOnce(t *testing.T) {
	r := bothViews(t)
	r.tr.Call(says(ViewContact, "k1", Ringing, Incoming, london, sid("A")))
	r.tr.Call(says(ViewContact, "k2", Ringing, Incoming, paris, sid("B")))
	r.tr.Call(says(ViewDialog, "d2", Ringing, Incoming, paris, sid("B")))
	r.tr.Call(says(ViewDialog, "d1", Ringing, Incoming, london, sid("A")))
	r.tr.Call(says(ViewDialog, "d2", Connected, Incoming, paris, sid("B")))
	r.tr.Call(says(ViewDialog, "d1", Ended, Incoming, london, sid("A")))
	r.tr.Call(says(ViewContact, "k1", Ended, Incoming, london, sid("A"), because(EndMissed)))
	r.expect("c1 ringing +442079460123 RING", "c2 ringing +33199000012 RING",
		"c2 connected +33199000012", "c1 ended missed +442079460123")
}

// Two withheld callers within the window, on a platform whose ids agree.
func TestTwoWithheldAtOnce(t *testing.T) {
	r := bothViews(t)
	r.tr.Call(says(ViewContact, "k0", Ringing, Incoming, london, sid("Z")))
	r.tr.Call(says(ViewDialog, "d0", Ringing, Incoming, london, sid("Z")))
	r.tr.Call(says(ViewContact, "k1", Ringing, Incoming, "anonymous", sid("A")))
	r.tr.Call(says(ViewDialog, "d2", Ringing, Incoming, "anonymous", sid("B")))
	r.tr.Call(says(ViewContact, "k2", Ringing, Incoming, "anonymous", sid("B")))
	r.tr.Call(says(ViewDialog, "d1", Ringing, Incoming, "anonymous", sid("A")))
	r.expect("c1 ringing +442079460123 RING", "c2 ringing withheld RING", "c3 ringing withheld RING")
}

// A back-to-back user agent: the ids differ, the number and the time agree.
func TestMergeByNumberAndTime(t *testing.T) {
	r := bothViews(t)
	r.tr.Call(says(ViewContact, "k1", Ringing, Incoming, london, sid("leg-1")))
	r.pass(2 * time.Second)
	r.tr.Call(says(ViewDialog, "d1", Ringing, Incoming, london, sid("leg-2")))
	r.expect("c1 ringing +442079460123 RING")
	// The same number a while later is another call.
	r.pass(4 * time.Second)
	r.tr.Call(says(ViewDialog, "d2", Ringing, Incoming, london, sid("leg-3")))
	r.expect("c2 ringing +442079460123 RING")
}

func TestContactKnowsIdentityBest(t *testing.T) {
	r := bothViews(t)
	r.tr.Call(says(ViewDialog, "d1", Ringing, Incoming, "", sid("A"), named("100")))
	r.tr.Call(says(ViewContact, "k1", Ringing, Incoming, "anonymous", sid("A")))
	r.tr.Call(says(ViewDialog, "d1", Ringing, Incoming, london, sid("A"))) // must not unmask
	r.expect("c1 ringing ? 100 RING", "c1 ringing withheld")
}

func TestLateNumber(t *testing.T) {
	r := bothViews(t)
	r.tr.Call(says(ViewDialog, "d1", Ringing, Incoming, ""))
	r.tr.Call(says(ViewDialog, "d1", Connected, Incoming, ""))
	r.tr.Call(says(ViewDialog, "d1", Ringing, Incoming, london)) // overtaken on the way
	r.expect("c1 ringing ? RING", "c1 connected ?", "c1 connected +442079460123")
}

func TestRemotePartyChanged(t *testing.T) {
	r := bothViews(t)
	r.tr.Call(says(ViewContact, "k1", Ringing, Incoming, "200", sid("A"), named("Reception")))
	r.tr.Call(says(ViewDialog, "d1", Connected, Incoming, "200", sid("A")))
	r.tr.Call(says(ViewDialog, "d1", Connected, Incoming, london, sid("A")))
	r.tr.Call(says(ViewDialog, "d1", Ended, Incoming, london, sid("A"), because(EndTransferred)))
	r.expect("c1 ringing local:200 Reception RING", "c1 connected local:200 Reception",
		"c1 connected +442079460123 PARTY", "c1 ended transferred +442079460123")
}

func TestGoneFromSnapshot(t *testing.T) {
	r := bothViews(t)
	r.tr.Call(says(ViewContact, "k1", Ringing, Incoming, london, sid("A")))
	r.tr.Call(says(ViewDialog, "d1", Ringing, Incoming, london, sid("A")))
	r.tr.Call(says(ViewDialog, "d2", Connected, Incoming, paris, sid("B")))
	r.told = nil
	r.tr.Link(Link{State: LinkOffline})
	r.tr.Link(Link{State: LinkLive})
	r.tr.Snapshot(ViewContact, nil) // a new registration has no forks
	r.expect()
	r.tr.Snapshot(ViewDialog, []Call{says(ViewDialog, "d1'", Ringing, Incoming, london, sid("A"))})
	r.pass(time.Second)
	r.expect("c2 ended unknown +33199000012")
	r.tr.Call(says(ViewDialog, "d1'", Connected, Incoming, london, sid("A")))
	r.tr.Snapshot(ViewDialog, nil)
	r.pass(time.Second)
	r.expect("c1 connected +442079460123", "c1 ended unknown +442079460123")
}

// After a reconnect the call comes back with neither id nor number.
func TestComesBackWithoutNumber(t *testing.T) {
	r := newRoom(t, TrackerOptions{})
	r.tr.Snapshot(ViewDialog, nil)
	r.tr.Call(says(ViewDialog, "100/1", Ringing, Incoming, london))
	r.tr.Call(says(ViewDialog, "100/1", Connected, DirectionUnknown, ""))
	r.told = nil
	r.tr.Snapshot(ViewDialog, []Call{says(ViewDialog, "100/2", Connected, DirectionUnknown, "")})
	r.expect()
	r.tr.Call(says(ViewDialog, "100/2", Ended, DirectionUnknown, ""))
	r.expect("c1 ended normal +442079460123")
}

func TestSnapshotAtStart(t *testing.T) {
	r := newRoom(t, TrackerOptions{})
	r.tr.Snapshot(ViewDialog, []Call{
		says(ViewDialog, "d1", Connected, Incoming, paris),
		says(ViewDialog, "d2", Ringing, Incoming, london),
		says(ViewDialog, "d3", Ended, Incoming, london, because(EndMissed)),
	})
	r.expect("c1 connected +33199000012", "c2 ringing +442079460123 RING")
}

// Click-to-dial on a proxy: our own call to the user's phone, then the phone's
// call to the destination.
func TestDialThroughProxy(t *testing.T) {
	r := bothViews(t)
	if id := r.tr.Dial(DialRequest{ID: "x", Number: num(london)}); id != "c1" {
		t.Fatal(id)
	}
	r.tr.Progress(Progress{ID: "x", Step: DialSent})
	r.tr.Call(says(ViewDialog, "own", Ringing, Incoming, "100", sid("S"), origin("x")))
	r.tr.Call(says(ViewContact, "fork", Ringing, Incoming, "100", sid("S")))
	r.tr.Progress(Progress{ID: "x", Step: DialOwnRinging})
	r.tr.Call(says(ViewContact, "fork", Ended, Incoming, "100", sid("S"), because(EndAnsweredElsewhere)))
	r.tr.Call(says(ViewDialog, "own", Connected, Incoming, "100", sid("S"), origin("x")))
	r.tr.Progress(Progress{ID: "x", Step: DialOwnAnswered})
	r.tr.Progress(Progress{ID: "x", Step: DialTrying})
	r.tr.Call(says(ViewDialog, "there", Dialing, Outgoing, london, sid("T"), named("Ada")))
	r.tr.Call(says(ViewDialog, "there", Alerting, Outgoing, london, sid("T")))
	r.tr.Progress(Progress{ID: "x", Step: DialRinging})
	r.tr.Progress(Progress{ID: "x", Step: DialTrying}) // overtaken
	r.tr.Progress(Progress{ID: "x", Step: DialConnected})
	r.tr.Call(says(ViewDialog, "own", Ended, Incoming, "100", sid("S"), origin("x")))
	r.tr.Call(says(ViewDialog, "there", Connected, Outgoing, london, sid("T")))
	r.pass(time.Hour)
	r.expect("c1 dialing out +442079460123", "c1 dialing out +442079460123 Ada",
		"c1 alerting out +442079460123 Ada", "c1 connected out +442079460123 Ada")
	r.tr.Call(says(ViewDialog, "there", Ended, Outgoing, london, sid("T")))
	r.expect("c1 ended normal out +442079460123 Ada")
	if len(r.prog) != 6 {
		t.Errorf("progress: %v", r.prog)
	}
}

// On a back-to-back user agent the line only shows that it is busy.
func TestDialThroughB2BUA(t *testing.T) {
	r := bothViews(t)
	r.tr.Dial(DialRequest{ID: "x", Number: num(london)})
	r.tr.Call(says(ViewDialog, "100", Ringing, Incoming, "100"))
	r.tr.Call(says(ViewDialog, "100", Connected, DirectionUnknown, ""))
	for _, s := range []DialStep{DialOwnRinging, DialOwnAnswered, DialRinging, DialConnected} {
		r.tr.Progress(Progress{ID: "x", Step: s})
	}
	r.pass(time.Hour)
	r.expect("c1 dialing out +442079460123", "c1 alerting out +442079460123", "c1 connected out +442079460123")
	r.tr.Call(says(ViewDialog, "100", Ended, DirectionUnknown, ""))
	r.pass(time.Minute)
	r.expect("c1 ended normal out +442079460123")
}

func TestDialWithoutDialogView(t *testing.T) {
	r := newRoom(t, TrackerOptions{})
	r.tr.Dial(DialRequest{ID: "x", Number: num(london)})
	r.tr.Call(says(ViewContact, "fork", Ringing, Incoming, "100", called("100")))
	r.tr.Progress(Progress{ID: "x", Step: DialConnected})
	r.pass(time.Minute)
	r.expect("c1 dialing out +442079460123", "c1 connected out +442079460123", "c1 ended unknown out +442079460123")
}

func TestDialFails(t *testing.T) {
	for step, reason := range map[DialStep]EndReason{
		DialBusy: EndBusy, DialDeclined: EndDeclined, DialOwnRefused: EndFailed,
		DialNoAnswer: EndNoAnswer, DialCancelled: EndCancelled, DialFailed: EndFailed,
	} {
		r := bothViews(t)
		r.tr.Dial(DialRequest{ID: "x", Number: num(london)})
		r.tr.Progress(Progress{ID: "x", Step: DialOwnRinging})
		r.tr.Progress(Progress{ID: "x", Step: step})
		r.tr.Progress(Progress{ID: "x", Step: DialFailed})
		r.expect("c1 dialing out +442079460123", "c1 ended "+reason.String()+" out +442079460123")
	}
	r := bothViews(t)
	r.tr.Dial(DialRequest{ID: "x", Number: num(london)})
	r.pass(time.Hour)
	r.expect("c1 dialing out +442079460123", "c1 ended unknown out +442079460123")
}

// The platform writes the destination in a way of its own.
func TestDialByAnotherName(t *testing.T) {
	r := bothViews(t)
	r.tr.Dial(DialRequest{ID: "x", Number: num(london)})
	r.tr.Progress(Progress{ID: "x", Step: DialOwnAnswered})
	r.tr.Call(says(ViewDialog, "there", Alerting, Outgoing, "200"))
	r.tr.Progress(Progress{ID: "x", Step: DialConnected})
	r.tr.Call(says(ViewDialog, "there", Connected, Outgoing, "200"))
	r.tr.Call(says(ViewDialog, "there", Ended, Outgoing, "200"))
	r.expect("c1 dialing out +442079460123", "c1 alerting out +442079460123",
		"c1 connected out +442079460123", "c1 ended normal out +442079460123")
	r.tr.Call(says(ViewDialog, "by hand", Dialing, Outgoing, paris))
	r.expect("c2 dialing out +33199000012")
}

// A platform that calls a ringing leg confirmed.
func TestDialLegTalksTooSoon(t *testing.T) {
	r := bothViews(t)
	r.tr.Dial(DialRequest{ID: "x", Number: num(london)})
	r.tr.Progress(Progress{ID: "x", Step: DialTrying})
	r.tr.Call(says(ViewDialog, "there", Connected, Outgoing, london))
	r.tr.Progress(Progress{ID: "x", Step: DialRinging})
	r.tr.Progress(Progress{ID: "x", Step: DialDeclined})
	r.tr.Call(says(ViewDialog, "there", Ended, Outgoing, london))
	r.pass(time.Minute)
	r.expect("c1 dialing out +442079460123", "c1 alerting out +442079460123", "c1 ended declined out +442079460123")

	// The progress says it failed, and they talk all the same.
	r.tr.Dial(DialRequest{ID: "y", Number: num(london)})
	r.tr.Progress(Progress{ID: "y", Step: DialTrying})
	r.tr.Call(says(ViewDialog, "there2", Connected, Outgoing, london))
	r.tr.Progress(Progress{ID: "y", Step: DialFailed})
	r.pass(time.Minute)
	r.expect("c2 dialing out +442079460123", "c2 connected out +442079460123")
}

// A real caller rings while a click-to-dial is on its way.
func TestCallerDuringDial(t *testing.T) {
	r := bothViews(t)
	r.tr.Dial(DialRequest{ID: "x", Number: num(london)})
	r.tr.Call(says(ViewContact, "k1", Ringing, Incoming, london, sid("A"), called("100")))
	r.expect("c1 dialing out +442079460123", "c2 ringing +442079460123 RING")
}

func TestBounded(t *testing.T) {
	r := newRoom(t, TrackerOptions{MaxCalls: 50})
	for i := range 1000 {
		r.tr.Call(says(ViewDialog, fmt.Sprint("d", i), Ringing, Incoming, fmt.Sprintf("+44207946%04d", i)))
		r.tr.Call(says(ViewDialog, fmt.Sprint("gone", i), Ended, Incoming, ""))
	}
	if len(r.tr.calls) > 51 || len(r.tr.legs) > 200 || len(r.tr.Live()) > 51 {
		t.Errorf("%d calls, %d legs", len(r.tr.calls), len(r.tr.legs))
	}
	ended := 0
	for _, c := range r.last {
		if c.Phase == Ended {
			ended++
		}
	}
	if len(r.last) != 1000 || ended < 949 {
		t.Errorf("%d calls told, %d ended", len(r.last), ended)
	}
	for i := range 1000 {
		r.tr.Call(says(ViewDialog, fmt.Sprint("d", i), Ended, Incoming, ""))
	}
	r.pass(time.Hour)
	r.pass(time.Hour)
	if len(r.tr.calls) != 0 || len(r.tr.legs) != 0 {
		t.Errorf("an hour later: %d calls, %d legs", len(r.tr.calls), len(r.tr.legs))
	}
}

func TestLinkOnce(t *testing.T) {
	r := newRoom(t, TrackerOptions{})
	r.tr.Link(Link{State: LinkLive})
	r.tr.Link(Link{State: LinkLive})
	r.tr.Link(Link{State: LinkDegraded, Reason: "x"})
	if len(r.link) != 2 {
		t.Error(r.link)
	}
}

// A call that two views tell of, from ring to end.
func BenchmarkCall(b *testing.B) {
	tr := NewTracker(deaf{}, TrackerOptions{})
	tr.Snapshot(ViewDialog, nil)
	for i := 0; b.Loop(); i++ {
		d, k, id := fmt.Sprint("d", i), fmt.Sprint("k", i), sid(fmt.Sprint(i))
		tr.Call(says(ViewContact, k, Ringing, Incoming, london, id))
		tr.Call(says(ViewDialog, d, Ringing, Incoming, london, id))
		tr.Call(says(ViewContact, k, Ended, Incoming, london, id, because(EndAnsweredElsewhere)))
		tr.Call(says(ViewDialog, d, Connected, Incoming, london, id))
		tr.Call(says(ViewDialog, d, Ended, Incoming, london, id))
	}
}

type deaf struct{}

func (deaf) Link(Link)         {}
func (deaf) Call(Call, Change) {}
func (deaf) Progress(Progress) {}
