package simulator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ada = Caller{Number: "+442079460123", Name: "Ada & Co", Diversion: "300", DiversionName: "Sales"}

func TestKamailioDialect(t *testing.T) {
	p := start(t, Options{})
	c := dial(t, p, "100", "secret")
	c.subscribe()
	wants(t, c.until("NOTIFY"), "Subscription-State: active", "!dialog-info")
	c.register()
	call := p.Ring("100", ada)
	wants(t, c.until("NOTIFY"), ">trying<", `version="1"`, `direction="recipient"`, "sip:+442079460123@", "!display=")
	wants(t, c.until("INVITE"), `P-Asserted-Identity: "Ada & Co" <sip:+442079460123@`, `Diversion: "Sales" <sip:300@`, call.callID)
	wants(t, c.until("NOTIFY"), ">early<", `call-id="`+call.callID)
	call.Answer()
	wants(t, c.until("CANCEL"), `Reason: SIP;cause=200;text="Call completed elsewhere"`)
	wants(t, c.until("NOTIFY"), ">confirmed<")
	call.Hold()
	wants(t, c.until("NOTIFY"), ">confirmed<", "!rendering")
	call.Hangup()
	wants(t, c.until("NOTIFY"), ">terminated<")
	if len(p.Calls("100")) != 0 || len(p.Violations()) != 0 {
		t.Error(p.Calls("100"), p.Violations())
	}
}

func TestAsteriskDialect(t *testing.T) {
	p := start(t, Options{Style: Asterisk, Algorithms: []string{"SHA-256", "MD5"}})
	c := dial(t, p, "100", "secret")
	c.subscribe()
	wants(t, c.until("NOTIFY"), `<dialog id="100"`, ">terminated<", `version="0"`)
	c.register()
	call := p.Ring("100", ada)
	wants(t, c.until("NOTIFY"), ">early<", `display="Ada &amp; Co"`, `direction="recipient"`, "!call-id")
	call.AnswerElsewhere()
	wants(t, c.until("CANCEL"), "cause=200", "Reason: Q.850;cause=26")
	wants(t, c.until("NOTIFY"), ">terminated<")
	p.Outgoing("100", "+33199000012")
	wants(t, c.until("NOTIFY"), ">confirmed<", "!direction=", "!+331")
}

func TestOtherDialects(t *testing.T) {
	for style, parts := range map[Style][]string{
		FreeSWITCH: {`display="Ada & Co"`, `+sip.rendering" pvalue="no"`, "!call-id"},
		BroadWorks: {`display="Ada &amp; Co"`, `+sip.rendering" pval="no"`, "call-id"},
	} {
		p := start(t, Options{Style: style})
		c := dial(t, p, "100", "secret")
		c.subscribe()
		c.until("NOTIFY")
		call := p.Ring("100", ada)
		c.until("NOTIFY")
		call.Answer()
		c.until("NOTIFY")
		call.Hold()
		wants(t, c.until("NOTIFY"), parts...)
		call.Transfer(Caller{Number: "+33199000012"})
		wants(t, c.until("NOTIFY"), "+33199000012", "!+44")
	}
}

func TestCallerWithheld(t *testing.T) {
	p := start(t, Options{})
	c := dial(t, p, "100", "secret")
	c.register()
	p.Ring("100", Caller{Number: "+442079460123", Name: "Ada", Anonymous: true}).Abandon()
	wants(t, c.until("INVITE"), "Privacy: id", "anonymous.invalid", "!+442079460123", "!Ada")
	wants(t, c.until("CANCEL"), "!Reason")
}

func TestDigest(t *testing.T) {
	for _, algorithm := range []string{"MD5", "SHA-256", "SHA-512-256"} {
		p := start(t, Options{Algorithms: []string{"SHA-512-256", "SHA-256", "MD5"}})
		c := dial(t, p, "100", "secret")
		if r := c.ask(c.request("REGISTER", "r").add("Expires", "60"), algorithm); r.code != 200 || len(r.all("Contact")) != 2 {
			t.Errorf("%s: %d %v", algorithm, r.code, r.all("Contact"))
		}
		bad := dial(t, p, "100", "wrong")
		if r := bad.ask(bad.request("REGISTER", "r").add("Expires", "60"), algorithm); r.code != 401 {
			t.Errorf("%s, wrong password: %d", algorithm, r.code)
		}
		p.Misbehave(func(m *Mischief) { m.RefuseCredentials, m.Forbid = true, true })
		if r := c.ask(c.request("REGISTER", "r").add("Expires", "60"), algorithm); r.code != 403 {
			t.Errorf("%s, refused: %d", algorithm, r.code)
		}
	}
}

func TestSubscriptionLife(t *testing.T) {
	p := start(t, Options{})
	c := dial(t, p, "100", "secret")
	p.Misbehave(func(m *Mischief) { m.MinExpires = 20 * time.Minute })
	if r := c.ask(c.request("SUBSCRIBE", "s").add("Event", "dialog").add("Expires", "600"), "MD5"); r.code != 423 || r.get("Min-Expires") != "1200" {
		t.Fatalf("%d %q", r.code, r.get("Min-Expires"))
	}
	p.Misbehave(func(m *Mischief) { *m = Mischief{} })
	c.subscribe()
	n := c.until("NOTIFY")
	inDialog := func(expires string) *message {
		m := c.request("SUBSCRIBE", "sub").add("Event", "dialog").add("Expires", expires)
		for i := range m.headers {
			if m.headers[i].name == "To" {
				m.headers[i].value = n.get("From")
			}
		}
		return m
	}
	if r := c.ask(inDialog("600"), "MD5"); r.code != 200 {
		t.Fatalf("refresh: %d", r.code)
	}
	p.EndSubscriptions("100", "probation", 30*time.Second)
	for n = c.until("NOTIFY"); !strings.Contains(n.get("Subscription-State"), "probation;retry-after=30"); n = c.until("NOTIFY") {
	}
	if r := c.ask(inDialog("600"), "MD5"); r.code != 481 {
		t.Fatalf("refresh after the end: %d", r.code)
	}
	if r := c.ask(c.request("SUBSCRIBE", "s3").add("Event", "presence").add("Expires", "600"), "MD5"); r.code != 489 {
		t.Fatalf("other package: %d", r.code)
	}
}

func TestClickToDial(t *testing.T) {
	for _, style := range []Style{Kamailio, Asterisk} {
		t.Run(style.String(), func(t *testing.T) {
			p := start(t, Options{Style: style})
			c := dial(t, p, "100", "secret")
			p.OnDial(func(_, number string) DialScript {
				there := Reaction{After: time.Millisecond, Code: 200}
				if number == "+33199000012" {
					there = Reaction{Code: 486}
				}
				return DialScript{Own: Reaction{After: time.Millisecond, Code: 200, Burst: 50}, There: there}
			})
			for number, final := range map[string]int{"+442079460123": 200, "+33199000012": 486} {
				id := "dial" + number
				ok := c.ask(c.request("INVITE", id), "MD5")
				if ok.code != 200 {
					t.Fatalf("own phone: %d", ok.code)
				}
				follow := func(method string) *message {
					m := c.request(method, id)
					for i := range m.headers {
						if m.headers[i].name == "To" {
							m.headers[i].value = ok.get("To")
						}
					}
					return m
				}
				c.write(follow("ACK"))
				c.write(follow("REFER").add("Refer-To", "<sip:"+number+"@"+p.Domain()+">"))
				c.until("202")
				codes := ""
				for {
					n := c.until("NOTIFY")
					codes += strings.Fields(string(n.body))[1] + " "
					if strings.Contains(n.get("Subscription-State"), "terminated") {
						break
					}
				}
				want := map[int]string{200: "100 180 200 ", 486: "100 486 "}[final]
				if codes != want {
					t.Errorf("progress %q, want %q", codes, want)
				}
				if got := p.InSilence("100"); got != (final == 486) {
					t.Errorf("in silence: %v", got)
				}
				if style == Kamailio || final == 486 {
					c.write(follow("BYE"))
					c.until("200")
				} else {
					c.until("BYE")
				}
			}
			if calls := p.Calls("100"); len(calls) != 1 || len(p.Violations()) != 0 {
				t.Error(calls, p.Violations())
			}
		})
	}
}

func TestMischief(t *testing.T) {
	p := start(t, Options{Style: BroadWorks})
	c := dial(t, p, "100", "secret")
	p.Misbehave(func(m *Mischief) { m.NotifyFirst = true })
	c.write(c.request("OPTIONS", "o"))
	c.until("200")
	c.subscribe() // fails when the NOTIFY before the answer confuses ask
	p.Misbehave(func(m *Mischief) { *m = Mischief{SwapNotifies: true, BrokenXML: true} })
	call := p.Ring("100", ada)
	call.Answer()
	first, second := c.until("NOTIFY"), c.until("NOTIFY")
	a, _ := first.cseq()
	b, _ := second.cseq()
	if a != b+1 {
		t.Errorf("NOTIFYs came as %d, %d", a, b)
	}
	wants(t, first, "fish & chips <3", ">confirmed<")
	p.Misbehave(func(m *Mischief) { *m = Mischief{} })
	p.NotifyRaw("100", []byte("raw"))
	wants(t, c.until("NOTIFY"), "\r\n\r\nraw")
	if n := len(HugeBody(1 << 20)); n < 1<<20 || n > 1<<20+200 {
		t.Error(n)
	}
	p.Burst("100", ada, 397)
	last := 0
	for range 400 {
		n, _ := c.until("NOTIFY").cseq()
		if last != 0 && n != last+1 {
			t.Fatalf("NOTIFY %d after %d", n, last)
		}
		last = n
	}
	p.Storm(t.Context(), "100", func(i int) Caller { return Caller{Number: fmt.Sprintf("+4420794%05d", i)} }, 30, 30*time.Millisecond)
	for range 30 { // at least: ring and end of each
		c.until("NOTIFY")
		c.until("NOTIFY")
	}
}

func TestConnectionsEnd(t *testing.T) {
	p := start(t, Options{})
	ended := func(c *client) {
		t.Helper()
		for {
			select {
			case _, ok := <-c.in:
				if !ok {
					return
				}
			case <-time.After(5 * time.Second):
				t.Fatal("the connection did not end")
			}
		}
	}
	c := dial(t, p, "100", "secret")
	c.register()
	p.FIN()
	ended(c)
	c = dial(t, p, "100", "secret")
	c.subscribe()
	p.Ring("100", ada)
	p.RST()
	ended(c)
	if p.Subscribed("100") != 0 || len(p.Calls("100")) != 1 {
		t.Error("a lost connection loses its subscription and no call")
	}
	c = dial(t, p, "100", "secret")
	if err := p.Restart(); err != nil {
		t.Fatal(err)
	}
	ended(c)
	if len(p.Calls("100")) != 0 {
		t.Error("a restart loses the calls")
	}
	c = dial(t, p, "100", "secret")
	c.write(c.request("OPTIONS", "o1"))
	c.until("200")
	p.BlackHole()
	c.write(c.request("OPTIONS", "o2"))
	select {
	case m := <-c.in:
		t.Fatalf("an answer out of the black hole: %v", m)
	case <-time.After(50 * time.Millisecond):
	}
	p.Heal()
	c.until("200")
	if _, err := c.conn.Write([]byte("\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	await(t, p, func() bool { return p.Received("PING") > 0 })
}

// await waits for the platform, and fails the test when that takes long.
func await(t *testing.T, p *Platform, ready func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := p.Await(ctx, ready); err != nil {
		t.Fatal(err)
	}
}

func TestUnplugged(t *testing.T) {
	p := start(t, Options{})
	c := dial(t, p, "100", "secret")
	c.subscribe()
	call := p.Ring("100", ada)
	p.Unplug()
	if _, err := tls.Dial("tcp", p.Addr(), nil); err == nil {
		t.Error("an unplugged platform takes connections")
	}
	call.Answer()
	if err := p.Plug(); err != nil {
		t.Fatal(err)
	}
	c = dial(t, p, "100", "secret")
	c.subscribe()
	wants(t, c.until("NOTIFY"), ">confirmed<", `version="0"`)
}

func TestExpiry(t *testing.T) {
	p := start(t, Options{Expires: time.Second})
	c := dial(t, p, "100", "secret")
	c.subscribe()
	c.until("NOTIFY")
	c.register()
	p.mu.Lock()
	p.subs[0].expires = time.Now().Add(-time.Second)
	p.bindings["100"][0].expires = time.Now().Add(-time.Second)
	p.mu.Unlock()
	p.Ring("100", ada).Answer()
	wants(t, c.until("NOTIFY"), "terminated;reason=timeout")
	if p.Subscribed("100") != 0 || p.Registered("100") != 0 {
		t.Error("they did not expire")
	}
}

// Dialog events that come late still come in order.
func TestDialogLag(t *testing.T) {
	p := start(t, Options{Style: BroadWorks})
	c := dial(t, p, "100", "secret")
	c.subscribe()
	c.until("NOTIFY")
	c.register()
	p.Misbehave(func(m *Mischief) { m.DialogLag = 30 * time.Millisecond })
	call := p.Ring("100", ada)
	call.Answer()
	call.Hangup()
	c.until("CANCEL") // before the dialog view has said a word
	for _, state := range []string{">early<", ">confirmed<", ">terminated<"} {
		wants(t, c.until("NOTIFY"), state)
	}
}

func TestOwnPhone(t *testing.T) {
	p := start(t, Options{})
	c := dial(t, p, "100", "secret")
	p.OnDial(func(_, _ string) DialScript { return DialScript{} }) // rings for ever
	c.register()
	m := c.request("INVITE", "own")
	c.write(m)
	auth := c.until("407")
	if auth.get("Proxy-Authenticate") == "" {
		t.Fatal("no challenge")
	}
	cancelled := make(chan int, 1)
	go func() { cancelled <- c.ask(c.request("INVITE", "own"), "MD5").code }()
	await(t, p, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.dials["own"] != nil && p.dials["own"].state == early
	})
	cancel := c.request("CANCEL", "own")
	if _, err := c.conn.Write(cancel.bytes()); err != nil {
		t.Fatal(err)
	}
	if code := <-cancelled; code != 200 && code != 487 { // whichever of the two answers is first
		t.Errorf("cancelled INVITE: %d", code)
	}
	await(t, p, func() bool { p.mu.Lock(); defer p.mu.Unlock(); return len(p.dials) == 0 })
}

func TestCertificates(t *testing.T) {
	for kind, fits := range map[Certificate]func(error) bool{
		CertWrongName: func(err error) bool { var e x509.HostnameError; return errors.As(err, &e) },
		CertExpired: func(err error) bool {
			var e x509.CertificateInvalidError
			return errors.As(err, &e) && e.Reason == x509.Expired
		},
		CertOtherCA: func(err error) bool { var e x509.UnknownAuthorityError; return errors.As(err, &e) },
		CertTLS11:   func(err error) bool { return err != nil && strings.Contains(err.Error(), "protocol version") },
	} {
		p := start(t, Options{Certificate: kind})
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(p.CAPEM())
		conn, err := tls.Dial("tcp", p.Addr(), &tls.Config{RootCAs: pool, ServerName: p.Domain(), MinVersion: tls.VersionTLS12})
		if err == nil {
			_ = conn.Close()
		}
		if !fits(err) {
			t.Errorf("certificate %d: %v", kind, err)
		}
	}
}

func FuzzReadMessage(f *testing.F) {
	f.Add([]byte("OPTIONS sip:x SIP/2.0\r\nv: SIP/2.0/TLS a;branch=b\r\nl: 2\r\n\r\nok"))
	f.Add([]byte("\r\n\r\nSIP/2.0 200 OK\r\nTo: <sip:a@b>;tag=c\r\n folded\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzMessage(t, b) })
}
