package telephony

import (
	"context"
	"errors"
	"time"

	"example.org/ctiagent/phone"
)

// Connector speaks to one voice platform for one line.
type Connector interface {
	// Run keeps the line connected until ctx ends; the agent calls it once, on
	// a goroutine of its own. It owns every goroutine it starts and returns
	// when they have ended. It reconnects by itself with exponential back-off
	// and jitter. It returns nil after ctx ended, and an error only for what a
	// person must mend: ErrRefused, ErrTrust or ErrConfig, wrapped with words.
	// It must not log what it returns.
	Run(ctx context.Context, sink Sink) error

	// Dial makes the user's own phone call a number; any goroutine may call it
	// while Run is running. It returns as soon as the platform has the
	// command or refused it; what follows comes as Sink.Progress. Cancelling
	// ctx after it returned does nothing: use Cancel.
	Dial(ctx context.Context, req DialRequest) error

	// Cancel gives up a call asked for by Dial that is not answered yet, and
	// hangs up the user's own leg. Unknown ids are ignored.
	Cancel(ctx context.Context, id DialID) error

	// Capabilities says what this connector can see and do; constant.
	Capabilities() Capabilities
}

// Sink receives what a connector sees. The connector calls it from one
// goroutine at a time; the calls do not block for long and must not be made
// while holding a lock that Dial or Cancel take.
type Sink interface {
	Link(Link) // the state of the connection changed

	// Snapshot tells all calls of one view, after every (re)connect of that
	// view and also when there are none: it says that the view is live. Each
	// call's View is the view named here. A view that is lost for good while
	// the line goes on is told as empty, or its calls would never end.
	Snapshot(view View, calls []Call)

	Call(Call)         // one call is new or changed
	Progress(Progress) // a click-to-dial went on
}

// DialRequest asks that the user's phone calls a number.
type DialRequest struct {
	ID     DialID
	Number phone.Number
	Dial   string // digits as this platform wants them, by the site's dial plan
}

// Capabilities tells the card which buttons make sense and the docs which
// rows of the table to tick.
type Capabilities struct {
	Incoming, Outgoing, RemoteOnOutgoing, RemoteAfterAnswer bool
	Hold, EndReason, MultiCall, AnsweredElsewhere, Redirect bool
	Dial, Answer, Hangup, HoldControl, Transfer             bool
}

// DialStep is how far a click-to-dial has come.
type DialStep uint8

const (
	DialSent        DialStep = 0 // the platform has the command
	DialOwnRinging  DialStep = 1 // the user's own phone rings: lift the handset
	DialOwnAnswered DialStep = 2
	DialTrying      DialStep = 3 // the destination is being called
	DialRinging     DialStep = 4
	DialConnected   DialStep = 5 // done, both ends talk
	DialBusy        DialStep = 6
	DialDeclined    DialStep = 7 // the destination declined
	DialOwnRefused  DialStep = 8 // the user's own phone declined, was busy or not registered
	DialNoAnswer    DialStep = 9
	DialCancelled   DialStep = 10
	DialFailed      DialStep = 11 // Reason says why
)

// Final reports that no further progress follows.
func (s DialStep) Final() bool { return s >= DialConnected }

// Progress is one step of one click-to-dial.
type Progress struct {
	ID     DialID
	Step   DialStep
	Code   int    // SIP or vendor code behind it, 0 if none
	Reason string // catalogue key or plain English; never a number or a secret
}

// LinkState is the state of the connection to the platform, not of a call.
type LinkState uint8

const (
	LinkOffline        LinkState = 0
	LinkConnecting     LinkState = 1
	LinkAuthenticating LinkState = 2
	LinkLive           LinkState = 3
	LinkDegraded       LinkState = 4 // usable, but something is missing: Reason says what
	LinkFatal          LinkState = 5 // a person must mend it: Reason and Hint say what
)

// Link is one report of the connection's state.
type Link struct {
	State  LinkState
	Reason string    // one plain sentence for the user, no secrets, no numbers
	Hint   string    // what to do about it, "" if nothing
	Code   string    // stable code for diagnostics, e.g. "tls.unknown-ca"
	Retry  time.Time // when Offline: the next attempt
}

// Errors of the contract; connectors wrap them with words for the user.
var (
	ErrRefused     = errors.New("telephony: the platform refused the credentials")
	ErrTrust       = errors.New("telephony: the platform's certificate is not trusted")
	ErrConfig      = errors.New("telephony: the line's settings cannot work")
	ErrNotReady    = errors.New("telephony: the line is not connected")
	ErrUnsupported = errors.New("telephony: this platform cannot do that")
)
