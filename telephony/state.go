package telephony

// phases is how many there are; the table below has a row and a column for each.
const phases = int(Ended) + 1

// next[from][reported] is the phase a leg is in after it was reported in
// another one. Phases may be skipped, because nobody sees all of them; a
// report from the past changes nothing; nothing leaves Ended.
//
//	             ┌────────▶ Ringing ───┐
//	             │             ▲       ▼
//	Unknown ─────┼────────▶ Dialing  Connected ◀──▶ Held
//	             │             │       ▲
//	             └────────▶ Alerting ──┘
//
//	and from every one of them to Ended.
//
// Dialing may turn into Ringing: some platforms announce a leg before they
// say which way it goes. Another remote party is no phase: see Change.
var next = [phases][phases]Phase{
	//              Unknown       Dialing    Ringing    Alerting   Connected  Held       Ended
	PhaseUnknown: {PhaseUnknown, Dialing, Ringing, Alerting, Connected, Held, Ended},
	Dialing:      {Dialing, Dialing, Ringing, Alerting, Connected, Held, Ended},
	Ringing:      {Ringing, Ringing, Ringing, Ringing, Connected, Held, Ended},
	Alerting:     {Alerting, Alerting, Alerting, Alerting, Connected, Held, Ended},
	Connected:    {Connected, Connected, Connected, Connected, Connected, Held, Ended},
	Held:         {Held, Held, Held, Held, Connected, Held, Ended},
	Ended:        {Ended, Ended, Ended, Ended, Ended, Ended, Ended},
}

// Next is the phase a call is in after it was in from and reported as said.
// It never fails: an impossible report leaves the phase as it was.
func Next(from, reported Phase) Phase {
	if int(from) >= phases || int(reported) >= phases {
		return from
	}
	return next[from][reported]
}

// Talking reports that both ends are, or were and may again be, in speech.
func (p Phase) Talking() bool { return p == Connected || p == Held }
