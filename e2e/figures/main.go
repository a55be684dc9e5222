// Command figures measures what the product promises, each figure as a ratio
// to a limit measured in the same run: how fast a ringing phone is shown and
// its record opened, whether bursts lose anything, what the agent costs while
// idle, and whether it grows over ten thousand calls. "make bench" runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"example.org/ctiagent/desktop/desktoptest"
	"example.org/ctiagent/e2e/stage"
	"example.org/ctiagent/telephony/simulator"
)

type options struct {
	calls  int
	growth int
	idle   time.Duration
	bin    string
}

func main() {
	var o options
	flag.IntVar(&o.calls, "calls", 1000, "calls whose times are measured")
	flag.IntVar(&o.growth, "growth", 10_000, "calls after which growth is measured")
	flag.DurationVar(&o.idle, "idle", time.Minute, "how long idle cost is measured")
	flag.StringVar(&o.bin, "bin", "bin", "where the programs are")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var failed error
	err := desktoptest.Run(func(string, ...any) {}, func(t desktoptest.TB) { failed = run(ctx, t, o) })
	if err = errors.Join(err, failed); err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
}

const line = "100"

// scene is the agent as built at a desktop of its own, on the simulated
// platform.
type scene struct {
	*stage.Stage
	platform *simulator.Platform
	display  *desktoptest.Display
}

func set(ctx context.Context, t desktoptest.TB, bin string, settings map[string]string) (*scene, error) {
	bin, err := filepath.Abs(bin)
	if err != nil {
		return nil, err
	}
	p, err := simulator.Start(ctx, simulator.Options{Users: []simulator.User{{Name: line, Password: "figures"}}})
	if err != nil {
		return nil, err
	}
	t.Cleanup(p.Close)
	bus := desktoptest.NewBus(t)
	desktoptest.NewNotifications(t, bus)
	desktoptest.NewWatcher(t, bus)
	display := desktoptest.NewDisplay(t)
	session := desktoptest.NewSession(t).UseBus(bus).UseDisplay(display)
	desktoptest.NewKeyring(t, session, bus)
	browser := filepath.Join(session.Dir, "browser")
	if err := os.WriteFile(browser, []byte("#!/bin/sh\n"), 0o755); err != nil {
		return nil, err
	}
	session.Set("BROWSER", browser)
	session.Set("PATH", os.Getenv("PATH"))
	ca, err := p.CAFile(session.Dir)
	if err != nil {
		return nil, err
	}
	s, err := stage.Start(ctx, stage.Options{
		Dir: t.TempDir(), Bin: bin, Env: session.Env(), Settings: settings,
		Platform: stage.Platform{Address: line + "@" + p.Domain(), Server: p.Addr(), Password: "figures", CAFile: ca},
		Log:      slog.New(slog.DiscardHandler),
	})
	t.Cleanup(func() { _ = s.Close() })
	if err != nil {
		return nil, err
	}
	return &scene{Stage: s, platform: p, display: display}, nil
}

func run(ctx context.Context, t desktoptest.TB, o options) error {
	fmt.Printf("%s/%s, %d CPUs, %s, %s\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), cpuName())
	for _, part := range []struct {
		name string
		do   func(context.Context, desktoptest.TB, options) error
	}{
		{"From the ring to the record", ringFigures},
		{"Window process", windowFigures},
		{"Idle", idleFigures},
		{"Growth", growthFigures},
	} {
		fmt.Println(part.name)
		if err := part.do(ctx, t, o); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		fmt.Println()
	}
	return nil
}
