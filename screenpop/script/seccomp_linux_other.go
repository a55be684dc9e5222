//go:build linux && !amd64 && !arm64

package script

// seccompArch 0: no filter is written for this processor.
const seccompArch = 0

var archCalls []uint32
