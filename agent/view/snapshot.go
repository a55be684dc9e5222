package view

import "time"

// Snapshot is everything a face shows, at one moment. Rev rises by at least
// one with every change; a face may skip snapshots but never goes back.
type Snapshot struct {
	Rev          uint64        `json:"rev"`
	Line         Status        `json:"line"`
	Service      Status        `json:"service"`
	DoNotDisturb bool          `json:"doNotDisturb"` // calls are shown, nothing is opened
	Cards        []Card        `json:"cards,omitempty"`
	Confirm      *Confirmation `json:"confirm,omitempty"`
	Recent       []Entry       `json:"recent,omitempty"` // at most five, newest first
	MissedUnseen int           `json:"missedUnseen,omitempty"`
	SetupNeeded  bool          `json:"setupNeeded,omitempty"` // first run: nothing is configured yet
	Secrets      string        `json:"secrets,omitempty"`     // "" all well, "choose" where to keep them, "unlock" the file
	Show         *Show         `json:"show,omitempty"`        // a window the user asked for elsewhere
	Appearance   Appearance    `json:"appearance"`
}

// Appearance is how windows look, from settings and policy.
type Appearance struct {
	Theme    string `json:"theme,omitempty"`    // "", "light", "dark": "" follows the desktop
	Language string `json:"language,omitempty"` // "", "en", "de", "nl": "" follows the desktop
	Country  string `json:"country,omitempty"`  // the site's, for wording
	Corner   string `json:"corner,omitempty"`   // bottom-right …: where cards appear
	CardOff  bool   `json:"cardOff,omitempty"`  // notifications only
}

// Show asks the window process to open a window; a new Seq is a new request.
type Show struct {
	Seq    uint64 `json:"seq"`
	Window string `json:"window"` // one of the Window constants
}

// Windows a face may ask for.
const (
	WindowHistory   = "history"
	WindowSettings  = "settings"
	WindowAssistant = "assistant"
	WindowAbout     = "about"
	WindowDial      = "dial"
	WindowCard      = "card"
)

// Status is the state of the line or of the recognition service.
type Status struct {
	State  string    `json:"state"` // one of the Status constants
	Reason string    `json:"reason,omitempty"`
	Hint   string    `json:"hint,omitempty"`
	Code   string    `json:"code,omitempty"`
	Retry  time.Time `json:"retry,omitzero"` // when offline: the next attempt
}

// States of line and service.
const (
	StatusOff        = "off" // not configured
	StatusConnecting = "connecting"
	StatusLive       = "live"
	StatusDegraded   = "degraded"
	StatusOffline    = "offline"
	StatusFatal      = "fatal"     // a person must mend it
	StatusSignedOut  = "signedOut" // service only
)

// Phases of a card.
const (
	PhaseRinging   = "ringing"
	PhaseDialing   = "dialing"
	PhaseAlerting  = "alerting"
	PhaseConnected = "connected"
	PhaseHeld      = "held"
	PhaseMissed    = "missed"
	PhaseElsewhere = "elsewhere" // answered by a colleague
	PhaseEnded     = "ended"
)

// Recognition states of a card.
const (
	LookingUp   = "looking"
	Known       = "known"   // one person
	Several     = "several" // more than one
	NotKnown    = "unknown"
	IsWithheld  = "withheld"    // nothing to look up
	Unreachable = "unreachable" // service away
	Late        = "late"        // no answer within the bound
	NoLookup    = "none"        // internal call, private, or signed out
)

// Card is one call as a face shows it.
type Card struct {
	ID           string    `json:"id"`
	Phase        string    `json:"phase"`
	Outgoing     bool      `json:"outgoing,omitempty"`
	Number       Number    `json:"number"`
	NetworkName  string    `json:"networkName,omitempty"` // what the platform says; untrusted, cleaned
	Recognition  string    `json:"recognition"`
	People       []Person  `json:"people,omitempty"` // the earlier choice first
	Local        string    `json:"local,omitempty"`  // which of our numbers or queues was called: "Sales · +44 20 7946 0100"
	RedirectedBy string    `json:"redirectedBy,omitempty"`
	Started      time.Time `json:"started,omitzero"`
	Answered     time.Time `json:"answered,omitzero"`
	Ended        time.Time `json:"ended,omitzero"`
	Private      bool      `json:"private,omitempty"`
	CanOpen      bool      `json:"canOpen,omitempty"`      // a record can be opened
	CanAdd       bool      `json:"canAdd,omitempty"`       // a new-contact form can be opened
	DialStep     string    `json:"dialStep,omitempty"`     // click-to-dial: "ownRinging", "trying", "busy" …
	DialReason   string    `json:"dialReason,omitempty"`   // why it failed, in words
	PopsPaused   bool      `json:"popsPaused,omitempty"`   // the opening limit was reached
	ScriptNotice string    `json:"scriptNotice,omitempty"` // text of a notify intent, plain
	ScriptError  string    `json:"scriptError,omitempty"`  // a script failed; in words
	Dismissed    bool      `json:"dismissed,omitempty"`    // the user closed the card
	OpenedURL    bool      `json:"openedURL,omitempty"`    // a record or form was opened for this call
	EndReason    string    `json:"endReason,omitempty"`    // busy, declined, failed …, once it is over
	Times        Times     `json:"times,omitzero"`
}

// Times are the moments of one incoming call that decide how fast the agent
// feels; zero where it did not come so far.
type Times struct {
	Received time.Time `json:"received,omitzero"` // the platform's message could be read
	Notified time.Time `json:"notified,omitzero"` // the notification with the number was handed to the desktop
	Drawn    time.Time `json:"drawn,omitzero"`    // the window process had drawn the card
	Named    time.Time `json:"named,omitzero"`    // the notification with the name was handed to the desktop
	Opened   time.Time `json:"opened,omitzero"`   // the URL was handed to the opener
}

// Number is a number as a face shows it.
type Number struct {
	Text     string `json:"text"`               // grouped as people read it, "" when withheld
	E164     string `json:"e164,omitempty"`     // for copying and dialling
	Kind     string `json:"kind,omitempty"`     // phone.Kind
	Country  string `json:"country,omitempty"`  // ISO code
	Withheld string `json:"withheld,omitempty"` // "anonymous" or "unavailable"
	Place    string `json:"place,omitempty"`    // "London", where known
}

// Person is one match.
type Person struct {
	Source    string  `json:"source"`
	RecordID  string  `json:"recordId"`
	Name      string  `json:"name"`
	Fields    []Field `json:"fields,omitempty"`
	Matched   string  `json:"matched"`          // which field held the number: "Mobile"
	MatchKind string  `json:"matchKind"`        // exact, range, suffix
	Chosen    bool    `json:"chosen,omitempty"` // chosen last time for this number
	CanOpen   bool    `json:"canOpen,omitempty"`
}

// Field is one labelled value.
type Field struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Confirmation is one question before dialling. There is at most one.
type Confirmation struct {
	ID        string    `json:"id"`
	Number    Number    `json:"number"`
	Foreign   bool      `json:"foreign,omitempty"`  // another country: shown large
	Warn      bool      `json:"warn,omitempty"`     // Cancel is the primary button
	FromLink  bool      `json:"fromLink,omitempty"` // a link or another program asked
	Dropped   string    `json:"dropped,omitempty"`  // post-dial digits or extension that will not be dialled
	Extra     string    `json:"extra,omitempty"`    // post-dial digits or extension that will be dialled
	Emergency bool      `json:"emergency,omitempty"`
	Reason    string    `json:"reason,omitempty"`   // why it is asked, in words
	NotBefore time.Time `json:"notBefore,omitzero"` // the dial button is enabled from then on
	More      int       `json:"more,omitempty"`     // further links that came meanwhile and were dropped
}

// Entry is one call of the history.
type Entry struct {
	ID       string        `json:"id"`
	At       time.Time     `json:"at"`
	Outgoing bool          `json:"outgoing,omitempty"`
	Result   string        `json:"result"` // answered, missed, elsewhere, declined, busy, failed, cancelled, unknown
	Number   Number        `json:"number"`
	Name     string        `json:"name,omitempty"`
	Detail   string        `json:"detail,omitempty"`   // company or the first display field
	Duration time.Duration `json:"duration,omitempty"` // nanoseconds, of talking
	Rang     time.Duration `json:"rang,omitempty"`     // nanoseconds
}
