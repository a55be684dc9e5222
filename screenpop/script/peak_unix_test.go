//go:build unix

package script

import (
	"os"
	"runtime"
	"syscall"
)

// peakMemory of an ended process in bytes; that of the parent at the time of
// the start counts too.
func peakMemory(s *os.ProcessState) int64 {
	usage, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	peak := int64(usage.Maxrss) //nolint:unconvert // 32 bits wide on some
	if runtime.GOOS == "darwin" {
		return peak
	}
	return peak << 10
}
