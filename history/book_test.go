package history

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/ctiagent/credstore"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// keys is a store of secrets that outlives a Book, as a keyring does.
type keys struct {
	*credstore.Memory
	err error
}

func (k *keys) Kind() string { return credstore.KindKeyring }
func (k *keys) Get(name string) (credstore.Secret, error) {
	if k.err != nil {
		return credstore.Secret{}, k.err
	}
	return k.Memory.Get(name)
}

// desk is one user's place: a folder, a keyring and a clock.
type desk struct {
	t    *testing.T
	opts Options
	now  time.Time
	log  bytes.Buffer
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, now: start}
	d.opts = Options{
		Path: filepath.Join(t.TempDir(), "history"),
		Keys: &keys{Memory: credstore.NewMemory()},
		Days: 90,
		Now:  func() time.Time { return d.now },
		Log:  slog.New(slog.NewTextHandler(&d.log, nil)),
	}
	return d
}

func (d *desk) open() *Book {
	d.t.Helper()
	b, err := Open(d.opts)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = b.Close() })
	return b
}

func (d *desk) add(b *Book, e Entry) Entry {
	d.t.Helper()
	d.now = d.now.Add(time.Minute)
	if e.At.IsZero() {
		e.At = d.now
	}
	e, err := b.Add(e)
	if err != nil {
		d.t.Fatal(err)
	}
	return e
}

func (d *desk) content() []byte {
	d.t.Helper()
	b, err := os.ReadFile(d.opts.Path)
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

func names(p Page) string {
	var out []string
	for _, e := range p.Entries {
		out = append(out, e.Name)
	}
	return strings.Join(out, " ")
}

var (
	ada  = Entry{Name: "Ada", Detail: "Example Instruments Ltd", NumberKey: "+442079460123", NumberText: "+44 20 7946 0123", Result: Answered, Duration: 134 * time.Second}
	ben  = Entry{Name: "Ben", Detail: "Müller & Söhne", NumberKey: "+493023125123", NumberText: "+49 30 23125 123", Result: Missed, Rang: 21 * time.Second}
	cem  = Entry{Name: "Cem", Detail: "3M Depot", NumberKey: "+33199001234", Result: Answered, Outgoing: true}
	dora = Entry{Name: "Dora", NumberKey: "local:2107", NumberText: "2107", Result: Elsewhere}
)

func TestKeepsWhatHappened(t *testing.T) {
	d := newDesk(t)
	b := d.open()
	want := d.add(b, ada)
	d.add(b, ben)
	if err := b.SetChoice("+442079460123", "crm", "10432"); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = d.open()
	p := b.Find(Query{})
	if names(p) != "Ben Ada" || p.Missed != 1 || p.More {
		t.Errorf("%+v", p)
	}
	if got := p.Entries[1]; got != want {
		t.Errorf("%+v became %+v", want, got)
	}
	if source, id, ok := b.Choice("+442079460123"); !ok || source != "crm" || id != "10432" {
		t.Errorf("the choice is %s %s %v", source, id, ok)
	}
	if _, _, ok := b.Choice("+493023125123"); ok {
		t.Error("a choice that nobody made")
	}
	if b.Reason() != ReasonNone {
		t.Errorf("Reason is %q", b.Reason())
	}
}

func TestNothingInPlainText(t *testing.T) {
	d := newDesk(t)
	b := d.open()
	d.add(b, ada)
	_ = b.SetChoice(ada.NumberKey, "crm-source", "record-10432")
	for _, word := range []string{"Ada", "Instruments", "7946", "answered", "crm-source", "10432", "add"} {
		if bytes.Contains(d.content(), []byte(word)) {
			t.Errorf("%q stands in the file", word)
		}
	}
	if info, err := os.Stat(d.opts.Path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read it: %v, %v", info.Mode(), err)
	}
}

func TestAnEntryWithTheSameIDReplaces(t *testing.T) {
	d := newDesk(t)
	b := d.open()
	e := d.add(b, ada)
	e.Name, e.Result = "Ada Example", Missed
	d.add(b, e)
	_ = b.Close()
	if p := d.open().Find(Query{}); len(p.Entries) != 1 || p.Entries[0].Name != "Ada Example" || p.Missed != 1 {
		t.Errorf("%+v", p)
	}
}

func TestFind(t *testing.T) {
	d := newDesk(t)
	b := d.open()
	for _, e := range []Entry{ada, ben, cem, dora} {
		d.add(b, e)
	}
	for _, c := range []struct{ text, filter, want string }{
		{"", "", "Dora Cem Ben Ada"},
		{"", OnlyMiss, "Ben"},
		{"", OnlyIn, "Dora Ben Ada"},
		{"", OnlyOut, "Cem"},
		{"ada", "", "Ada"},
		{" ADA ", "", "Ada"},
		{"instruments", "", "Ada"},
		{"muller", "", "Ben"},
		{"MÜLLER", "", "Ben"},
		{"söhne", "", "Ben"},
		{"3m", "", "Cem"},
		{"+44 20 7946 0123", "", "Ada"},
		{"+44 (0)20 7946-0123", "", "Ada"},
		{"0044 20 79460123", "", "Ada"},
		{"020 7946 0123", "", "Ada"},
		{"0123", "", "Cem Ben Ada"}, // a leading 0 may be a trunk prefix
		{"7946", "", "Ada"},
		{"2107", "", "Dora"},
		{"030/23125", "", "Ben"},
		{"01.99.00.12.34", "", "Cem"},
		{"nobody", "", ""},
		{"999999", "", ""},
		{"a", OnlyOut, ""},
		{"%", "", ""},
	} {
		if got := names(b.Find(Query{Text: c.text, Filter: c.filter})); got != c.want {
			t.Errorf("%q %s: %q, want %q", c.text, c.filter, got, c.want)
		}
	}
}

func TestPages(t *testing.T) {
	d := newDesk(t)
	b := d.open()
	for i := range 25 {
		d.add(b, Entry{Name: fmt.Sprint(i), Result: Answered})
	}
	var seen []string
	q := Query{Limit: 10}
	for pages := 0; ; pages++ {
		p := b.Find(q)
		for _, e := range p.Entries {
			seen = append(seen, e.Name)
		}
		if !p.More {
			break
		}
		if pages > 3 {
			t.Fatal("there is always more")
		}
		q.Before = p.Entries[len(p.Entries)-1].ID
		if pages == 0 { // a call that comes meanwhile moves nothing
			d.add(b, Entry{Name: "new", Result: Answered})
		}
	}
	if len(seen) != 25 || seen[0] != "24" || seen[24] != "0" || len(slices.Compact(seen)) != 25 {
		t.Errorf("%v", seen)
	}
	if p := b.Find(Query{Before: "gone"}); len(p.Entries) != 0 || p.More {
		t.Errorf("%+v", p)
	}
}

func TestSeen(t *testing.T) {
	d := newDesk(t)
	b := d.open()
	d.add(b, ben)
	d.add(b, ben)
	if b.MissedUnseen() != 2 {
		t.Errorf("%d", b.MissedUnseen())
	}
	if err := b.MarkSeen(); err != nil {
		t.Fatal(err)
	}
	d.add(b, ben)
	_ = b.Close()
	b = d.open()
	if b.MissedUnseen() != 1 || b.Find(Query{}).Missed != 3 {
		t.Errorf("%d unseen of %d", b.MissedUnseen(), b.Find(Query{}).Missed)
	}
}

func TestForget(t *testing.T) {
	d := newDesk(t)
	b := d.open()
	first := d.add(b, ada)
	d.add(b, ben)
	d.add(b, ada)
	_ = b.SetChoice(ada.NumberKey, "crm", "1")
	before := len(d.content())
	if err := b.Forget(first.ID); err != nil {
		t.Fatal(err)
	}
	if len(d.content()) >= before {
		t.Error("the file did not shrink: the call is still in it")
	}
	if err := b.Forget("gone"); err != nil {
		t.Errorf("forgetting what is gone: %v", err)
	}
	if err := b.ForgetNumber(ada.NumberKey); err != nil {
		t.Fatal(err)
	}
	d.add(b, cem) // writing goes on in the new file
	_ = b.Close()
	b = d.open()
	if names(b.Find(Query{})) != "Cem Ben" {
		t.Errorf("%s", names(b.Find(Query{})))
	}
	if _, _, ok := b.Choice(ada.NumberKey); ok {
		t.Error("the choice for the number is still there")
	}
}

func TestClearDestroysTheKey(t *testing.T) {
	d := newDesk(t)
	b := d.open()
	d.add(b, ada)
	old := d.content()
	before, _ := d.opts.Keys.Get(KeyName)
	if err := b.Clear(); err != nil {
		t.Fatal(err)
	}
	after, err := d.opts.Keys.Get(KeyName)
	if err != nil || after.Reveal() == before.Reveal() {
		t.Errorf("the key is the same: %v", err)
	}
	d.add(b, ben)
	_ = b.Close()
	if b = d.open(); names(b.Find(Query{})) != "Ben" {
		t.Errorf("%s", names(b.Find(Query{})))
	}
	_ = b.Close()
	// Somebody brings an old copy back.
	if err := os.WriteFile(d.opts.Path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(d.opts); !errors.Is(err, ErrWrongKey) {
		t.Errorf("an old copy can be read: %v", err)
	}
}

func TestRetention(t *testing.T) {
	d := newDesk(t)
	d.opts.Days = 30
	b := d.open()
	d.add(b, ada)
	_ = b.SetChoice(ada.NumberKey, "crm", "1")
	d.now = d.now.AddDate(0, 0, 20)
	d.add(b, ben)
	d.now = d.now.AddDate(0, 0, 11)
	d.add(b, cem) // trims, a day having passed
	if names(b.Find(Query{})) != "Cem Ben" {
		t.Errorf("%s", names(b.Find(Query{})))
	}
	if _, _, ok := b.Choice(ada.NumberKey); ok {
		t.Error("the old choice is still there")
	}
	_ = b.Close()
	d.now = d.now.AddDate(0, 0, 25)
	before := len(d.content())
	if b = d.open(); names(b.Find(Query{})) != "Cem" || len(d.content()) >= before {
		t.Errorf("%s", names(b.Find(Query{})))
	}
	d.now = d.now.AddDate(0, 0, 31)
	if err := b.Trim(); err != nil || len(b.Find(Query{}).Entries) != 0 {
		t.Errorf("%v", err)
	}
}

func TestWrongKeyNeverOverwrites(t *testing.T) {
	for name, lose := range map[string]func(*desk){
		"another key": func(d *desk) {
			_ = d.opts.Keys.Set(KeyName, credstore.NewSecret(strings.Repeat("ab", 32)))
		},
		"no key":        func(d *desk) { _ = d.opts.Keys.Delete(KeyName) },
		"no key at all": func(d *desk) { _ = d.opts.Keys.Set(KeyName, credstore.NewSecret("nonsense")) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			b := d.open()
			d.add(b, ada)
			_ = b.Close()
			lose(d)
			before := d.content()
			if _, err := Open(d.opts); !errors.Is(err, ErrWrongKey) {
				t.Fatalf("%v", err)
			}
			if !bytes.Equal(d.content(), before) {
				t.Fatal("the file was changed")
			}
			b, moved, err := StartAnew(d.opts)
			if err != nil {
				t.Fatal(err)
			}
			if kept, err := os.ReadFile(moved); err != nil || !bytes.Equal(kept, before) {
				t.Errorf("the old file is not kept: %v", err)
			}
			d.add(b, ben)
			_ = b.Close()
			if names(d.open().Find(Query{})) != "Ben" {
				t.Error("the new history does not work")
			}
		})
	}
}

func TestNotAHistory(t *testing.T) {
	for _, text := range []string{"", "x", "some other file that somebody put here", magic, magic + "0123456789abcdef"} {
		d := newDesk(t)
		d.open()
		if err := os.WriteFile(d.opts.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(d.opts); !errors.Is(err, ErrNotHistory) {
			t.Errorf("%q: %v", text, err)
		}
		if string(d.content()) != text {
			t.Errorf("%q was changed", text)
		}
	}
}

func TestMemoryOnly(t *testing.T) {
	d := newDesk(t)
	for want, change := range map[string]func(*Options){
		ReasonChosen:    func(o *Options) { o.Path = "" },
		ReasonSession:   func(o *Options) { o.Keys = credstore.NewMemory() },
		ReasonNoKeyring: func(o *Options) { o.Keys = &keys{Memory: credstore.NewMemory(), err: credstore.ErrNoKeyring} },
		ReasonLocked:    func(o *Options) { o.Keys = &keys{Memory: credstore.NewMemory(), err: credstore.ErrLocked} },
	} {
		o := d.opts
		change(&o)
		b, err := Open(o)
		if err != nil || b.Reason() != want {
			t.Errorf("%s: %v", want, err)
			continue
		}
		e, err := b.Add(ada)
		if err != nil || names(b.Find(Query{})) != "Ada" {
			t.Errorf("%s: %v", want, err)
		}
		if err := errors.Join(b.SetChoice("x", "y", "z"), b.MarkSeen(), b.Forget(e.ID), b.ForgetNumber("x"), b.Trim(), b.Clear(), b.Close()); err != nil {
			t.Errorf("%s: %v", want, err)
		}
		if _, err := os.Stat(d.opts.Path); err == nil {
			t.Errorf("%s: a file was written", want)
		}
	}
}

func TestManyCallsAreFoundQuickly(t *testing.T) {
	b, err := Open(Options{Now: func() time.Time { return start }})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, b, 20_000)
	before := time.Now()
	if p := b.Find(Query{Text: "no such person"}); len(p.Entries) != 0 {
		t.Error("found")
	}
	// Milliseconds, even on a busy machine with the race detector.
	if took := time.Since(before); took > 500*time.Millisecond {
		t.Errorf("it took %v", took)
	}
}

func fill(tb testing.TB, b *Book, n int) {
	tb.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range n {
		b.insert(Entry{ID: fmt.Sprint(i), At: start.Add(time.Duration(i-n) * time.Second), Result: Answered,
			Name: fmt.Sprintf("Person %d", i), Detail: "Example Instruments Ltd", NumberKey: fmt.Sprintf("+4420794%05d", i)})
	}
}

func BenchmarkFind(b *testing.B) {
	book, err := Open(Options{Now: func() time.Time { return start }})
	if err != nil {
		b.Fatal(err)
	}
	fill(b, book, 10_000)
	for _, text := range []string{"", "person 42", "no such person", "7946 000"} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				book.Find(Query{Text: text, Limit: 50})
			}
		})
	}
}

// BenchmarkOpen reads a history of 10,000 calls from the disk.
func BenchmarkOpen(b *testing.B) {
	o := Options{Path: filepath.Join(b.TempDir(), "history"), Keys: &keys{Memory: credstore.NewMemory()}, Now: func() time.Time { return start }}
	book, err := Open(o)
	if err != nil {
		b.Fatal(err)
	}
	fill(b, book, 10_000)
	if err := errors.Join(book.rewrite(), book.Close()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		book, err := Open(o)
		if err != nil || len(book.rows) != 10_000 {
			b.Fatal(len(book.rows), err)
		}
		_ = book.Close()
	}
}
