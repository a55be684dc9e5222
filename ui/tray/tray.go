package tray

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"fyne.io/systray"

	"example.org/ctiagent/agent/view"
)

// Face is the agent as a face sees it; *localapi.Client is one.
type Face interface {
	Snapshots() <-chan view.Snapshot
	Do(ctx context.Context, verb string, request, result any) error
}

// Texts are the words of the catalogue.
type Texts interface {
	T(key string, data ...map[string]any) string
}

// recentCalls is how many calls the menu offers to call again.
const recentCalls = 5

// requestLimit bounds what a click may take.
const requestLimit = 10 * time.Second

// Tray shows one agent. It owns the goroutines it starts; all end with Run.
type Tray struct {
	face  Face
	texts Texts
	icon  func(state string) []byte
	log   *slog.Logger

	clicks chan func() // from the menu's goroutines to Run
	latest view.Snapshot
	shown  string // the icon on display
	menu   menu
	titles map[*systray.MenuItem]string
}

// menu holds the items that change.
type menu struct {
	line, service *systray.MenuItem
	recent        *systray.MenuItem
	calls         [recentCalls]*systray.MenuItem
	dnd           *systray.MenuItem
	history       *systray.MenuItem
}

// New makes a tray for one agent; icon gives the picture for a state.
func New(face Face, texts Texts, icon func(state string) []byte, log *slog.Logger) *Tray {
	return &Tray{face: face, texts: texts, icon: icon, log: log,
		clicks: make(chan func(), 16), titles: make(map[*systray.MenuItem]string)}
}

// Run shows the icon until ctx ends or the agent has gone. It must be called
// once in a process.
func (t *Tray) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var forwarders sync.WaitGroup
	ready := make(chan struct{})
	start, end := systray.RunWithExternalLoop(func() { close(ready) }, func() {})
	start()
	defer forwarders.Wait()
	defer cancel()
	defer end()
	select {
	case <-ready:
	case <-ctx.Done():
		return
	}
	t.build(ctx, &forwarders)
	for {
		select {
		case <-ctx.Done():
			return
		case click := <-t.clicks:
			click()
		case snap, ok := <-t.face.Snapshots():
			if !ok {
				return
			}
			t.show(snap)
		}
	}
}

// request is what a click asks of the agent; a zero verb asks nothing.
type request struct {
	verb string
	body any
}

// build lays the menu out once; later only titles change, so that an open
// menu does not close under the pointer. What a click asks is decided on
// Run's goroutine; asking happens beside it, so that a slow agent does not
// freeze the menu.
func (t *Tray) build(ctx context.Context, wg *sync.WaitGroup) {
	on := func(item *systray.MenuItem, what func() request) {
		click := func() {
			if r := what(); r.verb != "" {
				wg.Go(func() { t.ask(ctx, r) })
			}
		}
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-item.ClickedCh:
				}
				select {
				case t.clicks <- click:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	add := func(key string) *systray.MenuItem { return systray.AddMenuItem(t.texts.T(key), "") }
	window := func(name string) func() request {
		return func() request { return request{view.VerbShowWindow, view.ShowWindow{Window: name}} }
	}

	t.menu.line = add("status.line.connecting")
	t.menu.line.Disable()
	t.menu.service = systray.AddMenuItem("", "")
	t.menu.service.Disable()
	t.menu.service.Hide()
	systray.AddSeparator()
	on(add("tray.dial"), window(view.WindowDial))
	t.menu.recent = add("tray.recent")
	for i := range t.menu.calls {
		item := t.menu.recent.AddSubMenuItem("", "")
		item.Hide()
		t.menu.calls[i] = item
		on(item, func() request { return t.callAgain(i) })
	}
	t.menu.dnd = systray.AddMenuItemCheckbox(t.texts.T("tray.dnd"), "", false)
	on(t.menu.dnd, func() request {
		return request{view.VerbDoNotDisturb, view.SetDoNotDisturb{On: !t.latest.DoNotDisturb}}
	})
	systray.AddSeparator()
	t.menu.history = add("tray.history")
	on(t.menu.history, window(view.WindowHistory))
	on(add("tray.settings"), window(view.WindowSettings))
	on(add("tray.about"), window(view.WindowAbout))
	systray.AddSeparator()
	on(add("tray.quit"), func() request { return request{verb: view.VerbQuit} })
	systray.SetTooltip(t.texts.T("app.name"))
}

func (t *Tray) ask(ctx context.Context, r request) {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	if err := t.face.Do(ctx, r.verb, r.body, nil); err != nil && ctx.Err() == nil {
		t.log.Warn("the menu's request failed", "verb", r.verb, "error", err)
	}
}
