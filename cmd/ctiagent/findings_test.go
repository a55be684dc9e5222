package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/assets/lang"
	"example.org/ctiagent/desktop/notification"
	"example.org/ctiagent/diag"
	"example.org/ctiagent/screenpop/script"
)

// noticesOf is a desktop's notifications in one state.
type noticesOf struct {
	notification.Notifier
	err     error
	buttons bool
}

func (n noticesOf) Ready() error { return n.err }

func (n noticesOf) Capabilities() notification.Capabilities {
	return notification.Capabilities{Actions: n.buttons}
}

// Every finding has words in every language, with what was found in them.
func TestFindingsHaveWords(t *testing.T) {
	file := user(t, site)
	inAnHour := time.Now().Add(time.Hour)
	for _, tt := range []struct {
		found       finding
		name, state string
		holds       string // in every language
	}{
		{statusFinding("line", view.Status{State: view.StatusOff}), "line", diag.Off, ""},
		{statusFinding("line", view.Status{State: view.StatusLive}), "line", diag.OK, ""},
		{statusFinding("line", view.Status{State: view.StatusConnecting}), "line", diag.Warn, ""},
		{statusFinding("line", view.Status{State: view.StatusDegraded, Reason: "no events"}), "line", diag.Warn, "; no events"},
		{statusFinding("line", view.Status{State: view.StatusOffline, Retry: inAnHour}), "line", diag.Warn, "3600 s"},
		{statusFinding("line", view.Status{State: view.StatusOffline}), "line", diag.Warn, " 0 s"},
		{statusFinding("line", view.Status{State: view.StatusFatal, Reason: "refused", Hint: "ask"}), "line", diag.Bad, "; refused; ask"},
		{statusFinding("service", view.Status{State: view.StatusOff}), "service", diag.Off, ""},
		{statusFinding("service", view.Status{State: view.StatusLive}), "service", diag.OK, ""},
		{statusFinding("service", view.Status{State: view.StatusConnecting}), "service", diag.Warn, ""},
		{statusFinding("service", view.Status{State: view.StatusDegraded}), "service", diag.Warn, ""},
		{statusFinding("service", view.Status{State: view.StatusOffline, Retry: inAnHour}), "service", diag.Warn, "3600 s"},
		{statusFinding("service", view.Status{State: view.StatusFatal}), "service", diag.Bad, ""},
		{statusFinding("service", view.Status{State: view.StatusSignedOut}), "service", diag.Bad, ""},
		{noticeFinding(noticesOf{buttons: true}), "notification", diag.OK, ""},
		{noticeFinding(noticesOf{}), "notification", diag.Warn, ""},
		{noticeFinding(noticesOf{err: notification.ErrNoServer}), "notification", diag.Warn, ""},
		{noticeFinding(noticesOf{err: errors.New("out of order")}), "notification", diag.Warn, "out of order"},
		{keyringFinding(""), "keyring", diag.OK, ""},
		{keyringFinding(needChoice), "keyring", diag.Warn, ""},
		{keyringFinding(needUnlock), "keyring", diag.Warn, ""},
		{keyringFinding(needKeyring), "keyring", diag.Warn, ""},
		{linksFinding(), "links", diag.Off, "ctiagent links on"},
		{displayFinding(), "display", diag.Off, ""},
		{settingsFinding(file, nil), "settings", diag.OK, file},
		{settingsFinding(file+"x", nil), "settings", diag.OK, file + "x"},
		{settingsFinding(file, errors.New("line 2\nline 3")), "settings", diag.Bad, "line 2; line 3"},
	} {
		said := map[string]bool{}
		for _, l := range lang.Languages() {
			p := lang.New(l)
			i := tt.found.item(p)
			if i.Name != tt.name || i.State != tt.state || !strings.Contains(i.Text, tt.holds) {
				t.Errorf("%s: %+v, want %s %s with %q", l, i, tt.name, tt.state, tt.holds)
			}
			if tt.found.key != "" && !p.Has(tt.found.key) || i.Text == "" || strings.Contains(i.Text, "{{") || strings.Contains(i.Text, "<no value>") {
				t.Errorf("%s: %s has no words: %q", l, tt.found.key, i.Text)
			}
			if !p.Has("diag." + i.Name) {
				t.Errorf("%s has no name in %s", i.Name, l)
			}
			said[i.Text] = true
		}
		if tt.found.key != "" && len(tt.found.more) == 0 && len(said) < 3 {
			t.Errorf("%s reads the same in two languages: %v", tt.found.key, said)
		}
	}
}

func TestLayersHaveNames(t *testing.T) {
	p := lang.New("en")
	for _, l := range []string{
		script.LayerKill, script.LayerEnvironment, script.LayerLimits, script.LayerMemory,
		script.LayerSeccomp, script.LayerLandlock, script.LayerJob,
	} {
		if !p.Has("diag.layer." + l) {
			t.Errorf("the layer %s has no name", l)
		}
	}
}

func TestHintsRepeatNothing(t *testing.T) {
	user(t, site)
	for _, tt := range []struct {
		err  error
		want string
	}{
		{errors.New("no hint"), ""},
		{hinted{"it is full", "make room"}, "make room"},
		{hinted{"it is full; make room", "make room"}, ""},
		{hinted{"it is full", ""}, ""},
	} {
		if got := hintOf(tt.err); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
}

type hinted struct{ text, hint string }

func (h hinted) Error() string { return h.text }
func (h hinted) Hint() string  { return h.hint }
