package script

import "golang.org/x/sys/unix"

const seccompArch = unix.AUDIT_ARCH_X86_64

// archCalls are needed on this processor only.
var archCalls = []uint32{unix.SYS_ARCH_PRCTL, unix.SYS_EPOLL_WAIT}
