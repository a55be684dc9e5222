package window

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"example.org/ctiagent/agent/view"
)

// This is the only file that names fyne.Do. Everything that happens outside
// the toolkit's goroutine (snapshots, answers, timers) comes in here.

// onToolkit runs f on the toolkit's goroutine, soon.
func onToolkit(f func()) { fyne.Do(f) }

// run feeds the windows until the agent goes away, then quits. Its goroutines
// are those of follow, tick, sendPresence, after and ask; Run waits for all.
func (u *UI) run(ctx context.Context) {
	u.ctx = ctx
	u.work.Go(func() {
		u.follow(ctx)
		if ctx.Err() == nil {
			u.onUI(u.app.Quit) // the agent has gone
		}
	})
	u.work.Go(func() { u.tick(ctx) })
	u.work.Go(func() { u.sendPresence(ctx) })
}

// follow hands every snapshot to apply. A burst leaves only its newest.
func (u *UI) follow(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case s, ok := <-u.agent.Snapshots():
			if !ok {
				return
			}
			done := make(chan struct{})
			u.onUI(func() {
				defer close(done)
				u.apply(s)
			})
			select { // wait, so that the channel keeps only the newest
			case <-done:
			case <-ctx.Done():
				return
			}
		}
	}
}

// tick moves clocks and takes away cards whose time is over.
func (u *UI) tick(ctx context.Context) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			u.onUI(u.onTick)
		}
	}
}

// sendPresence tells the agent of drawn cards and open windows, one at a time,
// so that the last count it hears is the last there was.
func (u *UI) sendPresence(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-u.presence:
			bounded, cancel := context.WithTimeout(ctx, requestTime)
			if err := u.agent.Do(bounded, view.VerbPresence, p, nil); err != nil && ctx.Err() == nil {
				u.log.Warn("the agent does not know how many windows there are", "error", err)
			}
			cancel()
		}
	}
}

// after runs f on the toolkit's goroutine when d has passed.
func (u *UI) after(d time.Duration, f func()) {
	ctx := u.ctx
	u.work.Go(func() {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-ctx.Done():
		case <-t.C:
			u.onUI(f)
		}
	})
}

// requestTime bounds a request; a line test may register and wait for events.
const requestTime = 45 * time.Second

// tell asks for something whose answer nobody waits for. An error is logged
// without its words: they may quote what a person typed.
func (u *UI) tell(verb string, request any) {
	ask(u, verb, request, func(_ struct{}, err error) {
		if err != nil {
			u.log.Warn("the agent refused a request", "verb", verb)
		}
	})
}

// ask sends a request and brings the answer back to the toolkit's goroutine.
// It is called there, too, and does not block.
func ask[T any](u *UI, verb string, request any, done func(T, error)) {
	ctx := u.ctx
	u.work.Go(func() {
		bounded, cancel := context.WithTimeout(ctx, requestTime)
		defer cancel()
		var result T
		err := u.agent.Do(bounded, verb, request, &result)
		if ctx.Err() != nil {
			return // closing: nobody is there to read it
		}
		u.onUI(func() { done(result, err) })
	})
}

// apply shows one snapshot.
func (u *UI) apply(s view.Snapshot) {
	if s.Rev < u.snap.Rev {
		return // never backwards
	}
	u.snap = s
	u.appearance(s.Appearance)
	u.stand(s.Appearance.Corner)
	u.cards.update(s)
	u.confirm(s.Confirm)
	if s.Show != nil && s.Show.Seq != u.shown {
		u.shown = s.Show.Seq
		u.open(s.Show.Window)
	}
	u.refreshOpen(s)
	u.report()
}
