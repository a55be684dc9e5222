package notification

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"git.sr.ht/~jackmordaunt/go-toast/wintoast"
)

// activator identifies our COM class to Windows. It must be ours alone, since
// presses of all programs with the same one arrive everywhere.
const activator = "{7C1D0B52-3E8B-4F6A-9A50-6B1C6F2D94E1}"

// holdBack is how long a toast waits for the name of the caller.
const holdBack = 150 * time.Millisecond

// open shows toasts through COM by the wintoast package, never through its
// PowerShell fallback, in which a caller's name could run code.
//
// What that package does not offer: Tag and Group of IToastNotification2,
// Hide of IToastNotifier, and IToastNotificationHistory. So here
//   - Show of a key whose toast is out already shows a second toast;
//   - Withdraw takes back only what was not shown yet (within 150 ms); a toast
//     that is out goes to the action centre after 7 seconds, or 25 when it is
//     critical.
//
// Buttons work while the program runs; a button pressed in the action centre
// after its end does nothing.
//
// Untested on Windows.
func open(_ context.Context, o Options) Notifier {
	var p *pusher
	push := func(key string, n Notice) error {
		icon := n.Icon
		if icon == "" {
			icon = o.Icon
		}
		if !filepath.IsAbs(icon) {
			icon = "" // names of icon themes mean nothing here
		}
		doc, err := toastXML(key, n, icon)
		if err != nil {
			return fmt.Errorf("notification: describe the toast: %w", err)
		}
		if err := wintoast.Push(doc); err != nil {
			return fmt.Errorf("notification: show the toast: %w", err)
		}
		return nil
	}
	p = newPusher(o, holdBack, Capabilities{Actions: true, Persist: true}, push, func() {
		wintoast.SetActivationCallback(func(string, string, []wintoast.UserData) {})
	})
	wintoast.SetActivationCallback(func(_, arguments string, _ []wintoast.UserData) {
		if i, ok := parseToastArguments(arguments); ok {
			p.invoked(i)
		}
	})
	if err := wintoast.SetAppData(wintoast.AppData{AppID: Clean(o.AppName, maxLabel), GUID: activator}); err != nil {
		p.setAbsent(fmt.Errorf("%w: Windows did not accept the program as a source of notifications: %w", ErrNoServer, err))
	}
	return p
}
