//go:build race

package sipline

// raceFactor is how much slower the race detector makes things.
const raceFactor = 20
