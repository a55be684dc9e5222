package sipline

import (
	"bufio"
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// inbound is what the reader found: a message, or a keep-alive.
type inbound struct {
	msg      sip.Message
	received time.Time // when the first byte of it could be read
	tooLarge bool      // the body was passed over
	pong     bool      // CRLF, RFC 5626 §4.4.1
	ping     bool      // CRLFCRLF
}

// flow is one TLS connection to the platform. Messages leave it through one
// channel in the order in which they came over the wire; that is the whole
// reason why this room reads the connection itself instead of leaving it to
// sipgo, whose server hands every message to a goroutine of its own.
type flow struct {
	conn  *tls.Conn
	clock *stampedConn
	in    chan inbound  // closed by the reader when the connection has ended
	end   error         // why; valid once in is closed
	stop  chan struct{} // closed by close
	once  sync.Once
	write time.Duration // limit of one write
}

// stampedConn notes when bytes became readable, below TLS.
type stampedConn struct {
	net.Conn
	last atomic.Pointer[time.Time]
}

func (c *stampedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	now := time.Now()
	c.last.Store(&now)
	return n, err
}

func newFlow(conn *tls.Conn, clock *stampedConn, writeLimit time.Duration) *flow {
	return &flow{
		conn: conn, clock: clock, write: writeLimit,
		in: make(chan inbound, 512), stop: make(chan struct{}),
	}
}

// read runs until the connection ends; the session starts it on a goroutine of
// its own and waits for in to close.
func (f *flow) read() {
	defer close(f.in)
	r := bufio.NewReaderSize(f.conn, 16<<10)
	p := newParser()
	for {
		first, err := r.Peek(1)
		if err != nil {
			f.end = err
			return
		}
		it := inbound{received: *f.clock.last.Load()}
		if first[0] == '\r' || first[0] == '\n' {
			it.pong, it.ping, err = readKeepAlive(r)
		} else {
			it.msg, it.tooLarge, err = readMessage(r, p)
		}
		if err != nil {
			f.end = err
			return
		}
		if it.msg == nil && !it.pong && !it.ping {
			continue // not understood, but the stream is in step
		}
		select {
		case f.in <- it:
		case <-f.stop:
			f.end = net.ErrClosed
			return
		}
	}
}

// readKeepAlive reads the CRLFs between messages.
func readKeepAlive(r *bufio.Reader) (pong, ping bool, err error) {
	var b [2]byte
	for i := range b {
		if b[i], err = r.ReadByte(); err != nil {
			return false, false, err
		}
	}
	if b != [2]byte{'\r', '\n'} {
		return false, false, errFraming
	}
	if r.Buffered() >= 2 {
		if next, _ := r.Peek(2); string(next) == "\r\n" {
			_, _ = r.Discard(2)
			return false, true, nil
		}
	}
	return true, false, nil
}

// send writes one message. An error means that the connection is dead.
func (f *flow) send(m sip.Message) error { return f.sendBytes([]byte(m.String())) }

func (f *flow) sendBytes(b []byte) error {
	if err := f.conn.SetWriteDeadline(time.Now().Add(f.write)); err != nil {
		return err
	}
	_, err := f.conn.Write(b)
	return err
}

// close ends the connection and with it the reader. A dead peer must not hold
// us up, so the TLS close message gets no time worth speaking of.
func (f *flow) close() {
	f.once.Do(func() {
		close(f.stop)
		_ = f.conn.SetDeadline(time.Now().Add(100 * time.Millisecond))
		_ = f.conn.Close()
	})
}

// local is the address the platform sees us under, as far as we know it, in
// the form of a URI: without the zone of a link-local address.
func (f *flow) local() string {
	addr, err := netip.ParseAddrPort(f.conn.LocalAddr().String())
	if err != nil {
		return f.conn.LocalAddr().String()
	}
	return netip.AddrPortFrom(addr.Addr().WithZone(""), addr.Port()).String()
}
