package agent

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/credstore"
	"example.org/ctiagent/telephony"
)

// brokenLine is a line that ends at once with an error.
type brokenLine struct {
	playedLine
	err  error
	runs *atomic.Int32
}

func (l *brokenLine) Run(context.Context, telephony.Sink) error {
	l.runs.Add(1)
	return l.err
}

// TestLineIsTriedAgainUnlessItIsRefused lets a certificate expire: when it is
// renewed the line must come back without anybody at this computer. A refused
// password is tried once.
func TestLineIsTriedAgainUnlessItIsRefused(t *testing.T) {
	for err, want := range map[error]int32{telephony.ErrTrust: 4, telephony.ErrConfig: 4, telephony.ErrRefused: 1} {
		run(t, func(t *testing.T, r *rig) {
			var runs atomic.Int32
			r.settings.v.Line.Connector, r.settings.v.Line.Address = "broken", "100@example.org"
			store, _ := r.deps.Secrets.Store()
			if err := store.Set(secretLine, credstore.NewSecret("pw")); err != nil {
				t.Fatal(err)
			}
			r.deps.Connectors = map[string]Connectors{"broken": {New: func(Line) (telephony.Connector, error) {
				return &brokenLine{err: err, runs: &runs}, nil
			}}}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				r.runLine(ctx)
			}()
			time.Sleep(3*mendAfter + time.Second)
			synctest.Wait()
			if got := runs.Load(); got != want {
				t.Errorf("%v: the line was tried %d times, want %d", err, got, want)
			}
			if s := r.snapshot(); s.Line.State != view.StatusFatal || s.Line.Reason == "" {
				t.Errorf("%v: the line says %+v", err, s.Line)
			}
			cancel()
			<-ended
		})
	}
}
