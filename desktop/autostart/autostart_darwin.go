package autostart

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const label = "org.example.ctiagent"

func file() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("autostart: %w", err)
	}
	return filepath.Join(home, "Library", "LaunchAgents", label+".plist"), nil
}

// Enable has exe, an absolute path, started with these arguments at sign-in.
// It replaces what was set before.
func Enable(exe string, args ...string) error {
	if !filepath.IsAbs(exe) {
		return errors.New("autostart: the program must be an absolute path")
	}
	path, err := file()
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(xml.Header)
	b.WriteString(`<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` + "\n")
	b.WriteString(`<plist version="1.0"><dict><key>Label</key><string>` + label + `</string><key>RunAtLoad</key><true/><key>ProgramArguments</key><array>`)
	for _, a := range append([]string{exe}, args...) {
		b.WriteString("<string>")
		if err := xml.EscapeText(&b, []byte(a)); err != nil {
			return fmt.Errorf("autostart: %w", err)
		}
		b.WriteString("</string>")
	}
	b.WriteString("</array></dict></plist>\n")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("autostart: %w", err)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("autostart: %w", err)
	}
	return nil
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

// Enabled reports whether the program is started at sign-in.
func Enabled() (bool, error) {
	path, err := file()
	if err != nil {
		return false, err
	}
	switch _, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("autostart: %w", err)
	}
	return true, nil
}
