package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// windowProgram is the window process beside this program.
const windowProgram = "ctiwindow"

// A window process that crashes is started again, but not for ever: a broken
// graphics stack must not cost the processor.
const (
	crashesForgiven = 3
	crashMemory     = time.Minute
	stopPatience    = 2 * time.Second
)

// windowProcess starts and ends the one window process.
type windowProcess struct {
	path string
	log  *slog.Logger
	gone func(crashed bool)

	mu    sync.Mutex
	cmd   *exec.Cmd
	leash io.Closer // its standard input: closed, it ends
	ended chan struct{}
	told  bool // we asked it to end
	// unusable: it said that this session has no display or no OpenGL.
	unusable bool
	crashes  []time.Time
}

// windows gives the window process, nil where no window can be shown.
func (r *resident) windows(gone func(crashed bool)) *windowProcess {
	if r.headless {
		return nil
	}
	exe, err := selfExecutable()
	if err != nil {
		return nil
	}
	path := filepath.Join(filepath.Dir(exe), windowProgram)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if !exists(path) {
		r.log.Warn("the window program is missing; calls are shown as notifications only", "program", windowProgram)
		return nil
	}
	return &windowProcess{path: path, log: r.log.With("room", "windows"), gone: gone}
}

// CardsPop: on Wayland no program can place a window or keep it above others.
func (w *windowProcess) CardsPop() bool {
	return runtime.GOOS != "linux" || os.Getenv("WAYLAND_DISPLAY") == "" || os.Getenv("XDG_SESSION_TYPE") == "x11"
}

// exitNoDisplay is what the window program ends with where it cannot draw.
const exitNoDisplay = 3

var errNoDisplay = errors.New("the window program cannot draw in this session; calls are shown as notifications")

var errCrashing = errors.New("the window program crashed several times within a minute and is left alone for now")

func (w *windowProcess) Start() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.unusable {
		return errNoDisplay
	}
	if w.cmd != nil {
		return nil
	}
	recent := w.crashes[:0]
	for _, at := range w.crashes {
		if time.Since(at) < crashMemory {
			recent = append(recent, at)
		}
	}
	if w.crashes = recent; len(recent) >= crashesForgiven {
		return errCrashing
	}
	cmd := exec.Command(w.path, "--instance", instanceName) // #nosec G204 -- our own program beside this one
	cmd.Stderr = lineLogger{w.log}
	leash, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("the window program cannot be started: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the window program cannot be started: %w", err)
	}
	w.cmd, w.leash, w.ended, w.told = cmd, leash, make(chan struct{}), false
	go w.wait(cmd, w.ended) // ends with the process, which Stop sees to
	return nil
}

// lineLogger puts what the window program says into the log.
type lineLogger struct{ log *slog.Logger }

func (l lineLogger) Write(p []byte) (int, error) {
	l.log.Info("the window program says", "text", strings.TrimSpace(string(p)))
	return len(p), nil
}

func (w *windowProcess) wait(cmd *exec.Cmd, ended chan struct{}) {
	err := cmd.Wait()
	w.mu.Lock()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == exitNoDisplay {
		w.unusable = true
	}
	crashed := err != nil && !w.told && !w.unusable
	if crashed {
		w.crashes = append(w.crashes, time.Now())
	}
	w.cmd = nil
	w.leash.Close()
	w.mu.Unlock()
	close(ended)
	if crashed {
		w.log.Warn("the window program ended", "error", err)
	}
	w.gone(crashed)
}

// Stop asks the window process to end, and ends it when it does not.
func (w *windowProcess) Stop() {
	w.mu.Lock()
	cmd, ended := w.cmd, w.ended
	if cmd == nil {
		w.mu.Unlock()
		return
	}
	w.told = true
	w.leash.Close()
	w.mu.Unlock()
	terminate(cmd.Process)
	go func() { // ends with the process
		select {
		case <-ended:
		case <-time.After(stopPatience):
			_ = cmd.Process.Kill() // it is gone already, or goes now
		}
	}()
}
