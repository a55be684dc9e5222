package history

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"
)

// Forget removes one call from memory and disk. It is no error when it is gone
// already.
func (b *Book) Forget(id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.remove(func(r *row) bool { return r.ID == id }) == 0 {
		return nil
	}
	return b.rewrite()
}

// ForgetNumber removes every call of a number, and the choice made for it.
func (b *Book) ForgetNumber(numberKey string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, chosen := b.choices[numberKey]
	delete(b.choices, numberKey)
	if b.remove(func(r *row) bool { return r.NumberKey == numberKey }) == 0 && !chosen {
		return nil
	}
	return b.rewrite()
}

// Clear forgets everything: the file is removed and its key destroyed, so that
// no copy of it can be read any more. The Book goes on, empty, with a new key.
func (b *Book) Clear() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows, b.ids, b.choices = nil, map[string]bool{}, map[string]choice{}
	if b.journal == nil {
		return nil
	}
	_ = b.journal.close()
	b.journal = nil
	// The key goes first: should the rest fail, the file is unreadable.
	if err := b.opts.Keys.Delete(KeyName); err != nil {
		return fmt.Errorf("history: the key cannot be destroyed: %w", err)
	}
	if err := os.Remove(b.opts.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("history: the file cannot be removed: %w", err)
	}
	key, err := b.newKey()
	if err != nil {
		return err
	}
	b.key, b.written = key, 0
	b.journal, err = writeJournal(b.opts.Path, b.key, nil, nil)
	return err
}

// Trim forgets what is older than the retention. Open does it, and so does Add
// once a day; a program that stays up over days without calls calls it too.
func (b *Book) Trim() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.trim()
}

func (b *Book) trimDaily() error {
	if b.opts.Now().Sub(b.trimmed) < 24*time.Hour {
		return nil
	}
	return b.trim()
}

func (b *Book) trim() error {
	b.trimmed = b.opts.Now()
	oldest := b.trimmed.AddDate(0, 0, -b.opts.Days)
	gone := b.remove(func(r *row) bool { return r.At.Before(oldest) })
	before := len(b.choices)
	maps.DeleteFunc(b.choices, func(_ string, c choice) bool { return c.At.Before(oldest) })
	gone += before - len(b.choices)
	// Records that say nothing any more (seen marks, replaced choices) are
	// dropped when they are as many as those that do.
	if gone == 0 && b.written < 2*(len(b.rows)+len(b.choices))+100 {
		return nil
	}
	return b.rewrite()
}

func (b *Book) remove(gone func(*row) bool) int {
	before := len(b.rows)
	b.rows = slices.DeleteFunc(b.rows, func(r row) bool {
		if !gone(&r) {
			return false
		}
		delete(b.ids, r.ID)
		return true
	})
	return before - len(b.rows)
}

// rewrite makes the file hold what memory holds and nothing else.
func (b *Book) rewrite() error {
	if b.journal == nil {
		return nil
	}
	records := make([]record, 0, len(b.rows)+len(b.choices))
	for i := range b.rows {
		records = append(records, record{Op: opAdd, Entry: &b.rows[i].Entry})
	}
	for _, number := range slices.Sorted(maps.Keys(b.choices)) {
		c := b.choices[number]
		records = append(records, record{Op: opChoice, Choice: &c})
	}
	j, err := writeJournal(b.opts.Path, b.key, records, b.journal)
	if err != nil {
		return err
	}
	b.journal, b.written = j, len(records)
	return nil
}
