package sipline

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

func TestReadMessage(t *testing.T) {
	good := invite("c1", "z9hG4bK1")
	for name, tt := range map[string]struct {
		stream string
		want   []string // Call-IDs, "" for a message passed over
		end    error
	}{
		"two":                       {good + invite("c2", "z9hG4bK2"), []string{"c1", "c2"}, io.EOF},
		"a bad one between":         {good + "INVITE sip:x SIP/2.0\r\nnonsense\r\nl: 3\r\n\r\nabc" + invite("c2", "z9hG4bK2"), []string{"c1", "", "c2"}, io.EOF},
		"no Content-Length":         {strings.Replace(good, "Content-Length: 0\r\n", "", 1) + invite("c2", "z9hG4bK2"), []string{"c1", "c2"}, io.EOF},
		"no From":                   {strings.Replace(good, "From: ", "Subject: ", 1), []string{""}, io.EOF},
		"no Via":                    {strings.Replace(good, "Via: ", "Subject: ", 1), []string{""}, io.EOF},
		"no CSeq":                   {strings.Replace(good, "CSeq: ", "Subject: ", 1), []string{""}, io.EOF},
		"negative length":           {strings.Replace(good, "Length: 0", "Length: -1", 1), nil, errFraming},
		"length that is no number":  {strings.Replace(good, "Length: 0", "Length: many", 1), nil, errFraming},
		"two lengths":               {strings.Replace(good, "Content-Length: 0", "Content-Length: 0\r\nl: 5", 1), nil, errFraming},
		"length beyond all reason":  {strings.Replace(good, "Length: 0", "Length: 999999999999", 1), nil, errFraming},
		"headers without end":       {strings.Repeat("X: y\r\n", 20000), nil, errFraming},
		"one line without end":      {strings.Repeat("x", 200000), nil, errFraming},
		"cut off in the headers":    {good[:60], nil, io.EOF},
		"cut off in the body":       {strings.Replace(good, "Length: 0", "Length: 9", 1) + "abc", nil, io.ErrUnexpectedEOF},
		"continued line (RFC 3261)": {strings.Replace(good, "Call-ID: c1", "Call-ID:\r\n  c1", 1), []string{"c1"}, io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			r, p := bufio.NewReader(strings.NewReader(tt.stream)), newParser()
			for i := 0; ; i++ {
				m, _, err := readMessage(r, p)
				if err != nil {
					if !errors.Is(err, tt.end) || i != len(tt.want) {
						t.Errorf("message %d: %v, want %d messages and %v", i, err, len(tt.want), tt.end)
					}
					return
				}
				got := ""
				if m != nil {
					got = m.CallID().Value()
				}
				if i >= len(tt.want) || got != tt.want[i] {
					t.Fatalf("message %d is %q", i, got)
				}
			}
		})
	}
}

func FuzzStream(f *testing.F) {
	f.Add([]byte(invite("c1", "z9hG4bK1") + invite("c2", "z9hG4bK2")))
	f.Add([]byte("SIP/2.0 200 OK\r\nl: 1\r\n\r\nx"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, p := bufio.NewReader(bytes.NewReader(data)), newParser()
		for left := len(data); ; {
			m, _, err := readMessage(r, p)
			if err != nil {
				return
			}
			if left--; left < 0 {
				t.Fatal("it reads messages out of nothing")
			}
			if req, ok := m.(*sip.Request); ok && req.Method != sip.ACK {
				_ = respond(req, 481, "x", "t").String()
			}
		}
	})
}
