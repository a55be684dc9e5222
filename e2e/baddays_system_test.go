//go:build system

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/e2e/stage"
	"example.org/ctiagent/telephony/simulator"
)

// TestLineSaysWhatIsWrong gives one running agent one wrong line after the
// other. The session has no keyring, no tray, no notifications and no display.
func TestLineSaysWhatIsWrong(t *testing.T) {
	w := settle(t, bare{noLine: true})
	good := lineOn(t, w.platform)
	with := func(change func(*view.LineAccount)) view.LineAccount {
		l := good
		change(&l)
		return l
	}
	on := func(o simulator.Options) view.LineAccount { return lineOn(t, simulate(t, o)) }
	unplugged := simulate(t, simulator.Options{})
	unplugged.Unplug()
	unknownOn := func(style simulator.Style) view.LineAccount {
		l := on(simulator.Options{Style: style})
		l.Address = strings.Replace(l.Address, user, "199", 1)
		l.AuthUser = user
		return l
	}
	for _, tt := range []struct {
		name        string
		line        view.LineAccount
		state, code string
	}{
		{"wrong password", with(func(l *view.LineAccount) { l.Password = "wrong" }), view.StatusFatal, "auth.refused"},
		{"another authority", on(simulator.Options{Certificate: simulator.CertOtherCA}), view.StatusFatal, "tls.unknown-ca"},
		{"another host's certificate", on(simulator.Options{Certificate: simulator.CertWrongName}), view.StatusFatal, "tls.wrong-name"},
		{"expired certificate", on(simulator.Options{Certificate: simulator.CertExpired}), view.StatusFatal, "tls.expired"},
		{"old TLS", on(simulator.Options{Certificate: simulator.CertTLS11}), view.StatusFatal, "tls.too-old"},
		{"CA file that is not there", with(func(l *view.LineAccount) { l.CA = "/nonexistent/ca.pem" }), view.StatusFatal, "tls.ca-file"},
		{"unknown line, as Asterisk answers", unknownOn(simulator.Asterisk), view.StatusFatal, "line.unknown"},
		{"unknown line, as Kamailio answers", unknownOn(simulator.Kamailio), view.StatusDegraded, "line.unknown"},
		{"server that is away", lineOn(t, unplugged), view.StatusOffline, "net.refused"},
		{"name that does not exist", with(func(l *view.LineAccount) { l.Server = "pbx.invalid" }), view.StatusOffline, "dns.failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.t = t
			var o view.Outcome
			w.ask(view.VerbSaveLine, tt.line, &o)
			if !o.OK {
				t.Fatalf("the line is not saved: %s", o.Error)
			}
			s := w.await("the line to be "+tt.state, func(s view.Snapshot) bool {
				return s.Line.State == tt.state && s.Line.Code == tt.code
			})
			if s.Line.Reason == "" || s.Line.Hint == "" {
				t.Errorf("the line says %q and advises %q", s.Line.Reason, s.Line.Hint)
			}
			eventually(t, "the status to say so", func() bool { // it may be trying again just now
				out, _, code := w.run("status")
				return code == 0 && strings.Contains(out, s.Line.Reason) && strings.Contains(out, s.Line.Hint)
			})
			if tt.state == view.StatusOffline && s.Line.Retry.IsZero() {
				t.Error("nobody is told when it is tried again")
			}
		})
	}
	w.t = t
	var o view.Outcome
	w.ask(view.VerbSaveLine, good, &o)
	w.live("the right line")
	w.ordinaryCall("ten wrong lines")
}

// TestPlatformComesAndGoes breaks the line under a call in every way that can
// be had in short time, and wants the call's end and the line back.
func TestPlatformComesAndGoes(t *testing.T) {
	w := settle(t, bare{})
	p := w.platform
	for _, tt := range []struct {
		name   string
		hurt   func(*simulator.Call)
		result string // of the call in the history
	}{
		{"network away while the call ends", func(c *simulator.Call) {
			p.Unplug()
			s := w.await("the line to be offline", func(s view.Snapshot) bool { return s.Line.State == view.StatusOffline })
			if s.Line.Reason == "" || s.Line.Retry.IsZero() {
				t.Errorf("the line says %+v", s.Line)
			}
			c.Hangup()
			if err := p.Plug(); err != nil {
				t.Fatal(err)
			}
		}, "answered"},
		{"platform restarted", func(*simulator.Call) {
			if err := p.Restart(); err != nil {
				t.Fatal(err)
			}
		}, "answered"},
		{"computer asleep, connection gone", func(c *simulator.Call) {
			w.freeze(func() {
				p.RST()
				c.Hangup()
			})
		}, "answered"},
		{"computer asleep, connection kept", func(c *simulator.Call) { w.freeze(c.Hangup) }, "answered"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.t = t
			w.quiet()
			before := len(w.history())
			c := p.Ring(user, simulator.Caller{Number: stage.Known})
			w.card("the call", func(c view.Card) bool { return c.Phase == view.PhaseRinging })
			c.Answer()
			w.card("the answered call", func(c view.Card) bool { return c.Phase == view.PhaseConnected })
			tt.hurt(c)
			w.live("the line to come back")
			if e := w.awaitHistory(before + 1)[0]; e.Result != tt.result {
				t.Errorf("the history says %+v", e)
			}
			w.quiet()
			w.ordinaryCall(tt.name)
		})
	}
}

// TestServiceComesAndGoes takes the recognition service away while the phone
// rings: an unknown caller and an unreachable service are not the same.
func TestServiceComesAndGoes(t *testing.T) {
	w := settle(t, bare{})
	w.TakeServiceAway()
	c := w.platform.Ring(user, simulator.Caller{Number: stage.Known})
	w.card("the call without a name", func(c view.Card) bool { return c.Recognition == view.Unreachable })
	s := w.await("the service to be away", func(s view.Snapshot) bool { return s.Service.State == view.StatusOffline })
	if s.Service.Reason == "" || s.Service.Hint == "" {
		t.Errorf("the service is away and says %+v", s.Service)
	}
	if out, _, _ := w.run("status"); !strings.Contains(out, s.Service.Reason) {
		t.Errorf("status says\n%s", out)
	}
	if got := w.tabs.all(); len(got) != 0 {
		t.Errorf("without an answer this was opened: %q", got)
	}
	if err := w.BringServiceBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.card("the name after all", func(c view.Card) bool { return c.Recognition == view.Known })
	eventually(t, "the record to be opened", func() bool { return len(w.tabs.all()) == 1 })
	c.Abandon()
	w.await("the service to be back", func(s view.Snapshot) bool { return s.Service.State == view.StatusLive })
	if e := w.awaitHistory(1)[0]; e.Name != "Ada Example" || e.Result != "missed" {
		t.Errorf("the history says %+v", e)
	}
}

// TestStorm rings 500 times in ten seconds.
func TestStorm(t *testing.T) {
	w := settle(t, bare{})
	const calls = 500
	w.platform.Storm(t.Context(), user, func(i int) simulator.Caller {
		return simulator.Caller{Number: fmt.Sprintf("+442079460%03d", i)}
	}, calls, 10*time.Second)
	entries := w.awaitHistory(calls)
	results := map[string]int{}
	numbers := map[string]bool{}
	for _, e := range entries {
		results[e.Result]++
		numbers[e.Number.E164] = true
	}
	if len(entries) != calls || len(numbers) != calls || results["missed"] != calls/2 || results["answered"] != calls/2 {
		t.Errorf("%d calls from %d numbers in the history: %v", len(entries), len(numbers), results)
	}
	w.quiet()
	if n := len(w.tabs.all()); n == 0 || n > 6 {
		t.Errorf("the browser was started %d times", n)
	}
	w.live("the line after the storm")
	out, _, code := w.run("status")
	if code != 0 {
		t.Errorf("status exits %d: %s", code, out)
	}
}
