package history

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"example.org/ctiagent/credstore"
	"golang.org/x/crypto/chacha20poly1305"
)

// KeyName is the name of the key in the credential store.
const KeyName = "history-key"

// Why a Book keeps calls in memory only; each has a text in the catalogue.
const (
	ReasonNone      = ""
	ReasonChosen    = "chosen"    // no path or no store was given
	ReasonSession   = "session"   // secrets are kept for this session only, so a key would be lost
	ReasonNoKeyring = "noKeyring" // nothing can keep the key
	ReasonLocked    = "locked"    // the keyring is locked
)

// Options say where a Book is kept and for how long.
type Options struct {
	Path string           // of the file; "" keeps calls in memory only
	Keys credstore.Store  // has the key; nil keeps calls in memory only
	Days int              // calls and choices older than this are forgotten; 0 stands for 90
	Now  func() time.Time // nil stands for time.Now
	Log  *slog.Logger     // nil stands for none
}

// Book is the history of one user. It is safe for concurrent use; its methods
// write to the disk and are not for the goroutine that owns call state.
type Book struct {
	opts   Options
	reason string

	mu      sync.Mutex
	rows    []row // oldest first
	ids     map[string]bool
	choices map[string]choice
	journal *journal // nil in memory-only mode
	key     []byte
	written int // records in the file
	trimmed time.Time
}

// choice is what the person picked for a number that several people share.
type choice struct {
	Number   string    `json:"number"` // NumberKey
	Source   string    `json:"source"`
	RecordID string    `json:"record"`
	At       time.Time `json:"at"`
}

// Open reads the history, or begins one. If nothing can keep the key it works in
// memory and Reason says why. An error that wraps ErrWrongKey or ErrNotHistory
// means that there is a file which cannot be read: it is left alone, and the
// person may choose StartAnew. It may block as long as the credential store does.
func Open(o Options) (*Book, error) {
	b := newBook(o)
	if b.opts.Path == "" || b.opts.Keys == nil {
		b.reason = ReasonChosen
		return b, nil
	}
	if b.opts.Keys.Kind() == credstore.KindMemory {
		b.reason = ReasonSession
		return b, nil
	}
	_, err := os.Stat(b.opts.Path)
	exists := !errors.Is(err, fs.ErrNotExist)
	b.key, err = b.loadKey(exists)
	switch {
	case errors.Is(err, credstore.ErrLocked):
		b.reason = ReasonLocked
		return b, nil
	case errors.Is(err, credstore.ErrNoKeyring):
		b.reason = ReasonNoKeyring
		return b, nil
	case err != nil:
		return nil, err
	}
	if exists {
		err = b.load()
	} else {
		b.journal, err = writeJournal(b.opts.Path, b.key, nil, nil)
	}
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b, b.trim()
}

// StartAnew moves a file that cannot be read out of the way, under a name that
// it returns, makes a new key and begins an empty history.
func StartAnew(o Options) (b *Book, moved string, err error) {
	now := newBook(o).opts.Now()
	moved = o.Path + ".unreadable-" + now.UTC().Format("20060102-150405")
	if err := os.Rename(o.Path, moved); errors.Is(err, fs.ErrNotExist) {
		moved = ""
	} else if err != nil {
		return nil, "", fmt.Errorf("history: the unreadable file cannot be moved: %w", err)
	}
	if err := o.Keys.Delete(KeyName); err != nil {
		return nil, moved, fmt.Errorf("history: %w", err)
	}
	b, err = Open(o)
	return b, moved, err
}

func newBook(o Options) *Book {
	if o.Days <= 0 {
		o.Days = 90
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Book{opts: o, ids: map[string]bool{}, choices: map[string]choice{}}
}

// loadKey gives the key; a new one only when there is no file it should open.
func (b *Book) loadKey(exists bool) ([]byte, error) {
	s, err := b.opts.Keys.Get(KeyName)
	if errors.Is(err, credstore.ErrNotFound) {
		if exists {
			return nil, fmt.Errorf("%w: there is no key any more", ErrWrongKey)
		}
		return b.newKey()
	}
	if err != nil {
		return nil, fmt.Errorf("history: the key cannot be read: %w", err)
	}
	key, err := hex.DecodeString(s.Reveal())
	if err != nil || len(key) != chacha20poly1305.KeySize {
		return nil, fmt.Errorf("%w: what the keyring holds is no key", ErrWrongKey)
	}
	return key, nil
}

func (b *Book) newKey() ([]byte, error) {
	key := make([]byte, chacha20poly1305.KeySize)
	rand.Read(key) // never fails, see crypto/rand
	if err := b.opts.Keys.Set(KeyName, credstore.NewSecret(hex.EncodeToString(key))); err != nil {
		return nil, fmt.Errorf("history: the key cannot be kept: %w", err)
	}
	return key, nil
}

func (b *Book) load() error {
	j, l, err := openJournal(b.opts.Path, b.key, b.replay)
	if err != nil {
		return err
	}
	b.journal = j
	if l.records > 0 || l.tail > 0 {
		b.opts.Log.Warn("history: part of the file was damaged and is left out", "records", l.records, "tailBytes", l.tail)
	}
	return nil
}

func (b *Book) replay(r record) {
	b.written++
	switch {
	case r.Op == opAdd && r.Entry != nil:
		b.insert(*r.Entry)
	case r.Op == opChoice && r.Choice != nil:
		b.choices[r.Choice.Number] = *r.Choice
	case r.Op == opSeen:
		b.markSeen(r.At)
	}
}

// Reason says why calls are kept in memory only; "" when they are kept on disk.
func (b *Book) Reason() string { return b.reason }

// Add keeps a call and gives it back with its ID. An entry with the ID of an
// earlier one replaces it.
func (b *Book) Add(e Entry) (Entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.At.IsZero() {
		e.At = b.opts.Now()
	}
	if e.ID == "" {
		e.ID = newID(e.At)
	}
	b.insert(e)
	if err := b.append(record{Op: opAdd, Entry: &e}); err != nil {
		return e, err
	}
	return e, b.trimDaily()
}

func newID(at time.Time) string {
	var r [4]byte
	rand.Read(r[:])
	return fmt.Sprintf("%012x%x", at.UnixMilli(), r)
}

func (b *Book) insert(e Entry) {
	if b.ids[e.ID] {
		i := b.index(e.ID)
		b.rows = slices.Delete(b.rows, i, i+1)
	}
	b.ids[e.ID] = true
	i := len(b.rows) // calls arrive in the order of time, nearly always
	for i > 0 && b.rows[i-1].At.After(e.At) {
		i--
	}
	b.rows = slices.Insert(b.rows, i, newRow(e))
}

// index is where a call stands, -1 if it does not. People ask for recent ones.
func (b *Book) index(id string) int {
	for i := len(b.rows) - 1; i >= 0; i-- {
		if b.rows[i].ID == id {
			return i
		}
	}
	return -1
}

func (b *Book) append(r record) error {
	if b.journal == nil {
		return nil
	}
	b.written++
	return b.journal.append(r)
}

// Find answers a query, newest first.
func (b *Book) Find(q Query) Page {
	b.mu.Lock()
	defer b.mu.Unlock()
	var p Page
	for i := range b.rows {
		if b.rows[i].missed() {
			p.Missed++
		}
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 100
	}
	start := len(b.rows)
	if q.Before != "" {
		if start = b.index(q.Before); start < 0 {
			return p // that entry was forgotten meanwhile; the face asks anew
		}
	}
	n := newNeedle(q.Text)
	for i := start - 1; i >= 0; i-- {
		r := &b.rows[i]
		if !r.passes(q.Filter) || !n.in(r) {
			continue
		}
		if len(p.Entries) == limit {
			p.More = true
			break
		}
		p.Entries = append(p.Entries, r.Entry)
	}
	return p
}

// MissedUnseen counts the missed calls since MarkSeen.
func (b *Book) MissedUnseen() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for i := range b.rows {
		if b.rows[i].missed() && !b.rows[i].Seen {
			n++
		}
	}
	return n
}

// MarkSeen remembers that the missed calls were looked at.
func (b *Book) MarkSeen() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.opts.Now()
	if !b.markSeen(now) {
		return nil
	}
	return b.append(record{Op: opSeen, At: now})
}

func (b *Book) markSeen(until time.Time) (changed bool) {
	for i := range b.rows {
		r := &b.rows[i]
		if r.missed() && !r.Seen && !r.At.After(until) {
			r.Seen, changed = true, true
		}
	}
	return changed
}

// Choice gives the record that the person picked last time for this number.
func (b *Book) Choice(numberKey string) (source, recordID string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.choices[numberKey]
	return c.Source, c.RecordID, ok
}

// SetChoice remembers it.
func (b *Book) SetChoice(numberKey, source, recordID string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := choice{Number: numberKey, Source: source, RecordID: recordID, At: b.opts.Now()}
	b.choices[numberKey] = c
	return b.append(record{Op: opChoice, Choice: &c})
}

// Close closes the file; the Book is not used afterwards.
func (b *Book) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.journal == nil {
		return nil
	}
	err := b.journal.close()
	b.journal = nil
	return err
}
