package window

import (
	"maps"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/ui/window/corner"
)

// callsPage is the card where windows cannot stand in a corner by themselves
// (Wayland, macOS) or cards are switched off: an ordinary window that opens
// when it is asked for, with a card for each call.
type callsPage struct {
	u     *UI
	p     *page
	list  *fyne.Container
	empty *line
	views map[string]*cardView
}

// openCalls shows the calls because a person asked for them.
func (u *UI) openCalls() {
	if corner.CanPlace(u.system) && !u.snap.Appearance.CardOff {
		u.cards.reveal()
		return
	}
	for _, c := range u.snap.Cards {
		u.cards.listed[c.ID] = true
		delete(u.cards.hidden, c.ID)
	}
	c := &callsPage{u: u, views: map[string]*cardView{}}
	u.newPage(view.WindowCard, "app.name", fyne.NewSize(cardWidth+24, 240), func(p *page) fyne.CanvasObject {
		c.p = p
		c.list = column(8)
		c.empty = newLine(u.words.t("history.empty"), styleMuted)
		c.empty.align = fyne.TextAlignCenter
		p.fresh = func(s view.Snapshot) { c.update(s, u.now()) }
		return container.NewVScroll(inset(12, 12, 12, 12, column(0, c.empty, c.list)))
	})
}

func (c *callsPage) update(s view.Snapshot, now time.Time) {
	shown := c.u.cards.choose(s, now)
	c.list.Objects = nil
	for i := len(shown) - 1; i >= 0; i-- {
		call := shown[i]
		v, drawn := c.views[call.ID]
		if !drawn {
			v = newCardView(nil, func() { c.list.Refresh() })
			c.views[call.ID] = v
		}
		v.do = func(d deed, person int) {
			c.u.act(call, d, person)
			if d == dismiss {
				c.u.cards.hidden[call.ID] = true
				delete(c.u.cards.listed, call.ID)
				c.update(c.u.snap, c.u.now())
			}
		}
		v.show(c.u.words.faceOf(call, s, now), "", now)
		c.list.Add(v.root)
		if !drawn {
			c.u.drawn(call.ID)
		}
	}
	maps.DeleteFunc(c.views, func(id string, _ *cardView) bool {
		return !slices.ContainsFunc(shown, func(s view.Card) bool { return s.ID == id })
	})
	visible(c.empty, len(shown) == 0)
	c.list.Refresh()
}
