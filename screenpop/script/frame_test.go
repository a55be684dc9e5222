package script

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func frameOf(body string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

func TestReadFrame(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		want error // nil: accepted
		says string
	}{
		{"answer", frameOf(`{"intents":[{"type":"notify"}],"micros":7}`), nil, ""},
		{"empty input", nil, io.EOF, ""},
		{"half a head", []byte{0, 0}, errFramePartial, ""},
		{"half a body", frameOf(`{"micros":7}`)[:10], errFramePartial, ""},
		{"too long", []byte{0, 1, 0, 1}, errFrameTooLong, ""},
		{"enormous", []byte{255, 255, 255, 255}, errFrameTooLong, ""},
		{"unknown key", frameOf(`{"micros":7,"colour":1}`), nil, "colour"},
		{"key in another case", frameOf(`{"Micros":7}`), nil, "Micros"},
		{"key twice", frameOf(`{"micros":7,"micros":8}`), nil, "twice"},
		{"two values", frameOf(`{"micros":7}{}`), nil, "more text"},
		{"wrong type", frameOf(`{"micros":"7"}`), nil, "must not be a string"},
		{"no JSON", frameOf(`hello`), nil, "not JSON"},
		{"nothing in it", frameOf(``), nil, "too early"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var a answer
			err := readFrame(bytes.NewReader(c.in), &a, maxAnswer)
			switch {
			case c.want == nil && c.says == "":
				if err != nil || a.Micros != 7 {
					t.Errorf("%v %+v", err, a)
				}
			case c.want != nil && !errors.Is(err, c.want), err == nil, !strings.Contains(err.Error(), c.says):
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add(frameOf(`{"intents":[{"type":"openUrl","url":"https://crm.example.org/"}],"log":["x"],"micros":7}`))
	f.Add(frameOf(`{"fault":{"limit":"time","message":"","line":1,"column":2},"micros":0}`))
	f.Add([]byte{0, 0, 0, 9, '{'})
	f.Fuzz(func(t *testing.T, in []byte) {
		var a answer
		if err := readFrame(bytes.NewReader(in), &a, maxAnswer); err != nil {
			return
		}
		for _, raw := range a.Intents {
			_, _ = DecodeIntent(raw)
		}
		// What was accepted can be said again and means the same.
		var b bytes.Buffer
		var again answer
		if err := writeFrame(&b, a, 10*maxAnswer); err != nil {
			t.Fatal(err)
		}
		if err := readFrame(&b, &again, 10*maxAnswer); err != nil || again.Micros != a.Micros || len(again.Intents) != len(a.Intents) {
			t.Fatalf("%v: %+v became %+v", err, a, again)
		}
	})
}

func FuzzDecodeIntent(f *testing.F) {
	for _, s := range []string{
		`{"type":"openUrl","url":"https://crm.example.org/","reuse":"tab"}`,
		`{"type":"newContact","url":"u","prefill":{"a":"b"}}`,
		`{"type":"launchApp","app":"erp","arg":"1"}`, `{"type":"notify","text":"x"}`, `{"type":"notify","text":"x","url":"u"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		intent, err := DecodeIntent(in)
		if err != nil {
			if !errors.Is(err, ErrBadIntent) {
				t.Fatalf("unwrapped: %v", err)
			}
			return
		}
		if len(intent.URL) > MaxURL || len(intent.Arg) > MaxArg || intent.Type == Notify && intent.URL != "" {
			t.Fatalf("accepted %+v", intent)
		}
	})
}

func FuzzDecodeCall(f *testing.F) {
	f.Add([]byte(ringing))
	f.Add([]byte(`{"event":"ended","number":{"raw":"1"},"params":{"a":"b"}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		call, params, err := DecodeCall(in)
		if err != nil {
			return
		}
		encoded, _, err := call.Encode(params)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := DecodeCall(encoded); err != nil {
			t.Fatalf("what is handed to a script is no call: %v", err)
		}
	})
}

func TestDecodeCall(t *testing.T) {
	call, params, err := DecodeCall([]byte(`{"event":"ringing","number":{"raw":"+442079460123"},"params":{"a":"b"}}`))
	if err != nil || call.Direction != DirectionIn || call.Number.Kind != "unknown" || call.Contacts == nil || params["a"] != "b" {
		t.Errorf("%v %+v %v", err, call, params)
	}
	encoded, _, err := call.Encode(nil)
	if err != nil || !strings.Contains(string(encoded), `"e164":null`) || !strings.Contains(string(encoded), `"contacts":[]`) {
		t.Errorf("%v %s", err, encoded)
	}
	for _, bad := range []string{
		``, `[]`, `{"event":"ringing"}`, `{"number":{"raw":"1"}}`, `{"event":"rings","number":{"raw":"1"}}`,
		`{"event":"ringing","number":{"raw":"1"},"x":1}`, `{"event":"ringing","number":{"raw":"1","x":1}}`,
		`{"Event":"ringing","number":{"raw":"1"}}`, `{"event":"ringing","event":"ended","number":{"raw":"1"}}`,
		`{"event":"ringing","number":{"raw":"1","kind":"car"}}`, `{"event":"ringing","number":{"raw":"1"},"direction":"up"}`,
		`{"event":"ringing","number":{"raw":1}}`, `{"event":"ringing","number":{"raw":"1"},"params":{"a":1}}`, `{"event":"ringing","number":{"raw":"1"}} x`,
	} {
		if _, _, err := DecodeCall([]byte(bad)); !errors.Is(err, ErrBadCall) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestAnswerCutOffIsIgnored: a child that dies in the middle of its answer has
// answered nothing.
func TestAnswerCutOffIsIgnored(t *testing.T) {
	h := NewHost(HostConfig{Command: []string{childCommand[0], "half-answer"}})
	t.Cleanup(h.Close)
	got, err := run(t, h, `function onCall() {}`)
	var contained *ContainedError
	if got != "" || !errors.As(err, &contained) || contained.Limit != LimitCrash {
		t.Errorf("%v %s", err, got)
	}
}

func TestAHostThatCannotStartSaysSo(t *testing.T) {
	for _, command := range [][]string{nil, {filepath.Join(t.TempDir(), "absent")}, {childCommand[0]}, {os.DevNull}} {
		h := NewHost(HostConfig{Command: command})
		if _, err := run(t, h, `function onCall() {}`); !errors.Is(err, ErrStart) {
			t.Errorf("%q: %v", command, err)
		}
		h.Close()
	}
}
