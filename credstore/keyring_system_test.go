//go:build system && linux

package credstore_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/credstore/credstoretest"
	"example.org/ctiagent/desktop/desktoptest"
)

// go-keyring keeps one connection to the session bus for the whole process.
// Each case therefore runs in a child of its own: this test binary again, told
// by childVar which of the tests below marked "child" to run.
const (
	childVar = "CREDSTORE_CHILD"
	childRan = "the child ran"
)

func runChild(t *testing.T, s *desktoptest.Session, test string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := s.Command(exe, "-test.run=^"+test+"$", "-test.count=1", "-test.v")
	cmd.Env = append(cmd.Env, childVar+"="+test)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), childRan) {
		t.Errorf("%v\n%s", err, out)
	}
}

// child reports whether this process is the child for this test; in the parent
// a child's half does nothing.
func child(t *testing.T) bool {
	if os.Getenv(childVar) != t.Name() {
		return false
	}
	t.Log(childRan)
	return true
}

func TestRealKeyring(t *testing.T) {
	s, bus := desktoptest.NewSession(t), desktoptest.NewBus(t)
	desktoptest.NewKeyring(t, s, bus)
	runChild(t, s, "TestChildSuite")
}

func TestChildSuite(t *testing.T) {
	if !child(t) {
		return
	}
	open := func(t *testing.T) credstore.Store {
		store, err := credstore.Open(credstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
	credstoretest.TestStore(t, open(t), open)
}

// Nobody has ever unlocked this keyring, and without a display it cannot ask.
func TestLockedKeyring(t *testing.T) {
	s, bus := desktoptest.NewSession(t), desktoptest.NewBus(t)
	s.UseBus(bus)
	daemon, err := exec.LookPath("gnome-keyring-daemon")
	if err != nil {
		t.Fatal("gnome-keyring-daemon is missing; install the Debian package gnome-keyring")
	}
	desktoptest.Start(t, s.Command(daemon, "--foreground", "--components=secrets"))
	awaitSecrets(t, bus.Connect(t))
	runChild(t, s, "TestChildLocked")
}

func TestChildLocked(t *testing.T) {
	if !child(t) {
		return
	}
	if _, err := credstore.Open(credstore.Options{}); !errors.Is(err, credstore.ErrLocked) {
		t.Errorf("%v", err)
	}
}

func awaitSecrets(t *testing.T, conn *dbus.Conn) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		var has bool
		if err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.freedesktop.secrets").Store(&has); err != nil {
			t.Fatal(err)
		}
		if has {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the keyring did not come up")
		}
		time.Sleep(10 * time.Millisecond) // polling for the condition above
	}
}

// A keyring that asks a person who does not answer.
type silentKeyring struct{ done chan struct{} }

func (k silentKeyring) Unlock([]dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	<-k.done
	return nil, "/", nil
}

func TestSilentKeyring(t *testing.T) {
	s, bus := desktoptest.NewSession(t), desktoptest.NewBus(t)
	s.UseBus(bus)
	conn := bus.Connect(t)
	k := silentKeyring{make(chan struct{})}
	defer close(k.done)
	if err := conn.Export(k, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName("org.freedesktop.secrets", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	runChild(t, s, "TestChildSilent")
}

func TestChildSilent(t *testing.T) {
	if !child(t) {
		return
	}
	before := time.Now()
	_, err := credstore.Open(credstore.Options{Limit: 300 * time.Millisecond})
	if !errors.Is(err, credstore.ErrLocked) {
		t.Errorf("%v", err)
	}
	if took := time.Since(before); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestNoService(t *testing.T) {
	s, bus := desktoptest.NewSession(t), desktoptest.NewBus(t)
	s.UseBus(bus)
	runChild(t, s, "TestChildNone")
}

func TestNoBus(t *testing.T) {
	s := desktoptest.NewSession(t)
	runChild(t, s, "TestChildNone") // its address leads nowhere
	s.Set("DBUS_SESSION_BUS_ADDRESS", "")
	if _, err := os.Stat(fmt.Sprintf("/run/user/%d/bus", os.Getuid())); err == nil {
		return // this machine has a session bus that is found without an address
	}
	runChild(t, s, "TestChildNone")
}

func TestChildNone(t *testing.T) {
	if !child(t) {
		return
	}
	if _, err := credstore.Open(credstore.Options{}); !errors.Is(err, credstore.ErrNoKeyring) {
		t.Errorf("%v", err)
	}
}
