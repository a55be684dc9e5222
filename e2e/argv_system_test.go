//go:build system

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/desktop/desktoptest"
	"example.org/ctiagent/e2e/stage"
)

// badLinks are argument vectors of open-uri of which nothing may be dialled,
// asked or passed on: what a page can put into a link, and what a careless
// desktop entry could make of it.
var badLinks = [][]string{
	{},
	{""},
	{" "},
	{"tel:"},
	{"tel:+"},
	{"tel:alice"},
	{"tel:+442079460123", "tel:+442079460124"},
	{"tel:+442079460123", "--dry-run"},
	{"--", "tel:+442079460123"},
	{"--dry-run"},
	{"--dry-run", "tel:+442079460123"},
	{"--help"},
	{"-h"},
	{"--country=US"},
	{"-country", "US", "tel:2125550123"},
	{"@/etc/passwd"},
	{"%u"},
	{"+442079460123"},
	{"02079460123"},
	{"file:///etc/passwd"},
	{"javascript:alert(1)"},
	{"https://example.org/?tel:+442079460123"},
	{"mailto:ada@example.org"},
	{"tel:+442079460123\ntel:+442079460124"},
	{"tel:+442079460123\r\nX: y"},
	{"tel:+442079460123%0d%0aX:%20y"},
	{"tel:+442079460123%00"},
	{"tel:+442079460123\x1b[31m"},
	{"tel:+442079460123;ext=$(id)"},
	{"tel:$(id)"},
	{"tel:`id`"},
	{"tel:+44207946012345678901"},
	{"tel:*21*02079460123#"},
	{"tel:%2A21%2A02079460123%23"},
	{"tel:*#06#"},
	{"tel:+442079460123;phone-context=;rm -rf /"},
	{"sip:alice@example.org"},
	{"sip:-oProxyCommand=id@example.org"},
	{"sip:*72@example.org"},
	{"callto:alice"},
	{"callto:"},
	{"tel:" + strings.Repeat("1", 300)},
	{"tel:+442079460123" + strings.Repeat(";x=y", 100)},
	{"tel:\xff\xfe"},
	{"tel:+442079460123\a"},
}

func TestOpenURIRefuses(t *testing.T) {
	w := settle(t, bare{})
	for _, args := range badLinks {
		out, errs, code := w.run(append([]string{"open-uri"}, args...)...)
		if code != 2 || out != "" || !strings.HasPrefix(errs, "ctiagent: ") || strings.Count(errs, "\n") != 1 {
			t.Errorf("open-uri %q exits %d and says %q %q", args, code, out, errs)
		}
		for _, a := range args {
			if len(a) > 12 && strings.Contains(errs, a) {
				t.Errorf("open-uri repeats what the link said: %q", errs)
			}
		}
	}
	if s := w.Agent.Latest(); s.Confirm != nil || len(s.Cards) != 0 || s.Show != nil {
		t.Errorf("a bad link came through: %+v", s)
	}
	if n := w.platform.Received("INVITE"); n != 0 {
		t.Errorf("%d calls were made", n)
	}

	// A good one is asked about, and a flood of them once.
	for i := range 5 {
		if _, errs, code := w.run("open-uri", "tel:"+stage.Link); (code == 0) != (i == 0) || (errs == "") != (i == 0) {
			t.Errorf("link %d exits %d and says %q", i, code, errs)
		}
	}
	s := w.await("the question", func(s view.Snapshot) bool { return s.Confirm != nil && s.Confirm.More == 4 })
	if s.Confirm.Number.E164 != stage.Link || !s.Confirm.FromLink {
		t.Errorf("the question is %+v", s.Confirm)
	}
	w.ask(view.VerbConfirmDial, view.ConfirmDial{ID: s.Confirm.ID}, nil)
	if n := w.platform.Received("INVITE"); n != 0 {
		t.Errorf("%d calls were made without a yes", n)
	}
}

// TestDryRun holds the program against the decision table, without an agent.
func TestDryRun(t *testing.T) {
	session := desktoptest.NewSession(t)
	file := filepath.Join(session.Get("XDG_CONFIG_HOME"), "ctiagent", "settings.toml")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	site := "[site]\ncountry = \"GB\"\narea_code = \"20\"\ninternal_min = 3\ninternal_max = 3\n"
	if err := os.WriteFile(file, []byte(site), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ in, action, number, kind string }{
		{"020 7946 0123", "dial", "+442079460123", "fixed"},
		{"+44 20 7946 0123", "dial", "+442079460123", "fixed"},
		{"7946 0123", "dial", "+442079460123", "fixed"},
		{"0033 1 99 00 12 34", "dial", "+33199001234", "fixed"},
		{"07700 900123", "confirm", "+447700900123", "unknown"}, // a range nobody has
		{"0808 157 0123", "dial", "+448081570123", "tollFree"},
		{"09098 790123", "confirm", "+449098790123", "premium"},
		{"100", "dial", "100", "internal"},
		{"999", "confirm", "999", "emergency"},
		{"112", "confirm", "112", "emergency"},
		{"*21*100#", "confirm", "*21*100#", "featureCode"},
		{"tel:+442079460123", "confirm", "+442079460123", "fixed"},
		{"tel:+33199001234", "confirm", "+33199001234", "fixed"},
		{"tel:100", "confirm", "100", "internal"},
		{"tel:999", "confirm", "999", "emergency"},
		{"tel:*21*100%23", "refuse", "", ""},
		{"sip:+442079460123@example.org", "confirm", "+442079460123", "fixed"},
		{"callto:+442079460123", "confirm", "+442079460123", "fixed"},
		{"sip:alice@example.org", "refuse", "", ""},
		{"https://example.org/", "refuse", "", ""},
		{"alice", "refuse", "", ""},
		{"+1234567890123456", "refuse", "", ""},
		{"", "refuse", "", ""},
	} {
		out, errs, code := run(t, session, "dial", "--dry-run", "--", tt.in)
		var got view.DialResult
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Errorf("dial %q prints %q %q: %v", tt.in, out, errs, err)
			continue
		}
		wantCode := map[string]int{"dial": 0, "confirm": 0, "refuse": 2}[tt.action]
		if got.Action != tt.action || code != wantCode || errs != "" || got.Action == "refuse" && got.Reason == "" {
			t.Errorf("dial %q exits %d: %+v %q", tt.in, code, got, errs)
		}
		if tt.action != "refuse" && fmt.Sprint(got.Number, " ", got.Kind) != tt.number+" "+tt.kind {
			t.Errorf("dial %q is %s, %s; want %s, %s", tt.in, got.Number, got.Kind, tt.number, tt.kind)
		}
	}
	if _, errs, code := run(t, session, "dial", "--", "02079460123"); code != 1 || !strings.Contains(errs, "not running") {
		t.Errorf("dial without an agent exits %d: %s", code, errs)
	}
}
