package desktoptest

import (
	"strings"

	"github.com/godbus/dbus/v5"
)

// NewKeyring starts gnome-keyring on the session's bus, unlocked, with its
// files in the session's directories. The session must have a bus.
func NewKeyring(t TB, s *Session, b *Bus) {
	t.Helper()
	s.UseBus(b)
	cmd := s.Command(program(t, "gnome-keyring-daemon", "gnome-keyring"), "--foreground", "--unlock", "--components=secrets")
	cmd.Stdin = strings.NewReader("a password for tests\n")
	Start(t, cmd)
	conn := b.Connect(t)
	eventually(t, "the keyring offers its service on the bus", func() bool {
		var has bool
		err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.freedesktop.secrets").Store(&has)
		return err == nil && has
	})
	eventually(t, "the default collection of the keyring is unlocked", func() bool {
		var path dbus.ObjectPath
		err := conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets").
			Call("org.freedesktop.Secret.Service.ReadAlias", 0, "default").Store(&path)
		if err != nil || path == "/" {
			return false
		}
		locked, err := conn.Object("org.freedesktop.secrets", path).GetProperty("org.freedesktop.Secret.Collection.Locked")
		return err == nil && locked.Value() == false
	})
}
