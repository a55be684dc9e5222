package autostart

import (
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

const (
	runKey = `Software\Microsoft\Windows\CurrentVersion\Run`
	value  = "ctiagent"
)

// Enable has exe, an absolute path, started with these arguments at sign-in.
// It replaces what was set before.
func Enable(exe string, args ...string) error {
	if !filepath.IsAbs(exe) {
		return errors.New("autostart: the program must be an absolute path")
	}
	key, _, err := registry.CreateKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if err != nil {
		return fmt.Errorf("autostart: open the Run key: %w", err)
	}
	defer key.Close()
	if err := key.SetStringValue(value, windows.ComposeCommandLine(append([]string{exe}, args...))); err != nil {
		return fmt.Errorf("autostart: write the Run key: %w", err)
	}
	return nil
}

// Disable undoes Enable. That it was not enabled is no error.
func Disable() error {
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("autostart: open the Run key: %w", err)
	}
	defer key.Close()
	if err := key.DeleteValue(value); err != nil && !errors.Is(err, registry.ErrNotExist) {
		return fmt.Errorf("autostart: write the Run key: %w", err)
	}
	return nil
}

// Enabled reports whether the program is started at sign-in.
func Enabled() (bool, error) {
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("autostart: open the Run key: %w", err)
	}
	defer key.Close()
	switch _, _, err := key.GetStringValue(value); {
	case errors.Is(err, registry.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("autostart: read the Run key: %w", err)
	}
	return true, nil
}
