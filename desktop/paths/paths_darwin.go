package paths

import (
	"fmt"
	"os"
	"path/filepath"
)

// PolicyFile is the administrator's file.
func PolicyFile() string { return "/Library/Application Support/" + App + "/policy.toml" }

func defaults() (Dirs, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return Dirs{}, err
	}
	support := filepath.Join(home, "Library", "Application Support", App)
	return Dirs{
		Config:  filepath.Join(support, "config"),
		Data:    filepath.Join(support, "data"),
		State:   filepath.Join(support, "state"),
		Cache:   filepath.Join(home, "Library", "Caches", App),
		Runtime: filepath.Join(os.TempDir(), fmt.Sprintf("%s-%d", App, os.Geteuid())),
	}, nil
}
