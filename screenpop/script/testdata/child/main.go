// Command child is the contained process of the tests: small, without cgo and
// without the race detector, whose runtime does not fit into the containment.
package main

import (
	"fmt"
	"os"

	"example.org/ctiagent/screenpop/script"
)

func main() {
	if len(os.Args) == 2 {
		switch os.Args[1] {
		case "script-host":
			script.ChildMain()
		case "probe":
			probe(true)
			return
		case "probe-bare":
			probe(false)
			return
		}
	}
	fmt.Fprintln(os.Stderr, "usage: child script-host|probe|probe-bare")
	os.Exit(1)
}

func probe(bool) {}
