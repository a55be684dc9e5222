package agent

import (
	"context"
	"encoding/json"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"example.org/ctiagent/agent/localapi"
	"example.org/ctiagent/config"
	"example.org/ctiagent/telephony"
)

// eventQueue is how many events may wait for the loop: a storm of some hundred
// calls fits, and a connector waits rather than lose one.
const eventQueue = 4096

// Agent is the resident client without a screen.
type Agent struct {
	deps   Deps
	now    func() time.Time
	server *localapi.Server
	events chan event
	done   chan struct{} // closed when the loop has ended
	quit   context.CancelFunc
	work   sync.WaitGroup // everything slow that runs beside the loop

	line    atomic.Pointer[telephony.Connector] // for dialling from beside the loop
	restart struct{ line, service chan struct{} }
	service atomic.Pointer[session]
	history atomic.Pointer[openHistory]
	opening sync.Mutex // one at a time opens the history
}

// session is the recognition service as signed in to at the moment.
type session struct {
	Service
	popper Popper
}

// openHistory is the history as it is open at the moment.
type openHistory struct{ History }

// hist is the history of the moment.
func (a *Agent) hist() History { return a.history.Load().History }

// session is the service of the moment, nil when not signed in.
func (a *Agent) session() *session { return a.service.Load() }

// New makes an agent; Run starts it.
func New(deps Deps) *Agent {
	a := &Agent{
		deps:   deps,
		now:    deps.Now,
		events: make(chan event, eventQueue),
		done:   make(chan struct{}),
		quit:   func() {},
	}
	if a.now == nil {
		a.now = time.Now
	}
	a.restart.line = make(chan struct{}, 1)
	a.restart.service = make(chan struct{}, 1)
	a.reopenHistory()
	a.server = localapi.NewServer(a.handle, deps.Log.With("room", "localapi"))
	return a
}

// Run is the agent's life: it serves faces on l until ctx ends or a face asks
// it to quit, and returns when every goroutine it started has ended.
func (a *Agent) Run(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a.quit = cancel
	loop := newLoop(ctx, a)

	var parts sync.WaitGroup
	var serveErr error
	parts.Go(func() { loop.run() })
	parts.Go(func() { a.runLine(ctx) })
	parts.Go(func() { a.runService(ctx) })
	parts.Go(func() { a.runNotices(ctx) })
	parts.Go(func() {
		defer cancel() // without its door the agent is of no use
		serveErr = a.server.Serve(ctx, l)
	})
	parts.Wait()
	a.work.Wait()
	if err := a.hist().Close(); err != nil {
		a.deps.Log.Warn("the history could not be closed", "error", err)
	}
	if a.deps.Windows != nil {
		a.deps.Windows.Stop()
	}
	return serveErr
}

// post hands an event to the loop; it reports false when the loop has ended.
func (a *Agent) post(e event) bool {
	select {
	case a.events <- e:
		return true
	case <-a.done:
		return false
	}
}

// beside runs slow work beside the loop.
func (a *Agent) beside(f func()) { a.work.Go(f) }

// ask lets the loop answer a question; the answer is made on the loop.
func ask[T any](ctx context.Context, a *Agent, f func(*loop) (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	c := make(chan answer, 1)
	var zero T
	if !a.post(question(func(l *loop) {
		v, err := f(l)
		c <- answer{v, err}
	})) {
		return zero, localapi.ErrClosed
	}
	select {
	case r := <-c:
		return r.v, r.err
	case <-ctx.Done():
		return zero, ctx.Err()
	case <-a.done:
		return zero, localapi.ErrClosed
	}
}

// poke makes a supervised part start anew; one pending poke is enough.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// decode reads the body of a request.
func decode[T any](body json.RawMessage) (T, error) {
	var v T
	if len(body) == 0 {
		return v, nil
	}
	err := json.Unmarshal(body, &v)
	return v, err
}

func (a *Agent) values() config.Values { return a.deps.Settings.Values() }

// SecretsChanged tells the agent that a store of secrets has become available.
func (a *Agent) SecretsChanged() {
	a.reopenHistory()
	poke(a.restart.line)
	poke(a.restart.service)
	a.post(question(func(l *loop) { l.changed = true }))
}
