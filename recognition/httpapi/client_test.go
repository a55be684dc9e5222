package httpapi_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/httpapi"
	"example.org/ctiagent/recognition/recognitiontest"
)

// authority is a CA of the test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // PEM
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t), file: filepath.Join(t.TempDir(), "ca.pem")}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// server gives a certificate for 127.0.0.1 that change may spoil.
func (a *authority) server(t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "service"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// oneAnswer is a backend where everybody is signed in and nobody is known.
type oneAnswer struct{}

func (oneAnswer) SignIn(context.Context, string, credstore.Secret, string) (credstore.Secret, error) {
	return credstore.NewSecret("token"), nil
}
func (oneAnswer) Session(context.Context, credstore.Secret) (httpapi.Session, error) {
	return oneAnswer{}, nil
}
func (oneAnswer) Ready(context.Context) error   { return nil }
func (oneAnswer) Who() (string, []string)       { return "somebody", nil }
func (oneAnswer) SignOut(context.Context) error { return nil }
func (oneAnswer) Lookup(context.Context, httpapi.Lookup) ([]byte, error) {
	return httpapi.EncodeAnswer(recognition.Answer{})
}
func (oneAnswer) Script(context.Context, string) ([]byte, error) { return []byte("not it"), nil }
func (oneAnswer) Directory() (recognition.Directory, error)      { return nil, recognition.ErrForbidden }

// listen serves a handler over TLS until the test ends.
func listen(t *testing.T, address string, config *tls.Config, h http.Handler) (addr string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server := httpapi.HTTPServer(h, slog.New(slog.DiscardHandler))
	server.TLSConfig = config
	ended := make(chan struct{})
	go func() { defer close(ended); server.ServeTLS(listener, "", "") }() //nolint:errcheck // Close ends it
	stop = sync.OnceFunc(func() { server.Close(); <-ended })              //nolint:errcheck // the test is over
	t.Cleanup(stop)
	return listener.Addr().String(), stop
}

func handler() http.Handler {
	return httpapi.NewServer(oneAnswer{}, slog.New(slog.DiscardHandler))
}

func newClient(t *testing.T, cfg httpapi.ClientConfig) *httpapi.Client {
	t.Helper()
	cfg.Token = credstore.NewSecret("token")
	c, err := httpapi.NewClient(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func lookup(ctx context.Context, t *testing.T, c *httpapi.Client) error {
	t.Helper()
	_, err := c.Recognize(ctx, recognition.Query{Number: recognitiontest.Number(t, "+442079460123")})
	return err
}

// fault is what an error says of itself.
type fault interface {
	error
	Code() string
	Hint() string
	Temporary() bool
}

// expect asks for an error that is unreachable, has this code and words, and
// no number in them.
func expect(t *testing.T, err error, code string, temporary bool) {
	t.Helper()
	var f fault
	if !errors.Is(err, recognition.ErrUnreachable) || !errors.As(err, &f) {
		t.Fatalf("want %s, got %v", code, err)
	}
	if f.Code() != code || f.Temporary() != temporary || f.Hint() == "" {
		t.Errorf("code %q temporary %v hint %q, want %q %v (%v)", f.Code(), f.Temporary(), f.Hint(), code, temporary, err)
	}
	if strings.Contains(err.Error(), "2079460123") {
		t.Errorf("the number is in the error: %v", err)
	}
}

func TestTrust(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	good := ca.server(t, nil)
	fingerprint := httpapi.Fingerprint(good.Certificate[0])
	yesterday := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	tests := []struct {
		name string
		cert tls.Certificate
		cfg  httpapi.ClientConfig
		code string // "": trusted
	}{
		{"CA of the host", good, httpapi.ClientConfig{CAFile: ca.file}, ""},
		{"pinned", good, httpapi.ClientConfig{Fingerprint: fingerprint}, ""},
		{"pinned, as openssl prints it", good, httpapi.ClientConfig{Fingerprint: colons(fingerprint)}, ""},
		{"system roots only", good, httpapi.ClientConfig{}, "tls.unknown-ca"},
		{"another CA", good, httpapi.ClientConfig{CAFile: other.file}, "tls.unknown-ca"},
		{"another pin", other.server(t, nil), httpapi.ClientConfig{Fingerprint: fingerprint}, "tls.pin-mismatch"},
		{"wrong name", ca.server(t, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"cti.example.org"} }),
			httpapi.ClientConfig{CAFile: ca.file}, "tls.wrong-name"},
		{"expired", ca.server(t, yesterday), httpapi.ClientConfig{CAFile: ca.file}, "tls.expired"},
		{"not yet valid", ca.server(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }),
			httpapi.ClientConfig{CAFile: ca.file}, "tls.expired"},
		{"not for servers", ca.server(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }),
			httpapi.ClientConfig{CAFile: ca.file}, "tls.bad-certificate"},
	}
	expired := ca.server(t, yesterday)
	tests = append(tests, struct {
		name string
		cert tls.Certificate
		cfg  httpapi.ClientConfig
		code string
	}{"pinned and expired", expired, httpapi.ClientConfig{Fingerprint: httpapi.Fingerprint(expired.Certificate[0])}, "tls.expired"})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			addr, _ := listen(t, "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{test.cert}}, handler())
			test.cfg.Address = addr
			c := newClient(t, test.cfg)
			for range 2 { // the second time on a resumed session, if any
				err := lookup(t.Context(), t, c)
				c.Refresh()
				if test.code == "" {
					if err != nil {
						t.Fatal(err)
					}
					if s := c.Status(); s.State != httpapi.StateLive {
						t.Errorf("status %+v", s)
					}
					continue
				}
				expect(t, err, test.code, false)
				if s := c.Status(); s.State != httpapi.StateFatal || s.Code != test.code || s.Reason == "" || s.Hint == "" {
					t.Errorf("status %+v", s)
				}
			}
		})
	}
}

func colons(fingerprint string) string {
	digits := strings.ToUpper(strings.TrimPrefix(fingerprint, "sha256:"))
	var parts []string
	for i := 0; i < len(digits); i += 2 {
		parts = append(parts, digits[i:i+2])
	}
	return strings.Join(parts, ":")
}

func TestOldTLSIsRefused(t *testing.T) {
	ca := newAuthority(t)
	addr, _ := listen(t, "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{ca.server(t, nil)}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
	}, handler())
	expect(t, lookup(t.Context(), t, newClient(t, httpapi.ClientConfig{Address: addr, CAFile: ca.file})), "tls.handshake", false)
}

func TestAway(t *testing.T) {
	// A port where nobody listens.
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	closed.Close() //nolint:errcheck // that is the point
	expect(t, lookup(t.Context(), t, newClient(t, httpapi.ClientConfig{Address: address})), "net.refused", true)

	expect(t, lookup(t.Context(), t, newClient(t, httpapi.ClientConfig{Address: "nowhere.invalid"})), "net.unknown-host", true)
}

// A server that takes connections and never says anything.
func TestSilence(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // the test is over
	c := newClient(t, httpapi.ClientConfig{Address: listener.Addr().String(), Timeout: 50 * time.Millisecond})
	expect(t, lookup(t.Context(), t, c), "net.timeout", true) // the client's own bound

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err = lookup(ctx, t, newClient(t, httpapi.ClientConfig{Address: listener.Addr().String()}))
	expect(t, err, "net.timeout", true)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller's bound is not in %v", err)
	}
}

func TestNotOurService(t *testing.T) {
	ca := newAuthority(t)
	config := &tls.Config{Certificates: []tls.Certificate{ca.server(t, nil)}}
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>welcome")) }) //nolint:errcheck // a test
	addr, _ := listen(t, "127.0.0.1:0", config, page)
	expect(t, lookup(t.Context(), t, newClient(t, httpapi.ClientConfig{Address: addr, CAFile: ca.file})), "service.nonsense", false)

	addr, _ = listen(t, "127.0.0.1:0", config, http.RedirectHandler("https://elsewhere.example.org/", http.StatusFound))
	expect(t, lookup(t.Context(), t, newClient(t, httpapi.ClientConfig{Address: addr, CAFile: ca.file})), "service.302", false)

	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: page, ReadHeaderTimeout: time.Second}
	ended := make(chan struct{})
	go func() { defer close(ended); server.Serve(plain) }() //nolint:errcheck // Close ends it
	t.Cleanup(func() { server.Close(); <-ended })           //nolint:errcheck // the test is over
	expect(t, lookup(t.Context(), t, newClient(t, httpapi.ClientConfig{Address: plain.Addr().String()})), "tls.none", false)
}

func TestScriptDigestIsVerified(t *testing.T) {
	ca := newAuthority(t)
	addr, _ := listen(t, "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{ca.server(t, nil)}}, handler())
	c := newClient(t, httpapi.ClientConfig{Address: addr, CAFile: ca.file})
	if _, err := c.Script(t.Context(), recognition.Digest([]byte("wanted"))); err == nil {
		t.Error("another body than asked for was accepted")
	}
	if body, err := c.Script(t.Context(), recognition.Digest([]byte("not it"))); err != nil || string(body) != "not it" {
		t.Errorf("%q, %v", body, err)
	}
}

// A service that asks for quiet gets it.
func TestRetryAfter(t *testing.T) {
	ca := newAuthority(t)
	var mu sync.Mutex
	asked := 0
	busy := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked++
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	addr, _ := listen(t, "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{ca.server(t, nil)}}, busy)
	c := newClient(t, httpapi.ClientConfig{Address: addr, CAFile: ca.file})
	for range 3 {
		err := lookup(t.Context(), t, c)
		expect(t, err, "service.503", true)
		var wait interface{ RetryAfter() time.Duration }
		if !errors.As(err, &wait) || wait.RetryAfter() != time.Minute {
			t.Errorf("%v does not say how long to wait", err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

// statuses collects what Watch tells and waits for a state.
type statuses chan httpapi.Status

func watch(t *testing.T, c *httpapi.Client) statuses {
	t.Helper()
	s := make(statuses, 100)
	t.Cleanup(c.Watch(func(x httpapi.Status) { s <- x }))
	return s
}

func (s statuses) wait(t *testing.T, state string) httpapi.Status {
	t.Helper()
	limit := time.After(15 * time.Second)
	for {
		select {
		case x := <-s:
			if x.State == state {
				return x
			}
		case <-limit:
			t.Fatalf("the status never became %s", state)
		}
	}
}

// Run keeps one connection, notices a restart and comes back by itself.
func TestWarmAndBack(t *testing.T) {
	ca := newAuthority(t)
	config := &tls.Config{Certificates: []tls.Certificate{ca.server(t, nil)}}
	addr, stop := listen(t, "127.0.0.1:0", config, handler())
	c := newClient(t, httpapi.ClientConfig{Address: addr, CAFile: ca.file, WarmEvery: 20 * time.Millisecond})
	seen := watch(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	seen.wait(t, httpapi.StateLive)
	stop()
	if s := seen.wait(t, httpapi.StateOffline); s.Code == "" || s.Reason == "" {
		t.Errorf("status %+v", s)
	}
	listen(t, addr, config, handler())
	seen.wait(t, httpapi.StateLive)
	if err := lookup(t.Context(), t, c); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run ended with %v", err)
	}
}

// A kept connection that died while nobody looked costs no lookup.
func TestDeadKeptConnection(t *testing.T) {
	ca := newAuthority(t)
	config := &tls.Config{Certificates: []tls.Certificate{ca.server(t, nil)}}
	addr, stop := listen(t, "127.0.0.1:0", config, handler())
	c := newClient(t, httpapi.ClientConfig{Address: addr, CAFile: ca.file})
	if err := lookup(t.Context(), t, c); err != nil {
		t.Fatal(err)
	}
	stop()
	listen(t, addr, config, handler())
	if err := lookup(t.Context(), t, c); err != nil {
		t.Errorf("after a restart of the service: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for address, good := range map[string]bool{
		"https://cti.example.org": true, "cti.example.org": true, "https://cti.example.org:8443/": true, "[::1]:8443": true, "127.0.0.1:1": true,
		"": false, "http://cti.example.org": false, "https://": false, "https://u:p@cti.example.org": false,
		"https://cti.example.org/x": false, "https://cti.example.org?x": false, "ftp://x": false, "https://a b": false, ":8443": false,
	} {
		_, err := httpapi.NewClient(httpapi.ClientConfig{Address: address}, slog.New(slog.DiscardHandler))
		if (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, cfg := range []httpapi.ClientConfig{
		{Fingerprint: "12:34"}, {Fingerprint: strings.Repeat("zz", 32)}, {CAFile: "/no/such/file"}, {CAFile: "client_test.go"},
		{CAFile: "x", Fingerprint: strings.Repeat("00", 32)},
	} {
		cfg.Address = "cti.example.org"
		if _, err := httpapi.NewClient(cfg, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
}

// A watcher that is slow holds up neither Status nor lookups that change
// nothing.
func TestSlowWatcher(t *testing.T) {
	ca := newAuthority(t)
	addr, _ := listen(t, "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{ca.server(t, nil)}}, handler())
	c := newClient(t, httpapi.ClientConfig{Address: addr, CAFile: ca.file})
	entered, release := make(chan struct{}), make(chan struct{})
	stop := c.Watch(func(s httpapi.Status) {
		if s.State == httpapi.StateLive {
			close(entered)
			<-release
		}
	})
	first := make(chan error, 1)
	go func() { first <- lookup(t.Context(), t, c) }()
	<-entered
	if s := c.Status(); s.State != httpapi.StateLive {
		t.Errorf("status %+v", s)
	}
	if err := lookup(t.Context(), t, c); err != nil {
		t.Error(err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
	stop()
}
