// Package scripttest knows how tests get a contained child: a small program
// built without cgo and without the race detector, whose runtime needs more
// memory and more system calls than the containment grants.
package scripttest
