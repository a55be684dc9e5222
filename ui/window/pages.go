package window

import (
	"time"

	"fyne.io/fyne/v2"

	"example.org/ctiagent/agent/view"
)

// page is an ordinary window: it has a title, takes the focus and is closed by
// its owner. There is at most one of each name.
type page struct {
	win     fyne.Window
	refresh func(view.Snapshot) // may be nil
	build   func()              // sets the content anew, in another language
}

// open shows the window of that name, or brings it to the front.
func (u *UI) open(name string) {
	if name == view.WindowCard {
		u.cards.reveal()
	}
}

func (u *UI) refreshOpen(s view.Snapshot) {
	for _, p := range u.pages {
		if p.refresh != nil {
			p.refresh(s)
		}
	}
}

// relabel says everything again in another language.
func (u *UI) relabel() {
	for _, p := range u.pages {
		if p.build != nil {
			p.build()
		}
	}
}

func (u *UI) updateCallsPage(view.Snapshot, time.Time) {}

type question struct{}

func (u *UI) confirm(*view.Confirmation) {}
