package script

import (
	"bufio"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// region is a part of the address space.
type region struct{ start, length uintptr }

// programText lists where the read-only parts of the program file are mapped.
// It reads /proc and so must be called before the containment is up.
func programText() []region {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return nil
	}
	defer f.Close() //nolint:errcheck // only read
	var text []region
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// address perms offset dev inode path
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 || !strings.HasPrefix(fields[5], "/") || fields[1] != "r-xp" && fields[1] != "r--p" {
			continue
		}
		from, to, ok := strings.Cut(fields[0], "-")
		start, err1 := strconv.ParseUint(from, 16, 64)
		end, err2 := strconv.ParseUint(to, 16, 64)
		if ok && err1 == nil && err2 == nil && end > start {
			text = append(text, region{uintptr(start), uintptr(end - start)})
		}
	}
	return text
}

// letGo takes those parts out of the process's memory. They stay in the page
// cache, where the agent's own are, and come back page by page when the script
// arrives: a waiting child shall weigh next to nothing.
func letGo(text []region) {
	for _, r := range text {
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, r.start, r.length, unix.MADV_DONTNEED)
	}
}
