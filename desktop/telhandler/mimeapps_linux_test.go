package telhandler

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const tel = "x-scheme-handler/tel"

func TestPutFirstAndTakeOut(t *testing.T) {
	for _, c := range []struct{ name, before, after, undone string }{
		{"empty", "", "[Default Applications]\n" + tel + "=" + id + ";\n", "[Default Applications]\n"},
		{
			"others are kept behind",
			"# mine\n[Added Associations]\n" + tel + "=x.desktop;\n\n[Default Applications]\ntext/html=web.desktop\n" + tel + "=old.desktop;older.desktop\n\n[Other]\nk=v\n",
			"# mine\n[Added Associations]\n" + tel + "=x.desktop;\n\n[Default Applications]\ntext/html=web.desktop\n" + tel + "=" + id + ";old.desktop;older.desktop;\n\n[Other]\nk=v\n",
			"# mine\n[Added Associations]\n" + tel + "=x.desktop;\n\n[Default Applications]\ntext/html=web.desktop\n" + tel + "=old.desktop;older.desktop;\n\n[Other]\nk=v\n",
		},
		{
			"goes into the group that is there",
			"[Default Applications]\ntext/html=web.desktop\n\n[Other]\n",
			"[Default Applications]\ntext/html=web.desktop\n" + tel + "=" + id + ";\n\n[Other]\n",
			"[Default Applications]\ntext/html=web.desktop\n\n[Other]\n",
		},
		{
			"the user had removed us",
			"[Removed Associations]\n" + tel + "=" + id + ";foo.desktop;\n",
			"[Removed Associations]\n" + tel + "=foo.desktop;\n\n[Default Applications]\n" + tel + "=" + id + ";\n",
			"[Removed Associations]\n" + tel + "=foo.desktop;\n\n[Default Applications]\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := parseList(c.before)
			for range 2 { // the second time changes nothing
				putFirst(l, tel)
				if got := l.String(); got != c.after {
					t.Errorf("put first:\n%s\nwant\n%s", got, c.after)
				}
			}
			takeOut(l, tel)
			if got := l.String(); got != c.undone {
				t.Errorf("taken out:\n%s\nwant\n%s", got, c.undone)
			}
		})
	}
}

func FuzzList(f *testing.F) {
	f.Add("[Default Applications]\nx-scheme-handler/tel=a;b\n[x]\n")
	f.Add("=\n[\n]]\nx-scheme-handler/tel")
	f.Fuzz(func(t *testing.T, s string) {
		l := parseList(s)
		before := l.get(defaults, tel)
		putFirst(l, tel)
		got := l.get(defaults, tel)
		if len(got) == 0 || got[0] != id {
			t.Fatalf("we are not first: %q in %q", got, l)
		}
		takeOut(l, tel)
		if got := l.get(defaults, tel); !slices.Equal(got, without(before)) {
			t.Fatalf("before %q, after %q", before, got)
		}
	})
}

// home gives the test a user of its own.
func home(t *testing.T) (config, data string) {
	t.Helper()
	dir := t.TempDir()
	config, data = filepath.Join(dir, "config"), filepath.Join(dir, "data")
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", config)
	t.Setenv("XDG_DATA_HOME", data)
	t.Setenv("XDG_CONFIG_DIRS", filepath.Join(dir, "none"))
	t.Setenv("XDG_DATA_DIRS", filepath.Join(dir, "share"))
	t.Setenv("XDG_CURRENT_DESKTOP", "GNOME")
	return config, data
}

func TestRegisterAndUnregister(t *testing.T) {
	config, data := home(t)
	install(t, filepath.Join(data, "applications", "softphone.desktop"), "[Desktop Entry]\n")
	install(t, filepath.Join(config, "mimeapps.list"), "[Default Applications]\n"+tel+"=gone.desktop;softphone.desktop\n")
	install(t, filepath.Join(config, "gnome-mimeapps.list"), "[Default Applications]\n"+tel+"=softphone.desktop\n")

	check := func(want bool, exe, other string) {
		t.Helper()
		st, err := Current()
		if err != nil {
			t.Fatal(err)
		}
		if st.Registered != want || st.IsDefault() != want || st.Exe != exe || st.Schemes[0].Name != "tel" || st.Schemes[0].Other != other {
			t.Errorf("status %+v", st)
		}
	}
	check(false, "", "softphone.desktop")
	for _, exe := range []string{"/opt/one/ctiagent", "/opt/t w o/ctiagent"} {
		if err := Register(exe); err != nil {
			t.Fatal(err)
		}
		check(true, exe, "")
	}
	for range 2 {
		if err := Unregister(); err != nil {
			t.Fatal(err)
		}
		check(false, "", "softphone.desktop")
	}
	left, err := os.ReadFile(filepath.Join(config, "mimeapps.list"))
	if err != nil || strings.Contains(string(left), "ctiagent") {
		t.Errorf("left behind: %q, %v", left, err)
	}
	if err := Register("relative/ctiagent"); err == nil {
		t.Error("a relative path was registered")
	}
}

func TestUsersLaterChoiceIsLeftAlone(t *testing.T) {
	config, data := home(t)
	install(t, filepath.Join(data, "applications", "new.desktop"), "[Desktop Entry]\n")
	if err := Register("/opt/ctiagent"); err != nil {
		t.Fatal(err)
	}
	chosen := "[Default Applications]\n" + tel + "=new.desktop\n"
	install(t, filepath.Join(config, "mimeapps.list"), chosen)
	st, err := Current()
	if err != nil || st.IsDefault() || st.Schemes[0].Other != "new.desktop" {
		t.Errorf("status %+v, %v", st, err)
	}
	if err := Unregister(); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(config, "mimeapps.list")); string(got) != chosen {
		t.Errorf("the choice became %q", got)
	}
}

func TestLinkedListIsFollowed(t *testing.T) {
	config, _ := home(t)
	real := filepath.Join(t.TempDir(), "dotfiles", "mimeapps.list")
	install(t, real, "[Default Applications]\n")
	if err := os.MkdirAll(config, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(config, "mimeapps.list")
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	if err := Register("/opt/ctiagent"); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(link); err != nil || target != real {
		t.Errorf("the link was replaced: %q, %v", target, err)
	}
	if b, _ := os.ReadFile(real); !strings.Contains(string(b), id) {
		t.Errorf("the file behind the link has %q", b)
	}
}

func install(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
