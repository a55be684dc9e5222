package simulator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// subscription is one client's subscription to the dialogs of a line.
type subscription struct {
	c       *conn
	user    string
	callID  string
	ours    string // our tag
	from    string // our From in NOTIFYs
	to      string // their address with their tag
	contact string // their Contact URI
	event   string // Event header, with its id parameter
	cseq    int
	version uint32
	expires time.Time
	held    []byte   // a NOTIFY that waits to be overtaken
	late    [][]byte // NOTIFYs that Mischief.DialogLag holds back
}

func (p *Platform) subscribe(c *conn, m *message) {
	event, _, _ := strings.Cut(m.get("Event"), ";")
	if strings.TrimSpace(event) != "dialog" || p.mischief.NoDialogEvents {
		c.send(m.reply(489, p.token()).add("Allow-Events", "presence"))
		return
	}
	if tag := param(m.get("To"), "tag"); tag != "" {
		p.refresh(c, m, tag)
		return
	}
	u := p.authenticate(c, m)
	if u == nil {
		return
	}
	user := userOf(address(m.get("To")))
	if !p.hasUser(user) && p.opts.Style != Kamailio {
		c.send(m.reply(404, p.token())) // Kamailio accepts and stays silent
		return
	}
	granted, ok := p.expiry(c, m)
	if !ok {
		return
	}
	s := &subscription{
		c: c, user: user, callID: m.get("Call-ID"), ours: p.token(),
		to: m.get("From"), contact: address(m.get("Contact")), event: m.get("Event"), cseq: 10,
		expires: time.Now().Add(granted),
	}
	s.from = m.get("To") + ";tag=" + s.ours
	accept := m.reply(200, s.ours).add("Expires", seconds(granted)).add("Contact", p.contact())
	if granted > 0 {
		p.subs = append(p.subs, s)
	}
	if !p.mischief.NotifyFirst {
		c.send(accept)
	}
	p.first(s)
	if p.mischief.NotifyFirst {
		c.send(accept)
	}
}

// refresh takes an in-dialog SUBSCRIBE: more time, or the end of it.
func (p *Platform) refresh(c *conn, m *message, tag string) {
	i := slices.IndexFunc(p.subs, func(s *subscription) bool { return s.callID == m.get("Call-ID") && s.ours == tag })
	if i < 0 {
		c.send(m.reply(481, ""))
		return
	}
	if p.authenticate(c, m) == nil {
		return
	}
	granted, ok := p.expiry(c, m)
	if !ok {
		return
	}
	s := p.subs[i]
	s.expires = time.Now().Add(granted)
	c.send(m.reply(200, "").add("Expires", seconds(granted)).add("Contact", p.contact()))
	if granted == 0 {
		p.subs = slices.Delete(p.subs, i, i+1)
		state := "terminated;reason=timeout"
		if p.opts.Style == Asterisk {
			state = "terminated"
		}
		p.notify(s, state, p.document(s, p.entries(s.user)))
		return
	}
	p.first(s)
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

func (p *Platform) contact() string {
	return "<sip:" + p.addr + ";transport=tls>"
}

// first sends the whole state to one subscription.
func (p *Platform) first(s *subscription) {
	entries := p.entries(s.user)
	if p.opts.Style == Kamailio && len(entries) == 0 {
		s.version++
		p.notify(s, "", nil)
		return
	}
	p.notify(s, "", p.document(s, entries))
}

// publish tells every subscription of the line what its calls are now, and
// forgets calls whose end has been told.
func (p *Platform) publish(user string) {
	entries := p.entries(user)
	changed := true
	if p.opts.Style == Asterisk {
		line := fmt.Sprint(entries)
		changed = p.lines[user] != line
		p.lines[user] = line
	}
	p.expire()
	for _, s := range p.subs {
		if s.user == user && changed {
			p.notify(s, "", p.document(s, entries))
		}
	}
	p.calls = slices.DeleteFunc(p.calls, func(c *Call) bool { return c.User == user && c.state == terminated })
}

// expire ends the subscriptions and contacts that were not refreshed in time.
// It is enough to look when there is something to tell.
func (p *Platform) expire() {
	now := time.Now()
	p.subs = slices.DeleteFunc(p.subs, func(s *subscription) bool {
		over := now.After(s.expires)
		if over {
			p.notify(s, "terminated;reason=timeout", nil)
		}
		return over
	})
	for user, list := range p.bindings {
		p.bindings[user] = slices.DeleteFunc(list, func(b *binding) bool { return now.After(b.expires) })
	}
}

// notify sends one NOTIFY; state is the Subscription-State, active when empty.
func (p *Platform) notify(s *subscription, state string, body []byte) {
	if state == "" {
		state = "active;expires=" + seconds(time.Until(s.expires))
	}
	s.cseq++
	m := &message{method: "NOTIFY", uri: s.contact}
	m.add("Via", "SIP/2.0/TLS "+p.addr+";branch=z9hG4bK"+p.token()).add("Max-Forwards", "70")
	m.add("From", s.from).add("To", s.to).add("Call-ID", s.callID).add("CSeq", fmt.Sprintf("%d NOTIFY", s.cseq))
	m.add("Contact", p.contact()).add("Event", s.event).add("Subscription-State", state)
	if body != nil {
		m.withBody("application/dialog-info+xml", body)
	}
	b := m.bytes()
	if lag := p.mischief.DialogLag; lag > 0 {
		s.late = append(s.late, b)
		p.after(lag, func() { // each timer sends the oldest, so the order stays
			p.overtake(s, s.late[0])
			s.late = s.late[1:]
		})
		return
	}
	p.overtake(s, b)
}

// overtake sends NOTIFYs in pairs that changed places, if so told.
func (p *Platform) overtake(s *subscription, b []byte) {
	if p.mischief.TwiceNotifies {
		b = append(slices.Clone(b), b...)
	}
	switch {
	case !p.mischief.SwapNotifies:
		s.c.sendBytes(b)
	case s.held == nil:
		s.held = b
		p.after(80*time.Millisecond, func() {
			if s.held != nil { // nothing came to overtake it
				s.c.sendBytes(s.held)
				s.held = nil
			}
		})
	default:
		s.c.sendBytes(append(slices.Clone(b), s.held...))
		s.held = nil
	}
}

// EndSubscriptions ends the user's subscriptions from our side with one of the
// reasons of RFC 6665 §4.1.3; retryAfter is left out when zero.
func (p *Platform) EndSubscriptions(user, reason string, retryAfter time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	state := "terminated"
	if reason != "" {
		state += ";reason=" + reason
	}
	if retryAfter > 0 {
		state += ";retry-after=" + seconds(retryAfter)
	}
	for _, s := range slices.Clone(p.subs) {
		if s.user == user {
			p.notify(s, state, nil)
		}
	}
	p.forgetSubscriptions(user)
}

func (p *Platform) forgetSubscriptions(user string) {
	p.subs = slices.DeleteFunc(p.subs, func(s *subscription) bool { return s.user == user })
}
