package credstoretest

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"example.org/ctiagent/credstore"
)

// TestStore runs the suite over an empty store. Reopen gives the store anew
// over the same place, as a later start of the program would; nil for one that
// keeps nothing.
func TestStore(t *testing.T, store credstore.Store, reopen func(t *testing.T) credstore.Store) {
	t.Run("nothing there", func(t *testing.T) { nothingThere(t, store) })
	t.Run("kept", func(t *testing.T) { kept(t, store) })
	t.Run("replaced", func(t *testing.T) { replaced(t, store) })
	t.Run("deleted", func(t *testing.T) { deleted(t, store) })
	t.Run("too long", func(t *testing.T) { tooLong(t, store) })
	t.Run("never printed", func(t *testing.T) { neverPrinted(t, store) })
	t.Run("at once", func(t *testing.T) { atOnce(t, store) })
	if reopen != nil {
		t.Run("after a restart", func(t *testing.T) { afterRestart(t, store, reopen) })
	}
}

func set(t *testing.T, s credstore.Store, name, value string) {
	t.Helper()
	if err := s.Set(name, credstore.NewSecret(value)); err != nil {
		t.Fatalf("Set: %v", err)
	}
}

func want(t *testing.T, s credstore.Store, name, value string) {
	t.Helper()
	got, err := s.Get(name)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	if got.Reveal() != value {
		t.Fatalf("Get gives %q, want %q", got.Reveal(), value)
	}
}

func nothingThere(t *testing.T, s credstore.Store) {
	if got, err := s.Get("nothing"); !errors.Is(err, credstore.ErrNotFound) || !got.IsZero() {
		t.Errorf("Get gives an error %v, want ErrNotFound", err)
	}
	if err := s.Delete("nothing"); err != nil {
		t.Errorf("Delete of what is not there: %v", err)
	}
	switch s.Kind() {
	case credstore.KindKeyring, credstore.KindFile, credstore.KindMemory:
	default:
		t.Errorf("Kind is %q", s.Kind())
	}
}

func kept(t *testing.T, s credstore.Store) {
	for i, value := range []string{
		"a password", "with \"quotes\", \\ and $(echo)", "Grüße, 電話, \u202e", " blanks ", "line\nline\n",
		strings.Repeat("x", credstore.MaxSize),
	} {
		name := fmt.Sprint("kept-", i)
		set(t, s, name, value)
		want(t, s, name, value)
	}
}

func replaced(t *testing.T, s credstore.Store) {
	set(t, s, "replaced", "first")
	set(t, s, "replaced", "second")
	want(t, s, "replaced", "second")
}

func deleted(t *testing.T, s credstore.Store) {
	set(t, s, "deleted", "value")
	set(t, s, "beside", "stays")
	if err := s.Delete("deleted"); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	if _, err := s.Get("deleted"); !errors.Is(err, credstore.ErrNotFound) {
		t.Errorf("after Delete, Get gives %v", err)
	}
	want(t, s, "beside", "stays")
}

func tooLong(t *testing.T, s credstore.Store) {
	set(t, s, "long", "before")
	err := s.Set("long", credstore.NewSecret(strings.Repeat("x", credstore.MaxSize+1)))
	if !errors.Is(err, credstore.ErrTooBig) {
		t.Errorf("Set gives %v, want ErrTooBig", err)
	}
	want(t, s, "long", "before")
}

func neverPrinted(t *testing.T, s credstore.Store) {
	const secret = "correct horse battery"
	set(t, s, "printed", secret)
	got, err := s.Get("printed")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("secret", "value", got, "store", s, "error", s.Set("printed", credstore.NewSecret(secret+strings.Repeat("x", credstore.MaxSize))))
	fmt.Fprintf(&out, "%v %+v %#v %s %q %x", got, got, got, got, got, got)
	fmt.Fprint(&out, struct{ S credstore.Secret }{got})
	if strings.Contains(out.String(), secret) || strings.Contains(out.String(), fmt.Sprintf("%x", secret)) {
		t.Errorf("the secret was printed: %s", out.String())
	}
}

func atOnce(t *testing.T, s credstore.Store) {
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			name, value := fmt.Sprint("at-once-", i), fmt.Sprint("value ", i)
			if errs[i] = s.Set(name, credstore.NewSecret(value)); errs[i] != nil {
				return
			}
			got, err := s.Get(name)
			if err == nil && got.Reveal() != value {
				err = errors.New("another value came back")
			}
			errs[i] = err
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
}

func afterRestart(t *testing.T, s credstore.Store, reopen func(t *testing.T) credstore.Store) {
	set(t, s, "restart", "still there")
	want(t, reopen(t), "restart", "still there")
}
