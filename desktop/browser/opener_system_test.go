//go:build system && linux

package browser

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.org/ctiagent/desktop/desktoptest"
)

// TestOpenThroughXdgOpen has the real xdg-open call a browser stand-in.
func TestOpenThroughXdgOpen(t *testing.T) {
	s := desktoptest.NewSession(t).UseDisplay(desktoptest.NewDisplay(t))
	for _, v := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS"} {
		t.Setenv(v, s.Get(v))
	}
	t.Setenv("XDG_CURRENT_DESKTOP", "")
	t.Setenv("BROWSER", self(t))
	act(t, "write")
	o := opener()
	for i, link := range []string{
		"https://crm.example.org/contact/17?n=%2B442079460123&name=a%20b%22#top",
		"https://crm.example.org/?q=$(id);x='y'&z=!*()",
		"http://127.0.0.1:8080/contact?id=1",
	} {
		out := filepath.Join(s.Dir, fmt.Sprint("out", i))
		t.Setenv("BROWSER_TEST_OUT", out)
		start := time.Now()
		if err := o.Open(t.Context(), link); err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		o.Wait()
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(b); got != link+"\n" {
			t.Errorf("the browser was given %q, want %q", got, link)
		}
		t.Logf("Open took %v", took)
	}
}

func TestOpenSaysThatTheBrowserFails(t *testing.T) {
	s := desktoptest.NewSession(t).UseDisplay(desktoptest.NewDisplay(t))
	for _, v := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS"} {
		t.Setenv(v, s.Get(v))
	}
	t.Setenv("BROWSER", self(t))
	o := opener()
	act(t, "fail")
	for range 10 { // on a loaded machine xdg-open may need longer than settle
		err := o.Open(t.Context(), "https://crm.example.org/")
		o.Wait()
		if errors.Is(err, ErrNoOpener) {
			return
		}
		if err != nil {
			t.Fatalf("got %v, want ErrNoOpener", err)
		}
	}
	t.Error("a browser that fails is never reported")
}
