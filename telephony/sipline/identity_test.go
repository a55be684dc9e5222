package sipline

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/emiago/sipgo/sip"

	"example.org/ctiagent/telephony"
)

// message makes a request with the given header lines.
func message(t testing.TB, lines string) sip.Message {
	t.Helper()
	head := "INVITE sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bKx\r\nTo: <sip:100@pbx.test>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n" +
		strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\r\n") + "\r\n\r\n"
	return parseMessage(newParser(), []byte(head), nil)
}

// TestInviteGolden reads who calls from the headers of each platform.
func TestInviteGolden(t *testing.T) {
	files, _ := filepath.Glob("testdata/invite/*.txt")
	if len(files) == 0 {
		t.Fatal("no test data")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			for _, lines := range strings.Split(string(text), "-- next --\n") {
				m := message(t, lines)
				if m == nil {
					t.Fatalf("not a message:\n%s", lines)
				}
				fmt.Fprintf(&out, "%s\n", describe(telephony.Call{
					Remote: callerOf(m, testPlan), RedirectedFrom: redirectedFrom(m, testPlan),
				}))
			}
			golden(t, strings.TrimSuffix(file, ".txt")+".golden", out.String())
		})
	}
}

func TestCancelReason(t *testing.T) {
	for lines, want := range map[string]telephony.EndReason{
		"": telephony.EndMissed,
		"Reason: SIP;cause=200;text=\"Call completed elsewhere\"":              telephony.EndAnsweredElsewhere,
		"Reason: SIP ;cause=200 ;text=\"Call completed, elsewhere\"":           telephony.EndAnsweredElsewhere,
		"Reason: Q.850;cause=26":                                               telephony.EndAnsweredElsewhere,
		"Reason: Q.850;cause=16\nReason: SIP;cause=200":                        telephony.EndAnsweredElsewhere,
		"Reason: Q.850;cause=17, SIP;cause=200;text=\"Call completed, there\"": telephony.EndAnsweredElsewhere,
		"Reason: Q.850;cause=127":                                              telephony.EndMissed,
		"Reason: Q.850;cause=17":                                               telephony.EndDeclined,
		"Reason: q.850 ; cause=21":                                             telephony.EndDeclined,
		"Reason: SIP;cause=603":                                                telephony.EndDeclined,
		"Reason: SIP;cause=487":                                                telephony.EndMissed,
		"Reason: SIP;cause=":                                                   telephony.EndMissed,
	} {
		if got := cancelReason(message(t, "From: <sip:200@pbx.test>;tag=f\n"+lines)); got != want {
			t.Errorf("%q: %v, want %v", lines, got, want)
		}
	}
}

func TestCompactForms(t *testing.T) {
	head := "NOTIFY sip:100@127.0.0.1 SIP/2.0\r\nv: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bKx\r\nf: \"Bob\" <sip:200@pbx.test>;tag=f\r\nt: <sip:100@pbx.test>;tag=t\r\n" +
		"i: c\r\nCSeq:  1   NOTIFY\r\nm: <sip:x@127.0.0.1>\r\no: dialog\r\nc: application/dialog-info+xml\r\n\r\n"
	m := parseMessage(newParser(), []byte(head), nil)
	if m == nil {
		t.Fatal("refused")
	}
	if header(m, "Event") != "dialog" || tagOf(header(m, "To")) != "t" || header(m, "Contact") == "" || m.CSeq().MethodName != sip.NOTIFY {
		t.Errorf("read wrongly: %s", m.String())
	}
}

func TestEscapeUser(t *testing.T) {
	for in, want := range map[string]string{"*21#": "*21%23", "+442079460123": "+442079460123", "a b@c": "a%20b%40c"} {
		if got := escapeUser(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func FuzzMessage(f *testing.F) {
	for _, m := range torture(f) {
		f.Add(m)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		head, body, ok := bytes.Cut(data, []byte("\r\n\r\n"))
		if !ok {
			return
		}
		m := parseMessage(newParser(), append(head[:len(head):len(head)], "\r\n\r\n"...), body)
		if m == nil {
			return
		}
		party := callerOf(m, testPlan)
		if !utf8.ValidString(party.Name) || len(party.Name) > 256 {
			t.Errorf("name %q", party.Name)
		}
		redirectedFrom(m, testPlan)
		cancelReason(m)
		if req, ok := m.(*sip.Request); ok {
			_ = respond(req, 200, "OK", "t").String()
		}
	})
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{`"A \" B" <sip:a@b;x=y>;tag=1`, `<tel:+442079460123>`, `sip:a@b;tag=2`, `"open <sip:a@b>`, `<sip:`, `,;"<>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, part := range splitList(s) {
			a := parseAddress(part)
			partyFrom(a.uri, a.display, testPlan)
			tagOf(part)
		}
	})
}

func FuzzSipfrag(f *testing.F) {
	for _, s := range []string{"SIP/2.0 200 OK\r\n", "SIP/2.0 100", "", "SIP/2.0 999 x", "\r\nSIP/2.0 180 Ringing"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if code, ok := parseSipfrag(b); ok && (code < 100 || code > 699) {
			t.Errorf("code %d", code)
		}
	})
}
