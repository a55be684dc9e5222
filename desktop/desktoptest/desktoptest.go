package desktoptest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// TB is what the package needs of a test, a benchmark, or a program.
// testing.TB satisfies it. Fatalf must not return.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Cleanup(func())
	TempDir() string
}

// patience bounds every wait for something that is about to happen. It is
// long, because a loaded machine is no failure.
const patience = 20 * time.Second

// Session is the environment of one user at one desktop: directories of its
// own, and the bus and display that were given to it.
type Session struct {
	Dir string // home; the XDG directories lie in it
	env map[string]string
}

// NewSession makes home, configuration, data, state, cache and runtime
// directories for programs under test.
func NewSession(t TB) *Session {
	t.Helper()
	// Sockets lie below, and their paths may have 103 bytes: t.TempDir, made
	// of the name of the test, can be too long.
	dir, err := os.MkdirTemp("", "cti")
	if err != nil {
		t.Fatalf("a directory for the session: %v", err)
	}
	t.Cleanup(func() { removeAll(dir) })
	s := &Session{Dir: dir, env: map[string]string{
		"HOME": dir,
		"LANG": "en_US.UTF-8",
		// Nobody may fall back to the bus or the display of the developer.
		"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
	}}
	for env, name := range map[string]string{
		"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state",
		"XDG_CACHE_HOME": "cache", "XDG_RUNTIME_DIR": "run",
	} {
		p := filepath.Join(dir, name)
		if err := os.Mkdir(p, 0o700); err != nil {
			t.Fatalf("a directory for the session: %v", err)
		}
		s.env[env] = p
	}
	return s
}

// removeAll tolerates processes that were just killed and whose last files
// appear while the directory is being removed.
func removeAll(dir string) {
	for range 20 {
		if os.RemoveAll(dir) == nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Set adds or changes a variable for programs started from now on.
func (s *Session) Set(key, value string) { s.env[key] = value }

// Get is a variable of the session.
func (s *Session) Get(key string) string { return s.env[key] }

// UseBus makes programs speak to this bus.
func (s *Session) UseBus(b *Bus) *Session {
	s.Set("DBUS_SESSION_BUS_ADDRESS", b.Address)
	return s
}

// UseDisplay makes programs show their windows on this display.
func (s *Session) UseDisplay(d *Display) *Session {
	s.Set("DISPLAY", d.Name)
	return s
}

// Env is the environment for exec.Cmd: that of this process, without what
// would lead to the developer's own desktop, and with the session's.
func (s *Session) Env() []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		k, _, _ := strings.Cut(kv, "=")
		_, ours := s.env[k]
		return ours || strings.HasPrefix(k, "XDG_") || strings.HasPrefix(k, "DBUS_") ||
			slices.Contains([]string{"DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "DESKTOP_SESSION", "DESKTOP_STARTUP_ID", "LC_ALL"}, k)
	})
	for k, v := range s.env {
		env = append(env, k+"="+v)
	}
	slices.Sort(env)
	return env
}

// Command is exec.CommandContext in this session; it is killed when the test
// ends, if it was started and still runs. Start it with Start.
func (s *Session) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = s.Env()
	cmd.Dir = s.Dir
	return cmd
}

// Start starts a program and ends it, by its id, when the test is cleaned up:
// with an interrupt first, so that it can tidy up, then by force.
func Start(t TB, cmd *exec.Cmd) *Process {
	t.Helper()
	cmd.WaitDelay = 2 * time.Second // a grandchild may hold a pipe open
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", cmd.Path, err)
	}
	p := &Process{Cmd: cmd, done: make(chan struct{})}
	go func() { // ends with the process
		p.err = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() { p.Stop() })
	return p
}

// Process is a running program.
type Process struct {
	*exec.Cmd
	done chan struct{}
	err  error
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for the end and returns what exec.Cmd.Wait said.
func (p *Process) Wait() error { <-p.done; return p.err }

// Stop interrupts the process, kills it after three seconds, and waits.
func (p *Process) Stop() {
	select {
	case <-p.done:
		return
	default:
	}
	_ = p.Process.Signal(os.Interrupt)
	select {
	case <-p.done:
	case <-time.After(3 * time.Second):
		p.Kill()
	}
}

// Kill ends the process at once, as a crash would, and waits.
func (p *Process) Kill() {
	_ = p.Process.Kill()
	<-p.done
}

// program finds a system program or says which package has it.
func program(t TB, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed: it is in the Debian package %s (apt-get install %s)", name, debian, debian)
	}
	return path
}

// eventually looks until ok holds, or fails with what was waited for.
func eventually(t TB, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("after %v still not: %s", patience, what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
