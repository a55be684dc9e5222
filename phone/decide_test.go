package phone

import (
	"strings"
	"testing"
)

// TestDecisionTable goes through the table of the dial decision row by row:
// each example is given by a person as text and by a link.
func TestDecisionTable(t *testing.T) {
	t.Parallel()
	const (
		dial    = ActionDial
		confirm = ActionConfirm
		refused = ActionRefuse
	)
	tests := []struct {
		row          string
		text, link   string
		kind         Kind
		person, page Action
		foreign      bool
		warn         bool // for the link
	}{
		{"no number", "hello", "tel:hello", Unknown, refused, refused, false, false},
		{"empty", "", "tel:", Unknown, refused, refused, false, false},
		{"control characters", "020 7946\x070123", "tel:02079%07460123", Unknown, refused, refused, false, false},
		{"control at the end", "020 7946 0123\n", "tel:02079460123\n", Unknown, refused, refused, false, false},
		{"more than 15 digits", "+4420794601231234567", "tel:+4420794601231234567", Unknown, refused, refused, false, false},
		{"another scheme", "http://example.org/02079460123", "http://example.org/02079460123", Unknown, refused, refused, false, false},
		{"sip user that is no number", "alice@example.org", "sip:alice@example.org", Unknown, refused, refused, false, false},

		{"fixed", "020 7946 0123", "tel:02079460123", Fixed, dial, confirm, false, false},
		{"mobile", "07400 123456", "tel:+447400123456", Mobile, dial, confirm, false, false},
		{"tollFree", "0808 157 0123", "tel:08081570123", TollFree, dial, confirm, false, false},
		{"voip", "056 1234 5678", "tel:05612345678", VoIP, dial, confirm, false, false},
		{"uan", "0333 123 4567", "tel:03331234567", UAN, dial, confirm, false, false},
		{"internal", "100", "tel:100", Internal, dial, confirm, false, false},
		{"sip link to internal", "100", "sip:100@example.org", Internal, dial, confirm, false, false},

		{"fixed abroad", "+49 30 23125 123", "tel:+493023125123", Fixed, dial, confirm, true, false},
		{"mobile abroad", "+31 6 12345678", "tel:+31612345678", Mobile, dial, confirm, true, false},
		{"fixedOrMobile abroad", "+1 212 555 0123", "tel:+12125550123", FixedOrMobile, dial, confirm, true, false},
		{"same calling code, other country", "+44 1481 720123", "tel:+441481720123", Fixed, dial, confirm, true, false},

		{"premium", "0909 8790123", "tel:09098790123", Premium, confirm, confirm, false, true},
		{"premium abroad", "+49 900 1123456", "tel:+499001123456", Premium, confirm, confirm, true, true},
		{"sharedCost abroad", "+49 1806 123123", "tel:+491806123123", SharedCost, confirm, confirm, true, true},
		{"personal", "070 1234 5678", "tel:07012345678", Personal, confirm, confirm, false, true},
		{"pager", "07640 123456", "tel:07640123456", Pager, confirm, confirm, false, true},
		{"short", "118118", "tel:118118", Short, confirm, confirm, false, true},
		{"unknown, a range for fiction", "07700 900123", "tel:+447700900123", Unknown, confirm, confirm, false, true},
		{"unknown", "+32 2 123 45 67", "tel:+3221234567", Unknown, confirm, confirm, true, true},

		{"emergency", "999", "tel:999", Emergency, confirm, confirm, false, true},
		{"emergency with a plus", "+112", "tel:+112", Emergency, confirm, confirm, false, true},
		{"emergency by 112", "112", "tel:112", Emergency, confirm, confirm, false, true},
		{"emergency with the outside prefix", "9999", "sip:9999@example.org", Emergency, confirm, confirm, false, true},

		{"feature code", "*72", "tel:*72", FeatureCode, confirm, refused, false, false},
		{"feature code with hash", "*21*100#", "tel:*21*100%23", FeatureCode, confirm, refused, false, false},
		{"feature code beginning with hash", "#31#", "sip:%2331%23@example.org", FeatureCode, confirm, refused, false, false},
	}
	for _, test := range tests {
		person := Decide(test.text, office, FromPerson)
		check(t, test.row+", person", person, test.person, test.kind, test.foreign, false)
		page := Decide(test.link, office, FromLink)
		check(t, test.row+", link", page, test.page, test.kind, test.foreign, test.warn)
		// A person's URI is judged as a link.
		if pasted := Decide(test.link, office, FromPerson); pasted != page {
			t.Errorf("%s: a pasted link gives %s %s, a clicked one %s %s", test.row, pasted.Action, pasted.Reason, page.Action, page.Reason)
		}
	}
}

func check(t *testing.T, name string, d Decision, action Action, kind Kind, foreign, warn bool) {
	t.Helper()
	if d.Action != action {
		t.Errorf("%s: %s (%s), want %s", name, d.Action, d.Reason, action)
	}
	if d.Number.Kind() != kind {
		t.Errorf("%s: kind %s, want %s", name, d.Number.Kind(), kind)
	}
	if d.Foreign != foreign || d.Warn != warn || d.Emergency != (kind == Emergency) {
		t.Errorf("%s: foreign %t, warn %t, emergency %t", name, d.Foreign, d.Warn, d.Emergency)
	}
	if d.Reason == "" || d.ReasonKey == "" {
		t.Errorf("%s: reason %q, key %q", name, d.Reason, d.ReasonKey)
	}
	if d.Action == ActionRefuse && kind != FeatureCode && !d.Number.IsZero() {
		t.Errorf("%s: refused, and yet there is a number", name)
	}
}

// TestExtraDigits: what is sent after the answer needs a person's consent, and
// a link never gets it.
func TestExtraDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"020 7946 0123 ext 12":     "ext. 12",
		"020 7946 0123,,12#":       ",,12#",
		"020 7946 0123 x12":        "ext. 12",
		"Tel: 020 7946 0123 x12":   "ext. 12",
		"+1 212 555 0123 ext 1234": "ext. 1234",
	} {
		d := Decide(text, office, FromPerson)
		if d.Action != ActionConfirm || d.Extra != want || d.Dropped != "" {
			t.Errorf("Decide(%q) = %s, extra %q, dropped %q", text, d.Action, d.Extra, d.Dropped)
		}
	}
	for link, want := range map[string]string{
		"tel:+442079460123;ext=12":        "ext. 12",
		"tel:+442079460123,,12%23":        ",,12#",
		"tel:+442079460123;ext=12;77":     "ext. 12 ;77",
		"sip:+442079460123;ext=12@host":   "ext. 12",
		"tel:999;ext=12":                  "ext. 12",
		"tel:09098790123,1":               ",1",
		"callto:+442079460123p12?ignored": ",12",
	} {
		d := Decide(link, office, FromLink)
		if d.Action != ActionConfirm || d.Dropped != want || d.Extra != "" {
			t.Errorf("Decide(%q) = %s, extra %q, dropped %q", link, d.Action, d.Extra, d.Dropped)
		}
		if d.Number.Extension() != "" || d.Number.PostDial() != "" {
			t.Errorf("Decide(%q): the number still has %q %q", link, d.Number.Extension(), d.Number.PostDial())
		}
	}
}

func TestDecideNumber(t *testing.T) {
	t.Parallel()
	for _, n := range []Number{{}, WithheldNumber(Anonymous), FromNetwork("alice", office)} {
		if d := DecideNumber(n, office, FromPerson); d.Action != ActionRefuse || d.Reason == "" {
			t.Errorf("%v: %s, %q", n, d.Action, d.Reason)
		}
	}
	n := FromNetwork("12345", office) // dial back a caller whose number means nothing to us
	if d := DecideNumber(n, office, FromPerson); d.Action != ActionConfirm || d.Number.Dial(office) != "12345" {
		t.Errorf("an unknown caller: %s, dialled as %q", d.Action, d.Number.Dial(office))
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	if got, want := Decide("020 7946 0123", office, FromPerson).Answer(), (Answer{ActionDial, "+442079460123", Fixed, "This is an ordinary number."}); got != want {
		t.Errorf("got %+v", got)
	}
	got := Decide("tel:*72", office, FromLink).Answer()
	if got.Action != ActionRefuse || got.Number != "*72" || got.Kind != FeatureCode || !strings.Contains(got.Reason, "yourself") {
		t.Errorf("got %+v", got)
	}
}
