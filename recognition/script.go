package recognition

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Digest names a script body: "sha256:" and the hash in hex. Whoever fetches
// a body compares it with the digest of the manifest before running it.
func Digest(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Words of When.
const (
	DirectionIn  = "in"
	DirectionOut = "out"
	KnownOnly    = "known"
	UnknownOnly  = "unknown"
)

// Applies reports whether a script may run for a call of this direction whose
// number is known or not. The event is not asked: a lookup happens once, at
// the first event, and its answer must name the scripts of the later ones.
func (w When) Applies(outgoing, known bool) bool {
	direction := DirectionIn
	if outgoing {
		direction = DirectionOut
	}
	if len(w.Directions) > 0 && !slices.Contains(w.Directions, direction) {
		return false
	}
	switch w.Known {
	case KnownOnly:
		return known
	case UnknownOnly:
		return !known
	}
	return true
}

// Validate refuses words that no call would ever match.
func (w When) Validate() error {
	for _, e := range w.Events {
		if e != "ringing" && e != "answered" && e != "ended" {
			return fmt.Errorf("recognition: a script runs at ringing, answered or ended, not at %q", e)
		}
	}
	for _, d := range w.Directions {
		if d != DirectionIn && d != DirectionOut {
			return fmt.Errorf("recognition: the direction of a call is in or out, not %q", d)
		}
	}
	if w.Known != "" && w.Known != KnownOnly && w.Known != UnknownOnly {
		return fmt.Errorf("recognition: a script is for known or unknown numbers or, left empty, for both, not for %q", w.Known)
	}
	return nil
}
