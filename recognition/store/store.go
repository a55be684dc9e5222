package store

import (
	"context"
	"errors"

	"example.org/ctiagent/recognition"
)

// Contacts is the recognition data of one organisation. Every engine passes
// the same suite. Any goroutine may call any method.
type Contacts interface {
	recognition.Directory
	// Find gives every record that has the number, best first; none is no error.
	Find(ctx context.Context, key Key) ([]recognition.Match, error)
	// Generation changes whenever an answer of Find may have changed. It is
	// read on every lookup and must cost next to nothing.
	Generation() uint64
	// Check reads everything and reports damage.
	Check(ctx context.Context) error
	// Refresh notices what other processes changed.
	Refresh(ctx context.Context) error
	// Sources lists the linked applications, the first linked first.
	Sources(ctx context.Context) ([]Source, error)
	// Close waits for what is running and releases the files.
	Close() error
}

// Source is one linked application of an organisation.
type Source struct {
	Name    string
	Records int64
}

// Key is the number of a lookup as stores know it.
type Key struct {
	Number    uint64 // recognition.E164Key; 0: no number that a directory could hold
	Extension string
}

// Errors of this package that a person must mend.
var (
	// ErrNewer is wrapped when a file was written by a newer program.
	ErrNewer = errors.New("store: the file was written by a newer version of this program")
	// ErrForeign is wrapped when a file is not one of ours.
	ErrForeign = errors.New("store: the file is not a database of this program")
	// ErrNotFound is wrapped when what was asked for does not exist.
	ErrNotFound = errors.New("store: not found")
)

// NewRecognizer answers lookups from contacts and from the organisation's
// scripts. scripts is called for every lookup and must be cheap; its result is
// not changed.
func NewRecognizer(contacts Contacts, scripts func(context.Context) ([]recognition.Script, error)) recognition.Recognizer {
	return recognizer{contacts, scripts}
}

type recognizer struct {
	contacts Contacts
	scripts  func(context.Context) ([]recognition.Script, error)
}

func (r recognizer) Recognize(ctx context.Context, q recognition.Query) (recognition.Answer, error) {
	if err := ctx.Err(); err != nil {
		return recognition.Answer{}, err
	}
	if q.Number.Withheld() {
		return recognition.Answer{}, recognition.ErrWithheld
	}
	number, _ := recognition.E164Key(q.Number.E164())
	return Lookup(ctx, r.contacts, r.scripts, Key{number, q.Number.Extension()}, q.Outgoing)
}

// Lookup is NewRecognizer's answer for a number that is a key already.
func Lookup(ctx context.Context, contacts Contacts, scripts func(context.Context) ([]recognition.Script, error), key Key, outgoing bool) (recognition.Answer, error) {
	var a recognition.Answer
	var err error
	if key.Number != 0 {
		if a.Matches, err = contacts.Find(ctx, key); err != nil {
			return recognition.Answer{}, err
		}
	}
	all, err := scripts(ctx)
	if err != nil {
		return recognition.Answer{}, err
	}
	for _, s := range all {
		if s.When.Applies(outgoing, len(a.Matches) > 0) {
			a.Scripts = append(a.Scripts, s)
		}
	}
	return a, nil
}
