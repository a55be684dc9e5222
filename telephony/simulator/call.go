package simulator

import (
	"fmt"
	"slices"
	"strings"
)

// state is the state of a dialog as RFC 4235 §3.7.1 names it.
type state string

const (
	trying     state = "trying"
	early      state = "early"
	confirmed  state = "confirmed"
	terminated state = "terminated"
)

// Caller is the other end of a call as the platform describes it.
type Caller struct {
	Number    string // as on the wire: "+442079460123", "200"
	Name      string
	Anonymous bool // the number is withheld: Number and Name do not appear

	Called        string // the number that was called, the user's own when empty
	Diversion     string // who redirected the call to us, "" if nobody
	DiversionName string
}

func (c Caller) shown() string {
	if c.Anonymous {
		return "Anonymous"
	}
	return c.Name
}

// Call is one call of the simulated world at one user's line.
type Call struct {
	ID   string
	User string

	p            *Platform
	out          bool
	remote       Caller
	state        state
	event        string // why a dialog is terminated, RFC 4235 §4.1
	held         bool   // the user holds
	heldByRemote bool
	dialogID     string
	callID       string
	ourTag       string
	theirTag     string
	forks        []*fork
}

// fork is the INVITE sent to one second contact.
type fork struct {
	c      *conn
	uri    string
	via    string
	from   string
	to     string
	callID string
	done   bool // the client has answered finally
}

func (p *Platform) newCall(user string, remote Caller, out bool, s state) *Call {
	p.lastID++
	c := &Call{
		ID: fmt.Sprintf("call-%d", p.lastID), User: user, p: p, out: out, remote: remote, state: s,
		callID: p.token() + "@" + p.opts.Domain, ourTag: p.token(), theirTag: p.token(),
		dialogID: p.token(),
	}
	if p.opts.Style == Kamailio {
		c.dialogID = "padi-" + c.dialogID
	}
	p.calls = append(p.calls, c)
	return c
}

// Ring makes the user's desk phone and every second contact ring.
func (p *Platform) Ring(user string, from Caller) *Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ring(user, from)
}

func (p *Platform) ring(user string, from Caller) *Call {
	c := p.newCall(user, from, false, early)
	p.event(c, "ringing")
	p.expire()
	if p.opts.Style == Kamailio {
		c.state = trying
		p.publish(user)
		c.state = early
	}
	for _, b := range p.bindings[user] {
		c.fork(b)
	}
	p.publish(user)
	return c
}

// fork sends the INVITE to a second contact.
func (c *Call) fork(b *binding) {
	p := c.p
	f := &fork{
		c: b.c, uri: b.contact, callID: c.callID,
		via: "SIP/2.0/TLS " + p.addr + ";branch=z9hG4bK" + p.token(),
		to:  "<sip:" + orDefault(c.remote.Called, c.User) + "@" + p.opts.Domain + ">",
	}
	if p.opts.Style != Kamailio {
		f.callID = p.token() // a back-to-back user agent: each leg its own
	}
	identity := "<sip:" + c.remote.Number + "@" + p.opts.Domain + ">"
	if c.remote.Name != "" {
		identity = quote(c.remote.Name) + " " + identity
	}
	f.from = identity + ";tag=" + c.theirTag
	if c.remote.Anonymous {
		f.from = `"Anonymous" <sip:anonymous@anonymous.invalid>;tag=` + c.theirTag
	}
	m := f.request("INVITE", 1)
	m.add("Contact", p.contact()).add("Allow", "INVITE, ACK, CANCEL, BYE, UPDATE, OPTIONS")
	if c.remote.Anonymous {
		m.add("Privacy", "id")
	} else {
		m.add("P-Asserted-Identity", identity)
	}
	if c.remote.Diversion != "" {
		d := "<sip:" + c.remote.Diversion + "@" + p.opts.Domain + ">"
		if c.remote.DiversionName != "" {
			d = quote(c.remote.DiversionName) + " " + d
		}
		m.add("Diversion", d+";reason=no-answer")
	}
	m.withBody("application/sdp", sdp(p.addr, "sendrecv"))
	c.forks = append(c.forks, f)
	b.c.send(m)
}

func (f *fork) request(method string, cseq int) *message {
	m := &message{method: method, uri: f.uri}
	m.add("Via", f.via).add("Max-Forwards", "70").add("From", f.from).add("To", f.to)
	return m.add("Call-ID", f.callID).add("CSeq", fmt.Sprintf("%d %s", cseq, method))
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func sdp(addr, direction string) []byte {
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio 9 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=%s\r\n", direction)
}

// forkAnswered takes a client's final answer to a forked INVITE.
func (p *Platform) forkAnswered(c *conn, m *message) {
	branch := param(m.get("Via"), "branch")
	for _, call := range p.calls {
		if p.answeredFork(call.forks, branch, m) {
			return
		}
	}
	for _, leg := range p.dials {
		if p.answeredFork(leg.forks, branch, m) {
			return
		}
	}
	// The call is over and forgotten; its transaction still wants its ACK.
	if m.code < 300 {
		p.violation("a second contact answered an INVITE with %d", m.code)
	} else {
		ack := &message{method: "ACK", uri: address(m.get("To"))}
		ack.add("Via", m.get("Via")).add("Max-Forwards", "70").add("From", m.get("From")).add("To", m.get("To"))
		c.send(ack.add("Call-ID", m.get("Call-ID")).add("CSeq", "1 ACK"))
	}
}

func (p *Platform) answeredFork(forks []*fork, branch string, m *message) bool {
	for _, f := range forks {
		if param(f.via, "branch") != branch {
			continue
		}
		f.done = true
		if m.code < 300 {
			p.violation("a second contact answered an INVITE with %d", m.code)
		}
		ack := f.request("ACK", 1)
		for i := range ack.headers {
			if ack.headers[i].name == "To" {
				ack.headers[i].value = m.get("To")
			}
		}
		f.c.send(ack)
		return true
	}
	return false
}

// cancelForks ends the ringing of the second contacts.
func (p *Platform) cancelForks(forks []*fork, reasons ...string) {
	if p.mischief.NoReason {
		reasons = nil
	}
	for _, f := range forks {
		if f.done {
			continue
		}
		m := f.request("CANCEL", 1)
		for _, r := range reasons {
			m.add("Reason", r)
		}
		f.c.send(m)
	}
}

const elsewhere = `SIP;cause=200;text="Call completed elsewhere"`

// reasons is the Reason header that the dialect sends for what happened.
func (p *Platform) reasons(kamailio, asterisk string) []string {
	switch {
	case p.opts.Style == Asterisk && kamailio == elsewhere:
		return []string{kamailio, asterisk}
	case p.opts.Style == Asterisk:
		return []string{asterisk}
	case kamailio == "":
		return nil
	}
	return []string{kamailio}
}

// step changes a call under the lock and tells it; f says false when the
// present state does not allow it.
func (c *Call) step(what string, f func() bool) {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	if c.state == terminated || !f() {
		return
	}
	c.p.event(c, what)
	c.p.publish(c.User)
}

// Answer: an incoming call is answered on the user's own desk phone, an
// outgoing one by the far end.
func (c *Call) Answer() { c.step("answered", c.answer) }

func (c *Call) answer() bool {
	if c.state == confirmed {
		return false
	}
	c.state = confirmed
	c.p.cancelForks(c.forks, c.p.reasons(elsewhere, "Q.850;cause=26")...)
	return true
}

// AnswerElsewhere: somebody else of a call group takes an incoming call.
func (c *Call) AnswerElsewhere() {
	c.end("answered elsewhere", "cancelled", elsewhere, "Q.850;cause=26")
}

// Abandon: the caller gives up, or the user gives up an outgoing call.
func (c *Call) Abandon() { c.end("abandoned", "cancelled", "", "Q.850;cause=127") }

// Decline: the user declines on the desk phone, or the far end declines.
func (c *Call) Decline() {
	c.end("declined", "rejected", `SIP;cause=603;text="Decline"`, "Q.850;cause=17")
}

// Hangup ends the call, whatever state it is in.
func (c *Call) Hangup() { c.end("ended", "remote-bye", "", "Q.850;cause=16") }

func (c *Call) end(what, event, kamailio, asterisk string) {
	c.step(what, func() bool {
		c.over(event, c.p.reasons(kamailio, asterisk)...)
		return true
	})
}

func (c *Call) over(event string, reasons ...string) {
	if c.state != confirmed {
		c.p.cancelForks(c.forks, reasons...)
	}
	c.state, c.event = terminated, event
}

// Alert: the far end of an outgoing call rings.
func (c *Call) Alert() {
	c.step("far end rings", func() bool {
		was := c.state
		c.state = early
		return c.out && was == trying
	})
}

// Hold: the user puts the call on hold.
func (c *Call) Hold() { c.setHeld("held", true) }

// Resume: the user takes the call back from hold.
func (c *Call) Resume() { c.setHeld("resumed", false) }

func (c *Call) setHeld(what string, held bool) {
	c.step(what, func() bool {
		ok := c.state == confirmed && c.held != held
		c.held = held
		return ok
	})
}

// HoldByRemote: the far end puts the user on hold, or takes him back.
func (c *Call) HoldByRemote(held bool) {
	c.step("held by the far end", func() bool {
		c.heldByRemote = held
		return c.state == confirmed
	})
}

// Transfer: somebody else is at the far end from now on.
func (c *Call) Transfer(to Caller) {
	c.step("transferred", func() bool {
		to.Called = c.remote.Called
		c.remote = to
		return true
	})
}

// Outgoing: the user dials a number on the desk phone. The call is being set
// up; Alert, Answer, Decline, Abandon and Hangup say how it goes on.
func (p *Platform) Outgoing(user, number string) *Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.newCall(user, Caller{Number: number}, true, trying)
	p.event(c, "dialled by hand")
	p.publish(user)
	return c
}

// drop forgets a call without a word to anybody, as a crash does.
func (p *Platform) drop(c *Call) {
	p.calls = slices.DeleteFunc(p.calls, func(x *Call) bool { return x == c })
}
