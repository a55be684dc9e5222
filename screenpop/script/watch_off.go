//go:build linux || windows

package script

// watchMemory is not needed where the system bounds memory.
func watchMemory() {}
