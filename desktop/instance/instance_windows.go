package instance

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"
)

// The pipe is its own lock: only the first instance of a pipe name can be
// created, and it vanishes with its process. go-winio asks for both that and
// the rejection of remote clients.
//
// Untested on Windows itself: pipes carry no data under Wine 8, the only one
// at hand. What is known is that it compiles and follows the documents.

func pipePath(name string) (path, sid string, err error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return "", "", fmt.Errorf("instance: ask for the user: %w", err)
	}
	sid = user.User.Sid.String()
	return `\\.\pipe\` + name + "-" + sid, sid, nil
}

func acquire(name string) (*Instance, error) {
	path, sid, err := pipePath(name)
	if err != nil {
		return nil, err
	}
	l, err := winio.ListenPipe(path, &winio.PipeConfig{
		// Owner and full access for the user alone; protected, so nothing
		// is inherited.
		SecurityDescriptor: fmt.Sprintf("O:%sD:P(A;;GA;;;%s)", sid, sid),
		InputBufferSize:    16 << 10,
		OutputBufferSize:   64 << 10,
	})
	switch {
	case errors.Is(err, windows.ERROR_ACCESS_DENIED), errors.Is(err, windows.ERROR_ALREADY_EXISTS):
		return nil, ErrRunning // that is how Windows says that it is not the first instance
	case err != nil:
		return nil, fmt.Errorf("instance: listen: %w", err)
	}
	return &Instance{
		listener: &peerListener{
			Listener: l,
			check:    func(net.Conn) error { return nil }, // the access list has done it
		},
		release: func() error { return nil },
	}, nil
}

func connect(ctx context.Context, name string) (net.Conn, error) {
	path, sid, err := pipePath(name)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startGrace)
	defer cancel()
	c, err := winio.DialPipeContext(ctx, path)
	switch {
	case errors.Is(err, windows.ERROR_FILE_NOT_FOUND):
		return nil, ErrNotRunning
	case err != nil:
		return nil, fmt.Errorf("instance: connect: %w", err)
	}
	if err := ownedBy(c, sid); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// ownedBy guards against a pipe that somebody else created first under our
// name.
func ownedBy(c net.Conn, sid string) error {
	h, ok := c.(interface{ Fd() uintptr })
	if !ok {
		return fmt.Errorf("instance: %T is no pipe", c)
	}
	sd, err := windows.GetSecurityInfo(windows.Handle(h.Fd()), windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("instance: ask for the owner of the pipe: %w", err)
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return fmt.Errorf("instance: ask for the owner of the pipe: %w", err)
	}
	if owner.String() != sid {
		return ErrForeign
	}
	return nil
}
