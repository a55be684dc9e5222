package service_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/account"
	"example.org/ctiagent/recognition/httpapi"
	"example.org/ctiagent/recognition/service"
)

func TestWrongPasswordAndUnknownUser(t *testing.T) {
	r := start(t)
	c := r.client(t, "")
	var texts []string
	for user, password := range map[string]string{
		agentName: "wrong", "nobody@example.org": goodPass, "not a name": goodPass, "": "",
	} {
		_, err := c.SignIn(t.Context(), user, credstore.NewSecret(password), "test")
		if !errors.Is(err, recognition.ErrRefused) {
			t.Fatalf("%v", err)
		}
		texts = append(texts, err.Error())
	}
	for _, text := range texts {
		if text != texts[0] {
			t.Errorf("a stranger can tell users from others: %q and %q", text, texts[0])
		}
	}
	if c.SignedIn() {
		t.Error("signed in all the same")
	}
}

// Guessing is slowed down; the workstation that is signed in goes on.
func TestGuessing(t *testing.T) {
	r := start(t)
	signedIn := r.client(t, agentName)
	guesser := r.client(t, "")
	var err error
	for range 5 {
		_, err = guesser.SignIn(t.Context(), agentName, credstore.NewSecret("guess"), "test")
		if !errors.Is(err, recognition.ErrRefused) {
			t.Fatal(err)
		}
	}
	_, err = guesser.SignIn(t.Context(), "AGENT@example.org", credstore.NewSecret(goodPass), "test")
	var wait interface {
		RetryAfter() time.Duration
		Code() string
	}
	if !errors.As(err, &wait) || wait.RetryAfter() <= 0 || wait.Code() != "service.sign-in-wait" {
		t.Errorf("the sixth try at once, by another spelling, gives %v", err)
	}
	if a := ask(t, signedIn, knownNumber); len(a.Matches) != 0 {
		t.Error("unexpected match")
	}
}

func TestTokenRevoked(t *testing.T) {
	r := start(t)
	ctx := t.Context()
	first := r.client(t, agentName)
	token, err := first.SignIn(ctx, agentName, credstore.NewSecret(goodPass), "second workstation")
	if err != nil {
		t.Fatal(err)
	}
	second, err := httpapi.NewClient(httpapi.ClientConfig{Address: r.address, Fingerprint: r.fingerprint, Token: token}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	other := r.client(t, agentName)
	ask(t, second, knownNumber)
	if err := first.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	_, err = second.Recognize(ctx, recognition.Query{Number: number(t, knownNumber)})
	if !errors.Is(err, recognition.ErrSignedOut) {
		t.Errorf("the token was revoked, but: %v", err)
	}
	if s := second.Status(); s.State != httpapi.StateSignedOut || s.Hint == "" {
		t.Errorf("status %+v", s)
	}
	ask(t, other, knownNumber) // another sign-in of the same user is untouched

	if err := r.org.DisableUser(ctx, agentName); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Recognize(ctx, recognition.Query{Number: number(t, knownNumber)}); !errors.Is(err, recognition.ErrSignedOut) {
		t.Errorf("the user was disabled, but: %v", err)
	}
	if _, err := r.client(t, "").SignIn(ctx, agentName, credstore.NewSecret(goodPass), ""); !errors.Is(err, recognition.ErrRefused) {
		t.Errorf("a disabled user signs in: %v", err)
	}
}

// Away and unknown are two things.
func TestAwayIsNotUnknown(t *testing.T) {
	r := start(t)
	c := r.client(t, agentName)
	if a := ask(t, c, otherNumber); len(a.Matches) != 0 {
		t.Fatal("unexpected match")
	}
	away, err := httpapi.NewClient(httpapi.ClientConfig{Address: "https://127.0.0.1:1", Token: credstore.NewSecret("x")}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := away.Recognize(t.Context(), recognition.Query{Number: number(t, otherNumber)}); !errors.Is(err, recognition.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	r := start(t)
	_, err := tls.Dial("tcp", strings.TrimPrefix(r.address, "https://"), &tls.Config{
		InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, //nolint:gosec // to be refused
	})
	if err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.1: %v", err)
	}
}

// A client that keeps its connection makes one.
func TestOneConnection(t *testing.T) {
	r := start(t)
	c := r.client(t, agentName)
	for range 20 {
		ask(t, c, knownNumber)
	}
	if n := r.accepted.Load(); n != 1 {
		t.Errorf("%d connections for a sign-in and 20 lookups", n)
	}
}

// Two organisations on one service do not see each other.
func TestOrganisationsApart(t *testing.T) {
	r := start(t)
	ctx := t.Context()
	other, err := r.service.AddOrganisation(ctx, account.Organisation{ID: "other", Name: "Other"})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Directory().Put(ctx, "CRM", []recognition.Record{anna}); err != nil {
		t.Fatal(err)
	}
	script, err := other.SetScript(ctx, recognition.Script{ID: "s"}, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	c := r.client(t, agentName)
	if a := ask(t, c, knownNumber); len(a.Matches) != 0 || len(a.Scripts) != 0 {
		t.Errorf("another organisation's data: %+v", a)
	}
	if _, err := c.Script(ctx, script.Digest); !errors.Is(err, recognition.ErrNoScript) {
		t.Errorf("another organisation's script: %v", err)
	}
	if err := other.DisableUser(ctx, agentName); !errors.Is(err, account.ErrNoUser) {
		t.Errorf("another organisation's user: %v", err)
	}
	for _, id := range []account.OrganisationID{"", "../up", "A", "a b", "-a", account.OrganisationID(strings.Repeat("a", 64))} {
		if _, err := r.service.AddOrganisation(ctx, account.Organisation{ID: id}); err == nil {
			t.Errorf("organisation %q was added", id)
		}
	}
}

// What another process changes is seen by one that serves and has its answers
// in memory.
func TestTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	log := slog.New(slog.DiscardHandler)
	open := func() *service.Service {
		s, err := service.New(service.Config{Dir: dir, Log: log})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
	ctx := t.Context()
	serving, tool := open(), open()
	one, err := serving.AddOrganisation(ctx, account.Organisation{ID: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	two, err := tool.Organisation(ctx, "acme")
	if err != nil {
		t.Fatal(err)
	}
	lookup := func() string {
		t.Helper()
		body, err := service.Lookup(one, ctx, knownNumber)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	if got := lookup(); got != `{"matches":[]}` {
		t.Fatal(got)
	}
	if err := two.Directory().Put(ctx, "CRM", []recognition.Record{anna}); err != nil {
		t.Fatal(err)
	}
	if _, err := two.SetScript(ctx, recognition.Script{ID: "s"}, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := serving.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	if got := lookup(); !strings.Contains(got, anna.Name) || !strings.Contains(got, `"scripts"`) {
		t.Errorf("a change of another process is not seen: %s", got)
	}
	if err := two.Directory().Drop(ctx, "CRM"); err != nil {
		t.Fatal(err)
	}
	if err := serving.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	if got := lookup(); strings.Contains(got, anna.Name) {
		t.Errorf("a dropped source is still answered from memory: %s", got)
	}
}

// What is in the data directory is readable by its owner alone, and no
// password or token is in it.
func TestFiles(t *testing.T) {
	r := start(t)
	r.client(t, agentName)
	for _, dir := range []string{r.dir, filepath.Join(r.dir, "contacts")} {
		checkPrivate(t, dir)
	}
}

// A stop lets a request that is running finish.
func TestStopFinishesWhatRuns(t *testing.T) {
	r := start(t)
	loader := r.client(t, loaderName)
	var records []recognition.Record
	for i := range 1000 {
		records = append(records, recognition.Record{ID: fmt.Sprint(i), Name: "x",
			Numbers: []recognition.RecordNumber{{E164: fmt.Sprintf("+4420794%05d", i)}}})
	}
	done := make(chan error, 1)
	before := r.received.Load()
	go func() { done <- loader.Put(t.Context(), "CRM", records) }()
	waitFor(t, "the request to arrive", func() bool { return r.received.Load() > before+2 })
	r.stop()
	if err := <-done; err != nil {
		t.Errorf("a request was cut off: %v", err)
	}
	sources, err := r.org.Sources(t.Context())
	if err != nil || len(sources) != 1 || sources[0].Records != 1000 {
		t.Errorf("%+v, %v", sources, err)
	}
}

// Many agents, loaders and drops at once, for the race detector and for order.
func TestTogether(t *testing.T) {
	r := start(t)
	loader := r.client(t, loaderName)
	if err := loader.Put(t.Context(), "CRM", []recognition.Record{anna}); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		c := r.client(t, agentName)
		all.Go(func() {
			for range 50 {
				a, err := c.Recognize(t.Context(), recognition.Query{Number: number(t, knownNumber)})
				if err != nil || len(a.Matches) == 0 || a.Matches[0].Name != anna.Name {
					t.Errorf("%+v, %v", a, err)
					return
				}
			}
		})
	}
	all.Go(func() {
		for range 10 {
			err := errors.Join(
				loader.Put(t.Context(), "ERP", []recognition.Record{anna}),
				loader.Drop(t.Context(), "ERP"))
			if err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
}

// A client that stalls holds nothing up, and its connection ends.
func TestStalledClient(t *testing.T) {
	r := start(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.address, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the test is over
	ask(t, r.client(t, agentName), knownNumber)
}

func TestNoServiceWithoutTLS(t *testing.T) {
	s, err := service.New(service.Config{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // the test is over
	if err := s.Serve(t.Context(), nil); err == nil {
		t.Error("served in plain")
	}
}
