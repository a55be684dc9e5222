package httpapi

import (
	"encoding/hex"
	"reflect"
	"testing"

	"example.org/ctiagent/recognition"
)

func TestAnswerRoundTrip(t *testing.T) {
	want := recognition.Answer{
		Matches: []recognition.Match{
			{Source: "CRM", RecordID: "42", Name: "Anna", Fields: []recognition.Field{{Label: "City", Value: "<Köln>"}},
				Params: map[string]string{"id": "42"}, Field: "Mobile", Kind: recognition.MatchExact},
			{Source: "ERP", RecordID: "7", Kind: recognition.MatchRange},
		},
		Scripts: []recognition.Script{{ID: "a", Name: "A", Digest: "sha256:00", Params: map[string]string{"x": "y"},
			When:    recognition.When{Events: []string{"ringing"}, Directions: []string{"in"}, Known: "known"},
			Allowed: recognition.Allowed{Origins: []string{"https://crm.example.org"}, Apps: []string{"erp"}}}},
	}
	body, err := EncodeAnswer(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeAnswer(body)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	body, err = EncodeAnswer(recognition.Answer{})
	if err != nil || string(body) != `{"matches":[]}` {
		t.Errorf("nobody known is %s, %v", body, err)
	}
}

func FuzzDecodeAnswer(f *testing.F) {
	f.Add([]byte(`{"matches":[{"name":"x","fields":[{"label":"a","value":"b"}],"params":{"k":"v"}}],"scripts":[{"id":"s","when":{"events":["ringing"]}}]}`))
	f.Add([]byte(`{"matches":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := decodeAnswer(body)
		if err != nil {
			return
		}
		again, err := EncodeAnswer(a)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := decodeAnswer(again); err != nil || len(b.Matches) != len(a.Matches) {
			t.Fatalf("%+v became %+v, %v", a, b, err)
		}
	})
}

// Records as a loader sends them: whatever is accepted can be stored and is
// the same when it is read again.
func FuzzRecords(f *testing.F) {
	f.Add([]byte(`{"records":[{"id":"1","name":"Anna","fields":[{"label":"a","value":"b"}],"numbers":[{"e164":"+442079460123","extension":"1","field":"Mobile","range":2}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var q putRequest
		if strictJSON(body, &q) != nil {
			return
		}
		for _, r := range q.Records {
			if r.Validate() != nil {
				continue
			}
			for _, n := range r.Numbers {
				if key, ok := recognition.E164Key(n.E164); !ok || key < 1_000_000 {
					t.Fatalf("accepted a number that has no key")
				}
			}
		}
	})
}

func FuzzFingerprint(f *testing.F) {
	f.Add("sha256:00")
	f.Fuzz(func(t *testing.T, s string) {
		pin, err := ParseFingerprint(s)
		if err != nil {
			return
		}
		if again, err := ParseFingerprint(hex.EncodeToString(pin[:])); err != nil || again != pin {
			t.Errorf("%x was read again as %x, %v", pin, again, err)
		}
	})
}
