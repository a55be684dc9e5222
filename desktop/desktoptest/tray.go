package desktoptest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

const (
	watcherName = "org.kde.StatusNotifierWatcher"
	watcherPath = dbus.ObjectPath("/StatusNotifierWatcher")
	itemName    = "org.kde.StatusNotifierItem"
	menuName    = "com.canonical.dbusmenu"
)

// Watcher is a tray: programs register their icons with it.
type Watcher struct {
	t     TB
	conn  *dbus.Conn
	props *prop.Properties

	mu      sync.Mutex
	items   []*Tray
	changed chan struct{}
}

// NewWatcher starts a tray on the bus.
func NewWatcher(t TB, b *Bus) *Watcher {
	t.Helper()
	w := &Watcher{t: t, conn: b.Connect(t), changed: make(chan struct{})}
	if err := w.conn.Export(watcherServer{w}, watcherPath, watcherName); err != nil {
		t.Fatalf("start the tray: %v", err)
	}
	var err error
	w.props, err = prop.Export(w.conn, watcherPath, prop.Map{watcherName: {
		"IsStatusNotifierHostRegistered": {Value: true, Emit: prop.EmitTrue},
		"ProtocolVersion":                {Value: int32(0), Emit: prop.EmitTrue},
		"RegisteredStatusNotifierItems":  {Value: []string{}, Emit: prop.EmitTrue},
	}})
	if err != nil {
		t.Fatalf("start the tray: %v", err)
	}
	own(t, w.conn, watcherName)
	return w
}

// watcherServer has the methods that are called over the bus.
type watcherServer struct{ w *Watcher }

// RegisterStatusNotifierItem is given a bus name or an object path.
func (s watcherServer) RegisterStatusNotifierItem(service string, from dbus.Sender) *dbus.Error {
	item := &Tray{t: s.w.t, conn: s.w.conn, name: string(from), path: "/StatusNotifierItem"}
	if strings.HasPrefix(service, "/") {
		item.path = dbus.ObjectPath(service)
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.items = append(s.w.items, item)
	close(s.w.changed)
	s.w.changed = make(chan struct{})
	return nil
}

func (s watcherServer) RegisterStatusNotifierHost(string) *dbus.Error { return nil }

// Stop ends the tray as a crash of the panel would.
func (w *Watcher) Stop() { w.conn.Close() }

// Wait returns the first icon that was registered, waiting for it.
func (w *Watcher) Wait() *Tray {
	w.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		w.mu.Lock()
		items, changed := w.items, w.changed
		w.mu.Unlock()
		if len(items) > 0 {
			return items[0]
		}
		select {
		case <-changed:
		case <-limit.C:
			w.t.Fatalf("after %v still not: a tray icon registered", patience)
		}
	}
}

// Tray is the icon and menu of one program.
type Tray struct {
	t    TB
	conn *dbus.Conn
	name string
	path dbus.ObjectPath
}

// Item is one line of a menu.
type Item struct {
	ID        int32
	Label     string
	Enabled   bool
	Checked   bool
	Separator bool
	Items     []Item
}

// layout is a node of com.canonical.dbusmenu.GetLayout.
type layout struct {
	ID    int32
	Props map[string]dbus.Variant
	Kids  []dbus.Variant
}

func (l layout) items() ([]Item, error) {
	var items []Item
	for _, kid := range l.Kids {
		var k layout
		if err := dbus.Store([]any{kid.Value()}, &k); err != nil {
			return nil, fmt.Errorf("a menu item of another form: %w", err)
		}
		if visible, ok := k.Props["visible"].Value().(bool); ok && !visible {
			continue
		}
		it := Item{ID: k.ID, Enabled: true}
		label, _ := k.Props["label"].Value().(string)
		it.Label = strings.ReplaceAll(label, "_", "") // marks the access key
		if enabled, ok := k.Props["enabled"].Value().(bool); ok {
			it.Enabled = enabled
		}
		state, _ := k.Props["toggle-state"].Value().(int32)
		it.Checked = state == 1
		it.Separator = k.Props["type"].Value() == "separator"
		var err error
		if it.Items, err = k.items(); err != nil {
			return nil, err
		}
		items = append(items, it)
	}
	return items, nil
}

// menu is the object of the menu; its path differs between libraries and is a
// property of the item.
func (r *Tray) menu() (dbus.BusObject, error) {
	v, err := r.property("Menu")
	if err != nil {
		return nil, err
	}
	path, ok := v.Value().(dbus.ObjectPath)
	if !ok {
		return nil, fmt.Errorf("the Menu property of the tray icon is a %T", v.Value())
	}
	return r.conn.Object(r.name, path), nil
}

func (r *Tray) property(name string) (dbus.Variant, error) {
	return r.conn.Object(r.name, r.path).GetProperty(itemName + "." + name)
}

// Menu reads the menu as it is now.
func (r *Tray) Menu() ([]Item, error) {
	o, err := r.menu()
	if err != nil {
		return nil, err
	}
	var revision uint32
	var root layout
	if err := o.Call(menuName+".GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root); err != nil {
		return nil, fmt.Errorf("read the tray menu: %w", err)
	}
	return root.items()
}

// Click opens the menu and clicks the item with these labels, one per level,
// waiting for it to be there and enabled. The menu is read anew each time,
// because the ids change whenever a program rebuilds its menu.
func (r *Tray) Click(labels ...string) {
	r.t.Helper()
	var seen []Item
	eventually(r.t, fmt.Sprintf("the tray menu has %q", labels), func() bool {
		items, err := r.Menu()
		if err != nil {
			return false
		}
		seen = items
		hit, ok := find(items, labels)
		if !ok || !hit.Enabled {
			return false
		}
		o, err := r.menu()
		if err != nil {
			return false
		}
		call := o.Call(menuName+".Event", 0, hit.ID, "clicked", dbus.MakeVariant(int32(0)), uint32(time.Now().Unix()))
		var gone dbus.Error
		if errors.As(call.Err, &gone) && gone.Name == "org.freedesktop.DBus.Error.NoReply" {
			return true // the click was taken, and ended the program
		}
		if call.Err != nil {
			r.t.Logf("click %q: %v; the menu was %+v", labels, call.Err, seen)
		}
		return call.Err == nil
	})
}

// WaitItem waits for an item with these labels for which ok holds.
func (r *Tray) WaitItem(ok func(Item) bool, labels ...string) Item {
	r.t.Helper()
	var hit Item
	eventually(r.t, fmt.Sprintf("the tray menu item %q is as expected", labels), func() bool {
		items, err := r.Menu()
		if err != nil {
			return false
		}
		var there bool
		hit, there = find(items, labels)
		return there && ok(hit)
	})
	return hit
}

func find(items []Item, labels []string) (Item, bool) {
	var hit Item
	for _, label := range labels {
		ok := false
		for _, it := range items {
			if it.Label == label {
				hit, items, ok = it, it.Items, true
				break
			}
		}
		if !ok {
			return Item{}, false
		}
	}
	return hit, len(labels) > 0
}

// IconName is the name of the icon; empty when the program sends pixels.
func (r *Tray) IconName() (string, error) { return r.text("IconName") }

// Tooltip is the title of the tool tip, or the title of the icon.
func (r *Tray) Tooltip() (string, error) {
	v, err := r.property("ToolTip")
	if err == nil {
		var tip struct {
			Icon  string
			Pix   []pixmap
			Title string
			Text  string
		}
		if err := dbus.Store([]any{v.Value()}, &tip); err == nil && tip.Title != "" {
			return tip.Title, nil
		}
	}
	return r.text("Title")
}

// WaitTooltip waits until the tool tip is this text.
func (r *Tray) WaitTooltip(want string) {
	r.t.Helper()
	eventually(r.t, fmt.Sprintf("the tool tip of the tray icon is %q", want), func() bool {
		got, err := r.Tooltip()
		return err == nil && got == want
	})
}

func (r *Tray) text(name string) (string, error) {
	v, err := r.property(name)
	if err != nil {
		return "", err
	}
	s, ok := v.Value().(string)
	if !ok {
		return "", fmt.Errorf("the property %s of the tray icon is a %T", name, v.Value())
	}
	return s, nil
}

type pixmap struct {
	W, H int32
	Pix  []byte // ARGB, 32 bits, network byte order
}

// Colour is one pixel.
type Colour struct{ R, G, B, A byte }

// Pixel is the icon's colour at a place given in fractions of its size:
// (0.5, 0.5) is the centre.
func (r *Tray) Pixel(x, y float64) (Colour, error) {
	v, err := r.property("IconPixmap")
	if err != nil {
		return Colour{}, err
	}
	var maps []pixmap
	if err := v.Store(&maps); err != nil || len(maps) == 0 {
		return Colour{}, fmt.Errorf("the tray icon has no pixels (%v)", err)
	}
	m := maps[0]
	col, row := min(int(x*float64(m.W)), int(m.W)-1), min(int(y*float64(m.H)), int(m.H)-1)
	o := (row*int(m.W) + col) * 4
	if o < 0 || o+4 > len(m.Pix) {
		return Colour{}, fmt.Errorf("the tray icon says %d×%d pixels and has %d bytes", m.W, m.H, len(m.Pix))
	}
	return Colour{A: m.Pix[o], R: m.Pix[o+1], G: m.Pix[o+2], B: m.Pix[o+3]}, nil
}
