//go:build system && linux

package notification_test

import (
	"encoding/json"
	"image"
	_ "image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"example.org/ctiagent/desktop/desktoptest"
	"example.org/ctiagent/desktop/notification"
)

// TestRealDaemon is the one pass on a notification server that people use.
func TestRealDaemon(t *testing.T) {
	bus, display := desktoptest.NewBus(t), desktoptest.NewDisplay(t)
	s := desktoptest.NewSession(t).UseBus(bus).UseDisplay(display)
	n := open(t, bus)
	notReady(t, n)

	config := filepath.Join(s.Dir, "dunstrc")
	if err := os.WriteFile(config, []byte("[global]\nmarkup = full\nformat = \"<b>%s</b>\\n%b\"\ngeometry = \"400x5-20+20\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	path, err := exec.LookPath("dunst")
	if err != nil {
		t.Fatal("dunst is not installed: it is in the Debian package dunst")
	}
	daemon := desktoptest.Start(t, s.Command(path, "-config", config))
	ready(t, n)
	if c := n.Capabilities(); !c.Actions || !c.Markup {
		t.Errorf("capabilities %+v", c)
	}

	blank := colours(t, display)
	notice := ringing
	notice.Body = "<i>not</i> & italic"
	if err := n.Show("call", notice); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return colours(t, display) > blank })
	if dir := os.Getenv("CTI_SCREENSHOTS"); dir != "" {
		display.Screenshot(t, filepath.Join(dir, "dunst.png"))
	}

	notice.Title = "Anna <de> Vries"
	notice.Actions = append([]notification.Action{{Key: "default", Label: "Open"}}, notice.Actions...)
	if err := n.Show("call", notice); err != nil {
		t.Fatal(err)
	}
	ctl := func(args ...string) string {
		t.Helper()
		out, err := s.Command("dunstctl", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("dunstctl %q: %v: %s", args, err, out)
		}
		return string(out)
	}
	waitFor(t, func() bool { return ctl("count", "displayed") == "1\n" })
	ctl("action", "0") // as a click on the first notice
	if got := receive(t, n.Actions()); got.Key != "call" || got.Action != "default" {
		t.Errorf("got %+v", got)
	}

	notice.Resident = false
	if err := n.Show("other", notice); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return ctl("count", "displayed") != "0\n" })
	for _, key := range []string{"call", "other"} {
		if err := n.Withdraw(key); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, func() bool { return ctl("count", "displayed") == "0\n" })
	var history struct {
		Data [][]struct {
			Summary, Body struct{ Data string }
		}
	}
	if err := json.Unmarshal([]byte(ctl("history")), &history); err != nil {
		t.Fatal(err)
	}
	for _, h := range history.Data[0] {
		if h.Body.Data != "&lt;i&gt;not&lt;/i&gt; &amp; italic" && h.Body.Data != "<i>not</i> & italic" {
			t.Errorf("dunst has the body %q", h.Body.Data)
		}
	}
	if len(history.Data[0]) == 0 {
		t.Error("dunst remembers nothing")
	}
	daemon.Kill()
	notReady(t, n)
}

// colours is how many different colours the display shows.
func colours(t *testing.T, d *desktoptest.Display) int {
	t.Helper()
	path := filepath.Join(t.TempDir(), "screen.png")
	d.Screenshot(t, path)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[3]uint32]bool{}
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y += 2 {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x += 2 {
			r, g, b, _ := m.At(x, y).RGBA()
			seen[[3]uint32{r, g, b}] = true
		}
	}
	return len(seen)
}
