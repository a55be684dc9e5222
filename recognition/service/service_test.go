package service_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/phone"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/account"
	"example.org/ctiagent/recognition/httpapi"
	"example.org/ctiagent/recognition/service"
)

const (
	agentName   = "agent@example.org"
	loaderName  = "loader@example.org"
	goodPass    = "Correct-Horse7!"
	knownNumber = "+442079460123"
	otherNumber = "+442079460199"
)

// running is a service on loopback with one organisation and two users.
type running struct {
	service     *service.Service
	org         *service.Organisation
	dir         string
	address     string
	stop        func() // ends Serve and waits
	fingerprint string
	logs        *syncBuffer
	received    atomic.Int64 // reads from clients that brought something
	accepted    atomic.Int64 // connections
}

// counted counts what comes in, below TLS, where nothing escapes it.
type counted struct {
	net.Listener
	r *running
}

func (l counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.r.accepted.Add(1)
		c = countedConn{c, l.r}
	}
	return c, err
}

type countedConn struct {
	net.Conn
	r *running
}

func (c countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.r.received.Add(1)
	}
	return n, err
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// prepared gives the settings of the organisation acme with two users, made
// once: hashing their passwords takes longer than most tests.
var prepared = sync.OnceValues(func() (settings []byte, err error) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ctx := context.Background()
	cfg := service.Config{Dir: dir, Log: slog.New(slog.DiscardHandler)}
	password := credstore.NewSecret(goodPass)
	err = service.Init(ctx, cfg, service.First{
		Organisation: account.Organisation{ID: "acme", Name: "Acme"},
		User:         agentName, Password: password, Roles: []account.Role{account.Agent},
	})
	if err != nil {
		return nil, err
	}
	s, err := service.New(cfg)
	if err != nil {
		return nil, err
	}
	org, err := s.Organisation(ctx, "acme")
	if err == nil {
		err = org.AddUser(ctx, loaderName, password, account.Configurator)
	}
	if err := errors.Join(err, s.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(service.SettingsFile(dir))
})

func start(t testing.TB) *running {
	t.Helper()
	cert, fingerprint, err := service.SelfSigned("127.0.0.1", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	return startWith(t, &tls.Config{Certificates: []tls.Certificate{cert}}, fingerprint)
}

func startWith(t testing.TB, tlsConfig *tls.Config, fingerprint string) *running {
	t.Helper()
	r := &running{fingerprint: fingerprint, logs: &syncBuffer{}, dir: t.TempDir()}
	log := slog.New(slog.NewTextHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	settings, err := prepared()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(service.SettingsFile(r.dir), settings, 0o600); err != nil {
		t.Fatal(err)
	}
	r.service, err = service.New(service.Config{Dir: r.dir, TLS: tlsConfig, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if r.org, err = r.service.Organisation(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.address = "https://" + listener.Addr().String()
	serveCtx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- r.service.Serve(serveCtx, counted{listener, r}) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	t.Cleanup(func() {
		r.stop()
		if err := r.service.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return r
}

// client gives a client that is signed in as name, or not at all for "".
func (r *running) client(t testing.TB, name string) *httpapi.Client {
	t.Helper()
	c, err := httpapi.NewClient(httpapi.ClientConfig{Address: r.address, Fingerprint: r.fingerprint}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	// The server waits five seconds for a connection that never asked anything,
	// such as a client makes when several lookups begin at once.
	t.Cleanup(c.Close)
	if name != "" {
		if _, err := c.SignIn(t.Context(), name, credstore.NewSecret(goodPass), "test"); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func number(t testing.TB, text string) phone.Number {
	t.Helper()
	n, err := phone.Parse(text, phone.DialPlan{Country: "GB"})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func ask(t testing.TB, r recognition.Recognizer, text string) recognition.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	a, err := r.Recognize(ctx, recognition.Query{Number: number(t, text)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var anna = recognition.Record{
	ID: "42", Name: "Anna Sánchez", Params: map[string]string{"recordId": "42"},
	Fields:  []recognition.Field{{Label: "Company", Value: "Acme"}},
	Numbers: []recognition.RecordNumber{{E164: knownNumber, Field: "Mobile"}},
}

// The whole way: a loader puts contacts, an agent signs in and learns who
// calls and which script applies, fetches the script, signs out.
func TestTheWholeWay(t *testing.T) {
	r := start(t)
	ctx := t.Context()
	loader := r.client(t, loaderName)
	if err := loader.Put(ctx, "CRM", []recognition.Record{anna}); err != nil {
		t.Fatal(err)
	}
	body := []byte("openUrl('https://crm.example.org/')")
	script, err := r.org.SetScript(ctx, recognition.Script{ID: "crm", When: recognition.When{Known: "known"}}, body)
	if err != nil {
		t.Fatal(err)
	}

	agent := r.client(t, agentName)
	a := ask(t, agent, knownNumber)
	if len(a.Matches) != 1 || a.Matches[0].Name != anna.Name || a.Matches[0].Field != "Mobile" || a.Matches[0].Source != "CRM" {
		t.Fatalf("answer %+v", a)
	}
	if len(a.Scripts) != 1 || a.Scripts[0].Digest != script.Digest {
		t.Fatalf("scripts %+v", a.Scripts)
	}
	got, err := agent.Script(ctx, script.Digest)
	if err != nil || !bytes.Equal(got, body) {
		t.Fatalf("script %q, %v", got, err)
	}
	if a := ask(t, agent, otherNumber); len(a.Matches) != 0 || len(a.Scripts) != 0 {
		t.Fatalf("unknown number: %+v", a)
	}
	if err := agent.Put(ctx, "CRM", nil); !errors.Is(err, recognition.ErrForbidden) {
		t.Fatalf("an agent may load contacts: %v", err)
	}
	if err := agent.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := agent.Recognize(ctx, recognition.Query{Number: number(t, knownNumber)}); !errors.Is(err, recognition.ErrSignedOut) {
		t.Fatalf("signed out, but: %v", err)
	}
	for _, secret := range []string{"2079460123", anna.Name, "Sánchez", goodPass, "cti_ws_"} {
		if strings.Contains(r.logs.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// waitFor waits for a condition that another goroutine brings about.
func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	limit := time.After(10 * time.Second)
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !is() {
		select {
		case <-limit:
			t.Fatalf("waited in vain for %s", what)
		case <-look.C:
		}
	}
}

func checkPrivate(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v", f.Name(), info.Mode())
		}
		if f.IsDir() {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{goodPass, "cti_ws_"} {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%s holds %q", f.Name(), secret)
			}
		}
	}
}
