package recognition

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// Bounds of a record. They keep a mistaken export (a whole mail body mapped to
// a display field) from filling a service that many organisations share.
const (
	MaxIDBytes    = 256
	MaxNameBytes  = 1 << 10
	MaxValueBytes = 4 << 10
	MaxFields     = 64
	MaxNumbers    = 64
	MaxRange      = 4 // digits a direct-dial number may be longer than its main number
)

// ErrBadRecord is wrapped when a record cannot be stored; the words around it
// say which record of the call and why, without its contents.
var ErrBadRecord = errors.New("recognition: a record cannot be stored")

// Validate reports why a record cannot be stored. Neither number nor name is
// in the error: it is shown and logged.
func (r Record) Validate() error {
	switch {
	case r.ID == "":
		return fmt.Errorf("%w: it has no id", ErrBadRecord)
	case len(r.ID) > MaxIDBytes:
		return fmt.Errorf("%w: its id is longer than %d bytes", ErrBadRecord, MaxIDBytes)
	case !utf8.ValidString(r.ID) || !utf8.ValidString(r.Name):
		return fmt.Errorf("%w: its id or name is not UTF-8", ErrBadRecord)
	case len(r.Name) > MaxNameBytes:
		return fmt.Errorf("%w: its name is longer than %d bytes", ErrBadRecord, MaxNameBytes)
	case len(r.Fields) > MaxFields || len(r.Params) > MaxFields:
		return fmt.Errorf("%w: it has more than %d fields or parameters", ErrBadRecord, MaxFields)
	case len(r.Numbers) > MaxNumbers:
		return fmt.Errorf("%w: it has more than %d numbers", ErrBadRecord, MaxNumbers)
	}
	for i, f := range r.Fields {
		if err := validText(f.Label, f.Value); err != nil {
			return fmt.Errorf("%w: field %d %w", ErrBadRecord, i+1, err)
		}
	}
	for k, v := range r.Params {
		if err := validText(k, v); err != nil {
			return fmt.Errorf("%w: a parameter %w", ErrBadRecord, err)
		}
	}
	for i, n := range r.Numbers {
		if err := n.validate(); err != nil {
			return fmt.Errorf("%w: number %d %w", ErrBadRecord, i+1, err)
		}
	}
	return nil
}

func (n RecordNumber) validate() error {
	if _, ok := E164Key(n.E164); !ok {
		return errors.New("is not in the form +, country code and number (E.164, at most 15 digits)")
	}
	if n.Range < 0 || n.Range > MaxRange {
		return fmt.Errorf("has a range outside 0 to %d digits", MaxRange)
	}
	if len(n.Extension) > 20 || !digits(n.Extension) {
		return errors.New("has an extension that is not 1 to 20 digits")
	}
	return validText(n.Field, "")
}

func validText(label, value string) error {
	if len(label) > MaxNameBytes || len(value) > MaxValueBytes {
		return fmt.Errorf("is longer than %d bytes", MaxValueBytes)
	}
	if !utf8.ValidString(label) || !utf8.ValidString(value) {
		return errors.New("is not UTF-8")
	}
	return nil
}

// E164Key gives the digits of an E.164 number as an integer, the form in which
// stores index it. A country code never begins with 0, so two numbers never
// share a key. It reads nothing but "+" and 7 to 15 digits: everything else
// has been through package phone before.
func E164Key(s string) (uint64, bool) {
	if len(s) < 8 || len(s) > 16 || s[0] != '+' || s[1] == '0' {
		return 0, false
	}
	var key uint64
	for i := 1; i < len(s); i++ {
		d := s[i] - '0'
		if d > 9 {
			return 0, false
		}
		key = key*10 + uint64(d)
	}
	return key, true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
