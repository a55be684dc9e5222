// Command child is the contained process of the tests: small, without cgo and
// without the race detector, whose runtime does not fit into the containment.
package main

import (
	"fmt"
	"os"

	"example.org/ctiagent/screenpop/script"
)

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "script-host":
			script.ChildMain()
		case "probe":
			probe(os.Args[2:], true)
			return
		case "probe-bare":
			probe(os.Args[2:], false)
			return
		case "inventory":
			inventory()
			return
		case "half-answer":
			halfAnswer()
			return
		}
	}
	fmt.Fprintln(os.Stderr, "usage: child script-host|probe|probe-bare|inventory|half-answer")
	os.Exit(1)
}

// halfAnswer greets properly, takes the script and dies in the middle of its
// answer.
func halfAnswer() {
	say(`{"protocol":1,"layers":[]}`)
	_, _ = os.Stdin.Read(make([]byte, 1<<16))
	frame := `{"intents":[{"type":"openUrl","url":"https://crm.example.org/"}],"micros":1}`
	head := []byte{0, 0, 0, byte(len(frame))}
	_, _ = os.Stdout.Write(append(head, frame[:len(frame)-1]...))
}

func say(frame string) {
	_, _ = os.Stdout.Write(append([]byte{0, 0, 0, byte(len(frame))}, frame...))
}
