package screenpop

import (
	"slices"

	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop/script"
	"example.org/ctiagent/telephony"
)

// Moment is everything that decides which scripts run now.
type Moment struct {
	Event        script.Event
	Call         telephony.Call
	Answer       recognition.Answer
	Ran          []RunKey // what already ran for this call
	DoNotDisturb bool     // the user wants nothing opened
	Private      bool     // the user marked the call as private
}

// RunKey identifies a script at one event of one call.
type RunKey struct {
	Event  script.Event
	Script string
}

// Run is one script to run, with all it is told and all it may do.
type Run struct {
	CallID  telephony.CallID
	Script  recognition.Script
	Call    script.Call
	Params  script.Params
	Allowed recognition.Allowed
}

// Key is what goes into Moment.Ran once the run was begun.
func (r Run) Key() RunKey { return RunKey{r.Call.Event, r.Script.ID} }

// Plan names the scripts that run at this moment, in the order in which the
// service listed them. It decides by its argument alone.
func Plan(m Moment) []Run {
	if m.DoNotDisturb || m.Private || m.Call.Remote.Number.Withheld() {
		return nil
	}
	direction := directionOf(m.Call.Direction)
	if direction == "" {
		return nil
	}
	known := "unknown"
	if len(m.Answer.Matches) > 0 {
		known = "known"
	}
	var runs []Run
	var call script.Call
	for _, s := range m.Answer.Scripts {
		w := s.When
		if !among(w.Events, string(m.Event)) || !among(w.Directions, string(direction)) ||
			w.Known != "" && w.Known != known ||
			slices.Contains(m.Ran, RunKey{m.Event, s.ID}) {
			continue
		}
		if runs == nil {
			call = CallFor(m.Event, m.Call, m.Answer)
		}
		runs = append(runs, Run{CallID: m.Call.ID, Script: s, Call: call, Params: s.Params, Allowed: s.Allowed})
	}
	return runs
}

// among reports that a list of a manifest holds the word; an empty one holds all.
func among(list []string, word string) bool {
	return len(list) == 0 || slices.Contains(list, word)
}

func directionOf(d telephony.Direction) script.Direction {
	switch d {
	case telephony.Incoming:
		return script.DirectionIn
	case telephony.Outgoing:
		return script.DirectionOut
	}
	return ""
}
