package credstore

import (
	"errors"
	"log/slog"
)

// Secret is a password, token or key. It prints as "[secret]" whatever asks;
// only Reveal gives the bytes.
type Secret struct{ value string }

// NewSecret wraps a secret at the door.
func NewSecret(s string) Secret { return Secret{s} }

// Reveal gives the secret to whoever must send it.
func (s Secret) Reveal() string { return s.value }

// IsZero reports that there is none.
func (s Secret) IsZero() bool { return s.value == "" }

func (s Secret) String() string       { return "[secret]" }
func (s Secret) GoString() string     { return "[secret]" }
func (s Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }
func (s Secret) MarshalText() ([]byte, error) {
	return nil, errors.New("credstore: a secret is not written down")
}

// Store keeps secrets by name. Implementations may block on a person (a locked
// keyring asks); callers pass a context with a limit and never call from the
// goroutine that owns call state.
type Store interface {
	// Get returns ErrNotFound when there is none, ErrNoKeyring when nothing can be kept.
	Get(name string) (Secret, error)
	// Set writes, reads back and compares; it fails rather than lose a secret.
	Set(name string, s Secret) error
	// Delete is no error when there is none.
	Delete(name string) error
	// Kind says where: "keyring", "file", "memory".
	Kind() string
}

var (
	ErrNotFound  = errors.New("credstore: no such secret")
	ErrNoKeyring = errors.New("credstore: this session has no keyring")
	ErrLocked    = errors.New("credstore: the keyring is locked")
)
