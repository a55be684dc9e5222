package script

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// contained is one child process from start to end, seen by the parent.
type contained struct {
	cmd      *exec.Cmd
	stdin    io.WriteCloser
	release  func()
	layers   []Layer
	answered chan answer   // at most one
	done     chan struct{} // closed when the process is gone and waited for
	expired  chan struct{} // closed when it was killed because its time was over
	killing  sync.Once
	stderr   firstBytes
}

// environment is all that a child is told: how to behave, nothing about us.
// The runtime would otherwise keep files of the control group open, name its
// memory mappings by system calls that the filter refuses, and size itself by
// the machine.
var environment = []string{
	"GOMAXPROCS=2",
	"GOMEMLIMIT=128MiB",
	"GODEBUG=containermaxprocs=0,updatemaxprocs=0,decoratemappings=0",
}

// start starts a child and waits until it is contained and ready.
func (h *Host) start() (*contained, error) {
	if len(h.cfg.Command) == 0 {
		return nil, fmt.Errorf("%w: no command is configured", ErrStart)
	}
	cmd := exec.Command(h.cfg.Command[0], h.cfg.Command[1:]...) //nolint:gosec // our own binary
	cmd.Env = environment
	cmd.WaitDelay = time.Second
	c := &contained{cmd: cmd, answered: make(chan answer, 1), done: make(chan struct{}), expired: make(chan struct{})}
	cmd.Stderr = &c.stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	}
	c.stdin = stdin
	confine(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	}
	if c.release, err = adopt(cmd.Process); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	}
	greeted := make(chan error, 1)
	h.owned.Add(1)
	go func() { // ends with the process
		defer h.owned.Done()
		c.attend(stdout, greeted)
		if h.reaped != nil {
			h.reaped(c)
		}
	}()
	patience := time.NewTimer(h.cfg.Limits.Start)
	defer patience.Stop()
	select {
	case err = <-greeted:
	case <-patience.C:
		err = errors.New("it was not ready in time")
	case <-h.stop:
		err = ErrClosed
	}
	if err != nil {
		c.kill()
		<-c.done
		if said := strings.TrimSpace(c.stderr.String()); said != "" {
			err = fmt.Errorf("%w: %s", err, firstLine(said))
		}
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	}
	return c, nil
}

// attend reads the two frames a child may write and waits for its end.
func (c *contained) attend(stdout io.Reader, greeted chan<- error) {
	defer close(c.done)
	defer c.release()
	var hello greeting
	err := readFrame(stdout, &hello, maxAnswer)
	switch {
	case errors.Is(err, io.EOF):
		err = errors.New("it ended at once")
	case err == nil && hello.Protocol != protocol:
		err = errors.New("it is another version of the program; restart the agent")
	}
	c.layers = hello.Layers
	greeted <- err
	if err == nil {
		var a answer
		if err := readFrame(stdout, &a, maxAnswer); err == nil {
			c.answered <- a
		}
	}
	// Nothing more is wanted. A child that goes on writing blocks or dies.
	_ = c.cmd.Wait()
}

// give hands the script over. An error shows in the child's end.
func (c *contained) give(req request) {
	_ = writeFrame(c.stdin, req, maxRequest)
	_ = c.stdin.Close()
}

// kill ends the process; more than once does nothing.
func (c *contained) kill() {
	c.killing.Do(func() { _ = c.cmd.Process.Kill() })
}

// expire kills it because its time is over; called once.
func (c *contained) expire() {
	close(c.expired)
	c.kill()
}

// over reports that the process is gone.
func (c *contained) over() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// verdict says what ended a process that gave no answer.
func (c *contained) verdict() error {
	said := c.stderr.String()
	switch {
	case strings.Contains(said, "out of memory"), strings.Contains(said, "cannot allocate memory"):
		return &ContainedError{Limit: LimitMemory}
	case strings.Contains(said, "stack exceeds"), strings.Contains(said, "stack overflow"):
		return &ContainedError{Limit: LimitStack}
	}
	return &ContainedError{Limit: LimitCrash}
}

// firstBytes keeps the beginning of what a dying child says.
type firstBytes struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (f *firstBytes) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if room := 4096 - f.buf.Len(); room > 0 {
		f.buf.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (f *firstBytes) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.buf.String()
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return limitRunes(line, 200)
}

// maskDigits replaces runs of digits that could be a telephone number: what a
// script logs is kept for administrators, who need not read whom people call.
func maskDigits(s string) string {
	isDigit := func(r byte) bool { return r >= '0' && r <= '9' }
	var out strings.Builder
	for i := 0; i < len(s); {
		if !isDigit(s[i]) {
			out.WriteByte(s[i])
			i++
			continue
		}
		end, digits := i, 0
		for j := i; j < len(s) && (isDigit(s[j]) || strings.IndexByte(" -./()", s[j]) >= 0); j++ {
			if isDigit(s[j]) {
				end, digits = j+1, digits+1
			}
		}
		if digits >= 5 {
			out.WriteString("…")
		} else {
			out.WriteString(s[i:end])
		}
		i = end
	}
	return out.String()
}
