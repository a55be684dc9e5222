package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/e2e/stage"
	"example.org/ctiagent/telephony/simulator"
)

// stepLimit bounds every single thing the demo waits for.
const stepLimit = 15 * time.Second

// play rings the calls of the demo one after the other.
type play struct {
	stage    *stage.Stage
	platform *simulator.Platform
	report   func(result) error
	remark   func(string) // said once: what a person should know beside the calls
	visits   int          // pages opened by the calls before
}

// call is one incoming call of the demo.
type call struct {
	name  string
	from  simulator.Caller
	ready func(view.Card) bool // what must be on the card before the end
	opens bool
	end   func(*simulator.Call)
	phase string // of the card after the end
}

func calls() []call {
	recognised := func(state string) func(view.Card) bool {
		return func(c view.Card) bool { return c.Recognition == state }
	}
	answer := func(c *simulator.Call) { c.Answer(); c.Hangup() }
	return []call{
		{"known caller", simulator.Caller{Number: stage.Known, Called: stage.Own}, recognised(view.Known), true, answer, view.PhaseEnded},
		{"unknown caller", simulator.Caller{Number: stage.Unknown, Called: stage.Own}, recognised(view.NotKnown), true, answer, view.PhaseEnded},
		{"three share a number", simulator.Caller{Number: stage.Shared, Called: stage.Own}, recognised(view.Several), false, answer, view.PhaseEnded},
		{"number withheld", simulator.Caller{Anonymous: true, Called: stage.Own}, recognised(view.IsWithheld), false, answer, view.PhaseEnded},
		{"answered elsewhere", simulator.Caller{Number: stage.Elsewhere, Called: stage.Own}, recognised(view.Known), true, (*simulator.Call).AnswerElsewhere, view.PhaseElsewhere},
		{"missed", simulator.Caller{Number: stage.Missed, Called: stage.Own}, recognised(view.Known), true, (*simulator.Call).Abandon, view.PhaseMissed},
	}
}

func (p *play) all(ctx context.Context, fast bool) error {
	for _, c := range calls() {
		if err := p.incoming(ctx, c, fast); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	if err := p.link(ctx, fast); err != nil {
		return fmt.Errorf("tel: link: %w", err)
	}
	return nil
}

// linger lets a person look before the next thing happens.
func linger(ctx context.Context, fast bool) {
	if fast {
		return
	}
	select {
	case <-time.After(4 * time.Second):
	case <-ctx.Done():
	}
}

func (p *play) incoming(ctx context.Context, c call, fast bool) error {
	limited, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	before := newest(p.stage.Agent.Latest())
	ringing := p.platform.Ring(line, c.from)
	var id string
	snap, err := p.stage.Agent.Await(limited, func(s view.Snapshot) bool {
		card := newestCard(s)
		if card == nil || card.ID == before || !c.ready(*card) {
			return false
		}
		id = card.ID
		return !c.opens || card.OpenedURL || card.ScriptError != ""
	})
	if err != nil {
		return err
	}
	card := *find(snap, id)
	r := result{
		Call:   c.name,
		Number: card.Number.Text,
		Name:   nameOf(card),
		CardMS: since(card.Times.Received, or(card.Times.Notified, p.stage.Agent.Seen(id).Card)),
	}
	if card.Recognition != view.IsWithheld {
		r.NameMS = since(card.Times.Received, or(card.Times.Named, p.stage.Agent.Seen(id).Name))
	}
	if c.opens {
		if err := p.opened(limited, card, &r, fast); err != nil {
			return err
		}
	}
	linger(ctx, fast)
	limited, cancel = context.WithTimeout(ctx, stepLimit)
	defer cancel()
	c.end(ringing)
	if _, err := p.stage.Agent.Await(limited, func(s view.Snapshot) bool {
		card := find(s, id)
		return card == nil || card.Phase == c.phase
	}); err != nil {
		return err
	}
	r.End = c.phase
	return p.report(r)
}

// browserLimit is how long a browser of the desktop may take to ask for a page.
const browserLimit = 8 * time.Second

// opened waits for the page that the call opens. Without a browser on this
// machine there is none, which is said once and is no failure of the demo.
func (p *play) opened(ctx context.Context, card view.Card, r *result, stub bool) error {
	if !stub {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, browserLimit)
		defer cancel()
	}
	var v stage.Visit
	var err error
	if card.ScriptError == "" {
		v, err = p.stage.CRM.Await(ctx, p.visits)
	}
	switch {
	case card.ScriptError != "":
		p.remark(card.ScriptError)
	case err == nil:
		p.visits++
		r.Opened, r.OpenedMS = v.URL, since(card.Times.Received, card.Times.Opened)
	case stub:
		return fmt.Errorf("no page was opened: %w", err)
	default:
		p.remark("No browser asked for the page; with one installed, the record opens in it.")
	}
	return nil
}

// link clicks a tel: link: the agent asks, somebody says yes, the user's phone
// rings, then the destination.
func (p *play) link(ctx context.Context, fast bool) error {
	limited, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	began := time.Now()
	if out, err := p.stage.Agent.Command(limited, "open-uri", "tel:"+stage.Link).CombinedOutput(); err != nil {
		return fmt.Errorf("open-uri: %w: %s", err, strings.TrimSpace(string(out)))
	}
	snap, err := p.stage.Agent.Await(limited, func(s view.Snapshot) bool { return s.Confirm != nil })
	if err != nil {
		return fmt.Errorf("the agent did not ask: %w", err)
	}
	asked := time.Now()
	time.Sleep(time.Until(snap.Confirm.NotBefore)) // the button is not enabled before
	linger(ctx, fast)
	limited, cancel = context.WithTimeout(ctx, stepLimit)
	defer cancel()
	var card view.CardRef
	if err := p.stage.Agent.Do(limited, view.VerbConfirmDial, view.ConfirmDial{ID: snap.Confirm.ID, Accept: true}, &card); err != nil {
		return err
	}
	talking, err := p.stage.Agent.Await(limited, func(s view.Snapshot) bool {
		c := find(s, card.Card)
		return c != nil && c.Phase == view.PhaseConnected
	})
	if err != nil {
		return err
	}
	c := *find(talking, card.Card)
	linger(ctx, fast)
	for _, active := range p.platform.Calls(line) {
		active.Hangup()
	}
	return p.report(result{
		Call: "tel: link clicked", Number: c.Number.Text, Name: nameOf(c), CardMS: since(began, asked), End: c.Phase,
	})
}

// or is the notification's moment, or that of the face where no desktop shows
// notifications.
func or(notified, seen time.Time) time.Time {
	if notified.IsZero() {
		return seen
	}
	return notified
}

func nameOf(c view.Card) string {
	names := make([]string, 0, len(c.People))
	for _, p := range c.People {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

func newestCard(s view.Snapshot) *view.Card {
	if len(s.Cards) == 0 {
		return nil
	}
	return &s.Cards[len(s.Cards)-1]
}

func newest(s view.Snapshot) string {
	if c := newestCard(s); c != nil {
		return c.ID
	}
	return ""
}

func find(s view.Snapshot, id string) *view.Card {
	for i := range s.Cards {
		if s.Cards[i].ID == id {
			return &s.Cards[i]
		}
	}
	return nil
}
