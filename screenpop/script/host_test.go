package script

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

const says = `function onCall(call, params) { return {type: "notify", text: params.text || "x"} }`

func TestASpareIsReplacedWhenItDies(t *testing.T) {
	var log bytes.Buffer
	h := NewHost(HostConfig{Command: childCommand, Limits: patient, Log: slog.New(slog.NewTextHandler(&log, nil))})
	first, err := h.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// As the keeper's: hand it a dead one.
	first.kill()
	<-first.done
	if _, err := run(t, h, says); err != nil {
		t.Fatal(err)
	}
	h.refill <- struct{}{}
	spare, err := h.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	spare.kill()
	if got, err := run(t, h, says); err != nil || !strings.Contains(got, "notify") {
		t.Errorf("%v %s", err, got)
	}
	h.Close()
	if strings.Contains(log.String(), "level=ERROR") {
		t.Error(log.String())
	}
}

func TestManyAtOnceGetTheirOwnAnswers(t *testing.T) {
	h := newHost(t, patient)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			text := strings.Repeat("x", i+1)
			r, err := h.Run(t.Context(), []byte(says), []byte(ringing), []byte(`{"text":"`+text+`"}`))
			if err != nil || len(r.Intents) != 1 || string(r.Intents[0]) != `{"type":"notify","text":"`+text+`"}` {
				t.Errorf("%d: %v %s", i, err, r.Intents)
			}
		})
	}
	wg.Wait()
}

func TestRunEndsWithItsContext(t *testing.T) {
	h := newHost(t, Limits{Script: time.Minute, Kill: time.Minute})
	c, err := h.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	if _, err := h.runIn(ctx, c, []byte(`for (;;) {}`), []byte(ringing), []byte("{}")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-c.done
}

func TestCloseEndsEverything(t *testing.T) {
	h := NewHost(HostConfig{Command: childCommand, Limits: Limits{Script: time.Minute, Kill: time.Minute}})
	c, err := h.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := h.runIn(context.Background(), c, []byte(`for (;;) {}`), []byte(ringing), []byte("{}"))
		ended <- err
	}()
	h.Close()
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	if !c.over() {
		t.Error("a child outlived its host")
	}
	if _, err := h.Run(t.Context(), []byte(says), []byte(ringing), []byte("{}")); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	h.Close() // twice is fine
}

func TestTooMuchInput(t *testing.T) {
	h := newHost(t, patient)
	if _, err := h.Run(t.Context(), make([]byte, MaxBody+1), nil, nil); !errors.Is(err, ErrInput) {
		t.Errorf("got %v", err)
	}
	// The largest that is accepted fits through the pipe.
	body := says + "//" + strings.Repeat("x", MaxBody-len(says)-2)
	if _, err := run(t, h, body); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestLogsAreMaskedAndFew(t *testing.T) {
	h := newHost(t, patient)
	r, err := h.Run(t.Context(), []byte(`function onCall(call) {
		cti.log("called by " + call.number.e164 + " or 020 7946 0123, room 12");
		for (let i = 0; i < 100; i++) cti.log("x".repeat(1000));
	}`), []byte(ringing), []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Log) != 20 || r.Log[0] != "called by +… or …, room 12" || len(r.Log[1]) > 210 {
		t.Errorf("%d lines, %q", len(r.Log), r.Log[:2])
	}
}

func TestNeitherErrorTextNorLogTellsOfTheCaller(t *testing.T) {
	var log bytes.Buffer
	h := NewHost(HostConfig{Command: childCommand, Limits: patient, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	_, err := run(t, h, `function onCall(call) { throw new Error(call.number.e164) }`)
	h.Close()
	if err == nil || strings.Contains(err.Error()+log.String(), "7946") {
		t.Errorf("%v %s", err, log.String())
	}
}

// TestDeclarationsAreThoseOfTheGoTypes compares cti.d.ts with what the types
// say now.
func TestDeclarationsAreThoseOfTheGoTypes(t *testing.T) {
	_, rest, ok := strings.Cut(Declarations, "  // <generated from the Go types; a test compares them>\n")
	got, _, ok2 := strings.Cut(rest, "  // </generated>\n")
	if !ok || !ok2 {
		t.Fatal("cti.d.ts has no generated part")
	}
	if want := generateDeclarations(); got != want {
		t.Errorf("cti.d.ts is out of date; it should hold\n%s", want)
	}
	if _, err := os.Stat("cti.d.ts"); err != nil {
		t.Error(err)
	}
}
