//go:build unix

package paths

import (
	"fmt"
	"os"
	"syscall"
)

// owned reports whether the directory exists, is no link and is ours.
func owned(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int64(st.Uid) == int64(os.Geteuid())
}

// closeToOthers takes away what group and others may do.
func closeToOthers(dir string, info os.FileInfo) error {
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	if err := os.Chmod(dir, 0o700); err != nil { // #nosec G302 -- a directory needs x
		return fmt.Errorf("paths: close %s to others: %w", dir, err)
	}
	return nil
}
