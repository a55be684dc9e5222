package ctiagent_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.org/ctiagent/config"
	"example.org/ctiagent/credstore"
	"example.org/ctiagent/telephony/sipline"
)

// The tests of this file hold the documents to the code: what they name must
// exist, and what the code cites must be listed.

// citations are the forms in which a standard is cited. Each gives the name
// under which docs/standards.md lists it: the first group, or the whole match.
var citations = []*regexp.Regexp{
	regexp.MustCompile(`\bRFC \d{3,5}\b`),
	regexp.MustCompile(`\bBCP \d+\b`),
	regexp.MustCompile(`\b[EQ]\.\d{3}\b`),
	regexp.MustCompile(`\bISO \d+(?:-\d+)?`),
	regexp.MustCompile(`\bASVS \d+(?:\.\d+)*`),
	regexp.MustCompile(`\bOWASP [a-z][a-z ]*cheat sheet`),
	regexp.MustCompile(`\bWCAG \d\.\d`),
	regexp.MustCompile(`\bGDPR\b`),
	regexp.MustCompile(`\b(?:[A-Z]\w+ )+Specification\b`),
	regexp.MustCompile(`\bMIME Applications Associations\b`),
	regexp.MustCompile(`\bStatusNotifierItem\b`),
	regexp.MustCompile(`\bSecret Service\b`),
}

// cited gives the standards that a text cites. Comments are read as they
// would be without line breaks.
func cited(text string) []string {
	text = commentBreak.ReplaceAllString(text, " ")
	var list []string
	for _, c := range citations {
		for _, name := range c.FindAllString(text, -1) {
			list = append(list, strings.TrimPrefix(name, "The "))
		}
	}
	return list
}

var commentBreak = regexp.MustCompile(`\n[ \t]*//[ \t]*`)

func TestStandardsAreListed(t *testing.T) {
	listed := map[string]bool{} // and whether it was cited
	for _, row := range tableRows(t, "docs/standards.md") {
		if row[0] != "document" {
			listed[row[0]] = false
		}
	}
	files := 0
	walk(t, ".go", func(path, text string) {
		if path == "docs_test.go" {
			return
		}
		files++
		for _, name := range cited(text) {
			if _, ok := listed[name]; !ok {
				t.Errorf("%s cites %s, which docs/standards.md does not list", path, name)
			}
			listed[name] = true
		}
	})
	walk(t, ".md", func(path, text string) {
		for _, name := range cited(text) {
			if _, ok := listed[name]; !ok {
				t.Errorf("%s cites %s, which docs/standards.md does not list", path, name)
			}
		}
	})
	for name, found := range listed {
		if !found {
			t.Errorf("docs/standards.md lists %s, which nothing cites", name)
		}
	}
	if files < 100 {
		t.Errorf("only %d Go files were looked at", files)
	}
}

func TestCitationsAreFound(t *testing.T) {
	got := cited("// see RFC 4235 §3.7.1 and the Desktop\n\t// Notifications Specification 1.2; E.164, ASVS 5.0\n// 6.2.5")
	want := []string{"RFC 4235", "E.164", "ASVS 5.0", "Desktop Notifications Specification"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// links are those of Markdown, pictures included; the page of the settings is
// generated and checked like the others.
var links = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestLinksResolve(t *testing.T) {
	count := 0
	walk(t, ".md", func(path, text string) {
		for _, m := range links.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			count++
			file := path
			if target != "" {
				file = filepath.Join(filepath.Dir(path), filepath.FromSlash(target))
			}
			info, err := os.Stat(file)
			switch {
			case err != nil:
				t.Errorf("%s links to %s, which does not exist", path, m[1])
			case anchor != "" && !info.IsDir() && !slices.Contains(anchors(t, file), anchor):
				t.Errorf("%s links to %s, but there is no such heading", path, m[1])
			}
		}
	})
	if count < 10 {
		t.Errorf("only %d links were found", count)
	}
}

// TestDocumentsAreReached wants every document linked from README.md, itself
// or through one that is.
func TestDocumentsAreReached(t *testing.T) {
	all := map[string]string{}
	walk(t, ".md", func(path, text string) { all[path] = text })
	reached := map[string]bool{}
	var follow func(path string)
	follow = func(path string) {
		if reached[path] {
			return
		}
		reached[path] = true
		for _, m := range links.FindAllStringSubmatch(all[path], -1) {
			target, _, _ := strings.Cut(m[1], "#")
			target = filepath.Join(filepath.Dir(path), filepath.FromSlash(target))
			if _, isDocument := all[target]; isDocument {
				follow(target)
			} else if info, err := os.Stat(target); err == nil && info.IsDir() {
				for other := range all {
					if filepath.Dir(other) == target {
						follow(other)
					}
				}
			}
		}
	}
	follow("README.md")
	for path := range all {
		if !reached[path] && !strings.Contains(path, "testdata") {
			t.Errorf("%s is linked from nowhere", path)
		}
	}
}

// anchors are the headings of a document as links name them.
func anchors(t *testing.T, path string) []string {
	var list []string
	for line := range strings.Lines(read(t, path)) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			title = strings.ToLower(strings.TrimSpace(title))
			title = regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(title, "")
			list = append(list, strings.ReplaceAll(title, " ", "-"))
		}
	}
	return list
}

// made are the targets that a document tells people to make.
var made = regexp.MustCompile("(?m)(?:`|^)make ([a-z-]+)")

func TestMakeTargetsExist(t *testing.T) {
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllStringSubmatch(read(t, "Makefile"), -1) {
		targets[m[1]] = true
	}
	count := 0
	walk(t, ".md", func(path, text string) {
		for _, m := range made.FindAllStringSubmatch(text, -1) {
			count++
			if !targets[m[1]] {
				t.Errorf("%s tells people to make %s, which the Makefile does not know", path, m[1])
			}
		}
	})
	if count < 5 {
		t.Errorf("only %d targets were found in the documents", count)
	}
}

// command is a program of ours with a verb, as documents write it: in code, or
// at the beginning of a line of an example.
var command = regexp.MustCompile("(?m)(?:`|^)(?:[$] )?(?:bin/)?(ctiagent|ctiserver) ([a-z][a-z-]*(?: [a-z]+)?)")

// TestVerbsExist compares the documents with the tables of the programs, and
// wants every verb of ctiagent in the README.
func TestVerbsExist(t *testing.T) {
	verbs := map[string][]string{
		"ctiagent":  append(tableWords(t, "cmd/ctiagent/main.go", "verbs"), "help"),
		"ctiserver": append(tableWords(t, "cmd/ctiserver/main.go", "commands"), "help"),
	}
	walk(t, ".md", func(path, text string) {
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			known := slices.ContainsFunc(verbs[m[1]], func(v string) bool {
				return m[2] == v || strings.HasPrefix(m[2], v+" ")
			})
			if !known {
				t.Errorf("%s writes %q; %s has no such command", path, m[0], m[1])
			}
		}
	})
	readme := read(t, "README.md")
	for _, v := range verbs["ctiagent"] {
		if v != "help" && !strings.Contains(readme, "\nctiagent "+v) {
			t.Errorf("README.md does not list ctiagent %s", v)
		}
	}
}

// tableWords gives the first text of every composite literal in the list that
// a function of that file returns.
func tableWords(t *testing.T, file, function string) (words []string) {
	for _, d := range parse(t, file).Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != function {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			row, ok := n.(*ast.CompositeLit)
			if !ok || len(row.Elts) == 0 {
				return true
			}
			if name, ok := row.Elts[0].(*ast.BasicLit); ok && name.Kind == token.STRING {
				words = append(words, strings.Trim(name.Value, `"`))
			}
			return true
		})
	}
	if len(words) < 5 {
		t.Fatalf("%s: found only %d commands in %s", file, len(words), function)
	}
	return words
}

// TestArchitectureBans compares the table in ARCHITECTURE.md with deps_test.go.
func TestArchitectureBans(t *testing.T) {
	list := func(paths []string) string {
		var coded []string
		for _, p := range paths {
			coded = append(coded, "`"+strings.TrimPrefix(p, "=")+"`")
		}
		return strings.Join(coded, ", ")
	}
	var want []string
	for _, b := range bans {
		who := list(b.who)
		if slices.Equal(b.who, []string{"*"}) {
			who = "all but " + list(b.except)
		}
		want = append(want, fmt.Sprintf("| %s | %s | %s |", who, list(b.reach), b.because))
	}
	text := section(t, "ARCHITECTURE.md", "Who may import whom")
	var have []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| who ") {
			have = append(have, strings.TrimSpace(line))
		}
	}
	for _, row := range want {
		if !slices.Contains(have, row) {
			t.Errorf("ARCHITECTURE.md lacks the row\n%s", row)
		}
	}
	for _, row := range have {
		if !slices.Contains(want, row) {
			t.Errorf("ARCHITECTURE.md has a row that deps_test.go does not hold\n%s", row)
		}
	}
}

// TestArchitectureNames wants every function that ARCHITECTURE.md names to be
// declared somewhere.
func TestArchitectureNames(t *testing.T) {
	declared := map[string]bool{}
	var all strings.Builder
	walk(t, ".go", func(path, text string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		all.WriteString(text)
		for _, m := range regexp.MustCompile(`(?m)(?:^func (?:\([^)]*\) )?|^type |^\t|toml:")(\w+)`).FindAllStringSubmatch(text, -1) {
			declared[m[1]] = true
		}
	})
	count := 0
	for _, m := range regexp.MustCompile("`(?:\\w+\\.)*(\\w+)`").FindAllStringSubmatch(read(t, "ARCHITECTURE.md"), -1) {
		if strings.ToLower(m[1]) == m[1] && !strings.Contains(m[0], ".") {
			continue // a package or program
		}
		if i := strings.LastIndexByte(m[0], '.'); i > 0 && strings.Contains("`go`md`", m[0][i+1:]) {
			continue // a file
		}
		count++
		if !declared[m[1]] {
			t.Errorf("ARCHITECTURE.md names %s, which is declared nowhere", m[0])
		}
	}
	if count < 30 {
		t.Errorf("only %d names were found", count)
	}
}

// TestGoroutinesHaveARow wants every package that starts a goroutine named in
// the table of goroutines.
func TestGoroutinesHaveARow(t *testing.T) {
	text := section(t, "ARCHITECTURE.md", "Goroutines")
	packages := 0
	seen := map[string]bool{}
	starts := regexp.MustCompile(`(?m)^\s*go [\w.]+[({]|\.Go\(func|\b(?:work|wg|parts|faces|all|requests)\.Go\(`)
	walk(t, ".go", func(path, source string) {
		dir := filepath.ToSlash(filepath.Dir(path))
		if seen[dir] || strings.HasSuffix(path, "_test.go") || strings.Contains(dir, "testdata") || !starts.MatchString(source) {
			return
		}
		seen[dir] = true
		packages++
		if name := filepath.Base(dir); !regexp.MustCompile(`\b` + name + `\b`).MatchString(text) {
			t.Errorf("%s starts goroutines; the table in ARCHITECTURE.md does not name %s", path, name)
		}
	})
	if packages < 10 {
		t.Errorf("only %d packages with goroutines were found", packages)
	}
}

// TestCapabilities compares docs/capabilities.md with what the connector
// promises and what its run of the conformance suite declares missing.
func TestCapabilities(t *testing.T) {
	want := slices.Concat(suiteTable(t), settingsTable(t))
	have := map[string]bool{}
	for _, row := range tableRows(t, "docs/capabilities.md") {
		have[strings.Join(row, " | ")] = true
	}
	for _, row := range want {
		if !have[row] {
			t.Errorf("docs/capabilities.md lacks the row\n| %s |", row)
		}
	}
	if t.Failed() {
		t.Logf("the tables:\n| %s |", strings.Join(want, " |\n| "))
	}
}

// suiteTable reads the features of the suite and, from the SIP connector's run
// of it, which of them each platform lacks.
func suiteTable(t *testing.T) (rows []string) {
	words := map[string]string{} // FeatureHold → hold
	var order []string
	ast.Inspect(parse(t, "telephony/telephonytest/harness.go"), func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 && strings.HasPrefix(spec.Names[0].Name, "Feature") {
			if value, ok := spec.Values[0].(*ast.BasicLit); ok {
				words[spec.Names[0].Name] = strings.Trim(value.Value, `"`)
				order = append(order, spec.Names[0].Name)
			}
		}
		return true
	})
	head := []string{"feature"}
	var missing []map[string]bool
	ast.Inspect(parse(t, "telephony/sipline/suite_test.go"), func(n ast.Node) bool {
		row, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		name, lacks := "", map[string]bool{}
		for _, e := range row.Elts {
			kv, ok := e.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			switch key, _ := kv.Key.(*ast.Ident); {
			case key == nil:
			case key.Name == "name":
				if lit, ok := kv.Value.(*ast.BasicLit); ok {
					name = strings.Trim(lit.Value, `"`)
				}
			case key.Name == "missing":
				ast.Inspect(kv.Value, func(n ast.Node) bool {
					if s, ok := n.(*ast.SelectorExpr); ok {
						lacks[s.Sel.Name] = true
					}
					return true
				})
			}
		}
		if name != "" {
			head, missing = append(head, name), append(missing, lacks)
		}
		return true
	})
	if len(order) < 10 || len(missing) < 4 {
		t.Fatalf("found %d features and %d platforms only", len(order), len(missing))
	}
	needs := map[string]string{"FeatureOutRemote": "FeatureOutgoing"} // no number without the call
	rows = append(rows, strings.Join(head, " | "))
	for _, feature := range order {
		row := words[feature]
		for _, lacks := range missing {
			row += map[bool]string{false: " | yes", true: " | –"}[lacks[feature] || lacks[needs[feature]]]
		}
		rows = append(rows, row)
	}
	return rows
}

// settingsTable asks the connector itself.
func settingsTable(t *testing.T) (rows []string) {
	var columns []reflect.Value
	for _, cfg := range []sipline.Config{{}, {NoSecondContact: true}, {NoDialog: true}} {
		cfg.User, cfg.Domain, cfg.InstanceID = "100", "pbx.example.org", "00000000-0000-4000-8000-000000000000"
		cfg.Password = credstore.NewSecret("none")
		c, err := sipline.New(cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		columns = append(columns, reflect.ValueOf(c.Capabilities()))
	}
	rows = append(rows, "ability | both | dialog events alone | second contact alone")
	for i := range columns[0].NumField() {
		row := columns[0].Type().Field(i).Name
		for _, c := range columns {
			row += map[bool]string{true: " | yes", false: " | –"}[c.Field(i).Bool()]
		}
		rows = append(rows, row)
	}
	return rows
}

func parse(t *testing.T, path string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestSettingsExist wants every setting that a document names to be one.
func TestSettingsExist(t *testing.T) {
	key := regexp.MustCompile("`((?:service|line|site|pop|card|history|notification|start|log)\\.[a-z_]+)(?: = [^`]*)?`")
	count := 0
	walk(t, ".md", func(path, text string) {
		for _, m := range key.FindAllStringSubmatch(text, -1) {
			if codes(t)[m[1]] {
				continue // a code, as service.nonsense
			}
			count++
			if _, err := config.Explain(m[1]); err != nil {
				t.Errorf("%s names the setting %s, which does not exist", path, m[1])
			}
		}
	})
	if count < 20 {
		t.Errorf("only %d settings were found", count)
	}
}

// TestCodesAreExplained wants every code that line and service report in
// docs/troubleshooting.md, and no other.
func TestCodesAreExplained(t *testing.T) {
	explained := map[string]bool{}
	for _, row := range tableRows(t, "docs/troubleshooting.md") {
		for _, m := range regexp.MustCompile("`([a-z]+\\.[a-z-]+)`").FindAllStringSubmatch(row[0], -1) {
			explained[m[1]] = true
		}
	}
	reported := codes(t)
	for code := range reported {
		if !explained[code] {
			t.Errorf("docs/troubleshooting.md does not explain the code %s", code)
		}
	}
	for code := range explained {
		if !reported[code] {
			t.Errorf("docs/troubleshooting.md explains the code %s, which nothing reports", code)
		}
	}
}

// codes are the stable codes in the source of line and service.
func codes(t *testing.T) map[string]bool {
	found := map[string]bool{}
	literal := regexp.MustCompile(`"((?:auth|dns|line|net|registration|subscription|tls|sip|dial|service)\.[a-z-]+)"`)
	for _, dir := range []string{"telephony/sipline", "recognition/httpapi"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) < 5 {
			t.Fatalf("%s: %d files, %v", dir, len(files), err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			for _, m := range literal.FindAllStringSubmatch(read(t, f), -1) {
				found[m[1]] = true
			}
		}
	}
	// What the service answers is reported as service.CODE.
	for _, m := range regexp.MustCompile(`\tcode[A-Z]\w+\s*= "([a-z-]+)"`).FindAllStringSubmatch(read(t, "recognition/httpapi/wire.go"), -1) {
		found["service."+m[1]] = true
	}
	return found
}

// section is the text under one heading.
func section(t *testing.T, path, title string) string {
	t.Helper()
	_, rest, ok := strings.Cut(read(t, path), "\n## "+title+"\n")
	if !ok {
		t.Fatalf("%s has no section %q", path, title)
	}
	text, _, _ := strings.Cut(rest, "\n## ")
	return text
}

// tableRows gives the cells of all tables of a document.
func tableRows(t *testing.T, path string) (rows [][]string) {
	t.Helper()
	for line := range strings.Lines(read(t, path)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|--") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// walk gives every file of the repository with that ending, those that git
// ignores left out.
func walk(t *testing.T, ending string, f func(path, text string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != "." && (strings.HasPrefix(name, ".") || name == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(path, ending) {
			f(filepath.ToSlash(path), read(t, path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
