package browser

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestEnvironmentOfXdgOpen(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "browser")
	for path, mode := range map[string]os.FileMode{good: 0o700, filepath.Join(dir, "plain"): 0o600, filepath.Join(dir, "a b"): 0o700} {
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	for browser, kept := range map[string]bool{
		good:                        true,
		good + " %s":                false,
		good + ":firefox":           false,
		good + " --proxy=evil":      false,
		"firefox":                   false,
		dir:                         false,
		filepath.Join(dir, "plain"): false,
		filepath.Join(dir, "a b"):   false,
		filepath.Join(dir, "none"):  false,
		"$(id)":                     false,
		"":                          false,
	} {
		got := environment([]string{"A=b", "BROWSER=" + browser, "DISPLAY=:1"})
		if slices.Contains(got, "BROWSER="+browser) != kept {
			t.Errorf("BROWSER=%s kept: %v, want %v", browser, !kept, kept)
		}
		if !slices.Contains(got, "A=b") || !slices.Contains(got, "DISPLAY=:1") {
			t.Errorf("other variables were lost: %q", got)
		}
	}
}
