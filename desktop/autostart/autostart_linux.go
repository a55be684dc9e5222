package autostart

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"example.org/ctiagent/desktop/desktopentry"
)

func file() (string, error) {
	dir, err := os.UserConfigDir() // $XDG_CONFIG_HOME, else ~/.config
	if err != nil {
		return "", fmt.Errorf("autostart: %w", err)
	}
	return filepath.Join(dir, "autostart", "ctiagent.desktop"), nil
}

// Enable has exe, an absolute path, started with these arguments at sign-in.
// It replaces what was set before.
func Enable(exe string, args ...string) error {
	path, err := file()
	if err != nil {
		return err
	}
	entry, err := desktopentry.Entry{
		Name:    "CTI agent",
		Comment: "Shows who is calling",
		Icon:    "call-start",
		Exec:    append([]string{exe}, args...),
		Keys:    []desktopentry.Key{{Name: "Terminal", Value: "false"}, {Name: "X-GNOME-Autostart-enabled", Value: "true"}},
	}.Encode()
	if err != nil {
		return fmt.Errorf("autostart: %w", err)
	}
	return desktopentry.Write(path, entry)
}

// Disable undoes Enable. That it was not enabled is no error.
func Disable() error {
	path, err := file()
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("autostart: %w", err)
	}
	return nil
}

// Enabled reports whether the program is started at sign-in. An entry that
// the user switched off in the settings of the desktop counts as not enabled.
func Enabled() (bool, error) {
	path, err := file()
	if err != nil {
		return false, err
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("autostart: %w", err)
	}
	for line := range strings.Lines(string(b)) {
		switch strings.ReplaceAll(strings.TrimSpace(line), " ", "") {
		case "Hidden=true", "X-GNOME-Autostart-enabled=false":
			return false, nil
		}
	}
	return true, nil
}
