package desktopentry

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestCommand(t *testing.T) {
	for _, c := range []struct {
		argv []string
		want string
	}{
		{[]string{"/usr/bin/ctiagent", "open-uri", URL}, "/usr/bin/ctiagent open-uri %u"},
		{[]string{"/opt/My App/agent", "--x=a b"}, `"/opt/My App/agent" "--x=a b"`},
		{[]string{"/opt/100%/agent", "%u"}, "/opt/100%%/agent %%u"},
		{[]string{"/a", ""}, `/a ""`},
		{[]string{"/a", "$HOME `id` \"x\" \\"}, "/a \"\\$HOME \\`id\\` \\\"x\\\" \\\\\""},
	} {
		got, err := command(c.argv)
		if err != nil || got != c.want {
			t.Errorf("command(%q) = %s, %v; want %s", c.argv, got, err, c.want)
		}
	}
	for _, argv := range [][]string{nil, {"agent"}, {"/a", "b\nExec=/evil"}, {"/a\x00"}, {"/a=b/c"}} {
		if got, err := command(argv); err == nil {
			t.Errorf("command(%q) = %s, want an error", argv, got)
		}
	}
}

func TestEncodeKeepsEverythingOnItsLine(t *testing.T) {
	got, err := Entry{Name: "A\nExec=/evil", Exec: []string{`/a\b/c d`}}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := "[Desktop Entry]\nType=Application\nVersion=1.0\nName=A\\nExec=/evil\nExec=\"/a\\\\\\\\b/c d\"\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzProgramComesBack(f *testing.F) {
	f.Add("/usr/bin/ctiagent")
	f.Add("/opt/a b/\"$`\\%u/x")
	f.Fuzz(func(t *testing.T, exe string) {
		text, err := Entry{Name: "x", Exec: []string{exe, URL}}.Encode()
		if err != nil {
			return
		}
		if n := strings.Count(text, "\n"); n != 5 {
			t.Fatalf("%d lines: %q", n, text)
		}
		file := filepath.Join(t.TempDir(), "x.desktop")
		if err := Write(file, text); err != nil {
			t.Fatal(err)
		}
		if got := Program(file); got != exe {
			t.Fatalf("%q came back as %q from %q", exe, got, text)
		}
	})
}
