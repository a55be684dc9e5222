package agent

import (
	"context"
	"encoding/json"
	"time"

	"example.org/ctiagent/agent/localapi"
	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/config"
	"example.org/ctiagent/credstore"
	"example.org/ctiagent/desktop/notification"
	"example.org/ctiagent/history"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop"
	"example.org/ctiagent/screenpop/script"
)

// inWords is an error whose text is for the person in front of the screen.
func inWords(text string) error { return &localapi.Error{Text: text} }

// handle answers one request of a face; it runs on a goroutine of its own.
func (a *Agent) handle(ctx context.Context, verb string, body json.RawMessage) (any, error) {
	h, ok := a.handlers()[verb]
	if !ok {
		return nil, &localapi.Error{Text: "the agent does not know the request " + verb, Code: "verb.unknown"}
	}
	return h(ctx, body)
}

type handler func(ctx context.Context, body json.RawMessage) (any, error)

// on makes a handler of a function that wants its request decoded.
func on[T any](f func(ctx context.Context, request T) (any, error)) handler {
	return func(ctx context.Context, body json.RawMessage) (any, error) {
		request, err := decode[T](body)
		if err != nil {
			return nil, &localapi.Error{Text: "the request cannot be read", Code: "request.malformed"}
		}
		return f(ctx, request)
	}
}

// onCard makes a handler that does something with one card, on the loop.
func onCard(a *Agent, f func(*loop, *card) error) handler {
	return on(func(ctx context.Context, r view.CardRef) (any, error) {
		return ask(ctx, a, func(l *loop) (any, error) {
			c, err := l.find(r.Card)
			if err != nil {
				return nil, err
			}
			l.changed = true
			return nil, f(l, c)
		})
	})
}

type nothing struct{}

// handlers is the closed set of requests.
func (a *Agent) handlers() map[string]handler {
	return map[string]handler{
		view.VerbOpenRecord: on(a.askOpenRecord),
		view.VerbNewContact: onCard(a, (*loop).newContact),
		view.VerbPrivate:    onCard(a, (*loop).makePrivate),
		view.VerbDismiss:    onCard(a, (*loop).dismiss),
		view.VerbCancelDial: onCard(a, (*loop).cancelDial),

		view.VerbDial:         on(a.askDial),
		view.VerbConfirmDial:  on(a.askConfirm),
		view.VerbLinkRefused:  on(a.askLinkRefused),
		view.VerbDoNotDisturb: on(a.askDoNotDisturb),
		view.VerbShowWindow:   on(a.askShowWindow),
		view.VerbPresence:     on(a.askPresence),

		view.VerbHistory:       on(a.askHistory),
		view.VerbHistoryForget: on(a.askForget),
		view.VerbHistoryClear:  on(a.askClear),
		view.VerbHistorySeen:   on(a.askSeen),
		view.VerbHistoryAnew:   on(a.askStartAnew),

		view.VerbGetSettings:    on(func(context.Context, nothing) (any, error) { return a.settingsList(), nil }),
		view.VerbChangeSettings: on(a.askChangeSettings),
		view.VerbSignIn:         on(a.askSignIn),
		view.VerbSignOut:        on(a.askSignOut),
		view.VerbTestLine:       on(a.askTestLine),
		view.VerbSaveLine:       on(a.askSaveLine),
		view.VerbGetLine:        on(a.askGetLine),
		view.VerbChooseKeyring:  on(a.askChooseKeyring),
		view.VerbDiagnostics:    on(a.askDiagnostics),
		view.VerbQuit: on(func(context.Context, nothing) (any, error) {
			time.AfterFunc(quitDelay, a.quit) // after the answer has gone out
			return nil, nil
		}),
	}
}

// quitDelay lets the answer to "quit" reach the face that asked.
const quitDelay = 50 * time.Millisecond

func (a *Agent) askOpenRecord(ctx context.Context, r view.OpenRecord) (any, error) {
	return ask(ctx, a, func(l *loop) (any, error) {
		c, err := l.find(r.Card)
		if err != nil {
			return nil, err
		}
		return nil, l.openRecord(c, r.Person)
	})
}

// openRecord opens the record of one person: the user's own wish, so neither
// do-not-disturb nor the minute's limit stands in the way.
func (l *loop) openRecord(c *card, person int) error {
	if person < 0 || person >= len(c.order) {
		return inWords(l.deps.Texts.T("error.personGone"))
	}
	m := c.answer.Matches[c.order[person]]
	if len(c.order) > 1 {
		key, h := c.number.Key(), l.hist()
		c.sortMatches(m.Source, m.RecordID)
		l.changed = true
		l.beside(func() {
			if err := h.SetChoice(key, m.Source, m.RecordID); err != nil {
				l.deps.Log.Warn("the choice could not be remembered", "error", err)
			}
		})
	}
	return l.popByHand(c, []recognition.Match{m})
}

// newContact opens the form for somebody new.
func (l *loop) newContact(c *card) error { return l.popByHand(c, nil) }

// popByHand runs the scripts for a wish of the user's own.
func (l *loop) popByHand(c *card, matches []recognition.Match) error {
	if l.session() == nil {
		return inWords(l.deps.Texts.T("error.notSignedIn"))
	}
	if l.runScripts(c, l.byHand(c, matches), screenpop.Situation{ByHand: true}) == 0 {
		return inWords(l.deps.Texts.T("error.nothingToOpen"))
	}
	return nil
}

// byHand is the moment in which the user wants to see a record or a form.
func (l *loop) byHand(c *card, matches []recognition.Match) screenpop.Moment {
	return screenpop.Moment{
		Event:  script.EventRinging,
		Call:   c.call,
		Answer: recognition.Answer{Matches: matches, Scripts: c.answer.Scripts},
	}
}

// makePrivate: no log, no script, and what was found is off the card.
func (l *loop) makePrivate(c *card) error {
	c.private = true
	l.unrecord(c)
	c.lookup++ // an answer under way is nobody's now
	c.answer, c.order, c.chosen = recognition.Answer{}, nil, false
	c.recognised = view.NoLookup
	c.bound, c.retry = time.Time{}, time.Time{}
	c.notice, c.scriptErr = "", ""
	l.changed = true
	if c.call.Phase.Talking() || !c.live() {
		l.withdraw(c)
	} else {
		l.notifyCall(c)
	}
	return nil
}

// dismiss closes the card; the call goes on.
func (l *loop) dismiss(c *card) error {
	c.dismissed = true
	if c.phase() == view.PhaseMissed {
		l.missedSeen()
	}
	if !c.live() {
		l.forget(c)
	}
	return nil
}

func (a *Agent) askDial(ctx context.Context, d view.Dial) (any, error) {
	return ask(ctx, a, func(l *loop) (any, error) { return l.dialText(d) })
}

func (a *Agent) askConfirm(ctx context.Context, r view.ConfirmDial) (any, error) {
	return ask(ctx, a, func(l *loop) (any, error) {
		card, err := l.answerConfirm(r.ID, r.Accept)
		return view.CardRef{Card: card}, err
	})
}

// keyLink is the one notice of links that were not dialled: a page that opens
// a hundred of them replaces it a hundred times.
const keyLink = "link"

func (a *Agent) askLinkRefused(ctx context.Context, r view.LinkRefused) (any, error) {
	return ask(ctx, a, func(l *loop) (any, error) {
		l.notify(keyLink, notification.Notice{
			Title:   l.deps.Texts.T("notice.linkRefused"),
			Body:    r.Reason,
			Urgency: notification.Normal,
		})
		return nil, nil
	})
}

func (a *Agent) askDoNotDisturb(ctx context.Context, r view.SetDoNotDisturb) (any, error) {
	return ask(ctx, a, func(l *loop) (any, error) {
		l.dnd, l.changed = r.On, true
		return nil, nil
	})
}

func (a *Agent) askShowWindow(ctx context.Context, r view.ShowWindow) (any, error) {
	return ask(ctx, a, func(l *loop) (any, error) { return nil, l.showWindow(r.Window) })
}

func (a *Agent) askHistory(_ context.Context, q view.HistoryQuery) (any, error) {
	h := a.hist()
	found := h.Find(history.Query{Text: q.Text, Filter: q.Filter, Limit: q.Limit, Before: q.Before})
	page := view.HistoryPage{More: found.More, Missed: found.Missed}
	a.keptHow(&page)
	for _, e := range found.Entries {
		page.Entries = append(page.Entries, entryView(e))
	}
	return page, nil
}

func (a *Agent) askForget(_ context.Context, r view.HistoryForget) (any, error) {
	var err error
	if r.Number != "" {
		err = a.hist().ForgetNumber(r.Number)
	} else {
		err = a.hist().Forget(r.ID)
	}
	a.post(a.readRecent())
	return nil, err
}

func (a *Agent) askClear(ctx context.Context, _ nothing) (any, error) {
	if err := a.hist().Clear(); err != nil {
		return nil, err
	}
	a.reopenHistory() // Clear destroyed the key; the next call gets a new one
	return a.askSeen(ctx, nothing{})
}

func (a *Agent) askStartAnew(context.Context, nothing) (any, error) {
	return nil, a.startHistoryAnew()
}

func (a *Agent) askSeen(ctx context.Context, _ nothing) (any, error) {
	return ask(ctx, a, func(l *loop) (any, error) {
		l.missedSeen()
		return nil, nil
	})
}

func (a *Agent) settingsList() view.SettingsList {
	var list view.SettingsList
	for _, i := range a.deps.Settings.Items() {
		list.Settings = append(list.Settings, view.Setting{
			Key: i.Key, Value: i.Value, Kind: i.Kind, Choices: i.Choices,
			Locked: i.Locked, Doc: i.Doc, Default: i.Default,
		})
	}
	return list
}

func (a *Agent) askChangeSettings(ctx context.Context, r view.ChangeSettings) (any, error) {
	old := a.values()
	if err := a.deps.Settings.Change(r.Values); err != nil {
		return nil, err
	}
	a.settingsChanged(old, a.values())
	return a.settingsList(), nil
}

// settingsChanged makes what is running follow the settings.
func (a *Agent) settingsChanged(old, now config.Values) {
	if old.Line != now.Line || old.Site != now.Site {
		poke(a.restart.line)
	}
	if old.Service != now.Service || old.Pop.PerCall != now.Pop.PerCall || old.Pop.PerMinute != now.Pop.PerMinute {
		poke(a.restart.service)
	}
	if old.History != now.History {
		a.reopenHistory()
	}
	a.post(question(func(l *loop) { l.changed = true }))
}

func (a *Agent) askChooseKeyring(_ context.Context, r view.ChooseKeyring) (any, error) {
	if err := a.deps.Secrets.Choose(r.Choice, credstore.NewSecret(r.Passphrase)); err != nil {
		return view.Outcome{Error: a.keyringText(err)}, nil
	}
	a.SecretsChanged()
	return view.Outcome{OK: true}, nil
}

func (a *Agent) askDiagnostics(ctx context.Context, _ nothing) (any, error) {
	s, err := ask(ctx, a, func(l *loop) (view.Snapshot, error) { return l.snapshot(), nil })
	if err != nil {
		return nil, err
	}
	return a.deps.Diagnose(ctx, s), nil
}

func (a *Agent) askPresence(ctx context.Context, p view.Presence) (any, error) {
	return ask(ctx, a, func(l *loop) (any, error) {
		l.windowReports(p)
		return nil, nil
	})
}
