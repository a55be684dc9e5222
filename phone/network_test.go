package phone

import "testing"

func TestFromNetwork(t *testing.T) {
	t.Parallel()
	berlin := DialPlan{Country: "DE", AreaCode: "30", OutsidePrefix: "0", InternalMin: 2, InternalMax: 3}
	tests := []struct {
		plan       DialPlan
		user, want string
		kind       Kind
	}{
		{netherlands, "+31356990230", "+31356990230", Fixed},
		{netherlands, "0031356990230", "+31356990230", Fixed},
		{netherlands, "0356990230", "+31356990230", Fixed},
		{netherlands, "356990230", "+31356990230", Fixed},
		{netherlands, "31356990230", "+31356990230", Fixed},
		{netherlands, "442079460123", "+442079460123", Fixed},
		{netherlands, "+31356990230;npdi;rn=+31350000000", "+31356990230", Fixed},
		{netherlands, "%2B31356990230", "+31356990230", Fixed},
		{netherlands, "sip:+31356990230@example.org", "+31356990230", Fixed},
		{netherlands, "356990230;phone-context=+31", "+31356990230", Fixed},
		{netherlands, "112", "112", Emergency},
		{netherlands, "*72", "*72", FeatureCode},
		{netherlands, "100", "100", Unknown},
		{netherlands, "0", "0", Unknown},
		{netherlands, "999999999999", "999999999999", Unknown},
		{office, "100", "100", Internal},
		{office, "0100", "0100", Internal},
		{office, "902079460123", "+442079460123", Fixed},
		{berlin, "1701234567", "+491701234567", Mobile}, // not a number in Berlin
		{berlin, "23125123", "+4923125123", Fixed},      // a network leaves out the 0, not the 30
		{berlin, "49301234567", "+49301234567", Fixed},
	}
	for _, test := range tests {
		n := FromNetwork(test.user, test.plan)
		if got := n.E164() + n.Local(); got != test.want || n.Kind() != test.kind {
			t.Errorf("FromNetwork(%q) in %s = %s %s, want %s %s", test.user, test.plan.Country, n.Kind(), got, test.kind, test.want)
		}
		if n.Raw() != test.user || n.IsZero() || n.Withheld() {
			t.Errorf("FromNetwork(%q): raw %q, zero %t, withheld %t", test.user, n.Raw(), n.IsZero(), n.Withheld())
		}
	}
}

func TestWithheld(t *testing.T) {
	t.Parallel()
	for user, want := range map[string]Presentation{
		"anonymous": Anonymous, "Anonymous": Anonymous, "anonymous@anonymous.invalid": Anonymous,
		"x@anonymous.invalid": Anonymous, "anonymous.invalid": Anonymous, "withheld": Anonymous,
		"private": Anonymous, "restricted": Anonymous, "+266696687": Anonymous, "266696687": Anonymous,
		"": Unavailable, " ": Unavailable, "unknown": Unavailable, "unavailable": Unavailable,
	} {
		n := FromNetwork(user, netherlands)
		if n != WithheldNumber(want) || !n.Withheld() || n.IsZero() || n.Key() != "withheld" {
			t.Errorf("FromNetwork(%q) = %v with presentation %d, want %d", user, n, n.Presentation(), want)
		}
	}
}

// TestNames keeps what is no number as it came, and never as something to
// look up or dial.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"alice", "cti100", "100a", "alice.example", "%zz", "\x00100", "\xff", "12-ab", "+", "héloïse"} {
		n := FromNetwork(user, office)
		if !n.IsZero() || n.Withheld() || n.Raw() != user || n.Kind() != Unknown || n.Key() != "" {
			t.Errorf("FromNetwork(%q): zero %t, raw %q, kind %s, key %q", user, n.IsZero(), n.Raw(), n.Kind(), n.Key())
		}
	}
}
