package config

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write docs/settings.md")

func TestReferencePage(t *testing.T) {
	page := filepath.Join("..", "docs", "settings.md")
	if *update {
		if err := os.WriteFile(page, []byte(Reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Reference() {
		t.Error("docs/settings.md is not what the tags say; run go generate ./config")
	}
}

func TestExampleLoads(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.toml")
	if err := os.WriteFile(file, []byte(Example()), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file, ""); err != nil {
		t.Fatal(err)
	}
}
