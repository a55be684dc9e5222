package telephonytest

import (
	"errors"
	"slices"
	"time"

	"example.org/ctiagent/phone"
	"example.org/ctiagent/telephony"
)

var (
	ada   = Caller{Number: "+442079460123", Name: "Ada Quill"}
	bert  = Caller{Number: "+33199000012", Name: "Bert Heron"}
	carol = Caller{Number: "+12125550142", Name: "Carol Wren"}
)

// private are numbers and names of this suite; no log may hold them.
var private = []string{"2079460123", "199000012", "2125550142", "Quill", "Heron", "Wren"}

var callCases = []testCase{
	{"ring-answer-end", []string{FeatureAfterAnswer}, func(l *line) {
		l.live()
		call := l.world.Ring(ada)
		c := l.rang(ada.Number)
		call.Answer()
		c = l.reaches(c.ID, telephony.Connected)
		if c.Direction != telephony.Incoming || c.Remote.Number.Key() != ada.Number || c.Answered.IsZero() {
			l.Errorf("answered: direction %v, number kept %v, answered at %v", c.Direction, c.Remote.Number.Key() == ada.Number, c.Answered)
		}
		call.Hangup()
		l.ends(c.ID, telephony.EndNormal)
		l.only(1)
	}},
	{"ring-end", nil, func(l *line) { // what every connector sees
		l.live()
		call := l.world.Ring(ada)
		c := l.rang(ada.Number)
		if l.ringsOf(c.ID) != 1 || c.Started.IsZero() {
			l.Errorf("it rang %d times, started at %v", l.ringsOf(c.ID), c.Started)
		}
		call.Abandon()
		l.reaches(c.ID, telephony.Ended)
		l.only(1)
	}},
	{"name", []string{FeatureName}, func(l *line) {
		l.live()
		call := l.world.Ring(ada)
		l.call("the name is told", func(c telephony.Call) bool { return c.Remote.Name == ada.Name })
		call.Abandon()
	}},
	{"abandoned", []string{FeatureMissed}, func(l *line) {
		l.live()
		call := l.world.Ring(ada)
		c := l.rang(ada.Number)
		call.Abandon()
		l.ends(c.ID, telephony.EndMissed)
		l.only(1)
	}},
	{"abandoned-at-once", []string{FeatureMissed}, func(l *line) {
		l.live()
		for range 5 {
			l.world.Ring(ada).Abandon()
		}
		l.await("five calls have ended", func() bool {
			n := 0
			for _, c := range l.calls {
				if c.Phase == telephony.Ended {
					n++
				}
			}
			return n == 5
		})
		l.only(5)
	}},
	{"answered-elsewhere", []string{FeatureElsewhere}, func(l *line) {
		l.live()
		call := l.world.Ring(ada)
		c := l.rang(ada.Number)
		call.AnswerElsewhere()
		l.ends(c.ID, telephony.EndAnsweredElsewhere)
		l.only(1)
	}},
	{"outgoing", []string{FeatureOutgoing}, func(l *line) {
		l.live()
		call := l.world.Outgoing(ada.Number)
		c := l.call("an outgoing call is told", func(c telephony.Call) bool { return c.Direction == telephony.Outgoing })
		if c.Phase == telephony.Ringing {
			l.Errorf("an outgoing call rings as if it came in")
		}
		call.Alert()
		call.Answer()
		c = l.reaches(c.ID, telephony.Connected)
		if !slices.Contains(l.h.Missing, FeatureOutRemote) && c.Remote.Number.Key() != ada.Number {
			l.Errorf("the number of an outgoing call is not told")
		}
		call.Hangup()
		l.ends(c.ID, telephony.EndNormal)
		l.only(1)
	}},
	{"outgoing-given-up", []string{FeatureOutgoing}, func(l *line) {
		l.live()
		call := l.world.Outgoing(ada.Number)
		c := l.call("an outgoing call is told", func(c telephony.Call) bool { return c.Direction == telephony.Outgoing })
		call.Alert()
		call.Abandon()
		if c = l.reaches(c.ID, telephony.Ended); c.EndReason == telephony.EndMissed {
			l.Errorf("an outgoing call ended as missed")
		}
		l.only(1)
	}},
	{"two-at-once", []string{FeatureTwoCalls, FeatureAfterAnswer}, func(l *line) {
		l.live()
		one := l.world.Ring(ada)
		a := l.rang(ada.Number)
		one.Answer()
		l.reaches(a.ID, telephony.Connected)
		two := l.world.Ring(bert)
		b := l.rang(bert.Number, a.ID)
		one.Hangup()
		l.ends(a.ID, telephony.EndNormal)
		two.Answer()
		l.reaches(b.ID, telephony.Connected)
		two.Hangup()
		l.ends(b.ID, telephony.EndNormal)
		l.only(2)
	}},
	{"hold", []string{FeatureHold, FeatureAfterAnswer}, func(l *line) {
		l.live()
		call := l.world.Ring(ada)
		c := l.rang(ada.Number)
		call.Answer()
		l.reaches(c.ID, telephony.Connected)
		call.Hold()
		l.reaches(c.ID, telephony.Held)
		call.Resume()
		l.reaches(c.ID, telephony.Connected)
		call.Hold()
		l.reaches(c.ID, telephony.Held)
		call.Hangup()
		l.ends(c.ID, telephony.EndNormal)
		l.only(1)
	}},
	{"remote-party-changed", []string{FeatureTransfer, FeatureAfterAnswer}, func(l *line) {
		l.live()
		call := l.world.Ring(ada)
		c := l.rang(ada.Number)
		call.Answer()
		l.reaches(c.ID, telephony.Connected)
		call.Transfer(bert)
		l.call("the new party is told", func(x telephony.Call) bool {
			return x.ID == c.ID && x.Remote.Number.Key() == bert.Number
		})
		l.await("the change is marked", func() bool { return l.parties[c.ID] == 1 })
		call.Hangup()
		l.reaches(c.ID, telephony.Ended)
		l.only(1)
	}},
	{"withheld", []string{FeatureWithheld}, func(l *line) {
		l.live()
		call := l.world.Ring(Caller{Number: ada.Number, Name: ada.Name, Withheld: true})
		c := l.call("a withheld call rings", func(c telephony.Call) bool { return c.Phase == telephony.Ringing })
		if !c.Remote.Number.Withheld() || c.Remote.Number.Presentation() != phone.Anonymous {
			l.Errorf("the number is not marked as withheld")
		}
		call.Abandon()
		c = l.reaches(c.ID, telephony.Ended)
		if c.Remote.Number.E164() != "" || c.Remote.Name == ada.Name {
			l.Errorf("a withheld number or name was told")
		}
		l.only(1)
	}},
	{"redirected", []string{FeatureRedirect}, func(l *line) {
		l.live()
		call := l.world.Ring(Caller{Number: ada.Number, RedirectBy: carol.Number})
		l.call("the redirecting party is told", func(c telephony.Call) bool {
			return c.RedirectedFrom.Number.Key() == carol.Number && c.Remote.Number.Key() == ada.Number
		})
		call.Abandon()
	}},
	{"reconnect-during-a-call", []string{FeatureReconnect, FeatureAfterAnswer}, func(l *line) {
		l.live()
		call := l.world.Ring(ada)
		c := l.rang(ada.Number)
		call.Answer()
		l.reaches(c.ID, telephony.Connected)
		l.interrupt(func() {})
		call.Hangup()
		l.ends(c.ID, telephony.EndNormal)
		l.only(1)
	}},
	{"ended-while-away", []string{FeatureReconnect, FeatureSeesGone}, func(l *line) {
		l.live()
		call := l.world.Ring(ada)
		c := l.rang(ada.Number)
		l.interrupt(call.Abandon)
		l.ends(c.ID, telephony.EndUnknown) // nobody saw it: no notice of a missed call
		again := l.world.Ring(ada)
		d := l.rang(ada.Number, c.ID)
		again.Abandon()
		l.reaches(d.ID, telephony.Ended)
		l.only(2)
	}},
	{"disordered-reports", []string{FeatureDisorder, FeatureAfterAnswer}, func(l *line) {
		l.live()
		l.world.Disorder(true)
		for range 3 {
			var known []telephony.CallID
			l.mu.Lock()
			for _, c := range l.calls {
				known = append(known, c.ID)
			}
			l.mu.Unlock()
			call := l.world.Ring(ada)
			call.Answer()
			c := l.call("the call is answered", func(c telephony.Call) bool {
				return c.Phase == telephony.Connected && !slices.Contains(known, c.ID) && c.Remote.Number.Key() == ada.Number
			})
			call.Hangup()
			l.ends(c.ID, telephony.EndNormal)
		}
		l.only(3)
	}},
	{"many-at-once", []string{FeatureTwoCalls}, func(l *line) {
		l.live()
		const n = 50
		for range n {
			l.world.Ring(ada).Abandon()
			l.world.Ring(bert).AnswerElsewhere()
		}
		l.await("every call has ended", func() bool {
			ended := 0
			for _, c := range l.calls {
				if c.Phase == telephony.Ended {
					ended++
				}
			}
			return ended == 2*n
		})
		l.only(2 * n)
	}},
	{"refused-credentials", []string{FeatureCredentials}, func(l *line) {
		l.world.RefuseCredentials()
		l.start()
		select {
		case <-l.stopped:
		case <-time.After(l.patience()):
			l.fail("Run gives up")
		}
		l.cancel()
		l.cancel = nil
		if !errors.Is(l.runErr, telephony.ErrRefused) || l.runErr.Error() == telephony.ErrRefused.Error() {
			l.Errorf("Run returned %v, want ErrRefused wrapped with words", l.runErr)
		}
		l.await("the link is fatal", func() bool {
			return len(l.links) > 0 && l.links[len(l.links)-1].State == telephony.LinkFatal
		})
		if last := l.links[len(l.links)-1]; last.Reason == "" || last.Hint == "" {
			l.Errorf("a fatal link says neither why nor what to do")
		}
	}},
	{"capabilities", nil, func(l *line) {
		caps := l.conn.Capabilities()
		for _, x := range []struct {
			can     bool
			feature string
		}{
			{caps.Incoming, ""}, {caps.Outgoing, FeatureOutgoing}, {caps.RemoteAfterAnswer, FeatureAfterAnswer},
			{caps.Hold, FeatureHold}, {caps.MultiCall, FeatureTwoCalls}, {caps.AnsweredElsewhere, FeatureElsewhere},
			{caps.Redirect, FeatureRedirect}, {caps.Dial, FeatureDial},
		} {
			// The other way round is fine: a platform may tell less than others.
			if !x.can && !slices.Contains(l.h.Missing, x.feature) {
				l.Errorf("the connector says that it cannot do %q, but does not declare it missing", x.feature)
			}
		}
		if l.conn.Capabilities() != caps {
			l.Errorf("the capabilities are not constant")
		}
	}},
	{"stop-at-once", nil, func(l *line) {
		l.start() // and the case ends: Run must return whatever it is doing
	}},
}

// number is a caller's number as the agent would ask for it.
func number(c Caller) phone.Number {
	return phone.FromNetwork(c.Number, phone.DialPlan{Country: "GB"})
}

// ends waits for the end of a call and checks why.
func (l *line) ends(id telephony.CallID, why telephony.EndReason) {
	l.Helper()
	if c := l.reaches(id, telephony.Ended); c.EndReason != why {
		l.Errorf("the call ended with reason %v, want %v", c.EndReason, why)
	}
}

// interrupt breaks the connection and waits until the line is live again.
func (l *line) interrupt(meanwhile func()) {
	l.Helper()
	l.mu.Lock()
	before := len(l.links)
	l.mu.Unlock()
	l.world.Interrupt(func() {
		l.await("the loss of the connection is told", func() bool {
			for _, x := range l.links[before:] {
				if x.State == telephony.LinkOffline || x.State == telephony.LinkConnecting {
					return true
				}
			}
			return false
		})
		meanwhile()
	})
	l.awaitLive()
}
