package credstore

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"
)

// A keyring on macOS that is asked for too much says yes and keeps nothing.
func TestLyingKeyring(t *testing.T) {
	for name, b := range map[string]backend{
		"keeps nothing": {
			get: func(string, string) (string, error) { return "", keyring.ErrNotFound },
			set: func(string, string, string) error { return nil },
		},
		"keeps half": {
			get: func(string, string) (string, error) { return "hun", nil },
			set: func(string, string, string) error { return nil },
		},
		"keeps the old one": {
			get: func(string, string) (string, error) { return "hunter1", nil },
			set: func(string, string, string) error { return nil },
		},
	} {
		if err := newKeyring(b, 0).Set("name", NewSecret("hunter2")); !errors.Is(err, ErrNotKept) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A locked keyring asks a person, who may be away: no call blocks for longer
// than the limit, only one goroutine waits, and when the person comes back the
// next call works.
func TestKeyringThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		unlocked := make(chan struct{})
		var calls atomic.Int32
		k := newKeyring(backend{get: func(string, string) (string, error) {
			calls.Add(1)
			<-unlocked
			return "value", nil
		}}, 20*time.Second)

		for range 3 {
			before := time.Now()
			if _, err := k.Get("name"); !errors.Is(err, ErrLocked) {
				t.Errorf("Get gives %v, want ErrLocked", err)
			}
			if waited := time.Since(before); waited != 20*time.Second {
				t.Errorf("it took %v", waited)
			}
		}
		if n := calls.Load(); n != 1 {
			t.Errorf("%d goroutines wait for the person", n)
		}
		if err := k.Close(); !errors.Is(err, ErrLocked) {
			t.Errorf("Close of a blocked keyring gives %v", err)
		}
		close(unlocked)
		synctest.Wait()
		if s, err := k.Get("name"); err != nil || s.Reveal() != "value" {
			t.Errorf("after unlocking: %v", err)
		}
		if err := k.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}
