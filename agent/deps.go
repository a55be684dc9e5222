package agent

import (
	"context"
	"log/slog"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/config"
	"example.org/ctiagent/credstore"
	"example.org/ctiagent/desktop/notification"
	"example.org/ctiagent/history"
	"example.org/ctiagent/phone"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop"
	"example.org/ctiagent/telephony"
)

// Deps is everything the agent stands on; cmd/ctiagent wires it.
type Deps struct {
	Log      *slog.Logger
	Texts    Texts
	Settings Settings
	Secrets  Secrets

	// Notifier shows the desktop's own notifications; nil where there are none.
	Notifier notification.Notifier
	// Windows starts the window process; nil where no window can be shown.
	Windows Windows
	// OpenHistory opens the history with a key from store; without a store it
	// lives in memory only. It never fails: Reason says what is wrong.
	OpenHistory func(settings config.History, store credstore.Store) History
	// StartHistoryAnew sets a history that cannot be read aside, keeps its
	// file under another name and begins an empty one.
	StartHistoryAnew func(settings config.History, store credstore.Store) (History, error)

	// Connectors makes lines by the name in the settings.
	Connectors map[string]Connectors
	// Service makes a client of the recognition service.
	Service func(s config.Service, token credstore.Secret) (Service, error)
	// Popper runs an organisation's scripts; bodies come from src.
	Popper func(p config.Pop, src recognition.ScriptSource) Popper

	// Diagnose adds what the agent itself cannot know: containment layers,
	// versions, recent errors. Called beside the loop; may take a second.
	Diagnose func(ctx context.Context, s view.Snapshot) view.Diagnostics

	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Texts are the words of the catalogue.
type Texts interface {
	T(key string, data ...map[string]any) string
	Language() string
}

// Settings holds the settings of this user. Change is all or none and refuses
// locked keys in words.
type Settings interface {
	Values() config.Values
	Items() []config.Item
	Change(values map[string]string) error
}

// Secrets gives the store of secrets, once it is known where they are kept.
type Secrets interface {
	// Store returns nil and what is needed, "choose" or "unlock", while none is open.
	Store() (credstore.Store, string)
	// Choose answers: "session", or "file" with its passphrase.
	Choose(choice string, passphrase credstore.Secret) error
}

// Connectors makes lines of one kind of platform.
type Connectors struct {
	New func(Line) (telephony.Connector, error)
	// Probe tests a line and says what it did; it leaves nothing behind.
	Probe func(ctx context.Context, l Line) view.Outcome
}

// Line is what a connector needs to know about one line.
type Line struct {
	Settings config.Line
	Password credstore.Secret
	Plan     phone.DialPlan
}

// Service is the recognition service for one signed-in workstation.
type Service interface {
	recognition.Recognizer
	recognition.ScriptSource
	// Run keeps a warm connection and reports the state until ctx ends.
	Run(ctx context.Context, report func(view.Status)) error
	SignIn(ctx context.Context, user string, password credstore.Secret) (credstore.Secret, error)
	SignOut(ctx context.Context) error
	// Close gives up kept connections, where Run was never called.
	Close()
}

// Popper carries out an organisation's scripts for a call.
type Popper interface {
	Pop(ctx context.Context, run screenpop.Run, s screenpop.Situation) screenpop.Outcome
}

// Windows is the window process as the agent sees it.
type Windows interface {
	// Start starts it if it is not running; it connects back by itself. An
	// error says why no window can be shown.
	Start() error
	// Stop ends it; calls are not affected.
	Stop()
	// CardsPop reports whether a card may appear by itself: not on Wayland,
	// where no client can place a window.
	CardsPop() bool
}

// History remembers past calls; *history.Book is one. Its methods touch the
// disk: they are called beside the loop.
type History interface {
	Add(e history.Entry) (history.Entry, error)
	Find(q history.Query) history.Page
	Forget(id string) error
	ForgetNumber(key string) error
	Clear() error
	MissedUnseen() int
	MarkSeen() error
	Choice(numberKey string) (source, recordID string, ok bool)
	SetChoice(numberKey, source, recordID string) error
	// Reason says why nothing is kept on disk, "" if it is: a reason of the
	// history room, HistoryUnreadable, or an error in words.
	Reason() string
	Close() error
}
