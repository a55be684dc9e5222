package window

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/ui/window/corner"
)

// Agent is the agent as the windows see it; *localapi.Client is one.
type Agent interface {
	// Snapshots delivers the newest snapshot and is closed when the agent
	// has gone.
	Snapshots() <-chan view.Snapshot
	// Do asks for one thing and waits for the answer.
	Do(ctx context.Context, verb string, request, result any) error
}

// Options are what the windows need from the program around them.
type Options struct {
	App   fyne.App
	Agent Agent
	// Texts gives the catalogue in a language: "en", "de", "nl", or "" for
	// the desktop's.
	Texts func(language string) Texts
	// Unfocused is called around the making of a card's window so that it
	// is created without a claim to the focus. It may be nil.
	Unfocused func(create func())
	// Keeper keeps cards in their corner.
	Keeper corner.Keeper
	Log    *slog.Logger
	Now    func() time.Time // nil: time.Now
}

// UI is all windows of one process. Its fields belong to the toolkit's
// goroutine; only run's goroutines stand outside, and they use agent and work.
type UI struct {
	app    fyne.App
	agent  Agent
	words  words
	texts  func(string) Texts
	opts   Options
	log    *slog.Logger
	now    func() time.Time
	keeper corner.Keeper

	ctx  context.Context
	work sync.WaitGroup
	onUI func(func()) // runs a function on the toolkit's goroutine

	snap     view.Snapshot
	look     look
	language string
	shown    uint64 // Seq of the last window that was asked for
	cards    *cards
	system   string // the window system, see corner
	asking   *question
	pages    map[string]*page // open windows by name
	reported view.Presence
	presence chan view.Presence // to sendPresence
}

// New makes the windows of app; nothing is shown yet.
func New(o Options) *UI {
	u := &UI{
		app: o.App, agent: o.Agent, texts: o.Texts, opts: o, log: o.Log, now: o.Now, keeper: o.Keeper,
		onUI: onToolkit, presence: make(chan view.Presence, 1024), ctx: context.Background(), pages: map[string]*page{}, system: corner.None,
	}
	if u.now == nil {
		u.now = time.Now
	}
	u.words = words{u.texts("")}
	u.toolkitWords()
	u.app.Settings().SetTheme(u.look)
	u.cards = newCards(u)
	return u
}

// Run shows windows until the agent goes away or the program is told to end by
// a signal, which the toolkit catches. It must be called from the main
// goroutine and returns when all its goroutines have ended.
func (u *UI) Run() {
	ctx, cancel := context.WithCancel(context.Background())
	defer u.work.Wait()
	defer cancel()
	u.app.Lifecycle().SetOnStarted(func() {
		u.cards.warm()
		u.run(ctx)
	})
	u.app.Run()
}

// appearance follows theme and language of the settings.
func (u *UI) appearance(a view.Appearance) {
	if a.Language != u.language {
		u.language = a.Language
		u.words = words{u.texts(a.Language)}
		u.toolkitWords()
		u.relabel()
	}
	if l := (look{forced: a.Theme}); l != u.look {
		u.look = l
		u.app.Settings().SetTheme(l)
	}
}

// toolkitWords gives the toolkit's own menus (cut, copy, paste) the words of
// our language. It can only be told words for the language of the desktop, so
// that is the one they are registered for.
func (u *UI) toolkitWords() {
	own := map[string]string{}
	for name, key := range map[string]string{
		"Cut": "button.cut", "Copy": "button.copy", "Paste": "button.paste", "Select all": "button.selectAll", "Undo": "button.undo",
	} {
		own[name] = u.words.t(key)
	}
	data, err := json.Marshal(own)
	if err == nil {
		err = lang.AddTranslationsForLocale(data, lang.SystemLocale())
	}
	if err != nil {
		u.log.Debug("the toolkit keeps its own words", "error", err)
	}
}

func (u *UI) onTick() {
	u.cards.update(u.snap)
	u.cards.raise()
	u.cards.spare()
	u.refreshOpen(u.snap)
	u.report()
}

// report tells the agent how many windows there are when that has changed.
func (u *UI) report() {
	p := view.Presence{Windows: u.cards.count() + len(u.pages), Backend: u.system}
	if u.asking != nil {
		p.Windows++
	}
	if p != u.reported {
		u.reported = p
		u.send(p)
	}
}

// send hands a presence to sendPresence. An agent that has not taken a
// thousand of them hangs; the windows must not hang with it.
func (u *UI) send(p view.Presence) {
	select {
	case u.presence <- p:
	default:
	}
}

// drawn tells the agent that a card can be seen.
func (u *UI) drawn(card string) {
	p := u.reported
	p.Drawn, p.Backend = card, u.system
	u.send(p)
}

// act does what a button of a card was pressed for.
func (u *UI) act(c view.Card, d deed, person int) {
	ref := view.CardRef{Card: c.ID}
	switch d {
	case openRecord:
		u.tell(view.VerbOpenRecord, view.OpenRecord{Card: c.ID, Person: person})
	case newContact:
		u.tell(view.VerbNewContact, ref)
	case makePrivate:
		u.tell(view.VerbPrivate, ref)
	case cancelDial:
		u.tell(view.VerbCancelDial, ref)
	case callBack:
		u.dial(dialText(c.Number))
	case copyNumber:
		u.app.Clipboard().SetContent(dialText(c.Number)) // the button says so
	case dismiss:
		u.tell(view.VerbDismiss, ref)
	}
}

// dial asks for a call from a person's hand. A question, if there is one,
// comes back with a snapshot.
func (u *UI) dial(text string) {
	u.tell(view.VerbDial, view.Dial{Text: text})
}

// dialText is a number as it is copied and dialled.
func dialText(n view.Number) string {
	if n.E164 != "" {
		return n.E164
	}
	return n.Text
}
