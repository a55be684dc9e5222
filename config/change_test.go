package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestChangeKeepsTheFileAsItIs(t *testing.T) {
	before := "# my settings\n\n[site] # where we are\ncountry = \"GB\" # was DE\n\n# how long\n[history]\ndays = 30\n"
	l := load(t, before, "")
	next, err := l.Change(map[string]string{
		"site.country": "NL", "site.area_code": "20", "history.days": "14", "card.theme": "dark", "service.lookup_bound": "2.5",
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(l.userFile)
	if err != nil {
		t.Fatal(err)
	}
	want := "# my settings\n\n[site] # where we are\ncountry = \"NL\"  # was DE\narea_code = \"20\"\n\n# how long\n[history]\ndays = 14\n\n[card]\ntheme = \"dark\"\n\n[service]\nlookup_bound = \"2.5s\"\n"
	if string(text) != want {
		t.Errorf("the file is now\n%s\nwant\n%s", text, want)
	}
	again, err := Load(l.userFile, "")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.Values(), next.Values()) {
		t.Error("what is read again is not what Change gave")
	}
	if l.Values().Site.Country != "GB" {
		t.Error("Change changed the old set")
	}
}

func TestChangeMakesTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "settings.toml")
	l, err := Load(file, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Change(map[string]string{"site.country": "DE"}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read it: %v", info.Mode())
	}
	if again, err := Load(file, ""); err != nil || again.Values().Site.Country != "DE" {
		t.Errorf("%v", err)
	}
}

func TestChangeIsAllOrNone(t *testing.T) {
	l := load(t, "[site]\ncountry = \"GB\"\n", "[history]\ndays = 7\n")
	for _, c := range []struct {
		values map[string]string
		says   string
	}{
		{map[string]string{"site.country": "DE", "card.theme": "purple"}, "card.theme"},
		{map[string]string{"site.country": "DE", "history.days": "8"}, "set by your administrator"},
		{map[string]string{"site.country": "DE", "line.password": "x"}, "secrets"},
		{map[string]string{"site.country": "DE", "pop.apps": "x"}, "settings file"},
		{map[string]string{"site.country": "DE", "site.internal_min": "3"}, "internal"},
		{map[string]string{"site.country": "DE", "history.enabled": "perhaps"}, "true or false"},
		{map[string]string{"site.area_code": "2\n0"}, "control"},
	} {
		if _, err := l.Change(c.values); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v", c.values, err)
		}
	}
	if text, _ := os.ReadFile(l.userFile); string(text) != "[site]\ncountry = \"GB\"\n" {
		t.Errorf("the file was written: %s", text)
	}
	_, err := l.Change(map[string]string{"history.days": "8"})
	if !errors.Is(err, ErrLocked) {
		t.Errorf("%v is not ErrLocked", err)
	}
	// A window sends back all it shows; a locked value that is the same is fine.
	all := map[string]string{}
	for _, item := range l.Settings() {
		all[item.Key] = item.Value
	}
	if _, err := l.Change(all); err != nil {
		t.Errorf("the same values again: %v", err)
	}
}

// A locked value stands in the policy, not in the user's file; nor may a
// change in the window bring the policy into the file.
func TestChangeDoesNotCopyThePolicy(t *testing.T) {
	l := load(t, "", "[card]\ntheme = \"dark\"\n")
	if _, err := l.Change(map[string]string{"card.corner": "top-left"}); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(l.userFile); strings.Contains(string(text), "theme") {
		t.Errorf("%s", text)
	}
}

func TestOddFilesAreNotDamaged(t *testing.T) {
	for _, text := range []string{
		"site = { country = \"GB\" }\n",
		"site.country = \"GB\"\n",
		"[site]\ncountry = \"\"\"\nGB\"\"\"\n",
		"[pop.apps.crm]\npath = \"/usr/bin/crm\"\n",
		"[\"site\"]\n\"country\" = 'GB'\n",
		"[site]\r\ncountry = \"GB\"\r\n",
		"[site]\ncountry = \"GB\" # a \" in a comment",
	} {
		file := writeFile(t, text)
		l, err := Load(file, "")
		if err != nil {
			continue // refused at loading; then nothing is edited
		}
		next, err := l.Change(map[string]string{"site.country": "NL", "card.theme": "dark"})
		if err != nil {
			if now, _ := os.ReadFile(file); string(now) != text {
				t.Errorf("%q: refused and yet changed to %q", text, now)
			}
			continue
		}
		again, err := Load(file, "")
		if err != nil || !reflect.DeepEqual(again.Values(), next.Values()) {
			now, _ := os.ReadFile(file)
			t.Errorf("%q became %q: %v", text, now, err)
		}
	}
}

func TestChangeFollowsALink(t *testing.T) {
	real := writeFile(t, "[site]\ncountry = \"GB\"\n")
	link := filepath.Join(t.TempDir(), "settings.toml")
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	l, err := Load(link, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Change(map[string]string{"site.country": "NL"}); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(real); !strings.Contains(string(text), "NL") {
		t.Errorf("the linked file still says %s", text)
	}
}

// FuzzLoad: whatever a file holds, reading it ends, and what was read can be
// edited without altering anything else.
func FuzzLoad(f *testing.F) {
	f.Add(Example(), "NL")
	f.Add("[site]\ncountry = \"GB\" # x\n[pop.apps.\"a.b\"]\npath='x'\nargs=['y']\n", "DE")
	f.Add("site = {country='GB'}\n", "x\"y")
	f.Add("[site]\n[[pop]]\n", "")
	f.Add("[card]\ntheme = \"\"\"\n[site]\ncountry = 'x'\n\"\"\"\n", "NL")
	f.Fuzz(func(t *testing.T, text, user string) {
		read := func(text string) (Values, error) {
			v := Defaults()
			tree, err := parse("settings.toml", text)
			if err == nil {
				_, err = apply(&v, tree, "settings.toml", text)
			}
			return v, err
		}
		user = strings.TrimSpace(user) // as Change does
		want, err := read(text)
		if err != nil || checkText("", user) != nil {
			return
		}
		want.Line.AuthUser, want.History.Days = user, 12
		edited, err := edit(text, map[string]string{"line.auth_user": quote(user), "history.days": "12"})
		if err != nil {
			return // refused: the file stays as it is
		}
		got, err := read(edited)
		if err != nil {
			t.Fatalf("%q became %q, which is refused: %v", text, edited, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q became %q\n%+v\nwant %+v", text, edited, got, want)
		}
	})
}
