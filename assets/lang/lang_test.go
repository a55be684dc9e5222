package lang

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.org/ctiagent/config"
)

func TestChoosesLanguage(t *testing.T) {
	for _, c := range []struct {
		preferred []string
		want      string
	}{
		{nil, "en"},
		{[]string{""}, "en"},
		{[]string{"de_DE.UTF-8"}, "de"},
		{[]string{"de-CH"}, "de"},
		{[]string{"nl_BE@euro"}, "nl"},
		{[]string{"NL"}, "nl"},
		{[]string{"fr_FR", "de"}, "de"},
		{[]string{"fr"}, "en"},
		{[]string{"", "nl_NL.UTF-8"}, "nl"},
		{[]string{"../../etc/passwd", "{{.}}"}, "en"},
	} {
		if got := New(c.preferred...).Language(); got != c.want {
			t.Errorf("New(%q) speaks %s, want %s", c.preferred, got, c.want)
		}
	}
}

func TestDesktopFollowsTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		language, all, messages, lang string
		want                          string
	}{
		{lang: "nl_NL.UTF-8", want: "nl"},
		{messages: "de_AT.UTF-8", lang: "nl_NL.UTF-8", want: "de"},
		{all: "nl_BE.UTF-8", messages: "de_DE.UTF-8", want: "nl"},
		{language: "fr:de:nl", lang: "fr_FR.UTF-8", want: "de"},
		{language: "de", all: "C", want: "en"},
		{language: "de", lang: "C.UTF-8", want: "en"},
		{want: "en"},
	} {
		t.Setenv("LANGUAGE", c.language)
		t.Setenv("LC_ALL", c.all)
		t.Setenv("LC_MESSAGES", c.messages)
		t.Setenv("LANG", c.lang)
		if got := New(Desktop()...).Language(); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestSpeaks(t *testing.T) {
	seven := map[string]any{"seconds": 7}
	for _, c := range []struct{ lang, key, want string }{
		{"en", "status.line.offline", "Line offline, trying again in 7 s"},
		{"de", "status.line.offline", "Leitung getrennt, neuer Versuch in 7 s"},
		{"nl", "status.line.offline", "Lijn verbroken, nieuwe poging over 7 s"},
		{"nl", "no.such.key", "no.such.key"},
	} {
		if got := New(c.lang).T(c.key, seven); got != c.want {
			t.Errorf("%s: %q, want %q", c.lang, got, c.want)
		}
	}
	p := New("de")
	if got := p.Text("status.line.offline", "Seconds", 7); got != "Leitung getrennt, neuer Versuch in 7 s" {
		t.Errorf("Text: %q", got)
	}
	for n, want := range map[int]string{0: "0 verpasste Anrufe", 1: "Ein verpasster Anruf", 2: "2 verpasste Anrufe"} {
		if got := p.Count("notice.missedMany", n); got != want {
			t.Errorf("Count(%d): %q, want %q", n, got, want)
		}
	}
	if got := p.Text("history.filter.missedCount", "count", 1); got != "Verpasst 1" {
		t.Errorf("a count in a text without plural forms: %q", got)
	}
}

// A caller can choose a name; it must come out as it is.
func TestDataIsNoTemplate(t *testing.T) {
	for _, name := range []string{"{{.secret}}", "{{template \"x\"}}", "a <b>&amp;", "{name}", "%s%n"} {
		got := New("en").T("notice.missedOne", map[string]any{"who": name, "secret": "leak"})
		if got != "Missed call: "+name {
			t.Errorf("%q", got)
		}
	}
	if got := New("en").T("{{.who}}", map[string]any{"who": "x"}); got != "{{.who}}" {
		t.Errorf("an unknown key was executed: %q", got)
	}
}

var place = regexp.MustCompile(`\{\{\.([a-z][A-Za-z]*)\}\}`)

// forms gives the plural forms of a text; a plain one has the form "other".
func forms(t *testing.T, key string, v any) map[string]string {
	t.Helper()
	switch v := v.(type) {
	case string:
		return map[string]string{"other": v}
	case map[string]any:
		out := map[string]string{}
		for form, text := range v {
			out[form], _ = text.(string)
		}
		if len(out) != 2 || out["one"] == "" || out["other"] == "" {
			t.Errorf("%s: plural forms are %v, want one and other", key, slices.Sorted(maps.Keys(out)))
		}
		return out
	}
	t.Fatalf("%s: %T", key, v)
	return nil
}

func places(text string) []string {
	var names []string
	for _, m := range place.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestCataloguesAgree(t *testing.T) {
	english, err := Catalogue("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range Languages() {
		all, err := Catalogue(l)
		if err != nil {
			t.Fatal(err)
		}
		for key := range english {
			if _, ok := all[key]; !ok {
				t.Errorf("%s: %s is missing", l, key)
			}
		}
		for key, v := range all {
			e, ok := english[key]
			if !ok {
				t.Errorf("%s: %s is not in English", l, key)
				continue
			}
			want := forms(t, key, e)
			got := forms(t, key, v)
			if len(want) != len(got) {
				t.Errorf("%s: %s has plural forms in one language only", l, key)
				continue
			}
			for form, text := range got {
				checkText(t, l+": "+key, text)
				if !slices.Equal(places(text), places(want[form])) {
					t.Errorf("%s: %s has places %v, English has %v", l, key, places(text), places(want[form]))
				}
			}
			if other := got["other"]; got["one"] != "" && !slices.Contains(places(other), "count") {
				t.Errorf("%s: %s does not say how many", l, key)
			}
		}
	}
}

func checkText(t *testing.T, where, text string) {
	t.Helper()
	if strings.TrimSpace(text) == "" || strings.TrimSpace(text) != text {
		t.Errorf("%s: empty, or blanks around it: %q", where, text)
	}
	if strings.Contains(text, "!") {
		t.Errorf("%s: an exclamation mark: %q", where, text)
	}
	if rest := place.ReplaceAllString(text, ""); strings.ContainsAny(rest, "{}") {
		t.Errorf("%s: a place that is not one: %q", where, text)
	}
	if strings.Contains(text, "...") {
		t.Errorf("%s: three dots instead of an ellipsis: %q", where, text)
	}
}

func TestEverySettingHasWords(t *testing.T) {
	l, err := config.Load("", "")
	if err != nil {
		t.Fatal(err)
	}
	p := New()
	for _, item := range l.Settings() {
		group, _, _ := strings.Cut(item.Key, ".")
		keys := []string{"settings.group." + group, "setting." + item.Key, "setting." + item.Key + ".help"}
		for _, c := range item.Choices {
			if c == "" {
				c = "auto"
			}
			keys = append(keys, "setting."+item.Key+".choice."+c)
		}
		for _, key := range keys {
			if !p.Has(key) {
				t.Errorf("%s is missing", key)
			}
		}
	}
}

// speakers are the methods whose first argument is a key of the catalogue.
var speakers = []string{"T", "t", "n", "Text", "Count"}

// TestEveryKeyInUseExists reads the faces of the program and looks up every key
// they name; one that is put together at run time must have a beginning that
// exists.
func TestEveryKeyInUseExists(t *testing.T) {
	all, err := Catalogue("en")
	if err != nil {
		t.Fatal(err)
	}
	for path, file := range sources(t, "agent", "ui", "cmd") {
		for _, use := range keysUsed(file) {
			if !known(all, use) {
				t.Errorf("%s:%d: %q is not in the catalogue", path, file.line(use.at), use.key)
			}
		}
	}
}

// TestReasonsAreGiven fails on the words for a reason that no room gives.
func TestReasonsAreGiven(t *testing.T) {
	all, err := Catalogue("en")
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]bool{}
	for _, file := range sources(t, "telephony", "recognition") {
		ast.Inspect(file.syntax, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, _ := strconv.Unquote(lit.Value)
				given[text] = true
				given["service."+text] = true // codes of the service's own answers
			}
			return true
		})
	}
	for key := range all {
		code, ok := strings.CutPrefix(key, "reason.")
		code, hint := strings.CutSuffix(code, ".hint")
		if ok && !given[code] {
			t.Errorf("no room gives the reason %s", code)
		}
		if _, first := all["reason."+code]; ok && hint && !first {
			t.Errorf("%s has a hint and no words", code)
		}
	}
}

// families are the beginnings of keys whose last part is a code known at run
// time only: a state, a step, a kind, a setting.
var families = []string{
	"card.dial.", "card.state.", "day.", "diag.", "diag.layer.", "diag.state.", "history.memory.", "history.result.",
	"kind.", "month.", "number.kind.", "phone.confirm.", "reason.", "secrets.", "setting.", "settings.group.",
	"status.line.", "status.service.",
}

// TestEveryKeyIsInUse fails on words that nobody says any more: they would be
// translated for nothing.
func TestEveryKeyIsInUse(t *testing.T) {
	all, err := Catalogue("en")
	if err != nil {
		t.Fatal(err)
	}
	said, built := map[string]bool{}, map[string]bool{}
	for _, file := range sources(t, "agent", "ui", "cmd", "phone") {
		ast.Inspect(file.syntax, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, _ := strconv.Unquote(lit.Value)
				said[text] = true
				for _, family := range families {
					if text == family || text == family+"%d" {
						built[family] = true
					}
				}
			}
			return true
		})
	}
	for _, family := range families {
		if !built[family] {
			t.Errorf("nothing puts a key together that begins with %s", family)
		}
	}
	for key := range all {
		if !said[key] && !slices.ContainsFunc(families, func(f string) bool { return isOf(f, key) }) {
			t.Errorf("nobody says %s", key)
		}
	}
}

// isOf tells whether a key is of a family: a code follows, and for a setting
// or a reason also what is said of it.
func isOf(family, key string) bool {
	code, ok := strings.CutPrefix(key, family)
	if family == "setting." || family == "reason." {
		return ok
	}
	return ok && !strings.Contains(code, ".")
}

// TestKindsAgree: a kind of number stands in a line of its own or within one.
func TestKindsAgree(t *testing.T) {
	for _, l := range Languages() {
		p := New(l)
		all, err := Catalogue(l)
		if err != nil {
			t.Fatal(err)
		}
		for key := range all {
			code, ok := strings.CutPrefix(key, "kind.")
			if !ok || code == "" {
				continue
			}
			alone, within := p.T(key), p.T("number.kind."+code)
			if !strings.EqualFold(alone, within) {
				t.Errorf("%s: %s is %q alone and %q within a line", l, code, alone, within)
			}
		}
	}
}

// source is one file of the program.
type source struct {
	syntax *ast.File
	files  *token.FileSet
}

func (s source) line(at token.Pos) int { return s.files.Position(at).Line }

// sources are the files of some rooms by their path, without tests.
func sources(t *testing.T, rooms ...string) map[string]source {
	t.Helper()
	all := map[string]source{}
	for _, room := range rooms {
		err := filepath.WalkDir(filepath.Join("..", "..", room), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			if file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution); err == nil { // else the compiler says it better
				all[path] = source{file, files}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

type use struct {
	key    string
	prefix bool // something is added at run time
	at     token.Pos
}

func keysUsed(file source) []use {
	var uses []use
	ast.Inspect(file.syntax, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains(speakers, method.Sel.Name) {
			return true
		}
		arg, prefix := call.Args[0], false
		for {
			sum, ok := arg.(*ast.BinaryExpr)
			if !ok {
				break
			}
			arg, prefix = sum.X, true
		}
		if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			key, _ := strconv.Unquote(lit.Value)
			uses = append(uses, use{key, prefix, lit.Pos()})
		}
		return true
	})
	return uses
}

func known(all map[string]any, u use) bool {
	if !u.prefix {
		_, ok := all[u.key]
		return ok
	}
	for key := range all {
		if strings.HasPrefix(key, u.key) {
			return true
		}
	}
	return false
}

func BenchmarkT(b *testing.B) {
	p := New("de")
	for b.Loop() {
		p.T("status.line.offline", map[string]any{"seconds": 7})
	}
}
