//go:build unix

package instance_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.org/ctiagent/desktop/instance"
)

// child is what the test binary does as a second process: "hold" becomes the
// instance and waits to be killed, "knock" talks to a socket as it is.
func child(verb string) {
	switch verb {
	case "hold":
		i, err := instance.Acquire(name)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("held")
		_, _ = i.Listener().Accept()
		select {}
	case "knock":
		c, err := net.Dial("unix", os.Getenv("INSTANCE_TEST_SOCKET"))
		if err != nil {
			fmt.Println("dial:", err)
			return
		}
		_, _ = io.WriteString(c, "dial 999")
		b, err := io.ReadAll(c)
		fmt.Printf("read %d bytes, %v\n", len(b), err != nil)
	case "listen":
		l, err := net.Listen("unix", os.Getenv("INSTANCE_TEST_SOCKET"))
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		_ = os.Chmod(os.Getenv("INSTANCE_TEST_SOCKET"), 0o666)
		fmt.Println("listening")
		_, _ = l.Accept()
		select {}
	}
}

func exclusiveLock(t *testing.T, path string) (release func()) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	return func() { f.Close() }
}

func TestCrashLeavesNothingInTheWay(t *testing.T) {
	dir := room(t)
	for range 3 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "INSTANCE_TEST_CHILD=hold")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil || line != "held\n" {
			t.Fatalf("the child said %q, %v", line, err)
		}
		if _, err := instance.Acquire(name); !errors.Is(err, instance.ErrRunning) {
			t.Fatalf("while the child runs: %v, want ErrRunning", err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // "signal: killed"
		if _, err := os.Lstat(filepath.Join(dir, "ctiagent", name+".sock")); err != nil {
			t.Fatalf("the crash left no socket to stumble over: %v", err)
		}
		if _, err := instance.Connect(t.Context(), name); !errors.Is(err, instance.ErrNotRunning) {
			t.Fatalf("after the crash: %v, want ErrNotRunning", err)
		}
		i, err := instance.Acquire(name)
		if err != nil {
			t.Fatalf("after the crash: %v", err)
		}
		c, err := instance.Connect(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		if err := i.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSocketAndDirectoryAreTheUsersAlone(t *testing.T) {
	dir := room(t)
	i, err := instance.Acquire(name)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	for path, want := range map[string]os.FileMode{
		"ctiagent":                   0o700,
		"ctiagent/" + name + ".sock": 0o600,
		"ctiagent/" + name + ".lock": 0o600,
	} {
		info, err := os.Lstat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %v, want %v", path, got, want)
		}
	}
}

// TestOtherUserIsRefused opens the doors of the file system on purpose, so
// that what refuses is the question to the kernel.
func TestOtherUserIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("not root: another user cannot be played; the refusal is tested where tests run as root")
		return
	}
	dir := room(t)
	i, err := instance.Acquire(name)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	refused := make(chan int, 1)
	i.OnRefused(func(count int) { refused <- count })
	accepted := make(chan error, 1)
	go func() { // ends when the listener is closed
		c, err := i.Listener().Accept()
		if err == nil {
			c.Close()
		}
		accepted <- err
	}()
	socket := filepath.Join(dir, "ctiagent", name+".sock")
	if got := knock(t, socket); got != "dial: dial unix "+socket+": connect: permission denied\n" {
		t.Errorf("through the closed door: %q", got)
	}
	for path, mode := range map[string]os.FileMode{dir: 0o755, filepath.Dir(socket): 0o755, socket: 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	got := knock(t, socket)
	if got != "read 0 bytes, true\n" && got != "read 0 bytes, false\n" {
		t.Errorf("through the open door: %q", got)
	}
	select {
	case count := <-refused:
		if count != 1 {
			t.Errorf("the first refusal was counted as %d", count)
		}
	case err := <-accepted:
		t.Fatalf("Accept passed another user on (%v)", err)
	case <-time.After(5 * time.Second):
		t.Fatal("the refusal was not told")
	}
	i.Close()
	if err := <-accepted; err == nil {
		t.Error("Accept passed another user on")
	}
}

// TestConnectRefusesAForeignListener plants a socket of another user where
// ours would be.
func TestConnectRefusesAForeignListener(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("not root: another user cannot be played; the refusal is tested where tests run as root")
		return
	}
	dir := room(t)
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	theirs := filepath.Join(dir, "ctiagent")
	if err := os.Mkdir(theirs, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(theirs, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	listenAs(t, filepath.Join(theirs, name+".sock"))
	if c, err := instance.Connect(t.Context(), name); !errors.Is(err, instance.ErrForeign) {
		if err == nil {
			c.Close()
		}
		t.Fatalf("got %v, want ErrForeign", err)
	}
	if _, err := instance.Acquire(name); err == nil {
		t.Fatal("a directory of another user was used")
	}
}

// knock runs this test binary as user 65534 (nobody).
func knock(t *testing.T, socket string) string {
	t.Helper()
	cmd := asNobody(t)
	cmd.Env = []string{"GORACE=atexit_sleep_ms=0", "INSTANCE_TEST_CHILD=knock", "INSTANCE_TEST_SOCKET=" + socket}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func listenAs(t *testing.T, socket string) {
	t.Helper()
	cmd := asNobody(t)
	cmd.Env = []string{"INSTANCE_TEST_CHILD=listen", "INSTANCE_TEST_SOCKET=" + socket}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "listening\n" {
		t.Fatalf("the other user's program said %q, %v", line, err)
	}
}

// asNobody is a command that runs a copy of this test binary, from a place
// that another user can reach.
func asNobody(t *testing.T) *exec.Cmd {
	t.Helper()
	dir, err := os.MkdirTemp("", "inst")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	bin, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "child")
	if err := os.WriteFile(path, bin, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	return cmd
}
