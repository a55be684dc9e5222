package history

import "time"

// Results of a call; the same words as view.Entry.Result.
const (
	Answered  = "answered"
	Missed    = "missed"
	Elsewhere = "elsewhere" // taken by a colleague
	Declined  = "declined"
	Busy      = "busy"
	Failed    = "failed"
	Cancelled = "cancelled"
	Unknown   = "unknown"
)

// Entry is one call. Everything in it is personal data: it is written sealed
// and never logged.
type Entry struct {
	ID         string        `json:"id"`
	At         time.Time     `json:"at"`
	Outgoing   bool          `json:"out,omitempty"`
	Result     string        `json:"result"`
	NumberKey  string        `json:"key,omitempty"`  // phone.Number.Key: E.164, "local:…" or "withheld"
	NumberText string        `json:"text,omitempty"` // grouped as people read it
	Country    string        `json:"country,omitempty"`
	Kind       string        `json:"kind,omitempty"`     // phone.Kind
	Withheld   string        `json:"withheld,omitempty"` // "anonymous" or "unavailable"
	Name       string        `json:"name,omitempty"`
	Detail     string        `json:"detail,omitempty"`   // company or the first display field
	Duration   time.Duration `json:"duration,omitempty"` // of talking
	Rang       time.Duration `json:"rang,omitempty"`
	Source     string        `json:"source,omitempty"` // of the record that was recognised
	RecordID   string        `json:"record,omitempty"`
	Seen       bool          `json:"seen,omitempty"` // a missed call that was looked at
}

// Filters of a Query.
const (
	All      = ""
	OnlyMiss = "missed"
	OnlyIn   = "in"
	OnlyOut  = "out"
)

// Query asks for entries, newest first.
type Query struct {
	Text   string // part of name, company or number, in any notation
	Filter string // one of the filters above
	Limit  int    // 0 stands for 100
	Before string // ID of the last entry of the page before; "" for the first page
}

// Page answers a Query.
type Page struct {
	Entries []Entry
	More    bool // there are older ones that match
	Missed  int  // missed calls in the whole history
}

func (e *Entry) missed() bool { return !e.Outgoing && e.Result == Missed }

func (e *Entry) passes(filter string) bool {
	switch filter {
	case OnlyMiss:
		return e.missed()
	case OnlyIn:
		return !e.Outgoing
	case OnlyOut:
		return e.Outgoing
	}
	return true
}
