//go:build !linux && !windows

package script

import (
	"fmt"
	"os"
	"runtime/metrics"
	"time"

	"golang.org/x/sys/unix"
)

// contain sets the limits that these systems know. None of them bounds the
// memory of a Go process, so the child watches itself; a greedy script gets
// ahead of the watcher by what it can allocate until the parent kills it.
func contain() ([]Layer, error) {
	for _, l := range []struct {
		resource int
		value    uint64
	}{
		{unix.RLIMIT_CPU, cpuSeconds},
		{unix.RLIMIT_FSIZE, 0},
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_NOFILE, 16},
	} {
		var r unix.Rlimit
		if err := unix.Getrlimit(l.resource, &r); err != nil {
			return nil, fmt.Errorf("script: read resource limit %d: %w", l.resource, err)
		}
		r.Cur, r.Max = l.value, l.value
		if err := unix.Setrlimit(l.resource, &r); err != nil {
			return nil, fmt.Errorf("script: set resource limit %d: %w", l.resource, err)
		}
	}
	return []Layer{
		{Name: LayerLimits, Active: true, Note: "processor time, files, core dumps"},
		{Name: LayerMemory, Active: true, Note: "watched, not enforced by the system"},
	}, nil
}

// watchMemory ends the process when it holds too much. It runs from the moment
// a script is there until the process ends, which is soon; an idle child needs
// no watching.
func watchMemory() {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for {
		metrics.Read(sample)
		if held := sample[0].Value.Uint64() - sample[1].Value.Uint64(); held > memoryBytes {
			_, _ = os.Stderr.WriteString("out of memory\n")
			os.Exit(2)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
