package desktoptest

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
)

// Display is an X server without a screen.
type Display struct {
	Name string // ":N"
}

// NewDisplay starts Xvfb on a free display number, 1280×800 in 24 bits.
func NewDisplay(t TB) *Display {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatalf("start the display: %v", err)
	}
	defer r.Close()
	cmd := exec.Command(program(t, "Xvfb", "xvfb"), "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{w}
	Start(t, cmd)
	w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("the display did not start: %v", err)
	}
	return &Display{Name: ":" + strings.TrimSpace(number)}
}

// WindowManager starts openbox on the display, for tests of focus and raising.
func (d *Display) WindowManager(t TB, s *Session) {
	t.Helper()
	cmd := s.Command(program(t, "openbox", "openbox"), "--sm-disable")
	cmd.Env = append(cmd.Env, "DISPLAY="+d.Name)
	Start(t, cmd)
	eventually(t, "openbox manages the display", func() bool {
		xprop := exec.Command(program(t, "xprop", "x11-utils"), "-root", "-display", d.Name, "_NET_SUPPORTING_WM_CHECK")
		out, err := xprop.Output()
		return err == nil && strings.Contains(string(out), "window id")
	})
}

// Screenshot writes what the display shows to a PNG file.
func (d *Display) Screenshot(t TB, path string) {
	t.Helper()
	cmd := exec.Command(program(t, "import", "imagemagick"), "-display", d.Name, "-window", "root", path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("take a screenshot: %v: %s", err, out)
	}
}
