package notification

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	busName = "org.freedesktop.Notifications"
	busPath = dbus.ObjectPath("/org/freedesktop/Notifications")

	replyLimit = 5 * time.Second        // for one answer, then the server counts as absent
	lookAgain  = 10 * time.Second       // after a server that was too busy to tell what it can
	farewell   = 500 * time.Millisecond // for withdrawing at the end
	inFlight   = 16                     // notices sent without answer yet
	maxOpen    = 200                    // notices on the screen or in the centre
	minPause   = 250 * time.Millisecond // between two attempts to reach the bus
	maxPause   = 30 * time.Second
)

// bus is the Notifier for D-Bus. The run goroutine owns the connection and
// the notes; callers only leave requests and read the state, under mu.
type bus struct {
	o       Options
	actions chan Invoked
	wake    chan struct{} // a request is waiting
	first   chan struct{} // closed after the first look at the bus
	cancel  context.CancelFunc
	done    chan struct{}

	mu     sync.Mutex
	wants  map[string]request // newest per key
	queue  []string           // keys of wants, in the order of arrival
	absent error              // why Show would be in vain
	caps   Capabilities
	closed bool
}

// request is what a caller wants of a key: a notice, or none.
type request struct {
	notice *Notice
	at     time.Time
}

func open(ctx context.Context, o Options) Notifier {
	run, cancel := context.WithCancel(context.Background())
	b := &bus{
		o:       o,
		actions: make(chan Invoked, 64),
		wake:    make(chan struct{}, 1),
		first:   make(chan struct{}),
		cancel:  cancel,
		done:    make(chan struct{}),
		wants:   make(map[string]request),
		absent:  fmt.Errorf("%w: the session bus was not reached yet", ErrNoServer),
	}
	go b.run(run) // ends with Close
	ctx, stop := context.WithTimeout(ctx, firstLook)
	defer stop()
	select {
	case <-b.first:
	case <-ctx.Done():
	}
	return b
}

func (b *bus) Show(key string, n Notice) error {
	n, err := prepare(key, n)
	if err != nil {
		return err
	}
	return b.want(key, request{notice: &n, at: time.Now()})
}

func (b *bus) Withdraw(key string) error {
	err := b.want(key, request{at: time.Now()})
	if errors.Is(err, ErrNoServer) {
		return nil // then it is not on the screen either
	}
	return err
}

// want leaves a request; one of the same key that is still waiting is
// overtaken and keeps its place in the queue.
func (b *bus) want(key string, r request) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return ErrClosed
	case b.absent != nil && r.notice != nil:
		return b.absent
	}
	if _, waiting := b.wants[key]; !waiting {
		b.queue = append(b.queue, key)
	}
	b.wants[key] = r
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return nil
}

// next takes the oldest request whose key is not busy.
func (b *bus) next(busy func(key string) bool) (string, request, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, key := range b.queue {
		if busy(key) {
			continue
		}
		b.queue = slices.Delete(b.queue, i, i+1)
		r := b.wants[key]
		delete(b.wants, key)
		return key, r, true
	}
	return "", request{}, false
}

// waiting reports whether a newer request for the key is queued.
func (b *bus) waiting(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.wants[key]
	return ok
}

func (b *bus) Actions() <-chan Invoked { return b.actions }

func (b *bus) Capabilities() Capabilities {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.caps
}

func (b *bus) Ready() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return ErrClosed
	}
	return b.absent
}

// setPresent and setAbsent say whether there is a server. The capabilities
// stay those of the last one.
func (b *bus) setPresent(caps Capabilities) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.absent, b.caps = nil, caps
}

func (b *bus) setAbsent(why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.absent = why
}

func (b *bus) Close() error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	<-b.done
	return nil
}

// run keeps a connection to the session bus, with back-off, until Close.
func (b *bus) run(ctx context.Context) {
	defer close(b.done)
	defer close(b.actions)
	var once sync.Once
	looked := func() { once.Do(func() { close(b.first) }) }
	defer looked()

	open := map[string]*note{} // survives a lost bus, to be shown again
	pause := minPause
	for ctx.Err() == nil {
		s, err := b.connect(ctx, open)
		if err == nil {
			pause = minPause
			s.lookAtServer(ctx)
			looked()
			s.serve(ctx)
			s.conn.Close()
			err = errors.New("the session bus went away")
		}
		b.setAbsent(fmt.Errorf("%w: %w", ErrNoServer, err))
		b.failWaiting()
		looked()
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, maxPause)
	}
}

// failWaiting tells the owner of every notice that waits that nobody will
// show it. Withdrawals stay: what they mean may be shown again later.
func (b *bus) failWaiting() {
	b.mu.Lock()
	var keys []string
	b.queue = slices.DeleteFunc(b.queue, func(key string) bool {
		notice := b.wants[key].notice != nil
		if notice {
			keys = append(keys, key)
			delete(b.wants, key)
		}
		return notice
	})
	err := b.absent
	b.mu.Unlock()
	for _, key := range keys {
		b.o.Failed(key, err)
	}
}

// connect opens a connection of our own; the one that godbus shares may be
// closed by others. It never starts a bus, which godbus would do without an
// address.
func (b *bus) connect(ctx context.Context, open map[string]*note) (*session, error) {
	addr := b.o.Address
	if addr == "" {
		var err error
		if addr, err = sessionAddress(); err != nil {
			return nil, err
		}
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	hang := time.AfterFunc(firstLook, end) // a bus that accepts and says nothing
	stop := context.AfterFunc(ctx, end)
	conn, err := dbus.Connect(addr, dbus.WithContext(life), dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()))
	stop()
	if !hang.Stop() || err != nil {
		end()
		return nil, fmt.Errorf("the session bus does not answer: %w", errors.Join(err, life.Err()))
	}
	s := &session{
		bus:     b,
		conn:    conn,
		end:     end,
		server:  conn.Object(busName, busPath),
		signals: make(chan *dbus.Signal, 64),
		replies: make(chan *dbus.Call, inFlight),
		sent:    map[*dbus.Call]*note{},
		stall:   time.NewTimer(replyLimit),
		look:    time.NewTimer(lookAgain),
		notes:   open,
	}
	if err := s.subscribe(ctx); err != nil {
		conn.Close()
		end()
		return nil, fmt.Errorf("subscribe on the session bus: %w", err)
	}
	return s, nil
}

// sessionAddress finds the bus of the session without starting one.
func sessionAddress() (string, error) {
	if a := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); a != "" && a != "autolaunch:" {
		return a, nil
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		p := filepath.Join(dir, "bus")
		if _, err := os.Stat(p); err == nil {
			return "unix:path=" + dbus.EscapeBusAddressValue(p), nil
		}
	}
	return "", errors.New("there is no session bus (DBUS_SESSION_BUS_ADDRESS is not set)")
}
