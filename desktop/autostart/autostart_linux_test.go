package autostart_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/ctiagent/desktop/autostart"
)

func TestEnableAndDisable(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	want := func(on bool) {
		t.Helper()
		if got, err := autostart.Enabled(); err != nil || got != on {
			t.Fatalf("enabled: %v, %v; want %v", got, err, on)
		}
	}
	want(false)
	if err := autostart.Disable(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := autostart.Enable("/opt/my agent/ctiagent", "--hidden"); err != nil {
			t.Fatal(err)
		}
		want(true)
	}
	file := filepath.Join(dir, "autostart", "ctiagent.desktop")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "\nExec=\"/opt/my agent/ctiagent\" --hidden\n") {
		t.Errorf("the entry is\n%s", b)
	}
	// GNOME's and KDE's ways of switching it off.
	for _, off := range []string{"Hidden=true\n", "X-GNOME-Autostart-enabled = false\n"} {
		if err := os.WriteFile(file, append(b, off...), 0o600); err != nil {
			t.Fatal(err)
		}
		want(false)
	}
	if err := autostart.Disable(); err != nil {
		t.Fatal(err)
	}
	want(false)
	if err := autostart.Enable("ctiagent"); err == nil {
		t.Error("a relative path was accepted")
	}
}
