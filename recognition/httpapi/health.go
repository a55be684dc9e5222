package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"example.org/ctiagent/recognition"
)

// States of the service as the client sees it; the words are those of the
// agent's views.
const (
	StateConnecting = "connecting"
	StateLive       = "live"
	StateOffline    = "offline" // it is tried again
	StateFatal      = "fatal"   // a person must mend it; it is tried again, seldom
	StateSignedOut  = "signedOut"
)

// Status is the state of the service and, when it is not live, why.
type Status struct {
	State  string
	Reason string    // in words
	Hint   string    // what the user can do
	Code   string    // "tls.unknown-ca"
	Retry  time.Time // when offline and Run is running: the next attempt
}

// health holds the present status and tells those who watch.
type health struct {
	log  *slog.Logger
	kick chan struct{} // capacity 1: Run should look now

	telling  sync.Mutex // held while watchers are told, so that they hear in order
	watchers map[int]func(Status)
	next     int

	mu     sync.Mutex // held for the moment of reading or changing status only
	status Status
}

func (h *health) init(log *slog.Logger) {
	h.log = log
	h.status = Status{State: StateConnecting}
	h.watchers = map[int]func(Status){}
	h.kick = make(chan struct{}, 1)
}

// Status is the state as of the last request.
func (c *Client) Status() Status { return c.health.now() }

func (h *health) now() Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.status
}

// Watch calls f with the present status and after every change, in order, from
// the goroutine that noticed it. f must be quick; it may ask for Status, but must
// not watch, stop or send requests. stop ends it: f is not running afterwards.
func (c *Client) Watch(f func(Status)) (stop func()) {
	h := &c.health
	h.telling.Lock()
	defer h.telling.Unlock()
	id := h.next
	h.next++
	h.watchers[id] = f
	f(h.now())
	return func() {
		h.telling.Lock()
		defer h.telling.Unlock()
		delete(h.watchers, id)
	}
}

func (h *health) set(s Status) {
	if h.now() == s {
		return // every lookup passes here: nobody waits for a watcher
	}
	h.telling.Lock()
	defer h.telling.Unlock()
	h.mu.Lock()
	before := h.status
	h.status = s
	h.mu.Unlock()
	if before.State != s.State || before.Code != s.Code {
		h.log.Info("recognition service", "state", s.State, "code", s.Code)
	}
	for _, f := range h.watchers {
		f(s)
	}
}

func (h *health) live() { h.set(Status{State: StateLive}) }

// failed notes what a request met. Whoever was live wakes Run, so that the
// connection is made again before the next call needs it.
func (h *health) failed(e *Error) {
	s := Status{State: StateOffline, Reason: e.text, Hint: e.hint, Code: e.code}
	switch {
	case errors.Is(e, recognition.ErrSignedOut):
		s.State = StateSignedOut
	case !e.temporary:
		s.State = StateFatal
	}
	before := h.now()
	s.Retry = before.Retry
	h.set(s)
	if before.State == StateLive {
		h.wake()
	}
}

func (h *health) wake() {
	select {
	case h.kick <- struct{}{}:
	default:
	}
}

// retryAt adds the time of the next attempt to a status that is not live.
func (h *health) retryAt(t time.Time) {
	s := h.now()
	if s.State == StateOffline || s.State == StateFatal {
		s.Retry = t
		h.set(s)
	}
}

// Refresh makes Run look at once: after a resume from sleep, a change of
// network, a sign-in. Kept connections are given up.
func (c *Client) Refresh() {
	c.close()
	c.health.wake()
}

const (
	firstRetry = time.Second
	lastRetry  = time.Minute
)

// Run keeps a connection warm and the status true until ctx ends: a call that
// comes after an hour of silence must not wait for a handshake, and a service
// that is away is shown before it is missed.
func (c *Client) Run(ctx context.Context) error {
	defer c.close()
	retry := firstRetry
	for {
		err := c.probe(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		wait := c.warm
		if err != nil {
			wait = pause(retry, err)
			retry = min(2*retry, lastRetry)
			c.health.retryAt(time.Now().Add(wait))
		} else {
			retry = firstRetry
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-c.health.kick:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// pause is how long to wait after a failure: with jitter, so that a thousand
// agents do not come back in the same second; long where only a person can
// help, and never shorter than the service asked.
func pause(retry time.Duration, err error) time.Duration {
	wait := retry/2 + rand.N(retry)
	var e *Error
	if errors.As(err, &e) {
		if !e.Temporary() {
			wait = lastRetry
		}
		wait = max(wait, e.RetryAfter())
	}
	return wait
}

// probe asks whether the token is good, or, signed out, whether the service is
// there at all.
func (c *Client) probe(ctx context.Context) error {
	if c.SignedIn() {
		_, err := c.do(ctx, request{method: http.MethodGet, path: pathSession, limit: maxSmallBody})
		return err
	}
	_, err := c.do(ctx, request{method: http.MethodGet, path: pathHealth, limit: maxSmallBody, anonymous: true})
	if err == nil {
		c.health.set(Status{State: StateSignedOut, Reason: "this workstation has not signed in",
			Hint: "Sign in to the recognition service.", Code: "service." + codeSignedOut})
	}
	return err
}
