package icon

// States of the tray.
const (
	Ready     = "ready"
	Ringing   = "ringing"
	Busy      = "busy"
	Offline   = "offline"
	Attention = "attention"
	DND       = "dnd"
)

// Tray gives the icon for a state: PNG, on Windows ICO.
func Tray(state string) []byte { return nil }
