package sipline

import (
	"context"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"example.org/ctiagent/telephony"
)

// gate is a Sink that hands each report on.
type gate struct{ calls chan telephony.Call }

func (gate) Link(telephony.Link)                       {}
func (gate) Snapshot(telephony.View, []telephony.Call) {}
func (g gate) Call(c telephony.Call)                   { g.calls <- c }
func (gate) Progress(telephony.Progress)               {}

// BenchmarkNotify is the way of a call event: written by the platform, read,
// understood, told. "inside/op" is the part from readable to told.
func BenchmarkNotify(b *testing.B) {
	p := newPeer(b, ordinary)
	c, err := New(p.config(), testLog(b))
	if err != nil {
		b.Fatal(err)
	}
	g := gate{make(chan telephony.Call)}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() { // ends with ctx
		defer close(ran)
		_ = c.Run(ctx, g)
	}()
	sub := p.await(sip.SUBSCRIBE, 1)
	p.await(sip.REGISTER, 1)
	p.awaitAnswers(sip.NOTIFY, 1)
	conn := p.conn()
	var inside time.Duration
	cseq := 2
	tell := func(ds ...string) telephony.Call {
		conn.send(notify(sub, cseq, "active", dialogs(cseq, ds...)))
		cseq++
		return <-g.calls
	}
	for b.Loop() {
		call := tell("a early recipient 200")
		inside += time.Since(call.Received)
		b.StopTimer()
		tell() // it ends
		b.StartTimer()
	}
	b.ReportMetric(float64(inside.Nanoseconds())/float64(b.N), "inside-ns/op")
	cancel()
	<-ran
}

// BenchmarkDialogInfo is parsing and translating one ordinary document.
func BenchmarkDialogInfo(b *testing.B) {
	body := []byte(dialogs(1, "a early recipient 02079460123", "b confirmed initiator 02079460456"))
	table := newCallTable("100", testPlan)
	b.ReportAllocs()
	for b.Loop() {
		doc, err := parseDialogInfo(body)
		if err != nil {
			b.Fatal(err)
		}
		table.apply(doc, time.Time{})
	}
}
