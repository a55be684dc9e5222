package telephony

import "fmt"

// The words below are the same in JSON, in logs and in golden files; they and
// the numbers behind them never change their meaning, new ones are added.
var (
	phaseWords     = []string{"unknown", "dialing", "ringing", "alerting", "connected", "held", "ended"}
	directionWords = []string{"unknown", "incoming", "outgoing"}
	endReasonWords = []string{"unknown", "normal", "missed", "answeredElsewhere", "declined", "busy",
		"failed", "cancelled", "transferred", "noAnswer"}
	viewWords     = []string{"api", "dialog", "contact"}
	dialStepWords = []string{"sent", "ownRinging", "ownAnswered", "trying", "ringing", "connected", "busy",
		"declined", "ownRefused", "noAnswer", "cancelled", "failed"}
	linkStateWords = []string{"offline", "connecting", "authenticating", "live", "degraded", "fatal"}
)

func word[T ~uint8](words []string, v T) string {
	if int(v) < len(words) {
		return words[v]
	}
	return fmt.Sprintf("invalid(%d)", uint8(v))
}

func value[T ~uint8](words []string, what string, text []byte, v *T) error {
	for i, w := range words {
		if w == string(text) {
			*v = T(i)
			return nil
		}
	}
	return fmt.Errorf("telephony: %q is no %s", text, what)
}

func (p Phase) String() string     { return word(phaseWords, p) }
func (d Direction) String() string { return word(directionWords, d) }
func (r EndReason) String() string { return word(endReasonWords, r) }
func (v View) String() string      { return word(viewWords, v) }
func (s DialStep) String() string  { return word(dialStepWords, s) }
func (s LinkState) String() string { return word(linkStateWords, s) }

func (p Phase) MarshalText() ([]byte, error)     { return []byte(p.String()), nil }
func (d Direction) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
func (r EndReason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
func (v View) MarshalText() ([]byte, error)      { return []byte(v.String()), nil }
func (s DialStep) MarshalText() ([]byte, error)  { return []byte(s.String()), nil }
func (s LinkState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (p *Phase) UnmarshalText(b []byte) error     { return value(phaseWords, "phase", b, p) }
func (d *Direction) UnmarshalText(b []byte) error { return value(directionWords, "direction", b, d) }
func (r *EndReason) UnmarshalText(b []byte) error { return value(endReasonWords, "end reason", b, r) }
func (v *View) UnmarshalText(b []byte) error      { return value(viewWords, "view", b, v) }
func (s *DialStep) UnmarshalText(b []byte) error  { return value(dialStepWords, "dial step", b, s) }
func (s *LinkState) UnmarshalText(b []byte) error { return value(linkStateWords, "link state", b, s) }
