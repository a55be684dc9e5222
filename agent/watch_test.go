package agent

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/desktop/notification"
	"example.org/ctiagent/telephony"
)

func (r *rig) link(s telephony.LinkState) {
	sink{r.Agent}.Link(telephony.Link{State: s, Reason: "the server does not answer"})
	synctest.Wait()
}

// serviceIs is the service's word about itself.
func (r *rig) serviceIs(s view.Status) {
	r.post(question(func(l *loop) { l.serviceView, l.changed = s, true }))
	synctest.Wait()
}

func TestLostLineIsSaidOnce(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		r.link(telephony.LinkOffline)
		time.Sleep(lineLostAfter / 2)
		r.link(telephony.LinkConnecting)
		r.link(telephony.LinkOffline)
		if n := r.desk.count(); n != 0 {
			t.Fatalf("%d notices before the line was away for long", n)
		}
		time.Sleep(lineLostAfter/2 + time.Second)
		n := r.desk.only(t)
		if !strings.HasPrefix(n.Title, "Line offline") || n.Body != "the server does not answer" || n.Urgency != notification.Normal {
			t.Errorf("the notice is %+v", n)
		}
		if err := r.desk.Withdraw(keyLine); err != nil { // the person has closed it
			t.Fatal(err)
		}
		r.link(telephony.LinkConnecting)
		r.link(telephony.LinkOffline)
		time.Sleep(time.Hour)
		if n := r.desk.count(); n != 0 {
			t.Errorf("it was said again: %d notices", n)
		}
		r.link(telephony.LinkLive)
		r.link(telephony.LinkOffline)
		time.Sleep(lineLostAfter + time.Second)
		r.desk.only(t)
		r.link(telephony.LinkLive)
		if n := r.desk.count(); n != 0 {
			t.Errorf("%d notices are left when the line is back", n)
		}
	})
}

func TestShortBreakIsNotSaid(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		r.link(telephony.LinkOffline)
		time.Sleep(lineLostAfter - time.Second)
		r.link(telephony.LinkLive)
		time.Sleep(time.Minute)
		if n := r.desk.count(); n != 0 {
			t.Errorf("%d notices of a short break", n)
		}
	})
}

// What does not come back by itself is said at once, also over the notice of
// a line that is merely away.
func TestLineThatNeedsAPersonIsSaidAtOnce(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		r.link(telephony.LinkOffline)
		time.Sleep(lineLostAfter + time.Second)
		r.desk.only(t)
		r.link(telephony.LinkFatal)
		if n := r.desk.only(t); n.Title != "Line needs your attention" {
			t.Errorf("the notice says %q", n.Title)
		}
	})
}

// At the start the desktop may still be asking for the keyring's password.
func TestLineThatNeverCameIsSaidLater(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		r.post(question((*loop).lineRestarted))
		r.link(telephony.LinkFatal)
		if n := r.desk.count(); n != 0 {
			t.Fatalf("%d notices at once", n)
		}
		time.Sleep(lineLostAfter + time.Second)
		r.desk.only(t)
		r.post(question((*loop).lineRestarted))
		if n := r.desk.count(); n != 0 {
			t.Errorf("%d notices of a line that was set up anew", n)
		}
	})
}

func TestSignOutIsSaid(t *testing.T) {
	refused := view.Status{State: view.StatusSignedOut, Code: "service.signed-out"}
	run(t, func(t *testing.T, r *rig) {
		r.serviceIs(view.Status{State: view.StatusLive})
		r.serviceIs(refused)
		if n := r.desk.only(t); n.Title != "You were signed out of the recognition service" || len(n.Actions) != 0 {
			t.Errorf("the notice is %+v", n)
		}
		r.serviceIs(view.Status{State: view.StatusLive})
		if n := r.desk.count(); n != 0 {
			t.Errorf("%d notices are left after the sign-in", n)
		}
		if _, err := r.handle(t.Context(), view.VerbSignOut, nil); err != nil {
			t.Fatal(err)
		}
		r.serviceIs(refused)
		if n := r.desk.count(); n != 0 {
			t.Errorf("%d notices of the person's own wish", n)
		}
		r.serviceIs(view.Status{State: view.StatusLive})
		r.serviceIs(refused)
		r.desk.only(t)
	})
}

// shownWindows is a desktop with windows.
type shownWindows struct{}

func (shownWindows) Start() error   { return nil }
func (shownWindows) Stop()          {}
func (shownWindows) CardsPop() bool { return false }

func TestButtonsLeadToTheCure(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		r.deps.Windows = shownWindows{}
		r.serviceIs(view.Status{State: view.StatusSignedOut, Code: "service.signed-out"})
		if n := r.desk.only(t); len(n.Actions) != 2 || n.Actions[1].Label != "Sign in" {
			t.Errorf("the buttons are %+v", n.Actions)
		}
		for key, window := range map[string]string{keySignedOut: view.WindowAssistant, keyLine: view.WindowSettings} {
			r.post(pressed{Key: key, Action: actMend})
			if s := r.snapshot(); s.Show == nil || s.Show.Window != window {
				t.Errorf("%s opens %+v, want %s", key, s.Show, window)
			}
		}
	})
}
