package screenpop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.org/ctiagent/screenpop/script"
)

// Opener opens things on the user's desktop. Its implementation is the only
// code of the program that does. Any goroutine may call it; it returns when
// the desktop took the order over, not when something is visible.
type Opener interface {
	// Open opens a link in the user's browser. The link was made canonical and
	// allowed by CheckURL; it begins with https:// or, for a literal private
	// address, with http://.
	Open(ctx context.Context, url string) error
	// Launch starts an application by its absolute path with exactly these
	// arguments, without a shell.
	Launch(ctx context.Context, path string, args []string) error
}

// Runner runs a script; *script.Host is the one there is.
type Runner interface {
	Run(ctx context.Context, body, callJSON, paramsJSON []byte) (script.Result, error)
}

// PopperConfig says what a Popper works with.
type PopperConfig struct {
	Runner Runner
	Bodies *Bodies
	Broker *Broker
	Opener Opener
	Log    *slog.Logger
}

// Popper carries a planned run out: fetch the script, run it, have its wishes
// judged, open what was granted. Any goroutine may use it; one run takes at
// most the time of its fetch and the kill limit of the host.
type Popper struct{ cfg PopperConfig }

// NewPopper makes a Popper.
func NewPopper(cfg PopperConfig) *Popper {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Popper{cfg: cfg}
}

// Outcome is all that came of one run.
type Outcome struct {
	Script  string // id
	Intents []script.Intent
	Opened  []Grant   // those that the desktop took
	Refused []Refusal // by the broker or by the desktop
	Notices []string
	Paused  bool     // too many pop-ups within a minute: say so once
	Log     []string // what the script logged, for administrators
	Err     error    // why there are no intents at all
	Timing  Timing
}

// Timing says where the time of a run went.
type Timing struct {
	Fetch  time.Duration // the body, from memory, disk or service
	Script time.Duration // the sandbox, from handing over to the answer
	Open   time.Duration // until the desktop took all of it
	Handed time.Time     // when the first thing was handed to the opener
}

// Pop carries one run out. The outcome's Err wraps the errors of script.Host
// and of the recognition service; it never holds what the script said.
func (p *Popper) Pop(ctx context.Context, run Run, s Situation) (out Outcome) {
	out.Script = run.Script.ID
	log := p.cfg.Log.With("script", run.Script.ID)
	defer func() {
		if out.Err != nil && !errors.Is(out.Err, context.Canceled) {
			log.Warn("a script opened nothing", "error", out.Err)
		}
	}()

	began := time.Now()
	body, err := p.cfg.Bodies.Body(ctx, run.Script.Digest)
	out.Timing.Fetch = time.Since(began)
	if err != nil {
		out.Err = fmt.Errorf("screenpop: get the script: %w", err)
		return out
	}
	call, params, err := run.Call.Encode(run.Params)
	if err != nil {
		out.Err = err
		return out
	}
	began = time.Now()
	result, err := p.cfg.Runner.Run(ctx, body, call, params)
	out.Timing.Script = time.Since(began)
	out.Log = result.Log
	if err != nil {
		out.Err = fmt.Errorf("screenpop: run the script: %w", err)
		return out
	}

	v := p.cfg.Broker.Judge(run, s, result.Intents)
	out.Intents, out.Refused, out.Notices, out.Paused = v.Intents, v.Refused, v.Notices, v.Paused
	for _, r := range v.Refused {
		log.Warn("a wish of a script was refused", "reason", r.Reason)
	}
	began = time.Now()
	for _, g := range v.Grants {
		if out.Timing.Handed.IsZero() {
			out.Timing.Handed = time.Now()
		}
		if err := p.open(ctx, g); err != nil {
			out.Refused = append(out.Refused, Refusal{Reason: "the desktop did not open it"})
			log.Error("the desktop did not open what a script asked for", "type", string(g.Type), "error", err)
			continue
		}
		out.Opened = append(out.Opened, g)
		log.Info("opened for a script", "type", string(g.Type), "target", g.target())
	}
	out.Timing.Open = time.Since(began)
	return out
}

func (p *Popper) open(ctx context.Context, g Grant) error {
	if g.Type == script.LaunchApp {
		return p.cfg.Opener.Launch(ctx, g.Path, g.Args)
	}
	return p.cfg.Opener.Open(ctx, g.URL)
}

// target is what the log may say of a grant: where it leads, not to whom.
func (g Grant) target() string {
	if g.Type == script.LaunchApp {
		return g.App
	}
	return originOf(g.URL)
}
