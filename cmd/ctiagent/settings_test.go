package main

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"example.org/ctiagent/credstore"
)

func TestKeyringThatAnswersAtOnce(t *testing.T) {
	for _, err := range []error{nil, errors.New("no keyring")} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			s := awaitKeyring(t.TempDir(), func() { t.Error("told of an answer that was waited for") },
				func() (credstore.Store, error) { return nil, err })
			if waited := time.Since(began); waited != 0 {
				t.Errorf("waited %v", waited)
			}
			want := ""
			if err != nil {
				want = needChoice
			}
			if _, need := s.Store(); need != want {
				t.Errorf("it needs %q, want %q", need, want)
			}
			synctest.Wait()
		})
	}
}

func TestKeyringThatAsksTheUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan struct{})
		told := 0
		s := awaitKeyring(t.TempDir(), func() { told++ }, func() (credstore.Store, error) {
			<-answer
			return nil, errors.New("not unlocked")
		})
		if _, need := s.Store(); need != needKeyring || told != 0 {
			t.Errorf("before the answer it needs %q and has told %d times", need, told)
		}
		close(answer)
		synctest.Wait()
		if _, need := s.Store(); need != needChoice || told != 1 {
			t.Errorf("after the answer it needs %q and has told %d times", need, told)
		}
	})
}

// What the user has chosen meanwhile is not undone by a late keyring.
func TestChoiceStandsAgainstALateKeyring(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan struct{})
		s := awaitKeyring(t.TempDir(), func() {}, func() (credstore.Store, error) {
			<-answer
			return nil, nil
		})
		if err := s.Choose(credstore.ChoiceSession, credstore.Secret{}); err != nil {
			t.Fatal(err)
		}
		chosen, _ := s.Store()
		close(answer)
		synctest.Wait()
		if store, need := s.Store(); need != "" || store != chosen || store == nil {
			t.Errorf("it needs %q and keeps secrets in %v", need, store)
		}
	})
}
