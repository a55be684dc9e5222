//go:build system

package sipline

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/phone"
	"example.org/ctiagent/telephony"
	"example.org/ctiagent/telephony/voicelab"
)

func labConfig(p *voicelab.Platform, user string) Config {
	return testConfig(user, voicelab.Password(user), voicelab.Domain, p.Addr, p.CAFile)
}

// liveLine is a platform with the line of user 100 on it, live.
func liveLine(t *testing.T) (*voicelab.Platform, *Connector, *recorder) {
	t.Helper()
	p := voicelab.Start(t, voicelab.Options{})
	c, r, _ := runLine(t, labConfig(p, "100"))
	r.awaitLink(telephony.LinkLive, 1)
	return p, c, r
}

func ended(view telephony.View, why telephony.EndReason, remote string) func(telephony.Call) bool {
	return func(c telephony.Call) bool {
		return is(view, telephony.Ended, remote)(c) && c.EndReason == why
	}
}

const seenByDialog, seenByContact = telephony.ViewDialog, telephony.ViewContact

func TestKamailioRingAnswerEnd(t *testing.T) {
	p := voicelab.Start(t, voicelab.Options{})
	desk, caller := p.Telephone(t, "100"), p.Telephone(t, "200")
	_, r, stop := runLine(t, labConfig(p, "100"))
	r.awaitLink(telephony.LinkLive, 1)

	caller.Dial("100")
	for _, view := range []telephony.View{seenByDialog, seenByContact} {
		c := r.awaitCall("ringing in "+view.String(), is(view, telephony.Ringing, "200"))
		if c.Direction != telephony.Incoming || c.Received.IsZero() || c.SignallingID == "" {
			t.Errorf("%v: %v, received %v", view, c.Direction, c.Received)
		}
	}
	desk.Await("CALL_INCOMING", 1)
	desk.Accept()
	r.awaitCall("speech", is(seenByDialog, telephony.Connected, "200"))
	r.awaitCall("answered elsewhere, as the contact sees it", ended(seenByContact, telephony.EndAnsweredElsewhere, "200"))
	caller.Hangup()
	r.awaitCall("the end", ended(seenByDialog, telephony.EndNormal, "200"))
	if err := stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestKamailioAbandoned(t *testing.T) {
	p, _, r := liveLine(t)
	caller := p.Telephone(t, "200")
	desk := p.Telephone(t, "100")
	caller.Dial("100")
	desk.Await("CALL_INCOMING", 1)
	r.awaitCall("ringing", is(seenByContact, telephony.Ringing, "200"))
	caller.Hangup()
	r.awaitCall("missed at the contact", ended(seenByContact, telephony.EndMissed, "200"))
	r.awaitCall("over in the dialog events", is(seenByDialog, telephony.Ended, "200"))
}

func TestKamailioOutgoing(t *testing.T) {
	p, _, r := liveLine(t)
	desk, far := p.Telephone(t, "100"), p.Telephone(t, "200")
	desk.Dial("200")
	far.Await("CALL_INCOMING", 1)
	c := r.awaitCall("the far end rings", is(seenByDialog, telephony.Alerting, "200"))
	if c.Direction != telephony.Outgoing {
		t.Errorf("direction %v", c.Direction)
	}
	far.Accept()
	r.awaitCall("speech", is(seenByDialog, telephony.Connected, "200"))
	desk.Hangup()
	r.awaitCall("the end", ended(seenByDialog, telephony.EndNormal, "200"))
}

func TestKamailioTwoAtOnceAndHold(t *testing.T) {
	p, _, r := liveLine(t)
	desk := p.Telephone(t, "100")
	first, second := p.Telephone(t, "200"), p.Telephone(t, "300")
	first.Dial("100")
	desk.Await("CALL_INCOMING", 1)
	desk.Accept()
	r.awaitCall("speech", is(seenByDialog, telephony.Connected, "200"))
	second.Dial("100")
	desk.Await("CALL_INCOMING", 2)
	r.awaitCall("second call", is(seenByDialog, telephony.Ringing, "300"))
	r.awaitCall("second call at the contact", is(seenByContact, telephony.Ringing, "300"))

	// Kamailio does not tell of hold; the call must only go on.
	desk.Press("hold", "")
	second.Hangup()
	r.awaitCall("second call over", is(seenByDialog, telephony.Ended, "300"))
	first.Hangup()
	end := r.awaitCall("first call over", is(seenByDialog, telephony.Ended, "200"))
	if end.EndReason != telephony.EndNormal {
		t.Errorf("ended %v", end.EndReason)
	}
}

func TestKamailioAnsweredElsewhere(t *testing.T) {
	p := voicelab.Start(t, voicelab.Options{})
	cfg := labConfig(p, "100")
	cfg.NoDialog = true
	_, r, _ := runLine(t, cfg)
	r.awaitLink(telephony.LinkLive, 1)
	desk, caller := p.Telephone(t, "100"), p.Telephone(t, "200")
	caller.Dial("100")
	desk.Await("CALL_INCOMING", 1)
	r.awaitCall("ringing", is(seenByContact, telephony.Ringing, "200"))
	desk.Accept()
	r.awaitCall("answered elsewhere", ended(seenByContact, telephony.EndAnsweredElsewhere, "200"))
}

func TestKamailioRestartDuringCall(t *testing.T) {
	p, _, r := liveLine(t)
	desk, caller := p.Telephone(t, "100"), p.Telephone(t, "200")
	caller.Dial("100")
	desk.Await("CALL_INCOMING", 1)
	desk.Accept()
	r.awaitCall("speech", is(seenByDialog, telephony.Connected, "200"))
	p.Stop()
	off := r.awaitLink(telephony.LinkOffline, 1)
	if off.Retry.IsZero() || off.Reason == "" {
		t.Errorf("offline without words or time: %+v", off)
	}
	p.Resume()
	r.awaitLink(telephony.LinkLive, 2)
	r.await("a snapshot of each view after the reconnect", func() bool {
		d, c := r.snapshots[seenByDialog], r.snapshots[seenByContact]
		return len(d) >= 2 && len(d[len(d)-1]) == 0 && len(c) >= 2
	})
	// And the line works again.
	third := p.Telephone(t, "300")
	third.Dial("100")
	r.awaitCall("ringing after the restart", is(seenByContact, telephony.Ringing, "300"))
}

func dialTo(number string) telephony.DialRequest {
	return telephony.DialRequest{ID: "dial-1", Number: phone.FromNetwork(number, testPlan), Dial: number}
}

func TestKamailioDial(t *testing.T) {
	p, c, r := liveLine(t)
	desk, far := p.Telephone(t, "100"), p.Telephone(t, "200")
	if err := c.Dial(context.Background(), dialTo("200")); err != nil {
		t.Fatal(err)
	}
	r.awaitStep("dial-1", telephony.DialSent)
	r.awaitStep("dial-1", telephony.DialOwnRinging)
	desk.Await("CALL_INCOMING", 1)
	desk.Accept()
	r.awaitStep("dial-1", telephony.DialOwnAnswered)
	far.Await("CALL_INCOMING", 1)
	r.awaitCall("the far end rings, tied to the dialling", func(c telephony.Call) bool {
		return is(seenByDialog, telephony.Alerting, "200")(c) && c.Origin == "dial-1"
	})
	far.Accept()
	r.awaitStep("dial-1", telephony.DialConnected)
	// The own leg is over, the call itself is not.
	r.awaitCall("the own leg over", func(c telephony.Call) bool {
		return c.View == seenByDialog && c.Phase == telephony.Ended && c.Origin == "dial-1" && c.Remote.Number.Raw() == "100"
	})
	r.awaitCall("speech", is(seenByDialog, telephony.Connected, "200"))
	r.mu.Lock()
	for _, c := range r.calls {
		if c.View == seenByContact {
			t.Errorf("our own call came back as an incoming one: %v", c.Phase)
		}
		if c.Remote.Number.Raw() == "100" && c.Origin != "dial-1" {
			t.Errorf("a leg of ours without origin: %v", c.Phase)
		}
	}
	r.mu.Unlock()
	far.Hangup()
	r.awaitCall("the end", ended(seenByDialog, telephony.EndNormal, "200"))
	t.Log("\n" + r.dump())
}

func TestKamailioDialOwnPhone(t *testing.T) {
	p, c, r := liveLine(t)
	if err := c.Dial(context.Background(), dialTo("200")); err != nil {
		t.Fatal(err)
	}
	got := r.awaitStep("dial-1", telephony.DialOwnRefused)
	if got.Reason != "none of your phones is registered" {
		t.Errorf("without a phone: %d %q", got.Code, got.Reason)
	}

	desk := p.Telephone(t, "100")
	req := dialTo("200")
	req.ID = "dial-2"
	if err := c.Dial(context.Background(), req); err != nil {
		t.Fatal(err)
	}
	desk.Await("CALL_INCOMING", 1)
	desk.Hangup()
	got = r.awaitStep("dial-2", telephony.DialOwnRefused)
	if got.Reason == "none of your phones is registered" {
		t.Errorf("declined: %d %q", got.Code, got.Reason)
	}
}

func TestKamailioDialCancel(t *testing.T) {
	p, c, r := liveLine(t)
	desk := p.Telephone(t, "100")
	if err := c.Dial(context.Background(), dialTo("200")); err != nil {
		t.Fatal(err)
	}
	desk.Await("CALL_INCOMING", 1)
	if err := c.Cancel(context.Background(), "dial-1"); err != nil {
		t.Fatal(err)
	}
	r.awaitStep("dial-1", telephony.DialCancelled)
	desk.Await("CALL_CLOSED", 1)
}

func TestKamailioDialFarEnd(t *testing.T) {
	p, c, r := liveLine(t)
	desk, far := p.Telephone(t, "100"), p.Telephone(t, "200")
	call := func(id telephony.DialID, number string, nth int) {
		req := dialTo(number)
		req.ID = id
		if err := c.Dial(context.Background(), req); err != nil {
			t.Fatal(err)
		}
		desk.Await("CALL_INCOMING", nth)
		desk.Accept()
	}
	call("busy", "200", 1)
	far.Await("CALL_INCOMING", 1)
	far.Hangup() // baresip answers 486
	r.awaitStep("busy", telephony.DialBusy)
	desk.Await("CALL_CLOSED", 2) // the own leg and the call to 200

	call("nobody", "299", 2)
	got := r.awaitStep("nobody", telephony.DialFailed)
	if got.Code != 404 || got.Reason != "there is no such number" {
		t.Errorf("unknown destination: %d %q", got.Code, got.Reason)
	}
	desk.Await("CALL_CLOSED", 4)
}

func TestKamailioDialNoAnswer(t *testing.T) {
	p := voicelab.Start(t, voicelab.Options{})
	cfg := labConfig(p, "100")
	cfg.OwnRingLimit = time.Second
	cfg.answerLimit = time.Second
	c, r, _ := runLine(t, cfg)
	r.awaitLink(telephony.LinkLive, 1)
	desk, far := p.Telephone(t, "100"), p.Telephone(t, "200")
	if err := c.Dial(context.Background(), dialTo("200")); err != nil {
		t.Fatal(err)
	}
	got := r.awaitStep("dial-1", telephony.DialOwnRefused)
	if got.Reason != "your own phone was not answered" {
		t.Errorf("own phone: %q", got.Reason)
	}
	desk.Await("CALL_CLOSED", 1)

	req := dialTo("200")
	req.ID = "dial-2"
	if err := c.Dial(context.Background(), req); err != nil {
		t.Fatal(err)
	}
	desk.Await("CALL_INCOMING", 2)
	desk.Accept()
	far.Await("CALL_INCOMING", 1)
	r.awaitStep("dial-2", telephony.DialNoAnswer)
	desk.Await("CALL_CLOSED", 2)
}

// TestKamailioRefusals connects with something wrong and wants to hear what.
func TestKamailioRefusals(t *testing.T) {
	good := voicelab.Start(t, voicelab.Options{})
	tests := []struct {
		name string
		cfg  func() Config
		want error
		code string
	}{
		{"wrong password", func() Config {
			cfg := labConfig(good, "100")
			cfg.Password = credstore.NewSecret("wrong")
			return cfg
		}, telephony.ErrRefused, "auth.refused"},
		{"wrong authority", func() Config {
			cfg := labConfig(good, "100")
			cfg.CAFile = voicelab.NewAuthority(t, "another CA").File
			return cfg
		}, telephony.ErrTrust, "tls.unknown-ca"},
		{"wrong name", func() Config {
			return labConfig(voicelab.Start(t, voicelab.Options{CertName: "pbx.example.org"}), "100")
		}, telephony.ErrTrust, "tls.wrong-name"},
		{"expired", func() Config {
			return labConfig(voicelab.Start(t, voicelab.Options{CertExpires: time.Now().Add(-time.Hour)}), "100")
		}, telephony.ErrTrust, "tls.expired"},
		{"wrong pin", func() Config {
			cfg := labConfig(good, "100")
			cfg.CAFile, cfg.Fingerprint = "", "00"+good.Fingerprint[2:]
			return cfg
		}, telephony.ErrTrust, "tls.wrong-pin"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := New(tt.cfg(), testLog(t))
			if err != nil {
				t.Fatal(err)
			}
			r := newRecorder(t)
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			err = c.Run(ctx, r)
			if !errors.Is(err, tt.want) {
				t.Fatalf("Run: %v, want %v", err, tt.want)
			}
			last := r.links[len(r.links)-1]
			if last.State != telephony.LinkFatal || last.Code != tt.code || last.Reason == "" || last.Hint == "" {
				t.Errorf("link %+v, want %s", last, tt.code)
			}
			t.Logf("%s %s", last.Reason, last.Hint)
		})
	}
}

func TestKamailioPinnedCertificate(t *testing.T) {
	p := voicelab.Start(t, voicelab.Options{})
	cfg := labConfig(p, "100")
	cfg.CAFile, cfg.Fingerprint = "", p.Fingerprint
	_, r, _ := runLine(t, cfg)
	r.awaitLink(telephony.LinkLive, 1)
}

// TestKamailioProbe tests a line twice: what the first probe had left behind
// the second would find.
func TestKamailioProbe(t *testing.T) {
	p := voicelab.Start(t, voicelab.Options{})
	for range 2 {
		for _, s := range Probe(context.Background(), labConfig(p, "100"), testLog(t)) {
			if s.Result == Failed || s.Result == Warned && s.Code != "dial.no-phone" {
				t.Errorf("%s: %s %s", s.Name, s.Text, s.Hint)
			}
			if s.Name == "dial" && s.Code != "dial.no-phone" {
				t.Errorf("somebody is still registered: %+v", s)
			}
		}
	}
	p.Telephone(t, "100")
	_, r, _ := runLine(t, labConfig(p, "100"))
	r.awaitLink(telephony.LinkLive, 1)
	for _, s := range Probe(context.Background(), labConfig(p, "100"), testLog(t)) {
		if s.Result != Passed {
			t.Errorf("%s: %s", s.Name, s.Text)
		}
	}
	// The line that runs beside it still sees calls.
	caller := p.Telephone(t, "200")
	caller.Dial("100")
	r.awaitCall("ringing", is(seenByContact, telephony.Ringing, "200"))
	r.awaitCall("ringing", is(seenByDialog, telephony.Ringing, "200"))
}
