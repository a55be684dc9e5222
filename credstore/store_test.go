package credstore_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/credstore/credstoretest"
)

func TestMemory(t *testing.T) { credstoretest.TestStore(t, credstore.NewMemory(), nil) }

// The mock of go-keyring stands for a keyring that works.
func TestKeyringOverMock(t *testing.T) {
	keyring.MockInit()
	credstoretest.TestStore(t, credstore.NewKeyring(0), func(*testing.T) credstore.Store { return credstore.NewKeyring(0) })
}

func TestKeyringThatFails(t *testing.T) {
	for text, want := range map[string]error{
		"dial unix /run/user/1000/bus: connect: no such file or directory":                    credstore.ErrNoKeyring,
		"The name org.freedesktop.secrets was not provided by any .service files":             credstore.ErrNoKeyring,
		"failed to unlock correct collection '/org/freedesktop/secrets/aliases/default'":      credstore.ErrLocked,
		"Cannot create an item in a locked collection: org.freedesktop.Secret.Error.IsLocked": credstore.ErrLocked,
	} {
		keyring.MockInitWithError(errors.New(text))
		k := credstore.NewKeyring(0)
		_, getErr := k.Get("name")
		for verb, err := range map[string]error{"Get": getErr, "Set": k.Set("name", credstore.NewSecret("hunter2")), "Delete": k.Delete("name")} {
			if !errors.Is(err, want) {
				t.Errorf("%s with %q gives %v", verb, text, err)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error has the secret in it")
			}
		}
	}
	keyring.MockInitWithError(keyring.ErrSetDataTooBig)
	if err := credstore.NewKeyring(0).Set("name", credstore.NewSecret("x")); !errors.Is(err, credstore.ErrTooBig) {
		t.Errorf("%v", err)
	}
}

const passphrase = "a passphrase for tests"

func openFile(t *testing.T, path, passphrase string) *credstore.File {
	t.Helper()
	f, err := credstore.OpenFile(path, credstore.NewSecret(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", credstore.FileName)
	reopen := func(t *testing.T) credstore.Store { return openFile(t, path, passphrase) }
	credstoretest.TestStore(t, reopen(t), reopen)

	t.Run("binary", func(t *testing.T) {
		s := openFile(t, path, passphrase)
		if err := s.Set("binary", credstore.NewSecret("\xff\x00\xfe")); err != nil {
			t.Fatal(err)
		}
		if got, err := openFile(t, path, passphrase).Get("binary"); err != nil || got.Reveal() != "\xff\x00\xfe" {
			t.Errorf("%q, %v", got.Reveal(), err)
		}
	})
	t.Run("for the owner only", func(t *testing.T) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%v", info.Mode())
		}
		left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".secrets-*"))
		if len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	t.Run("nothing in plain text", func(t *testing.T) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"restart", "still there", "a password", passphrase} {
			if bytes.Contains(b, []byte(word)) {
				t.Errorf("%q stands in the file", word)
			}
		}
	})
	t.Run("wrong passphrase", func(t *testing.T) {
		before, _ := os.ReadFile(path)
		_, err := credstore.OpenFile(path, credstore.NewSecret("another passphrase"))
		if !errors.Is(err, credstore.ErrPassphrase) || strings.Contains(err.Error(), "another") {
			t.Errorf("%v", err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
			t.Error("the file was changed")
		}
	})
	t.Run("changed by something else", func(t *testing.T) {
		before, _ := os.ReadFile(path)
		for _, change := range []func([]byte) []byte{
			func(b []byte) []byte { return b[:len(b)/2] },
			func([]byte) []byte { return nil },
			func([]byte) []byte { return []byte("{}") },
			func(b []byte) []byte { return bytes.Replace(b, []byte(`"time": 3`), []byte(`"time": 2`), 1) },
			func(b []byte) []byte { return bytes.Replace(b, []byte("65536"), []byte("4294967295"), 1) },
			func(b []byte) []byte { return bytes.Replace(b, []byte(`"threads": 4`), []byte(`"threads": 0`), 1) },
		} {
			changed := change(bytes.Clone(before))
			if bytes.Equal(changed, before) {
				t.Fatal("nothing was changed; the form of the file is another")
			}
			other := filepath.Join(t.TempDir(), "secrets.json")
			if err := os.WriteFile(other, changed, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := credstore.OpenFile(other, credstore.NewSecret(passphrase))
			if !errors.Is(err, credstore.ErrPassphrase) && !errors.Is(err, credstore.ErrDamaged) {
				t.Errorf("%v", err)
			}
		}
	})
}

func TestShortPassphrase(t *testing.T) {
	_, err := credstore.OpenFile(filepath.Join(t.TempDir(), "secrets.json"), credstore.NewSecret("1234567"))
	if !errors.Is(err, credstore.ErrPassphrase) || !strings.Contains(err.Error(), "8 characters") {
		t.Errorf("%v", err)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for choice, kind := range map[string]string{
		credstore.ChoiceSession: credstore.KindMemory, credstore.ChoiceFile: credstore.KindFile, "": credstore.KindKeyring,
	} {
		keyring.MockInit()
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
		s, err := credstore.Open(credstore.Options{Choice: choice, Dir: dir, Passphrase: credstore.NewSecret(passphrase)})
		if err != nil || s.Kind() != kind {
			t.Errorf("%q: %v", choice, err)
		}
	}
	// Nothing is chosen and nothing works: the caller must ask, and no file appears.
	keyring.MockInitWithError(errors.New("no keyring"))
	s, err := credstore.Open(credstore.Options{Dir: dir, Passphrase: credstore.NewSecret(passphrase)})
	if !errors.Is(err, credstore.ErrNoKeyring) || s != nil {
		t.Errorf("%v, %v", s, err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("something was written: %v", left)
	}
	if _, err := credstore.Open(credstore.Options{Choice: "plain"}); err == nil {
		t.Error("an unknown choice is taken")
	}
}
