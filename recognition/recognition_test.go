package recognition

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

func TestE164Key(t *testing.T) {
	for text, want := range map[string]uint64{
		"+442079460123": 442079460123, "+1234567": 1234567, "+999999999999999": 999999999999999,
		"": 0, "+": 0, "442079460123": 0, "+123456": 0, "+1234567890123456": 0, "+0442079460123": 0,
		"+44 2079460123": 0, "+44207946012a": 0, "++42079460123": 0, "+44207946012\u0663": 0, "+44207946012/": 0,
	} {
		got, ok := E164Key(text)
		if got != want && ok || ok != (want != 0) {
			t.Errorf("%q: %d %v, want %d", text, got, ok, want)
		}
	}
}

// A key is the number: nothing is lost and nothing falls together.
func FuzzE164Key(f *testing.F) {
	f.Add("+442079460123")
	f.Add("+0")
	f.Fuzz(func(t *testing.T, s string) {
		key, ok := E164Key(s)
		if ok && "+"+strconv.FormatUint(key, 10) != s {
			t.Errorf("%q became %d", s, key)
		}
	})
}

func TestWhen(t *testing.T) {
	for _, test := range []struct {
		when            When
		outgoing, known bool
		want            bool
	}{
		{When{}, false, false, true},
		{When{}, true, true, true},
		{When{Directions: []string{"in"}}, true, true, false},
		{When{Directions: []string{"in", "out"}}, true, true, true},
		{When{Known: "known"}, false, false, false},
		{When{Known: "unknown"}, false, true, false},
		{When{Known: "unknown", Directions: []string{"out"}}, true, false, true},
		{When{Events: []string{"ended"}}, false, true, true}, // events are the client's business
	} {
		if got := test.when.Applies(test.outgoing, test.known); got != test.want {
			t.Errorf("%+v outgoing=%v known=%v: %v", test.when, test.outgoing, test.known, got)
		}
	}
	for _, bad := range []When{{Events: []string{"rang"}}, {Directions: []string{"IN"}}, {Known: "both"}} {
		if bad.Validate() == nil {
			t.Errorf("%+v is valid", bad)
		}
	}
	if err := (When{Events: []string{"ringing", "answered", "ended"}, Directions: []string{"in", "out"}, Known: "known"}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestDigest(t *testing.T) {
	if got := Digest(nil); got != "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Error(got)
	}
}

// The words of a refusal never carry what was refused.
func TestRefusalsAreDiscreet(t *testing.T) {
	secret := "+44 20 7946 0123"
	for _, r := range []Record{
		{ID: secret + strings.Repeat("x", MaxIDBytes)},
		{ID: "1", Name: secret + strings.Repeat("x", MaxNameBytes)},
		{ID: "1", Numbers: []RecordNumber{{E164: secret}}},
		{ID: "1", Numbers: []RecordNumber{{E164: "+442079460123", Extension: secret}}},
		{ID: "1", Fields: []Field{{Label: "a", Value: secret + "\xff"}}},
		{ID: "1", Params: map[string]string{secret + "\xff": "v"}},
	} {
		err := r.Validate()
		if !errors.Is(err, ErrBadRecord) || strings.Contains(err.Error(), "7946") {
			t.Errorf("%v", err)
		}
	}
}
