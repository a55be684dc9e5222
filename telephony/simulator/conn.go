package simulator

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"sync"
	"time"
)

// conn is one client's connection. Its reader handles what arrives under the
// platform's lock; its writer sends what was queued, joining what waits, so
// that a burst reaches the client in as few segments as the network allows.
type conn struct {
	p    *Platform
	raw  *net.TCPConn
	tls  *tls.Conn
	out  chan []byte
	gone chan struct{}
	once sync.Once
}

type closing uint8

const (
	closeFIN   closing = iota // as a peer that shuts down in good order
	closeReset                // as a peer that died and came back
)

func (p *Platform) goAccept(l net.Listener) {
	p.wg.Go(func() {
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			tcp, ok := raw.(*net.TCPConn)
			if !ok {
				continue
			}
			c := &conn{p: p, raw: tcp, out: make(chan []byte, 1<<14), gone: make(chan struct{})}
			p.mu.Lock()
			if p.ctx.Err() != nil {
				p.mu.Unlock()
				_ = raw.Close()
				return
			}
			c.tls = tls.Server(tcp, p.tls)
			p.conns[c] = true
			p.mu.Unlock()
			p.wg.Go(c.read)
			p.wg.Go(c.write)
		}
	})
}

func (c *conn) read() {
	defer c.close(closeFIN)
	if !c.thawed() {
		return
	}
	_ = c.tls.SetDeadline(time.Now().Add(10 * time.Second))
	if err := c.tls.Handshake(); err != nil {
		c.p.log.Debug("handshake failed", "error", err)
		return
	}
	_ = c.tls.SetDeadline(time.Time{})
	r := bufio.NewReaderSize(c.tls, 1<<16)
	for {
		m, err := readMessage(r)
		if !c.thawed() {
			return
		}
		if errors.Is(err, errPing) {
			c.p.ping(c)
			continue
		}
		if err != nil {
			c.p.log.Debug("connection ends", "error", err)
			return
		}
		c.p.handle(c, m)
	}
}

func (c *conn) write() {
	for {
		var b []byte
		select {
		case b = <-c.out:
		case <-c.gone:
			return
		}
		for more := true; more && len(b) < 1<<18; {
			select {
			case next := <-c.out:
				b = append(b[:len(b):len(b)], next...)
			default:
				more = false
			}
		}
		if !c.thawed() {
			return
		}
		if _, err := c.tls.Write(b); err != nil {
			c.close(closeReset)
			return
		}
	}
}

// thawed waits while the network is a black hole; false when the connection
// ended meanwhile.
func (c *conn) thawed() bool {
	for {
		c.p.mu.Lock()
		frozen := c.p.frozen
		c.p.mu.Unlock()
		if frozen == nil {
			select {
			case <-c.gone:
				return false
			default:
				return true
			}
		}
		select {
		case <-frozen:
		case <-c.gone:
			return false
		}
	}
}

func (c *conn) send(m *message) { c.sendBytes(m.bytes()) }

func (c *conn) sendBytes(b []byte) {
	select {
	case c.out <- b:
	default: // a client that does not read: a real platform gives up as well
		c.p.wg.Go(func() { c.close(closeReset) }) // not here: the caller holds the lock
	}
}

// close ends the connection and forgets what hung on it. Not under the lock.
func (c *conn) close(how closing) {
	c.once.Do(func() {
		close(c.gone)
		if how == closeReset {
			_ = c.raw.SetLinger(0)
			_ = c.raw.Close()
		} else {
			_ = c.tls.SetDeadline(time.Now().Add(time.Second))
			_ = c.tls.Close()
		}
		p := c.p
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, c)
		p.subs = slices.DeleteFunc(p.subs, func(s *subscription) bool { return s.c == c })
		for user, list := range p.bindings {
			p.bindings[user] = slices.DeleteFunc(list, func(b *binding) bool { return b.c == c })
		}
		for _, call := range p.calls {
			call.forks = slices.DeleteFunc(call.forks, func(f *fork) bool { return f.c == c })
		}
		for id, leg := range p.dials {
			if leg.c == c {
				p.ownEnded(leg)
				delete(p.dials, id)
			}
		}
	})
}

// dropAll ends every connection and, when the platform closes, the listener.
func (p *Platform) dropAll(how closing) {
	p.mu.Lock()
	conns := make([]*conn, 0, len(p.conns))
	for c := range p.conns {
		conns = append(conns, c)
	}
	if p.ctx.Err() != nil {
		_ = p.listener.Close()
	}
	p.mu.Unlock()
	for _, c := range conns {
		c.close(how)
	}
}

func (p *Platform) ping(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts["PING"]++
	if p.opts.Style != Asterisk && !p.mischief.NoPong {
		c.sendBytes([]byte("\r\n"))
	}
}

// handle answers one message.
func (p *Platform) handle(c *conn, m *message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log.Debug("received", "method", m.method, "code", m.code, "cseq", m.get("CSeq"))
	if m.method == "" {
		p.response(c, m)
		return
	}
	p.counts[m.method]++
	if m.get("Call-ID") == "" || m.get("CSeq") == "" || m.get("Via") == "" {
		p.violation("a %s without Call-ID, CSeq or Via", m.method)
		return
	}
	switch m.method {
	case "OPTIONS":
		if !p.mischief.NoOptions {
			c.send(m.reply(200, p.token()).add("Accept", "application/sdp"))
		}
	case "REGISTER":
		p.register(c, m)
	case "SUBSCRIBE":
		p.subscribe(c, m)
	case "INVITE":
		p.invite(c, m)
	case "REFER":
		p.refer(c, m)
	case "BYE":
		p.bye(c, m)
	case "CANCEL":
		p.cancel(c, m)
	case "ACK":
		p.ack(m)
	default:
		c.send(m.reply(405, p.token()))
	}
}

// response takes a client's answer to one of our requests.
func (p *Platform) response(c *conn, m *message) {
	if m.code < 200 {
		return
	}
	_, method := m.cseq()
	switch method {
	case "INVITE":
		p.forkAnswered(c, m)
	case "NOTIFY":
		if m.code == 481 {
			p.subs = slices.DeleteFunc(p.subs, func(s *subscription) bool { return s.callID == m.get("Call-ID") })
		}
	}
}
