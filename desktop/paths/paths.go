package paths

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// App is the directory name of the program everywhere.
const App = "ctiagent"

// ErrNotPrivate is returned when a directory that must be the user's alone
// belongs to somebody else or is not a directory.
var ErrNotPrivate = errors.New("paths: the directory is not private")

// Dirs are the directories of one user. Find fills them, Create makes them.
type Dirs struct {
	Config  string // settings a person may edit
	Data    string // history, fetched scripts: must survive
	State   string // logs, last window positions: nice to keep
	Cache   string // may be deleted at any time
	Runtime string // socket and lock: gone after a restart of the machine
}

// Find resolves the directories from the environment. It creates nothing.
func Find() (Dirs, error) {
	d, err := defaults()
	if err != nil {
		return Dirs{}, fmt.Errorf("paths: find the directories of the user: %w", err)
	}
	for _, o := range []struct {
		env string
		dir *string
	}{
		{"XDG_CONFIG_HOME", &d.Config},
		{"XDG_DATA_HOME", &d.Data},
		{"XDG_STATE_HOME", &d.State},
		{"XDG_CACHE_HOME", &d.Cache},
	} {
		if base, ok := xdg(o.env); ok {
			*o.dir = filepath.Join(base, App)
		}
	}
	// A runtime directory that is somebody else's, as after sudo with the
	// caller's environment, is passed over: the socket would be refused there.
	if base, ok := xdg("XDG_RUNTIME_DIR"); ok && owned(base) {
		d.Runtime = filepath.Join(base, App)
	}
	return d, nil
}

// xdg is the absolute path in a variable; the specification says that
// relative ones are to be ignored.
func xdg(env string) (string, bool) {
	p := os.Getenv(env)
	return filepath.Clean(p), filepath.IsAbs(p)
}

// Create makes all directories, readable by the user alone.
func (d Dirs) Create() error {
	for _, dir := range []string{d.Config, d.Data, d.State, d.Cache, d.Runtime} {
		if err := Private(dir); err != nil {
			return err
		}
	}
	return nil
}

// Private makes one directory with mode 0700, or makes sure that an existing
// one is a real directory (no link), is the user's own and is closed to
// others. Parents are created when missing.
func Private(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return fmt.Errorf("paths: create %s: %w", dir, err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("paths: create %s: %w", dir, err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("paths: look at %s: %w", dir, err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%w: %s is not a directory (a link is not accepted); remove it", ErrNotPrivate, dir)
	}
	if !owned(dir) {
		return fmt.Errorf("%w: %s belongs to another user; remove it or set XDG_RUNTIME_DIR", ErrNotPrivate, dir)
	}
	return closeToOthers(dir, info)
}
