package script

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestNoWayOut lets a process try every way out that was ever measured to be
// open, first uncontained, so that the test cannot pass by mistake.
func TestNoWayOut(t *testing.T) {
	dir := t.TempDir()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	named := filepath.Join(dir, "bus")
	abstract := fmt.Sprintf("ctiagent-probe-%d", os.Getpid())
	for _, name := range []string{named, "@" + abstract} {
		l, err := net.Listen("unix", name)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
	}
	secret := byte(42)
	tried := func(verb string) map[string]bool {
		cmd := exec.Command(childCommand[0], verb, filepath.Join(dir, "written"), named, abstract,
			strconv.Itoa(tcp.Addr().(*net.TCPAddr).Port), strconv.FormatUint(uint64(uintptr(unsafe.Pointer(&secret))), 10))
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", verb, err)
		}
		var open map[string]bool
		if err := json.Unmarshal(out, &open); err != nil {
			t.Fatalf("%s: %v in %q", verb, err, out)
		}
		return open
	}
	// What an ordinary user's process may not do either depends on the machine.
	privileged := []string{"open the parent's memory", "read the parent's memory", "open by io_uring", "raise a limit"}
	for name, open := range tried("probe-bare") {
		if !open && !slices.Contains(privileged, name) {
			t.Errorf("uncontained, %q fails: the probe proves nothing", name)
		}
	}
	contained := tried("probe")
	if len(contained) < 11 {
		t.Fatalf("only %d ways were tried", len(contained))
	}
	for name, open := range contained {
		if open {
			t.Errorf("a contained process can %s", name)
		}
	}
}

// TestLayersHoldHere fails where a layer is silently absent.
func TestLayersHoldHere(t *testing.T) {
	h := newHost(t, Limits{})
	layers, err := h.Layers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{LayerKill, LayerEnvironment, LayerLimits, LayerMemory, LayerLandlock, LayerSeccomp} {
		if !slices.ContainsFunc(layers, func(l Layer) bool { return l.Name == want && l.Active }) {
			t.Errorf("%q is not active: %+v", want, layers)
		}
	}
}

// TestAChildIsGivenNothing starts a process as the host does and lets it say
// what it was given.
func TestAChildIsGivenNothing(t *testing.T) {
	// A file that somebody left open without close-on-exec.
	leaked, err := unix.Open("/dev/null", unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(leaked)
	t.Setenv("CANARY", "secret")

	cmd := exec.Command(childCommand[0], "inventory")
	cmd.Env = environment
	confine(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	runtime.LockOSThread() // see confine
	defer runtime.UnlockOSThread()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var have struct {
		Files   map[string]string
		Environ []string
		Dir     string
	}
	if err := json.Unmarshal(out, &have); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	for fd, target := range have.Files {
		own := strings.HasPrefix(target, "anon_inode:") // the runtime's own
		if n, _ := strconv.Atoi(fd); n > 2 && !own || n <= 2 && !strings.HasPrefix(target, "pipe:") {
			t.Errorf("the child holds descriptor %s: %s", fd, target)
		}
	}
	if len(have.Files) < 3 || !slices.Equal(have.Environ, environment) || have.Dir != "/" {
		t.Errorf("%+v", have)
	}
}

// TestEveryThreadIsFiltered reads what the kernel says of a waiting child.
func TestEveryThreadIsFiltered(t *testing.T) {
	h := newHost(t, patient)
	c, err := h.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.kill()
	proc := "/proc/" + strconv.Itoa(c.cmd.Process.Pid)
	status, err := os.ReadFile(proc + "/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Seccomp:\t2\n", "NoNewPrivs:\t1\n"} {
		if !strings.Contains(string(status), want) {
			t.Errorf("status has no %q", want)
		}
	}
	tasks, err := os.ReadDir(proc + "/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		s, err := os.ReadFile(proc + "/task/" + task.Name() + "/status")
		if err == nil && !strings.Contains(string(s), "Seccomp:\t2\n") {
			t.Errorf("thread %s has no filter", task.Name())
		}
	}
}

// TestNothingIsLeftBehind: however many scripts ran, as many descriptors and
// goroutines are left as before.
func TestNothingIsLeftBehind(t *testing.T) {
	descriptors := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	play := func(n int) {
		h := NewHost(HostConfig{Command: childCommand, Limits: patient})
		defer h.Close()
		for range n {
			if _, err := run(t, h, says); err != nil {
				t.Fatal(err)
			}
		}
	}
	play(2)
	fds, goroutines := descriptors(), runtime.NumGoroutine()
	play(40)
	if got := descriptors(); got > fds {
		t.Errorf("%d descriptors became %d", fds, got)
	}
	// Timers' and pipes' goroutines end right after Close has returned.
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > goroutines; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines became %d", goroutines, runtime.NumGoroutine())
		}
	}
}

// TestAWaitingChildWeighsLittle: the spare counts towards what the agent may
// hold while nothing happens.
func TestAWaitingChildWeighsLittle(t *testing.T) {
	h := newHost(t, patient)
	c, err := h.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.kill()
	pid := strconv.Itoa(c.cmd.Process.Pid)
	var kilobytes int
	ticks := time.NewTicker(50 * time.Millisecond)
	defer ticks.Stop()
	for deadline := time.Now().Add(idleAfter + 10*time.Second); ; <-ticks.C {
		status, err := os.ReadFile("/proc/" + pid + "/status")
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(status), "\nVmRSS:")
		if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
			t.Fatal(err)
		}
		if kilobytes < 10<<10 || time.Now().After(deadline) {
			break
		}
	}
	t.Logf("%d kB", kilobytes)
	if kilobytes >= 10<<10 {
		t.Errorf("it holds %d kB", kilobytes)
	}
}
