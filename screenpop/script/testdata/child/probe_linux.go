package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"example.org/ctiagent/screenpop/script"
)

// probe tries the ways out of the containment and prints which were open.
// args: a file to write, the path of a named socket that listens, the name of
// an abstract one, the port of a TCP listener, the address of a byte in the
// parent's memory.
func probe(args []string, contained bool) {
	file, named, abstract, port := args[0], args[1], args[2], atoi(args[3])
	address := uintptr(atoi(args[4]))
	parent := os.Getppid()
	if contained {
		if _, err := script.Contain(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	loopback := &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
	attempts := []struct {
		name string
		try  func() error
	}{
		{"read a file", func() error { _, err := os.ReadFile("/etc/passwd"); return err }},
		{"write a file", func() error { return os.WriteFile(file, nil, 0o600) }},
		{"start a program", func() error { return exec.Command("/bin/true").Run() }},
		{"tcp", func() error { return connect(unix.AF_INET, unix.SOCK_STREAM, loopback) }},
		{"udp", func() error {
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
			if err != nil {
				return err
			}
			return unix.Sendto(fd, []byte("x"), 0, loopback)
		}},
		{"named unix socket", func() error { return connect(unix.AF_UNIX, unix.SOCK_STREAM, &unix.SockaddrUnix{Name: named}) }},
		{"abstract unix socket", func() error {
			return connect(unix.AF_UNIX, unix.SOCK_STREAM, &unix.SockaddrUnix{Name: "@" + abstract})
		}},
		{"signal the parent", func() error { return unix.Kill(parent, unix.SIGURG) }}, // harmless: the Go runtime uses it itself
		{"open the parent's memory", func() error {
			_, err := os.OpenFile("/proc/"+strconv.Itoa(parent)+"/mem", os.O_RDONLY, 0)
			return err
		}},
		{"read the parent's memory", func() error {
			var buf [1]byte
			local := []unix.Iovec{{Base: &buf[0], Len: 1}}
			_, err := unix.ProcessVMReadv(parent, local, []unix.RemoteIovec{{Base: address, Len: 1}}, 0)
			return err
		}},
		{"map executable memory", func() error {
			_, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_ANON|unix.MAP_PRIVATE)
			return err
		}},
		// Beyond the eleven of the first measurement.
		{"make memory executable", func() error {
			page, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
			if err != nil {
				return err
			}
			return unix.Mprotect(page, unix.PROT_READ|unix.PROT_EXEC)
		}},
		{"fork", func() error {
			pid, _, errno := unix.RawSyscall(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0)
			if errno != 0 {
				return errno
			}
			if pid == 0 {
				unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
			}
			return nil
		}},
		{"signal the parent's thread", func() error { return unix.Tgkill(parent, parent, unix.SIGURG) }},
		{"open by io_uring", func() error {
			var params [120]byte
			_, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&params)), 0)
			if errno != 0 {
				return errno
			}
			return nil
		}},
		{"raise a limit", func() error {
			return unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: 1 << 30, Max: 1 << 30})
		}},
	}
	open := map[string]bool{}
	for _, a := range attempts {
		open[a.name] = a.try() == nil
	}
	_ = json.NewEncoder(os.Stdout).Encode(open)
}

// inventory prints what this process was given: descriptors, environment and
// folder.
func inventory() {
	var have struct {
		Files   map[string]string
		Environ []string
		Dir     string
	}
	have.Files = map[string]string{}
	for fd := range 1024 {
		if target, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd)); err == nil {
			have.Files[strconv.Itoa(fd)] = target
		}
	}
	have.Environ = os.Environ()
	have.Dir, _ = os.Getwd()
	_ = json.NewEncoder(os.Stdout).Encode(have)
}

func connect(family, kind int, to unix.Sockaddr) error {
	fd, err := unix.Socket(family, kind, 0)
	if err != nil {
		return err
	}
	return unix.Connect(fd, to)
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return n
}
