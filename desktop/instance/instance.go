package instance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"sync"
	"time"
)

var (
	// ErrRunning is returned by Acquire when another instance of the same
	// user holds the name. Connect reaches it.
	ErrRunning = errors.New("instance: already running")
	// ErrNotRunning is returned by Connect when there is nobody to talk to.
	ErrNotRunning = errors.New("instance: not running")
	// ErrForeign is returned by Connect when the other end belongs to another
	// user. Nothing was said to it.
	ErrForeign = errors.New("instance: the other end belongs to another user")
)

const (
	// startGrace bounds how long Connect and Acquire wait for an instance
	// that holds the name but does not listen yet: a process just starting.
	startGrace = 2 * time.Second
	// retry is the pause between two looks during startGrace.
	retry = 2 * time.Millisecond
)

// Instance is the right to be the one running program of this user. It ends
// with Close or with the process.
type Instance struct {
	listener *peerListener
	release  func() error
	once     sync.Once
	err      error
}

// Acquire becomes the running instance under this name (lower-case letters,
// digits and hyphens), or returns ErrRunning. Of several that try at once
// exactly one succeeds. What a crashed instance left behind is cleared away.
func Acquire(name string) (*Instance, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	return acquire(name)
}

// Listener yields connections of processes of the same user only; others are
// closed. Closing it ends listening but keeps the name.
func (i *Instance) Listener() net.Listener { return i.listener }

// OnRefused has f told how many connections of other users were turned away:
// at the first, and whenever their number has doubled since, so that nobody
// can fill a log. It is called before the first Accept; f runs inside Accept
// and must not block.
func (i *Instance) OnRefused(f func(count int)) { i.listener.onRefused = f }

// Close stops listening and gives the name up. It may be called again.
func (i *Instance) Close() error {
	i.once.Do(func() { i.err = errors.Join(i.listener.closeOnce(), i.release()) })
	return i.err
}

// Connect reaches the running instance, or returns ErrNotRunning. An instance
// that is just starting is waited for, at most two seconds and not beyond ctx.
func Connect(ctx context.Context, name string) (net.Conn, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	return connect(ctx, name)
}

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

func checkName(name string) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("instance: %q is no usable name: lower-case letters, digits and hyphens, at most 32", name)
	}
	return nil
}

// peerListener passes on connections whose peer is the same user.
type peerListener struct {
	net.Listener
	check     func(net.Conn) error
	refused   int // counted by Accept alone
	onRefused func(count int)
	once      sync.Once
	err       error
}

// Accept waits for the next connection of the same user. It is called by one
// goroutine at a time, as net.Listener says.
func (l *peerListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if err := l.check(c); err == nil {
			return c, nil
		}
		_ = c.Close() // nothing was read from it, nothing is owed to it
		l.refused++
		if l.onRefused != nil && l.refused&(l.refused-1) == 0 { // 1, 2, 4, 8 …
			l.onRefused(l.refused)
		}
	}
}

// Close ends Accept.
func (l *peerListener) Close() error { return l.closeOnce() }

func (l *peerListener) closeOnce() error {
	l.once.Do(func() { l.err = l.Listener.Close() })
	return l.err
}

// pause waits between two looks, or says that the time is up.
func pause(ctx context.Context) error {
	t := time.NewTimer(retry)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
