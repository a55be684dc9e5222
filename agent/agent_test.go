package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/assets/lang"
	"example.org/ctiagent/config"
	"example.org/ctiagent/credstore"
	"example.org/ctiagent/desktop/notification"
	"example.org/ctiagent/history"
	"example.org/ctiagent/phone"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop"
	"example.org/ctiagent/telephony"
)

// These tests drive the loop with a clock of their own. The line, the service
// and the desktop are played here, so that moments can be chosen that the real
// ones do not offer; the real ones play in e2e.

const (
	ada    = "+442079460123"
	nobody = "+33199001234"
)

var plan = phone.DialPlan{Country: "GB", AreaCode: "20"}

// rig is an agent's loop with everything around it played.
type rig struct {
	t *testing.T
	*Agent
	desk     *desk
	service  *played
	line     *playedLine
	settings *memorySettings
	calls    int
}

// run runs f in a bubble with a running loop.
func run(t *testing.T, f func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r := &rig{t: t, desk: &desk{shown: map[string]notification.Notice{}}, line: &playedLine{}, settings: newMemorySettings()}
		r.service = &played{answers: map[string]recognition.Answer{}}
		r.Agent = New(Deps{
			Log:      slog.New(slog.DiscardHandler),
			Texts:    lang.New("en"),
			Settings: r.settings,
			Secrets:  memorySecrets{credstore.NewMemory()},
			Notifier: r.desk,
			OpenHistory: func(config.History, credstore.Store) History {
				b, err := history.Open(history.Options{})
				if err != nil {
					t.Error(err)
				}
				return b
			},
		})
		r.Agent.service.Store(&session{Service: r.service, popper: r.service})
		var line telephony.Connector = r.line
		r.Agent.line.Store(&line)
		loop := newLoop(ctx, r.Agent)
		go loop.run()
		sink{r.Agent}.Link(telephony.Link{State: telephony.LinkLive})
		synctest.Wait()
		defer func() {
			cancel()
			<-r.done
			r.work.Wait()
		}()
		f(t, r)
	})
}

func (r *rig) snapshot() view.Snapshot {
	r.t.Helper()
	synctest.Wait()
	s, err := ask(r.t.Context(), r.Agent, func(l *loop) (view.Snapshot, error) { return l.snapshot(), nil })
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// card is the newest card.
func (r *rig) card() view.Card {
	r.t.Helper()
	s := r.snapshot()
	if len(s.Cards) == 0 {
		r.t.Fatal("there is no card")
	}
	return s.Cards[len(s.Cards)-1]
}

// call is one call of the played line.
type call struct {
	r *rig
	telephony.Call
}

func (r *rig) ring(number string) *call {
	r.calls++
	n := phone.WithheldNumber(phone.Anonymous)
	if number != "" {
		n = phone.FromNetwork(number, plan)
	}
	c := &call{r, telephony.Call{
		ID: telephony.CallID(fmt.Sprint("call", r.calls)), View: telephony.ViewAPI, Phase: telephony.Ringing,
		Direction: telephony.Incoming, Remote: telephony.Party{Number: n}, Started: time.Now(), Received: time.Now(),
	}}
	c.report()
	return c
}

func (c *call) report() { sink{c.r.Agent}.Call(c.Call) }

func (c *call) answer() {
	c.Phase, c.Answered = telephony.Connected, time.Now()
	c.report()
}

func (c *call) end(why telephony.EndReason) {
	c.Phase, c.EndReason, c.Finished = telephony.Ended, why, time.Now()
	c.report()
}

func knows(name string) recognition.Answer {
	return recognition.Answer{
		Matches: []recognition.Match{{Source: "CRM", RecordID: name, Name: name, Field: "Mobile", Kind: recognition.MatchExact}},
		Scripts: []recognition.Script{{ID: "pop", When: recognition.When{Events: []string{"ringing"}}}},
	}
}

func TestKnownCallerFromRingToHistory(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		r.service.answers[ada] = knows("Ada Example")
		r.service.delay = 200 * time.Millisecond
		c := r.ring(ada)
		if got := r.card(); got.Recognition != view.LookingUp || got.Phase != view.PhaseRinging {
			t.Fatalf("while it is looked up the card is %+v", got)
		}
		first := r.desk.only(t)
		if first.Title != "+44 20 7946 0123" {
			t.Errorf("the first notice says %q, not the number", first.Title)
		}
		time.Sleep(time.Second)
		got := r.card()
		if got.Recognition != view.Known || got.People[0].Name != "Ada Example" || !got.OpenedURL {
			t.Errorf("after the answer the card is %+v", got)
		}
		if n := r.desk.only(t); n.Title != "Ada Example" || !strings.Contains(n.Body, "+44 20 7946 0123") {
			t.Errorf("the notice was not replaced with the name: %+v", n)
		}
		c.answer()
		time.Sleep(42 * time.Second)
		if n := r.desk.count(); n != 0 {
			t.Errorf("%d notices are left after the call was answered", n)
		}
		c.end(telephony.EndNormal)
		synctest.Wait()
		page := r.hist().Find(history.Query{})
		if len(page.Entries) != 1 || page.Entries[0].Name != "Ada Example" || page.Entries[0].Duration != 42*time.Second {
			t.Errorf("history is %+v", page.Entries)
		}
		if r.service.popped() != 1 {
			t.Errorf("%d scripts ran, want 1", r.service.popped())
		}
		time.Sleep(stayEnded + time.Second)
		if s := r.snapshot(); len(s.Cards) != 0 {
			t.Errorf("the ended call is still on the screen: %+v", s.Cards)
		}
	})
}

func TestLateNameIsStillShown(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		r.service.answers[ada] = knows("Ada Example")
		r.service.delay = 4 * time.Second
		r.ring(ada)
		time.Sleep(2 * time.Second)
		if got := r.card().Recognition; got != view.Late {
			t.Errorf("after the bound recognition is %q", got)
		}
		time.Sleep(3 * time.Second)
		if got := r.card(); got.Recognition != view.Known {
			t.Errorf("the late name is not shown: %+v", got)
		}
	})
}

func TestServiceAwayIsNotUnknown(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		r.service.answers[ada] = knows("Ada Example")
		r.service.setError(recognition.ErrUnreachable)
		r.ring(ada)
		if got := r.card().Recognition; got != view.Unreachable {
			t.Fatalf("with the service away recognition is %q", got)
		}
		r.service.setError(nil)
		time.Sleep(retryAfter + time.Second)
		if got := r.card().Recognition; got != view.Known {
			t.Errorf("it was not tried again: %q", got)
		}
	})
}

func TestWithheldIsNotLookedUp(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		r.ring("")
		if got := r.card(); got.Recognition != view.IsWithheld || got.Number.Withheld != "anonymous" {
			t.Errorf("card is %+v", got)
		}
		if r.service.lookups() != 0 {
			t.Error("a withheld number was looked up")
		}
	})
}

func TestSeveralAskAndTheChoiceIsRemembered(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		shared := knows("Ben Sample")
		shared.Matches = append(shared.Matches, knows("Cem Muster").Matches...)
		r.service.answers[ada] = shared
		c := r.ring(ada)
		got := r.card()
		if got.Recognition != view.Several || r.service.popped() != 0 {
			t.Fatalf("recognition %q, %d scripts ran", got.Recognition, r.service.popped())
		}
		if _, err := r.askOpenRecord(t.Context(), view.OpenRecord{Card: got.ID, Person: 1}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if last := r.service.lastRun(); len(last.Call.Contacts) != 1 || last.Call.Contacts[0].Name != "Cem Muster" {
			t.Errorf("the script was told of %+v", last.Call.Contacts)
		}
		c.answer()
		c.end(telephony.EndNormal)
		r.ring(ada)
		if got := r.card(); !got.People[0].Chosen || got.People[0].Name != "Cem Muster" {
			t.Errorf("the next call does not begin with the choice: %+v", got.People)
		}
		if r.service.popped() != 2 {
			t.Errorf("%d scripts ran, want 2: the choice opens by itself", r.service.popped())
		}
	})
}

func TestPrivateCallLeavesNothing(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		r.service.answers[ada] = knows("Ada Example")
		r.service.delay = time.Second
		c := r.ring(ada)
		id := r.card().ID
		if _, err := r.handle(t.Context(), view.VerbPrivate, []byte(`{"card":"`+id+`"}`)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		got := r.card()
		if !got.Private || len(got.People) != 0 || r.service.popped() != 0 {
			t.Errorf("a private call shows %+v; %d scripts ran", got.People, r.service.popped())
		}
		c.answer()
		c.end(telephony.EndNormal)
		synctest.Wait()
		if page := r.hist().Find(history.Query{}); len(page.Entries) != 0 {
			t.Errorf("a private call was written down: %+v", page.Entries)
		}
	})
}

func TestDoNotDisturbOpensNothing(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		r.service.answers[ada] = knows("Ada Example")
		if _, err := r.handle(t.Context(), view.VerbDoNotDisturb, []byte(`{"on":true}`)); err != nil {
			t.Fatal(err)
		}
		r.ring(ada)
		if got := r.card(); got.Recognition != view.Known || r.service.popped() != 0 {
			t.Errorf("recognition %q, %d scripts ran", got.Recognition, r.service.popped())
		}
	})
}

func TestElsewhereWithdrawsAndMissedStays(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		c := r.ring(ada)
		synctest.Wait()
		c.end(telephony.EndAnsweredElsewhere)
		time.Sleep(time.Second) // the Tracker waits for other views' word
		if got := r.card().Phase; got != view.PhaseElsewhere || r.desk.count() != 0 {
			t.Errorf("phase %q, %d notices", got, r.desk.count())
		}
		for range 5 {
			r.ring(nobody).end(telephony.EndMissed)
			time.Sleep(time.Second)
		}
		s := r.snapshot()
		if s.MissedUnseen != 5 {
			t.Errorf("%d missed calls, want 5", s.MissedUnseen)
		}
		if n := r.desk.only(t); n.Title != "5 missed calls" {
			t.Errorf("the notice says %q", n.Title)
		}
		missed := 0
		for _, c := range s.Cards {
			if c.Phase == view.PhaseMissed {
				missed++
			}
		}
		if missed != keepMissed {
			t.Errorf("%d missed cards are on the screen, want %d", missed, keepMissed)
		}
	})
}

func TestFloodOfLinksAsksOnce(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		dial := func(uri string) (view.DialResult, error) {
			v, err := r.askDial(t.Context(), view.Dial{Text: uri, FromLink: true})
			return v.(view.DialResult), err
		}
		first, err := dial("tel:+442079460188")
		if err != nil || first.Action != "confirm" {
			t.Fatalf("%+v %v", first, err)
		}
		for range 99 {
			if _, err := dial("tel:+442079460111"); err == nil {
				t.Fatal("a second question was put")
			}
		}
		s := r.snapshot()
		if s.Confirm.More != 99 || s.Confirm.Number.E164 != "+442079460188" {
			t.Errorf("the question is %+v", s.Confirm)
		}
		if _, err := r.askConfirm(t.Context(), view.ConfirmDial{ID: first.Ask, Accept: true}); err == nil {
			t.Error("the question could be answered before anybody could have read it")
		}
		time.Sleep(dialEnabledAfter)
		if _, err := r.askConfirm(t.Context(), view.ConfirmDial{ID: first.Ask, Accept: true}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := r.line.dialled(); !slices.Equal(got, []string{"+442079460188"}) {
			t.Errorf("dialled %q", got)
		}
	})
}

func TestUnansweredQuestionIsANo(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		if _, err := r.askDial(t.Context(), view.Dial{Text: "tel:+442079460188", FromLink: true}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(confirmLimit + time.Second)
		if s := r.snapshot(); s.Confirm != nil || len(r.line.dialled()) != 0 || r.desk.count() != 0 {
			t.Errorf("question %v, dialled %v, %d notices", s.Confirm, r.line.dialled(), r.desk.count())
		}
	})
}

func TestDialFailureSaysWhy(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		v, err := r.askDial(t.Context(), view.Dial{Text: "020 7946 0188"})
		if err != nil {
			t.Fatal(err)
		}
		if v.(view.DialResult).Action != "dial" {
			t.Fatalf("%+v", v)
		}
		synctest.Wait()
		id := r.line.last()
		for _, step := range []telephony.DialStep{telephony.DialOwnRinging, telephony.DialOwnAnswered, telephony.DialTrying, telephony.DialBusy} {
			sink{r.Agent}.Progress(telephony.Progress{ID: id, Step: step})
			synctest.Wait()
		}
		if got := r.card(); got.Phase != view.PhaseEnded || got.DialReason != "The number is busy" || !got.Outgoing {
			t.Errorf("card is %+v", got)
		}
	})
}

func TestStormLosesNoEnd(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		r.settings.v.History.Enabled = true
		for i := range 500 {
			c := r.ring(fmt.Sprintf("+4420794600%02d", i%100))
			time.Sleep(10 * time.Millisecond)
			c.end(telephony.EndMissed)
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(10 * time.Second)
		s := r.snapshot()
		if s.MissedUnseen != 500 {
			t.Errorf("%d of 500 ends were seen", s.MissedUnseen)
		}
		if len(s.Cards) > maxCards {
			t.Errorf("%d cards in a snapshot", len(s.Cards))
		}
		if page := r.hist().Find(history.Query{Limit: 1000}); len(page.Entries) != 500 {
			t.Errorf("history has %d of 500 calls", len(page.Entries))
		}
	})
}

func TestNetworkNameIsCleaned(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		r.calls++
		c := telephony.Call{ID: "x", View: telephony.ViewAPI, Phase: telephony.Ringing, Direction: telephony.Incoming,
			Remote: telephony.Party{Number: phone.FromNetwork(nobody, plan), Name: "<b>Bank\u202eevil</b>" + strings.Repeat("x", 10_000)}}
		sink{r.Agent}.Call(c)
		name := r.card().NetworkName
		if strings.ContainsRune(name, '\u202e') || len([]rune(name)) > maxNameRunes+1 {
			t.Errorf("the name on the card is %q", name)
		}
	})
}

// What a face needs to ask well is in the answer and in the question.
func TestQuestionSaysWhatItIsAbout(t *testing.T) {
	run(t, func(t *testing.T, r *rig) {
		v, err := r.askDial(t.Context(), view.Dial{Text: "tel:+33199001234;ext=77", FromLink: true})
		if err != nil {
			t.Fatal(err)
		}
		got := v.(view.DialResult)
		if got.Action != "confirm" || got.Country != "FR" || !got.Foreign || got.Dropped == "" || got.Reason == "" {
			t.Errorf("the answer is %+v", got)
		}
		if c := r.snapshot().Confirm; c == nil || c.Reason != got.Reason || c.Dropped != got.Dropped || c.Number.Country != "FR" {
			t.Errorf("the question is %+v", c)
		}
	})
}

// desk records notices.
type desk struct {
	mu    sync.Mutex
	shown map[string]notification.Notice
}

func (d *desk) Show(key string, n notification.Notice) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shown[key] = n
	return nil
}

func (d *desk) Withdraw(key string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.shown, key)
	return nil
}

func (d *desk) Actions() <-chan notification.Invoked { return nil }
func (d *desk) Capabilities() notification.Capabilities {
	return notification.Capabilities{Actions: true, Replace: true, Withdraw: true}
}
func (d *desk) Ready() error { return nil }
func (d *desk) Close() error { return nil }

func (d *desk) count() int {
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.shown)
}

func (d *desk) only(t *testing.T) notification.Notice {
	t.Helper()
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.shown) != 1 {
		t.Fatalf("%d notices are shown, want 1: %+v", len(d.shown), d.shown)
	}
	for _, n := range d.shown {
		return n
	}
	panic("unreachable")
}

// played is a recognition service and a popper.
type played struct {
	mu      sync.Mutex
	answers map[string]recognition.Answer
	delay   time.Duration
	err     error
	asked   int
	runs    []screenpop.Run
}

func (p *played) setError(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

func (p *played) lookups() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func (p *played) Recognize(ctx context.Context, q recognition.Query) (recognition.Answer, error) {
	p.mu.Lock()
	p.asked++
	err := p.err
	p.mu.Unlock()
	select {
	case <-time.After(p.delay):
	case <-ctx.Done():
		return recognition.Answer{}, ctx.Err()
	}
	return p.answers[q.Number.E164()], err
}

func (p *played) Script(context.Context, string) ([]byte, error) {
	return nil, errors.New("not needed")
}
func (p *played) Run(ctx context.Context, _ func(view.Status)) error {
	<-ctx.Done()
	return nil
}
func (p *played) SignIn(context.Context, string, credstore.Secret) (credstore.Secret, error) {
	return credstore.Secret{}, recognition.ErrRefused
}
func (p *played) SignOut(context.Context) error { return nil }
func (p *played) Close()                        {}

func (p *played) Pop(_ context.Context, run screenpop.Run, _ screenpop.Situation) screenpop.Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runs = append(p.runs, run)
	return screenpop.Outcome{Script: run.Script.ID, Opened: []screenpop.Grant{{URL: "https://crm.example.org/"}}}
}

func (p *played) popped() int {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.runs)
}

func (p *played) lastRun() screenpop.Run {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.runs[len(p.runs)-1]
}

// playedLine records what is dialled.
type playedLine struct {
	mu   sync.Mutex
	reqs []telephony.DialRequest
}

func (l *playedLine) Run(ctx context.Context, _ telephony.Sink) error {
	<-ctx.Done()
	return nil
}

func (l *playedLine) Dial(_ context.Context, req telephony.DialRequest) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reqs = append(l.reqs, req)
	return nil
}

func (l *playedLine) Cancel(context.Context, telephony.DialID) error { return nil }
func (l *playedLine) Capabilities() telephony.Capabilities           { return telephony.Capabilities{Dial: true} }

func (l *playedLine) dialled() (digits []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.reqs {
		digits = append(digits, r.Dial)
	}
	return digits
}

func (l *playedLine) last() telephony.DialID {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reqs[len(l.reqs)-1].ID
}

// memorySettings are settings without a file.
type memorySettings struct{ v config.Values }

func newMemorySettings() *memorySettings {
	v := config.Defaults()
	v.Site.Country, v.Site.AreaCode = "GB", "20"
	v.Line.Address = "100@pbx.example.org"
	return &memorySettings{v}
}

func (m *memorySettings) Values() config.Values          { return m.v }
func (m *memorySettings) Items() []config.Item           { return nil }
func (m *memorySettings) Change(map[string]string) error { return nil }

type memorySecrets struct{ store credstore.Store }

func (m memorySecrets) Store() (credstore.Store, string)      { return m.store, "" }
func (m memorySecrets) Choose(string, credstore.Secret) error { return nil }
