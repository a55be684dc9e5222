package credstore

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// Kinds of Store, and the choices of a person where there is no keyring.
const (
	KindKeyring = "keyring"
	KindFile    = "file"
	KindMemory  = "memory"

	ChoiceSession = "session" // ask each time: Memory
	ChoiceFile    = "file"    // a file sealed with a passphrase: File
)

// Options say where secrets may be kept.
type Options struct {
	Choice     string        // "": the keyring; else what the person chose, ChoiceSession or ChoiceFile
	Dir        string        // folder of the file of secrets
	Passphrase Secret        // for ChoiceFile
	Limit      time.Duration // for one keyring call; 0 stands for 20 seconds
}

// Open gives the store. Without a choice it is the keyring; if that cannot be
// used the error wraps ErrNoKeyring or ErrLocked and the caller asks the person,
// because nothing is ever kept in plain text. It may block for Limit.
func Open(o Options) (Store, error) {
	switch o.Choice {
	case ChoiceSession:
		return NewMemory(), nil
	case ChoiceFile:
		if o.Dir == "" {
			return nil, errors.New("credstore: no folder was given for the file of secrets")
		}
		f, err := OpenFile(filepath.Join(o.Dir, FileName), o.Passphrase)
		if err != nil {
			return nil, err
		}
		return f, nil
	case "", KindKeyring:
	default:
		return nil, fmt.Errorf("credstore: %q is no place to keep secrets; it is keyring, session or file", o.Choice)
	}
	if err := reachable(); err != nil {
		return nil, err
	}
	k := NewKeyring(o.Limit)
	// Reading what is not there opens the keyring and unlocks it, without
	// leaving anything in it.
	if _, err := k.Get("probe"); err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	return k, nil
}

// FileName is the file of secrets inside Options.Dir. Its presence tells a
// later start that the person chose ChoiceFile.
const FileName = "secrets.json"
