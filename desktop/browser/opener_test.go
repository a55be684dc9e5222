package browser

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	switch os.Getenv("BROWSER_TEST_CHILD") {
	case "":
		goleak.VerifyTestMain(m)
	case "fail":
		os.Exit(3)
	case "stay":
		time.Sleep(time.Second)
	case "write": // how it was called, one argument a line
		out := os.Getenv("BROWSER_TEST_OUT")
		text := strings.Join(os.Args[1:], "\n") + "\n"
		if os.WriteFile(out+"~", []byte(text), 0o600) != nil || os.Rename(out+"~", out) != nil {
			os.Exit(1)
		}
	}
}

func opener() *Opener { return New(slog.New(slog.DiscardHandler)) }

func TestLinksThatMayBeOpened(t *testing.T) {
	for _, link := range []string{
		"https://crm.example.org/",
		"https://crm.example.org/contact/17?tab=calls&n=%2B442079460123#top",
		"https://xn--bcher-kva.example.org:8443/a;b=(c)",
		"https://192.0.2.7/",
		"https://[2001:db8::1]:8443/x",
		"http://127.0.0.1:8080/contact?id=1",
		"http://[::1]:8080/",
		"http://10.1.2.3/crm",
	} {
		if err := checkLink(link); err != nil {
			t.Errorf("%s: %v", link, err)
		}
	}
}

func TestLinksThatAreNeverOpened(t *testing.T) {
	for _, link := range []string{
		"", "crm.example.org", "//crm.example.org/", "/etc/passwd", "-option", "--help",
		"javascript:alert(1)", "file:///etc/passwd", "FILE:///c:/x", "smb://host/share", "ftp://example.org/",
		"ms-msdt:/id", "search-ms:query=x", "data:text/html,x", "vbscript:x", "tel:112", "mailto:a@example.org",
		`\\evil\share`, `https:\\evil.example.org`, "https:evil.test", "https:///evil.test", "https://",
		"HTTPS://crm.example.org/", "https://CRM.example.org/",
		"http://crm.example.org/", "http://localhost/", "http://192.0.2.7/", "http://169.254.169.254/",
		"https://user@crm.example.org/", "https://user:pw@crm.example.org/", "https://crm.example.org@evil.test/",
		"https://0x7f.1/", "https://127.1/", "https://2130706433/", "https://017700000001/", "https://1.2.3.0x4/",
		"https://сrm.example.org/", "https://crm．example.org/", "https://-a.example.org/", "https://a..b/",
		"https://crm.example.org:/", "https://crm.example.org:99999999/x y",
		"https://crm.example.org/a b", "https://crm.example.org/\n", "https://crm.example.org/\x00", "https://crm.example.org/\"", "https://crm.example.org/<x>",
		"https://crm.example.org/`id`", `https://crm.example.org/\..\x`, "https://crm.example.org/é", " https://crm.example.org/",
		"https://crm.example.org/%zz", "https://[::ffff:7f00:1%25eth0]/", "https://[fe80::1%25eth0]/",
		"https://crm.example.org/" + strings.Repeat("a", 9000),
	} {
		err := opener().Open(t.Context(), link)
		if !errors.Is(err, ErrRefused) {
			t.Errorf("%.60q: %v, want a refusal", link, err)
		} else if len(link) > 12 && strings.Contains(err.Error(), link) {
			t.Errorf("the refusal repeats the link: %v", err)
		}
	}
}

func FuzzCheckLink(f *testing.F) {
	f.Add("https://crm.example.org/a?b=c#d")
	f.Add("http://127.0.0.1:1/")
	f.Add("https://a@b/")
	f.Fuzz(func(t *testing.T, link string) {
		if checkLink(link) != nil {
			return
		}
		if !strings.HasPrefix(link, "https://") && !strings.HasPrefix(link, "http://") ||
			strings.ContainsAny(link, " \t\r\n\"'<>\\`|^{}\x00") && !strings.Contains(link, "'") ||
			len(link) > maxLink {
			t.Fatalf("accepted: %q", link)
		}
		rest := link[strings.Index(link, "//")+2:]
		host := rest[:len(rest)-len(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyz0123456789.-:[]"))]
		if after := rest[len(host):]; after != "" && !strings.ContainsAny(after[:1], "/?#") {
			t.Fatalf("accepted: %q", link)
		}
	})
}

func TestProgramsThatAreNeverStarted(t *testing.T) {
	dir := t.TempDir()
	plain, script := filepath.Join(dir, "plain"), filepath.Join(dir, "script.BAT")
	for path, mode := range map[string]os.FileMode{plain: 0o600, script: 0o700} {
		if err := os.WriteFile(path, []byte("x"), mode); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		exe  string
		args []string
	}{
		{"app", nil},
		{"./app", nil},
		{dir + "/../app", nil},
		{`\\server\share\app.exe`, nil},
		{dir, nil},
		{plain, nil},
		{script, nil},
		{filepath.Join(dir, "missing"), nil},
		{self, []string{"line\nbreak"}},
		{self, []string{"null\x00"}},
		{self, []string{strings.Repeat("a", maxArg+1)}},
		{self, make([]string, maxArgs+1)},
	} {
		if runtime.GOOS == "windows" && c.exe == plain {
			continue
		}
		if err := opener().Launch(t.Context(), c.exe, c.args); err == nil {
			t.Errorf("%q with %d arguments was started", c.exe, len(c.args))
		}
	}
}

func TestLaunchPassesEachArgumentAsOneElement(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	act(t, "write")
	t.Setenv("BROWSER_TEST_OUT", out)
	args := []string{`"; calc`, "--option", "%PATH%", "$HOME `id` $(id)", "", "a b", `c:\x\" y`, "&|<>^"}
	o := opener()
	if err := o.Launch(t.Context(), self(t), args); err != nil {
		t.Fatal(err)
	}
	o.Wait()
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSuffix(string(got), "\n"), "\n"); !slices.Equal(lines, args) {
		t.Errorf("called with %q, want %q", lines, args)
	}
}

func TestLaunchSaysWhenTheProgramFails(t *testing.T) {
	act(t, "fail")
	o := opener()
	if err := o.Launch(t.Context(), self(t), nil); err == nil || !strings.Contains(err.Error(), "failed at once") {
		t.Errorf("got %v", err)
	}
}

func TestLaunchDoesNotWaitForTheProgram(t *testing.T) {
	act(t, "stay")
	o := opener()
	start := time.Now()
	if err := o.Launch(t.Context(), self(t), nil); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d > 900*time.Millisecond {
		t.Errorf("it waited %v", d)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	start = time.Now()
	if err := o.Launch(ctx, self(t), nil); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d > settle {
		t.Errorf("it waited %v beyond its context", d)
	}
	o.Wait()
}

// act chooses what this binary does when it is started as the program.
func act(t *testing.T, verb string) {
	t.Helper()
	t.Setenv("BROWSER_TEST_CHILD", verb)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // or each child takes a second to end
}

func self(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}
