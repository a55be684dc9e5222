package script

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"
)

// Limits bound one run; zero values are the defaults.
type Limits struct {
	Script time.Duration // the script is interrupted; 100 ms
	Kill   time.Duration // the child is killed, counted from handing over; 250 ms
	Start  time.Duration // a child must be ready; 5 s
}

func (l Limits) orDefaults() Limits {
	if l.Script <= 0 {
		l.Script = 100 * time.Millisecond
	}
	if l.Kill <= 0 {
		l.Kill = 250 * time.Millisecond
	}
	if l.Start <= 0 {
		l.Start = 5 * time.Second
	}
	return l
}

// HostConfig says how to start children.
type HostConfig struct {
	// Command starts a process that calls ChildMain at once. On Linux
	// /proc/self/exe is the running binary even after an update replaced it.
	Command []string
	Log     *slog.Logger
	Limits  Limits
}

// Result is what came out of a run.
type Result struct {
	Intents []json.RawMessage // to be read by DecodeIntent, one by one
	Log     []string          // cti.log, digits masked
	Took    time.Duration     // inside the child; of one that was killed, until its end
}

// Host runs scripts, each in a child of its own, and keeps one child started
// ahead so that a ringing telephone need not wait for a process to begin.
// Any goroutine may call its methods.
type Host struct {
	cfg    HostConfig
	wants  chan chan<- wanted // asks the keeper for a child
	refill chan struct{}      // tells the keeper that it is a good time to start one
	stop   chan struct{}
	once   sync.Once
	owned  sync.WaitGroup // the keeper and what attends to each child

	// reaped is told about every child that ended; for tests.
	reaped func(*contained)
}

// wanted is the keeper's reply.
type wanted struct {
	child *contained
	err   error
}

// NewHost starts a host and its first spare child.
func NewHost(cfg HostConfig) *Host {
	cfg.Limits = cfg.Limits.orDefaults()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	h := &Host{
		cfg:    cfg,
		wants:  make(chan chan<- wanted),
		refill: make(chan struct{}, 1),
		stop:   make(chan struct{}),
	}
	h.owned.Add(1)
	go h.keep()
	return h
}

// Close ends all children and waits until they are gone.
func (h *Host) Close() {
	h.once.Do(func() { close(h.stop) })
	h.owned.Wait()
}

// keep owns the spare child. It stays on one thread for as long as the host
// lives, because the system kills a child when the thread that started it ends.
func (h *Host) keep() {
	defer h.owned.Done()
	runtime.LockOSThread()
	var (
		spare *contained
		again = time.NewTimer(0) // the first start
		delay = time.Second
	)
	defer again.Stop()
	defer func() {
		if spare != nil {
			spare.kill()
		}
	}()
	for {
		var died <-chan struct{}
		if spare != nil {
			died = spare.done
		}
		select {
		case <-h.stop:
			return
		case reply := <-h.wants:
			c := spare
			spare = nil
			var err error
			if c == nil || c.over() {
				c, err = h.start()
			}
			select {
			case reply <- wanted{c, err}:
			case <-h.stop:
				if c != nil {
					c.kill()
				}
				return
			}
			continue
		case <-died:
			spare = nil
			h.cfg.Log.Warn("the waiting script process ended by itself")
			again.Reset(delay)
			delay = min(2*delay, time.Minute)
			continue
		case <-h.refill:
		case <-again.C:
		}
		if spare != nil {
			continue
		}
		var err error
		if spare, err = h.start(); errors.Is(err, ErrClosed) {
			return
		} else if err != nil {
			h.cfg.Log.Error("no script process can be started", "error", err)
			again.Reset(delay)
			delay = min(2*delay, time.Minute)
			continue
		}
		delay = time.Second
	}
}

// take gives the spare child, or a new one.
func (h *Host) take(ctx context.Context) (*contained, error) {
	reply := make(chan wanted) // unbuffered: a child is handed over or stays the keeper's
	select {
	case h.wants <- reply:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-h.stop:
		return nil, ErrClosed
	}
	// From here on a child may be ours: it comes within Limits.Start.
	select {
	case w := <-reply:
		return w.child, w.err
	case <-h.stop:
		return nil, ErrClosed
	}
}

// giveBack ends a child that was taken and lets the keeper start the next.
func (h *Host) giveBack(c *contained) {
	c.kill()
	select {
	case h.refill <- struct{}{}:
	default:
	}
}

// Run runs body's onCall on a call and parameters, both JSON texts. It blocks
// for at most the kill limit and, without a spare, the start of a child. The
// error is a *ThrownError, a *ContainedError, ErrInput, ErrStart, ErrClosed or
// ctx.Err(); Result.Log may hold something even then.
func (h *Host) Run(ctx context.Context, body, callJSON, paramsJSON []byte) (Result, error) {
	if len(body) > MaxBody || len(callJSON)+len(paramsJSON) > maxRequest/4 {
		return Result{}, ErrInput
	}
	c, err := h.take(ctx)
	if err != nil {
		return Result{}, err
	}
	began := time.Now()
	r, err := h.runIn(ctx, c, body, callJSON, paramsJSON)
	if r.Took == 0 { // the child did not live to say
		r.Took = time.Since(began)
	}
	return r, err
}

// runIn runs a script in a child that is ready, which it uses up.
func (h *Host) runIn(ctx context.Context, c *contained, body, callJSON, paramsJSON []byte) (Result, error) {
	defer h.giveBack(c)
	// The one guard that depends on no operating system. It runs before the
	// child can see the first byte of the script.
	deadline := time.AfterFunc(h.cfg.Limits.Kill, c.expire)
	defer deadline.Stop()
	go c.give(request{ // ends at the latest when the child does
		Script: string(body),
		Call:   string(callJSON),
		Params: string(paramsJSON),
		Limit:  h.cfg.Limits.Script.Milliseconds(),
	})
	select {
	case a := <-c.answered:
		return a.result()
	case <-c.expired:
		// The kill is on its way; how long the system takes to free what the
		// script held is not waited for.
		return Result{}, &ContainedError{Limit: LimitTime}
	case <-c.done:
	case <-ctx.Done():
		return Result{}, ctx.Err()
	case <-h.stop:
		return Result{}, ErrClosed
	}
	select {
	case a := <-c.answered: // both at once
		return a.result()
	default:
		return Result{}, c.verdict()
	}
}

// result turns what the child said into what the caller wants to know.
func (a answer) result() (Result, error) {
	r := Result{Log: make([]string, 0, len(a.Log)), Took: time.Duration(a.Micros) * time.Microsecond}
	for _, line := range a.Log {
		r.Log = append(r.Log, maskDigits(limitRunes(line, 200)))
	}
	switch f := a.Fault; {
	case f == nil:
		r.Intents = a.Intents
		return r, nil
	case f.Limit != "":
		return r, &ContainedError{Limit: f.Limit}
	default:
		return r, &ThrownError{Message: limitRunes(f.Message, 500), Line: f.Line, Column: f.Column}
	}
}

// Layers starts a child and says which layers of the containment hold here.
func (h *Host) Layers(ctx context.Context) ([]Layer, error) {
	c, err := h.take(ctx)
	if err != nil {
		return nil, fmt.Errorf("script: look at the containment: %w", err)
	}
	defer h.giveBack(c)
	layers := []Layer{
		{Name: LayerKill, Active: true, Note: h.cfg.Limits.Kill.String()},
		{Name: LayerEnvironment, Active: true},
	}
	layers = append(layers, parentLayers()...)
	return append(layers, c.layers...), nil
}
