package script

import (
	"errors"
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// contain puts up the layers of Linux: limits, Landlock and seccomp, in this
// order, because each takes away what the one before still needs. Afterwards
// it tries the doors instead of trusting that they are shut.
func contain() ([]Layer, error) {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("script: forbid being traced: %w", err)
	}
	// RLIMIT_DATA and not RLIMIT_AS: the Go runtime reserves address space
	// that it never touches and starts by chance below 1280 MiB of it.
	for _, l := range []struct {
		resource int
		value    uint64
	}{
		{unix.RLIMIT_DATA, memoryBytes},
		{unix.RLIMIT_CPU, cpuSeconds}, // soft = hard: the Go runtime ignores SIGXCPU
		{unix.RLIMIT_FSIZE, 0},
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_NOFILE, 16},
	} {
		if err := unix.Setrlimit(l.resource, &unix.Rlimit{Cur: l.value, Max: l.value}); err != nil {
			return nil, fmt.Errorf("script: set resource limit %d: %w", l.resource, err)
		}
	}
	layers := []Layer{
		{Name: LayerLimits, Active: true, Note: "processor time, files, core dumps"},
		{Name: LayerMemory, Active: true, Note: "160 MiB"},
	}
	layers = append(layers, restrictFiles())
	filter, err := restrictCalls()
	if err != nil {
		return nil, err
	}
	return append(layers, filter), nil
}

// restrictFiles forbids every file and, where the kernel can, the network and
// signals. It is the second wall: kernels without Landlock run scripts too.
func restrictFiles() Layer {
	layer := Layer{Name: LayerLandlock}
	if err := landlock.V10.BestEffort().Restrict(); err != nil {
		layer.Note = "the kernel refused it"
		return layer
	}
	fd, err := unix.Open("/", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err == nil {
		_ = unix.Close(fd)
		layer.Note = "this kernel has none"
		return layer
	}
	layer.Active = errors.Is(err, unix.EACCES)
	return layer
}

// restrictCalls installs the list of system calls that a thinking Go process
// needs and checks that it holds.
func restrictCalls() (Layer, error) {
	layer := Layer{Name: LayerSeccomp}
	if seccompArch == 0 {
		layer.Note = "not written for this processor"
		return layer, nil
	}
	switch err := installFilter(seccompProgram()); {
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EINVAL):
		layer.Note = "this kernel has none"
		return layer, nil
	case err != nil:
		return layer, fmt.Errorf("script: install the system call filter: %w", err)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if !errors.Is(err, unix.EPERM) {
		if err == nil {
			_ = unix.Close(fd)
		}
		return layer, errors.New("script: the system call filter does not hold")
	}
	layer.Active = true
	return layer, nil
}
