//go:build system

package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/desktop/desktoptest"
	"example.org/ctiagent/e2e/stage"
	"example.org/ctiagent/telephony/simulator"
)

// TestCrashAndRestart kills the agent during a call and starts it again, then
// once more with a history file that is none: it signs in and takes its line
// by itself, out of the keyring.
func TestCrashAndRestart(t *testing.T) {
	session, bus := desktoptest.NewSession(t), desktoptest.NewBus(t)
	session.UseBus(bus)
	desktoptest.NewKeyring(t, session, bus)
	w := settle(t, bare{session: session, keyring: true})
	w.ordinaryCall("the start")
	c := w.platform.Ring(user, simulator.Caller{Number: stage.Unknown})
	w.card("the call", func(c view.Card) bool { return c.Phase == view.PhaseRinging && c.Recognition == view.NotKnown })

	var left []int
	eventually(t, "the spare sandbox to be there", func() bool {
		left = descendants(t, w.Agent.Process.Pid)
		return len(left) > 0
	})
	w.Agent.Kill()
	gone(t, "the children of a killed agent", left)
	if err := w.StartAgain(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := w.await("the agent to be back", func(s view.Snapshot) bool {
		return s.Line.State == view.StatusLive && s.Service.State == view.StatusLive
	})
	if s.SetupNeeded || s.Secrets != "" {
		t.Errorf("the agent asks again: set up %v, secrets %q", s.SetupNeeded, s.Secrets)
	}
	w.card("the call that goes on", func(c view.Card) bool { return c.Number.E164 == stage.Unknown })
	c.Abandon()
	if all := w.awaitHistory(2); all[1].Number.E164 != stage.Known || all[1].Result != "answered" {
		t.Errorf("the history did not survive: %+v", all)
	}

	left = append(descendants(t, w.Agent.Process.Pid), w.Agent.Process.Pid)
	if out, errs, code := w.run("quit"); code != 0 {
		t.Errorf("quit exits %d: %s%s", code, out, errs)
	}
	gone(t, "the processes of an agent that was asked to quit", left)

	history := filepath.Join(session.Get("XDG_DATA_HOME"), "ctiagent", "history")
	rubbish := bytes.Repeat([]byte("this is no call history\n"), 100)
	if err := os.WriteFile(history, rubbish, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.StartAgain(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.live("the line with a broken history")
	w.ordinaryCall("a broken history")
	var page view.HistoryPage
	w.ask(view.VerbHistory, view.HistoryQuery{}, &page)
	if !page.Unreadable && page.Error == "" {
		t.Error("nobody is told that the history cannot be read")
	}
	if !bytes.Equal(read(t, history), rubbish) {
		t.Error("the file that could not be read was overwritten")
	}
}

// TestWindowCrash kills the window process while the phone rings. There is a
// display, but no tray, no notifications and no keyring.
func TestWindowCrash(t *testing.T) {
	session, bus := desktoptest.NewSession(t), desktoptest.NewBus(t)
	display := desktoptest.NewDisplay(t)
	session.UseBus(bus).UseDisplay(display)
	display.WindowManager(t, session)
	w := settle(t, bare{session: session, window: true})

	// A second start means "where is it?".
	if out, errs, code := w.run(); code != 0 {
		t.Errorf("a second start exits %d: %s%s", code, out, errs)
	}
	awaitWindow(t, session, display, "History")

	c := w.platform.Ring(user, simulator.Caller{Number: stage.Known})
	w.card("the card to be drawn", func(c view.Card) bool { return !c.Times.Drawn.IsZero() })
	first := named(t, w.Agent.Process.Pid, "ctiwindow")
	if len(first) != 1 {
		t.Fatalf("there are %d window processes", len(first))
	}
	if err := syscall.Kill(first[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the window process to come back", func() bool {
		again := named(t, w.Agent.Process.Pid, "ctiwindow")
		return len(again) == 1 && again[0] != first[0]
	})
	awaitWindow(t, session, display, "Ada Example|ctiagent")
	c.Answer()
	w.card("the answered call", func(c view.Card) bool { return c.Phase == view.PhaseConnected })
	c.Hangup()
	if e := w.awaitHistory(1)[0]; e.Result != "answered" {
		t.Errorf("the history says %+v", e)
	}

	// What was missing at the start comes later.
	watcher := desktoptest.NewWatcher(t, bus)
	watcher.Wait().WaitTooltip("ctiagent: Line ready")
	item := func() view.DiagItem {
		var d view.Diagnostics
		w.ask(view.VerbDiagnostics, nil, &d)
		for _, i := range d.Items {
			if i.Name == "notification" {
				return i
			}
		}
		return view.DiagItem{}
	}
	if i := item(); i.State != "warn" || i.Text == "" {
		t.Errorf("without notifications the diagnostics say %+v", i)
	}
	notes := desktoptest.NewNotifications(t, bus)
	eventually(t, "the notifications to be found", func() bool { return item().State == "ok" })
	c = w.platform.Ring(user, simulator.Caller{Number: stage.Known})
	notes.Wait(func(n desktoptest.Note) bool { return n.Summary == "Ada Example" })
	c.Abandon()

	left := append(descendants(t, w.Agent.Process.Pid), w.Agent.Process.Pid)
	w.ask(view.VerbQuit, nil, nil)
	gone(t, "the processes of an agent that was asked to quit", left)
}

func awaitWindow(t *testing.T, s *desktoptest.Session, d *desktoptest.Display, title string) {
	t.Helper()
	o := office{t: t, session: s, display: d}
	o.awaitWindow(title)
}

// TestManyAgentsAtOnce starts several in the same moment: one stays.
func TestManyAgentsAtOnce(t *testing.T) {
	session := desktoptest.NewSession(t)
	const many = 4
	var all []*desktoptest.Process
	var said [many]bytes.Buffer
	ended := make(chan int, many)
	for i := range many {
		cmd := session.Command(filepath.Join(bin(t), "ctiagent"), "run", "--headless")
		cmd.Stderr = &said[i]
		p := desktoptest.Start(t, cmd)
		all = append(all, p)
		go func() { // ends with the process
			<-p.Done()
			ended <- i
		}()
	}
	for range many - 1 {
		i := <-ended
		_ = all[i].Wait()
		if code := all[i].ProcessState.ExitCode(); code != 0 || !strings.Contains(said[i].String(), "already running") {
			t.Errorf("one too many exits %d and says %q", code, said[i].String())
		}
	}
	if out, errs, code := run(t, session, "status"); code != 0 {
		t.Errorf("the one that stays does not answer: %d %s%s", code, out, errs)
	}
	if _, errs, code := run(t, session, "quit"); code != 0 {
		t.Errorf("quit exits %d: %s", code, errs)
	}
	<-ended
	if _, errs, code := run(t, session, "status"); code != 1 || !strings.Contains(errs, "not running") {
		t.Errorf("status of nobody exits %d: %s", code, errs)
	}
}

// TestBrokenSettingsAreTold starts with a settings file that has mistakes.
func TestBrokenSettingsAreTold(t *testing.T) {
	session := desktoptest.NewSession(t)
	file := filepath.Join(session.Get("XDG_CONFIG_HOME"), "ctiagent", "settings.toml")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, text, says string }{
		{"no TOML", "[site]\ncountry = \"GB\"\nthis is no setting\n", "line 3"},
		{"unknown key", "[site]\ncountry = \"GB\"\ncuontry = \"DE\"\n", "cuontry"},
		{"wrong kind", "[site]\n\ncountry = 44\n", "site.country"},
		{"binary", "\x00\x01\x02\xff\xfe", "settings.toml"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, verb := range [][]string{{"run", "--headless"}, {"open-uri", "tel:+442079460123"}} {
				out, errs, code := run(t, session, verb...)
				if code != 1 || !strings.Contains(errs, "settings.toml") || !strings.Contains(errs, tt.says) || out != "" {
					t.Errorf("%s exits %d and says %q %q", verb[0], code, out, errs)
				}
			}
			out, _, code := run(t, session, "check", "--json")
			if code != 1 || !strings.Contains(out, `"settings","state":"bad"`) || !strings.Contains(out, tt.says) || !strings.Contains(out, "seccomp") {
				t.Errorf("check exits %d and says %q", code, out)
			}
			if got := read(t, file); string(got) != tt.text {
				t.Errorf("the file was changed to %q", got)
			}
		})
	}
}

// TestStateCannotBeWritten starts where neither the log nor the name of the
// installation can be written.
func TestStateCannotBeWritten(t *testing.T) {
	w := settle(t, bare{noLine: true})
	if err := w.Agent.Stop(); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(w.session.Get("XDG_STATE_HOME"), "ctiagent")
	for _, name := range []string{"ctiagent.log", "instance-id"} {
		file := filepath.Join(state, name)
		if err := os.RemoveAll(file); err != nil {
			t.Fatal(err)
		}
		// A directory in its place can be written by nobody, root included.
		if err := os.Mkdir(file, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.StartAgain(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Nobody keeps a password without asking where: there is no keyring.
	var o view.Outcome
	w.ask(view.VerbSaveLine, lineOn(t, w.platform), &o)
	if o.OK || !o.NeedKeyring || o.Error == "" {
		t.Errorf("without a keyring the line is saved: %+v", o)
	}
	w.await("the question where secrets are kept", func(s view.Snapshot) bool { return s.Secrets == "choose" })
	o = view.Outcome{}
	w.ask(view.VerbChooseKeyring, view.ChooseKeyring{Choice: "session"}, &o)
	w.ask(view.VerbSaveLine, lineOn(t, w.platform), &o)
	w.live("the line without a place for the log")
	w.ask(view.VerbSignIn, view.SignIn{Address: w.Address, User: w.User, Password: w.Password(), Fingerprint: w.Pin}, &o)
	w.await("the service", func(s view.Snapshot) bool { return s.Service.State == view.StatusLive })
	w.ordinaryCall("a start without a log")
}

// descendants are the processes below one, as they are now.
func descendants(t *testing.T, pid int) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	children := map[int][]int{}
	for _, file := range stats {
		if parent, state := stat(file); state != "Z" {
			id, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			children[parent] = append(children[parent], id)
		}
	}
	var all []int
	for next := []int{pid}; len(next) > 0; next = next[1:] {
		all = append(all, children[next[0]]...)
		next = append(next, children[next[0]]...)
	}
	return all
}

// named are the descendants that run a program.
func named(t *testing.T, pid int, program string) []int {
	t.Helper()
	var found []int
	for _, id := range descendants(t, pid) {
		if exe, err := os.Readlink(filepath.Join("/proc", itoa(id), "exe")); err == nil && filepath.Base(exe) == program {
			found = append(found, id)
		}
	}
	return found
}

// gone waits until none of the processes runs.
func gone(t *testing.T, what string, pids []int) {
	t.Helper()
	eventually(t, what+" to be gone", func() bool {
		for _, pid := range pids {
			if _, state := stat(filepath.Join("/proc", itoa(pid), "stat")); state != "" && state != "Z" {
				return false
			}
		}
		return true
	})
}

// stat reads the parent and the state of a process, "" when there is none.
func stat(file string) (parent int, state string) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, ""
	}
	_, rest, _ := strings.Cut(string(b), ") ") // the name before may hold anything
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return 0, ""
	}
	parent, _ = strconv.Atoi(fields[1])
	return parent, fields[0]
}
