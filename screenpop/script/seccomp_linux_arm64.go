package script

import "golang.org/x/sys/unix"

const seccompArch = unix.AUDIT_ARCH_AARCH64

// archCalls are needed on this processor only.
var archCalls []uint32
