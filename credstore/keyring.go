package credstore

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/zalando/go-keyring"
)

const (
	// MaxSize is the most a secret may hold, bytes. Windows ends at 2,560 and
	// macOS before 4,096 for the whole command, with an error that says nothing.
	MaxSize = 1024

	// service is the name under which this program's secrets stand in a keyring.
	service = "ctiagent"

	// callLimit is how long one keyring call is waited for. A locked keyring
	// asks the person for a password, so it is long enough to type one.
	callLimit = 20 * time.Second
)

// ErrTooBig is wrapped by Set for a secret of more than MaxSize bytes.
var ErrTooBig = errors.New("credstore: the secret is too long to keep")

// ErrNotKept is wrapped by Set when the keyring took a secret but does not
// give the same one back.
var ErrNotKept = errors.New("credstore: the keyring did not keep the secret")

// Keyring keeps secrets in the keyring of the desktop: Secret Service on
// Linux, Credential Manager on Windows, Keychain on macOS.
//
// The operating system's calls take no context and block while a person is
// asked for a password. Each runs in a goroutine that Keyring owns; at most one
// exists, and a call that is not done within the limit returns ErrLocked while
// the goroutine waits on for the person. Close waits for it.
type Keyring struct {
	backend backend
	limit   time.Duration
	turn    chan struct{} // holds one token; who has it may call the backend
}

// backend is the part of go-keyring that is used, with its function signatures.
type backend struct {
	get    func(service, name string) (string, error)
	set    func(service, name, value string) error
	delete func(service, name string) error
}

// NewKeyring gives the store without asking the keyring anything. A limit of 0
// stands for 20 seconds.
func NewKeyring(limit time.Duration) *Keyring {
	return newKeyring(backend{keyring.Get, keyring.Set, keyring.Delete}, limit)
}

func newKeyring(b backend, limit time.Duration) *Keyring {
	if limit <= 0 {
		limit = callLimit
	}
	k := &Keyring{backend: b, limit: limit, turn: make(chan struct{}, 1)}
	k.turn <- struct{}{}
	return k
}

// Kind is "keyring".
func (k *Keyring) Kind() string { return KindKeyring }

// Get reads a secret.
func (k *Keyring) Get(name string) (Secret, error) {
	value, err := k.call("read", func() (string, error) { return k.backend.get(service, name) })
	if err != nil {
		return Secret{}, err
	}
	return NewSecret(value), nil
}

// Set writes a secret, reads it back and compares.
func (k *Keyring) Set(name string, s Secret) error {
	if err := checkSize(s); err != nil {
		return err
	}
	_, err := k.call("keep", func() (string, error) {
		if err := k.backend.set(service, name, s.Reveal()); err != nil {
			return "", err
		}
		kept, err := k.backend.get(service, name)
		if err != nil && !errors.Is(err, keyring.ErrNotFound) {
			return "", err
		}
		if kept != s.Reveal() || err != nil {
			return "", ErrNotKept
		}
		return "", nil
	})
	return err
}

// Delete removes a secret.
func (k *Keyring) Delete(name string) error {
	_, err := k.call("delete", func() (string, error) { return "", k.backend.delete(service, name) })
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// Close waits for a call that is still blocked, at most the limit.
func (k *Keyring) Close() error {
	timer := time.NewTimer(k.limit)
	defer timer.Stop()
	select {
	case <-k.turn:
		k.turn <- struct{}{}
		return nil
	case <-timer.C:
		return fmt.Errorf("credstore: close: %w and still asks for its password", ErrLocked)
	}
}

// call runs f in the one goroutine and waits for it within the limit, the time
// before its turn included.
func (k *Keyring) call(verb string, f func() (string, error)) (string, error) {
	timer := time.NewTimer(k.limit)
	defer timer.Stop()
	select {
	case <-k.turn:
	case <-timer.C:
		return "", fmt.Errorf("credstore: %s: %w and still asks for its password; unlock it and try again", verb, ErrLocked)
	}
	type answer struct {
		value string
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		value, err := f()
		k.turn <- struct{}{}
		done <- answer{value, err}
	}()
	select {
	case a := <-done:
		return a.value, inWords(verb, a.err)
	case <-timer.C:
		return "", fmt.Errorf("credstore: %s: %w or does not answer; unlock it and try again", verb, ErrLocked)
	}
}

// inWords turns what go-keyring says into the errors of this package. It types
// only two errors; all others mean that the keyring cannot be used, and the
// texts of the Secret Service tell a locked one from none at all.
func inWords(verb string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, ErrNotKept):
		return fmt.Errorf("%w; choose another place for it", ErrNotKept)
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return fmt.Errorf("%w: this keyring has less room", ErrTooBig)
	case strings.Contains(err.Error(), "unlock"), strings.Contains(err.Error(), "IsLocked"), strings.Contains(err.Error(), "prompt"):
		return fmt.Errorf("credstore: %s: %w; unlock it and try again (%v)", verb, ErrLocked, err)
	}
	return fmt.Errorf("credstore: %s: %w (%v)", verb, ErrNoKeyring, err)
}

func checkSize(s Secret) error {
	if n := len(s.Reveal()); n > MaxSize {
		return fmt.Errorf("%w: it has %d bytes and at most %d can be kept", ErrTooBig, n, MaxSize)
	}
	return nil
}
