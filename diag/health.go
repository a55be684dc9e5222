package diag

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
)

// States of an Entry; the same words as view.DiagItem.State.
const (
	OK   = "ok"
	Warn = "warn" // works, but less than it could
	Bad  = "bad"  // a person must mend it
	Off  = "off"  // not wanted or not set up
)

// Entry is the health of one part, as a value.
type Entry struct {
	Code  string    // stable, for machines: "line", "service", "keyring" …
	State string    // one of the states above
	Text  string    // in words
	Hint  string    // what a person can do; "" when nothing is to be done
	Since time.Time // when this state began; set by Health
}

// Health is the present state of every part. It is safe for concurrent use.
type Health struct {
	now     func() time.Time
	mu      sync.Mutex
	entries map[string]Entry
	order   []string
}

// NewHealth gives an empty board; nil stands for time.Now.
func NewHealth(now func() time.Time) *Health {
	if now == nil {
		now = time.Now
	}
	return &Health{now: now, entries: map[string]Entry{}}
}

// Set puts an entry in place of the one with the same code and reports whether
// anything that a person sees has changed. Text and hint are masked.
func (h *Health) Set(e Entry) (changed bool) {
	e.Text, e.Hint = Mask(e.Text), Mask(e.Hint)
	h.mu.Lock()
	defer h.mu.Unlock()
	old, known := h.entries[e.Code]
	if !known {
		h.order = append(h.order, e.Code)
	}
	e.Since = h.now()
	if known && old.State == e.State {
		e.Since = old.Since
	}
	h.entries[e.Code] = e
	return !known || old.State != e.State || old.Text != e.Text || old.Hint != e.Hint
}

// Remove takes an entry away.
func (h *Health) Remove(code string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.entries, code)
	h.order = slices.DeleteFunc(h.order, func(c string) bool { return c == code })
}

// Entries are all entries in the order in which they first came.
func (h *Health) Entries() []Entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]Entry, 0, len(h.order))
	for _, code := range h.order {
		list = append(list, h.entries[code])
	}
	return list
}

// Worst is the gravest state there is: Bad before Warn before OK.
func (h *Health) Worst() string {
	worst := OK
	for _, e := range h.Entries() {
		if e.State == Bad || e.State == Warn && worst == OK {
			worst = e.State
		}
	}
	return worst
}

// Fault is one recent error.
type Fault struct {
	At    time.Time // when it was last seen
	Code  string    // health entry it belongs to, "" if none
	Text  string
	Hint  string
	Times int // how often it came in a row
}

// Faults is a ring of the last errors. It is safe for concurrent use.
type Faults struct {
	now  func() time.Time
	size int
	mu   sync.Mutex
	ring []Fault
}

// NewFaults keeps the last size errors; nil stands for time.Now.
func NewFaults(size int, now func() time.Time) *Faults {
	if now == nil {
		now = time.Now
	}
	return &Faults{now: now, size: max(size, 1)}
}

// maxFaultText keeps one error from filling the window, runes.
const maxFaultText = 500

// Add notes an error, masked. It asks it for a Hint() and a Code(); the same
// error again and again is one entry with a count.
func (f *Faults) Add(err error) {
	if err == nil {
		return
	}
	fault := Fault{At: f.now(), Text: clip(Mask(err.Error())), Times: 1}
	var hinter interface{ Hint() string }
	if errors.As(err, &hinter) {
		fault.Hint = clip(Mask(hinter.Hint()))
	}
	var coder interface{ Code() string }
	if errors.As(err, &coder) {
		fault.Code = coder.Code()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.ring); n > 0 && f.ring[n-1].Text == fault.Text {
		fault.Times += f.ring[n-1].Times
		f.ring[n-1] = fault
		return
	}
	if len(f.ring) == f.size {
		f.ring = slices.Delete(f.ring, 0, 1)
	}
	f.ring = append(f.ring, fault)
}

// Recent gives the errors, newest first.
func (f *Faults) Recent() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := slices.Clone(f.ring)
	slices.Reverse(list)
	return list
}

func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxFaultText {
		return string(r[:maxFaultText]) + " …"
	}
	return s
}
