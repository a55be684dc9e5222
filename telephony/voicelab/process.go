package voicelab

import (
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// process is one daemon of a test. It runs under a small shell that ends it
// when its standard input closes, so that nothing is left when a test binary
// is killed.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	file  string
	ended chan struct{}
	once  sync.Once
}

const guardian = `"$@" </dev/null & pid=$!
(while kill -0 $pid 2>/dev/null; do sleep 0.3; done; kill $$ 2>/dev/null) &
cat >/dev/null
kill $pid 2>/dev/null
wait $pid 2>/dev/null`

func run(t testing.TB, logFile, program string, args ...string) *process {
	t.Helper()
	out, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	cmd := exec.Command("sh", append([]string{"-c", guardian, "sh", program}, args...)...)
	cmd.Stdout, cmd.Stderr = out, out
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, stdin: stdin, file: logFile, ended: make(chan struct{})}
	go func() { // ends with the process
		_ = cmd.Wait()
		close(p.ended)
	}()
	return p
}

func (p *process) stop() {
	p.once.Do(func() { _ = p.stdin.Close() })
	<-p.ended
}

func (p *process) log() string {
	b, _ := os.ReadFile(p.file)
	return string(b)
}

// until waits for a condition, and fails when the process ends before.
func (p *process) until(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.After(15 * time.Second)
	for !done() {
		select {
		case <-p.ended:
			t.Fatalf("waiting for %s: the process ended\n%s", what, p.log())
		case <-deadline:
			t.Fatalf("waiting for %s: too long\n%s", what, p.log())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// need fails with the packages that are missing.
func need(t testing.TB, program, packages string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is not installed; on Debian: apt-get install %s", program, packages)
	}
}
