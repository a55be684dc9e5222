//go:build system

package sipline

import (
	"testing"

	"example.org/ctiagent/telephony"
	"example.org/ctiagent/telephony/voicelab"
)

func labConfig(p *voicelab.Platform, user string) Config {
	return testConfig(user, voicelab.Password(user), voicelab.Domain, p.Addr, p.CAFile)
}

func TestKamailioRingAnswerEnd(t *testing.T) {
	p := voicelab.Start(t, voicelab.Options{})
	desk, caller := p.Telephone(t, "100"), p.Telephone(t, "200")
	_, r, stop := runLine(t, labConfig(p, "100"))
	r.awaitLink(telephony.LinkLive, 1)

	caller.Dial("100")
	for _, view := range []telephony.View{telephony.ViewDialog, telephony.ViewContact} {
		c := r.awaitCall("ringing in "+view.String(), func(c telephony.Call) bool {
			return c.View == view && c.Phase == telephony.Ringing
		})
		if got := c.Remote.Number.Raw(); got != "200" || c.Direction != telephony.Incoming || c.Received.IsZero() {
			t.Errorf("%v: remote %q, %v, received %v", view, got, c.Direction, c.Received)
		}
	}
	desk.Await("CALL_INCOMING", 1)
	desk.Accept()
	r.awaitCall("speech", func(c telephony.Call) bool {
		return c.View == telephony.ViewDialog && c.Phase == telephony.Connected
	})
	r.awaitCall("answered elsewhere at the contact", func(c telephony.Call) bool {
		return c.View == telephony.ViewContact && c.Phase == telephony.Ended && c.EndReason == telephony.EndAnsweredElsewhere
	})
	caller.Hangup()
	r.awaitCall("the end", func(c telephony.Call) bool {
		return c.View == telephony.ViewDialog && c.Phase == telephony.Ended && c.EndReason == telephony.EndNormal
	})
	if err := stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
	t.Log("\n" + r.dump())
}
