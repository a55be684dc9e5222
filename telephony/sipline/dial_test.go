package sipline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"example.org/ctiagent/telephony"
)

// phoneScript plays the platform and the user's own phone in one.
type phoneScript struct {
	invite func(*peerConn, *sip.Request)
	refer  func(*peerConn, *sip.Request)
}

func (ps phoneScript) play(c *peerConn, req *sip.Request) {
	switch {
	case req.Method == sip.INVITE && ps.invite != nil:
		ps.invite(c, req)
	case req.Method == sip.REFER && ps.refer != nil:
		ps.refer(c, req)
	default:
		ordinary(c, req)
	}
}

// answers accepts the own leg.
func answers(c *peerConn, req *sip.Request) {
	c.reply(req, 100)
	c.reply(req, 180)
	c.reply(req, 200, "Contact: <sip:desk@127.0.0.1:5061;transport=tls>", "Record-Route: <sip:one@pbx.test;lr>", "Record-Route: <sip:two@pbx.test;lr>")
}

// sipfrag makes a NOTIFY with the progress of a REFER.
func sipfrag(refer *sip.Request, cseq int, state, line string) string {
	return fmt.Sprintf("NOTIFY sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bKf%d\r\n"+
		"From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d NOTIFY\r\nEvent: refer;id=2\r\nSubscription-State: %s\r\n"+
		"Content-Type: message/sipfrag;version=2.0\r\nContent-Length: %d\r\n\r\n%s",
		cseq, header(refer, "To"), header(refer, "From"), header(refer, "Call-ID"), cseq, state, len(line), line)
}

var someone = telephony.DialRequest{ID: "d1", Dial: "02079460123"}

func TestDialThrough(t *testing.T) {
	p := newPeer(t, phoneScript{answers, func(c *peerConn, req *sip.Request) {
		// In the wrong order, all before the 202: as measured on Asterisk. The
		// news of "trying" is old by then and not told.
		c.send(sipfrag(req, 2, "active", "SIP/2.0 180 Ringing\r\n"))
		c.send(sipfrag(req, 1, "active", "SIP/2.0 100 Trying"))
		c.reply(req, 202)
		c.send(sipfrag(req, 3, "terminated;reason=noresource", "SIP/2.0 200 OK\r\n"))
	}}.play)
	c, r := live(t, p)
	if err := c.Dial(context.Background(), someone); err != nil {
		t.Fatal(err)
	}
	r.awaitStep("d1", telephony.DialConnected)
	refer := p.await(sip.REFER, 1)
	if got := header(refer, "Refer-To"); got != "<sip:02079460123@pbx.test>" {
		t.Errorf("Refer-To %s", got)
	}
	if got := headers(refer, "Route"); len(got) != 2 || !strings.Contains(got[0], "two@") {
		t.Errorf("routes %v: those of a response are taken in reverse", got)
	}
	if uri := refer.Recipient.String(); uri != "sip:desk@127.0.0.1:5061;transport=tls" {
		t.Errorf("REFER went to %s", uri)
	}
	p.await(sip.ACK, 1)
	p.await(sip.BYE, 1) // the own leg is never left up
	var steps []telephony.DialStep
	r.mu.Lock()
	for _, s := range r.steps["d1"] {
		steps = append(steps, s.Step)
	}
	r.mu.Unlock()
	if got := fmt.Sprint(steps); got != "[sent ownRinging ownAnswered ringing connected]" {
		t.Errorf("steps %s", got)
	}
}

// TestBurstOf180s wants none of 50 progress answers to hide the 200 after them.
func TestBurstOf180s(t *testing.T) {
	p := newPeer(t, phoneScript{invite: func(c *peerConn, req *sip.Request) {
		var b strings.Builder
		for range 50 {
			b.WriteString(respond(req, 180, "Ringing", "ptag").String())
		}
		b.WriteString(respond(req, 200, "OK", "ptag", sip.NewHeader("Contact", "<sip:desk@127.0.0.1>")).String())
		c.send(b.String())
	}, refer: func(c *peerConn, req *sip.Request) {
		c.reply(req, 202)
		c.send(sipfrag(req, 1, "terminated", "SIP/2.0 200 OK"))
	}}.play)
	c, r := live(t, p)
	for i := range 20 {
		id := telephony.DialID(fmt.Sprint(i))
		if err := c.Dial(context.Background(), telephony.DialRequest{ID: id, Dial: "200"}); err != nil {
			t.Fatal(err)
		}
		r.awaitStep(id, telephony.DialOwnRinging)
		r.awaitStep(id, telephony.DialConnected)
	}
}

func TestDialOwnPhoneRefuses(t *testing.T) {
	for code, want := range map[int]telephony.DialStep{
		486: telephony.DialOwnRefused, 603: telephony.DialOwnRefused, 404: telephony.DialOwnRefused,
		480: telephony.DialOwnRefused, 500: telephony.DialFailed,
	} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			p := newPeer(t, phoneScript{invite: func(c *peerConn, req *sip.Request) { c.reply(req, code) }}.play)
			c, r := live(t, p)
			if err := c.Dial(context.Background(), someone); err != nil {
				t.Fatal(err)
			}
			if got := r.awaitStep("d1", want); got.Code != code || got.Reason == "" {
				t.Errorf("%+v", got)
			}
			p.await(sip.ACK, 1)
		})
	}
}

func TestDialDestination(t *testing.T) {
	for line, want := range map[string]telephony.DialStep{
		"SIP/2.0 486 Busy Here": telephony.DialBusy, "SIP/2.0 603 Decline": telephony.DialDeclined,
		"SIP/2.0 480 Temporarily Unavailable": telephony.DialNoAnswer, "SIP/2.0 404 Not Found": telephony.DialFailed,
		"SIP/2.0 503 Service Unavailable": telephony.DialFailed,
	} {
		t.Run(line, func(t *testing.T) {
			p := newPeer(t, phoneScript{answers, func(c *peerConn, req *sip.Request) {
				c.reply(req, 202)
				c.send(sipfrag(req, 1, "terminated;reason=noresource", line))
			}}.play)
			c, r := live(t, p)
			if err := c.Dial(context.Background(), someone); err != nil {
				t.Fatal(err)
			}
			r.awaitStep("d1", want)
			p.await(sip.BYE, 1)
		})
	}
}

func TestDialReferRefused(t *testing.T) {
	p := newPeer(t, phoneScript{answers, func(c *peerConn, req *sip.Request) { c.reply(req, 501) }}.play)
	c, r := live(t, p)
	if err := c.Dial(context.Background(), someone); err != nil {
		t.Fatal(err)
	}
	if got := r.awaitStep("d1", telephony.DialFailed); got.Code != 501 {
		t.Errorf("%+v", got)
	}
	p.await(sip.BYE, 1)
}

// TestDialCancelBeforeAnything cancels before the platform has said a word:
// CANCEL must wait for its first answer (RFC 3261 §9.1) and still be sent.
func TestDialCancelBeforeAnything(t *testing.T) {
	gate := make(chan struct{})
	p := newPeer(t, phoneScript{invite: func(c *peerConn, req *sip.Request) {
		go func() { // ends when the gate opens
			<-gate
			c.reply(req, 180)
		}()
	}}.play)
	c, r := live(t, p)
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- c.Dial(ctx, someone) }() // waited for below
	invite := p.await(sip.INVITE, 1)
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("Dial: %v", err)
	}
	for _, req := range p.requests() {
		if req.Method == sip.CANCEL {
			t.Error("CANCEL before any answer")
		}
	}
	r.awaitStep("d1", telephony.DialCancelled)
	close(gate)
	got := p.await(sip.CANCEL, 1)
	if branchOf(got) != branchOf(invite) {
		t.Error("CANCEL has another branch than the INVITE")
	}
}

// TestDialCancelRace answers the own leg while CANCEL is on its way: the phone
// must be hung up all the same.
func TestDialCancelRace(t *testing.T) {
	var pending *sip.Request
	p := newPeer(t, func(c *peerConn, req *sip.Request) {
		switch req.Method {
		case sip.INVITE:
			pending = req
			c.reply(req, 180)
		case sip.CANCEL:
			c.reply(pending, 200, "Contact: <sip:desk@127.0.0.1>")
			c.reply(req, 200)
		default:
			ordinary(c, req)
		}
	})
	c, r := live(t, p)
	if err := c.Dial(context.Background(), someone); err != nil {
		t.Fatal(err)
	}
	if err := c.Cancel(context.Background(), "d1"); err != nil {
		t.Fatal(err)
	}
	r.awaitStep("d1", telephony.DialCancelled)
	p.await(sip.ACK, 1)
	p.await(sip.BYE, 1)
	for _, req := range p.requests() {
		if req.Method == sip.REFER {
			t.Error("a cancelled call was put through")
		}
	}
}

// TestDialForkedAnswers lets two phones answer at once: one is hung up.
func TestDialForkedAnswers(t *testing.T) {
	p := newPeer(t, phoneScript{invite: func(c *peerConn, req *sip.Request) {
		c.reply(req, 180)
		c.send(respond(req, 200, "OK", "first", sip.NewHeader("Contact", "<sip:first@127.0.0.1>")).String())
		c.send(respond(req, 200, "OK", "second", sip.NewHeader("Contact", "<sip:second@127.0.0.1>")).String())
	}, refer: func(c *peerConn, req *sip.Request) { c.reply(req, 202) }}.play)
	c, _ := live(t, p)
	if err := c.Dial(context.Background(), someone); err != nil {
		t.Fatal(err)
	}
	bye := p.await(sip.BYE, 1)
	if tagOf(header(bye, "To")) != "second" || bye.Recipient.User != "second" {
		t.Errorf("BYE to %s", header(bye, "To"))
	}
	p.await(sip.ACK, 2)
}

// TestStopDuringDial ends the line while the user's phone rings: it must not
// ring on for nobody.
func TestStopDuringDial(t *testing.T) {
	var pending *sip.Request
	p := newPeer(t, func(c *peerConn, req *sip.Request) {
		switch req.Method {
		case sip.INVITE:
			pending = req
			c.reply(req, 180)
		case sip.CANCEL:
			c.reply(req, 200)
			c.reply(pending, 487)
		default:
			ordinary(c, req)
		}
	})
	c, r, stop := runLine(t, p.config())
	r.awaitLink(telephony.LinkLive, 1)
	if err := c.Dial(context.Background(), someone); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	p.await(sip.CANCEL, 1)
	p.await(sip.ACK, 1)
	r.awaitStep("d1", telephony.DialCancelled)
}

func TestDialOwnCallComesBack(t *testing.T) {
	p := newPeer(t, phoneScript{invite: func(c *peerConn, req *sip.Request) {
		c.reply(req, 100)
		c.send(invite(header(req, "Call-ID"), "z9hG4bKback"))
	}}.play)
	c, r := live(t, p)
	if err := c.Dial(context.Background(), someone); err != nil {
		t.Fatal(err)
	}
	if codes := p.awaitAnswers(sip.INVITE, 1); codes[0] != 488 {
		t.Errorf("answered %v", codes)
	}
	if len(r.told()) != 0 {
		t.Error("our own call was told as an incoming one")
	}
}

func TestDialNotReady(t *testing.T) {
	p := newPeer(t, ordinary)
	c, err := New(p.config(), testLog(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Dial(context.Background(), someone); !errors.Is(err, telephony.ErrNotReady) {
		t.Errorf("before Run: %v", err)
	}
	if err := c.Cancel(context.Background(), "nobody"); err != nil {
		t.Errorf("unknown id: %v", err)
	}
}

// TestDialConnectionLost loses the connection in the middle.
func TestDialConnectionLost(t *testing.T) {
	p := newPeer(t, phoneScript{invite: func(c *peerConn, req *sip.Request) { c.reply(req, 180) }}.play)
	c, r := live(t, p)
	if err := c.Dial(context.Background(), someone); err != nil {
		t.Fatal(err)
	}
	_ = p.conn().NetConn().Close()
	r.awaitStep("d1", telephony.DialFailed)
	r.awaitLink(telephony.LinkLive, 2)
}

func TestOwnRingLimit(t *testing.T) {
	p := newPeer(t, phoneScript{invite: func(c *peerConn, req *sip.Request) { c.reply(req, 180) }}.play)
	cfg := p.config()
	cfg.OwnRingLimit = 50 * time.Millisecond
	c, r, _ := runLine(t, cfg)
	r.awaitLink(telephony.LinkLive, 1)
	if err := c.Dial(context.Background(), someone); err != nil {
		t.Fatal(err)
	}
	r.awaitStep("d1", telephony.DialOwnRefused)
	p.await(sip.CANCEL, 1)
}
