package browser

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// mayExecute are the rooms whose code, or that below them, starts processes,
// and why. Whoever adds one says what it starts and that nothing a caller, script or server chose
// decides about it.
var mayExecute = map[string]string{
	"desktop/browser":     "the one opener",
	"desktop/telhandler":  "update-desktop-database, by absolute path, on the directory of the user's entries",
	"desktop/desktoptest": "the programs that play a desktop for tests and the demo",
	"screenpop/script":    "the sandboxed child: this same binary, with fixed arguments",
	"agent":               "the window process: the program beside this one",
	"cmd/ctiagent":        "the window process and the sandboxed child",
	"cmd/ctidemo":         "the programs of the demonstration",
	"e2e":                 "the programs under test",
	"telephony/voicelab":  "the platforms and phones of the tests",
	"bench":               "the programs that are measured",
	"cmd/ctibench":        "the programs that are measured",
}

// forbidden are words that only an opener, or somebody who goes around it,
// has a use for.
var forbidden = []string{
	"xdg-open", "sensible-browser", "x-www-browser", "gio open", "kde-open", "gnome-open",
	"rundll32", "shellexecute", "cmd.exe", "powershell", "osascript", "/usr/bin/open",
	"/bin/sh", "bash",
}

// mayName are files that name such a word without opening anything.
var mayName = map[string]string{
	"desktop/desktoptest": "plays a desktop",
	"e2e":                 "clicks links as a desktop does",
	"cmd/ctidemo":         "clicks links as a desktop does",
}

// TestNothingElseOpensAnything reads every Go file of the repository that is
// not a test.
func TestNothingElseOpensAnything(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := 0
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); file != root && (name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		seen++
		inspect(t, file, filepath.ToSlash(rel))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 20 {
		t.Errorf("only %d files were read: the walk does not see the repository", seen)
	}
}

func inspect(t *testing.T, name, room string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Logf("%s: %v", name, err) // the compiler says it better
		return
	}
	for _, f := range findings(file) {
		switch {
		case room == "desktop/browser":
		case f.starts && !allows(mayExecute, room):
			t.Errorf("%s: %s starts a process. Opening is desktop/browser's alone; if this is something else, say what in mayExecute", name, f.what)
		case !f.starts && !allows(mayName, room):
			t.Errorf("%s: %q belongs into desktop/browser", name, f.what)
		}
	}
}

// allows reports whether a list has the room or one above it.
func allows(list map[string]string, room string) bool {
	for ; room != "."; room = path.Dir(room) {
		if list[room] != "" {
			return true
		}
	}
	return false
}

// finding is one place that starts a process, or names an opener.
type finding struct {
	what   string
	starts bool
}

func findings(file *ast.File) []finding {
	var found []finding
	for _, im := range file.Imports {
		if im.Path.Value == `"os/exec"` {
			found = append(found, finding{"the import of os/exec", true})
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.SelectorExpr:
			switch n.Sel.Name {
			case "StartProcess", "ForkExec", "Exec", "ShellExecute", "CreateProcess", "CreateProcessAsUser":
				if pkg, ok := n.X.(*ast.Ident); ok && (pkg.Name == "os" || pkg.Name == "syscall" || pkg.Name == "unix" || pkg.Name == "windows") {
					found = append(found, finding{pkg.Name + "." + n.Sel.Name, true})
				}
			}
		case *ast.BasicLit:
			if n.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(n.Value)
			if err != nil {
				return true
			}
			lower := strings.ToLower(text)
			for _, word := range forbidden {
				if lower == word || strings.HasSuffix(lower, "/"+word) || strings.HasPrefix(lower, word+" ") {
					found = append(found, finding{text, false})
					break
				}
			}
		}
		return true
	})
	return found
}

// TestFindings makes sure that the test above can fail.
func TestFindings(t *testing.T) {
	for _, src := range []string{
		`package p; import "os/exec"; func f() { exec.Command("x") }`,
		`package p; import e "os/exec"; var _ = e.Command`,
		`package p; func f() { os.StartProcess("x", nil, nil) }`,
		`package p; func f() { windows.ShellExecute(0, nil, nil, nil, nil, 1) }`,
		`package p; func f() { syscall.Exec("x", nil, nil) }`,
		`package p; var c = "xdg-open"`,
		`package p; var c = "/usr/bin/xdg-open"`,
		"package p; var c = `rundll32 url.dll,FileProtocolHandler`",
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if len(findings(file)) == 0 {
			t.Errorf("not found: %s", src)
		}
	}
	clean := `package p; import "os"; var c = "the text speaks of xdg-open"; func f() { db.Exec("x"); os.Open("y") }`
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", clean, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if got := findings(file); len(got) != 0 {
		t.Errorf("found %v in %s", got, clean)
	}
}
