package desktoptest

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
)

// Run calls f with a TB for programs that are no tests. It returns when f has
// ended and all cleanups have run, the last one first. Fatalf ends f and is
// the error that is returned; from another goroutine it ends that one.
func Run(logf func(format string, args ...any), f func(TB)) error {
	h := &host{logf: logf}
	done := make(chan struct{})
	go func() { // ends with f, which Fatalf may cut short
		defer close(done)
		f(h)
	}()
	<-done
	for {
		h.mu.Lock()
		if len(h.cleanups) == 0 {
			h.mu.Unlock()
			return h.err
		}
		last := h.cleanups[len(h.cleanups)-1]
		h.cleanups = slices.Delete(h.cleanups, len(h.cleanups)-1, len(h.cleanups))
		h.mu.Unlock()
		last()
	}
}

// host is the TB of Run.
type host struct {
	logf func(format string, args ...any)

	mu       sync.Mutex
	cleanups []func()
	err      error // the first Fatalf
}

func (h *host) Helper() {}

func (h *host) Logf(format string, args ...any) { h.logf(format, args...) }

func (h *host) Fatalf(format string, args ...any) {
	h.mu.Lock()
	if h.err == nil {
		h.err = fmt.Errorf("desktoptest: "+format, args...)
	}
	h.mu.Unlock()
	runtime.Goexit()
}

func (h *host) Cleanup(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cleanups = append(h.cleanups, f)
}

func (h *host) TempDir() string {
	dir, err := os.MkdirTemp("", "cti")
	if err != nil {
		h.Fatalf("a temporary directory: %v", err)
	}
	h.Cleanup(func() { removeAll(dir) })
	return dir
}
