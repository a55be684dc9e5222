package telephony

import (
	"encoding"
	"strings"
	"testing"
)

func roundTrip[T interface {
	~uint8
	String() string
	encoding.TextMarshaler
}, P interface {
	*T
	encoding.TextUnmarshaler
}](t *testing.T, last T) {
	t.Helper()
	seen := map[string]bool{}
	for v := range int(last) + 1 {
		text, err := T(v).MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back T
		if err := P(&back).UnmarshalText(text); err != nil || back != T(v) || seen[string(text)] {
			t.Errorf("%T %d → %q → %d, %v", last, v, text, back, err)
		}
		seen[string(text)] = true
	}
	if s := (last + 1).String(); !strings.HasPrefix(s, "invalid(") {
		t.Errorf("%T %d has the word %q but no constant", last, last+1, s)
	}
	var v T
	if P(&v).UnmarshalText([]byte("nonsense")) == nil {
		t.Errorf("%T reads nonsense", last)
	}
}

func TestWordsRoundTrip(t *testing.T) {
	roundTrip(t, Ended)
	roundTrip(t, Outgoing)
	roundTrip(t, EndNoAnswer)
	roundTrip(t, ViewContact)
	roundTrip(t, DialFailed)
	roundTrip(t, LinkFatal)
}
