package browser

import (
	"context"
	"fmt"
	"runtime"
	"syscall"

	"golang.org/x/sys/windows"
)

// open lets the shell of Windows find the browser. The link begins with
// http(s)://, which checkLink saw to, so no program or file can be meant.
func (o *Opener) open(_ context.Context, link string) error {
	verb, err := windows.UTF16PtrFromString("open")
	if err != nil {
		return err
	}
	file, err := windows.UTF16PtrFromString(link)
	if err != nil {
		return refuse("the link has a null character")
	}
	// Shell extensions want a thread with COM.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := windows.CoInitializeEx(0, windows.COINIT_APARTMENTTHREADED|windows.COINIT_DISABLE_OLE1DDE); err == nil {
		defer windows.CoUninitialize()
	}
	if err := windows.ShellExecute(0, verb, file, nil, nil, windows.SW_SHOWNORMAL); err != nil {
		return fmt.Errorf("browser: Windows could not open the link: %w", err)
	}
	return nil
}

func detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.DETACHED_PROCESS}
}
