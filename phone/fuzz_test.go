package phone

import (
	"strings"
	"testing"
)

// fuzzPlans are sites that differ in everything a plan can say.
var fuzzPlans = []DialPlan{
	office, netherlands, {},
	{Country: "DE", AreaCode: "30", OutsidePrefix: "0", InternalMin: 2, InternalMax: 4, DialForm: DialNational},
	{Country: "US", AreaCode: "212", OutsidePrefix: "9", DialForm: DialInternational},
	{Country: "IT", AreaCode: "06"}, {Country: "AR", AreaCode: "11"}, {Country: "BR"}, {Country: "RU"},
}

var fuzzSeeds = []string{
	"", "+442079460123", "020 7946 0123 ext. 12", "0031 (0)35 699 02 30", "035-6990230/31", "06-12345678 / 035-6990230",
	`="0356990230"`, "3.1E+10", "31356990230.0", "O35-699O23O", "\u202a+31 35 699 0230\u202c", "０３５６９９０２３０",
	"tel:+44-20-7946-0123;ext=12;phone-context=+44", "tel:7042;phone-context=example.org", "tel:*21*100%23",
	"sip:+442079460123@example.org;user=phone", "sips:100@[2001:db8::1]:5061?x=y", "callto://+442079460123/",
	"999", "112", "*#06#", "1-800-FLOWERS", "anonymous", "alice", "+52 1 55 1234 5678", "008551800123456",
	"+44 20 7946 0123,,12#;3", "Tel: 020 7946 0123", "tel:%252B", "tel:+44%0a", "020 7946 0123\n07400 123456", "+5511 6123-4567",
	"030 231251 or +44 1632 960123 ext 5", "(+44) 1632 960123; jane+441632960123@example.org", "tel:+44\u202e2079460123", "tel:+44%E2%80%AE2079460123",
	"tel:7042;phone-context=192.0.2.1", "callto:+44207946012\u0663", "tel:7042;phone-context=+44x;x-name=J%C3%BCrgen",
	"00000000000000000000", "+310035699023", "http://example.org/02079460123", "T:1", "0 00 44 20 7946 0123",
}

func addSeeds(f *testing.F) {
	for i, seed := range fuzzSeeds {
		f.Add(seed, uint8(i))
	}
}

// sound checks what holds for every number, however it was read.
func sound(t *testing.T, n Number, plan DialPlan) {
	t.Helper()
	if n.Withheld() && (n.E164() != "" || n.Local() != "") {
		t.Fatal("a withheld number has digits")
	}
	if e164 := n.E164(); e164 != "" {
		if e164[0] != '+' || !onlyDigits(e164[1:]) || len(e164) > 16 || n.Local() != "" {
			t.Fatalf("E.164 form %q, local form %q", e164, n.Local())
		}
		for _, at := range []DialPlan{plan, {}} {
			again, err := Parse(e164, at)
			if err != nil {
				t.Fatalf("%s is not read again: %v", e164, err)
			}
			if again.E164() != e164 || again.Kind() != n.Kind() || again.Country() != n.Country() {
				t.Fatalf("%s %s %s is read again as %s %s %s", e164, n.Kind(), n.Country(), again.E164(), again.Kind(), again.Country())
			}
		}
		if n.Format() == "" || n.National() == "" {
			t.Fatalf("%s is written %q, %q", e164, n.Format(), n.National())
		}
	}
	if strings.Trim(n.Local(), "0123456789*#") != "" || len(n.Local()) > maxDialled {
		t.Fatalf("local form %q", n.Local())
	}
	if !onlyDigits(n.Extension()) || strings.Trim(n.PostDial(), "0123456789*#,;") != "" {
		t.Fatalf("extension %q, post-dial digits %q", n.Extension(), n.PostDial())
	}
	if strings.Trim(n.Dial(plan), "+0123456789*#") != "" || strings.LastIndex(n.Dial(plan), "+") > 0 {
		t.Fatalf("dialled as %q", n.Dial(plan))
	}
	if digits := strings.TrimLeft(n.E164()+n.Local(), "+"); len(digits) > 3 && strings.Contains(n.String(), digits) {
		t.Fatalf("the mask %q shows the number", n)
	}
}

func FuzzParse(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text string, at uint8) {
		plan := fuzzPlans[int(at)%len(fuzzPlans)]
		n, err := Parse(text, plan)
		if (err == nil) == n.IsZero() {
			t.Fatalf("number %v with error %v", n, err)
		}
		if err != nil && clauses[refusal(ReasonKey(err))] == "" {
			t.Fatalf("no words for %v", err)
		}
		sound(t, n, plan)
		if one := Explain(text, plan); err == nil && len(one.Numbers) == 0 {
			t.Fatalf("one number is read, none explained: %s", one.Rejected)
		}
	})
}

func FuzzParseAll(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text string, at uint8) {
		plan := fuzzPlans[int(at)%len(fuzzPlans)]
		found, err := ParseAll(text, plan)
		if (err == nil) != (len(found) > 0) || len(found) > maxFound {
			t.Fatalf("%d numbers with error %v", len(found), err)
		}
		seen := map[string]bool{}
		for _, n := range found {
			sound(t, n, plan)
			if id := n.Key() + ";" + n.Extension(); seen[id] || n.IsZero() {
				t.Fatalf("%v twice, or nothing", n)
			} else {
				seen[id] = true
			}
		}
		explained := Explain(text, plan)
		if (explained.Rejected == "") != (len(explained.Numbers) > 0) {
			t.Fatalf("%d numbers, rejected %q", len(explained.Numbers), explained.Rejected)
		}
	})
}

func FuzzParseURI(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, uri string, at uint8) {
		plan := fuzzPlans[int(at)%len(fuzzPlans)]
		n, err := ParseURI(uri, plan)
		sound(t, n, plan)
		if err != nil {
			return
		}
		scheme, _ := splitScheme(uri)
		switch {
		case !strings.Contains("tel callto sip sips", scheme) || scheme == "":
			t.Fatalf("scheme %q", scheme)
		case len(uri) > maxText || hasControl(uri) || !isASCII(uri):
			t.Fatal("a link that must be refused is read")
		case countDigits(n.Local()) > e164Digits && n.Kind() == FeatureCode:
			t.Fatalf("%d digits", countDigits(n.Local()))
		}
	})
}

func FuzzFromNetwork(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, user string, at uint8) {
		plan := fuzzPlans[int(at)%len(fuzzPlans)]
		n := FromNetwork(user, plan)
		if !n.Withheld() && n.Raw() != user {
			t.Fatalf("raw text %q", n.Raw())
		}
		sound(t, n, plan)
	})
}

func FuzzDecide(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text string, at uint8) {
		plan := fuzzPlans[int(at)%len(fuzzPlans)]
		for _, src := range []Source{FromPerson, FromLink} {
			d := Decide(text, plan, src)
			dialled := d.Number.Dial(plan)
			digits := countDigits(d.Number.E164() + d.Number.Local())
			switch d.Action {
			case ActionDial:
				if src == FromLink || dialled == "" || d.Extra != "" || d.Number.Extension() != "" || d.Number.PostDial() != "" {
					t.Fatalf("from %d dialled at once: extra %q", src, d.Extra)
				}
				switch d.Number.Kind() {
				case Fixed, Mobile, FixedOrMobile, TollFree, VoIP, UAN, Internal:
				default:
					t.Fatalf("%s dialled at once", d.Number.Kind())
				}
				if strings.ContainsAny(dialled[len(plan.OutsidePrefix):], "*#") {
					t.Fatalf("%q dialled at once", dialled)
				}
			case ActionConfirm:
				if dialled == "" || src == FromLink && (d.Number.Kind() == FeatureCode || d.Extra != "") {
					t.Fatalf("%s from %d to be confirmed", d.Number.Kind(), src)
				}
			case ActionRefuse:
				if d.Number.Kind() == Emergency {
					t.Fatal("an emergency number is refused")
				}
			default:
				t.Fatalf("action %q", d.Action)
			}
			if d.Action != ActionRefuse && (digits == 0 || digits > e164Digits) {
				t.Fatalf("%s %d digits", d.Action, digits)
			}
			if d.Reason == "" || d.ReasonKey == "" || hasControl(d.Reason) {
				t.Fatalf("%s: reason %q, key %q", d.Action, d.Reason, d.ReasonKey)
			}
		}
	})
}
