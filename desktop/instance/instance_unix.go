//go:build unix

package instance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"example.org/ctiagent/desktop/paths"
)

// maxSocketPath is the room for a path in sockaddr_un on the systems we run
// on (108 on Linux, 104 on macOS), with its terminating zero.
const maxSocketPath = 103

// files are the lock and the socket of one name.
type files struct{ lock, socket string }

func where(name string) (files, string, error) {
	d, err := paths.Find()
	if err != nil {
		return files{}, "", err
	}
	f := files{
		lock:   filepath.Join(d.Runtime, name+".lock"),
		socket: filepath.Join(d.Runtime, name+".sock"),
	}
	if len(f.socket) > maxSocketPath {
		return files{}, "", fmt.Errorf("instance: the path %s is longer than the %d bytes a socket may have; choose a shorter XDG_RUNTIME_DIR", f.socket, maxSocketPath)
	}
	return f, d.Runtime, nil
}

func acquire(name string) (*Instance, error) {
	f, dir, err := where(name)
	if err != nil {
		return nil, err
	}
	if err := paths.Private(dir); err != nil {
		return nil, err
	}
	lock, err := holdLock(f)
	if err != nil {
		return nil, err
	}
	l, err := listen(f.socket)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Instance{
		listener: &peerListener{Listener: l, check: samePeer},
		// The lock file stays: removing it would let a third process lock
		// a new file of that name while a second waits on the old one.
		release: lock.Close,
	}, nil
}

// holdLock takes the lock, or returns ErrRunning once the holder answers on
// its socket. A holder that does not listen yet is waited for, so that after
// ErrRunning a Connect succeeds; one that dies meanwhile is succeeded.
func holdLock(f files) (*os.File, error) {
	lock, err := os.OpenFile(f.lock, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("instance: open the lock: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startGrace)
	defer cancel()
	for {
		err := flock(lock, unix.LOCK_EX)
		if err == nil {
			return lock, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("instance: lock %s: %w", f.lock, err), lock.Close())
		}
		// A Connect that looks whether the lock is held has it for a moment
		// too, hence the look at the socket.
		if c, err := dial(ctx, f.socket); err == nil {
			return nil, errors.Join(ErrRunning, c.Close(), lock.Close())
		}
		if pause(ctx) != nil {
			return nil, errors.Join(fmt.Errorf("%w but it does not answer; end it and try again", ErrRunning), lock.Close())
		}
	}
}

func flock(f *os.File, how int) error {
	for {
		err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// listen binds the socket under another name first and renames it, so that
// nobody finds one that does not answer or has wider permissions.
func listen(path string) (net.Listener, error) {
	fresh := path + "~"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("instance: clear a socket left behind: %w", err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: fresh, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("instance: listen: %w", err)
	}
	l.SetUnlinkOnClose(false) // it is renamed below
	if err := errors.Join(os.Chmod(fresh, 0o600), os.Rename(fresh, path)); err != nil {
		return nil, errors.Join(fmt.Errorf("instance: listen: %w", err), l.Close())
	}
	return &socket{UnixListener: l, path: path}, nil
}

// socket removes its file when it is closed.
type socket struct {
	*net.UnixListener
	path string
}

func (s *socket) Close() error {
	err := os.Remove(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // somebody cleaned up the directory
	}
	return errors.Join(err, s.UnixListener.Close())
}

func connect(ctx context.Context, name string) (net.Conn, error) {
	f, _, err := where(name)
	if err != nil {
		return nil, err
	}
	grace, cancel := context.WithTimeout(ctx, startGrace)
	defer cancel()
	for {
		c, err := dial(grace, f.socket)
		switch {
		case err == nil:
			if err := samePeer(c); err != nil {
				return nil, errors.Join(err, c.Close())
			}
			return c, nil
		case ctx.Err() != nil:
			return nil, fmt.Errorf("instance: connect: %w", ctx.Err())
		case !absent(err):
			return nil, fmt.Errorf("instance: connect: %w", err)
		case !held(f.lock):
			return nil, ErrNotRunning
		}
		if pause(grace) != nil {
			if ctx.Err() != nil {
				return nil, fmt.Errorf("instance: connect: %w", ctx.Err())
			}
			return nil, fmt.Errorf("%w: it holds its lock but does not listen", ErrNotRunning)
		}
	}
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "unix", path)
}

// absent says that no process listens on that path.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}

// held reports whether a process holds the lock. Looking takes a shared lock
// for an instant; holdLock knows.
func held(path string) bool {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return flock(f, unix.LOCK_SH) != nil
}

// samePeer asks the kernel for the user at the other end.
func samePeer(c net.Conn) error {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return fmt.Errorf("instance: %T is no Unix socket", c)
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return fmt.Errorf("instance: ask for the peer: %w", err)
	}
	var uid uint32
	var asked error
	if err := raw.Control(func(fd uintptr) { uid, asked = peerUID(int(fd)) }); err != nil {
		return fmt.Errorf("instance: ask for the peer: %w", err)
	}
	if asked != nil {
		return fmt.Errorf("instance: ask for the peer: %w", asked)
	}
	if int64(uid) != int64(os.Geteuid()) {
		return ErrForeign
	}
	return nil
}
