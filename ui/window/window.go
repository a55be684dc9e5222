package window

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"fyne.io/fyne/v2"

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

	snap     view.Snapshot
	look     look
	language string
	shown    uint64 // Seq of the last window that was asked for
	cards    *cards
	system   string // the window system, see corner
	asking   *question
	pages    map[string]*page // open windows by name
	reported view.Presence
}

// New makes the windows of app; nothing is shown yet.
func New(o Options) *UI {
	u := &UI{
		app: o.App, agent: o.Agent, texts: o.Texts, opts: o, log: o.Log, now: o.Now, keeper: o.Keeper,
		ctx: context.Background(), pages: map[string]*page{}, system: corner.None,
	}
	if u.now == nil {
		u.now = time.Now
	}
	u.words = words{u.texts("")}
	u.app.Settings().SetTheme(u.look)
	u.cards = newCards(u)
	return u
}

// Run shows windows until the agent goes away or ctx ends. It must be called
// from the main goroutine and returns when all its goroutines have ended.
func (u *UI) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer u.work.Wait()
	defer cancel()
	u.app.Lifecycle().SetOnStarted(func() {
		u.cards.warm()
		u.run(ctx)
	})
	u.app.Run()
}

func (u *UI) quit() { u.app.Quit() }

// appearance follows theme and language of the settings.
func (u *UI) appearance(a view.Appearance) {
	if a.Language != u.language {
		u.language = a.Language
		u.words = words{u.texts(a.Language)}
		u.relabel()
	}
	if l := (look{forced: a.Theme}); l != u.look {
		u.look = l
		u.app.Settings().SetTheme(l)
	}
}

func (u *UI) onTick() {
	u.cards.update(u.snap)
	if p := u.pages[view.WindowCard]; p != nil {
		p.fresh(u.snap)
	}
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
		u.tell(view.VerbPresence, p)
	}
}

// drawn tells the agent that a card can be seen.
func (u *UI) drawn(card string) {
	p := u.reported
	p.Drawn, p.Backend = card, u.system
	u.tell(view.VerbPresence, p)
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
		u.app.Clipboard().SetContent(dialText(c.Number))
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
