package paths_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"example.org/ctiagent/desktop/paths"
)

func TestXDGVariablesMoveEverything(t *testing.T) {
	root := t.TempDir()
	for _, v := range []string{"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"} {
		dir := filepath.Join(root, v)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv(v, dir)
	}
	d, err := paths.Find()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Create(); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{d.Config, d.Data, d.State, d.Cache, d.Runtime} {
		if !strings.HasPrefix(dir, root) {
			t.Errorf("%s is outside of the XDG directories", dir)
		}
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
			t.Errorf("%s has mode %v", dir, info.Mode())
		}
	}
}

func TestRelativeXDGVariablesAreIgnored(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "relative")
	t.Setenv("XDG_RUNTIME_DIR", "")
	d, err := paths.Find()
	if err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(d.Config) || strings.Contains(d.Config, "relative") {
		t.Errorf("config directory %s follows a relative variable", d.Config)
	}
	if !filepath.IsAbs(d.Runtime) {
		t.Errorf("runtime directory %q is not absolute", d.Runtime)
	}
}

func TestPrivateRefusesALink(t *testing.T) {
	root := t.TempDir()
	link := filepath.Join(root, "link")
	if runtime.GOOS == "windows" {
		t.Skip("Windows lets only administrators make symbolic links")
	}
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	if err := paths.Private(link); !errors.Is(err, paths.ErrNotPrivate) {
		t.Fatalf("a link was accepted: %v", err)
	}
}

func TestPrivateClosesAnOpenDirectory(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has access control lists instead of mode bits")
	}
	dir := filepath.Join(t.TempDir(), "open")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := paths.Private(dir); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, want 0700", info.Mode().Perm())
	}
}

func TestPrivateRefusesForeignDirectory(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("not root: cannot give a directory to another user, the rule is tested where tests run as root")
		return
	}
	dir := filepath.Join(t.TempDir(), "theirs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if err := paths.Private(dir); !errors.Is(err, paths.ErrNotPrivate) {
		t.Fatalf("a directory of another user was accepted: %v", err)
	}
}
