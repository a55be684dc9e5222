//go:build !linux

package script

// region is a part of the address space.
type region struct{}

// programText and letGo are for systems that count program text as a process's
// own.
func programText() []region { return nil }

func letGo([]region) {}
