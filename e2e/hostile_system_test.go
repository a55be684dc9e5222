//go:build system

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/desktop/desktoptest"
	"example.org/ctiagent/e2e/stage"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/telephony/simulator"
)

// TestPlatformSendsRubbish sends one running agent what no platform should
// send; after each the phone rings as ever. The session has a bus, on which
// notifications are shown and nothing else lives.
func TestPlatformSendsRubbish(t *testing.T) {
	session := desktoptest.NewSession(t)
	bus := desktoptest.NewBus(t)
	session.UseBus(bus)
	notes := desktoptest.NewNotifications(t, bus, "body", "body-markup", "actions")
	w := settle(t, bare{session: session, platform: simulator.Options{Style: simulator.BroadWorks}})
	p := w.platform
	used := memory(t, w.Agent.Process.Pid)

	t.Run("10 kB names with markup and bidi marks", func(t *testing.T) {
		w.t = t
		name := strings.Repeat("<b>Bank</b> <img src='file:///etc/passwd'/> &amp; \u202egnaB\u2066 \x1b[31m", 160)
		c := p.Ring(user, simulator.Caller{Number: stage.Unknown, Name: name})
		card := w.card("the card", func(c view.Card) bool { return c.NetworkName != "" })
		plainText(t, "the card's name", card.NetworkName)
		note := notes.Wait(func(n desktoptest.Note) bool { return strings.Contains(n.Summary+n.Body, "Bank") })
		plainText(t, "the notice's title", note.Summary)
		if strings.Contains(note.Body, "<b>") || strings.Contains(note.Body, "<img") {
			t.Errorf("the notice has the caller's markup: %.200q", note.Body)
		}
		c.Abandon()
		w.awaitHistory(1)
		w.ordinaryCall("a long name")
	})
	t.Run("torture messages", func(t *testing.T) {
		w.t = t
		messages := torture(t)
		for _, m := range messages {
			p.SendBytes(framed(m))
		}
		w.ordinaryCall("the messages of RFC 4475")
		for _, m := range messages {
			p.SendBytes(m) // their lengths lie: the stream is out of step
		}
		if s := w.await("the line to give the stream up", func(s view.Snapshot) bool { return s.Line.State == view.StatusOffline }); s.Line.Code != "sip.garbled" || s.Line.Reason == "" {
			t.Errorf("the line says %+v", s.Line)
		}
		w.live("the line after a garbled stream")
		w.ordinaryCall("a garbled stream")
	})
	t.Run("dialog-info of 16 MB", func(t *testing.T) {
		w.t = t
		p.NotifyRaw(user, simulator.HugeBody(16<<20))
		w.ordinaryCall("16 MB of dialog-info")
	})
	t.Run("dialog-info that is none", func(t *testing.T) {
		w.t = t
		before := len(w.history())
		p.Misbehave(func(m *simulator.Mischief) { m.BrokenXML = true })
		c := p.Ring(user, simulator.Caller{Number: stage.Known})
		w.card("the call by the second contact", func(c view.Card) bool { return c.Phase == view.PhaseRinging })
		c.Abandon()
		w.awaitHistory(before + 1)
		p.Misbehave(func(m *simulator.Mischief) { m.BrokenXML = false })
		w.ordinaryCall("broken dialog-info")
	})
	if grown := memory(t, w.Agent.Process.Pid) - used; grown > 96<<20 {
		t.Errorf("the agent grew by %d MB", grown>>20)
	}
	if n := len(w.tabs.all()); n > 6 {
		t.Errorf("the browser was started %d times", n)
	}
}

// plainText fails unless a text from the network is fit to be shown.
func plainText(t *testing.T, what, text string) {
	t.Helper()
	if n := utf8.RuneCountInString(text); n > 200 {
		t.Errorf("%s has %d characters", what, n)
	}
	for _, r := range text {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			t.Errorf("%s holds %U", what, r)
		}
	}
}

// memory is the most that a process has ever used, in bytes.
func memory(t *testing.T, pid int) int64 {
	t.Helper()
	for line := range strings.Lines(string(read(t, filepath.Join("/proc", itoa(pid), "status")))) {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.Fields(kb)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	t.Fatal("the system does not tell the memory of a process")
	return 0
}

// torture gives the messages of RFC 4475 from the test data of the SIP library.
func torture(t *testing.T) [][]byte {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture", "*", "*.dat"))
	if len(files) < 50 {
		t.Fatalf("only %d messages", len(files))
	}
	var all [][]byte
	for _, f := range files {
		all = append(all, read(t, f))
	}
	return all
}

// framed is a message with the length that it really has.
func framed(m []byte) []byte {
	head, body, _ := strings.Cut(string(m), "\r\n\r\n")
	var lines []string
	for line := range strings.SplitSeq(head, "\r\n") {
		if l := strings.ToLower(line); line != "" && !strings.HasPrefix(l, "content-length") && !strings.HasPrefix(l, "l:") && !strings.HasPrefix(l, "l ") {
			lines = append(lines, line)
		}
	}
	return fmt.Appendf(nil, "%s\r\nContent-Length: %d\r\n\r\n%s", strings.Join(lines, "\r\n"), len(body), body)
}

// TestScriptsMisbehave gives the organisation bad scripts: the call is shown,
// nothing is opened that should not be, and the next good script works.
func TestScriptsMisbehave(t *testing.T) {
	w := settle(t, bare{settings: map[string]string{"pop.per_minute": "60"}})
	allowed := recognition.Allowed{Origins: []string{w.CRM.Base}}
	set := func(body string) {
		t.Helper()
		s := recognition.Script{ID: "demo-crm", Name: "Demo CRM", Params: map[string]string{"base": w.CRM.Base},
			When: recognition.When{Events: []string{"ringing"}, Directions: []string{"in"}}, Allowed: allowed}
		if _, err := w.Org.SetScript(t.Context(), s, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	const done = `{type: "notify", text: "done"}`
	wish := func(url string) string {
		return fmt.Sprintf(`function onCall(call, params) { return [{type: "openUrl", url: %s}, `+done+`]; }`, url)
	}
	for i, tt := range []struct {
		name, body string
		fails      bool
		opens      int
	}{
		{"hangs", `function onCall() { for (;;) {} }`, true, 0},
		{"hangs while it is read", `for (;;) {}`, true, 0},
		{"throws", `function onCall() { throw new Error("no"); }`, true, 0},
		{"is no program", `function onCall( {`, true, 0},
		{"allocates", `function onCall() { const a = []; for (;;) a.push(new Array(1e6).fill(7)); }`, true, 0},
		{"recurses", `function onCall() { return onCall(); }`, true, 0},
		{"answers too much", `function onCall() { return "x".repeat(1 << 24); }`, true, 0},
		{"lies about the host", wish(`"https://crm.example.org.evil.example/"`), false, 0},
		{"hides the host", wish(`params.base.replace("://", "://evil.example@") + "/"`), false, 0},
		{"wants a file", wish(`"file:///etc/passwd"`), false, 0},
		{"wants a script in the page", wish(`"javascript:alert(1)"`), false, 0},
		{"wants flags", wish(`"--new-window"`), false, 0},
		{"wants a program", `function onCall() { return [{type: "launchApp", app: "sh", arg: "-c"}, ` + done + `]; }`, false, 0},
		{"wants a hundred pages", `function onCall(call, params) { return Array(100).fill({type: "openUrl", url: params.base + "/"}); }`, true, 0},
		{"wants six pages", `function onCall(call, params) {
			const all = [];
			for (let i = 0; i < 6; i++) all.push({type: "openUrl", url: params.base + "/contacts/" + i});
			return all; }`, false, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.t = t
			set(tt.body)
			w.quiet()
			before, calls := len(w.tabs.all()), len(w.history())
			// A number of its own each: answers are kept for a while, with their scripts.
			c := w.platform.Ring(user, simulator.Caller{Number: fmt.Sprintf("+4420794603%02d", i)})
			card := w.card("the script to end", func(c view.Card) bool {
				return c.Phase == view.PhaseRinging && (c.ScriptError != "" || c.ScriptNotice != "" || c.OpenedURL)
			})
			if (card.ScriptError != "") != tt.fails {
				t.Errorf("the card says %q, notice %q", card.ScriptError, card.ScriptNotice)
			}
			c.Abandon()
			w.awaitHistory(calls + 1)
			eventually(t, "the browser to be started as often as allowed", func() bool { return len(w.tabs.all())-before >= tt.opens })
			if n := len(w.tabs.all()) - before; n != tt.opens {
				t.Errorf("%d pages were opened: %q", n, w.tabs.all()[before:])
			}
		})
	}
	w.t = t
	set(`function onCall(call, params) { return {type: "openUrl", url: params.base + "/contacts/10432"}; }`)
	before := len(w.tabs.all())
	w.ordinaryCall("bad scripts")
	eventually(t, "the record to be opened", func() bool { return len(w.tabs.all()) > before })
}

// TestNoBrowserOpens lets the desktop open nothing: the card says so.
func TestNoBrowserOpens(t *testing.T) {
	w := settle(t, bare{})
	browser := w.session.Get("BROWSER")
	if err := os.WriteFile(browser, []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	c := w.platform.Ring(user, simulator.Caller{Number: stage.Known})
	card := w.card("word that no browser opens", func(c view.Card) bool { return c.ScriptError != "" })
	if card.OpenedURL || !strings.Contains(card.ScriptError, "browser") {
		t.Errorf("the card says %q, opened: %v", card.ScriptError, card.OpenedURL)
	}
	c.Abandon()
	browserIn(t, w.session)
	w.ordinaryCall("a day without a browser")
	eventually(t, "the record to be opened", func() bool { return len(w.tabs.all()) == 1 })
}
