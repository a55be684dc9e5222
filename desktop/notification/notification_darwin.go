package notification

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gen2brain/beeep"
)

// holdBack is how long a notice waits for the name of the caller.
const holdBack = 150 * time.Millisecond

// open shows plain notices through beeep, which calls terminal-notifier or
// osascript: no buttons, no replacement, no withdrawal. The text is stripped
// of everything that means something to AppleScript or a shell.
//
// Untested on macOS. Buttons need UNUserNotificationCenter, so cgo and a
// signed bundle.
func open(_ context.Context, o Options) Notifier {
	push := func(_ string, n Notice) error {
		if err := beeep.Notify(strip(n.Title), strip(n.Body), ""); err != nil {
			return fmt.Errorf("notification: show: %w", err)
		}
		return nil
	}
	return newPusher(o, holdBack, Capabilities{}, push, func() {})
}

// strip removes what could end a string or start a command.
func strip(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("\\\"'`$“”„‘’[]{}<>|;&", r) {
			return -1
		}
		return r
	}, s)
}
