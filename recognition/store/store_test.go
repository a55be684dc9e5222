package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/account"
	"example.org/ctiagent/recognition/store"
)

func openContacts(t *testing.T, path string) store.Contacts {
	t.Helper()
	c, err := store.OpenContacts(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func closing(t *testing.T, c interface{ Close() error }) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

func person(i int) recognition.Record {
	return recognition.Record{
		ID: fmt.Sprint(i), Name: fmt.Sprintf("Recognisable Person %d", i),
		Fields:  []recognition.Field{{Label: "Secret", Value: fmt.Sprintf("Unmistakable-%d", i)}},
		Numbers: []recognition.RecordNumber{{E164: fmt.Sprintf("+4420794%05d", i), Field: "Mobile"}},
	}
}

func people(n int) []recognition.Record {
	var out []recognition.Record
	for i := range n {
		out = append(out, person(i))
	}
	return out
}

func find(t *testing.T, c store.Contacts, e164 string) []recognition.Match {
	t.Helper()
	key, ok := recognition.E164Key(e164)
	if !ok {
		t.Fatal(e164)
	}
	m, err := c.Find(t.Context(), store.Key{Number: key})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Migrations are append-only: a file that was released never changes. A new
// file is added here with its hash; an old line is never edited.
func TestMigrationsAreFrozen(t *testing.T) {
	frozen := map[string]string{
		"contacts/0001_contacts.sql": "6ffaa7c7b233f459",
		"settings/0001_settings.sql": "5b3a6047a62b39c2",
	}
	files, err := filepath.Glob("migrations/*/*.sql")
	if err != nil || len(files) != len(frozen) {
		t.Fatalf("%d migrations, %d are frozen: %v", len(files), len(frozen), err)
	}
	for name, want := range frozen {
		text, err := os.ReadFile(filepath.Join("migrations", name))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(text)
		if got := hex.EncodeToString(sum[:8]); got != want {
			t.Errorf("%s was changed after its release (%s); add another migration instead", name, got)
		}
	}
}

func TestKeptOverARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "acme.db")
	c := openContacts(t, path)
	if err := c.Put(t.Context(), "CRM", people(3)); err != nil {
		t.Fatal(err)
	}
	closing(t, c)
	c = openContacts(t, path)
	defer closing(t, c)
	if m := find(t, c, "+442079400001"); len(m) != 1 || m[0].Name != "Recognisable Person 1" {
		t.Errorf("%+v", m)
	}
	if err := c.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// sqlText runs statements on a file as another program would.
func sqlText(t *testing.T, path, text string) {
	t.Helper()
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, c)
	if err := sqlitex.ExecuteScript(c, text, nil); err != nil {
		t.Fatal(err)
	}
}

func TestRefusedFiles(t *testing.T) {
	dir := t.TempDir()
	newer := filepath.Join(dir, "newer.db")
	closing(t, openContacts(t, newer))
	sqlText(t, newer, "PRAGMA user_version = 99;")
	_, err := store.OpenContacts(t.Context(), newer)
	if !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "install the newer version") {
		t.Errorf("a newer file: %v", err)
	}

	contacts := filepath.Join(dir, "contacts.db")
	closing(t, openContacts(t, contacts))
	if _, err := store.OpenSettings(contacts); !errors.Is(err, store.ErrForeign) {
		t.Errorf("contacts as settings: %v", err)
	}

	foreign := filepath.Join(dir, "foreign.db")
	sqlText(t, foreign, "PRAGMA user_version = 1; CREATE TABLE x (y);")
	if _, err := store.OpenContacts(t.Context(), foreign); !errors.Is(err, store.ErrForeign) {
		t.Errorf("a foreign file: %v", err)
	}

	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.OpenContacts(t.Context(), garbage); err == nil {
		t.Error("garbage was opened")
	}

	if _, err := store.OpenContacts(t.Context(), filepath.Join(dir, "no", "such", "dir.db")); err == nil {
		t.Error("a file in no directory was opened")
	}
}

// leftovers counts the files of a directory that hold a text.
func leftovers(t *testing.T, dir, text string) (n int) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(b, []byte(text))
	}
	return n
}

// After a drop, and after a removal, nothing of the people is in any file, the
// log included, while the store is still open.
func TestDeletedIsGone(t *testing.T) {
	dir := t.TempDir()
	c := openContacts(t, filepath.Join(dir, "acme.db"))
	defer closing(t, c)
	if err := c.Put(t.Context(), "CRM", people(2000)); err != nil {
		t.Fatal(err)
	}
	if leftovers(t, dir, "Unmistakable-") == 0 {
		t.Fatal("the search would find nothing anyway")
	}
	if err := c.Remove(t.Context(), "CRM", []string{"7"}); err != nil {
		t.Fatal(err)
	}
	if n := leftovers(t, dir, "Unmistakable-7\""); n != 0 {
		t.Errorf("%d copies of a removed record", n)
	}
	if err := c.Drop(t.Context(), "CRM"); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"Unmistakable-", "Recognisable", "CRM"} {
		if n := leftovers(t, dir, text); n != 0 {
			t.Errorf("%d copies of %q after the drop", n, text)
		}
	}
}

// A drop that is cut off has stopped lookups all the same, and the rest goes
// when the store is opened again.
func TestDropCutOff(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "acme.db")
	c := openContacts(t, path)
	if err := c.Put(t.Context(), "CRM", people(2200)); err != nil {
		t.Fatal(err)
	}
	ctx := &endsAfter{Context: t.Context(), asks: 4}
	if err := c.Drop(ctx, "CRM"); !errors.Is(err, context.Canceled) {
		t.Fatalf("the drop was not cut off: %v", err)
	}
	if m := find(t, c, "+442079400999"); len(m) != 0 {
		t.Errorf("still found: %+v", m)
	}
	closing(t, c)
	if leftovers(t, dir, "Unmistakable-999") == 0 {
		t.Fatal("the drop was over before it could be cut off")
	}
	closing(t, openContacts(t, path))
	if n := leftovers(t, dir, "Unmistakable-"); n != 0 {
		t.Errorf("%d copies after the next start", n)
	}
}

// endsAfter is a context that ends when it has been asked a few times: at a
// known place, whatever the speed of the machine.
type endsAfter struct {
	context.Context
	asks int
}

func (e *endsAfter) Err() error {
	if e.asks--; e.asks < 0 {
		return context.Canceled
	}
	return nil
}

// Generations rise with every change and with those of other processes, and
// only then.
func TestGeneration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "acme.db")
	one, two := openContacts(t, path), openContacts(t, path)
	defer closing(t, one)
	defer closing(t, two)
	ctx := t.Context()
	g := one.Generation()
	find(t, one, "+442079400001")
	if err := one.Refresh(ctx); err != nil || one.Generation() != g {
		t.Errorf("nothing changed, but the generation did: %v", err)
	}
	if err := two.Put(ctx, "CRM", people(1)); err != nil {
		t.Fatal(err)
	}
	if err := one.Refresh(ctx); err != nil || one.Generation() <= g {
		t.Errorf("a change of another process was not noticed: %v", err)
	}
	if m := find(t, one, "+442079400000"); len(m) != 1 {
		t.Error("and not found")
	}
	g = one.Generation()
	if err := one.Drop(ctx, "CRM"); err != nil || one.Generation() <= g {
		t.Errorf("an own change was not noticed: %v", err)
	}
}

func TestDamageIsReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "acme.db")
	c := openContacts(t, path)
	if err := c.Put(t.Context(), "CRM", people(2000)); err != nil {
		t.Fatal(err)
	}
	closing(t, c)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	for page := int64(8); page < 40; page++ { // over b-tree pages, not the header
		if _, err := f.WriteAt(bytes.Repeat([]byte{0xff}, 64), page*4096); err != nil {
			t.Fatal(err)
		}
	}
	closing(t, f)
	c, err = store.OpenContacts(t.Context(), path)
	if err == nil {
		err = c.Check(t.Context())
		closing(t, c)
	}
	if err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("damage was not found: %v", err)
	}
}

func TestClosed(t *testing.T) {
	c := openContacts(t, filepath.Join(t.TempDir(), "acme.db"))
	closing(t, c)
	if _, err := c.Find(t.Context(), store.Key{Number: 442079400001}); err == nil {
		t.Error("a closed store answers")
	}
	if err := c.Put(t.Context(), "CRM", people(1)); err == nil {
		t.Error("a closed store takes records")
	}
}

func TestSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.db")
	s, err := store.OpenSettings(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, s)
	ctx := t.Context()
	for _, id := range []account.OrganisationID{"acme", "other"} {
		if err := s.CreateOrganisation(ctx, account.Organisation{ID: id, Name: string(id)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.CreateOrganisation(ctx, account.Organisation{ID: "acme"}); !errors.Is(err, account.ErrExists) {
		t.Errorf("an organisation twice: %v", err)
	}
	u := account.User{Organisation: "acme", ID: "1", Name: "anna", Roles: []account.Role{account.Agent}, Created: time.Unix(1_800_000_000, 0).UTC()}
	if err := s.CreateUser(ctx, u, "hash"); err != nil {
		t.Fatal(err)
	}
	twin := u
	twin.Organisation, twin.ID = "other", "2"
	if err := s.CreateUser(ctx, twin, "hash"); !errors.Is(err, account.ErrExists) {
		t.Errorf("a name twice in the service: %v", err)
	}
	twin.Organisation, twin.Name = "nowhere", "bert"
	if err := s.CreateUser(ctx, twin, "hash"); !errors.Is(err, account.ErrNoOrganisation) {
		t.Errorf("a user of no organisation: %v", err)
	}
	got, hash, err := s.UserByName(ctx, "anna")
	if err != nil || hash != "hash" || fmt.Sprint(got) != fmt.Sprint(u) {
		t.Errorf("%+v %q %v", got, hash, err)
	}
	if _, _, err := s.UserByName(ctx, "nobody"); !errors.Is(err, account.ErrNoUser) {
		t.Errorf("%v", err)
	}
	h := account.TokenHash{1}
	if err := s.CreateToken(ctx, account.Token{Hash: h, Organisation: "acme", User: "1", Created: u.Created}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.UserByToken(ctx, h); err != nil || got.Name != "anna" {
		t.Errorf("%+v %v", got, err)
	}
	if err := s.SetDisabled(ctx, "other", "1", true); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UserByToken(ctx, h); err != nil {
		t.Errorf("disabled through another organisation: %v", err)
	}
	if err := s.SetDisabled(ctx, "acme", "1", true); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UserByToken(ctx, h); !errors.Is(err, account.ErrNoUser) {
		t.Errorf("the token of a disabled user: %v", err)
	}

	script := recognition.Script{ID: "a", Digest: recognition.Digest([]byte("x"))}
	if err := s.PutScript(ctx, "acme", script, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := s.PutScript(ctx, "nowhere", script, []byte("x")); !errors.Is(err, account.ErrNoOrganisation) {
		t.Errorf("a script of no organisation: %v", err)
	}
	if body, err := s.ScriptBody(ctx, "acme", script.Digest); err != nil || string(body) != "x" {
		t.Errorf("%q %v", body, err)
	}
	if _, err := s.ScriptBody(ctx, "other", script.Digest); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another organisation's script: %v", err)
	}
	if err := s.RemoveScript(ctx, "acme", "no such"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if err := s.Check(ctx); err != nil {
		t.Error(err)
	}
}

// The point of the engine: what a lookup and a load cost.
func BenchmarkFind(b *testing.B) {
	c, err := store.OpenContacts(b.Context(), filepath.Join(b.TempDir(), "acme.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the benchmark is over
	const n = 100_000
	start := time.Now()
	for i := 0; i < n; i += 1000 {
		var chunk []recognition.Record
		for j := range 1000 {
			chunk = append(chunk, person(i+j))
		}
		if err := c.Put(b.Context(), "CRM", chunk); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("loaded %.0f records/s", n/time.Since(start).Seconds())
	ask := func(base uint64) func(*testing.B) {
		return func(b *testing.B) {
			for i := range b.N {
				if _, err := c.Find(b.Context(), store.Key{Number: base + uint64(i*7919%n)}); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("known", ask(442079400000))
	b.Run("unknown", ask(442089400000))
}
