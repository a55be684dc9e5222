package sipline

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/ctiagent/phone"
	"example.org/ctiagent/telephony"
)

var update = flag.Bool("update", false, "write the golden files anew")

func presentation(p phone.Presentation) string {
	return map[phone.Presentation]string{phone.Allowed: "", phone.Anonymous: "anonymous", phone.Unavailable: "unavailable"}[p]
}

func describe(c telephony.Call) string {
	s := fmt.Sprintf("%-9v %-8v %q", c.Phase, c.Direction, c.Remote.Number.Raw()+presentation(c.Remote.Number.Presentation()))
	if c.Remote.Name != "" {
		s += fmt.Sprintf(" name %q", c.Remote.Name)
	}
	if c.RedirectedFrom != (telephony.Party{}) {
		s += fmt.Sprintf(" redirected from %q %q", c.RedirectedFrom.Number.Raw()+presentation(c.RedirectedFrom.Number.Presentation()), c.RedirectedFrom.Name)
	}
	if c.Phase == telephony.Ended {
		s += fmt.Sprintf(" end %v", c.EndReason)
	}
	return s + " [" + string(c.ID) + "]"
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s\n got:\n%s\nwant:\n%s", file, got, want)
	}
}

// TestDialogInfoGolden plays the bodies that each platform sends for one
// story and compares what calls come of them.
func TestDialogInfoGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/dialoginfo/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test data: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			table := newCallTable("100", testPlan)
			var out strings.Builder
			for i, body := range strings.Split(string(text), "-- next --\n") {
				fmt.Fprintf(&out, "document %d\n", i+1)
				doc := &document{full: true}
				if strings.TrimSpace(body) != "" {
					if doc, err = parseDialogInfo([]byte(body)); err != nil {
						t.Fatal(err)
					}
				}
				for _, c := range table.apply(doc, time.Unix(int64(i), 0)) {
					fmt.Fprintf(&out, "  %s\n", describe(c))
				}
			}
			golden(t, strings.TrimSuffix(file, ".txt")+".golden", out.String())
		})
	}
}

// TestEveryCallEnds applies documents in an order no platform would send and
// wants every call to end once, and nothing after its end.
func TestEveryCallEnds(t *testing.T) {
	table := newCallTable("100", testPlan)
	over := map[telephony.CallID]bool{}
	states := []string{"trying", "early", "confirmed", "terminated", "proceeding", ""}
	note := func(cs []telephony.Call) {
		for _, c := range cs {
			if over[c.ID] {
				t.Errorf("%s is told after its end", c.ID)
			}
			over[c.ID] = c.Phase == telephony.Ended
		}
	}
	for i := range 2000 {
		d := dialogInfo{id: fmt.Sprint(i * i % 7), state: states[i*31%len(states)], direction: []string{"", "initiator", "recipient"}[i%3],
			remote: participant{identity: fmt.Sprintf("sip:20%d@pbx.test", i%4)}}
		note(table.apply(&document{full: i%5 == 0, dialogs: []dialogInfo{d}}, time.Unix(int64(i), 0)))
	}
	note(table.apply(&document{full: true}, time.Unix(3000, 0)))
	for id, done := range over {
		if !done {
			t.Errorf("%s never ended", id)
		}
	}
	if len(over) < 100 {
		t.Errorf("only %d calls", len(over))
	}
}

func TestRestartKeepsIDs(t *testing.T) {
	table := newCallTable("100", testPlan)
	at := time.Unix(0, 0)
	talking := dialogInfo{id: "x", callID: "c1", state: "confirmed", direction: "recipient"}
	first := table.apply(&document{full: true, dialogs: []dialogInfo{talking}}, at)[0]

	again := &document{full: true, dialogs: []dialogInfo{talking}}
	table.restart(again)
	table.apply(again, at)
	if live := table.live(); len(live) != 1 || live[0].ID != first.ID {
		t.Errorf("the call changed its name over a reconnect: %v", live)
	}
	other := talking
	other.callID = "c2"
	doc := &document{full: true, dialogs: []dialogInfo{other}}
	table.restart(doc)
	table.apply(doc, at)
	if live := table.live(); len(live) != 1 || live[0].ID == first.ID {
		t.Errorf("another call under the same dialog id kept the name: %v", live)
	}
}
