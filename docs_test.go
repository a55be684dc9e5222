package ctiagent_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The tests of this file hold the documents to the code: what they name must
// exist, and what the code cites must be listed.

// citations are the forms in which a standard is cited, as docs/standards.md
// lists it, each with a word that every one of them holds: most files hold none.
var citations = []struct {
	word string
	form *regexp.Regexp
}{
	{"RFC ", regexp.MustCompile(`\bRFC \d{3,5}\b`)},
	{"BCP ", regexp.MustCompile(`\bBCP \d+\b`)},
	{"E.", regexp.MustCompile(`\bE\.\d{3}\b`)},
	{"Q.", regexp.MustCompile(`\bQ\.\d{3}\b`)},
	{"ISO ", regexp.MustCompile(`\bISO \d+(?:-\d+)?`)},
	{"ASVS ", regexp.MustCompile(`\bASVS \d+(?:\.\d+)*`)},
	{"OWASP ", regexp.MustCompile(`\bOWASP [a-z][a-z ]*cheat sheet`)},
	{"WCAG ", regexp.MustCompile(`\bWCAG \d\.\d`)},
	{"GDPR", regexp.MustCompile(`\bGDPR\b`)},
	{" Specification", regexp.MustCompile(`\b(?:[A-Z]\w+ )+Specification\b`)},
	{"Associations", regexp.MustCompile(`\bMIME Applications Associations\b`)},
	{"StatusNotifierItem", regexp.MustCompile(`\bStatusNotifierItem\b`)},
	{"Secret Service", regexp.MustCompile(`\bSecret Service\b`)},
	{"PHC string", regexp.MustCompile(`\bPHC string\b`)},
	{"defaultFieldValues", regexp.MustCompile(`\bSalesforce defaultFieldValues\b`)},
	{"sysparm_query", regexp.MustCompile(`\bServiceNow sysparm_query\b`)},
	{"extraqs", regexp.MustCompile(`\bDynamics 365 extraqs\b`)},
}

// cited gives the standards that a text cites. Comments are read as they
// would be without line breaks.
func cited(text string) []string {
	text = commentBreak.ReplaceAllString(text, " ")
	var list []string
	for _, c := range citations {
		if !strings.Contains(text, c.word) {
			continue
		}
		for _, name := range c.form.FindAllString(text, -1) {
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
	for _, ending := range []string{".go", ".js", ".d.ts", ".md"} {
		walk(t, ending, func(path, text string) {
			if strings.HasPrefix(path, "docs_") {
				return
			}
			files++
			for _, name := range cited(text) {
				if _, ok := listed[name]; !ok {
					t.Errorf("%s cites %s, which docs/standards.md does not list", path, name)
				}
				if ending != ".md" { // a document's word keeps nothing alive
					listed[name] = true
				}
			}
		})
	}
	for name, found := range listed {
		if !found {
			t.Errorf("docs/standards.md lists %s, which nothing cites", name)
		}
	}
	if files < 100 {
		t.Errorf("only %d files were looked at", files)
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

func parse(t *testing.T, path string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
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
