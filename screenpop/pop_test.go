package screenpop_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"example.org/ctiagent/phone"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop"
	"example.org/ctiagent/screenpop/script"
	"example.org/ctiagent/screenpop/script/scripttest"
	"example.org/ctiagent/telephony"
)

// childCommand starts the contained child of these tests.
var childCommand []string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "screenpop")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		if childCommand, err = scripttest.Build(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// patient are limits for a machine that is busy with other tests; how scripts
// are stopped in time is tested where they are run.
var patient = script.Limits{Script: 10 * time.Second, Kill: 20 * time.Second, Start: time.Minute}

func newHost(t testing.TB) *script.Host {
	t.Helper()
	h := script.NewHost(script.HostConfig{Command: childCommand, Limits: patient})
	t.Cleanup(h.Close)
	return h
}

// desktop records what it is asked to open.
type desktop struct {
	mu   sync.Mutex
	urls []string
	apps [][]string
	err  error
}

func (d *desktop) Open(_ context.Context, url string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.urls = append(d.urls, url)
	return d.err
}

func (d *desktop) Launch(_ context.Context, path string, args []string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.apps = append(d.apps, append([]string{path}, args...))
	return d.err
}

// shelf is a service that has some bodies.
type shelf map[string][]byte

func (s shelf) Script(_ context.Context, digest string) ([]byte, error) {
	body, ok := s[digest]
	if !ok {
		return nil, recognition.ErrUnreachable
	}
	return body, nil
}

func london(t testing.TB) phone.Number {
	t.Helper()
	n, err := phone.Parse("+44 20 7946 0123", phone.DialPlan{Country: "GB"})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func ringingCall(t testing.TB, id string) telephony.Call {
	return telephony.Call{ID: telephony.CallID(id), Phase: telephony.Ringing, Direction: telephony.Incoming,
		Remote: telephony.Party{Number: london(t), Name: "J. Doe"}}
}

func TestACallOpensItsRecordOnce(t *testing.T) {
	body := []byte("function onCall(call, params) {\n" +
		"  const id = call.contacts[0].fields.recordId;\n" +
		"  return {type: 'openUrl', url: params.base + cti.url`/contacts/${id}`};\n}")
	answer := recognition.Answer{
		Matches: []recognition.Match{{Source: "CRM", RecordID: "4711", Name: "Jane Doe"}},
		Scripts: []recognition.Script{{
			ID: "crm", Digest: screenpop.Digest(body),
			Params:  map[string]string{"base": "https://crm.example.org"},
			When:    recognition.When{Events: []string{"ringing"}, Known: "known"},
			Allowed: recognition.Allowed{Origins: []string{"https://crm.example.org"}},
		}},
	}
	opened := &desktop{}
	popper := screenpop.NewPopper(screenpop.PopperConfig{
		Runner: newHost(t),
		Bodies: screenpop.NewBodies(shelf{screenpop.Digest(body): body}, t.TempDir()),
		Broker: screenpop.NewBroker(screenpop.BrokerConfig{}),
		Opener: opened,
	})
	runs := screenpop.Plan(screenpop.Moment{Event: script.EventRinging, Call: ringingCall(t, "a"), Answer: answer})
	if len(runs) != 1 {
		t.Fatalf("planned %d runs, want 1", len(runs))
	}
	for range 2 {
		if out := popper.Pop(t.Context(), runs[0], screenpop.Situation{}); out.Err != nil {
			t.Fatal(out.Err)
		}
	}
	if len(opened.urls) != 1 || opened.urls[0] != "https://crm.example.org/contacts/4711" {
		t.Errorf("opened %q", opened.urls)
	}
}
