//go:build system && linux

package telhandler_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/ctiagent/desktop/desktoptest"
	"example.org/ctiagent/desktop/telhandler"
)

// TestMain is also the program that is registered: it writes down how it was
// called, one argument a line.
func TestMain(m *testing.M) {
	if out := os.Getenv("TELHANDLER_TEST_OUT"); out != "" && len(os.Args) > 1 && os.Args[1] == telhandler.Verb {
		text := strings.Join(os.Args[1:], "\n") + "\n"
		if os.WriteFile(out+"~", []byte(text), 0o600) != nil || os.Rename(out+"~", out) != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestXdgOpenCallsUsWithTheLink(t *testing.T) {
	s := desktoptest.NewSession(t).UseDisplay(desktoptest.NewDisplay(t))
	for _, v := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"} {
		t.Setenv(v, s.Get(v))
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := telhandler.Register(exe); err != nil {
		t.Fatal(err)
	}
	st, err := telhandler.Current()
	if err != nil || !st.IsDefault() || st.Exe != exe {
		t.Fatalf("status %+v, %v", st, err)
	}
	entry := filepath.Join(s.Get("XDG_DATA_HOME"), "applications", "ctiagent-uri.desktop")
	run(t, s, "desktop-file-validate", "desktop-file-utils", entry)
	for _, scheme := range []string{"tel", "callto", "sip"} {
		if got := run(t, s, "xdg-mime", "xdg-utils", "query", "default", "x-scheme-handler/"+scheme); got != "ctiagent-uri.desktop\n" {
			t.Errorf("xdg-mime says %s goes to %q", scheme, got)
		}
	}
	s.Set("GORACE", "atexit_sleep_ms=0") // or each child takes a second to end
	for i, link := range []string{
		"tel:+442079460123",
		"tel:+44-20-7946.0(123);ext=12",
		"tel:+44%2020%207946%200123",
		"callto:02079460123",
		"sip:+442079460123@pbx.example.org;user=phone",
		"tel:*21%23",
		"tel:+442079460123;x=$(id)`id`'\"&|",
	} {
		out := filepath.Join(s.Dir, fmt.Sprint("out", i))
		s.Set("TELHANDLER_TEST_OUT", out)
		run(t, s, "xdg-open", "xdg-utils", link)
		if got, want := read(t, out), telhandler.Verb+"\n"+link+"\n"; got != want {
			t.Errorf("called with %q, want %q", got, want)
		}
	}
	if err := telhandler.Unregister(); err != nil {
		t.Fatal(err)
	}
	if got := run(t, s, "xdg-mime", "xdg-utils", "query", "default", "x-scheme-handler/tel"); strings.Contains(got, "ctiagent") {
		t.Errorf("after Unregister xdg-mime says %q", got)
	}
}

func run(t *testing.T, s *desktoptest.Session, name, debian string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed: it is in the Debian package %s", name, debian)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env, cmd.Dir = s.Env(), s.Dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, out)
	}
	return string(out)
}

// read waits for the file, which the program writes after xdg-open may have
// ended.
func read(t *testing.T, path string) string {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		b, err := os.ReadFile(path)
		if err == nil {
			return string(b)
		}
		if time.Now().After(deadline) {
			t.Fatal("the program was not called:", err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
