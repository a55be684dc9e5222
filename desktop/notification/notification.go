package notification

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// ErrNoServer means that this desktop shows no notifications now. What was
// handed in is dropped; the caller falls back to the card or the terminal.
var ErrNoServer = errors.New("notification: no notification service runs in this session")

// ErrClosed is returned after Close.
var ErrClosed = errors.New("notification: closed")

// Urgency is how much a notice may interrupt. The values are those of the
// Desktop Notifications Specification.
type Urgency byte

const (
	Low      Urgency = 0
	Normal   Urgency = 1
	Critical Urgency = 2 // stays until it is withdrawn or dismissed
)

// Action is one button.
type Action struct {
	Key   string // comes back in Invoked; "default" is a click on the notice itself
	Label string
}

// Notice is what to show. Title and Body are plain text; whatever a stranger
// put into them, they are shown as text and nothing else.
type Notice struct {
	Title     string
	Body      string // lines separated by \n
	Urgency   Urgency
	Actions   []Action
	Transient bool          // keep it out of the notification centre
	Resident  bool          // stays after a button was pressed
	Timeout   time.Duration // 0: as the server likes; negative: never
	Category  string        // "call.incoming", "call.unanswered", …
	Icon      string        // name of the icon theme, or absolute path
}

// Dismissed is the Action of Invoked when the user closed the notice without
// pressing a button.
const Dismissed = "dismissed"

// Invoked says that the user pressed a button.
type Invoked struct {
	Key    string // of the notice
	Action string // Key of the action, or Dismissed
	// ActivationToken lets a window come to the front under Wayland and X11;
	// empty where the desktop gives none.
	ActivationToken string
}

// Capabilities is what the desktop of this moment can do.
type Capabilities struct {
	Actions  bool // buttons are shown
	Replace  bool // Show with the same key replaces
	Withdraw bool // Withdraw takes it off the screen
	Markup   bool // bodies are markup (and are escaped therefore)
	Persist  bool // there is a notification centre
}

// Notifier shows notices. All methods may be called from any goroutine.
type Notifier interface {
	// Show puts a notice on the screen; one with the same key is replaced.
	// It never waits for the desktop: the sending happens in order behind
	// it. It returns ErrNoServer when it is known that nobody would show it,
	// and an error for a notice without title or key.
	Show(key string, n Notice) error
	// Withdraw takes a notice away. A key that is not shown is no error.
	Withdraw(key string) error
	// Actions tells what the user did. The channel is closed by Close. It
	// holds 64; what nobody reads beyond that is dropped and logged.
	Actions() <-chan Invoked
	// Capabilities may change when the server is replaced.
	Capabilities() Capabilities
	// Ready is nil when notices are shown, otherwise why not, in words.
	Ready() error
	// Close withdraws the notices that have buttons, since nobody would
	// answer them any longer, and ends every goroutine.
	Close() error
}

// Options is what a Notifier is made of.
type Options struct {
	AppName      string // as shown by the desktop
	DesktopEntry string // base name of the .desktop file, for icon and rules
	Icon         string // when a notice has none
	Log          *slog.Logger
	// Address of the session bus; empty: that of the session (Linux only).
	Address string
	// Failed is told of notices that were accepted by Show and then could
	// not be shown. It is called from the sending goroutine and must return
	// soon. It may be nil.
	Failed func(key string, err error)
	// Sent is told when a notice was handed in and when it was written to
	// the desktop, for measuring. Rules as for Failed.
	Sent func(key string, shown, sent time.Time)
}

// New makes the notifier of this desktop and takes a first look at it, for at
// most two seconds and not beyond ctx. It does not fail: without a service
// Ready says why, and the notifier goes on watching for one.
func New(ctx context.Context, o Options) Notifier {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Failed == nil {
		o.Failed = func(string, error) {}
	}
	if o.Sent == nil {
		o.Sent = func(string, time.Time, time.Time) {}
	}
	return open(ctx, o)
}

const (
	maxTitle  = 128 // graphemes, as for every name that comes from the network
	maxLine   = 128 // graphemes per line of a body
	maxLines  = 12
	maxLabel  = 40
	firstLook = 2 * time.Second
)

// prepare checks a notice and cleans every text in it.
func prepare(key string, n Notice) (Notice, error) {
	if key == "" {
		return Notice{}, errors.New("notification: a notice needs a key")
	}
	n.Title = Clean(n.Title, maxTitle)
	if n.Title == "" {
		return Notice{}, errors.New("notification: a notice needs a title")
	}
	n.Body = cleanLines(n.Body)
	actions := make([]Action, 0, len(n.Actions))
	for _, a := range n.Actions {
		if a.Key == "" || a.Key == Dismissed {
			return Notice{}, fmt.Errorf("notification: %q is no usable key of an action", a.Key)
		}
		actions = append(actions, Action{Key: a.Key, Label: Clean(a.Label, maxLabel)})
	}
	n.Actions = actions
	return n, nil
}
