//go:build !race

package sipline

const raceFactor = 2 // a shared machine
