package telephony

import (
	"time"

	"example.org/ctiagent/phone"
)

// CallID identifies one call of one connector; opaque to everybody else.
type CallID string

// DialID is chosen by whoever asks for a call; it ties progress and the legs
// of a click-to-dial together.
type DialID string

// Phase is where a call is in its life. See the table in state.go.
type Phase uint8

const (
	PhaseUnknown Phase = 0
	Dialing      Phase = 1 // outgoing, the far end does not ring yet
	Ringing      Phase = 2 // incoming, our phone rings
	Alerting     Phase = 3 // outgoing, the far end rings
	Connected    Phase = 4
	Held         Phase = 5
	Ended        Phase = 6
)

// Direction as seen from the user's line.
type Direction uint8

const (
	DirectionUnknown Direction = 0
	Incoming         Direction = 1
	Outgoing         Direction = 2
)

// EndReason says why a call is over.
type EndReason uint8

const (
	EndUnknown           EndReason = 0 // e.g. it was gone when the line came back
	EndNormal            EndReason = 1 // it was answered, and somebody hung up
	EndMissed            EndReason = 2 // it rang here and the caller gave up
	EndAnsweredElsewhere EndReason = 3
	EndDeclined          EndReason = 4
	EndBusy              EndReason = 5
	EndFailed            EndReason = 6
	EndCancelled         EndReason = 7 // outgoing, given up before an answer
	EndTransferred       EndReason = 8
	EndNoAnswer          EndReason = 9 // outgoing, nobody lifted the handset in time
)

// Party is one end of a call as the platform describes it.
type Party struct {
	Number phone.Number
	Name   string // from the network: untrusted, may be long or contain markup
}

// View names which view of the line reported a leg, so that the Tracker can
// merge reports of the same call and knows whose word counts for what.
type View uint8

const (
	ViewAPI     View = 0 // a vendor interface that sees whole calls
	ViewDialog  View = 1 // SIP dialog-event package (RFC 4235)
	ViewContact View = 2 // SIP second contact: forked INVITEs
)

// Call is the whole state of one call at one moment; a value, never shared.
type Call struct {
	ID             CallID
	View           View
	Phase          Phase
	Direction      Direction
	Remote         Party
	Local          Party  // which of our numbers was called, or calls
	RedirectedFrom Party  // who diverted the call to us, zero if nobody
	Device         string // the user's device, where the platform tells
	EndReason      EndReason
	Origin         DialID    // set on the legs of our own click-to-dial
	Started        time.Time // when it began to ring or was dialled, as far as known
	Answered       time.Time
	Finished       time.Time

	// SignallingID is the SIP Call-ID or the vendor's own id where known; used
	// for merging only, shown nowhere.
	SignallingID string

	// Received is when the first byte of the report could be read; benchmarks
	// and the demo measure from it. Zero when the connector cannot tell.
	Received time.Time
}
