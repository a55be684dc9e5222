package screenpop_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.org/ctiagent/phone"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop"
	"example.org/ctiagent/screenpop/script"
	"example.org/ctiagent/telephony"
)

func wishes(texts ...string) []json.RawMessage {
	var out []json.RawMessage
	for _, t := range texts {
		out = append(out, json.RawMessage(t))
	}
	return out
}

func crmRun(call string) screenpop.Run {
	return screenpop.Run{
		CallID:  telephony.CallID(call),
		Script:  recognition.Script{ID: "crm"},
		Params:  script.Params{"org": "acme"},
		Allowed: recognition.Allowed{Origins: []string{"https://crm.example.org", "https://{org}.example.org"}, Apps: []string{"erp", "batch", "absent"}},
	}
}

func open(path string) string {
	return fmt.Sprintf(`{"type":"openUrl","url":"https://crm.example.org/%s"}`, path)
}

func TestBrokerRefusesWhatNobodyAllowed(t *testing.T) {
	for _, c := range []struct{ wish, reason string }{
		{`{"type":"openUrl","url":"https://evil.example.net/"}`, "does not allow https://evil.example.net"},
		{`{"type":"openUrl","url":"file:///etc/passwd"}`, "https://"},
		{`{"type":"openUrl","url":"https://crm.example.org/","target":"_top"}`, "target"},
		{`{"type":"openUrl","url":"https://crm.example.org/","Type":"x"}`, "Type"},
		{`{"type":"openUrl","url":"https://crm.example.org/","text":"x"}`, "does not know"},
		{`{"type":"openUrl","url":"https://crm.example.org/","reuse":"window"}`, "reuse"},
		{`{"type":"openUrl"}`, "no url"},
		{`{"type":"openUrl","url":7}`, "must not be"},
		{`{"type":"runCommand","text":"id"}`, "none of"},
		{`{}`, "none of"},
		{`[]`, "no intent"},
		{`"https://crm.example.org/"`, "no intent"},
		{`{"type":"newContact","url":"https://crm.example.org/new?phone=1","prefill":{"phone":"2"}}`, "already in the link"},
		{`{"type":"newContact","url":"https://crm.example.org/new?%70hone=1","prefill":{"phone":"2"}}`, "already in the link"},
		{`{"type":"newContact","url":"https://crm.example.org/new","prefill":{"a&b":"2"}}`, "not a field name"},
		{`{"type":"launchApp","app":"calc"}`, "does not allow this application"},
		{`{"type":"launchApp","app":"/bin/sh","arg":"-c"}`, "does not allow this application"},
		{`{"type":"launchApp","app":"absent"}`, "has no such application"},
		{`{"type":"launchApp","app":"batch","arg":"1"}`, "not absolute"},
		{`{"type":"launchApp","app":"erp","arg":"4711\" & calc"}`, "does not match"},
		{`{"type":"launchApp","app":"erp","arg":"--option"}`, "does not match"},
		{`{"type":"launchApp","app":"erp","arg":"%PATH%"}`, "does not match"},
		{`{"type":"launchApp","app":"erp","arg":"4711\n"}`, "does not match"},
		{`{"type":"launchApp","app":"erp","arg":"4711\n4711"}`, "does not match"},
		{`{"type":"launchApp","app":"erp","arg":"-1"}`, "does not match"},
		{`{"type":"notify","text":"\u202e\u200b\u0007"}`, "nothing that can be shown"},
		{`{"type":"notify","text":"` + strings.Repeat("x", 201) + `"}`, "longer than"},
	} {
		b := screenpop.NewBroker(screenpop.BrokerConfig{Apps: apps})
		v := b.Judge(crmRun("a"), screenpop.Situation{}, wishes(c.wish))
		if len(v.Grants)+len(v.Notices)+len(v.Intents) != 0 || len(v.Refused) != 1 || !strings.Contains(v.Refused[0].Reason, c.reason) {
			t.Errorf("%s\n%+v", c.wish, v)
		}
	}
}

var apps = map[string]screenpop.App{
	"erp":   {Path: "/opt/erp/erp", Args: []string{"--record", "{arg}", "x{arg}"}, Arg: regexp.MustCompile(`[0-9]+`)},
	"calc":  {Path: "/usr/bin/calc"},
	"batch": {Path: "batch.cmd", Arg: regexp.MustCompile(`.*`)},
}

func TestBrokerGrants(t *testing.T) {
	b := screenpop.NewBroker(screenpop.BrokerConfig{PerCall: 10, Apps: apps})
	v := b.Judge(crmRun("a"), screenpop.Situation{}, wishes(
		`{"type":"openUrl","url":"HTTPS://acme.example.org","reuse":"new"}`,
		`{"type":"newContact","url":"https://crm.example.org/new?a=1#top","prefill":{"phone":"+44","name":"O'B & Söhne"}}`,
		`{"type":"launchApp","app":"erp","arg":"4711"}`,
		`{"type":"notify","text":"a\n<b>\u202eb"}`,
	))
	if len(v.Refused) != 0 || len(v.Grants) != 3 || len(v.Intents) != 4 {
		t.Fatalf("%+v", v)
	}
	if g := v.Grants[0]; g.URL != "https://acme.example.org/" || g.Reuse != "new" {
		t.Errorf("%+v", g)
	}
	if got := v.Grants[1].URL; got != "https://crm.example.org/new?a=1&name=O%27B%20%26%20S%C3%B6hne&phone=%2B44#top" {
		t.Error(got)
	}
	if in := v.Intents[1]; in.URL != "https://crm.example.org/new?a=1#top" || in.Prefill["phone"] != "+44" {
		t.Errorf("the intent became %+v", in)
	}
	if g := v.Grants[2]; g.Path != "/opt/erp/erp" || !slices.Equal(g.Args, []string{"--record", "4711", "x{arg}"}) {
		t.Errorf("%+v", g)
	}
	if v.Notices[0] != "a <b>b" {
		t.Errorf("%q", v.Notices)
	}
}

func TestBrokerCountsPerCall(t *testing.T) {
	b := screenpop.NewBroker(screenpop.BrokerConfig{})
	v := b.Judge(crmRun("a"), screenpop.Situation{}, wishes(open("1"), open("1"), open("2"), open("3")))
	if len(v.Grants) != 2 || len(v.Refused) != 2 || v.Paused {
		t.Fatalf("%+v", v)
	}
	// Another event of the same call changes nothing, another call does.
	if v := b.Judge(crmRun("a"), screenpop.Situation{}, wishes(open("4"))); len(v.Grants) != 0 {
		t.Errorf("%+v", v)
	}
	if v := b.Judge(crmRun("b"), screenpop.Situation{}, wishes(open("1"))); len(v.Grants) != 1 {
		t.Errorf("%+v", v)
	}
}

func TestBrokerHeedsTheUser(t *testing.T) {
	b := screenpop.NewBroker(screenpop.BrokerConfig{})
	for _, s := range []screenpop.Situation{{DoNotDisturb: true}, {Private: true}, {Private: true, ByHand: true}} {
		if v := b.Judge(crmRun("a"), s, wishes(open("1"), `{"type":"notify","text":"x"}`)); len(v.Grants)+len(v.Notices) != 0 || len(v.Refused) != 2 {
			t.Errorf("%+v: %+v", s, v)
		}
	}
	// What the user asks for opens as often as it is asked for.
	for range 20 {
		v := b.Judge(crmRun("a"), screenpop.Situation{ByHand: true, DoNotDisturb: true}, wishes(open("1"), open("2"), open("3"), `{"type":"openUrl","url":"https://evil.example.net/"}`))
		if len(v.Grants) != 2 || len(v.Refused) != 2 {
			t.Fatalf("%+v", v)
		}
	}
	if v := b.Judge(crmRun("a"), screenpop.Situation{}, wishes(open("1"))); len(v.Grants) != 1 {
		t.Error("what was opened by hand counted")
	}
}

// TestAFloodOfCallsOpensSixTabs: 500 calls in 10 seconds.
func TestAFloodOfCallsOpensSixTabs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := screenpop.NewBroker(screenpop.BrokerConfig{})
		opened, paused := 0, 0
		flood := func(from int) {
			for i := range 500 {
				v := b.Judge(crmRun(fmt.Sprint(from+i)), screenpop.Situation{}, wishes(open(fmt.Sprint(i))))
				opened += len(v.Grants)
				if v.Paused {
					paused++
				}
				time.Sleep(20 * time.Millisecond)
			}
		}
		flood(0)
		if opened != 6 || paused != 494 {
			t.Errorf("opened %d, paused %d", opened, paused)
		}
		// A minute after the last one everything is as before.
		time.Sleep(time.Minute)
		opened = 0
		flood(1000)
		if opened != 6 {
			t.Errorf("a minute later %d were opened", opened)
		}
	})
}

func TestBrokerRemembersBoundedly(t *testing.T) {
	b := screenpop.NewBroker(screenpop.BrokerConfig{PerMinute: 1 << 30})
	for i := range 5000 {
		b.Judge(crmRun(fmt.Sprint(i)), screenpop.Situation{}, wishes(open("1")))
	}
	if n := b.Remembered(); n > 512 {
		t.Errorf("%d calls are remembered", n)
	}
}

func TestPlan(t *testing.T) {
	known := []recognition.Match{{Source: "CRM", RecordID: "1"}}
	all := []recognition.Script{
		{ID: "every"},
		{ID: "ringing-in-known", When: recognition.When{Events: []string{"ringing"}, Directions: []string{"in"}, Known: "known"}},
		{ID: "unknown", When: recognition.When{Known: "unknown"}},
		{ID: "out", When: recognition.When{Directions: []string{"out"}}},
		{ID: "answered-or-ended", When: recognition.When{Events: []string{"answered", "ended"}}},
	}
	in := ringingCall(t, "a")
	out := in
	out.Direction = telephony.Outgoing
	hidden := in
	hidden.Remote.Number = phone.WithheldNumber(phone.Anonymous)
	strange := in
	strange.Direction = telephony.DirectionUnknown
	for _, c := range []struct {
		name string
		m    screenpop.Moment
		want string
	}{
		{"known caller rings", screenpop.Moment{Event: "ringing", Call: in, Answer: recognition.Answer{Matches: known, Scripts: all}}, "every ringing-in-known"},
		{"unknown caller rings", screenpop.Moment{Event: "ringing", Call: in, Answer: recognition.Answer{Scripts: all}}, "every unknown"},
		{"answered", screenpop.Moment{Event: "answered", Call: in, Answer: recognition.Answer{Matches: known, Scripts: all}}, "every answered-or-ended"},
		{"outgoing", screenpop.Moment{Event: "ringing", Call: out, Answer: recognition.Answer{Matches: known, Scripts: all}}, "every out"},
		{"some ran", screenpop.Moment{Event: "ringing", Call: in, Answer: recognition.Answer{Matches: known, Scripts: all}, Ran: []screenpop.RunKey{{Event: "ringing", Script: "every"}, {Event: "ended", Script: "ringing-in-known"}}}, "ringing-in-known"},
		{"do not disturb", screenpop.Moment{Event: "ringing", Call: in, Answer: recognition.Answer{Scripts: all}, DoNotDisturb: true}, ""},
		{"private", screenpop.Moment{Event: "ringing", Call: in, Answer: recognition.Answer{Scripts: all}, Private: true}, ""},
		{"withheld", screenpop.Moment{Event: "ringing", Call: hidden, Answer: recognition.Answer{Scripts: all}}, ""},
		{"direction not known", screenpop.Moment{Event: "ringing", Call: strange, Answer: recognition.Answer{Scripts: all}}, ""},
		{"no scripts", screenpop.Moment{Event: "ringing", Call: in}, ""},
	} {
		var ids []string
		for _, r := range screenpop.Plan(c.m) {
			ids = append(ids, r.Script.ID)
			if r.CallID != "a" || r.Call.Event != c.m.Event || r.Key() != (screenpop.RunKey{Event: c.m.Event, Script: r.Script.ID}) {
				t.Errorf("%s: %+v", c.name, r)
			}
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCallForTellsWhatIsKnown(t *testing.T) {
	call := ringingCall(t, "a")
	call.Local.Number = london(t)
	got := screenpop.CallFor(script.EventRinging, call, recognition.Answer{Matches: []recognition.Match{{
		Source: "CRM", RecordID: "7", Name: "Jane Doe",
		Fields: []recognition.Field{{Label: "City", Value: "London"}, {Label: "guid", Value: "label"}},
		Params: map[string]string{"guid": "param"},
	}, {Source: "ERP", RecordID: "8", Params: map[string]string{"recordId": "chosen"}}}})
	data, _, err := got.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"a","event":"ringing","direction":"in",` +
		`"number":{"raw":"+44 20 7946 0123","e164":"+442079460123","national":"020 7946 0123","country":"GB","kind":"fixed","hidden":false},` +
		`"dialled":{"raw":"+44 20 7946 0123","e164":"+442079460123","national":"020 7946 0123","country":"GB","kind":"fixed","hidden":false},` +
		`"callerName":"J. Doe","contacts":[` +
		`{"source":"CRM","name":"Jane Doe","fields":{"City":"London","guid":"param","recordId":"7"}},` +
		`{"source":"ERP","name":"","fields":{"recordId":"chosen"}}]}`
	if string(data) != want {
		t.Errorf("got  %s\nwant %s", data, want)
	}
	call.Remote.Number = phone.WithheldNumber(phone.Anonymous)
	hidden := screenpop.CallFor(script.EventRinging, call, recognition.Answer{})
	if n := hidden.Number; !n.Hidden || n.Raw != "" || n.E164 != "" {
		t.Errorf("%+v", n)
	}
	if data, _, _ := hidden.Encode(nil); !errors.Is(decodeErr(data), nil) {
		t.Errorf("%s", data)
	}
}

func decodeErr(data []byte) error {
	_, _, err := script.DecodeCall(data)
	return err
}
