package script

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Offsets into struct seccomp_data (seccomp(2)). Arguments are 64 bits wide;
// both processors we filter on are little-endian, so the low half comes first.
const (
	dataNr   = 0
	dataArch = 4
	dataArgs = 16
)

// sysClone3 has the same number on every architecture. It must look absent,
// not forbidden: the C library then falls back to clone, whose flags can be
// seen by the filter.
const sysClone3 = 435

// allowedCalls is what the Go runtime needs to compute, collect garbage,
// preempt and end, and read and write on what is open. Nothing here names a
// path, a socket or another process.
var allowedCalls = []uint32{
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_CLOSE, unix.SYS_FCNTL,
	unix.SYS_MUNMAP, unix.SYS_MADVISE, unix.SYS_MINCORE,
	unix.SYS_FUTEX, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP,
	unix.SYS_CLOCK_GETTIME, unix.SYS_CLOCK_GETRES, unix.SYS_GETTIMEOFDAY,
	unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN,
	unix.SYS_SIGALTSTACK, unix.SYS_RESTART_SYSCALL,
	unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_GETRANDOM,
	unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ,
	unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT,
	unix.SYS_EVENTFD2, unix.SYS_PIPE2,
	unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
}

// guardedCalls are allowed by one argument.
type guardedCall struct {
	nr, arg uint32
	mask    uint32 // bits looked at
	want    uint32 // what they must be
}

// seccompProgram writes the filter for this process.
func seccompProgram() []unix.SockFilter {
	const (
		allow = unix.SECCOMP_RET_ALLOW
		deny  = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
		none  = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	)
	load := func(off uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: off}
	}
	ret := func(what uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: what}
	}
	// skipUnless goes on with the next instruction when the accumulator is k,
	// and jumps over n instructions otherwise.
	skipUnless := func(k uint32, n uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: k, Jf: n}
	}
	p := []unix.SockFilter{
		load(dataArch),
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: seccompArch, Jt: 1},
		ret(unix.SECCOMP_RET_KILL_PROCESS),
		load(dataNr),
	}
	for _, nr := range allowedCalls {
		p = append(p, skipUnless(nr, 1), ret(allow))
	}
	for _, nr := range archCalls {
		p = append(p, skipUnless(nr, 1), ret(allow))
	}
	p = append(p, skipUnless(sysClone3, 1), ret(none))
	for _, g := range []guardedCall{
		{unix.SYS_MMAP, 2, unix.PROT_EXEC, 0},
		{unix.SYS_MPROTECT, 2, unix.PROT_EXEC, 0},
		{unix.SYS_CLONE, 0, unix.CLONE_THREAD, unix.CLONE_THREAD},
		{unix.SYS_TGKILL, 0, ^uint32(0), uint32(os.Getpid())}, //nolint:gosec // process ids fit
	} {
		p = append(p,
			skipUnless(g.nr, 5),
			load(dataArgs+8*g.arg),
			unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: g.mask},
			skipUnless(g.want, 1),
			ret(allow),
			ret(deny),
		)
	}
	return append(p, ret(deny))
}

// installFilter puts the filter on every thread of the process at once
// (seccomp(2), SECCOMP_FILTER_FLAG_TSYNC).
func installFilter(p []unix.SockFilter) error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	prog := unix.SockFprog{Len: uint16(len(p)), Filter: &p[0]} //nolint:gosec // about a hundred
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog))) //nolint:gosec // the call takes a pointer
	if errno != 0 {
		return errno
	}
	return nil
}
