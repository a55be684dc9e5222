package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// systemDirs are where the distributions put xdg-open. $PATH is not asked: a
// program of that name in a directory before these would get every link.
var systemDirs = []string{"/usr/bin", "/usr/local/bin", "/bin", "/run/current-system/sw/bin"}

// open uses xdg-open on every desktop. Under a sandbox with portals xdg-open
// itself goes through org.freedesktop.portal.OpenURI.
func (o *Opener) open(ctx context.Context, link string) error {
	for _, dir := range systemDirs {
		exe := filepath.Join(dir, "xdg-open")
		if executable(exe) {
			return explain(o.start(ctx, exe, []string{link}, environment(os.Environ())))
		}
	}
	return fmt.Errorf("%w: xdg-open is missing; install the package xdg-utils", ErrNoOpener)
}

// explain puts the exit codes of xdg-open into words.
func explain(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	switch exit.ExitCode() {
	case 3:
		return fmt.Errorf("%w: xdg-open finds no browser that starts; install one, or choose one in the settings of the desktop", ErrNoOpener)
	case 4:
		return fmt.Errorf("browser: xdg-open could not start the browser; look at the default browser in the settings of the desktop: %w", err)
	}
	return err
}

// environment is ours for xdg-open, with BROWSER only if it names exactly one
// program by its absolute path. xdg-open would otherwise take it apart at
// colons and blanks and fill in a %s.
func environment(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		browser, ok := strings.CutPrefix(kv, "BROWSER=")
		return ok && !(filepath.IsAbs(browser) && !strings.ContainsFunc(browser, special) && executable(browser))
	})
}

// special holds for characters that mean something to a shell.
func special(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(":%$`\"'\\|&;<>()*?[]{}!#", r)
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// detached makes a session of its own: what was opened is not ended with the
// agent or by its terminal.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
