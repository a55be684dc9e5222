package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"example.org/ctiagent/agent"
	"example.org/ctiagent/agent/localapi"
	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/assets/icon"
	"example.org/ctiagent/config"
	"example.org/ctiagent/desktop/autostart"
	"example.org/ctiagent/desktop/instance"
	"example.org/ctiagent/desktop/notification"
	"example.org/ctiagent/desktop/telhandler"
	"example.org/ctiagent/diag"
	"example.org/ctiagent/ui/terminal"
	"example.org/ctiagent/ui/tray"
)

// instanceName is the one door of the agent, per user.
const instanceName = "ctiagent"

// runVerb stays resident until it is told to end.
func runVerb(ctx context.Context, e env, args []string) int {
	f := e.flags("run")
	headless := f.Bool("headless", false, "no tray and no windows: calls are shown in this terminal")
	leashed := f.Bool("leashed", false, "end when the standard input ends: for programs that start the agent")
	verbose := f.Bool("verbose", false, "write the log to this terminal too")
	if code, ok := f.parse(args, 0); !ok {
		return code
	}
	p, err := openPlace()
	if err != nil {
		return e.fail(err)
	}
	one, err := instance.Acquire(instanceName)
	if errors.Is(err, instance.ErrRunning) {
		return e.secondStart(ctx, p, err)
	}
	if err != nil {
		return e.fail(err)
	}
	defer one.Close()
	if *leashed {
		ctx = whileInput(ctx, e.in)
	}
	r := &resident{place: p, env: e, headless: *headless || !hasDisplay()}
	if err := r.openLog(*verbose); err != nil {
		return e.fail(err)
	}
	one.OnRefused(func(count int) { r.log.Warn("another user was turned away at the agent's socket", "count", count) })
	if err := r.run(ctx, one); err != nil {
		r.log.Error("the agent ended", "error", err)
		return e.fail(err)
	}
	return exitOK
}

// secondStart means "where is it?": the running agent shows itself, or is at
// least spoken of where it has no windows.
func (e env) secondStart(ctx context.Context, p *place, running error) int {
	c, err := connectAgent(ctx, false)
	if err != nil {
		return e.fail(running) // it holds the name and does not answer
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := c.Do(ctx, view.VerbShowWindow, view.ShowWindow{Window: view.WindowHistory}, nil); err != nil {
		fmt.Fprintln(e.err, "ctiagent: "+p.texts.T("cli.alreadyRunning"))
	}
	return exitOK
}

// whileInput is ctx until the input ends. The goroutine that reads ends with
// the input: a read cannot be told to stop.
func whileInput(ctx context.Context, in io.Reader) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, in)
	}()
	return ctx
}

// resident is the running agent with its faces.
type resident struct {
	*place
	env
	headless bool
	level    slog.LevelVar
	faults   *diag.Faults
	log      *slog.Logger
}

func (r *resident) openLog(verbose bool) error {
	level, err := diag.ParseLevel(r.settings.Values().Log.Level)
	if err != nil {
		return err
	}
	r.level.Set(level)
	file, err := diag.OpenLog(filepath.Join(r.dirs.State, "ctiagent.log"), diag.MaxLog)
	var w io.Writer = file
	switch {
	case err != nil: // calls do not depend on it
		r.say(r.texts.T("cli.logHere", map[string]any{"reason": err}))
		w = r.err
	case verbose:
		w = io.MultiWriter(file, r.err)
	}
	r.faults = diag.NewFaults(50, nil)
	r.log = slog.New(faultHandler{diag.NewLogger(w, &r.level).Handler(), r.faults})
	return nil
}

func (r *resident) run(ctx context.Context, one *instance.Instance) error {
	host, err := newHost(r.log)
	if err != nil {
		return err
	}
	defer host.Close()

	var a *agent.Agent
	made := make(chan struct{})
	keys := openSecrets(r.dirs.Data, func() { <-made; a.SecretsChanged() })
	notifier := notification.New(ctx, notification.Options{
		AppName: r.texts.T("app.name"), DesktopEntry: desktopEntry, Icon: desktopEntry, Log: r.log.With("room", "notification"),
		Sent: func(key string, shown, sent time.Time) { a.NoticeSent(key, shown, sent) },
	})
	defer notifier.Close()
	windows := r.windows(func(crashed bool) { a.WindowGone(crashed) })
	deps := agent.Deps{
		Log:         r.log,
		Texts:       r.texts,
		Settings:    r.settings,
		Secrets:     keys,
		Notifier:    notifier,
		OpenHistory: r.openHistory(r.log),
		Connectors:  r.connectors(r.log),
		Service:     newService(r.log),
		Popper:      r.popper(host, r.log),
	}
	if windows != nil {
		deps.Windows = windows
	}
	deps.StartHistoryAnew = r.startHistoryAnew(r.log)
	deps.Diagnose = r.diagnose(host, notifier)
	a = agent.New(deps)
	close(made)

	r.settings.applied = r.apply
	r.apply(r.settings.Values())
	r.log.Info("the agent starts", "version", version(), "headless", r.headless)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var faces sync.WaitGroup
	defer faces.Wait()
	faces.Go(func() {
		if err := r.face(ctx); err != nil && ctx.Err() == nil {
			r.log.Warn("no face of the agent can be shown", "error", err)
		}
	})
	err = a.Run(ctx, one.Listener())
	cancel()
	return err
}

// apply makes the desktop around the agent follow the settings. What cannot be
// done is said in the log and the diagnostics; calls do not depend on it.
func (r *resident) apply(v config.Values) {
	if level, err := diag.ParseLevel(v.Log.Level); err == nil {
		r.level.Set(level)
	}
	exe, err := selfExecutable()
	if err != nil {
		return
	}
	if err := applyAutostart(v.Start.Autostart, exe); err != nil {
		r.log.Warn("the start at sign-in could not be changed", "error", err)
	}
	links, err := telhandler.Current()
	if err != nil || links.Registered == v.Start.Links && (!v.Start.Links || links.Exe == exe) {
		return
	}
	if v.Start.Links {
		err = telhandler.Register(exe)
	} else {
		err = telhandler.Unregister()
	}
	if err != nil {
		r.log.Warn("the handling of telephone links could not be changed", "error", err)
	}
}

// applyAutostart also mends an entry that leads to where the program was before.
func applyAutostart(want bool, exe string) error {
	on, err := autostart.Enabled()
	switch {
	case err != nil:
		return err
	case want:
		return autostart.Enable(exe, "run")
	case on:
		return autostart.Disable()
	}
	return nil
}

// face shows the agent in the tray or in the terminal; it speaks to the agent
// as a face of another process does.
func (r *resident) face(ctx context.Context) error {
	conn, err := instance.Connect(ctx, instanceName)
	if err != nil {
		return err
	}
	if !r.headless {
		client, err := localapi.NewClient(conn, true)
		if err != nil {
			return err
		}
		defer client.Close()
		tray.New(client, r.texts, icon.Tray, r.log.With("room", "tray")).Run(ctx)
		return nil
	}
	greet := func() (*localapi.Client, error) { return localapi.NewClient(conn, true) }
	var in io.Reader
	if r.terminal {
		in = r.in
		greet = func() (*localapi.Client, error) { return localapi.NewAsker(conn) }
	}
	client, err := greet()
	if err != nil {
		return err
	}
	defer client.Close()
	terminal.New(client, r.texts, r.out).Run(ctx, in)
	return nil
}

// faultHandler keeps warnings and errors for the diagnostics window.
type faultHandler struct {
	slog.Handler
	faults *diag.Faults
}

func (h faultHandler) Handle(ctx context.Context, rec slog.Record) error {
	if rec.Level >= slog.LevelWarn {
		fault := error(errors.New(rec.Message))
		rec.Attrs(func(a slog.Attr) bool {
			if err, ok := a.Value.Any().(error); ok {
				fault = fmt.Errorf("%s: %w", rec.Message, err)
				return false
			}
			return true
		})
		h.faults.Add(fault)
	}
	return h.Handler.Handle(ctx, rec)
}

func (h faultHandler) WithAttrs(a []slog.Attr) slog.Handler {
	return faultHandler{h.Handler.WithAttrs(a), h.faults}
}

func (h faultHandler) WithGroup(name string) slog.Handler {
	return faultHandler{h.Handler.WithGroup(name), h.faults}
}
