package sipline

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"example.org/ctiagent/telephony"
)

// Connector is one line on one SIP platform.
type Connector struct {
	cfg  Config
	log  *slog.Logger
	wake chan string // why to look at the connection now

	mu      sync.Mutex
	session *session // nil while there is no connection
}

var _ telephony.Connector = (*Connector)(nil)

// New checks the configuration. The error wraps telephony.ErrConfig.
func New(cfg Config, log *slog.Logger) (*Connector, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("sipline: %w", err)
	}
	return &Connector{cfg: cfg, log: log, wake: make(chan string, 1)}, nil
}

// Capabilities says what a SIP line can show and do. Hold and the number of
// outgoing calls depend on what the platform puts into its dialog events.
func (c *Connector) Capabilities() telephony.Capabilities {
	events, contact := !c.cfg.NoDialog, !c.cfg.NoSecondContact
	return telephony.Capabilities{
		Incoming: true, MultiCall: true,
		Outgoing: events, RemoteOnOutgoing: events, RemoteAfterAnswer: events, Hold: events,
		EndReason: contact, AnsweredElsewhere: contact, Redirect: contact,
		Dial: true,
	}
}

// Wake says that the network may have changed or the computer has slept: a
// connection is tried at once, or the present one must show that it lives.
// Any goroutine may call it; it does not block.
func (c *Connector) Wake() {
	select {
	case c.wake <- "asked to":
	default:
	}
}

// current is the session that can take commands.
func (c *Connector) current() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session
}

func (c *Connector) setCurrent(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = s
}

// Dial implements telephony.Connector.
func (c *Connector) Dial(ctx context.Context, req telephony.DialRequest) error {
	s := c.current()
	if s == nil {
		return telephony.ErrNotReady
	}
	answer := make(chan error, 1)
	if !s.do(func() { s.dial(req, answer) }) {
		return telephony.ErrNotReady
	}
	select {
	case err := <-answer:
		return err
	case <-s.ended:
		select { // both may be ready
		case err := <-answer:
			return err
		default:
			return telephony.ErrNotReady
		}
	case <-ctx.Done():
		s.do(func() { s.cancelDial(req.ID) })
		return ctx.Err()
	}
}

// Cancel implements telephony.Connector.
func (c *Connector) Cancel(_ context.Context, id telephony.DialID) error {
	if s := c.current(); s != nil {
		s.do(func() { s.cancelDial(id) })
	}
	return nil
}
