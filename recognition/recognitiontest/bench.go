package recognitiontest

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.org/ctiagent/phone"
	"example.org/ctiagent/recognition"
)

// Bench is one implementation on the test bench, with an empty directory.
type Bench struct {
	Recognizer recognition.Recognizer
	Directory  recognition.Directory
	// SetScripts makes these the organisation's scripts.
	SetScripts func(t *testing.T, scripts ...recognition.Script)
	// Settle is called after every change. An implementation that may answer
	// from before a change for a stated time lets that time pass here; nil: it
	// never does.
	Settle func()
	// Requests counts the lookups that left the implementation for another
	// machine; nil: there is no such thing.
	Requests func() int64
}

// Open gives a fresh bench for each test of a suite and tidies up by t.Cleanup.
type Open func(t *testing.T) *Bench

// lookupBound is far above what any lookup of the suites takes.
const lookupBound = 10 * time.Second

func (b *Bench) settle() {
	if b.Settle != nil {
		b.Settle()
	}
}

func (b *Bench) put(t *testing.T, source string, records ...recognition.Record) {
	t.Helper()
	if err := b.Directory.Put(t.Context(), source, records); err != nil {
		t.Fatalf("Put: %v", err)
	}
	b.settle()
}

func (b *Bench) remove(t *testing.T, source string, ids ...string) {
	t.Helper()
	if err := b.Directory.Remove(t.Context(), source, ids); err != nil {
		t.Fatalf("Remove: %v", err)
	}
	b.settle()
}

func (b *Bench) drop(t *testing.T, source string) {
	t.Helper()
	if err := b.Directory.Drop(t.Context(), source); err != nil {
		t.Fatalf("Drop: %v", err)
	}
	b.settle()
}

// ask looks up a tel: URI or a number in international form.
func (b *Bench) ask(t *testing.T, text string) recognition.Answer {
	t.Helper()
	return b.query(t, recognition.Query{Number: Number(t, text)})
}

func (b *Bench) query(t *testing.T, q recognition.Query) recognition.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), lookupBound)
	defer cancel()
	a, err := b.Recognizer.Recognize(ctx, q)
	if err != nil {
		t.Fatalf("Recognize: %v", err)
	}
	return a
}

// names gives who was found, in the order of the answer.
func names(a recognition.Answer) []string {
	out := []string{}
	for _, m := range a.Matches {
		out = append(out, m.Name)
	}
	return out
}

// Number reads a number as the agent would.
func Number(t testing.TB, text string) phone.Number {
	t.Helper()
	plan := phone.DialPlan{Country: "GB", AreaCode: "20", InternalMin: 3, InternalMax: 4}
	n, err := phone.Parse(text, plan)
	if len(text) > 4 && text[:4] == "tel:" {
		n, err = phone.ParseURI(text, plan)
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

// Person gives a record with one number.
func Person(id, name, e164 string) recognition.Record {
	return recognition.Record{ID: id, Name: name, Numbers: []recognition.RecordNumber{{E164: e164, Field: "Phone"}}}
}

// isCancelled accepts the caller's own error in any wrapping.
func isCancelled(err error) bool { return errors.Is(err, context.Canceled) }
