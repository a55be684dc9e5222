package simulator

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"
)

// Mischief is what the platform does wrong, or differently from most.
type Mischief struct {
	SwapNotifies      bool          // of two NOTIFYs the later arrives first
	TwiceNotifies     bool          // each NOTIFY arrives twice, as after a resend
	NotifyFirst       bool          // NOTIFY arrives before the answer to SUBSCRIBE or REFER
	BrokenXML         bool          // dialog-info that no XML parser takes
	EmptyBody         bool          // NOTIFYs without a body
	CapitalTrying     bool          // "Trying", as Kamailio 5.6 writes
	DialogLag         time.Duration // dialog events come that much later than everything else
	MinExpires        time.Duration // shorter ones are answered 423
	RefuseCredentials bool          // whatever the password, the challenge comes again
	Forbid            bool          // wrong credentials are answered 403
	NoContacts        bool          // second contacts are answered 403
	NoDialogEvents    bool          // the dialog package is answered 489
	NoReason          bool          // CANCEL without Reason
	NoPong            bool          // keep-alive pings stay unanswered, as on Asterisk
	NoOptions         bool          // OPTIONS too
}

// Misbehave changes how the platform behaves from now on.
func (p *Platform) Misbehave(change func(*Mischief)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.mischief)
}

// FIN closes every connection in good order; the platform's state stays, but
// what hung on a connection is forgotten.
func (p *Platform) FIN() { p.dropAll(closeFIN) }

// RST resets every connection.
func (p *Platform) RST() { p.dropAll(closeReset) }

// BlackHole makes the network swallow everything, old connections and new,
// without closing anything. Heal ends it.
func (p *Platform) BlackHole() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.frozen == nil {
		p.frozen = make(chan struct{})
	}
}

// Heal ends a BlackHole; what was swallowed on connections that are still open
// arrives now.
func (p *Platform) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.frozen != nil {
		close(p.frozen)
		p.frozen = nil
	}
}

// Restart is a crash and a new start on the same address: no farewell, and
// registrations, subscriptions, calls and nonces are gone.
func (p *Platform) Restart() error {
	p.Stop()
	return p.Plug()
}

// Stop is the crash alone: until Plug connections are refused.
func (p *Platform) Stop() {
	p.mu.Lock()
	for _, c := range append([]*Call(nil), p.calls...) {
		c.state = terminated
		p.event(c, "lost")
		p.drop(c)
	}
	clear(p.bindings)
	clear(p.dials)
	clear(p.lines)
	p.subs = nil
	p.nonce = p.token()
	p.mu.Unlock()
	p.Unplug()
}

// Unplug breaks every connection and refuses new ones until Plug. The
// platform and its calls go on.
func (p *Platform) Unplug() {
	p.mu.Lock()
	_ = p.listener.Close()
	p.mu.Unlock()
	p.dropAll(closeReset)
}

// Plug listens on the same address again after Unplug or Stop.
func (p *Platform) Plug() error {
	l, err := net.Listen("tcp", p.addr)
	if err != nil {
		return fmt.Errorf("simulator: listen again: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return l.Close()
	}
	p.listener = l
	p.goAccept(l)
	return nil
}

// ForgetSubscriptions loses the user's subscriptions without a word; a refresh
// is then answered 481.
func (p *Platform) ForgetSubscriptions(user string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgetSubscriptions(user)
}

// NotifyRaw sends a NOTIFY with any body to the user's subscriptions, e.g. 16
// MB of dialog-info (HugeBody).
func (p *Platform) NotifyRaw(user string, body []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.subs {
		if s.user == user {
			p.notify(s, "", body)
		}
	}
}

// HugeBody is a well-formed dialog-info document of at least that many bytes.
func HugeBody(bytes int) []byte {
	const one = `<dialog id="%d"><state>terminated</state></dialog>`
	var b strings.Builder
	b.WriteString(`<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="99" state="full" entity="sip:x">`)
	for i := 0; b.Len() < bytes; i++ {
		fmt.Fprintf(&b, one, i)
	}
	b.WriteString(`</dialog-info>`)
	return []byte(b.String())
}

// SendBytes writes anything to every connected client, e.g. a message of RFC
// 4475 (torture tests).
func (p *Platform) SendBytes(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.sendBytes(b)
	}
}

// Burst makes a call of the user change between talking and held n times and
// end, all told at once: n+3 NOTIFYs back to back. Only dialects that show
// hold tell the changes apart.
func (p *Platform) Burst(user string, from Caller, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.ring(user, from)
	c.answer()
	p.publish(user)
	for i := range n {
		c.held = i%2 == 0
		p.publish(user)
	}
	c.over("remote-bye")
	p.event(c, "ended")
	p.publish(user)
}

// Storm makes calls ring evenly over a time, each from a number of its own
// (base and a count); every second one is answered, all end. It returns when
// the last has ended or ctx is done.
func (p *Platform) Storm(ctx context.Context, user string, from func(i int) Caller, calls int, over time.Duration) {
	tick := time.NewTicker(max(over/time.Duration(calls), time.Microsecond))
	defer tick.Stop()
	var live []*Call
	for i := range calls {
		live = append(live, p.Ring(user, from(i)))
		if len(live) > 10 {
			endOf(i, live[0])
			live = live[1:]
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
	for i, c := range live {
		endOf(i, c)
	}
}

func endOf(i int, c *Call) {
	if i%2 == 0 {
		c.Answer()
		c.Hangup()
		return
	}
	c.Abandon()
}
