package sipline

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/telephony"
)

func testDialer(t *testing.T, cfg Config) *dialer {
	t.Helper()
	if err := cfg.check(); err != nil {
		t.Fatal(err)
	}
	d, err := newDialer(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// tlsServer accepts TLS with what config says until the test ends.
func tlsServer(t *testing.T, config *tls.Config) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { // ends when the listener is closed
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if config == nil {
				_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
				_ = c.Close()
				continue
			}
			tc := tls.Server(c, config)
			_ = tc.SetDeadline(time.Now().Add(5 * time.Second))
			_ = tc.Handshake()
			_ = tc.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

func TestServersBySRV(t *testing.T) {
	cfg := testConfig("100", "pw", "example.org", "", "")
	d := testDialer(t, cfg)
	var asked string
	d.lookup = func(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
		asked = "_" + service + "._" + proto + "." + name
		return "", []*net.SRV{{Target: "b.example.org.", Port: 5071}, {Target: "a.example.org.", Port: 5061}}, nil
	}
	got, err := d.servers(context.Background())
	if err != nil || strings.Join(got, " ") != "b.example.org:5071 a.example.org:5061" || asked != "_sips._tcp.example.org" {
		t.Errorf("%v %v, asked for %s", got, err, asked)
	}
	if d.name != "example.org" {
		t.Errorf("the certificate must be for the domain, not for %s", d.name)
	}

	d.lookup = func(context.Context, string, string, string) (string, []*net.SRV, error) {
		return "", nil, &net.DNSError{IsNotFound: true}
	}
	if got, _ := d.servers(context.Background()); len(got) != 1 || got[0] != "example.org:5061" {
		t.Errorf("without SRV: %v", got)
	}
	d.lookup = func(context.Context, string, string, string) (string, []*net.SRV, error) {
		return "", []*net.SRV{{Target: "."}}, nil
	}
	if _, err := d.servers(context.Background()); !errors.Is(err, telephony.ErrConfig) {
		t.Errorf("a domain without the service: %v", err)
	}
	for server, want := range map[string]string{"pbx.example.org": "pbx.example.org:5061", "192.0.2.7:5070": "192.0.2.7:5070", "2001:db8::1": "[2001:db8::1]:5061", "[2001:db8::1]:99": "[2001:db8::1]:99"} {
		d.cfg.Server = server
		if got, err := d.servers(context.Background()); err != nil || got[0] != want {
			t.Errorf("%s: %v %v", server, got, err)
		}
	}
}

// TestSecondServer lets the first server of the list be down.
func TestSecondServer(t *testing.T) {
	p := newPeer(t, ordinary)
	cfg := p.config()
	cfg.Server = ""
	d := testDialer(t, cfg)
	host, port, err := splitServer(p.addr)
	if err != nil {
		t.Fatal(err)
	}
	d.lookup = func(context.Context, string, string, string) (string, []*net.SRV, error) {
		return "", []*net.SRV{{Target: "127.0.0.1", Port: 1}, {Target: host, Port: uint16(port)}}, nil
	}
	conn, _, err := d.connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}

func TestTrust(t *testing.T) {
	good, goodCA := selfSigned(t, peerDomain)
	_, otherCA := selfSigned(t, peerDomain)
	named, namedCA := selfSigned(t, "proxy.example.org")
	expired := expiredCertificate(t)
	pin := fingerprint(good.Leaf)
	old := &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	with := func(c tls.Certificate) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12}
	}
	for _, tt := range []struct {
		name    string
		server  *tls.Config // nil: no TLS at all
		change  func(*Config)
		ca      string
		pin     string
		want    error
		code    string
		inWords string
	}{
		{name: "good", server: with(good), ca: goodCA},
		{name: "pinned", server: with(good), pin: pin},
		{name: "pinned, with colons", server: with(good), pin: strings.ToUpper(pin[:2] + ":" + pin[2:])},
		{name: "pinned beside another authority", server: with(good), ca: otherCA, pin: pin},
		{name: "good authority, other pin", server: with(good), ca: goodCA, pin: "00" + pin[2:], want: telephony.ErrTrust, code: "tls.wrong-pin"},
		{name: "system roots only", server: with(good), want: telephony.ErrTrust, code: "tls.unknown-ca"},
		{name: "authority of another host", server: with(good), ca: otherCA, want: telephony.ErrTrust, code: "tls.unknown-ca"},
		{name: "another name", server: with(named), ca: namedCA, want: telephony.ErrTrust, code: "tls.wrong-name",
			inWords: "its certificate is for proxy.example.org, not pbx.test"},
		{name: "expired", server: with(expired.cert), ca: expired.ca, want: telephony.ErrTrust, code: "tls.expired"},
		{name: "TLS 1.1", server: old, ca: goodCA, want: telephony.ErrTrust, code: "tls.too-old"},
		{name: "no TLS", ca: goodCA, want: telephony.ErrConfig, code: "tls.not-tls"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := testConfig("100", "pw", peerDomain, tlsServer(t, tt.server), tt.ca)
			cfg.Fingerprint = tt.pin
			conn, _, err := testDialer(t, cfg).connect(context.Background())
			if tt.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				_ = conn.Close()
				return
			}
			var f *fatal
			if !errors.Is(err, tt.want) || !errors.As(err, &f) {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			if f.link.Code != tt.code || f.link.Hint == "" || !strings.Contains(f.link.Reason, tt.inWords) {
				t.Errorf("%+v, want %s", f.link, tt.code)
			}
		})
	}
}

// TestServerByName lets a person write down a server whose certificate is for
// itself and not for the domain.
func TestServerByName(t *testing.T) {
	cert, ca := selfSigned(t, "localhost")
	addr := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	cfg := testConfig("100", "pw", "example.org", strings.Replace(addr, "127.0.0.1", "localhost", 1), ca)
	conn, _, err := testDialer(t, cfg).connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}

func TestSilentServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	cfg := testConfig("100", "pw", peerDomain, l.Addr().String(), "")
	cfg.ConnectLimit = 50 * time.Millisecond
	_, _, err = testDialer(t, cfg).connect(context.Background())
	var w *weak
	if !errors.As(err, &w) || w.code != "tls.no-answer" {
		t.Errorf("%v", err)
	}
}

func TestConfigCheck(t *testing.T) {
	good := testConfig("100", "pw", "pbx.example.org", "", "")
	for name, change := range map[string]func(*Config){
		"no user":          func(c *Config) { c.User = "" },
		"user with a line": func(c *Config) { c.User = "100\r\nX: y" },
		"user with @":      func(c *Config) { c.User = "100@pbx" },
		"no domain":        func(c *Config) { c.Domain = " " },
		"domain as URI":    func(c *Config) { c.Domain = "sip:pbx.example.org" },
		"no password":      func(c *Config) { c.Password = credstore.Secret{} },
		"no view":          func(c *Config) { c.NoDialog, c.NoSecondContact = true, true },
		"no instance":      func(c *Config) { c.InstanceID = "" },
		"bad server":       func(c *Config) { c.Server = "a:b:c" },
		"bad port":         func(c *Config) { c.Server = "a:99999" },
		"bad pin":          func(c *Config) { c.Fingerprint = "abc" },
	} {
		cfg := good
		change(&cfg)
		if _, err := New(cfg, testLog(t)); !errors.Is(err, telephony.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*Config){
		"as it is": func(*Config) {},
		"IPv4":     func(c *Config) { c.Domain = "192.0.2.7" },
		"IPv6":     func(c *Config) { c.Domain = "2001:db8::7" },
		"server":   func(c *Config) { c.Server = "edge.example.org:5071" },
	} {
		cfg := good
		change(&cfg)
		if _, err := New(cfg, testLog(t)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	cfg := good
	cfg.CAFile = "/does/not/exist"
	c, err := New(cfg, testLog(t))
	if err != nil {
		t.Fatal(err)
	}
	r := newRecorder(t)
	if err := c.Run(context.Background(), r); !errors.Is(err, telephony.ErrConfig) || errors.Is(err, os.ErrPermission) {
		t.Errorf("Run without the authority's file: %v", err)
	}
}

func TestBackoff(t *testing.T) {
	var cfg Config
	for failures, most := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 10 * time.Second, 10 * time.Second} {
		for range 100 {
			if d := cfg.backoff(time.Second, 10*time.Second, failures); d < most/2 || d > most {
				t.Errorf("after %d failures %v, want %v to %v", failures, d, most/2, most)
			}
		}
	}
	if d := cfg.backoff(time.Second, time.Minute, 1000); d < 30*time.Second || d > time.Minute {
		t.Errorf("after very many failures %v", d)
	}
}
