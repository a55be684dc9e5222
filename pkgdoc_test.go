package ctiagent_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPackageDoc wants one package comment for each package, in doc.go (for
// commands also in main.go), that begins with the usual words.
func TestPackageDoc(t *testing.T) {
	rooms := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() {
			return nil
		}
		if name := d.Name(); path != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "bin") {
			return filepath.SkipDir
		}
		if checkRoom(t, path) {
			rooms++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if rooms < 10 {
		t.Errorf("found %d packages only", rooms)
	}
}

// checkRoom reports whether the folder holds a package.
func checkRoom(t *testing.T, dir string) bool {
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var pkgName, docs string
	var in []string
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, f.Name()), nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		pkgName = parsed.Name.Name
		if parsed.Doc != nil {
			docs = parsed.Doc.Text()
			in = append(in, f.Name())
		}
	}
	if pkgName == "" {
		return false
	}
	home, begin := "doc.go", "Package "+pkgName+" "
	if pkgName == "main" {
		begin = "Command "
		if len(in) == 1 && in[0] == "main.go" {
			home = "main.go"
		}
	}
	switch {
	case len(in) == 0:
		t.Errorf("%s: no package comment; say in %s what this room knows that no other room knows", dir, home)
	case len(in) > 1:
		t.Errorf("%s: package comments in %s; there is one, in %s", dir, strings.Join(in, " and "), home)
	case in[0] != home:
		t.Errorf("%s: the package comment is in %s, not in %s", dir, in[0], home)
	case !strings.HasPrefix(docs, begin):
		t.Errorf("%s: the package comment does not begin with %q", dir, begin)
	}
	return true
}
