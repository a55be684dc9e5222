package cache_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/cache"
	"example.org/ctiagent/recognition/recognitiontest"
	"example.org/ctiagent/recognition/store"
)

// clock is moved by the test.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// counting counts what gets past the cache, and fails when told to.
type counting struct {
	recognition.Recognizer
	asked atomic.Int64
	fail  error
}

func (c *counting) Recognize(ctx context.Context, q recognition.Query) (recognition.Answer, error) {
	c.asked.Add(1)
	if c.fail != nil {
		return recognition.Answer{}, c.fail
	}
	return c.Recognizer.Recognize(ctx, q)
}

type fixture struct {
	clock    *clock
	contacts store.Contacts
	scripts  []recognition.Script
	inner    *counting
	cache    *cache.Cache
}

func newFixture(entries int) *fixture {
	f := &fixture{clock: &clock{t: time.Unix(1_800_000_000, 0)}, contacts: store.NewMemory()}
	f.inner = &counting{Recognizer: store.NewRecognizer(f.contacts, func(context.Context) ([]recognition.Script, error) { return f.scripts, nil })}
	f.cache = cache.New(f.inner, cache.Config{Entries: entries, Now: f.clock.now})
	return f
}

func open(*testing.T) *recognitiontest.Bench {
	f := newFixture(0)
	return &recognitiontest.Bench{
		Recognizer: f.cache, Directory: f.contacts,
		// The one thing the cache does otherwise: it may be five minutes late.
		Settle:   func() { f.clock.pass(5 * time.Minute) },
		Requests: f.inner.asked.Load,
		SetScripts: func(_ *testing.T, s ...recognition.Script) {
			for i := range s {
				s[i].Digest = recognition.Digest([]byte(s[i].ID))
			}
			f.scripts = s
		},
	}
}

func TestCache(t *testing.T) {
	recognitiontest.TestRecognizer(t, open)
	recognitiontest.TestDirectory(t, open)
}

const known, unknown = "+442079460123", "+442079460124"

func (f *fixture) ask(t *testing.T, text string) recognition.Answer {
	t.Helper()
	a, err := f.cache.Recognize(t.Context(), recognition.Query{Number: recognitiontest.Number(t, text)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (f *fixture) expect(t *testing.T, what string, asked int64) {
	t.Helper()
	if got := f.inner.asked.Load(); got != asked {
		t.Errorf("%s: the service was asked %d times, want %d", what, got, asked)
	}
}

func TestHowLong(t *testing.T) {
	f := newFixture(0)
	if err := f.contacts.Put(t.Context(), "CRM", []recognition.Record{recognitiontest.Person("1", "Anna", known)}); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		f.ask(t, known)
		f.ask(t, unknown)
	}
	f.expect(t, "a burst", 2)
	f.clock.pass(30 * time.Second)
	f.ask(t, known)
	f.expect(t, "known after 30 s", 2)
	f.ask(t, unknown)
	f.expect(t, "unknown after 30 s", 3)
	f.clock.pass(4*time.Minute + 30*time.Second)
	f.ask(t, known)
	f.expect(t, "known after 5 minutes", 4)
	f.cache.Clear()
	f.ask(t, known)
	f.expect(t, "after a sign-out", 5)
}

func TestNoOldAnswerInsteadOfAnError(t *testing.T) {
	f := newFixture(0)
	f.ask(t, known)
	f.clock.pass(time.Hour)
	f.inner.fail = recognition.ErrUnreachable
	for range 2 {
		_, err := f.cache.Recognize(t.Context(), recognition.Query{Number: recognitiontest.Number(t, known)})
		if !errors.Is(err, recognition.ErrUnreachable) {
			t.Fatalf("got %v", err)
		}
	}
	f.expect(t, "errors are not kept", 3)
}

func TestBounded(t *testing.T) {
	f := newFixture(10)
	for i := range 50 {
		f.ask(t, fmt.Sprintf("+4420794601%02d", i))
		f.clock.pass(time.Millisecond)
	}
	f.ask(t, "+442079460149")
	f.expect(t, "the newest is kept", 50)
	f.ask(t, "+442079460100")
	f.expect(t, "the oldest made room", 51)
}

// An answer that was on its way while the user signed out is not kept for the
// next one.
func TestClearDuringALookup(t *testing.T) {
	f := newFixture(0)
	slow := &hooked{Recognizer: f.inner, during: func() { f.cache.Clear() }}
	f.cache = cache.New(slow, cache.Config{Now: f.clock.now})
	f.ask(t, known)
	slow.during = func() {}
	f.ask(t, known)
	f.expect(t, "asked again", 2)
}

type hooked struct {
	recognition.Recognizer
	during func()
}

func (h *hooked) Recognize(ctx context.Context, q recognition.Query) (recognition.Answer, error) {
	a, err := h.Recognizer.Recognize(ctx, q)
	h.during()
	return a, err
}
