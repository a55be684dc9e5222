package paths

import (
	"fmt"
	"os"
	"path/filepath"
)

// PolicyFile is the administrator's file.
func PolicyFile() string { return "/etc/" + App + "/policy.toml" }

func defaults() (Dirs, error) {
	d := Dirs{Runtime: fmt.Sprintf("/tmp/%s-%d", App, os.Geteuid())}
	// A link clicked in a program whose environment was cleaned must find the
	// socket of the agent that was started with the variable.
	if dir := fmt.Sprintf("/run/user/%d", os.Geteuid()); owned(dir) {
		d.Runtime = filepath.Join(dir, App)
	}
	home, err := os.UserHomeDir()
	if err != nil && !allXDG() {
		return Dirs{}, err
	}
	d.Config = filepath.Join(home, ".config", App)
	d.Data = filepath.Join(home, ".local", "share", App)
	d.State = filepath.Join(home, ".local", "state", App)
	d.Cache = filepath.Join(home, ".cache", App)
	return d, nil
}

// allXDG reports whether no default under the home directory will be used.
func allXDG() bool {
	for _, env := range []string{"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"} {
		if _, ok := xdg(env); !ok {
			return false
		}
	}
	return true
}
