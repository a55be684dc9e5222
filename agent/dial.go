package agent

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/config"
	"example.org/ctiagent/desktop/notification"
	"example.org/ctiagent/phone"
	"example.org/ctiagent/telephony"
)

// The outgoing journey:
//
//	text or link → phone.Decide → refuse, with the reason
//	                            → confirm: one question → answerConfirm
//	                            → place: the connector dials
//	  dialProgress: the own phone rings, then the destination; the card says so
//	  callChanged and finish, as for every call

const (
	// dialEnabledAfter keeps a click that was meant for something else from
	// answering the question that just appeared under the pointer.
	dialEnabledAfter = 500 * time.Millisecond
	confirmLimit     = time.Minute     // an unanswered question is a no
	windowPatience   = 3 * time.Second // then the question is asked by a notification
	placeLimit       = 45 * time.Second
)

// confirmation is the one question before dialling.
type confirmation struct {
	view.Confirmation
	number   phone.Number
	dial     string // digits for the platform, extra ones included
	expires  time.Time
	fallback time.Time // when the window process has not shown up by then
}

// planOf is the site's dial plan from the settings.
func planOf(s config.Site, line config.Line) phone.DialPlan {
	return phone.DialPlan{
		Country:       s.Country,
		AreaCode:      s.AreaCode,
		OutsidePrefix: s.OutsidePrefix,
		InternalMin:   s.InternalMin,
		InternalMax:   s.InternalMax,
		DialForm:      line.DialForm,
	}
}

// PlanOf is the dial plan that settings describe, for the command line.
func PlanOf(v config.Values) phone.DialPlan { return planOf(v.Site, v.Line) }

// cutLine splits user@domain.
func cutLine(address string) (user, domain string, ok bool) { return strings.Cut(address, "@") }

// decide applies the decision table. Text with a scheme is a link's.
func decide(d view.Dial, plan phone.DialPlan) phone.Decision {
	if d.Country != "" {
		plan.Country, plan.AreaCode = strings.ToUpper(d.Country), ""
	}
	source := phone.FromPerson
	if d.FromLink {
		source = phone.FromLink
	}
	decision := phone.Decide(d.Text, plan, source)
	if d.Ask && decision.Action == phone.ActionDial {
		decision.Action = phone.ActionConfirm
	}
	return decision
}

// Decide answers without an agent what would be done; the command line uses it.
func Decide(d view.Dial, settings config.Values, texts Texts) phone.Answer {
	return answerOf(decide(d, planOf(settings.Site, settings.Line)), texts)
}

// answerOf is a decision with its reason in the user's language.
func answerOf(d phone.Decision, texts Texts) phone.Answer {
	a := d.Answer()
	a.Reason = reasonText(d, texts)
	return a
}

// reasonText is why, in the user's language; the phone room's own English
// stands where the catalogue has no words for it.
func reasonText(d phone.Decision, texts Texts) string {
	if d.ReasonKey == "" {
		return d.Reason
	}
	if t := texts.T(d.ReasonKey); t != d.ReasonKey {
		return t
	}
	return d.Reason
}

// dialText is a request to dial, from wherever it comes.
func (l *loop) dialText(d view.Dial) (view.DialResult, error) {
	decision := decide(d, l.plan)
	a := answerOf(decision, l.deps.Texts)
	r := view.DialResult{
		Action: string(a.Action), Number: a.Number, Kind: string(a.Kind), Reason: a.Reason,
		Country: decision.Number.Country(), Foreign: decision.Foreign, Warn: decision.Warn,
		Dropped: decision.Dropped, Extra: decision.Extra,
	}
	if d.DryRun || decision.Action == phone.ActionRefuse {
		return r, nil
	}
	if err := l.canDial(); err != nil {
		return r, err
	}
	if decision.Action == phone.ActionConfirm {
		return l.askFirst(d, decision, r)
	}
	r.Card = l.place(decision.Number, decision.Number.Dial(l.plan)).id
	return r, nil
}

// canDial says in words why no call can be made at the moment.
func (l *loop) canDial() error {
	switch l.line.State {
	case view.StatusLive, view.StatusDegraded:
		return nil
	case view.StatusOff:
		return inWords(l.deps.Texts.T("dial.noLine"))
	}
	return inWords(l.deps.Texts.T("dial.lineDown"))
}

// dialNumber calls a number that is already known, e.g. back from a card.
func (l *loop) dialNumber(n phone.Number) error {
	text := n.E164()
	if text == "" {
		text = n.Local()
	}
	_, err := l.dialText(view.Dial{Text: text})
	return err
}

// askFirst puts the one question. A flood of links makes one question: while
// it stands, further ones are dropped and counted.
func (l *loop) askFirst(d view.Dial, decision phone.Decision, r view.DialResult) (view.DialResult, error) {
	l.changed = true
	if c := l.confirm; c != nil {
		if c.FromLink && d.FromLink {
			c.More++
			return r, inWords(l.deps.Texts.T("dial.alreadyAsking"))
		}
		l.dropConfirm() // a person's own wish replaces an older question
	}
	now := l.now()
	l.nextID++
	c := &confirmation{
		Confirmation: view.Confirmation{
			ID:        "q" + strconv.Itoa(l.nextID),
			Number:    l.numberView(decision.Number),
			Foreign:   decision.Foreign,
			Warn:      decision.Warn,
			FromLink:  d.FromLink,
			Dropped:   decision.Dropped,
			Extra:     decision.Extra,
			Emergency: decision.Emergency,
			Reason:    r.Reason,
			NotBefore: now.Add(dialEnabledAfter),
		},
		number:  decision.Number,
		dial:    decision.Number.Dial(l.plan) + decision.Extra,
		expires: now.Add(confirmLimit),
	}
	if !d.FromLink {
		c.NotBefore = now // one key; nobody waits for help
	}
	l.confirm = c
	if !l.askInWindow(c) && !l.confirmByNotice() && l.server.Asking() == 0 && !d.CanAsk {
		l.confirm = nil
		return r, inWords(l.deps.Texts.T("dial.cannotAsk"))
	}
	r.Ask = c.ID
	return r, nil
}

// askInWindow lets the window process ask; if it does not come up in time, a
// notification asks instead.
func (l *loop) askInWindow(c *confirmation) bool {
	if l.windows.connected {
		return true
	}
	if l.deps.Windows == nil || l.deps.Windows.Start() != nil {
		return false
	}
	c.fallback = l.now().Add(windowPatience)
	return true
}

// confirmByNotice asks by a notification with two buttons.
func (l *loop) confirmByNotice() bool {
	c := l.confirm
	if c == nil || l.windows.connected {
		return false
	}
	if l.deps.Notifier == nil || !l.deps.Notifier.Capabilities().Actions {
		return false
	}
	t := l.deps.Texts
	body := []string{t.T("kind." + c.Number.Kind)}
	if c.Number.Country != "" {
		body = append(body, phone.CountryName(c.Number.Country, t.Language()))
	}
	if c.Dropped != "" {
		body = append(body, t.T("confirm.dropped", map[string]any{"digits": c.Dropped}))
	}
	if c.Extra != "" {
		body = append(body, t.T("confirm.extra", map[string]any{"digits": c.Extra}))
	}
	body = append(body, t.T("confirm.how"))
	dial := notification.Action{Key: actDial, Label: t.T("confirm.dial")}
	cancel := notification.Action{Key: actCancel, Label: t.T("confirm.cancel")}
	actions := []notification.Action{dial, cancel}
	if c.Warn {
		dial.Label = t.T("confirm.dialAnyway")
		actions = []notification.Action{cancel, dial}
	}
	return l.notify(keyConfirm, notification.Notice{
		Title:    t.T("confirm.title") + " " + c.Number.Text,
		Body:     strings.Join(body, "\n"),
		Urgency:  notification.Critical,
		Category: "call",
		Actions:  actions,
	})
}

// answerConfirm carries out the answer; an empty id is the present question's.
func (l *loop) answerConfirm(id string, accept bool) (string, error) {
	c := l.confirm
	if c == nil || id != "" && id != c.ID {
		return "", inWords(l.deps.Texts.T("dial.questionGone"))
	}
	if accept && l.now().Before(c.NotBefore) {
		return "", inWords(l.deps.Texts.T("dial.tooSoon"))
	}
	l.dropConfirm()
	if !accept {
		return "", nil
	}
	if err := l.canDial(); err != nil {
		return "", err
	}
	return l.place(c.number, c.dial).id, nil
}

func (l *loop) dropConfirm() {
	l.confirm = nil
	l.changed = true
	if l.deps.Notifier != nil {
		_ = l.deps.Notifier.Withdraw(keyConfirm)
	}
}

// place tells the connector to dial and shows the card of the call to come.
func (l *loop) place(n phone.Number, digits string) *card {
	c := l.newCard()
	c.dial = telephony.DialID("dial-" + c.id)
	c.dialling = true
	l.dials[c.dial] = c
	req := telephony.DialRequest{ID: c.dial, Number: n, Dial: digits}
	l.tracker.Dial(req) // tells callChanged of the call, which now has this card
	l.popCardWindow()
	line := l.Agent.line.Load()
	l.beside(func() {
		ctx, cancel := context.WithTimeout(l.ctx, placeLimit)
		defer cancel()
		err := error(telephony.ErrNotReady)
		if line != nil {
			err = (*line).Dial(ctx, req)
		}
		if err != nil {
			l.post(progressReport{ID: req.ID, Step: telephony.DialFailed, Reason: l.dialError(err)})
		}
	})
	return c
}

// dialError is a connector's error in words for the card.
func (a *Agent) dialError(err error) string {
	a.deps.Log.Info("the platform did not take the call", "error", err)
	switch {
	case errors.Is(err, telephony.ErrNotReady):
		return a.deps.Texts.T("dial.lineDown")
	case errors.Is(err, telephony.ErrUnsupported):
		return a.deps.Texts.T("dial.unsupported")
	}
	return a.deps.Texts.T("card.dial.failed")
}

// dialProgress is every step of a click-to-dial; the Tracker says what it
// means for the call.
func (l *loop) dialProgress(p telephony.Progress) {
	c := l.dials[p.ID]
	if c == nil {
		return
	}
	l.changed = true
	c.step = p.Step
	if p.Step.Final() && p.Step != telephony.DialConnected && p.Step != telephony.DialCancelled {
		c.reason = p.Reason
		if c.reason == "" {
			c.reason = l.deps.Texts.T("card.dial." + p.Step.String())
		}
	}
}

// cancelDial gives up a call that is not answered yet.
func (l *loop) cancelDial(c *card) error {
	line := l.Agent.line.Load()
	if line == nil || c.dial == "" {
		return nil
	}
	id := c.dial
	l.beside(func() {
		ctx, cancel := context.WithTimeout(l.ctx, placeLimit)
		defer cancel()
		if err := (*line).Cancel(ctx, id); err != nil {
			l.deps.Log.Info("a call could not be cancelled", "error", err)
		}
	})
	return nil
}
