package agent

import (
	"testing"
	"testing/synctest"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/config"
	"example.org/ctiagent/credstore"
	"example.org/ctiagent/history"
	"example.org/ctiagent/telephony"
)

// reasoned is a history in memory for a reason of its own.
type reasoned struct {
	History
	reason string
}

func (r reasoned) Reason() string { return r.reason }

func (r *rig) historyPage() view.HistoryPage {
	r.t.Helper()
	synctest.Wait()
	p, err := r.handle(r.t.Context(), view.VerbHistory, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return p.(view.HistoryPage)
}

// missedCall is one call that ends in the history.
func (r *rig) missedCall() {
	c := r.ring(ada)
	synctest.Wait()
	c.end(telephony.EndMissed)
	time.Sleep(time.Second)
}

func TestHistorySaysHowItIsKept(t *testing.T) {
	for _, tt := range []struct {
		reason, need    string
		memory, inWords string
		unreadable      bool
	}{
		{reason: history.ReasonNone},
		{reason: history.ReasonNoKeyring, memory: "noKeyring"},
		{reason: history.ReasonNoKeyring, need: "choose", memory: "noKeyring"},
		{reason: history.ReasonNoKeyring, need: "locked", memory: "locked"},
		{reason: history.ReasonNoKeyring, need: "unlock", memory: "unlock"},
		{reason: history.ReasonSession, memory: "session"},
		{reason: HistoryUnreadable, unreadable: true},
		{reason: "the disk is gone", inWords: "the disk is gone"},
	} {
		run(t, func(t *testing.T, r *rig) {
			r.deps.Secrets = needing{r.deps.Secrets, tt.need}
			r.history.Store(&openHistory{reasoned{r.hist(), tt.reason}})
			p := r.historyPage()
			if p.Memory != tt.memory || p.Unreadable != tt.unreadable || p.Error != tt.inWords || p.Days != 90 {
				t.Errorf("%q, %q: the page says %+v", tt.reason, tt.need, p)
			}
		})
	}
}

// needing are secrets that cannot be had yet.
type needing struct {
	Secrets
	need string
}

func (n needing) Store() (credstore.Store, string) {
	if n.need != "" {
		return nil, n.need
	}
	return n.Secrets.Store()
}

func TestUnreadableHistoryIsBegunAnewOnce(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		begun := 0
		r.deps.StartHistoryAnew = func(h config.History, s credstore.Store) (History, error) {
			begun++
			return r.deps.OpenHistory(h, s), nil
		}
		anew := func() {
			t.Helper()
			if _, err := r.handle(t.Context(), view.VerbHistoryAnew, nil); err != nil {
				t.Fatal(err)
			}
		}
		anew()
		if begun != 0 {
			t.Error("a history that can be read was set aside")
		}
		r.history.Store(&openHistory{reasoned{r.hist(), HistoryUnreadable}})
		r.missedCall()
		anew()
		p := r.historyPage()
		if begun != 1 || p.Unreadable || len(p.Entries) != 1 {
			t.Errorf("begun %d times, unreadable %v, %d calls of this session", begun, p.Unreadable, len(p.Entries))
		}
		if s := r.snapshot(); len(s.Recent) != 1 {
			t.Errorf("%d recent calls", len(s.Recent))
		}
	})
}

// Calls that came while the keyring was locked are kept when it opens.
func TestCallsInMemoryMoveToDisk(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		r.history.Store(&openHistory{reasoned{r.hist(), history.ReasonNoKeyring}})
		r.missedCall()
		r.SecretsChanged()
		if p := r.historyPage(); len(p.Entries) != 1 || p.Entries[0].Result != history.Missed {
			t.Errorf("after the keyring opened the history holds %+v", p.Entries)
		}
	})
}
