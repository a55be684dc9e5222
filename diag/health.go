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
	Code  string // stable, for machines: "line", "service", "keyring" …
	State string // one of the states above
	Text  string // in words
	Hint  string // what a person can do; "" when nothing is to be done
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
