//go:build system && linux

package desktoptest_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/systray"
	"github.com/zalando/go-keyring"

	"example.org/ctiagent/desktop/desktoptest"
)

// TestMain is also the program with a tray icon.
func TestMain(m *testing.M) {
	switch os.Getenv("DESKTOPTEST_CHILD") {
	case "tray":
		// What is set before the library has exported its properties can be
		// lost, so everything is set after start, as ui/tray does.
		start, end := systray.RunWithExternalLoop(func() {}, func() {})
		start()
		<-tray()
		end()
	case "keyring":
		if err := useKeyring(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	default:
		os.Exit(m.Run())
	}
}

// tray is a program as ours: an icon that changes colour, a box to tick, a
// submenu that is rebuilt.
func tray() (quitted <-chan struct{}) {
	done := make(chan struct{})
	systray.SetIcon(icon(color.RGBA{G: 200, A: 255}))
	systray.SetTooltip("ready")
	dnd := systray.AddMenuItemCheckbox("Do not disturb", "", false)
	recent := systray.AddMenuItem("Recent", "")
	call := recent.AddSubMenuItem("Anna", "")
	off := systray.AddMenuItem("Later", "")
	off.Disable()
	systray.AddSeparator()
	quit := systray.AddMenuItem("Quit", "")
	go func() { // ends with the program
		for {
			select {
			case <-dnd.ClickedCh:
				dnd.Check()
				systray.SetIcon(icon(color.RGBA{R: 200, A: 255}))
				systray.SetTooltip("quiet")
				off.Enable()
			case <-off.ClickedCh:
				call.SetTitle("Ben")
			case <-call.ClickedCh:
				systray.SetTooltip("called")
			case <-quit.ClickedCh:
				close(done)
				return
			}
		}
	}()
	return done
}

func icon(c color.RGBA) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range 256 {
		m.Set(i%16, i/16, c)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func useKeyring() error {
	if err := keyring.Set("desktoptest", "user", "secret"); err != nil {
		return err
	}
	got, err := keyring.Get("desktoptest", "user")
	if err != nil {
		return err
	}
	if got != "secret" {
		return fmt.Errorf("the keyring returned %q", got)
	}
	return nil
}

func child(t *testing.T, s *desktoptest.Session, verb string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s.Set("DESKTOPTEST_CHILD", verb)
	s.Set("GORACE", "atexit_sleep_ms=0")
	return s.Command(exe)
}

func TestTray(t *testing.T) {
	bus := desktoptest.NewBus(t)
	watcher := desktoptest.NewWatcher(t, bus)
	s := desktoptest.NewSession(t).UseBus(bus)
	program := desktoptest.Start(t, child(t, s, "tray"))
	tray := watcher.Wait()
	tray.WaitItem(func(i desktoptest.Item) bool { return !i.Checked && i.Enabled }, "Do not disturb")
	tray.WaitItem(func(i desktoptest.Item) bool { return !i.Enabled }, "Later")
	tray.WaitTooltip("ready")
	if c, err := tray.Pixel(0.5, 0.5); err != nil || c.G < 150 || c.R > 50 {
		t.Errorf("the icon is %+v, %v; want green", c, err)
	}
	tray.Click("Do not disturb")
	tray.WaitItem(func(i desktoptest.Item) bool { return i.Checked }, "Do not disturb")
	tray.WaitTooltip("quiet")
	if c, err := tray.Pixel(0.5, 0.5); err != nil || c.R < 150 || c.G > 50 {
		t.Errorf("the icon is %+v, %v; want red", c, err)
	}
	tray.Click("Later")
	tray.Click("Recent", "Ben")
	tray.WaitTooltip("called")
	tray.Click("Quit")
	if err := program.Wait(); err != nil {
		t.Error(err)
	}
}

func TestKeyring(t *testing.T) {
	bus := desktoptest.NewBus(t)
	s := desktoptest.NewSession(t)
	desktoptest.NewKeyring(t, s, bus)
	if out, err := child(t, s, "keyring").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(s.Get("XDG_DATA_HOME"), "keyrings")); err != nil {
		t.Errorf("the keyring's files are elsewhere: %v", err)
	}
}

func TestDisplay(t *testing.T) {
	display := desktoptest.NewDisplay(t)
	second := desktoptest.NewDisplay(t)
	if display.Name == second.Name {
		t.Fatalf("both displays are %s", display.Name)
	}
	display.WindowManager(t, desktoptest.NewSession(t))
	shot := filepath.Join(t.TempDir(), "screen.png")
	display.Screenshot(t, shot)
	f, err := os.Open(shot)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.DecodeConfig(f)
	if err != nil || m.Width != 1280 || m.Height != 800 {
		t.Errorf("the screenshot is %d×%d, %v", m.Width, m.Height, err)
	}
}

func TestSessionLeadsNowhereElse(t *testing.T) {
	t.Setenv("WAYLAND_DISPLAY", "wayland-0")
	t.Setenv("XDG_CONFIG_DIRS", "/somewhere")
	t.Setenv("BROWSER", "firefox")
	s := desktoptest.NewSession(t)
	for _, kv := range s.Env() {
		k, v, _ := strings.Cut(kv, "=")
		switch {
		case k == "WAYLAND_DISPLAY" || k == "BROWSER" || k == "DISPLAY" || k == "XDG_CONFIG_DIRS":
			t.Errorf("%s leads out of the session", kv)
		case strings.HasPrefix(k, "XDG_") && !strings.HasPrefix(v, s.Dir):
			t.Errorf("%s leads out of the session", kv)
		}
	}
}
