package recognitiontest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.org/ctiagent/recognition"
)

// TestDirectory holds a directory to its contract, seen through lookups.
func TestDirectory(t *testing.T, open Open) {
	tests := []struct {
		name string
		test func(*testing.T, *Bench)
	}{
		{"put replaces", putReplaces},
		{"all or none", allOrNone},
		{"records that cannot be stored", badRecords},
		{"remove", removeRecords},
		{"sources are apart", sourcesApart},
		{"drop", dropSource},
		{"drop while looking up", dropWhileLookingUp},
		{"any source name", anySourceName},
		{"caller gives up", putCancelled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.test(t, open(t)) })
	}
}

func putReplaces(t *testing.T, b *Bench) {
	b.put(t, "CRM", Person("1", "Anna", london1))
	b.put(t, "CRM", Person("1", "Anna Berg", london2))
	if got := names(b.ask(t, london1)); len(got) != 0 {
		t.Errorf("the old number still finds %q", got)
	}
	if got := names(b.ask(t, london2)); !slices.Equal(got, []string{"Anna Berg"}) {
		t.Errorf("the new number finds %q", got)
	}
	b.put(t, "CRM", Person("2", "first", berlin), Person("2", "second", berlin))
	if got := names(b.ask(t, berlin)); !slices.Equal(got, []string{"second"}) {
		t.Errorf("an id twice in one call finds %q", got)
	}
}

func allOrNone(t *testing.T, b *Bench) {
	b.put(t, "CRM", Person("1", "Anna", london1))
	err := b.Directory.Put(t.Context(), "CRM", []recognition.Record{
		Person("1", "changed", london1), Person("2", "Bert", london2), Person("3", "Carla", "020 7946"),
	})
	if !errors.Is(err, recognition.ErrBadRecord) {
		t.Fatalf("a number that is not E.164 gives %v", err)
	}
	if !strings.Contains(err.Error(), "record 3 of 3") || strings.Contains(err.Error(), "7946") || strings.Contains(err.Error(), "Carla") {
		t.Errorf("the error should name the record by its place only: %v", err)
	}
	b.settle()
	if got := names(b.ask(t, london1)); !slices.Equal(got, []string{"Anna"}) {
		t.Errorf("half of a refused call was stored: %q", got)
	}
	if got := names(b.ask(t, london2)); len(got) != 0 {
		t.Errorf("half of a refused call was stored: %q", got)
	}
}

func badRecords(t *testing.T, b *Bench) {
	good := func() recognition.Record { return Person("1", "Anna", london1) }
	for name, spoil := range map[string]func(*recognition.Record){
		"no id":     func(r *recognition.Record) { r.ID = "" },
		"long id":   func(r *recognition.Record) { r.ID = strings.Repeat("x", recognition.MaxIDBytes+1) },
		"long name": func(r *recognition.Record) { r.Name = strings.Repeat("x", recognition.MaxNameBytes+1) },
		"long value": func(r *recognition.Record) {
			r.Fields = []recognition.Field{{Value: strings.Repeat("x", recognition.MaxValueBytes+1)}}
		},
		"many fields":  func(r *recognition.Record) { r.Fields = make([]recognition.Field, recognition.MaxFields+1) },
		"many numbers": func(r *recognition.Record) { r.Numbers = slices.Repeat(r.Numbers, recognition.MaxNumbers+1) },
		"long range":   func(r *recognition.Record) { r.Numbers[0].Range = recognition.MaxRange + 1 },
		"negative":     func(r *recognition.Record) { r.Numbers[0].Range = -1 },
		"extension":    func(r *recognition.Record) { r.Numbers[0].Extension = "12a" },
		"no plus":      func(r *recognition.Record) { r.Numbers[0].E164 = london1[1:] },
		"sixteen":      func(r *recognition.Record) { r.Numbers[0].E164 = "+1234567890123456" },
		"leading zero": func(r *recognition.Record) { r.Numbers[0].E164 = "+0442079460123" },
		"other digits": func(r *recognition.Record) { r.Numbers[0].E164 = "+44207946012٣" },
		"empty number": func(r *recognition.Record) { r.Numbers[0].E164 = "" },
	} {
		r := good()
		spoil(&r)
		if err := b.Directory.Put(t.Context(), "CRM", []recognition.Record{r}); !errors.Is(err, recognition.ErrBadRecord) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, source := range []string{"", ".", "..", strings.Repeat("x", recognition.MaxIDBytes+1)} {
		if err := b.Directory.Put(t.Context(), source, []recognition.Record{good()}); err == nil {
			t.Errorf("source %q was taken", source)
		}
	}
}

func removeRecords(t *testing.T, b *Bench) {
	b.put(t, "CRM", Person("1", "Anna", london1), Person("2", "Bert", london1))
	b.remove(t, "CRM", "1", "nobody")
	if got := names(b.ask(t, london1)); !slices.Equal(got, []string{"Bert"}) {
		t.Errorf("found %q", got)
	}
	b.remove(t, "no such source", "2")
	b.remove(t, "CRM")
	if got := names(b.ask(t, london1)); !slices.Equal(got, []string{"Bert"}) {
		t.Errorf("found %q", got)
	}
}

func sourcesApart(t *testing.T, b *Bench) {
	b.put(t, "CRM", Person("1", "of the CRM", london1))
	b.put(t, "ERP", Person("1", "of the ERP", london1))
	b.remove(t, "ERP", "1")
	if got := names(b.ask(t, london1)); !slices.Equal(got, []string{"of the CRM"}) {
		t.Errorf("found %q", got)
	}
}

func dropSource(t *testing.T, b *Bench) {
	var many []recognition.Record
	for i := range 1200 { // more than one sweep
		many = append(many, Person(fmt.Sprint(i), "old", fmt.Sprintf("+4420794%05d", i)))
	}
	b.put(t, "CRM", append(many, Person("x", "of the CRM", london1))...)
	b.put(t, "ERP", Person("x", "of the ERP", london1))
	b.ask(t, london1)
	b.drop(t, "CRM")
	if got := names(b.ask(t, london1)); !slices.Equal(got, []string{"of the ERP"}) {
		t.Errorf("after the drop: %q", got)
	}
	b.drop(t, "CRM") // once more is no error
	b.put(t, "CRM", Person("y", "linked again", london2))
	if got := names(b.ask(t, "+442079400005")); len(got) != 0 {
		t.Errorf("a source that is linked again has its old records: %q", got)
	}
	// Linked again is linked last.
	b.put(t, "CRM", Person("z", "of the new CRM", london1))
	if got := names(b.ask(t, london1)); !slices.Equal(got, []string{"of the ERP", "of the new CRM"}) {
		t.Errorf("after linking again: %q", got)
	}
}

// During a drop an answer is whole or empty.
func dropWhileLookingUp(t *testing.T, b *Bench) {
	var shared []recognition.Record
	for i := range 20 {
		shared = append(shared, Person(fmt.Sprint(i), "colleague", london1))
	}
	b.put(t, "CRM", shared...)
	ctx, stop := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for ctx.Err() == nil {
				a, err := b.Recognizer.Recognize(ctx, recognition.Query{Number: Number(t, london1)})
				if err != nil && !isCancelled(err) {
					t.Errorf("during a drop: %v", err)
					return
				}
				if err == nil && len(a.Matches) != 0 && len(a.Matches) != len(shared) {
					t.Errorf("during a drop %d of %d were found", len(a.Matches), len(shared))
					return
				}
			}
		})
	}
	b.drop(t, "CRM")
	a := b.ask(t, london1)
	stop()
	asking.Wait()
	if len(a.Matches) != 0 {
		t.Errorf("after the drop %d are found", len(a.Matches))
	}
}

func anySourceName(t *testing.T, b *Bench) {
	for _, source := range []string{"CRM / Größe?", "a%2Fb#c", "../up", "source with spaces", "日本", "a//b", "records"} {
		b.put(t, source, Person("1", "of "+source, london1))
		a := b.ask(t, london1)
		if len(a.Matches) != 1 || a.Matches[0].Source != source {
			t.Errorf("%q: %+v", source, a.Matches)
		}
		b.remove(t, source, "1")
		b.drop(t, source)
	}
}

func putCancelled(t *testing.T, b *Bench) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Directory.Put(ctx, "CRM", []recognition.Record{Person("1", "Anna", london1)}); !isCancelled(err) {
		t.Errorf("a caller who gave up gets %v", err)
	}
	b.settle()
	if got := names(b.ask(t, london1)); len(got) != 0 {
		t.Errorf("found %q", got)
	}
}
