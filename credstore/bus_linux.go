package credstore

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// reachable tells whether there is a session bus on which a keyring could be.
// It is asked first because the D-Bus library, finding none, runs dbus-launch,
// which leaves a bus and a keyring of its own behind that nobody unlocks.
func reachable() error {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return nil
	}
	dir := filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
	for _, name := range []string{"bus", "dbus-session"} { // as the library looks for them
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%w: there is no session bus", ErrNoKeyring)
}
