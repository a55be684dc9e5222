package desktoptest

import (
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	notifyName = "org.freedesktop.Notifications"
	notifyPath = dbus.ObjectPath("/org/freedesktop/Notifications")
)

// Note is one call of Notify, as it came over the bus.
type Note struct {
	Seq      int       // counts calls of Notify from 0
	At       time.Time // when the server had it
	ID       uint32
	App      string
	Replaces uint32
	Icon     string
	Summary  string
	Body     string
	Actions  []string // key, label, key, label, …
	Hints    map[string]dbus.Variant
	Timeout  int32 // milliseconds
}

// Label is the label of a button; ok says whether there is one.
func (n Note) Label(action string) (label string, ok bool) {
	for i := 0; i+1 < len(n.Actions); i += 2 {
		if n.Actions[i] == action {
			return n.Actions[i+1], true
		}
	}
	return "", false
}

// Hint is a hint as text, number or flag; nil when it was not given.
func (n Note) Hint(name string) any {
	if v, ok := n.Hints[name]; ok {
		return v.Value()
	}
	return nil
}

// Closed tells that a notice left the screen.
type Closed struct {
	ID     uint32
	At     time.Time
	Reason uint32 // 1 expired, 2 dismissed by the user, 3 by CloseNotification
}

// Notifications is a notification server that records what it is told and
// does what a user would do.
type Notifications struct {
	t    TB
	conn *dbus.Conn
	caps []string

	mu      sync.Mutex
	last    uint32
	notes   []Note
	closed  []Closed
	open    map[uint32]Note
	changed chan struct{} // closed and replaced at each change
	hang    chan struct{} // not nil: calls wait until it is closed
}

// Capability lists for NewNotifications.
var (
	// FullServer is what the larger desktops can do.
	FullServer = []string{"actions", "body", "body-markup", "persistence"}
	// PlainServer knows neither buttons nor markup.
	PlainServer = []string{"body"}
)

// NewNotifications starts a server with these capabilities (none given:
// FullServer) on a connection of its own.
func NewNotifications(t TB, b *Bus, capabilities ...string) *Notifications {
	t.Helper()
	if len(capabilities) == 0 {
		capabilities = FullServer
	}
	n := &Notifications{
		t: t, conn: b.Connect(t), caps: slices.Clone(capabilities),
		open: map[uint32]Note{}, changed: make(chan struct{}),
	}
	if err := n.conn.Export(notificationServer{n}, notifyPath, notifyName); err != nil {
		t.Fatalf("start the notification server: %v", err)
	}
	own(t, n.conn, notifyName)
	return n
}

func own(t TB, c *dbus.Conn, name string) {
	t.Helper()
	r, err := c.RequestName(name, dbus.NameFlagDoNotQueue)
	if err != nil || r != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("take the bus name %s: reply %d, %v", name, r, err)
	}
}

// notificationServer has the methods that are called over the bus, and only
// those.
type notificationServer struct{ n *Notifications }

func (s notificationServer) GetCapabilities() ([]string, *dbus.Error) { return s.n.caps, nil }

func (s notificationServer) GetServerInformation() (name, vendor, version, spec string, err *dbus.Error) {
	return "desktoptest", "example.org", "1", "1.2", nil
}

func (s notificationServer) Notify(app string, replaces uint32, icon, summary, body string, actions []string, hints map[string]dbus.Variant, timeout int32) (uint32, *dbus.Error) {
	at := time.Now()
	n := s.n
	n.mu.Lock()
	hang := n.hang
	n.mu.Unlock()
	if hang != nil {
		<-hang
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	id := replaces
	if id == 0 {
		n.last++
		id = n.last
	}
	note := Note{len(n.notes), at, id, app, replaces, icon, summary, body, actions, hints, timeout}
	n.notes = append(n.notes, note)
	n.open[id] = note
	n.tell()
	return id, nil
}

func (s notificationServer) CloseNotification(id uint32) *dbus.Error {
	s.n.leave(id, 3)
	return nil
}

// tell wakes whoever waits; mu is held.
func (n *Notifications) tell() {
	close(n.changed)
	n.changed = make(chan struct{})
}

func (n *Notifications) leave(id, reason uint32) {
	n.mu.Lock()
	_, ok := n.open[id]
	delete(n.open, id)
	if ok {
		n.closed = append(n.closed, Closed{id, time.Now(), reason})
		n.tell()
	}
	n.mu.Unlock()
	if ok {
		n.emit("NotificationClosed", id, reason)
	}
}

func (n *Notifications) emit(member string, args ...any) {
	if err := n.conn.Emit(notifyPath, notifyName+"."+member, args...); err != nil {
		n.t.Logf("the notification server could not send %s: %v", member, err)
	}
}

// Press presses a button of a notice that is on the screen, as a user would:
// with an activation token, and the notice goes unless it is resident.
func (n *Notifications) Press(id uint32, action string) {
	n.t.Helper()
	n.mu.Lock()
	note, ok := n.open[id]
	n.mu.Unlock()
	if !ok {
		n.t.Fatalf("press %q: notice %d is not on the screen", action, id)
	}
	if _, ok := note.Label(action); !ok {
		n.t.Fatalf("press %q: notice %d has only %q", action, id, note.Actions)
	}
	n.emit("ActivationToken", id, "token-"+action)
	n.emit("ActionInvoked", id, action)
	if resident, _ := note.Hint("resident").(bool); !resident {
		n.leave(id, 2)
	}
}

// Dismiss closes a notice as a user would; Expire as time would.
func (n *Notifications) Dismiss(id uint32) { n.leave(id, 2) }

// Expire closes a notice because its time is up.
func (n *Notifications) Expire(id uint32) { n.leave(id, 1) }

// EmitRaw sends any signal of the interface, for programs that lie.
func (n *Notifications) EmitRaw(member string, args ...any) { n.emit(member, args...) }

// Notes are all calls of Notify so far, oldest first.
func (n *Notifications) Notes() []Note {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.notes)
}

// Open are the notices on the screen, in the order of their ids.
func (n *Notifications) Open() []Note {
	n.mu.Lock()
	defer n.mu.Unlock()
	var open []Note
	for _, note := range n.open {
		open = append(open, note)
	}
	slices.SortFunc(open, func(a, b Note) int { return int(a.ID) - int(b.ID) })
	return open
}

// Closed are the notices that left the screen, in that order.
func (n *Notifications) Closed() []Closed {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.closed)
}

// Wait returns the newest note that ok accepts, waiting for it.
func (n *Notifications) Wait(ok func(Note) bool) Note {
	n.t.Helper()
	var found Note
	n.await("a matching notification", func() bool {
		for _, note := range slices.Backward(n.notes) {
			if ok(note) {
				found = note
				return true
			}
		}
		return false
	})
	return found
}

// WaitClosed waits until a notice has left the screen.
func (n *Notifications) WaitClosed(id uint32) Closed {
	n.t.Helper()
	var found Closed
	n.await("a notice closed", func() bool {
		i := slices.IndexFunc(n.closed, func(c Closed) bool { return c.ID == id })
		if i >= 0 {
			found = n.closed[i]
		}
		return i >= 0
	})
	return found
}

// await looks, under mu, at each change.
func (n *Notifications) await(what string, ok func() bool) {
	n.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		n.mu.Lock()
		done, changed := ok(), n.changed
		n.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-limit.C:
			for _, note := range n.Notes() {
				n.t.Logf("seen: %d (replaces %d) %q %q %q", note.ID, note.Replaces, note.Summary, note.Body, note.Actions)
			}
			n.t.Logf("closed: %+v", n.Closed())
			n.t.Fatalf("after %v still not: %s", patience, what)
		}
	}
}

// Hang makes the server take notices without answering, until the function it
// returns is called.
func (n *Notifications) Hang() (goOn func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	hang := make(chan struct{})
	n.hang = hang
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.hang = nil
		close(hang)
	}
}

// Stop ends the server as a crash would.
func (n *Notifications) Stop() { n.conn.Close() }
