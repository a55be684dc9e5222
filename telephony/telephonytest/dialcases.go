package telephonytest

import (
	"context"
	"errors"
	"slices"

	"example.org/ctiagent/telephony"
)

var dialCases = []testCase{
	{"not-connected", []string{FeatureDial}, func(l *line) {
		if err := l.request("early", ada); !errors.Is(err, telephony.ErrNotReady) {
			l.Errorf("Dial before Run: %v, want ErrNotReady", err)
		}
	}},
	{"dial", []string{FeatureDial}, func(l *line) {
		l.live()
		l.world.OnDial(DialAnswered)
		l.dial("x", ada)
		l.final("x", telephony.DialConnected)
		c := l.call("the call is connected", func(c telephony.Call) bool {
			return c.Origin == "x" && c.Phase == telephony.Connected
		})
		if c.Direction != telephony.Outgoing || c.Remote.Number.Key() != ada.Number {
			l.Errorf("click-to-dial made a call of direction %v, number right: %v", c.Direction, c.Remote.Number.Key() == ada.Number)
		}
		l.world.HangUpAll()
		l.reaches(c.ID, telephony.Ended)
		l.onlyDialled(1)
	}},
	{"dial-busy", []string{FeatureDial, FeatureDialOutcome}, func(l *line) {
		l.refused(DialBusy, telephony.DialBusy, telephony.EndBusy)
	}},
	{"dial-declined", []string{FeatureDial, FeatureDialOutcome}, func(l *line) {
		l.refused(DialDeclined, telephony.DialDeclined, telephony.EndDeclined)
	}},
	{"dial-unanswered", []string{FeatureDial, FeatureDialOutcome}, func(l *line) {
		l.refused(DialUnanswered, telephony.DialNoAnswer, telephony.EndNoAnswer)
	}},
	{"dial-own-phone-declines", []string{FeatureDial, FeatureDialOwn}, func(l *line) {
		l.refused(DialOwnDeclines, telephony.DialOwnRefused, telephony.EndFailed)
	}},
	{"dial-cancelled-at-own-phone", []string{FeatureDial, FeatureDialCancel, FeatureDialOwn}, func(l *line) {
		l.cancelled(DialOwnRings, telephony.DialOwnRinging)
	}},
	{"dial-cancelled-at-destination", []string{FeatureDial, FeatureDialCancel}, func(l *line) {
		l.cancelled(DialThereRings, telephony.DialRinging)
	}},
	{"dial-twice", []string{FeatureDial}, func(l *line) {
		l.live()
		l.world.OnDial(DialAnswered)
		for _, id := range []telephony.DialID{"one", "two"} {
			l.dial(id, ada)
			l.final(id, telephony.DialConnected)
			c := l.call("the call is connected", func(c telephony.Call) bool {
				return c.Origin == id && c.Phase == telephony.Connected
			})
			l.world.HangUpAll()
			l.reaches(c.ID, telephony.Ended)
		}
		l.onlyDialled(2)
	}},
	{"caller-during-dial", []string{FeatureDial, FeatureDialCancel, FeatureDialOwn, FeatureTwoCalls}, func(l *line) {
		l.live()
		l.world.OnDial(DialOwnRings)
		l.dial("x", ada)
		l.step("x", telephony.DialOwnRinging)
		call := l.world.Ring(bert)
		c := l.rang(bert.Number)
		call.Abandon()
		l.reaches(c.ID, telephony.Ended)
		l.giveUp("x")
		l.final("x", telephony.DialCancelled)
		l.only(2)
	}},
	{"cancel-unknown", []string{FeatureDial, FeatureDialCancel}, func(l *line) {
		l.live()
		l.giveUp("never heard of")
	}},
	{"stop-during-dial", []string{FeatureDial, FeatureDialOwn}, func(l *line) {
		l.live()
		l.world.OnDial(DialThereRings)
		l.dial("x", ada)
		l.step("x", telephony.DialRinging)
		l.stop()
		l.poll("the user's phone is let go", func() bool { return !l.world.Silence() })
	}},
}

// dial asks for a call as the agent does: the Tracker first.
func (l *line) dial(id telephony.DialID, to Caller) {
	l.Helper()
	l.do(func() { l.tracker.Dial(telephony.DialRequest{ID: id, Number: number(to), Dial: to.Number}) })
	if err := l.request(id, to); err != nil {
		l.Fatalf("Dial: %v", err)
	}
}

func (l *line) request(id telephony.DialID, to Caller) error {
	ctx, cancel := context.WithTimeout(context.Background(), l.patience())
	defer cancel()
	return l.conn.Dial(ctx, telephony.DialRequest{ID: id, Number: number(to), Dial: to.Number})
}

func (l *line) giveUp(id telephony.DialID) {
	l.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), l.patience())
	defer cancel()
	if err := l.conn.Cancel(ctx, id); err != nil {
		l.Errorf("Cancel: %v", err)
	}
}

// step waits for a step of a click-to-dial.
func (l *line) step(id telephony.DialID, s telephony.DialStep) {
	l.Helper()
	l.await("click-to-dial comes to "+s.String(), func() bool { return slices.Contains(l.progress[id], s) })
}

// final waits for the last step, and checks which it is.
func (l *line) final(id telephony.DialID, want telephony.DialStep) {
	l.Helper()
	l.await("click-to-dial comes to an end", func() bool {
		steps := l.progress[id]
		return len(steps) > 0 && steps[len(steps)-1].Final()
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	steps := l.progress[id]
	if got := steps[len(steps)-1]; got != want {
		l.Errorf("click-to-dial ended with %v, want %v; steps %v", got, want, steps)
	}
	if said := l.steps[id]; !slices.IsSorted(said) {
		l.Errorf("click-to-dial went backwards: %v", said)
	}
}

// onlyDialled checks that n calls were told and none of them rang: the legs
// of our own click-to-dial are nobody's incoming call.
func (l *line) onlyDialled(n int) {
	l.Helper()
	l.only(n)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rings) > 0 {
		l.Errorf("our own click-to-dial rang as an incoming call")
	}
}

// refused is a click-to-dial that comes to nothing.
func (l *line) refused(o DialOutcome, step telephony.DialStep, why telephony.EndReason) {
	l.Helper()
	l.live()
	l.world.OnDial(o)
	l.dial("x", ada)
	l.final("x", step)
	c := l.call("the call has ended", func(c telephony.Call) bool { return c.Origin == "x" && c.Phase == telephony.Ended })
	if c.EndReason != why {
		l.Errorf("the call ended with reason %v, want %v", c.EndReason, why)
	}
	l.poll("the user's phone is let go", func() bool { return !l.world.Silence() })
	l.onlyDialled(1)
}

// cancelled is a click-to-dial that the user gives up at a step.
func (l *line) cancelled(o DialOutcome, at telephony.DialStep) {
	l.Helper()
	l.live()
	l.world.OnDial(o)
	l.dial("x", ada)
	l.step("x", at)
	l.giveUp("x")
	l.final("x", telephony.DialCancelled)
	l.poll("the user's phone is let go", func() bool { return !l.world.Silence() })
	l.onlyDialled(1)
}
