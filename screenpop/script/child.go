package script

import (
	"errors"
	"io"
	"os"
	"runtime/debug"
	"time"
)

// Bounds of the child.
const (
	stackBytes  = 32 << 20
	memoryBytes = 160 << 20 // written to by the process; with its program text it stays below 200 MB
	cpuSeconds  = 2
	idleAfter   = 2 * time.Second
)

// ChildMain is the whole life of a contained child: it gives up everything it
// could do, says so, runs the one script it is given and ends. `ctiagent
// script-host` calls it before anything else; it does not return.
func ChildMain() {
	os.Exit(child(os.Stdin, os.Stdout))
}

func child(in io.Reader, out io.Writer) int {
	debug.SetTraceback("none") // a dump would be noise at best
	text := programText()
	layers, err := Contain()
	if err != nil {
		// A layer that exists here but cannot be put up is a reason to run
		// nothing at all.
		_, _ = io.WriteString(os.Stderr, err.Error()+"\n")
		return 3
	}
	realm, err := newRealm()
	if err != nil {
		_, _ = io.WriteString(os.Stderr, err.Error()+"\n")
		return 3
	}
	debug.FreeOSMemory() // what starting needed is not needed again
	if err := writeFrame(out, greeting{Protocol: protocol, Layers: layers}, maxAnswer); err != nil {
		return 1
	}
	// While calls follow one another the child stays quick; only one that
	// waits for longer becomes light, at the price of half a millisecond.
	idle := time.AfterFunc(idleAfter, func() { letGo(text) })
	var req request
	err = readFrame(in, &req, maxRequest)
	idle.Stop()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return 0 // not needed after all
		}
		return 1
	}
	boundRegexps(time.Duration(req.Limit) * time.Millisecond)
	go watchMemory() // ends with the process
	a := realm.run(req)
	if err := writeFrame(out, a, maxAnswer); errors.Is(err, errFrameTooLong) {
		err = writeFrame(out, answer{Fault: &fault{Limit: LimitAnswer}, Micros: a.Micros}, maxAnswer)
		if err != nil {
			return 1
		}
	}
	return 0
}

// Contain puts the calling process into the containment, for good, and says
// which layers hold. It is for a process that has nothing else to do.
func Contain() ([]Layer, error) {
	debug.SetMaxStack(stackBytes)
	return contain()
}
