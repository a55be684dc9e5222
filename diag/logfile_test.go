package diag

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func openLog(t *testing.T, path string, size int64) *LogFile {
	t.Helper()
	l, err := OpenLog(path, size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func write(t *testing.T, l *LogFile, text string) {
	t.Helper()
	if n, err := l.Write([]byte(text)); err != nil || n != len(text) {
		t.Fatalf("wrote %d of %d: %v", n, len(text), err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestLogFileKeepsOneOldLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	if err := os.WriteFile(path, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := openLog(t, path, 16)
	write(t, l, "one\n")
	if got := content(t, path); got != "before\none\n" {
		t.Errorf("not appended: %q", got)
	}
	write(t, l, "two two\n")
	if got := content(t, path) + "|" + content(t, path+OldLog); got != "two two\n|before\none\n" {
		t.Errorf("%q", got)
	}
	write(t, l, strings.Repeat("x", 100)) // larger than a log: whole, and alone
	write(t, l, "four\n")
	if got := content(t, path) + "|" + content(t, path+OldLog); got != "four\n|"+strings.Repeat("x", 100) {
		t.Errorf("%q", got)
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 2 {
		t.Errorf("%d files, %v", len(files), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read it: %v, %v", info.Mode(), err)
	}
}

// A full log that cannot be put aside goes on.
func TestLogFileGoesOnWhereItCannotRename(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	if err := os.MkdirAll(filepath.Join(path+OldLog, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	l := openLog(t, path, 8)
	want := ""
	for i := range 10 {
		line := fmt.Sprintf("line %d\n", i)
		write(t, l, line)
		want += line
	}
	if got := content(t, path); got != want {
		t.Errorf("%q", got)
	}
}

func TestLogFileIsForManyWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	l := openLog(t, path, 4000)
	const writers, lines = 8, 100
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for range lines {
				fmt.Fprintf(l, "%s\n", strings.Repeat(string(rune('a'+w)), 9))
			}
		})
	}
	wg.Wait()
	for _, file := range []string{path, path + OldLog} {
		text := []byte(content(t, file))
		if len(text) > 4000 {
			t.Errorf("%s has %d bytes", file, len(text))
		}
		for line := range bytes.Lines(text) {
			if len(line) != 10 || bytes.Count(line, line[:1]) != 9 {
				t.Fatalf("a torn line: %q", line)
			}
		}
	}
}

func TestLogFileClosed(t *testing.T) {
	l := openLog(t, filepath.Join(t.TempDir(), "a.log"), 10)
	if err := errors.Join(l.Close(), l.Close()); err != nil {
		t.Error(err)
	}
	if _, err := l.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v", err)
	}
	if _, err := OpenLog(t.TempDir(), 10); err == nil {
		t.Error("a directory is no log")
	}
}
