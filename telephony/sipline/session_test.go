package sipline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"example.org/ctiagent/telephony"
)

// live starts a line on a peer and waits until it is live.
func live(t *testing.T, p *peer) (*Connector, *recorder) {
	t.Helper()
	c, r, _ := runLine(t, p.config())
	r.awaitLink(telephony.LinkLive, 1)
	return c, r
}

func TestNotifyBeforeAnswer(t *testing.T) {
	p := newPeer(t, func(c *peerConn, req *sip.Request) {
		if req.Method == sip.SUBSCRIBE && tagOf(header(req, "To")) == "" {
			c.send(notify(req, 1, "active;expires=600", dialogs(0, "a early recipient 200")))
		}
		ordinary(c, req)
	})
	_, r := live(t, p)
	r.await("the snapshot with the ringing call", func() bool {
		s := r.snapshots[telephony.ViewDialog]
		return len(s) == 1 && len(s[0]) == 1 && s[0][0].Phase == telephony.Ringing
	})
	for _, code := range p.awaitAnswers(sip.NOTIFY, 2) {
		if code != 200 {
			t.Errorf("a NOTIFY was answered %d", code)
		}
	}
}

// TestBurstOfNotifies writes 400 NOTIFYs at once: none may be lost, none may
// come out of order.
func TestBurstOfNotifies(t *testing.T) {
	p := newPeer(t, ordinary)
	_, r := live(t, p)
	sub := p.await(sip.SUBSCRIBE, 1)
	var burst strings.Builder
	const n = 400
	for i := range n {
		burst.WriteString(notify(sub, i+2, "active", dialogs(i+1, fmt.Sprintf("a early recipient 2%03d", i))))
	}
	p.conn().send(burst.String())
	r.await("all of them", func() bool { return len(r.calls) >= n })
	for i, c := range r.told() {
		if want := fmt.Sprintf("2%03d", i); c.Remote.Number.Raw() != want {
			t.Fatalf("report %d is of %s, want %s", i, c.Remote.Number.Raw(), want)
		}
	}
	p.awaitAnswers(sip.NOTIFY, n+1)
}

// TestSwappedNotifies sends documents in the wrong order, numbered as RFC 3261
// §12.2.2 wants: the number of the caller is only in the one that is late.
func TestSwappedNotifies(t *testing.T) {
	p := newPeer(t, ordinary)
	_, r := live(t, p)
	sub := p.await(sip.SUBSCRIBE, 1)
	early := notify(sub, 2, "active", dialogs(1, "a early recipient 200"))
	confirmed := notify(sub, 3, "active", strings.Replace(dialogs(2, "a confirmed recipient X"), "<remote><identity>sip:X@pbx.test</identity></remote>", "", 1))
	p.conn().send(confirmed + early)
	r.awaitCall("speech with the number", func(c telephony.Call) bool {
		return c.Phase == telephony.Connected && c.Remote.Number.Raw() == "200"
	})
	if first := r.told()[0]; first.Phase != telephony.Ringing {
		t.Errorf("first came %v", first.Phase)
	}

	// One that never comes must not hold up the others for long.
	p.conn().send(notify(sub, 5, "active", dialogs(4)))
	r.awaitCall("the end", func(c telephony.Call) bool { return c.Phase == telephony.Ended })
}

// TestOldDocument sends a document whose version is behind: it is no news,
// whatever it says (RFC 4235 §4.3).
func TestOldDocument(t *testing.T) {
	p := newPeer(t, ordinary)
	_, r := live(t, p)
	sub := p.await(sip.SUBSCRIBE, 1)
	p.conn().send(notify(sub, 2, "active", dialogs(5, "a early recipient 200")))
	p.conn().send(notify(sub, 3, "active", dialogs(4)))
	p.conn().send(notify(sub, 4, "active", dialogs(6, "a confirmed recipient 200")))
	r.awaitCall("speech", func(c telephony.Call) bool { return c.Phase == telephony.Connected })
	if told := r.told(); len(told) != 2 || told[0].ID != told[1].ID {
		t.Errorf("the old document counted: %s", r.dump())
	}
}

// TestReceived wants the time at which the bytes could be read, not the time
// at which somebody got round to it.
func TestReceived(t *testing.T) {
	p := newPeer(t, ordinary)
	_, r := live(t, p)
	sub := p.await(sip.SUBSCRIBE, 1)
	before := time.Now()
	p.conn().send(notify(sub, 2, "active", dialogs(1, "a early recipient 200")))
	c := r.awaitCall("ringing", func(c telephony.Call) bool { return c.Phase == telephony.Ringing })
	if c.Received.Before(before) || c.Received.After(time.Now()) {
		t.Errorf("received %v after it was sent", c.Received.Sub(before))
	}
}

func TestPartialGapAsksForAll(t *testing.T) {
	p := newPeer(t, ordinary)
	_, r := live(t, p)
	sub := p.await(sip.SUBSCRIBE, 1)
	p.conn().send(notify(sub, 2, "active", strings.Replace(dialogs(7, "a early recipient 200"), `state="full"`, `state="partial"`, 1)))
	r.awaitCall("the call of the partial document", func(c telephony.Call) bool { return c.Phase == telephony.Ringing })
	if again := p.await(sip.SUBSCRIBE, 2); tagOf(header(again, "To")) == "" {
		t.Error("it subscribed anew instead of refreshing")
	}
}

func TestBrokenAndHugeBodies(t *testing.T) {
	p := newPeer(t, ordinary)
	_, r := live(t, p)
	sub := p.await(sip.SUBSCRIBE, 1)
	c := p.conn()
	c.send(notify(sub, 2, "active", dialogs(1, "a early recipient 200")))
	c.send(notify(sub, 3, "active", "<dialog-info><dialog id=\"a\"")) // ends in the middle
	c.send(notify(sub, 4, "active", "<!DOCTYPE x [<!ENTITY a \"b\">]>"+dialogs(3)))
	c.send(notify(sub, 5, "active", dialogs(4)+strings.Repeat(" ", 16<<20)))
	c.send("NOTIFY sip:100@127.0.0.1 SIP/2.0\r\nFrom\r\nContent-Length: 4\r\n\r\nabcd") // no header at all
	c.send(notify(sub, 6, "active", dialogs(5, "a confirmed recipient 200")))
	r.awaitCall("speech", func(c telephony.Call) bool { return c.Phase == telephony.Connected })
	for _, call := range r.told() {
		if call.Phase == telephony.Ended {
			t.Error("a broken document ended the call")
		}
	}
	codes := p.awaitAnswers(sip.NOTIFY, 6)
	if codes[4] != 513 {
		t.Errorf("the huge one was answered %v", codes)
	}
}

func TestSubscriptionAnswers(t *testing.T) {
	refuse := func(code int, extra ...string) func(*peerConn, *sip.Request) {
		return func(c *peerConn, req *sip.Request) {
			if req.Method == sip.SUBSCRIBE {
				c.reply(req, code, extra...)
				return
			}
			ordinary(c, req)
		}
	}
	for _, tt := range []struct {
		code int
		want string
	}{{404, "line.unknown"}, {403, "subscription.rejected"}, {489, "subscription.unsupported"}, {503, "subscription.unavailable"}} {
		t.Run(fmt.Sprint(tt.code), func(t *testing.T) {
			_, r, _ := runLine(t, newPeer(t, refuse(tt.code)).config())
			l := r.awaitLink(telephony.LinkDegraded, 1)
			if l.Code != tt.want || l.Reason == "" {
				t.Errorf("%+v, want %s", l, tt.want)
			}
		})
	}
	t.Run("423", func(t *testing.T) {
		p := newPeer(t, func(c *peerConn, req *sip.Request) {
			if req.Method == sip.SUBSCRIBE && header(req, "Expires") == "600" {
				c.reply(req, 423, "Min-Expires: 1800")
				return
			}
			ordinary(c, req)
		})
		live(t, p)
		if got := header(p.await(sip.SUBSCRIBE, 2), "Expires"); got != "1800" {
			t.Errorf("asked for %s", got)
		}
	})
	t.Run("423 for ever", func(t *testing.T) {
		p := newPeer(t, func(c *peerConn, req *sip.Request) {
			if header(req, "Expires") != "0" && (req.Method == sip.SUBSCRIBE || req.Method == sip.REGISTER) {
				c.reply(req, 423, "Min-Expires: 60")
				return
			}
			ordinary(c, req)
		})
		c, err := New(p.config(), testLog(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Run(context.Background(), newRecorder(t)); !errors.Is(err, telephony.ErrConfig) {
			t.Errorf("Run: %v", err)
		}
	})
	t.Run("ended for ever", func(t *testing.T) {
		p := newPeer(t, func(c *peerConn, req *sip.Request) {
			ordinary(c, req)
			if req.Method == sip.SUBSCRIBE {
				c.send(notify(req, 2, "terminated;reason=deactivated", ""))
			}
		})
		cfg := p.config()
		cfg.RetryMin = time.Hour
		_, r, _ := runLine(t, cfg)
		if l := r.awaitLink(telephony.LinkDegraded, 1); l.Code != "subscription.unstable" {
			t.Errorf("%+v", l)
		}
	})
	t.Run("all unknown", func(t *testing.T) {
		p := newPeer(t, func(c *peerConn, req *sip.Request) { c.reply(req, 404) })
		c, err := New(p.config(), testLog(t))
		if err != nil {
			t.Fatal(err)
		}
		r := newRecorder(t)
		if err := c.Run(context.Background(), r); !errors.Is(err, telephony.ErrConfig) {
			t.Errorf("Run: %v", err)
		}
		if last := r.links[len(r.links)-1]; last.Code != "line.unknown" || last.State != telephony.LinkFatal {
			t.Errorf("%+v", last)
		}
	})
	t.Run("all unavailable", func(t *testing.T) {
		p := newPeer(t, func(c *peerConn, req *sip.Request) { c.reply(req, 503) })
		_, r, _ := runLine(t, p.config())
		if l := r.awaitLink(telephony.LinkOffline, 2); l.Retry.IsZero() {
			t.Errorf("%+v", l)
		}
	})
}

// TestTerminationReasons plays every reason of RFC 6665 §4.1.3.
func TestTerminationReasons(t *testing.T) {
	for _, tt := range []struct {
		state string
		want  telephony.LinkState // Live: it subscribes anew by itself
	}{
		{"terminated;reason=deactivated", telephony.LinkLive},
		{"terminated;reason=timeout", telephony.LinkLive},
		{"terminated;reason=probation;retry-after=1", telephony.LinkLive},
		{"terminated;reason=giveup", telephony.LinkLive},
		{"terminated", telephony.LinkLive},
		{"terminated;reason=rejected", telephony.LinkDegraded},
		{"terminated;reason=noresource", telephony.LinkDegraded},
		{"terminated;reason=invariant", telephony.LinkDegraded},
	} {
		t.Run(tt.state, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, ordinary)
			_, r := live(t, p)
			sub := p.await(sip.SUBSCRIBE, 1)
			p.conn().send(notify(sub, 2, tt.state, dialogs(1)))
			if tt.want == telephony.LinkDegraded {
				if l := r.awaitLink(telephony.LinkDegraded, 1); !strings.HasPrefix(l.Code, "subscription.") {
					t.Errorf("%+v", l)
				}
				return
			}
			again := p.await(sip.SUBSCRIBE, 2)
			if header(again, "Call-ID") == header(sub, "Call-ID") {
				t.Error("the new subscription has the old Call-ID")
			}
			r.await("another snapshot", func() bool { return len(r.snapshots[telephony.ViewDialog]) == 2 })
		})
	}
}

func TestPendingSubscription(t *testing.T) {
	p := newPeer(t, func(c *peerConn, req *sip.Request) {
		if req.Method == sip.SUBSCRIBE {
			c.reply(req, 202, "Expires: 600")
			c.send(notify(req, 1, "pending;expires=600", ""))
			return
		}
		ordinary(c, req)
	})
	_, r, _ := runLine(t, p.config())
	if l := r.awaitLink(telephony.LinkDegraded, 1); l.Code != "subscription.pending" {
		t.Errorf("%+v", l)
	}
	p.conn().send(notify(p.await(sip.SUBSCRIBE, 1), 2, "active", dialogs(0)))
	r.awaitLink(telephony.LinkLive, 1)
}

func TestForeignRequests(t *testing.T) {
	p := newPeer(t, ordinary)
	_, r := live(t, p)
	sub := p.await(sip.SUBSCRIBE, 1)
	c := p.conn()
	foreign := strings.ReplaceAll(notify(sub, 2, "active", dialogs(1, "a early recipient 666")), header(sub, "Call-ID"), "somebody-else")
	c.send(foreign)
	if codes := p.awaitAnswers(sip.NOTIFY, 2); codes[1] != 481 {
		t.Errorf("a NOTIFY of no subscription of ours was answered %v", codes)
	}
	bye := strings.NewReplacer("NOTIFY", "BYE").Replace(foreign)
	c.send(bye)
	if codes := p.awaitAnswers(sip.BYE, 1); codes[0] != 481 {
		t.Errorf("BYE answered %v", codes)
	}
	if len(r.told()) != 0 {
		t.Error("it was believed")
	}
}

func invite(callID, branch string, extra ...string) string {
	return "INVITE sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5061;branch=" + branch + "\r\nMax-Forwards: 70\r\n" +
		"From: \"Bob\" <sip:200@pbx.test>;tag=f\r\nTo: <sip:100@pbx.test>\r\nCall-ID: " + callID + "\r\nCSeq: 1 INVITE\r\n" +
		"Contact: <sip:200@127.0.0.1>\r\n" + strings.Join(append(extra, ""), "\r\n") + "Content-Length: 0\r\n\r\n"
}

func TestSecondContactStaysSilent(t *testing.T) {
	p := newPeer(t, ordinary)
	_, r := live(t, p)
	c := p.conn()
	c.send(invite("call-1", "z9hG4bK1", "P-Asserted-Identity: \"Bob Müller\" <sip:+442079460123@pbx.test>"))
	got := r.awaitCall("ringing", func(c telephony.Call) bool { return c.Phase == telephony.Ringing })
	if got.Remote.Number.Raw() != "+442079460123" || got.Remote.Name != "Bob Müller" || got.View != telephony.ViewContact {
		t.Errorf("%+v", got.Remote)
	}
	c.send(invite("call-1", "z9hG4bK2")) // the same call by another way
	c.send(strings.NewReplacer("INVITE sip", "CANCEL sip", "1 INVITE", "1 CANCEL").Replace(
		invite("call-1", "z9hG4bK1", `Reason: SIP;cause=200;text="Call completed elsewhere"`, "Reason: Q.850;cause=26")))
	end := r.awaitCall("the end", func(c telephony.Call) bool { return c.Phase == telephony.Ended })
	if end.EndReason != telephony.EndAnsweredElsewhere || end.ID != got.ID {
		t.Errorf("%v", end.EndReason)
	}
	if codes := p.awaitAnswers(sip.INVITE, 3); fmt.Sprint(codes) != "[100 482 487]" {
		t.Errorf("INVITE answered %v", codes)
	}
	if codes := p.awaitAnswers(sip.CANCEL, 1); codes[0] != 200 {
		t.Errorf("CANCEL answered %v", codes)
	}
}

// TestDigestIsNotLeaked answers requests of ours inside a call that came to
// us, and challenges from another realm, with a challenge: no credentials may
// follow.
func TestDigestIsNotLeaked(t *testing.T) {
	challenge := func(realm string) string {
		return `WWW-Authenticate: Digest realm="` + realm + `", nonce="n", algorithm=MD5`
	}
	var evil atomic.Bool
	evil.Store(true)
	p := newPeer(t, func(c *peerConn, req *sip.Request) {
		switch {
		case req.Method == sip.REGISTER && header(req, "Authorization") == "":
			c.reply(req, 401, challenge("pbx.test"))
		case req.Method == sip.INVITE && req.Recipient.Port == 0 && evil.Load():
			c.reply(req, 401, challenge("evil.example.org"))
		case req.Method == sip.INVITE:
			answers(c, req)
		case req.Method == sip.REFER || req.Method == sip.BYE:
			c.reply(req, 407, strings.Replace(challenge("pbx.test"), "WWW", "Proxy", 1))
		default:
			ordinary(c, req)
		}
	})
	c, r := live(t, p)
	err := c.Dial(context.Background(), telephony.DialRequest{ID: "x", Dial: "200"})
	if !errors.Is(err, telephony.ErrRefused) {
		t.Errorf("Dial: %v", err)
	}
	p.await(sip.ACK, 1)
	evil.Store(false)
	if err := c.Dial(context.Background(), telephony.DialRequest{ID: "y", Dial: "200"}); err != nil {
		t.Fatal(err)
	}
	r.awaitStep("y", telephony.DialFailed)
	p.await(sip.BYE, 1)
	for _, req := range p.requests() {
		if req.Method != sip.REGISTER && (header(req, "Authorization") != "" || header(req, "Proxy-Authorization") != "") {
			t.Errorf("credentials in %s", req.Method)
		}
	}
}

func TestDeadConnection(t *testing.T) {
	var silent atomic.Bool
	p := newPeer(t, func(c *peerConn, req *sip.Request) {
		if !silent.Load() || req.Method != sip.OPTIONS {
			ordinary(c, req)
		}
	})
	cfg := p.config()
	cfg.PingInterval, cfg.PingLimit = 50*time.Millisecond, 100*time.Millisecond
	_, r, _ := runLine(t, cfg)
	r.awaitLink(telephony.LinkLive, 1)
	p.await(sip.OPTIONS, 3) // answered: it lives
	if len(r.linked()) > 3 {
		t.Fatalf("it gave up a peer that answers: %s", r.dump())
	}
	silent.Store(true)
	if l := r.awaitLink(telephony.LinkOffline, 1); l.Code != "net.silent" {
		t.Errorf("%+v", l)
	}
}

func TestLostConnectionComesBack(t *testing.T) {
	p := newPeer(t, ordinary)
	_, r := live(t, p)
	p.conn().send(invite("call-1", "z9hG4bK1"))
	r.awaitCall("ringing", func(c telephony.Call) bool { return c.Phase == telephony.Ringing })
	_ = p.conn().NetConn().Close()
	r.awaitLink(telephony.LinkOffline, 1)
	r.awaitLink(telephony.LinkLive, 2)
	r.await("an empty snapshot of both views", func() bool {
		d, c := r.snapshots[telephony.ViewDialog], r.snapshots[telephony.ViewContact]
		return len(d) == 2 && len(c) == 2 && len(d[1])+len(c[1]) == 0
	})
}

func TestWake(t *testing.T) {
	p := newPeer(t, ordinary)
	cfg := p.config()
	cfg.BackoffMin, cfg.BackoffMax = time.Hour, time.Hour
	c, r, _ := runLine(t, cfg)
	r.awaitLink(telephony.LinkLive, 1)
	c.Wake() // live: it only asks
	p.await(sip.OPTIONS, 1)
	c.signal(networkNew) // our address is still there: it only asks
	p.await(sip.OPTIONS, 2)
	_ = p.conn().NetConn().Close()
	r.awaitLink(telephony.LinkOffline, 1)
	c.Wake() // offline: it does not wait out the hour
	r.awaitLink(telephony.LinkLive, 2)
	c.signal(wokeUp) // after sleep everything is made anew
	if l := r.awaitLink(telephony.LinkOffline, 2); l.Code != "net.changed" {
		t.Errorf("%+v", l)
	}
}

func TestSlept(t *testing.T) {
	now := time.Now()
	if slept(now, now.Add(6*time.Second), 5*time.Second) {
		t.Error("a late timer is not sleep")
	}
	if !slept(now, now.Add(time.Hour), 5*time.Second) {
		t.Error("an hour's gap is sleep")
	}
	// The wall clock went on while the monotonic one stood still.
	if !slept(now.Round(0), now.Add(time.Hour).Round(0), 5*time.Second) {
		t.Error("a gap of the wall clock alone is sleep")
	}
}

// TestGoodbye wants the subscription ended and our own contact gone.
func TestGoodbye(t *testing.T) {
	p := newPeer(t, ordinary)
	_, r, stop := runLine(t, p.config())
	r.awaitLink(telephony.LinkLive, 1)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if got := header(p.await(sip.SUBSCRIBE, 2), "Expires"); got != "0" {
		t.Errorf("the last SUBSCRIBE asked for %s s", got)
	}
	last := p.await(sip.REGISTER, 2)
	if got := header(last, "Contact"); !strings.Contains(got, "expires=0") || !strings.Contains(got, testInstance) {
		t.Errorf("the last REGISTER said %s", got)
	}
}

// torture gives the messages of RFC 4475 from sipgo's own test data.
func torture(t testing.TB) map[string][]byte {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture", "*", "*.dat"))
	if len(files) < 50 {
		t.Fatalf("only %d messages", len(files))
	}
	all := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(f)] = b
	}
	return all
}

// TestTorture sends the RFC 4475 messages to a live line, each framed as a
// stream frames it: no panic, and the line still hears the next call.
func TestTorture(t *testing.T) {
	p := newPeer(t, ordinary)
	_, r := live(t, p)
	for name, m := range torture(t) {
		head, body, ok := strings.Cut(string(m), "\r\n\r\n")
		if !ok {
			continue
		}
		var lines []string
		for line := range strings.SplitSeq(head, "\r\n") {
			if l := strings.ToLower(line); strings.HasPrefix(l, "content-length") || strings.HasPrefix(l, "l:") || strings.HasPrefix(l, "l ") {
				continue
			}
			lines = append(lines, line)
		}
		p.conn().send(fmt.Sprintf("%s\r\nContent-Length: %d\r\n\r\n%s", strings.Join(lines, "\r\n"), len(body), body))
		p.conn().send(invite("after-"+name, "z9hG4bK-"+name))
		r.awaitCall("a call after "+name, func(c telephony.Call) bool { return c.SignallingID == "after-"+name })
	}
	if n := len(r.linked()); n != 3 {
		t.Errorf("the connection was lost: %s", r.dump())
	}
}
