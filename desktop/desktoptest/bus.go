package desktoptest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/godbus/dbus/v5"
)

// Bus is a private session bus on which nothing runs and nothing is started
// on demand.
type Bus struct {
	Address string
	conf    string
	proc    *Process
}

// NewBus starts a bus.
func NewBus(t TB) *Bus {
	t.Helper()
	dir, err := os.MkdirTemp("", "bus")
	if err != nil {
		t.Fatalf("a directory for the bus: %v", err)
	}
	t.Cleanup(func() { removeAll(dir) })
	b := &Bus{Address: "unix:path=" + filepath.Join(dir, "bus"), conf: filepath.Join(dir, "bus.conf")}
	// The configuration that --session reads would start the desktop's own
	// services on demand.
	conf := `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>` + b.Address + `</listen>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
  </policy>
</busconfig>
`
	if err := os.WriteFile(b.conf, []byte(conf), 0o600); err != nil {
		t.Fatalf("configure the bus: %v", err)
	}
	b.Start(t)
	return b
}

// Start starts the bus anew after Stop, at the same address.
func (b *Bus) Start(t TB) {
	t.Helper()
	cmd := exec.Command(program(t, "dbus-daemon", "dbus-daemon"), "--config-file="+b.conf, "--nofork", "--nopidfile", "--print-address=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatalf("start the bus: %v", err)
	}
	b.proc = Start(t, cmd)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || strings.TrimSpace(line) == "" {
		t.Fatalf("the bus did not start: %v", err)
	}
}

// Stop ends the bus as at the end of a session: every connection breaks.
func (b *Bus) Stop() {
	b.proc.Kill()
	_ = os.Remove(strings.TrimPrefix(b.Address, "unix:path="))
}

// Connect opens a connection that is closed when the test ends.
func (b *Bus) Connect(t TB) *dbus.Conn {
	t.Helper()
	c, err := dbus.Connect(b.Address)
	if err != nil {
		t.Fatalf("connect to the test bus: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}
