package telephony_test

import (
	"context"
	"fmt"
	"time"

	"example.org/ctiagent/phone"
	"example.org/ctiagent/telephony"
)

// The loop that owns a Tracker: reports come in over a channel, and a timer
// follows NextDeadline. Nothing else touches the Tracker.
func Example() {
	reports := make(chan func(telephony.Sink))
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // stands for a Connector
		reports <- func(s telephony.Sink) { s.Snapshot(telephony.ViewContact, nil) }
		say := func(c telephony.Call) { reports <- func(s telephony.Sink) { s.Call(c) } }
		call := telephony.Call{ID: "1", View: telephony.ViewContact, Phase: telephony.Ringing,
			Remote: telephony.Party{Number: phone.WithheldNumber(phone.Anonymous)}}
		say(call)
		say(call) // twice, as it happens
		call.Phase, call.EndReason = telephony.Ended, telephony.EndAnsweredElsewhere
		say(call)
		cancel()
	}()

	tracker := telephony.NewTracker(printer{}, telephony.TrackerOptions{})
	timer := time.NewTimer(time.Hour)
	for {
		select {
		case report := <-reports:
			report(tracker)
		case now := <-timer.C:
			tracker.Expire(now)
		case <-ctx.Done():
			return
		}
		if next := tracker.NextDeadline(); next.IsZero() {
			timer.Reset(time.Hour)
		} else {
			timer.Reset(time.Until(next))
		}
	}
	// Output:
	// ringing: show the card
	// ended: answeredElsewhere
}

type printer struct{}

func (printer) Link(telephony.Link)         {}
func (printer) Progress(telephony.Progress) {}
func (printer) Call(c telephony.Call, ch telephony.Change) {
	switch {
	case ch.Has(telephony.ChangeRing):
		fmt.Printf("%v: show the card\n", c.Phase)
	case c.Phase == telephony.Ended:
		fmt.Printf("%v: %v\n", c.Phase, c.EndReason)
	}
}
