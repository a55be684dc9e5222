package telephonytest

import (
	"log/slog"
	"time"

	"example.org/ctiagent/telephony"
)

// T is what the suite asks of a test: *testing.T has it, Check brings its own.
// Fatalf does not return.
type T interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Harness is one connector with a platform under control.
type Harness struct {
	// New makes a platform of its own for each case, and a connector for one
	// line on it. The line's site is in Great Britain (phone.DialPlan.Country
	// GB). The connector logs to log and nowhere else. It is not running yet.
	New func(t T, log *slog.Logger) (telephony.Connector, World)

	// Missing names what this connector cannot do: see the Feature constants.
	Missing []string

	// Own is the line's number, as in TrackerOptions.Own: its key is compared.
	Own string

	// Patience is how long the suite waits for anything; 10 s when zero.
	Patience time.Duration
}

// What a connector may declare as missing.
const (
	FeatureOutgoing    = "outgoing" // calls dialled on the phone are seen
	FeatureOutRemote   = "outgoing-number"
	FeatureAfterAnswer = "after-answer" // a call is seen once it is answered
	FeatureHold        = "hold"
	FeatureTransfer    = "transfer" // another remote party is seen
	FeatureElsewhere   = "elsewhere"
	FeatureMissed      = "missed" // a missed call is told from other ends
	FeatureTwoCalls    = "two"    // two calls at once are told apart
	FeatureWithheld    = "withheld"
	FeatureName        = "name"
	FeatureRedirect    = "redirect"
	FeatureReconnect   = "reconnect"    // the connection can be broken
	FeatureSeesGone    = "gone"         // a call that ended meanwhile is noticed
	FeatureCredentials = "credentials"  // refused credentials can be arranged
	FeatureDisorder    = "disorder"     // the platform can be made to disorder its reports
	FeatureDial        = "dial"         // click-to-dial
	FeatureDialCancel  = "dial-cancel"  // giving up a click-to-dial
	FeatureDialOwn     = "dial-own"     // the user's own phone may refuse
	FeatureDialOutcome = "dial-outcome" // busy, declined and no answer are told apart
)

var features = []string{
	FeatureOutgoing, FeatureOutRemote, FeatureAfterAnswer, FeatureHold, FeatureTransfer, FeatureElsewhere,
	FeatureMissed, FeatureTwoCalls, FeatureWithheld, FeatureName, FeatureRedirect, FeatureReconnect,
	FeatureSeesGone, FeatureCredentials, FeatureDisorder, FeatureDial, FeatureDialCancel, FeatureDialOwn,
	FeatureDialOutcome,
}

// World is a platform and the people on it. Its methods may be called from
// one goroutine at a time and return when the platform has done its part.
type World interface {
	// Ready reports that the platform sees the connector's line fully
	// connected; the suite asks until it does.
	Ready() bool

	Ring(from Caller) Call
	Outgoing(number string) Call // the user dials on the desk phone

	// Interrupt breaks the connection, does meanwhile, and lets the connector
	// come back. The platform's calls go on.
	Interrupt(meanwhile func())

	// RefuseCredentials from now on; called before the connector runs.
	RefuseCredentials()

	// Disorder makes reports overtake each other, or arrive twice.
	Disorder(on bool)

	// OnDial says how click-to-dial goes from now on.
	OnDial(DialOutcome)

	// HangUpAll ends every call of the line by its far end.
	HangUpAll()

	// Silence reports that the user's phone is connected to nobody because a
	// click-to-dial was not cleaned up.
	Silence() bool

	// Secrets are the words that must appear in no log: passwords, tokens,
	// digest responses.
	Secrets() []string

	// Complaints are what the connector did that the platform must not see.
	Complaints() []string

	// Close ends the platform and all its goroutines.
	Close()
}

// Call is one call of the World.
type Call interface {
	Alert()           // outgoing: the far end rings
	Answer()          // incoming: on the user's own phone; outgoing: by the far end
	AnswerElsewhere() // by somebody else
	Abandon()
	Decline()
	Hangup()
	Hold()
	Resume()
	Transfer(to Caller)
}

// Caller is the other end of a call.
type Caller struct {
	Number     string // E.164
	Name       string
	Withheld   bool
	RedirectBy string // E.164 of who redirected the call to us
}

// DialOutcome is how a click-to-dial goes.
type DialOutcome uint8

const (
	DialAnswered    DialOutcome = iota // both answer soon
	DialBusy                           // the destination is busy
	DialDeclined                       // the destination declines
	DialUnanswered                     // nobody lifts the handset at the destination
	DialOwnDeclines                    // the user's own phone declines
	DialOwnRings                       // the user's own phone rings for ever
	DialThereRings                     // the destination rings for ever
)
