package terminal

import (
	"strings"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/phone"
)

// cardText is one line that says all of one call at this moment.
func cardText(texts Texts, c view.Card) string {
	parts := []string{texts.T("card.state." + c.Phase), who(texts, c)}
	if c.DialStep != "" && c.Phase != view.PhaseConnected {
		parts[0] = texts.T("card.dial." + c.DialStep)
	}
	switch c.Recognition {
	case view.LookingUp:
		parts = append(parts, texts.T("card.lookingUp"))
	case view.NotKnown:
		parts = append(parts, texts.T("card.notInContacts"))
	case view.Unreachable:
		parts = append(parts, texts.T("card.unreachable"))
	case view.Late:
		parts = append(parts, texts.T("card.late"))
	case view.Known:
		for _, f := range c.People[0].Fields {
			parts = append(parts, f.Label+": "+f.Value)
		}
	}
	if c.Local != "" {
		parts = append(parts, c.Local)
	}
	if c.DialReason != "" {
		parts = append(parts, c.DialReason)
	}
	if c.ScriptNotice != "" {
		parts = append(parts, c.ScriptNotice)
	}
	if c.OpenedURL {
		parts = append(parts, texts.T("card.opened"))
	}
	if c.ScriptError != "" {
		parts = append(parts, c.ScriptError)
	}
	return strings.Join(parts, " · ")
}

func who(texts Texts, c view.Card) string {
	if c.Number.Withheld != "" {
		return texts.T("card.withheld")
	}
	names := make([]string, 0, len(c.People))
	for _, p := range c.People {
		names = append(names, p.Name)
	}
	switch {
	case len(names) > 0:
		return strings.Join(names, " / ") + " · " + c.Number.Text
	case c.NetworkName != "":
		return c.Number.Text + " (" + c.NetworkName + ")"
	}
	return c.Number.Text
}

func lineText(texts Texts, s view.Status) string {
	state := s.State
	if state == "" {
		state = view.StatusOff
	}
	text := texts.T("status.line."+state, map[string]any{"seconds": max(0, int(time.Until(s.Retry).Round(time.Second).Seconds()))})
	if s.Reason != "" && s.State != view.StatusLive {
		text += ": " + s.Reason
	}
	if s.Hint != "" {
		text += " " + s.Hint
	}
	return text
}

// nextStep is the one thing a person should do before calls can be seen, ""
// when there is none. Secrets come first: line and service wait for them.
func nextStep(texts Texts, s view.Snapshot) string {
	switch s.Secrets {
	case "choose":
		return texts.T("terminal.nextSecrets")
	case "unlock":
		return texts.T("terminal.nextUnlock")
	case "locked":
		return texts.T("secrets.locked")
	}
	switch {
	case s.Line.State == view.StatusOff:
		return texts.T("terminal.nextLine")
	case s.Service.State == view.StatusSignedOut:
		return texts.T("terminal.nextSignIn")
	}
	return ""
}

// questionText is the question before dialling: all a person must know to
// answer it.
func questionText(texts Texts, c view.Confirmation) string {
	title := texts.T("confirm.title")
	if c.Emergency {
		title = texts.T("confirm.emergencyTitle")
	}
	parts := []string{c.Number.Text}
	if c.Number.Country != "" {
		name := phone.CountryName(c.Number.Country, texts.Language())
		if c.Foreign {
			name = texts.T("confirm.foreign", map[string]any{"country": name})
		}
		parts = append(parts, name)
	}
	parts = append(parts, texts.T("kind."+kindOf(c.Number)))
	if c.Dropped != "" {
		parts = append(parts, texts.T("confirm.dropped", map[string]any{"digits": c.Dropped}))
	}
	if c.Extra != "" {
		parts = append(parts, texts.T("confirm.extra", map[string]any{"digits": c.Extra}))
	}
	if c.Reason != "" {
		parts = append(parts, c.Reason)
	}
	return title + " " + strings.Join(parts, " · ") + " " + texts.T("terminal.yesNo")
}

func kindOf(n view.Number) string {
	if n.Kind == "" {
		return "unknown"
	}
	return n.Kind
}
