package sipline

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"

	"example.org/ctiagent/telephony"
)

// stableAfter is how long a connection must have lasted before its loss counts
// as a first failure again.
const stableAfter = 30 * time.Second

// Run implements telephony.Connector: one session after the other.
func (c *Connector) Run(ctx context.Context, sink telephony.Sink) error {
	ctx, cancel := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { c.watch(ctx) }) // ends with ctx
	defer watcher.Wait()
	defer cancel()

	d, err := newDialer(&c.cfg)
	if err != nil {
		return c.report(sink, err, time.Time{})
	}
	table := newCallTable(c.cfg.User, c.cfg.Plan)
	for failures := 0; ; failures++ {
		sink.Link(telephony.Link{State: telephony.LinkConnecting})
		began := time.Now()
		err := c.connectOnce(ctx, sink, d, table)
		if ctx.Err() != nil {
			return nil
		}
		if isFatal(err) {
			return c.report(sink, err, time.Time{})
		}
		if time.Since(began) > stableAfter {
			failures = 0
		}
		wait := c.cfg.backoff(c.cfg.BackoffMin, c.cfg.BackoffMax, failures)
		_ = c.report(sink, err, time.Now().Add(wait))
		if c.pause(ctx, wait) {
			failures = 0
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

// connectOnce makes one connection and stays with it to its end.
func (c *Connector) connectOnce(ctx context.Context, sink telephony.Sink, d *dialer, table *callTable) error {
	conn, clock, err := d.connect(ctx)
	if err != nil {
		return err
	}
	select { // a wake-up that waits was for what came before
	case <-c.wake:
	default:
	}
	s := newSession(&c.cfg, c.log, sink, newFlow(conn, clock, c.cfg.writeLimit), table)
	c.setCurrent(s)
	defer c.setCurrent(nil)

	stop := make(chan struct{})
	var waker sync.WaitGroup
	waker.Go(func() { // hands wake-ups to the session; ends with it
		for {
			select {
			case why := <-c.wake:
				s.do(func() { s.woken(why) })
			case <-stop:
				return
			}
		}
	})
	defer waker.Wait()
	defer close(stop)
	return s.run(ctx)
}

// report tells the sink why there is no connection and returns the error for
// Run's caller.
func (c *Connector) report(sink telephony.Sink, err error, retry time.Time) error {
	var f *fatal
	if errors.As(err, &f) {
		sink.Link(f.link)
		return err
	}
	link := telephony.Link{State: telephony.LinkOffline, Retry: retry, Code: "net.lost",
		Reason: "The connection to the platform was lost"}
	var w *weak
	switch {
	case errors.As(err, &w):
		link.Reason, link.Hint, link.Code = w.reason, w.hint, w.code
	case errors.Is(err, errDead):
		link.Reason, link.Code = "The platform stopped answering", "net.silent"
	case errors.Is(err, errFraming):
		link.Reason, link.Code = "The platform sent something that is not SIP", "sip.garbled"
	case errors.Is(err, errMoved):
		link.Reason, link.Code = "The network has changed, or the computer has slept", "net.changed"
	}
	c.log.Info("line is offline", "code", link.Code, "retry", retry)
	sink.Link(link)
	return err
}

// pause waits before the next attempt; true when something woke it, which is a
// reason to begin afresh.
func (c *Connector) pause(ctx context.Context, d time.Duration) (woken bool) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	case <-c.wake:
		return true
	}
	return false
}

// errMoved ends a session whose connection cannot have survived.
var errMoved = errors.New("the network has changed or the computer has slept")

const (
	wokeUp     = "slept"
	networkNew = "network changed"
)

// woken decides what a wake-up means for the present connection. After sleep
// subscriptions and bindings may have expired unseen, and calls have passed by:
// everything is made anew. Otherwise the platform must show that it is there.
func (s *session) woken(why string) {
	switch {
	case why == wokeUp, why == networkNew && !s.flow.localExists():
		s.fail(errMoved)
	default:
		s.alive.ask(min(s.cfg.PingLimit, 3*time.Second))
	}
}

// localExists reports that this computer still has the address we speak from.
func (f *flow) localExists() bool {
	host, _, err := net.SplitHostPort(f.local())
	if err != nil {
		return false
	}
	return slices.Contains(addresses(), host)
}

// addresses lists the addresses of this computer.
func addresses() []string {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var out []string
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			out = append(out, n.IP.String())
		}
	}
	slices.Sort(out)
	return out
}

// watch notices sleep and changes of the network. While a computer sleeps its
// wall clock goes on and the monotonic clock stops on some systems, and on
// others both go on while we do not run; either shows as a gap.
func (c *Connector) watch(ctx context.Context) {
	t := time.NewTicker(c.cfg.WatchInterval)
	defer t.Stop()
	last, before := time.Now(), addresses()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		now := time.Now()
		if slept(last, now, c.cfg.WatchInterval) {
			c.signal(wokeUp)
		}
		last = now
		if addrs := addresses(); !slices.Equal(addrs, before) {
			before = addrs
			c.signal(networkNew)
		}
	}
}

// slept compares two looks at the clock that should be interval apart.
func slept(last, now time.Time, interval time.Duration) bool {
	const most = 20 * time.Second // beyond what a busy machine delays a timer
	wall := now.Round(0).Sub(last.Round(0))
	return wall > interval+most || now.Sub(last) > interval+most
}

func (c *Connector) signal(why string) {
	select {
	case c.wake <- why:
	default:
		select { // the more urgent reason replaces one that waits
		case <-c.wake:
		default:
		}
		select {
		case c.wake <- why:
		default:
		}
	}
}
