package sipline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/emiago/sipgo/sip"

	"example.org/ctiagent/telephony"
)

// errDead means that the platform no longer answers on this connection.
var errDead = errors.New("the platform stopped answering")

// session is one connection to the platform from the first REGISTER to the
// last byte. One goroutine, run, owns everything in it; timers and callers of
// Dial reach it by handing a function to do.
type session struct {
	cfg  *Config
	log  *slog.Logger
	sink telephony.Sink
	flow *flow

	calls   chan func() // work for the owner
	timers  map[*timer]struct{}
	ended   chan struct{} // closed when run has returned
	txs     map[string]*clientTx
	realm   string // of the first challenge: the only one we answer
	failure error  // set by fail: why the session ends

	sub     *subscription
	reg     *registration
	contact *contactView
	dials   map[telephony.DialID]*dial
	// pastDials are over, but events about their legs may still come.
	pastDials map[telephony.DialID]*dial
	alive     liveness
	status    status
	begin     func() // startViews, unless somebody wants to do something before
}

func newSession(cfg *Config, log *slog.Logger, sink telephony.Sink, f *flow, table *callTable) *session {
	s := &session{
		cfg: cfg, log: log, sink: sink, flow: f,
		calls: make(chan func(), 64), timers: map[*timer]struct{}{}, ended: make(chan struct{}),
		txs: map[string]*clientTx{}, dials: map[telephony.DialID]*dial{}, pastDials: map[telephony.DialID]*dial{},
	}
	s.sub = newSubscription(s, table)
	s.reg = newRegistration(s)
	s.contact = newContactView(s)
	s.status = status{session: s}
	s.begin = s.startViews
	return s
}

// run owns the session until ctx ends, the connection is lost or something
// happens that ends it; it returns why. Everything it started has ended then.
func (s *session) run(ctx context.Context) error {
	go s.flow.read() // ends with the flow, waited for below
	defer func() {
		s.flow.close()
		for range s.flow.in { // until the reader has ended
		}
		close(s.ended)
		for t := range s.timers {
			t.stop()
		}
		s.contact.connectionLost()
		s.abandonDials()
	}()
	s.alive.start(s)
	s.status.set(telephony.LinkAuthenticating, "", "", "")
	s.begin()
	leave := ctx.Done()
	for s.failure == nil {
		select {
		case it, ok := <-s.flow.in:
			if !ok {
				return fmt.Errorf("connection lost: %w", s.flow.end)
			}
			s.handle(it)
		case f := <-s.calls:
			f()
		case <-leave:
			leave = nil
			s.goodbye()
		}
	}
	return s.failure
}

// startViews begins to look at the line in both ways.
func (s *session) startViews() {
	if !s.cfg.NoDialog {
		s.sub.start()
	}
	if !s.cfg.NoSecondContact {
		s.reg.start()
	}
}

// do hands work to the owner. It reports false when the session is over.
func (s *session) do(f func()) bool {
	select {
	case <-s.ended:
		return false
	default:
	}
	select {
	case s.calls <- f:
		return true
	case <-s.ended:
		return false
	}
}

// timer is a timer whose function runs on the owner; after stop it does not.
type timer struct {
	s *session
	t *time.Timer
}

func (t *timer) stop() {
	if t != nil {
		delete(t.s.timers, t)
		t.t.Stop()
	}
}

func (s *session) after(d time.Duration, f func()) *timer {
	t := &timer{s: s}
	s.timers[t] = struct{}{}
	t.t = time.AfterFunc(d, func() {
		s.do(func() {
			if _, set := s.timers[t]; set {
				delete(s.timers, t)
				f()
			}
		})
	})
	return t
}

// fail ends the session after the present event.
func (s *session) fail(err error) {
	if s.failure == nil {
		s.failure = err
	}
}

// send writes a message; a failed write ends the session.
func (s *session) send(m sip.Message) {
	if err := s.flow.send(m); err != nil {
		s.fail(fmt.Errorf("connection lost: %w", err))
	}
}

// handle is the entry of everything the platform sends.
func (s *session) handle(it inbound) {
	// One message that trips a fault of ours must not cost the line.
	defer func() {
		if r := recover(); r != nil {
			// The stack says where; the value might quote the message.
			s.log.Error("a message could not be handled", "fault", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
		}
	}()
	s.alive.heard(it.pong)
	switch m := it.msg.(type) {
	case *sip.Response:
		s.handleResponse(m)
	case *sip.Request:
		s.handleRequest(m, it)
	default:
		if it.ping {
			if err := s.flow.sendBytes([]byte("\r\n")); err != nil {
				s.fail(err)
			}
		}
	}
}

func (s *session) handleRequest(req *sip.Request, it inbound) {
	if it.tooLarge {
		s.sub.missed(req)
		if req.Method != sip.ACK {
			s.send(respond(req, 513, "Message Too Large", newTag()))
		}
		return
	}
	inDialog := tagOf(header(req, "To")) != ""
	switch req.Method {
	case sip.NOTIFY:
		switch {
		case s.sub.owns(req):
			s.sub.notify(req, it.received)
		case s.dialNotify(req):
		default:
			s.send(respond(req, 481, "Subscription Does Not Exist", newTag()))
		}
	case sip.INVITE:
		if inDialog {
			s.reinvite(req)
			return
		}
		s.contact.invite(req, it.received)
	case sip.CANCEL:
		s.contact.cancel(req, it.received)
	case sip.BYE:
		s.bye(req)
	case sip.ACK: // ends a transaction of ours that was refused; nothing to do
	case sip.OPTIONS:
		s.send(respond(req, 200, "OK", newTag(), sip.NewHeader("Allow", allowed)))
	default:
		s.send(respond(req, 405, "Method Not Allowed", newTag(), sip.NewHeader("Allow", allowed)))
	}
}

const allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY"

// goodbye leaves nothing behind: it gives up calls being dialled, ends the
// subscription and takes our own contact away, then ends the session. It waits
// for the answers, but not long.
func (s *session) goodbye() {
	pending := 1
	done := func() {
		if pending--; pending == 0 {
			s.fail(context.Canceled)
		}
	}
	for _, d := range s.dials {
		pending++
		d.onGone = done
		d.finish(telephony.DialCancelled, 0, "")
		d.hangUp()
	}
	pending++
	s.sub.leave(done)
	pending++
	s.reg.leave(done)
	s.after(s.cfg.leaveLimit, func() { s.fail(context.Canceled) })
	done()
}
