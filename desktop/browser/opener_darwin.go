package browser

import (
	"context"
	"os"
	"syscall"
)

// open passes the link as a URL (-u), so that it is never taken for a file.
func (o *Opener) open(ctx context.Context, link string) error {
	return o.start(ctx, "/usr/bin/open", []string{"-u", link}, os.Environ())
}

func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
