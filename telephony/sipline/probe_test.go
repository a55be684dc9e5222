package sipline

import (
	"context"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/telephony/simulator"
)

func probe(t *testing.T, cfg Config) map[string]Step {
	t.Helper()
	steps := map[string]Step{}
	for _, s := range Probe(context.Background(), cfg, testLog(t)) {
		t.Logf("%-14s %-7v %s %s [%s]", s.Name, s.Result, s.Text, s.Hint, s.Code)
		if s.Text == "" || !strings.HasSuffix(s.Text, ".") || s.Result == Failed && s.Code == "" {
			t.Errorf("step without proper words: %+v", s)
		}
		steps[s.Name] = s
	}
	return steps
}

func TestProbe(t *testing.T) {
	desk := "Contact: <sip:desk@192.0.2.8>;expires=60"
	allWell := func(c *peerConn, req *sip.Request) {
		if req.Method == sip.REGISTER {
			if own := header(req, "Contact"); own != "" {
				c.reply(req, 200, desk, "Contact: "+own)
			} else {
				c.reply(req, 200, desk)
			}
			return
		}
		ordinary(c, req)
	}
	t.Run("all well", func(t *testing.T) {
		p := newPeer(t, allWell)
		steps := probe(t, p.config())
		for name, s := range steps {
			if s.Result != Passed {
				t.Errorf("%s: %+v", name, s)
			}
		}
		if len(steps) != 6 {
			t.Errorf("%d steps", len(steps))
		}
		if got := header(p.await(sip.SUBSCRIBE, 2), "Expires"); got != "0" {
			t.Errorf("a subscription was left behind: %s", got)
		}
		if got := header(p.await(sip.REGISTER, 3), "Contact"); !strings.Contains(got, "expires=0") || strings.Contains(got, testInstance) {
			t.Errorf("a contact was left behind, or the agent's own taken away: %s", got)
		}
	})
	t.Run("displaces the desk phone", func(t *testing.T) {
		p := newPeer(t, func(c *peerConn, req *sip.Request) {
			if req.Method == sip.REGISTER && header(req, "Contact") != "" {
				c.reply(req, 200, "Contact: "+header(req, "Contact"))
				return
			}
			allWell(c, req)
		})
		steps := probe(t, p.config())
		if s := steps["second-contact"]; s.Code != "registration.displaced" {
			t.Errorf("%+v", s)
		}
		if s := steps["dial"]; s.Code != "dial.no-phone" {
			t.Errorf("%+v", s)
		}
	})
	t.Run("no call events", func(t *testing.T) {
		p := newPeer(t, func(c *peerConn, req *sip.Request) {
			if req.Method == sip.SUBSCRIBE {
				c.reply(req, 404)
				return
			}
			allWell(c, req)
		})
		if s := probe(t, p.config())["events"]; s.Result != Failed || s.Code != "line.unknown" {
			t.Errorf("%+v", s)
		}
	})
	t.Run("empty report", func(t *testing.T) {
		p := newPeer(t, func(c *peerConn, req *sip.Request) {
			if req.Method == sip.SUBSCRIBE && tagOf(header(req, "To")) == "" {
				c.reply(req, 200, "Expires: 600")
				c.send(notify(req, 1, "active;expires=600", ""))
				return
			}
			allWell(c, req)
		})
		if s := probe(t, p.config())["events"]; s.Result != Passed {
			t.Errorf("a line that could register is known: %+v", s)
		}
		cfg := p.config()
		cfg.NoSecondContact = true
		if s := probe(t, cfg)["events"]; s.Result != Warned || s.Code != "subscription.empty" {
			t.Errorf("%+v", s)
		}
	})
	t.Run("settings", func(t *testing.T) {
		if s := probe(t, Config{User: "100"})["settings"]; s.Result != Failed {
			t.Errorf("%+v", s)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		p := newPeer(t, ordinary)
		cfg := p.config()
		cfg.Server = "127.0.0.1:1"
		if s := probe(t, cfg)["connect"]; s.Code != "net.refused" {
			t.Errorf("%+v", s)
		}
	})
}

func TestProbeWrongPassword(t *testing.T) {
	p, err := simulator.Start(context.Background(), simulator.Options{Users: []simulator.User{{Name: "100", Password: "pw100"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	ca, err := p.CAFile(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cfg := testConfig("100", "wrong", p.Domain(), p.Addr(), ca)
	if s := probe(t, cfg)["sign-in"]; s.Code != "auth.refused" {
		t.Errorf("%+v", s)
	}
	cfg.Password = credstore.NewSecret("pw100")
	if s := probe(t, cfg)["sign-in"]; s.Result != Passed {
		t.Errorf("%+v", s)
	}
	if p.Subscribed("100")+p.Registered("100") != 0 {
		t.Error("the probe left something behind")
	}
}
