package phone

import (
	"strings"
	"testing"
)

func TestParseURI(t *testing.T) {
	t.Parallel()
	const london = "+442079460123"
	tests := []struct{ in, want string }{
		{"tel:+442079460123", london},
		{"TEL:+44-20-7946-0123", london},
		{"tel:+44.20.7946.0123", london},
		{"tel:+44(20)79460123", london},
		{"tel:+44 (0)20 7946 0123", london},
		{"tel:+44%2020%207946%200123", london},
		{"tel:%2B442079460123", london},
		{"tel://+442079460123", london},
		{"tel:020-7946-0123", london},
		{"tel:02079460123;phone-context=example.org", london},
		{"tel:02079460123;phone-context=+44", london},
		{"tel:2079460123;phone-context=+44", london},
		{"tel:79460123;phone-context=+4420", london},
		{"tel:79460123;phone-context=+44-20", london},
		{"tel:5550123;phone-context=+1-212", "+12125550123"},
		{"tel:0044%202079460123", london},
		{"tel:+442079460123;ext=12", london + "x12"},
		{"tel:+442079460123;EXT=1-2", london + "x12"},
		{"tel:+442079460123;isub=77;ext=12", london + "x12"},
		{"tel:+442079460123;ext=12;x-unknown=1", london + "x12"},
		{"tel:+442079460123,,12#", london + ",,12#"},
		{"tel:+442079460123;123", london + ";123"},
		{"tel:+442079460123p1w2", london + ",1;2"},
		{"callto:+442079460123", london},
		{"callto://+442079460123/", london},
		{"callto:+442079460123?call", london},
		{"sip:+442079460123@example.org", london},
		{"sips:+442079460123@example.org:5061;transport=tls", london},
		{"sip:+44-20-7946-0123;ext=12@example.org;user=phone", london + "x12"},
		{"sip:02079460123@192.0.2.1", london},
		{"sip:100@[2001:db8::1]:5060", "internal:100"},
		{"sip:+442079460123@example.org?Subject=hello", london},
		{"sip:+442079460123", london},
		{"tel:100", "internal:100"},
		{"tel:999", "emergency:999"},
		{"tel:1-1-2", "emergency:112"},
		{"tel:911;phone-context=+1", "emergency:911"},
		{"tel:*21*100%23", "featureCode:*21*100#"},
		{"tel:%2A21%2A100%23", "featureCode:*21*100#"},
		{"tel:*#06#", "featureCode:*#06#"},
		{"sip:*72@example.org", "featureCode:*72"},

		{"", "empty"},
		{"tel:", "empty"},
		{"tel:;ext=12", "empty"},
		{"tel:+", "empty"},
		{"tel:alice", "letters"},
		{"tel:1-800-FLOWERS", "letters"},
		{"tel:02O7946O123", "letters"}, // a link is not a scan
		{"tel:+44207946012a", "letters"},
		{"tel:+442079460123?x=1", "letters"},
		{"tel:+442079460123&x", "letters"},
		{"tel:++442079460123", "grammar"},
		{"tel:+442079460123?1", "grammar"},
		{"tel:+442079460123/31", "grammar"},
		{"sip:a_b@example.org", "user"},
		{"tel:%252B442079460123", "letters"}, // encoded twice
		{"tel:%zz", "grammar"},
		{"tel:%ff", "grammar"},
		{"tel:+442079460123;ext=", "grammar"},
		{"tel:+442079460123;ext=1;ext=2", "grammar"},
		{"tel:+442079460123;ext=a", "grammar"},
		{"tel:+442079460123;b$d=1", "grammar"},
		{"tel:02079460123;phone-context=pbx-1.example.org.", london},
		{"tel:02079460123;phone-context=pbx", london},
		{"tel:2079460123;phone-context=+", "grammar"},
		{"tel:2079460123;phone-context=", "grammar"},
		{"tel:2079460123;phone-context", "grammar"},
		{"tel:2079460123;phone-context=44", "grammar"},
		{"tel:2079460123;phone-context=+44x", "grammar"},
		{"tel:2079460123;phone-context=192.0.2.1", "grammar"},
		{"tel:2079460123;phone-context=-a.example", "grammar"},
		{"tel:2079460123;phone-context=a..example", "grammar"},
		{"tel:2079460123;phone-context=a_b.example", "grammar"},
		{"tel:2079460123;phone-context=m%C3%BCnchen.example", "grammar"},
		{"sip:2079460123;phone-context=44@example.org", "grammar"},
		{"tel:+44\u00a020\u20117946\u20110123", "grammar"},
		{"tel:+44\uff12079460123", "grammar"},
		{"tel:+44%EF%BC%922079460123", "grammar"},
		{"callto:+44207946012\u0663", "grammar"},
		{"sip:+44207946012\u0663@example.org", "grammar"},
		{"tel:\u202a+442079460123\u202c", "control"},
		{"tel:\u202e3210649702+44", "control"},
		{"tel:+4420%E2%80%AE79460123", "control"},
		{"callto:+4420\u206679460123", "control"},
		{"tel:+442079460123;x-name=J\u00fcrgen", "grammar"},
		{"tel:+442079460123;x-name=J%C3%BCrgen", london},
		{"tel:+442079460123;x-name=%E2%80%AE", "control"},
		{"tel:2079460123;phone-context=+999", "grammar"},
		{"tel:+4420%0a79460123", "control"},
		{"tel:+4420\n79460123", "control"},
		{"tel:+442079460123%00", "control"},
		{"tel:+442079460123;ext=1%0d2", "control"},
		{"tel:+4420794601231234567", "digits"},
		{"tel:12345678901234567890123456", "digits"},
		{"tel:*1234567890123456", "digits"},
		{"tel:+44207946012345678", "digits"},
		{"tel:" + strings.Repeat("0", maxText), "long"},
		{"http://example.org/", "scheme"},
		{"javascript:alert(1)", "scheme"},
		{"+442079460123", "scheme"},
		{"tel", "scheme"},
		{"telx:+442079460123", "scheme"},
		{"sip:alice@example.org", "user"},
		{"sip:example.org", "user"},
		{"sip:192.0.2.1", "user"},
		{"callto:alice", "user"},
		{"callto:alice.example", "user"},
		{"sip:100:secret@example.org", "grammar"},
		{"sip:@example.org", "grammar"},
		{"sip:100@", "grammar"},
		{"sip:100@a@b", "grammar"},
		{"sip:100@exa mple.org", "grammar"},
		{"tel:000000000", "repeated"},
		{"tel:12345", "form"},
	}
	for _, test := range tests {
		n, err := ParseURI(test.in, office)
		if got := spelled([]Number{n}, err); got != test.want {
			t.Errorf("ParseURI(%q) = %s, want %s", test.in, got, test.want)
		}
	}
}

func TestURIRoundTrip(t *testing.T) {
	t.Parallel()
	n, err := Parse("+44 20 7946 0123 ext. 12", britain)
	if err != nil {
		t.Fatal(err)
	}
	if got := n.URI(); got != "tel:+442079460123;ext=12" {
		t.Errorf("URI() = %s", got)
	}
	again, err := ParseURI(n.URI(), DialPlan{})
	if err != nil || again.E164() != n.E164() || again.Extension() != "12" {
		t.Errorf("read back as %s x%s, %v", again.E164(), again.Extension(), err)
	}
}
