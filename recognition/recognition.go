package recognition

import (
	"context"
	"errors"

	"example.org/ctiagent/phone"
)

// Recognizer answers whose number this is.
type Recognizer interface {
	// Recognize looks one number up; any goroutine may call it. It blocks
	// until the answer is there or ctx ends. Nobody known is an Answer without
	// matches, not an error; an error means that nothing could be found out:
	// ErrUnreachable, ErrSignedOut, ErrWithheld, or ctx.Err().
	// Numbers are never put into the error text.
	Recognize(ctx context.Context, q Query) (Answer, error)
}

// Query is one lookup.
type Query struct {
	Number phone.Number
	// Outgoing is set when the user calls the number; scripts may apply to one
	// direction only.
	Outgoing bool
}

// Answer is all that the service says about one number.
type Answer struct {
	// Matches is best first; empty: nobody known. Best is: the record whose
	// extension is the caller's, then the source that was linked first, then
	// the record changed last, then by id, so that the order never flickers.
	// All who share a number are here; choosing is left to the person.
	Matches []Match
	Scripts []Script // the organisation's scripts that apply to this number
}

// Match is one record that has the number.
type Match struct {
	Source   string            // the application it comes from, as people call it: "CRM"
	RecordID string            // unique within the source; for remembering a choice
	Name     string            // how the person or company is called on the card
	Fields   []Field           // chosen display fields, in their configured order
	Params   map[string]string // chosen script parameters, e.g. recordId
	Field    string            // which field held the number: "Mobile"
	Kind     MatchKind
}

// Field is one labelled value of a card.
type Field struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// MatchKind says how the number matched.
type MatchKind string

const (
	MatchExact  MatchKind = "exact"
	MatchRange  MatchKind = "range"  // by a company's direct-dial range
	MatchSuffix MatchKind = "suffix" // by its last digits, only where switched on
)

// Script is a screen-pop script that applies to a number: its manifest
// without the body, which is fetched by digest once and kept.
type Script struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Digest  string            `json:"digest"` // "sha256:" and hex of the body
	Params  map[string]string `json:"params,omitempty"`
	When    When              `json:"when"`
	Allowed Allowed           `json:"allowed"`
}

// When says for which calls a script runs; empty lists mean all.
type When struct {
	Events     []string `json:"events,omitempty"`     // ringing, answered, ended
	Directions []string `json:"directions,omitempty"` // in, out
	Known      string   `json:"known,omitempty"`      // "known", "unknown" or "" for both
}

// Allowed is what the organisation's administrator lets a script do.
type Allowed struct {
	// Origins that may be opened: scheme, host and port. https only; http only
	// for a literal loopback or private address written here. One leading
	// "*." label is permitted.
	Origins []string `json:"origins,omitempty"`
	Apps    []string `json:"apps,omitempty"` // ids of applications, never paths
}

// ScriptSource gives script bodies by digest.
type ScriptSource interface {
	// Script returns the body whose digest this is; the caller verifies it.
	Script(ctx context.Context, digest string) ([]byte, error)
}

// Record is one record of a directory, as loaded.
type Record struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Fields  []Field           `json:"fields,omitempty"`
	Params  map[string]string `json:"params,omitempty"`
	Numbers []RecordNumber    `json:"numbers"`
}

// RecordNumber is one number of a record.
type RecordNumber struct {
	E164      string `json:"e164"`
	Extension string `json:"extension,omitempty"`
	Field     string `json:"field"` // "Mobile"
	// Range marks a company's main number: up to so many digits longer numbers
	// belong to it too. 0: exact only.
	Range int `json:"range,omitempty"`
}

// Directory is where records are put for recognition: one source of one
// organisation.
type Directory interface {
	// Put adds or replaces records by their ID; all or none of one call.
	Put(ctx context.Context, source string, records []Record) error
	// Remove deletes records; unknown ids are no error.
	Remove(ctx context.Context, source string, ids []string) error
	// Drop deletes a source with everything it held; lookups stop finding it
	// at once.
	Drop(ctx context.Context, source string) error
}

// Errors of the contract.
var (
	ErrUnreachable = errors.New("recognition: the service cannot be reached")
	ErrSignedOut   = errors.New("recognition: not signed in")
	ErrWithheld    = errors.New("recognition: a withheld number is not looked up")
	ErrRefused     = errors.New("recognition: user name or password is wrong")
	ErrForbidden   = errors.New("recognition: this account may not do that")
	ErrNoScript    = errors.New("recognition: there is no such script")
)
