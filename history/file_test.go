package history

import (
	"encoding/binary"
	"os"
	"testing"
)

// bounds gives the offsets at which records end, the header's end first.
func bounds(b []byte) []int {
	ends := []int{headSize}
	for at := headSize; at+4 <= len(b); {
		at += 4 + int(binary.BigEndian.Uint32(b[at:]))
		ends = append(ends, at)
	}
	return ends
}

// A crash can end the file anywhere in the last record, or leave zeros there.
func TestUnfinishedWriteIsMended(t *testing.T) {
	d := newDesk(t)
	b := d.open()
	d.add(b, ada)
	d.add(b, ben)
	d.add(b, cem)
	_ = b.Close()
	whole := d.content()
	ends := bounds(whole)
	lastStart := ends[len(ends)-2]
	middle := (lastStart + len(whole)) / 2
	// In the length, between the parts, in the content, before its end.
	for i, cut := range []int{lastStart, lastStart + 1, lastStart + 3, lastStart + 4, lastStart + 28, middle, middle + 1, len(whole) - 1} {
		damaged := append([]byte(nil), whole[:cut]...)
		if i%2 == 1 { // some file systems give the length but not the content
			damaged = append(damaged, make([]byte, len(whole)-cut)...)
		}
		if err := os.WriteFile(d.opts.Path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := Open(d.opts)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if got := names(b.Find(Query{})); got != "Ben Ada" {
			t.Fatalf("cut at %d: %s", cut, got)
		}
		if i >= 4 { // writing goes on where the last good record ends
			d.add(b, dora)
			_ = b.Close()
			b = d.open()
			if got := names(b.Find(Query{})); got != "Dora Ben Ada" {
				t.Fatalf("cut at %d, then a call: %s", cut, got)
			}
		}
		_ = b.Close()
	}
	if d.log.Len() == 0 {
		t.Error("nothing was said about it")
	}
}

func TestDamageInTheMiddleLosesOneCall(t *testing.T) {
	d := newDesk(t)
	b := d.open()
	for _, e := range []Entry{ada, ben, cem} {
		d.add(b, e)
	}
	_ = b.Close()
	whole := d.content()
	ends := bounds(whole)
	whole[ends[2]+40] ^= 1 // in the second call
	if err := os.WriteFile(d.opts.Path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	b = d.open()
	if got := names(b.Find(Query{})); got != "Cem Ada" {
		t.Errorf("%s", got)
	}
	d.add(b, dora)
	_ = b.Close()
	if got := names(d.open().Find(Query{})); got != "Dora Cem Ada" {
		t.Errorf("%s", got)
	}
}

// Records that are moved, repeated, left out or brought in from another file
// are not believed.
func TestRecordsStayInTheirPlace(t *testing.T) {
	d := newDesk(t)
	b := d.open()
	for _, e := range []Entry{ada, ben, cem} {
		d.add(b, e)
	}
	_ = b.Close()
	whole := d.content()
	e := bounds(whole)
	piece := func(i int) []byte { return whole[e[i]:e[i+1]] }
	join := func(parts ...[]byte) (out []byte) {
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	head, first := whole[:e[0]], piece(0)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"as it is": {whole, "Cem Ben Ada"},
		"swapped":  {join(head, first, piece(2), piece(1), piece(3)), "Cem"},
		"repeated": {join(head, first, piece(1), piece(1), piece(1), piece(1)), "Ada"},
		"left out": {join(head, first, piece(2), piece(3)), ""},
	} {
		if err := os.WriteFile(d.opts.Path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := Open(d.opts)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := names(b.Find(Query{})); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		_ = b.Close()
	}
}

// A write that fails must not lose what was there, nor stop later writes.
func TestFailedRewriteKeepsTheOldFile(t *testing.T) {
	d := newDesk(t)
	b := d.open()
	e := d.add(b, ada)
	d.add(b, ben)
	dir := d.opts.Path
	b.opts.Path = dir + "/no/such\x00place" // no name a file can have
	if err := b.Forget(e.ID); err == nil {
		t.Fatal("forgetting succeeded nowhere")
	}
	b.opts.Path = dir
	d.add(b, cem)
	_ = b.Close()
	if got := names(d.open().Find(Query{})); got != "Cem Ben Ada" && got != "Cem Ben" {
		t.Errorf("%s", got)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(magic + "0123456789abcdef"))
	f.Add([]byte(magic + "0123456789abcdef\x00\x00\x00\x28aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, content []byte) {
		d := newDesk(t)
		d.open()
		if err := os.WriteFile(d.opts.Path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if b, err := Open(d.opts); err == nil {
			_ = b.Close()
			t.Fatal("a file sealed with no key of ours was opened")
		}
		if got, _ := os.ReadFile(d.opts.Path); string(got) != string(content) {
			t.Fatal("a file that is not ours was changed")
		}
	})
}
