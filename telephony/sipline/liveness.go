package sipline

import (
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"
)

// liveness finds out whether the platform still answers. A connection that
// broke without a word looks idle for ever, and an idle line looks the same.
//
// A peer that has ever answered CRLFCRLF with CRLF (RFC 5626 §4.4.1) is asked
// so; others, Asterisk among them, get an OPTIONS, to which every answer is a
// good one.
type liveness struct {
	s        *session
	ponged   bool
	overdue  *timer // a pong is awaited
	interval *timer
	most     time.Duration // the platform's own limit, 0 if it named none
}

func (l *liveness) start(s *session) {
	l.s = s
	l.ping() // learns whether this peer answers
	l.plan()
}

// within obeys a Flow-Timer (RFC 5626 §4.4.1): the platform answers pings, and
// closes a connection that stays silent for longer than d.
func (l *liveness) within(d time.Duration) {
	l.ponged = true
	if d = d * 9 / 10; l.most == 0 || d < l.most {
		l.most = d
		l.interval.stop()
		l.plan()
	}
}

func (l *liveness) plan() {
	d := l.s.cfg.PingInterval
	if l.most > 0 {
		d = min(d, l.most)
	}
	l.interval = l.s.after(d, func() {
		l.ask(l.s.cfg.PingLimit)
		l.plan()
	})
}

func (l *liveness) ping() {
	if err := l.s.flow.sendBytes([]byte("\r\n\r\n")); err != nil {
		l.s.fail(fmt.Errorf("connection lost: %w", err))
	}
}

// ask demands a sign of life within limit.
func (l *liveness) ask(limit time.Duration) {
	if l.overdue != nil {
		return // already asked
	}
	if l.ponged {
		l.ping()
		l.overdue = l.s.after(limit, func() { l.s.fail(errDead) })
		return
	}
	dlg := &dialogue{callID: newCallID(), localTag: newTag(),
		local: l.s.cfg.aor(), remote: "<" + l.s.cfg.registrarURI() + ">", target: l.s.cfg.registrarURI()}
	tx := &clientTx{s: l.s, dlg: dlg, req: dlg.request(sip.OPTIONS, sip.NewHeader("Accept", "application/sdp")), limit: limit, noAuth: true}
	tx.final = func(_ *sip.Response, err error) {
		if err != nil {
			l.s.fail(errDead)
		}
	}
	tx.transmit()
}

// heard notes that something came.
func (l *liveness) heard(pong bool) {
	l.ponged = l.ponged || pong
	l.overdue.stop()
	l.overdue = nil
}
