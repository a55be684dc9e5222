package simulator

import (
	"fmt"
	"strings"
	"time"
)

// Reaction is how a simulated phone takes a call.
type Reaction struct {
	After time.Duration // rings that long; with 0 a refusal comes without ringing
	Code  int           // then 200 answers, 486 is busy, 603 declines; 0 rings for ever
	Burst int           // rings with that many 180s at once before the Code, for order
}

// DialScript is how a click-to-dial goes: the user's own phone first, then
// the destination.
type DialScript struct {
	Own, There Reaction
}

// OnDial sets how click-to-dial goes; both sides answer soon when it is nil.
// f runs under the platform's lock: it must not call the Platform.
func (p *Platform) OnDial(f func(user, number string) DialScript) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onDial = f
}

// ownLeg is a client's INVITE to the user's own line and what became of it.
type ownLeg struct {
	c            *conn
	user         string
	invite       *message
	callID       string
	ours, theirs string // tags
	dialogID     string
	state        state
	over         bool
	flip         bool
	forks        []*fork
	script       DialScript
	notifies     int // CSeq of the NOTIFYs about the REFER
	there        *Call
	acked        bool
	referEvent   string
}

func (p *Platform) script(user, number string) DialScript {
	if p.onDial != nil {
		return p.onDial(user, number)
	}
	soon := Reaction{After: 30 * time.Millisecond, Code: 200}
	return DialScript{Own: soon, There: soon}
}

// invite takes a call from a client: only to the user's own line.
func (p *Platform) invite(c *conn, m *message) {
	if param(m.get("To"), "tag") != "" {
		c.send(m.reply(481, "")) // no re-INVITE here
		return
	}
	u := p.authenticate(c, m)
	if u == nil {
		return
	}
	c.send(m.reply(100, ""))
	if to := userOf(address(m.get("To"))); to != u.Name {
		p.violation("a client INVITEd somebody else than its own line")
		c.send(m.reply(403, p.token()))
		return
	}
	leg := &ownLeg{
		c: c, user: u.Name, invite: m, callID: m.get("Call-ID"), ours: p.token(),
		theirs: param(m.get("From"), "tag"), dialogID: "padi-" + p.token(), state: trying,
		script: p.script(u.Name, ""),
	}
	p.dials[leg.callID] = leg
	p.publish(u.Name)
	r := leg.script.Own
	if r.Code >= 300 && r.After == 0 && r.Burst == 0 {
		p.refuseOwn(leg, r.Code)
		return
	}
	leg.state = early
	for range max(1, r.Burst) {
		c.send(m.reply(180, leg.ours).add("Contact", p.contact()))
	}
	if p.opts.Style == Kamailio {
		p.forkOwn(leg)
	}
	p.publish(u.Name)
	if r.Code == 0 {
		return
	}
	react := func() {
		switch {
		case leg.over || leg.state == confirmed:
		case r.Code >= 300:
			p.refuseOwn(leg, r.Code)
		default:
			p.answerOwn(leg)
		}
	}
	if r.After == 0 {
		react()
		return
	}
	p.after(r.After, react)
}

// forkOwn sends the client its own INVITE back: a proxy rings every contact of
// the line, and the second contact is one.
func (p *Platform) forkOwn(leg *ownLeg) {
	for _, b := range p.bindings[leg.user] {
		f := &fork{
			c: b.c, uri: b.contact, callID: leg.callID, from: leg.invite.get("From"), to: leg.invite.get("To"),
			via: "SIP/2.0/TLS " + p.addr + ";branch=z9hG4bK" + p.token(),
		}
		leg.forks = append(leg.forks, f)
		cseq, _ := leg.invite.cseq()
		b.c.send(f.request("INVITE", cseq).add("Contact", leg.invite.get("Contact")).
			withBody("application/sdp", sdp(p.addr, "sendrecv")))
	}
}

func (p *Platform) refuseOwn(leg *ownLeg, code int) {
	p.cancelForks(leg.forks)
	leg.c.send(leg.invite.reply(code, leg.ours))
	p.ownEnded(leg)
	delete(p.dials, leg.callID)
}

func (p *Platform) answerOwn(leg *ownLeg) {
	leg.state = confirmed
	p.cancelForks(leg.forks, p.reasons(elsewhere, "Q.850;cause=26")...)
	leg.c.send(leg.invite.reply(200, leg.ours).add("Contact", p.contact()).
		add("Allow", "INVITE, ACK, CANCEL, BYE, REFER, NOTIFY, OPTIONS").
		withBody("application/sdp", sdp(p.addr, "inactive")))
	p.publish(leg.user)
}

// ownEnded tells the end of the user's own leg.
func (p *Platform) ownEnded(leg *ownLeg) {
	if !leg.over {
		leg.over = true
		if p.opts.Style == Asterisk {
			p.publish(leg.user)
			return
		}
		leg.over, leg.state = false, terminated
		p.publish(leg.user)
		leg.over = true
	}
}

func (p *Platform) ack(m *message) {
	if leg := p.dials[m.get("Call-ID")]; leg != nil && leg.state == confirmed {
		leg.acked = true
	}
}

func (p *Platform) cancel(c *conn, m *message) {
	leg := p.dials[m.get("Call-ID")]
	if leg == nil || leg.state == confirmed {
		c.send(m.reply(481, p.token()))
		return
	}
	c.send(m.reply(200, leg.ours))
	p.refuseOwn(leg, 487)
}

func (p *Platform) bye(c *conn, m *message) {
	leg := p.dials[m.get("Call-ID")]
	if leg == nil || leg.state != confirmed {
		c.send(m.reply(481, p.token()))
		return
	}
	c.send(m.reply(200, ""))
	p.ownEnded(leg)
	delete(p.dials, leg.callID)
	// The phone that had been told to call somebody else lets go of a call
	// that is not answered yet: nobody is left to talk to.
	if leg.there != nil && leg.there.state != confirmed && leg.there.state != terminated {
		leg.there.over("cancelled")
		p.event(leg.there, "abandoned")
		p.publish(leg.user)
	}
}

// refer takes the second half of a click-to-dial.
func (p *Platform) refer(c *conn, m *message) {
	leg := p.dials[m.get("Call-ID")]
	switch {
	case leg == nil && param(m.get("To"), "tag") == "":
		p.violation("a REFER outside a dialog")
		c.send(m.reply(405, p.token()))
		return
	case leg == nil || leg.state != confirmed || leg.there != nil:
		c.send(m.reply(481, ""))
		return
	case !leg.acked:
		p.violation("a REFER before the ACK")
	}
	number := strings.ReplaceAll(userOf(address(m.get("Refer-To"))), "%23", "#")
	if number == "" {
		c.send(m.reply(400, ""))
		return
	}
	cseq, _ := m.cseq()
	leg.referEvent = "refer"
	if p.opts.Style == Kamailio {
		leg.referEvent = fmt.Sprintf("refer;id=%d", cseq)
	}
	script := p.script(leg.user, number).There
	accept := func() { c.send(m.reply(202, "").add("Contact", p.contact())) }
	if !p.mischief.NotifyFirst {
		accept()
	}
	p.sipfrag(leg, 100)
	if p.mischief.NotifyFirst {
		accept()
	}
	there := p.newCall(leg.user, Caller{Number: number}, true, trying)
	leg.there = there
	p.event(there, "dialled by click")
	p.publish(leg.user)

	finish := func() {
		if leg.over || there.state == terminated || script.Code == 0 {
			return
		}
		if script.Code < 300 {
			there.state = confirmed
			p.event(there, "answered")
			p.publish(leg.user)
			p.sipfrag(leg, script.Code)
			if p.opts.Style != Kamailio {
				p.hangUpOwn(leg) // a back-to-back user agent takes its leg back
			}
			return
		}
		there.over("rejected")
		p.event(there, "refused")
		p.publish(leg.user)
		p.sipfrag(leg, script.Code)
	}
	if script.Code < 300 || script.After > 0 {
		there.state = early
		p.publish(leg.user)
		p.sipfrag(leg, 180)
	}
	if script.After == 0 {
		finish()
		return
	}
	p.after(script.After, finish)
}

// sipfrag reports progress of a REFER (RFC 3515 §2.4.5).
func (p *Platform) sipfrag(leg *ownLeg, code int) {
	sub := "active;expires=60"
	if code >= 200 {
		sub = "terminated;reason=noresource"
	}
	leg.notifies++
	m := p.inDialog(leg, "NOTIFY", leg.notifies)
	m.add("Contact", p.contact()).add("Event", leg.referEvent).add("Subscription-State", sub)
	m.withBody("message/sipfrag;version=2.0", fmt.Appendf(nil, "SIP/2.0 %d %s\r\n", code, phrases[code]))
	leg.c.send(m)
}

func (p *Platform) inDialog(leg *ownLeg, method string, cseq int) *message {
	m := &message{method: method, uri: address(leg.invite.get("Contact"))}
	m.add("Via", "SIP/2.0/TLS "+p.addr+";branch=z9hG4bK"+p.token()).add("Max-Forwards", "70")
	m.add("From", leg.invite.get("To")+";tag="+leg.ours).add("To", leg.invite.get("From"))
	return m.add("Call-ID", leg.callID).add("CSeq", fmt.Sprintf("%d %s", cseq, method))
}

func (p *Platform) hangUpOwn(leg *ownLeg) {
	leg.notifies++
	leg.c.send(p.inDialog(leg, "BYE", leg.notifies))
	p.ownEnded(leg)
	delete(p.dials, leg.callID)
}

// HangUpOwnPhone: the user puts the handset back during a click-to-dial.
func (p *Platform) HangUpOwnPhone(user string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, leg := range p.dials {
		if leg.user == user && leg.state == confirmed {
			p.hangUpOwn(leg)
		}
	}
}

// InSilence reports that the user's phone is connected to nobody: it answered
// a click-to-dial that went no further, and the client did not hang up.
func (p *Platform) InSilence(user string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, leg := range p.dials {
		if leg.user == user && leg.state == confirmed && (leg.there == nil || leg.there.state == terminated) {
			return true
		}
	}
	return false
}
