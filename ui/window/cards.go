package window

import (
	"image"
	"maps"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver"
	"fyne.io/fyne/v2/driver/desktop"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/ui/window/corner"
)

const (
	maxCards    = 3                // at once; the rest is a number
	cornerGap   = 16               // from the edges of the screen, at 100 %
	cardGap     = 8                // between cards
	endedStays  = 5 * time.Second  // an ended or elsewhere answered call
	failedStays = 20 * time.Second // a call that could not be dialled: there is something to read
)

// cards are the windows in the corner: one for each call, the newest at the
// bottom. Windows are kept when calls end: the next call takes one that is
// already made, and its card is there in a tenth of the time.
type cards struct {
	u       *UI
	edge    edge
	windows []*cardWindow
	listed  map[string]bool // cards asked for by name although dismissed
	hidden  map[string]bool // closed here; the agent may not have heard yet
}

type cardWindow struct {
	win   fyne.Window
	view  *cardView
	card  view.Card
	size  fyne.Size
	at    image.Point
	shown bool
	ready bool // its native window exists and is adopted
}

func newCards(u *UI) *cards {
	return &cards{u: u, listed: map[string]bool{}, hidden: map[string]bool{}}
}

// warm makes a first window before there is a call, and learns from it which
// window system this is.
func (cs *cards) warm() {
	w := cs.make()
	if nw, ok := w.win.(driver.NativeWindow); ok {
		nw.RunNative(func(native any) { cs.u.system = corner.System(native) })
	}
	if !corner.CanPlace(cs.u.system) {
		return
	}
	cs.unfocused(w.win.Show)
	w.win.Hide()
}

// raise keeps cards above what a person has opened meanwhile.
func (cs *cards) raise() {
	for _, w := range cs.windows {
		if w.shown {
			cs.native(w, cs.u.keeper.Raise)
		}
	}
}

// spare keeps one window ready for the next call while calls are on the screen.
func (cs *cards) spare() {
	if shown := cs.count(); shown > 0 && shown == len(cs.windows) && shown < maxCards {
		w := cs.make()
		cs.unfocused(w.win.Show)
		w.win.Hide()
	}
}

func (cs *cards) unfocused(show func()) {
	if cs.u.opts.Unfocused != nil {
		cs.u.opts.Unfocused(show)
		return
	}
	show()
}

// make creates a borderless window. The toolkit makes the native one at the
// first Show, and maps it in the same breath; the measuring layout is asked
// in between and is the moment to take it from the window manager.
func (cs *cards) make() *cardWindow {
	w := &cardWindow{}
	if d, ok := cs.u.app.Driver().(desktop.Driver); ok {
		w.win = d.CreateSplashWindow()
	} else {
		w.win = cs.u.app.NewWindow("")
	}
	w.view = newCardView(
		func(d deed, person int) { cs.act(w, d, person) },
		func() { cs.arrange() })
	w.view.show(face{}, "", cs.u.now())
	w.win.SetPadded(false)
	w.win.SetFixedSize(true)
	w.win.SetTitle(cs.u.words.t("app.name"))
	if dw, ok := w.win.(desktop.Window); ok {
		dw.RequestAlwaysOnTop()
	}
	w.win.SetContent(container.New(adopting{cs, w}, w.view.root))
	w.size = fyne.NewSize(cardWidth, w.view.height())
	w.win.Resize(w.size)
	cs.windows = append(cs.windows, w)
	return w
}

// adopting is a layout that fills, and adopts the native window when it is
// measured for the first time.
type adopting struct {
	cs *cards
	w  *cardWindow
}

func (a adopting) MinSize(o []fyne.CanvasObject) fyne.Size {
	if !a.w.ready {
		a.cs.native(a.w, func(native any) {
			if err := a.cs.u.keeper.Adopt(native); err != nil {
				a.cs.u.log.Warn("a card may take the keyboard", "error", err)
			}
			a.w.ready = true
		})
	}
	return o[0].MinSize()
}

func (a adopting) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(size)
}

// native runs f with the native context once the window exists.
func (cs *cards) native(w *cardWindow, f func(any)) {
	nw, ok := w.win.(driver.NativeWindow)
	if !ok {
		return
	}
	nw.RunNative(func(native any) {
		switch c := native.(type) {
		case driver.X11WindowContext:
			if c.WindowHandle != 0 {
				f(c)
			}
		case driver.WindowsWindowContext:
			if c.HWND != 0 {
				f(c)
			}
		}
	})
}

// update shows the calls of a snapshot.
func (cs *cards) update(s view.Snapshot) {
	now := cs.u.now()
	all := cs.choose(s, now)
	shown := mostWanted(all)
	more := len(all) - len(shown)
	if !corner.CanPlace(cs.u.system) || s.Appearance.CardOff {
		cs.hideAll()
		return // the calls page shows them, see calls.go
	}
	var news []*cardWindow
	for _, w := range cs.windows { // give back what is over
		if w.shown && !slices.ContainsFunc(shown, func(c view.Card) bool { return c.ID == w.card.ID }) {
			cs.hide(w)
		}
	}
	for i, c := range shown {
		w := cs.windowFor(c.ID)
		if !w.shown {
			news = append(news, w)
		}
		w.card = c
		rest := ""
		if i == 0 && more > 0 {
			rest = cs.u.words.n("card.moreCalls", more)
		}
		w.view.copied = cs.u.words.t("card.copied")
		w.view.show(cs.u.words.faceOf(c, s, now), rest, now)
	}
	if len(shown) == 0 {
		return
	}
	cs.stack(shown)
	for _, w := range news {
		cs.appear(w)
		cs.u.drawn(w.card.ID)
	}
}

// appear shows a window; when it returns the card has been drawn.
func (cs *cards) appear(w *cardWindow) {
	made := w.ready
	cs.unfocused(w.win.Show)
	w.shown = true
	if !made { // unseen so far, and in the middle of the screen
		cs.position(w)
	}
	cs.settle(w)
	if !made {
		w.win.Show() // draws what could not be seen before
	}
}

// choose picks the cards to show, oldest first.
func (cs *cards) choose(s view.Snapshot, now time.Time) []view.Card {
	var shown []view.Card
	alive := map[string]bool{}
	for _, c := range s.Cards {
		alive[c.ID] = true
		if !cs.over(c, now) {
			shown = append(shown, c)
		}
	}
	gone := func(id string, _ bool) bool { return !alive[id] }
	maps.DeleteFunc(cs.hidden, gone)
	maps.DeleteFunc(cs.listed, gone)
	slices.SortStableFunc(shown, func(a, b view.Card) int { return a.Started.Compare(b.Started) })
	return shown
}

// mostWanted are the cards there is room for: calls that go on before calls
// that are over, newer ones before older ones; in the order they began.
func mostWanted(all []view.Card) []view.Card {
	if len(all) <= maxCards {
		return all
	}
	over := func(c view.Card) bool {
		return c.Phase == view.PhaseMissed || c.Phase == view.PhaseElsewhere || c.Phase == view.PhaseEnded
	}
	kept := slices.Clone(all)
	for len(kept) > maxCards {
		drop := max(slices.IndexFunc(kept, over), 0)
		kept = slices.Delete(kept, drop, drop+1)
	}
	return kept
}

// over tells whether a card has had its time. Missed calls stay until they
// are closed: they are what a person comes back for.
func (cs *cards) over(c view.Card, now time.Time) bool {
	if cs.listed[c.ID] {
		return false
	}
	if c.Dismissed || cs.hidden[c.ID] {
		return true
	}
	stays := endedStays
	switch c.Phase {
	case view.PhaseEnded:
		if c.DialReason != "" {
			stays = failedStays
		}
	case view.PhaseElsewhere:
	default:
		return false
	}
	for _, w := range cs.windows {
		if w.shown && w.card.ID == c.ID && w.view.hovered() {
			return false // somebody is reading it or about to press
		}
	}
	return !c.Ended.IsZero() && now.Sub(c.Ended) >= stays
}

// windowFor finds the window of a card, or a free one, or makes one.
func (cs *cards) windowFor(id string) *cardWindow {
	for _, w := range cs.windows {
		if w.card.ID == id {
			return w
		}
	}
	for _, w := range cs.windows {
		if w.card.ID == "" {
			w.card.ID = id
			return w
		}
	}
	w := cs.make()
	w.card.ID = id
	return w
}

// arrange stacks again after a card has changed its height by itself.
func (cs *cards) arrange() {
	var shown []view.Card
	for _, w := range cs.windows {
		if w.shown {
			shown = append(shown, w.card)
		}
	}
	slices.SortStableFunc(shown, func(a, b view.Card) int { return a.Started.Compare(b.Started) })
	cs.stack(shown)
}

// stack puts cards upon each other, the last of shown at the edge.
func (cs *cards) stack(shown []view.Card) {
	area := cs.u.keeper.Area()
	if area.Empty() {
		area = image.Rect(0, 0, 1280, 800)
	}
	windows := make([]*cardWindow, len(shown))
	sizes := make([]image.Point, len(shown))
	scale := float32(1)
	for i, c := range shown {
		w := cs.windowFor(c.ID)
		scale = w.win.Canvas().Scale()
		size := fyne.NewSize(cardWidth, w.view.height())
		if size != w.size {
			w.size = size
			w.win.Resize(size)
			defer cs.settle(w)
		}
		windows[i], sizes[i] = w, pixels(size, scale)
	}
	margin, between := int(cornerGap*scale+0.5), int(cardGap*scale+0.5)
	for i, at := range stackAt(area, sizes, cs.edge, margin, between) {
		cs.place(windows[i], at)
	}
}

func pixels(s fyne.Size, scale float32) image.Point {
	return image.Pt(int(s.Width*scale+0.5), int(s.Height*scale+0.5))
}

func (cs *cards) place(w *cardWindow, at image.Point) {
	if w.at == at {
		return
	}
	w.at = at
	cs.position(w)
}

func (cs *cards) position(w *cardWindow) {
	if dw, ok := w.win.(desktop.Window); ok {
		dw.RequestPosition(w.at.X, w.at.Y)
	}
}

// settle raises a card and rounds its corners.
func (cs *cards) settle(w *cardWindow) {
	scale := w.win.Canvas().Scale()
	cs.native(w, func(native any) {
		cs.u.keeper.Settle(native, pixels(w.size, scale), int(cardRadius*scale+0.5))
	})
}

func (cs *cards) act(w *cardWindow, d deed, person int) {
	card := w.card
	cs.u.act(card, d, person)
	if d == dismiss {
		cs.hidden[card.ID] = true
		delete(cs.listed, card.ID)
		cs.update(cs.u.snap)
		cs.u.report()
	}
}

func (cs *cards) hide(w *cardWindow) {
	w.win.Hide()
	w.shown = false
	w.card = view.Card{}
	w.view.menuOpen = false
	w.view.pointer.on = false
}

func (cs *cards) hideAll() {
	for _, w := range cs.windows {
		if w.shown {
			cs.hide(w)
		}
	}
}

// reveal shows cards again that were closed; a person asked for them.
func (cs *cards) reveal() {
	for _, c := range cs.u.snap.Cards {
		cs.listed[c.ID] = true
		delete(cs.hidden, c.ID)
	}
	cs.update(cs.u.snap)
}

func (cs *cards) count() int {
	n := 0
	for _, w := range cs.windows {
		if w.shown {
			n++
		}
	}
	return n
}
