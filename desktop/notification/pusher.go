package notification

import (
	"slices"
	"sync"
	"time"
)

// pusher is the Notifier where a notice can only be pushed: what is on the
// screen can be neither replaced nor taken away. It therefore holds each
// notice back for a moment, so that the name usually comes with the number
// instead of as a second notice, and a call answered at once leaves none.
//
// It has no build tag, so that its tests run everywhere.
type pusher struct {
	o     Options
	hold  time.Duration
	push  func(key string, n Notice) error
	caps  Capabilities
	stop  func()
	wake  chan struct{}
	quit  chan struct{}
	done  chan struct{}
	inbox chan Invoked // what the user did, before Close
	out   chan Invoked

	mu     sync.Mutex
	queue  []pushed
	absent error
	closed bool
}

type pushed struct {
	key    string
	notice Notice
	at     time.Time // when Show was first called for what waits
}

// newPusher starts the goroutine that calls push, one notice after the other.
// stop is called when it has ended.
func newPusher(o Options, hold time.Duration, caps Capabilities, push func(string, Notice) error, stop func()) *pusher {
	p := &pusher{
		o: o, hold: hold, push: push, caps: caps, stop: stop,
		wake:  make(chan struct{}, 1),
		quit:  make(chan struct{}),
		done:  make(chan struct{}),
		inbox: make(chan Invoked, 64),
		out:   make(chan Invoked),
	}
	go p.run() // ends with Close
	return p
}

func (p *pusher) Show(key string, n Notice) error {
	n, err := prepare(key, n)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return ErrClosed
	case p.absent != nil:
		return p.absent
	}
	if i := p.find(key); i >= 0 {
		p.queue[i].notice = n
		return nil
	}
	p.queue = append(p.queue, pushed{key, n, time.Now()})
	select {
	case p.wake <- struct{}{}:
	default:
	}
	return nil
}

func (p *pusher) find(key string) int {
	return slices.IndexFunc(p.queue, func(q pushed) bool { return q.key == key })
}

// Withdraw drops what has not been pushed yet; the rest the desktop removes
// by itself.
func (p *pusher) Withdraw(key string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	if i := p.find(key); i >= 0 {
		p.queue = slices.Delete(p.queue, i, i+1)
	}
	return nil
}

func (p *pusher) Actions() <-chan Invoked { return p.out }

func (p *pusher) Capabilities() Capabilities { return p.caps }

func (p *pusher) Ready() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	return p.absent
}

func (p *pusher) setAbsent(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.absent = err
}

func (p *pusher) Close() error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.quit)
	}
	p.mu.Unlock()
	<-p.done
	return nil
}

// invoked is called by the desktop, from a thread of its own.
func (p *pusher) invoked(i Invoked) {
	select {
	case p.inbox <- i:
	default:
		p.o.Log.Warn("a pressed notification button was dropped: nobody reads them", "action", i.Action)
	}
}

// due is the first notice whose time has come, or how long until then.
func (p *pusher) due(now time.Time) (q pushed, wait time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		return pushed{}, -1, false
	}
	if wait = p.queue[0].at.Add(p.hold).Sub(now); wait > 0 {
		return pushed{}, wait, false
	}
	q = p.queue[0]
	p.queue = slices.Delete(p.queue, 0, 1)
	return q, 0, true
}

func (p *pusher) run() {
	defer close(p.done)
	defer close(p.out)
	defer p.stop()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var pending []Invoked
	for {
		q, wait, ok := p.due(time.Now())
		if ok {
			p.o.Sent(q.key, q.at, time.Now())
			if err := p.push(q.key, q.notice); err != nil {
				p.o.Failed(q.key, err)
			}
			continue
		}
		if wait < 0 {
			wait = time.Hour
		}
		timer.Reset(wait)
		var out chan Invoked
		var first Invoked
		if len(pending) > 0 {
			out, first = p.out, pending[0]
		}
		select {
		case <-timer.C:
		case <-p.wake:
		case i := <-p.inbox:
			if len(pending) < cap(p.inbox) {
				pending = append(pending, i)
			}
		case out <- first:
			pending = pending[1:]
		case <-p.quit:
			return
		}
	}
}
