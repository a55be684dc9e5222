package simulator

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// binding is one contact that a client registered for a user's line.
type binding struct {
	c        *conn
	contact  string // the URI
	instance string // RFC 5626 +sip.instance and reg-id, "" if none
	expires  time.Time
}

func (p *Platform) register(c *conn, m *message) {
	u := p.authenticate(c, m)
	if u == nil {
		return
	}
	aor := userOf(address(m.get("To")))
	if !p.hasUser(aor) {
		c.send(m.reply(404, p.token()))
		return
	}
	if aor != u.Name || p.mischief.NoContacts {
		c.send(m.reply(403, p.token()))
		return
	}
	asked, ok := p.expiry(c, m)
	if !ok {
		return
	}
	for _, value := range m.all("Contact") {
		if e := param(value, "expires"); e != "" {
			n, _ := strconv.Atoi(e)
			asked = time.Duration(n) * time.Second
		}
		b := &binding{c: c, contact: address(value), expires: time.Now().Add(asked)}
		if id := param(value, "+sip.instance"); id != "" {
			b.instance = id + param(value, "reg-id")
		}
		kept := p.bindings[aor][:0:0]
		for _, old := range p.bindings[aor] {
			same := value == "*" || old.contact == b.contact || b.instance != "" && old.instance == b.instance
			if !same && time.Now().Before(old.expires) {
				kept = append(kept, old)
			}
		}
		if asked > 0 && value != "*" {
			kept = append(kept, b)
		}
		p.bindings[aor] = kept
	}
	r := m.reply(200, p.token())
	r.add("Contact", fmt.Sprintf("<sip:%s@127.0.0.1:9;transport=tls>;expires=3600", aor)) // the desk phone
	for _, b := range p.bindings[aor] {
		v := fmt.Sprintf("<%s>;expires=%d", b.contact, int(time.Until(b.expires).Round(time.Second).Seconds()))
		r.add("Contact", v)
	}
	c.send(r)
}

// expiry is what the request asks for, cut to what is granted; it answers 423
// when that is too little.
func (p *Platform) expiry(c *conn, m *message) (time.Duration, bool) {
	asked := p.opts.Expires
	if e := m.get("Expires"); e != "" {
		n, err := strconv.Atoi(strings.TrimSpace(e))
		if err != nil || n < 0 {
			c.send(m.reply(400, p.token()))
			return 0, false
		}
		asked = time.Duration(n) * time.Second
	}
	if shortest := p.mischief.MinExpires; asked > 0 && asked < shortest {
		c.send(m.reply(423, p.token()).add("Min-Expires", strconv.Itoa(int(shortest.Seconds()))))
		return 0, false
	}
	return min(asked, max(p.opts.Expires, p.mischief.MinExpires)), true
}
