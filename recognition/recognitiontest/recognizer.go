package recognitiontest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.org/ctiagent/phone"
	"example.org/ctiagent/recognition"
)

// Numbers reserved for fiction.
const (
	london1 = "+442079460123"
	london2 = "+442079460124"
	berlin  = "+493023125000"
	newYork = "+12125550123"
)

// TestRecognizer holds a recogniser to its contract.
func TestRecognizer(t *testing.T, open Open) {
	tests := []struct {
		name string
		test func(*testing.T, *Bench)
	}{
		{"known number", knownNumber},
		{"unknown number", unknownNumber},
		{"several people share a number", sharedNumber},
		{"one person has a number twice", twice},
		{"extension", extension},
		{"direct-dial range", directDial},
		{"no ranges in North America", noRangesInNorthAmerica},
		{"withheld", withheld},
		{"number without E.164", internal},
		{"scripts that apply", scripts},
		{"caller gives up", cancelled},
		{"any text", anyText},
		{"many at once", manyAtOnce},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.test(t, open(t)) })
	}
}

func knownNumber(t *testing.T, b *Bench) {
	r := recognition.Record{
		ID: "42", Name: "Anna Sánchez",
		Fields: []recognition.Field{{Label: "Company", Value: "Acme"}, {Label: "Account", Value: "A-7"}, {Label: "City", Value: "London"}},
		Params: map[string]string{"recordId": "42", "type": "contact"},
		Numbers: []recognition.RecordNumber{
			{E164: london2, Field: "Office"},
			{E164: london1, Field: "Mobile"},
		},
	}
	b.put(t, "CRM", r, Person("43", "Bert", berlin))
	want := recognition.Match{Source: "CRM", RecordID: "42", Name: r.Name, Fields: r.Fields, Params: r.Params,
		Field: "Mobile", Kind: recognition.MatchExact}
	for _, spelling := range []string{london1, "020 7946 0123", "tel:+44-20-7946-0123"} {
		a := b.ask(t, spelling)
		if len(a.Matches) != 1 || !reflect.DeepEqual(a.Matches[0], want) {
			t.Errorf("%s: got %+v, want %+v", spelling, a.Matches, want)
		}
	}
}

func unknownNumber(t *testing.T, b *Bench) {
	for range 2 { // a negative answer that was kept is the same answer
		if a := b.ask(t, london1); len(a.Matches) != 0 {
			t.Fatalf("nobody was put, but %v was found", names(a))
		}
	}
	b.put(t, "CRM", Person("1", "Anna", london1))
	if a := b.ask(t, london2); len(a.Matches) != 0 {
		t.Fatalf("found %v", names(a))
	}
	if a := b.ask(t, london1); len(a.Matches) != 1 {
		t.Fatal("a number that was unknown stays unknown after it was put")
	}
}

func sharedNumber(t *testing.T, b *Bench) {
	b.put(t, "CRM", Person("b", "second of the first call", london1), Person("a", "first of the first call", london1))
	b.put(t, "ERP", Person("a", "other source", london1))
	b.put(t, "CRM", Person("c", "last call", london1))
	want := []string{"last call", "first of the first call", "second of the first call", "other source"}
	if got := names(b.ask(t, london1)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q: source linked first, record changed last, id", got, want)
	}
}

func twice(t *testing.T, b *Bench) {
	r := Person("1", "Anna", london1)
	r.Numbers = append(r.Numbers, recognition.RecordNumber{E164: london1, Field: "Private"})
	b.put(t, "CRM", r)
	b.put(t, "ERP", r)
	a := b.ask(t, london1)
	if got := names(a); !slices.Equal(got, []string{"Anna", "Anna"}) || a.Matches[0].Source == a.Matches[1].Source {
		t.Errorf("one record twice in an answer: %+v", a.Matches)
	}
}

func extension(t *testing.T, b *Bench) {
	with := func(id, name, ext string) recognition.Record {
		return recognition.Record{ID: id, Name: name, Numbers: []recognition.RecordNumber{{E164: london1, Extension: ext, Field: "Office"}}}
	}
	b.put(t, "CRM", with("1", "somebody at 11", "11"), with("2", "the company", ""), with("3", "somebody at 12", "12"))
	for asked, want := range map[string][]string{
		london1:                      {"the company", "somebody at 11", "somebody at 12"},
		"tel:" + london1 + ";ext=12": {"somebody at 12", "the company", "somebody at 11"},
		"tel:" + london1 + ";ext=13": {"the company", "somebody at 11", "somebody at 12"},
	} {
		if got := names(b.ask(t, asked)); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", asked, got, want)
		}
	}
}

func directDial(t *testing.T, b *Bench) {
	company := func(id, name, e164 string, reach int) recognition.Record {
		return recognition.Record{ID: id, Name: name, Numbers: []recognition.RecordNumber{{E164: e164, Field: "Main", Range: reach}}}
	}
	b.put(t, "CRM",
		company("1", "works", "+493023125", 3),
		company("2", "works, sales", "+4930231256", 2),
		company("3", "shop", "+4930231257", 0),
		Person("4", "Carla", "+493023125611"),
	)
	for asked, want := range map[string][]string{
		"+493023125":    {"works"},        // the number itself
		"+493023125000": {"works"},        // three digits longer
		"+493023125622": {"works, sales"}, // the longer main number wins
		"+493023125611": {"Carla"},        // an exact number before any range
		"+493023125700": {"works"},        // "shop" reaches no further than itself
	} {
		if got := names(b.ask(t, asked)); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", asked, got, want)
		}
	}
	if a := b.ask(t, "+493023125000"); a.Matches[0].Kind != recognition.MatchRange {
		t.Errorf("kind %q of a direct-dial number", a.Matches[0].Kind)
	}
	if a := b.ask(t, "+493023125"); a.Matches[0].Kind != recognition.MatchExact {
		t.Errorf("kind %q of the main number itself", a.Matches[0].Kind)
	}
	if a := b.ask(t, "+4930231250000"); len(a.Matches) != 0 {
		t.Errorf("four digits longer than a range of three: %v", names(a))
	}
}

func noRangesInNorthAmerica(t *testing.T, b *Bench) {
	b.put(t, "CRM", recognition.Record{ID: "1", Name: "Acme", Numbers: []recognition.RecordNumber{{E164: "+1212555012", Field: "Main", Range: 1}}})
	if a := b.ask(t, newYork); len(a.Matches) != 0 {
		t.Errorf("found %v by a number that is too short to exist there", names(a))
	}
}

func withheld(t *testing.T, b *Bench) {
	b.put(t, "CRM", Person("1", "Anna", london1))
	for _, p := range []phone.Presentation{phone.Anonymous, phone.Unavailable} {
		before := b.requests()
		_, err := b.Recognizer.Recognize(t.Context(), recognition.Query{Number: phone.WithheldNumber(p)})
		if !errors.Is(err, recognition.ErrWithheld) {
			t.Errorf("a withheld number gives %v", err)
		}
		if n := b.requests() - before; n != 0 {
			t.Errorf("%d requests for a number that is not there", n)
		}
	}
}

func (b *Bench) requests() int64 {
	if b.Requests == nil {
		return 0
	}
	return b.Requests()
}

func internal(t *testing.T, b *Bench) {
	b.put(t, "CRM", Person("1", "Anna", london1))
	n := Number(t, "201")
	if n.E164() != "" {
		t.Fatalf("201 should be an internal number here, not %s", n.E164())
	}
	if a := b.query(t, recognition.Query{Number: n}); len(a.Matches) != 0 {
		t.Errorf("an internal number found %v", names(a))
	}
	if a := b.query(t, recognition.Query{}); len(a.Matches) != 0 {
		t.Errorf("no number at all found %v", names(a))
	}
}

func scripts(t *testing.T, b *Bench) {
	script := func(id string, w recognition.When) recognition.Script {
		return recognition.Script{ID: id, Name: "Script " + id, When: w,
			Params:  map[string]string{"base": "https://crm.example.org"},
			Allowed: recognition.Allowed{Origins: []string{"https://crm.example.org"}}}
	}
	b.put(t, "CRM", Person("1", "Anna", london1))
	b.SetScripts(t,
		script("a-all", recognition.When{}),
		script("b-in", recognition.When{Directions: []string{"in"}}),
		script("c-out", recognition.When{Directions: []string{"out"}}),
		script("d-known", recognition.When{Known: "known", Events: []string{"answered"}}),
		script("e-unknown-in", recognition.When{Known: "unknown", Directions: []string{"in"}}),
	)
	b.settle()
	for _, test := range []struct {
		number   string
		outgoing bool
		want     string
	}{
		{london1, false, "a-all b-in d-known"},
		{london1, true, "a-all c-out d-known"},
		{london2, false, "a-all b-in e-unknown-in"},
		{london2, true, "a-all c-out"},
		{london1, false, "a-all b-in d-known"}, // once more: a kept answer keeps directions apart
	} {
		a := b.query(t, recognition.Query{Number: Number(t, test.number), Outgoing: test.outgoing})
		var ids []string
		for _, s := range a.Scripts {
			ids = append(ids, s.ID)
			if !strings.HasPrefix(s.Digest, "sha256:") || s.Params["base"] == "" || len(s.Allowed.Origins) != 1 || s.Name == "" {
				t.Errorf("script %+v is not as it was set", s)
			}
		}
		if got := strings.Join(ids, " "); got != test.want {
			t.Errorf("%s outgoing=%v: scripts %q, want %q", test.number, test.outgoing, got, test.want)
		}
	}
	b.SetScripts(t)
	b.settle()
	if a := b.ask(t, london1); len(a.Scripts) != 0 {
		t.Errorf("scripts that were removed are still named: %v", a.Scripts)
	}
}

func cancelled(t *testing.T, b *Bench) {
	b.put(t, "CRM", Person("1", "Anna", london1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.Recognizer.Recognize(ctx, recognition.Query{Number: Number(t, london1)})
	if !isCancelled(err) {
		t.Errorf("a caller who gave up gets %v", err)
	}
	b.ask(t, london1) // and the next one his answer
}

func anyText(t *testing.T, b *Bench) {
	texts := []string{
		strings.Repeat("é", recognition.MaxNameBytes/2),
		"<b>Anna</b> & \"Söhne\" 'x'",
		"\u202eevil\u202c \u2066x\u2069",
		"日本語 🇬🇧 👩‍💻 Z̷͎a̸l̶g̷o̸",
		"line\nbreak\ttab\x00nul\u2028\ufeff",
		" ",
	}
	r := Person("id with / % ? # \u00fc \x00", "", london1)
	for _, text := range texts {
		r.Fields = append(r.Fields, recognition.Field{Label: "Note", Value: text})
	}
	r.Fields = append(r.Fields, recognition.Field{Label: "Long", Value: strings.Repeat("ab\"\\", recognition.MaxValueBytes/4)})
	r.Params = map[string]string{"": "", "ключ": "значение", "q": "a&b=c"}
	for _, name := range texts {
		r.Name = name
		b.put(t, "CRM", r)
		a := b.ask(t, london1)
		if len(a.Matches) != 1 {
			t.Fatalf("%d matches", len(a.Matches))
		}
		m := a.Matches[0]
		if m.Name != name || m.RecordID != r.ID || !reflect.DeepEqual(m.Fields, r.Fields) || !reflect.DeepEqual(m.Params, r.Params) {
			t.Errorf("text changed on its way: %+q", m)
		}
	}
}

func manyAtOnce(t *testing.T, b *Bench) {
	people := []string{london1, london2, berlin}
	for _, n := range people {
		b.put(t, "CRM", Person(n, n, n))
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 20 {
				n := people[(i+j)%len(people)]
				a, err := b.Recognizer.Recognize(t.Context(), recognition.Query{Number: Number(t, n)})
				if err != nil || len(a.Matches) != 1 || a.Matches[0].Name != n {
					t.Errorf("%d matches, %v", len(a.Matches), err)
				}
			}
		})
	}
	all.Wait()
}
