package telhandler

import "errors"

// ErrUnsupported is returned where the program cannot register by itself;
// the words say what a person does instead.
var ErrUnsupported = errors.New("telhandler: cannot be set from here")

// Verb is the first argument the desktop calls the program with; the link is
// the second and last one.
const Verb = "open-uri"

// schemes are the links we open (RFC 3966; callto: is an older habit; sip:
// links are dialled when their user is a number).
func schemes() []string { return []string{"tel", "callto", "sip"} }

// Status is what the desktop knows about us.
type Status struct {
	Registered bool   // the desktop can offer the program for the links
	Exe        string // the program that is registered
	Schemes    []Scheme
}

// Scheme is one kind of link.
type Scheme struct {
	Name    string // "tel"
	Default bool   // such links come to us
	Other   string // otherwise the one they go to, as the desktop names it; may be empty
}

// IsDefault reports whether all links come to us.
func (s Status) IsDefault() bool {
	for _, x := range s.Schemes {
		if !x.Default {
			return false
		}
	}
	return s.Registered && len(s.Schemes) > 0
}
