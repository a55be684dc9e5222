package notification

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"
)

// session is one connection to the bus. Everything in it belongs to the run
// goroutine of its bus.
type session struct {
	*bus
	conn    *dbus.Conn
	end     context.CancelFunc
	server  dbus.BusObject
	signals chan *dbus.Signal
	replies chan *dbus.Call
	sent    map[*dbus.Call]*note
	stall   *time.Timer      // runs while answers are due
	stalled bool             // the server owes answers for longer than replyLimit
	notes   map[string]*note // on the screen, or about to be
	look    *time.Timer      // runs when the server is to be asked again what it can
	owner   string           // unique name of the server; signals of others are not for us
}

// note is one notice that the server has or is about to have.
type note struct {
	key     string
	id      uint32 // 0: the server has not told it, or has forgotten it
	notice  Notice
	shown   time.Time // when Show was called
	busy    bool      // sent, not answered
	again   bool      // to be sent anew without a request: the server was replaced
	retried bool      // it has been sent anew after a server ended over it
	pressed bool      // a button was pressed, so its closing is no dismissal
	token   string    // the activation token that precedes a pressed button
}

func (s *session) subscribe(ctx context.Context) error {
	s.conn.Signal(s.signals)
	for _, m := range [][]dbus.MatchOption{
		{dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, busName)},
		{dbus.WithMatchSender(busName), dbus.WithMatchInterface(busName), dbus.WithMatchObjectPath(busPath)},
	} {
		if err := s.conn.AddMatchSignalContext(ctx, m...); err != nil {
			return err
		}
	}
	return nil
}

// lookAtServer asks what the server can do, which also starts one that the
// desktop starts on demand.
func (s *session) lookAtServer(ctx context.Context) {
	s.look.Stop()
	ctx, cancel := context.WithTimeout(ctx, replyLimit)
	defer cancel()
	var list []string
	err := s.server.CallWithContext(ctx, busName+".GetCapabilities", 0).Store(&list)
	if err != nil {
		s.owner = ""
		s.setAbsent(noServer(err))
		if errors.Is(err, context.DeadlineExceeded) {
			s.look.Reset(lookAgain) // no signal will tell when it has woken up
		}
		return
	}
	s.stalled = false
	if err := s.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, busName).Store(&s.owner); err != nil {
		s.owner = ""
	}
	s.setPresent(Capabilities{
		Actions:  slices.Contains(list, "actions"),
		Markup:   slices.Contains(list, "body-markup"),
		Persist:  slices.Contains(list, "persistence"),
		Replace:  true,
		Withdraw: true,
	})
	// What was on the screen of a server before this one is shown again.
	for _, n := range s.notes {
		if !n.busy {
			n.id, n.again = 0, true
		}
	}
}

// isAbsent says that the name of the service has no owner and that the bus
// cannot start one.
func isAbsent(err error) bool {
	switch errorName(err) {
	case "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner":
		return true
	}
	return false
}

func errorName(err error) string {
	var e dbus.Error
	if errors.As(err, &e) {
		return e.Name
	}
	return ""
}

func noServer(err error) error {
	if isAbsent(err) {
		return fmt.Errorf("%w: install or start one (dunst, mako, xfce4-notifyd or that of your desktop)", ErrNoServer)
	}
	return fmt.Errorf("%w: %w", ErrNoServer, err)
}

// serve sends and listens until the bus is gone or the notifier is closed.
func (s *session) serve(ctx context.Context) {
	defer s.end()
	defer s.stall.Stop()
	defer s.look.Stop()
	for {
		s.sendAll()
		select {
		case <-s.stall.C:
			s.late()
		case <-s.look.C:
			s.lookAtServer(ctx)
		case <-s.wake:
		case call := <-s.replies:
			s.answered(call)
		case sig, ok := <-s.signals:
			if !ok { // the connection was lost
				s.forget()
				return
			}
			s.signal(ctx, sig)
		case <-ctx.Done():
			s.leave()
			return
		}
	}
}

// late is called when the server has not answered for some time. The calls
// are not given up: a server that wakes up shows them, and then they must be
// known by their ids to be withdrawn.
func (s *session) late() {
	if len(s.sent) == 0 || s.stalled {
		return
	}
	s.stalled = true
	err := fmt.Errorf("%w: it does not answer", ErrNoServer)
	s.setAbsent(err)
	for _, n := range s.sent {
		s.o.Failed(n.key, err)
	}
	s.failWaiting()
}

// forget readies the notes for the next connection.
func (s *session) forget() {
	for _, n := range s.notes {
		n.busy, n.id = false, 0
	}
}

// sendAll sends what may be sent: one request per key at a time, because the
// id that replaces comes with the answer.
func (s *session) sendAll() {
	busy := func(key string) bool { n := s.notes[key]; return n != nil && n.busy }
	for len(s.sent) < inFlight {
		key, r, ok := s.next(busy)
		if !ok {
			break
		}
		if r.notice == nil {
			s.withdraw(key)
			continue
		}
		n := s.notes[key]
		if n == nil {
			n = &note{key: key}
			s.notes[key] = n
		}
		n.notice, n.shown, n.retried = *r.notice, r.at, false
		s.send(n)
		s.makeRoom()
	}
	for _, n := range s.notes {
		if n.again && !n.busy && len(s.sent) < inFlight {
			s.send(n)
		}
	}
}

func (s *session) send(n *note) {
	caps := s.Capabilities()
	body := n.notice.Body
	if caps.Markup {
		body = escape(body)
	}
	var actions []string
	if caps.Actions {
		for _, a := range n.notice.Actions {
			actions = append(actions, a.Key, a.Label)
		}
	}
	n.busy, n.again, n.pressed, n.token = true, false, false, ""
	if len(s.sent) == 0 {
		s.stall.Reset(replyLimit)
	}
	call := s.server.Go(busName+".Notify", 0, s.replies,
		Clean(s.o.AppName, maxLabel), n.id, icon(n.notice.Icon, s.o.Icon), n.notice.Title, body,
		actions, hints(n.notice, s.o.DesktopEntry), timeout(n.notice))
	s.sent[call] = n
	s.o.Sent(n.key, n.shown, time.Now())
}

func hints(n Notice, entry string) map[string]dbus.Variant {
	h := map[string]dbus.Variant{"urgency": dbus.MakeVariant(byte(n.Urgency))}
	if n.Category != "" {
		h["category"] = dbus.MakeVariant(n.Category)
	}
	if entry != "" {
		h["desktop-entry"] = dbus.MakeVariant(entry)
	}
	if n.Transient {
		h["transient"] = dbus.MakeVariant(true)
	}
	if n.Resident {
		h["resident"] = dbus.MakeVariant(true)
	}
	return h
}

// timeout is in milliseconds; -1 leaves it to the server, 0 means never.
func timeout(n Notice) int32 {
	switch {
	case n.Timeout < 0:
		return 0
	case n.Timeout == 0:
		return -1
	}
	return int32(min(max(n.Timeout.Milliseconds(), 1), 24*time.Hour.Milliseconds()))
}

func icon(own, usual string) string {
	if own == "" {
		own = usual
	}
	if filepath.IsAbs(own) {
		return (&url.URL{Scheme: "file", Path: own}).String()
	}
	return own
}

func (s *session) answered(call *dbus.Call) {
	n := s.sent[call]
	delete(s.sent, call)
	if n == nil {
		return
	}
	n.busy = false
	if len(s.sent) > 0 {
		s.stall.Reset(replyLimit)
	}
	if s.stalled && s.conn.Context().Err() == nil {
		s.stalled = false
		s.setPresent(s.Capabilities())
	}
	var id uint32
	err := call.Store(&id)
	if err == nil {
		n.id = id
		return
	}
	if s.conn.Context().Err() != nil {
		return // the connection is lost, not the notice: it is shown again on the next
	}
	if errorName(err) == "org.freedesktop.DBus.Error.NoReply" && !n.retried {
		n.id, n.again, n.retried = 0, true, true // the server ended over it
		return
	}
	delete(s.notes, n.key)
	if isAbsent(err) {
		err = noServer(err)
		s.setAbsent(err)
	} else {
		err = fmt.Errorf("notification: show: %w", err)
	}
	s.o.Failed(n.key, err)
}

// makeRoom withdraws the oldest notice when there are too many, as when a
// server keeps every missed call for ever.
func (s *session) makeRoom() {
	if len(s.notes) <= maxOpen {
		return
	}
	var oldest *note
	for _, n := range s.notes {
		if !n.busy && (oldest == nil || n.shown.Before(oldest.shown)) {
			oldest = n
		}
	}
	if oldest != nil {
		s.withdraw(oldest.key)
	}
}

func (s *session) withdraw(key string) {
	n := s.notes[key]
	delete(s.notes, key)
	if n == nil || n.id == 0 {
		return
	}
	s.server.Go(busName+".CloseNotification", dbus.FlagNoReplyExpected, nil, n.id)
}

// leave takes away what has buttons and waits until the bus has it.
func (s *session) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	s.sendAll()
	for len(s.sent) > 0 && !s.stalled { // a notice under way has no id to close it by yet
		select {
		case call := <-s.replies:
			s.answered(call)
			continue
		case <-ctx.Done():
		}
		break
	}
	for key, n := range s.notes {
		if len(n.notice.Actions) > 0 {
			s.withdraw(key)
		}
	}
	_ = s.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetId", 0).Err
}

func (s *session) signal(ctx context.Context, sig *dbus.Signal) {
	if sig.Name == "org.freedesktop.DBus.NameOwnerChanged" && sig.Sender == "org.freedesktop.DBus" {
		var name, before, after string
		if dbus.Store(sig.Body, &name, &before, &after) == nil && name == busName {
			s.ownerChanged(ctx, after)
		}
		return
	}
	if sig.Sender != s.owner || len(sig.Body) != 2 {
		return
	}
	id, ok := sig.Body[0].(uint32)
	n := s.byID(id)
	if !ok || n == nil {
		return // a notice of another program
	}
	switch sig.Name {
	case busName + ".ActivationToken":
		n.token, _ = sig.Body[1].(string)
	case busName + ".ActionInvoked":
		action, _ := sig.Body[1].(string)
		if !slices.ContainsFunc(n.notice.Actions, func(a Action) bool { return a.Key == action }) {
			return
		}
		n.pressed = !n.notice.Resident
		s.report(Invoked{Key: n.key, Action: action, ActivationToken: n.token})
		n.token = ""
	case busName + ".NotificationClosed":
		reason, _ := sig.Body[1].(uint32)
		s.closedByServer(n, reason)
	}
}

func (s *session) closedByServer(n *note, reason uint32) {
	const dismissedByUser = 2
	if n.busy {
		n.id = 0 // its successor is under way and brings its own id
		return
	}
	delete(s.notes, n.key)
	if reason == dismissedByUser && !n.pressed && !s.waiting(n.key) {
		s.report(Invoked{Key: n.key, Action: Dismissed})
	}
}

func (s *session) byID(id uint32) *note {
	if id == 0 {
		return nil
	}
	for _, n := range s.notes {
		if n.id == id {
			return n
		}
	}
	return nil
}

func (s *session) report(i Invoked) {
	select {
	case s.actions <- i:
	default:
		s.o.Log.Warn("a pressed notification button was dropped: nobody reads them", "action", i.Action)
	}
}

// ownerChanged follows a server that ends, starts or is replaced.
func (s *session) ownerChanged(ctx context.Context, after string) {
	if after != "" {
		s.o.Log.Debug("a notification service is there")
		s.lookAtServer(ctx)
		return
	}
	s.owner = ""
	s.forgetIDs()
	if !s.startsOnDemand(ctx) {
		s.setAbsent(fmt.Errorf("%w: it has ended", ErrNoServer))
		s.failWaiting()
	}
}

func (s *session) forgetIDs() {
	for _, n := range s.notes {
		n.id = 0
	}
}

// startsOnDemand reports whether the bus would start a server when asked.
func (s *session) startsOnDemand(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, replyLimit)
	defer cancel()
	var names []string
	err := s.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.ListActivatableNames", 0).Store(&names)
	return err == nil && slices.Contains(names, busName)
}
