package sipline

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.org/ctiagent/telephony"
	"example.org/ctiagent/telephony/simulator"
)

// simulated runs a line on a simulated platform.
func simulated(t *testing.T, style simulator.Style, change func(*simulator.Mischief)) (*simulator.Platform, *Connector, *recorder) {
	t.Helper()
	p, err := simulator.Start(context.Background(), simulator.Options{
		Users: []simulator.User{{Name: "100", Password: "pw100"}}, Style: style,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	p.Misbehave(change)
	ca, err := p.CAFile(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cfg := testConfig("100", "pw100", p.Domain(), p.Addr(), ca)
	cfg.PingInterval, cfg.PingLimit, cfg.ConnectLimit = 100*time.Millisecond, 300*time.Millisecond, time.Second
	c, r, _ := runLine(t, cfg)
	return p, c, r
}

var adaCaller = simulator.Caller{Number: "+442079460123", Name: "Ada Quill"}

// TestBadDays breaks the connection in every way there is, during a call, and
// wants the line back with the truth about it.
func TestBadDays(t *testing.T) {
	for name, tt := range map[string]struct {
		hurt func(*testing.T, *simulator.Platform)
		gone bool // the platform has forgotten the call
	}{
		"FIN": {hurt: func(_ *testing.T, p *simulator.Platform) { p.FIN() }},
		"RST": {hurt: func(_ *testing.T, p *simulator.Platform) { p.RST() }},
		"restart": {hurt: func(t *testing.T, p *simulator.Platform) {
			if err := p.Restart(); err != nil {
				t.Fatal(err)
			}
		}, gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			p, _, r := simulated(t, simulator.Kamailio, func(*simulator.Mischief) {})
			r.awaitLink(telephony.LinkLive, 1)
			p.Ring("100", adaCaller).Answer()
			r.awaitCall("speech", is(telephony.ViewDialog, telephony.Connected, ""))
			tt.hurt(t, p)
			r.awaitLink(telephony.LinkOffline, 1)
			r.awaitLink(telephony.LinkLive, 2)
			r.await("the snapshot", func() bool {
				s := r.snapshots[telephony.ViewDialog]
				return len(s) == 2 && (len(s[1]) == 0) == tt.gone
			})
			if !tt.gone {
				if id := r.snapshots[telephony.ViewDialog][1][0].ID; id != r.told()[len(r.told())-1].ID {
					t.Errorf("the call changed its name to %s", id)
				}
			}
		})
	}
}

// TestBlackHole swallows everything without a word; with and without a peer
// that answers pings.
func TestBlackHole(t *testing.T) {
	for name, noPong := range map[string]bool{"pings": false, "OPTIONS": true} {
		t.Run(name, func(t *testing.T) {
			p, _, r := simulated(t, simulator.Kamailio, func(m *simulator.Mischief) { m.NoPong = noPong })
			r.awaitLink(telephony.LinkLive, 1)
			p.BlackHole()
			if l := r.awaitLink(telephony.LinkOffline, 1); l.Code != "net.silent" {
				t.Errorf("%+v", l)
			}
			p.Heal()
			r.awaitLink(telephony.LinkLive, 2)
			p.Ring("100", adaCaller)
			r.awaitCall("ringing", is(telephony.ViewContact, telephony.Ringing, ""))
		})
	}
}

// TestQuietPeerLives must not take silence for death while OPTIONS work.
func TestQuietPeerLives(t *testing.T) {
	p, _, r := simulated(t, simulator.Asterisk, func(m *simulator.Mischief) { m.NoPong = true })
	r.awaitLink(telephony.LinkLive, 1)
	deadline := time.After(10 * time.Second)
	for p.Received("OPTIONS") < 5 {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-deadline:
			t.Fatal("too few OPTIONS")
		}
	}
	if n := len(r.linked()); n != 3 || p.Received("OPTIONS") < 5 {
		t.Errorf("%d OPTIONS\n%s", p.Received("OPTIONS"), r.dump())
	}
}

func TestMischief(t *testing.T) {
	t.Run("NOTIFY first, short expiry, late events", func(t *testing.T) {
		p, _, r := simulated(t, simulator.Kamailio, func(m *simulator.Mischief) {
			m.NotifyFirst, m.MinExpires, m.CapitalTrying, m.DialogLag = true, time.Hour, true, 30*time.Millisecond
		})
		r.awaitLink(telephony.LinkLive, 1)
		c := p.Ring("100", adaCaller)
		c.Answer()
		c.Hangup()
		r.awaitCall("the end", is(telephony.ViewDialog, telephony.Ended, ""))
	})
	t.Run("subscription forgotten", func(t *testing.T) {
		p, c, r := simulated(t, simulator.Kamailio, func(*simulator.Mischief) {})
		r.awaitLink(telephony.LinkLive, 1)
		p.ForgetSubscriptions("100")
		s := c.current()
		s.do(func() { s.sub.send(time.Minute) }) // as its timer would; answered 481
		r.await("a new subscription", func() bool { return len(r.snapshots[telephony.ViewDialog]) == 2 })
	})
	t.Run("no second contact", func(t *testing.T) {
		_, _, r := simulated(t, simulator.Kamailio, func(m *simulator.Mischief) { m.NoContacts = true })
		if l := r.awaitLink(telephony.LinkDegraded, 1); l.Code != "registration.refused" || l.Hint == "" {
			t.Errorf("%+v", l)
		}
	})
	t.Run("no dialog events", func(t *testing.T) {
		_, _, r := simulated(t, simulator.Kamailio, func(m *simulator.Mischief) { m.NoDialogEvents = true })
		if l := r.awaitLink(telephony.LinkDegraded, 1); l.Code != "subscription.unsupported" || l.Hint == "" {
			t.Errorf("%+v", l)
		}
	})
	t.Run("broken XML", func(t *testing.T) {
		p, _, r := simulated(t, simulator.Kamailio, func(*simulator.Mischief) {})
		r.awaitLink(telephony.LinkLive, 1)
		c := p.Ring("100", adaCaller)
		r.awaitCall("ringing", is(telephony.ViewDialog, telephony.Ringing, ""))
		p.Misbehave(func(m *simulator.Mischief) { m.BrokenXML = true })
		c.Answer()
		p.Misbehave(func(m *simulator.Mischief) { m.BrokenXML = false })
		c.Hangup()
		r.awaitCall("the end", is(telephony.ViewDialog, telephony.Ended, ""))
	})
}

// TestStorm lets 500 calls come at once; none may be lost and all must end.
func TestStorm(t *testing.T) {
	p, _, r := simulated(t, simulator.Kamailio, func(*simulator.Mischief) {})
	r.awaitLink(telephony.LinkLive, 1)
	n := 500
	if raceFactor > 5 {
		n = 100
	}
	began := time.Now()
	p.Storm(context.Background(), "100", func(i int) simulator.Caller {
		return simulator.Caller{Number: fmt.Sprintf("+4420794%05d", i)}
	}, n, time.Second)
	rung := time.Since(began)
	seen, ends := 0, map[telephony.View]map[telephony.CallID]bool{telephony.ViewDialog: {}, telephony.ViewContact: {}}
	r.await("the end of every call in both views", func() bool {
		for ; seen < len(r.calls); seen++ {
			if c := r.calls[seen]; c.Phase == telephony.Ended {
				ends[c.View][c.ID] = true
			}
		}
		return len(ends[telephony.ViewDialog]) == n && len(ends[telephony.ViewContact]) == n
	})
	t.Logf("%d calls rung in %v, all over after %v", n, rung, time.Since(began))
	if len(r.linked()) != 3 {
		t.Errorf("the line was lost:\n%v", r.linked())
	}
}
