package diag

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

// Report is what a person copies out of the window to send to whoever helps.
type Report struct {
	Version     string // of the program
	At          time.Time
	Health      []Entry
	Containment []Entry // the layers around scripts
	Faults      []Fault
}

// Copyable is the report as text. Whatever was put in, it holds no telephone
// number, address or secret. It is in English, whatever language the windows
// speak, since it is read by those who help.
func (r Report) Copyable() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ctiagent %s, %s, %s/%s\n", r.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if !r.At.IsZero() {
		fmt.Fprintf(&b, "written %s\n", stamp(r.At))
	}
	section(&b, "State", r.Health)
	section(&b, "Containment of scripts", r.Containment)
	if len(r.Faults) > 0 {
		b.WriteString("\nRecent errors\n")
		for _, f := range r.Faults {
			fmt.Fprintf(&b, "- %s %s%s%s\n", stamp(f.At), label(f.Code), Mask(f.Text), times(f.Times))
			if f.Hint != "" {
				fmt.Fprintf(&b, "  hint: %s\n", Mask(f.Hint))
			}
		}
	}
	return b.String()
}

func section(b *strings.Builder, title string, entries []Entry) {
	if len(entries) == 0 {
		return
	}
	b.WriteString("\n" + title + "\n")
	for _, e := range entries {
		fmt.Fprintf(b, "- %-4s %s%s\n", e.State, label(e.Code), Mask(e.Text))
		if e.Hint != "" {
			fmt.Fprintf(b, "       hint: %s\n", Mask(e.Hint))
		}
	}
}

func label(code string) string {
	if code == "" {
		return ""
	}
	return code + ": "
}

func times(n int) string {
	if n < 2 {
		return ""
	}
	return fmt.Sprintf(" (%d times)", n)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
