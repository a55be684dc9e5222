package screenpop_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop"
	"example.org/ctiagent/screenpop/script"
)

func shipped(t testing.TB, id string) screenpop.ShippedScript {
	t.Helper()
	for _, s := range screenpop.Shipped() {
		if s.Manifest.ID == id {
			return s
		}
	}
	t.Fatalf("%s is not shipped", id)
	return screenpop.ShippedScript{}
}

// pop plays one ringing call through a shipped script and returns what opened.
func pop(t testing.TB, runner screenpop.Runner, s screenpop.ShippedScript, params map[string]string, origin, caller string, matches ...recognition.Match) (string, screenpop.Outcome) {
	t.Helper()
	opened := &desktop{}
	popper := screenpop.NewPopper(screenpop.PopperConfig{
		Runner: runner,
		Bodies: screenpop.NewBodies(shelf{s.Digest(): s.Body}, ""),
		Broker: screenpop.NewBroker(screenpop.BrokerConfig{}),
		Opener: opened,
	})
	call := ringingCall(t, "a")
	call.Remote.Name = caller
	runs := screenpop.Plan(screenpop.Moment{Event: script.EventRinging, Call: call, Answer: recognition.Answer{
		Matches: matches,
		Scripts: []recognition.Script{{ID: s.Manifest.ID, Digest: s.Digest(), Params: params, Allowed: recognition.Allowed{Origins: []string{origin}}}},
	}})
	if len(runs) != 1 {
		t.Fatalf("planned %d runs", len(runs))
	}
	out := popper.Pop(t.Context(), runs[0], screenpop.Situation{})
	return strings.Join(opened.urls, " "), out
}

var (
	jane = recognition.Match{Source: "CRM", RecordID: "47/11", Name: "Jane Doe", Fields: []recognition.Field{{Label: "City", Value: "Köln"}}}
	ben  = recognition.Match{Source: "CRM", RecordID: "12", Name: "Ben Sample"}
)

func TestDemoCRM(t *testing.T) {
	host := newHost(t)
	s := shipped(t, "demo-crm")
	const base = "http://127.0.0.1:8080"
	params := map[string]string{"base": base}
	for _, c := range []struct {
		name, caller, want string
		matches            []recognition.Match
	}{
		{"known", "x", base + "/contacts/47%2F11", []recognition.Match{jane}},
		{"unknown", "J. O'Doe & Co", base + "/contacts/new?name=J.%20O%27Doe%20%26%20Co&phone=%2B442079460123", nil},
		{"several", "x", "", []recognition.Match{jane, ben}},
	} {
		if got, out := pop(t, host, s, params, base, c.caller, c.matches...); got != c.want || out.Err != nil || len(out.Refused) != 0 {
			t.Errorf("%s: %q %+v", c.name, got, out)
		}
	}
}

func TestCRMByLinks(t *testing.T) {
	host := newHost(t)
	s := shipped(t, "crm-url")
	const base = "https://crm.example.org"
	params := map[string]string{
		"recordUrl": base + "/r/{recordId}?city={City}",
		"searchUrl": base + "/s?q={e164}&n={national}",
		"newUrl":    base + "/new?phone={e164}&name={name}&q={queue}",
	}
	only := func(name string) map[string]string { return map[string]string{name: params[name]} }
	for _, c := range []struct {
		name    string
		params  map[string]string
		caller  string
		want    string
		matches []recognition.Match
	}{
		{"known", params, "", base + "/r/47%2F11?city=K%C3%B6ln", []recognition.Match{jane}},
		{"known, without the field", params, "", "", []recognition.Match{ben}},
		{"several", params, "", base + "/s?q=%2B442079460123&n=020%207946%200123", []recognition.Match{jane, ben}},
		{"several without a search", only("recordUrl"), "", base + "/r/47%2F11?city=K%C3%B6ln", []recognition.Match{jane, ben}},
		{"unknown", params, "x&y=z", base + "/new?phone=%2B442079460123&name=x%26y%3Dz&q=", nil},
		{"unknown, search only", only("searchUrl"), "", base + "/s?q=%2B442079460123&n=020%207946%200123", nil},
		{"nothing set", nil, "", "", nil},
		{"a name that looks like a template", params, "{e164}$&$1", base + "/new?phone=%2B442079460123&name=%7Be164%7D%24%26%241&q=", nil},
	} {
		if got, out := pop(t, host, s, c.params, base, c.caller, c.matches...); got != c.want || out.Err != nil || len(out.Refused) != 0 {
			t.Errorf("%s: %q, want %q; %+v", c.name, got, c.want, out)
		}
	}
}

// TestNoNameAddsToALink: a caller's name cannot add a parameter, leave the
// path or choose another host.
func TestNoNameAddsToALink(t *testing.T) {
	host := newHost(t)
	s := shipped(t, "crm-url")
	params := map[string]string{"newUrl": "https://crm.example.org/{name}/new?phone={e164}&name={name}#{name}"}
	for _, name := range []string{"a&phone=1", "../../admin", "..", "a#b?c", "@evil.example.net/", "\\\\evil", "😀'\"<b>", "%2e%2e", "\u202eabc", strings.Repeat("x", 5000)} {
		got, _ := pop(t, host, s, params, "https://crm.example.org", name)
		if got == "" {
			continue // refused: ".." alone, or too long
		}
		u, err := url.Parse(got)
		if err != nil || u.Host != "crm.example.org" || len(u.Query()) != 2 || u.Query().Get("name") != name || u.Path != "/"+name+"/new" {
			t.Errorf("%q opened %s", name, got)
		}
	}
}

func TestManifests(t *testing.T) {
	list := screenpop.Shipped()
	if len(list) != 2 {
		t.Fatalf("%d scripts are shipped", len(list))
	}
	for _, s := range list {
		if s.Digest() != "sha256:"+s.Manifest.SHA256 || s.Manifest.Name == "" {
			t.Errorf("%+v", s.Manifest)
		}
	}
	body := list[0].Body
	good := fmt.Sprintf(`{"schema":1,"id":"a-b","name":"A","version":"1.0.0","apiLevel":1,"entry":"a.js","sha256":%q,"events":["ringing"],`+
		`"params":{"org":{"type":"hostLabel","title":"Org"}},"permissions":{"openOrigins":["https://{org}.example.org"],"apps":[],"read":[]},"limits":{"ms":100,"intents":2}}`,
		strings.TrimPrefix(screenpop.Digest(body), "sha256:"))
	if _, err := screenpop.ParseManifest([]byte(good), body); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"schema":1`, `"schema":2`}, {`"a-b"`, `"../a"`}, {`"a.js"`, `"../a.js"`}, {`"a.js"`, `"a.exe"`}, {`"1.0.0"`, `"1"`},
		{`"ringing"`, `"rings"`}, {`"hostLabel"`, `"any"`}, {`"hostLabel"`, `"text"`}, {`https://{org}`, `http://{org}`}, {`"limits"`, `"colour":1,"limits"`}, {`{"schema"`, `["schema"`},
	} {
		if _, err := screenpop.ParseManifest([]byte(strings.Replace(good, change[0], change[1], 1)), body); !errors.Is(err, screenpop.ErrManifest) {
			t.Errorf("%s: %v", change, err)
		}
	}
	if _, err := screenpop.ParseManifest([]byte(good), append(body, ' ')); !errors.Is(err, screenpop.ErrManifest) {
		t.Errorf("another body: %v", err)
	}
}

// source counts how often it is asked.
type source struct {
	body  []byte
	err   error
	asked int
}

func (s *source) Script(context.Context, string) ([]byte, error) {
	s.asked++
	return s.body, s.err
}

func TestBodiesAreFetchedOnceAndVerified(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "scripts")
	body := []byte("function onCall() {}")
	digest := screenpop.Digest(body)
	src := &source{body: body}
	for range 2 { // a second agent finds it on disk
		b := screenpop.NewBodies(src, dir)
		for range 3 {
			if got, err := b.Body(t.Context(), digest); err != nil || string(got) != string(body) {
				t.Fatalf("%v %s", err, got)
			}
		}
	}
	if src.asked != 1 {
		t.Errorf("the service was asked %d times", src.asked)
	}

	// Altered on disk: fetched again, or nothing when the service is away.
	file := filepath.Join(dir, strings.TrimPrefix(digest, "sha256:")+".js")
	if err := os.WriteFile(file, []byte("evil()"), 0o600); err != nil {
		t.Fatal(err)
	}
	away := &source{err: recognition.ErrUnreachable}
	if _, err := screenpop.NewBodies(away, dir).Body(t.Context(), digest); !errors.Is(err, recognition.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
	if got, err := screenpop.NewBodies(src, dir).Body(t.Context(), digest); err != nil || string(got) != string(body) {
		t.Errorf("%v %s", err, got)
	}

	// A service that sends something else, or names nothing.
	if _, err := screenpop.NewBodies(&source{body: []byte("evil()")}, "").Body(t.Context(), digest); !errors.Is(err, screenpop.ErrDigest) {
		t.Errorf("got %v", err)
	}
	for _, bad := range []string{"", "sha256:", "sha256:../../etc/passwd", "md5:" + digest[7:], strings.ToUpper(digest), digest + "0"} {
		if _, err := screenpop.NewBodies(src, dir).Body(t.Context(), bad); !errors.Is(err, screenpop.ErrDigest) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := screenpop.NewBodies(nil, "").Body(t.Context(), digest); !errors.Is(err, recognition.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}

func TestADesktopThatDoesNotOpenIsSaid(t *testing.T) {
	s := shipped(t, "demo-crm")
	popper := screenpop.NewPopper(screenpop.PopperConfig{
		Runner: newHost(t), Bodies: screenpop.NewBodies(shelf{s.Digest(): s.Body}, ""),
		Broker: screenpop.NewBroker(screenpop.BrokerConfig{}), Opener: &desktop{err: errors.New("no browser")},
	})
	run := screenpop.Run{CallID: "a", Script: recognition.Script{ID: "demo-crm", Digest: s.Digest()},
		Call: screenpop.CallFor(script.EventRinging, ringingCall(t, "a"), recognition.Answer{}), Params: script.Params{"base": "https://crm.example.org"},
		Allowed: recognition.Allowed{Origins: []string{"https://crm.example.org"}}}
	out := popper.Pop(t.Context(), run, screenpop.Situation{})
	if out.Err != nil || len(out.Opened) != 0 || len(out.Refused) != 1 {
		t.Errorf("%+v", out)
	}
	run.Script.Digest = screenpop.Digest([]byte("another"))
	if out := popper.Pop(t.Context(), run, screenpop.Situation{}); !errors.Is(out.Err, recognition.ErrUnreachable) {
		t.Errorf("%+v", out)
	}
}
