package main

import (
	"fmt"
	"os"
	"runtime"
)

// selfExecutable is this program's own path, for starting itself again.
func selfExecutable() (string, error) {
	exe, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("the program cannot find its own file: %w", err)
	}
	return exe, nil
}

// runningImage is a path of the very program that runs, also after an update
// has put another one in its place.
func runningImage() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return selfExecutable()
}

// hasDisplay reports whether windows can be shown in this session.
func hasDisplay() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// terminate asks a process to end; where the system knows no such request, it
// is ended.
func terminate(p *os.Process) {
	if p.Signal(os.Interrupt) != nil {
		_ = p.Kill() // it has ended already, or ends now
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
