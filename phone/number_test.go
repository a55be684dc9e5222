package phone

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestNumbersNeverLeak prints numbers in every way that fmt and slog have and
// looks for their digits: also inside other people's structs, where fmt cannot
// call String.
func TestNumbersNeverLeak(t *testing.T) {
	t.Parallel()
	notations := []string{
		"+442079460123", "+44 20 7946 0123", "+44 (0)20 7946 0123", "0044 20 7946 0123",
		"020 7946 0123", "(020) 7946-0123", "020.7946.0123", "０２０７９４６０１２３",
		"tel:+44-20-7946-0123;ext=4711822", "sip:+442079460123@example.org", "442079460123", "020 7946 0123 ext 4711822",
	}
	type hidden struct{ n Number }
	type shown struct {
		N Number
		P *Number
	}
	for _, notation := range notations {
		n, err := Parse(notation, britain)
		if err != nil {
			t.Fatalf("%q: %v", notation, err)
		}
		if n.E164() != "+442079460123" {
			t.Fatalf("%q is read as %q", notation, n.E164())
		}
		var out bytes.Buffer
		for _, verb := range "vsqxXdtbcoOUeEfFgGpTw" {
			for _, flag := range []string{"", "+", "#", "-40", "0", " "} {
				format := "%" + flag + string(verb) + "\n"
				for _, value := range []any{
					n, &n, hidden{n}, &hidden{n}, shown{n, &n}, []Number{n}, [1]hidden{{n}},
					map[string]hidden{"a": {n}}, map[Number]int{n: 1}, any(n), []any{hidden{n}},
				} {
					fmt.Fprintf(&out, format, value)
				}
			}
		}
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).Info("call", "number", n, "pointer", &n, "struct", shown{n, &n}, "hidden", hidden{n},
				"slice", []Number{n}, slog.Group("g", "n", n))
		}
		//lint:ignore SA9005 nothing of it may be written
		_ = json.NewEncoder(&out).Encode(hidden{n})
		text := out.String()
		for _, digits := range []string{"79460123", "7946 0123", "7946-0123", "7946.0123", "７９４６", "4711822", "3739343630313233"} {
			if at := strings.Index(text, digits); at >= 0 {
				t.Errorf("%q: %q is printed: …%s…", notation, digits, text[max(0, at-60):min(len(text), at+20)])
			}
		}
		if got := fmt.Sprint(n); got != "+44…123" {
			t.Errorf("masked as %q", got)
		}
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for want, n := range map[string]Number{
		"(none)":       {},
		"(withheld)":   WithheldNumber(Unavailable),
		"(internal)":   FromNetwork("100", office),
		"(emergency)":  FromNetwork("999", office),
		"(unreadable)": FromNetwork("alice", office),
		"+1…123":       FromNetwork("+12125550123", office),
		"+353…123":     FromNetwork("+35316000123", office),
	} {
		if got := n.String(); got != want {
			t.Errorf("masked as %q, want %q", got, want)
		}
	}
	if got, want := fmt.Sprintf("%#v", FromNetwork("+12125550123", office)), "phone.Number(+1…123)"; got != want {
		t.Errorf("%%#v prints %q, want %q", got, want)
	}
}

func TestNumberIsNotEncoded(t *testing.T) {
	t.Parallel()
	n := FromNetwork("+12125550123", office)
	if _, err := json.Marshal(n); !errors.Is(err, ErrImplicit) {
		t.Errorf("json.Marshal: %v", err)
	}
}

// TestErrorsHoldNoDigits: error texts are logged.
func TestErrorsHoldNoDigits(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"02079460123 x", "0207946012345678901234", "tel:7946alice", "7946", "79460123"} {
		if _, err := Parse(text, britain); err != nil && strings.Contains(err.Error(), "7946") {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := ParseURI(text, britain); err != nil && strings.Contains(err.Error(), "7946") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestNumberHoldsWhatItWasGiven(t *testing.T) {
	t.Parallel()
	want := parts{
		raw: "as given\x00", e164: "+442079460123", local: "100", extension: "12", postDial: ",,3",
		country: "GB", kind: Premium, presentation: Unavailable,
	}
	if got := want.seal().open(); got != want {
		t.Errorf("got %+v", got)
	}
	if one, other := want.seal(), want.seal(); one != other {
		t.Error("equal numbers are not equal")
	}
	for _, kind := range kinds {
		if got := (parts{kind: kind}).seal().Kind(); got != kind {
			t.Errorf("%s becomes %s", kind, got)
		}
	}
	if (Number{}).Kind() != Unknown || !(Number{}).IsZero() || (Number{}).Key() != "" {
		t.Error("the zero number is something")
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"020 7946 0123":       "+442079460123",
		"020 7946 0123 ext 4": "+442079460123",
		"100":                 "local:100",
		"999":                 "local:999",
		"*72":                 "local:*72",
	} {
		n, err := Parse(text, office)
		if err != nil || n.Key() != want {
			t.Errorf("Key of %q = %q, want %q (%v)", text, n.Key(), want, err)
		}
	}
	n := FromNetwork("+541150012345", office)
	if keys := n.Keys(); len(keys) != 2 || keys[0] != "+541150012345" || keys[1] != "+5491150012345" {
		t.Errorf("Keys of an Argentine number: %d of them", len(keys))
	}
}
