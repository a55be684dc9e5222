package ctiagent_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"example.org/ctiagent/config"
	"example.org/ctiagent/credstore"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop"
	"example.org/ctiagent/screenpop/script"
	"example.org/ctiagent/telephony/sipline"
)

// The tests of this file compare tables, names and examples of the documents
// with the code they speak of.

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
	walk(t, ".go", func(path, text string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		for line := range strings.Lines(text) {
			declared[declares(line)] = true
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

// declares gives the name that a line of Go declares, or could: a function,
// method or type, or the first word of an indented line, as fields, constants
// and settings stand.
func declares(line string) string {
	rest, indented := strings.CutPrefix(line, "\t")
	if _, tag, ok := strings.Cut(line, `toml:"`); indented && ok {
		rest = tag
	}
	if !indented {
		var ok bool
		if rest, ok = strings.CutPrefix(line, "type "); !ok {
			if rest, ok = strings.CutPrefix(line, "func "); !ok {
				return ""
			}
			if receiver, method, isMethod := strings.Cut(rest, ") "); isMethod && strings.HasPrefix(receiver, "(") {
				rest = method
			}
		}
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return rest[:max(end, 0)]
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
		if seen[dir] || strings.HasSuffix(path, "_test.go") || strings.Contains(dir, "testdata") ||
			!strings.Contains(source, "\tgo ") && !strings.Contains(source, ".Go(") || !starts.MatchString(source) {
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

// TestSettingsExist wants every setting that a document names to be one.
func TestSettingsExist(t *testing.T) {
	key := regexp.MustCompile("`((?:service|line|site|pop|card|history|notification|start|log)\\.[a-z_]+)(?: = [^`]*)?`")
	count, reported := 0, codes(t)
	walk(t, ".md", func(path, text string) {
		for _, m := range key.FindAllStringSubmatch(text, -1) {
			if reported[m[1]] {
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

// TestExamplesWork gives the examples of the documents to the code that reads
// such things.
func TestExamplesWork(t *testing.T) {
	settings := filepath.Join(t.TempDir(), "settings.toml")
	if err := os.WriteFile(settings, []byte(example(t, "docs/admin-settings.md", "toml", 0)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(settings, ""); err != nil {
		t.Errorf("the policy file of docs/admin-settings.md: %v", err)
	}

	var record recognition.Record
	decode(t, example(t, "docs/admin-settings.md", "json", 0), &record)
	if err := record.Validate(); err != nil {
		t.Errorf("the record of docs/admin-settings.md: %v", err)
	}

	if _, _, err := script.DecodeCall([]byte(example(t, "docs/writing-a-script.md", "json", 0))); err != nil {
		t.Errorf("the call of docs/writing-a-script.md: %v", err)
	}
	var manifest recognition.Script
	decode(t, example(t, "docs/writing-a-script.md", "json", 1), &manifest)
	if err := manifest.When.Validate(); err != nil {
		t.Errorf("the manifest of docs/writing-a-script.md: %v", err)
	}
	if _, err := screenpop.Origins(manifest.Allowed.Origins, manifest.Params); err != nil {
		t.Errorf("the manifest of docs/writing-a-script.md: %v", err)
	}
	digest := recognition.Digest([]byte(read(t, "screenpop/scripts/crm-url.js")))
	if !strings.Contains(read(t, "docs/writing-a-script.md"), digest) {
		t.Errorf("docs/writing-a-script.md gives another digest of crm-url.js than %s", digest)
	}
}

// example is the nth block of a language in a document.
func example(t *testing.T, path, language string, n int) string {
	t.Helper()
	blocks := strings.Split(read(t, path), "\n```"+language+"\n")
	if len(blocks) < n+2 {
		t.Fatalf("%s has no example %d in %s", path, n+1, language)
	}
	text, _, _ := strings.Cut(blocks[n+1], "\n```")
	return text
}

func decode(t *testing.T, text string, v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Errorf("an example: %v", err)
	}
}
