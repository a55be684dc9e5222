package stage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"example.org/ctiagent/agent/localapi"
	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop"
)

// Agent is the agent as built, as a process of its own, and a face of it.
type Agent struct {
	Environ []string // what the agent was started with, for further commands
	Path    string   // of the program
	Process *os.Process

	client *localapi.Client
	exited chan struct{}
	err    error // how it ended; valid once exited is closed

	mu      sync.Mutex
	latest  view.Snapshot
	changed chan struct{} // closed and renewed with every snapshot
	seen    map[string]Seen
}

// Seen is when this face first saw a card, and the first name on it.
type Seen struct{ Card, Name time.Time }

// startLimit bounds how long the agent may take until its door is open.
const startLimit = 30 * time.Second

// environ is base for a user of the stage's own: no directory of the real one
// is seen.
func environ(base []string, dir, browser string) ([]string, error) {
	env := slices.DeleteFunc(slices.Clone(base), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR":
			return true
		case "BROWSER", "XDG_CURRENT_DESKTOP", "DESKTOP_SESSION": // they decide who opens a page
			return browser != ""
		}
		return false
	})
	if browser != "" {
		env = append(env, "BROWSER="+browser)
	}
	for _, d := range []struct{ name, sub string }{
		{"HOME", "home"}, {"XDG_CONFIG_HOME", "config"}, {"XDG_DATA_HOME", "data"},
		{"XDG_STATE_HOME", "state"}, {"XDG_CACHE_HOME", "cache"}, {"XDG_RUNTIME_DIR", "run"},
	} {
		path := filepath.Join(dir, d.sub)
		if err := os.MkdirAll(path, 0o700); err != nil {
			return nil, err
		}
		env = append(env, d.name+"="+path)
	}
	return env, nil
}

// Command is the agent's program with this user's environment.
func (a *Agent) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, a.Path, args...)
	cmd.Env = a.Environ
	return cmd
}

func (s *Stage) startAgent(ctx context.Context) error {
	env := s.opts.Env
	if env == nil {
		var err error
		if env, err = environ(os.Environ(), filepath.Join(s.opts.Dir, "user"), s.opts.Browser); err != nil {
			return err
		}
	}
	if err := s.writeSettings(filepath.Join(envOf(env, "XDG_CONFIG_HOME"), "ctiagent", "settings.toml")); err != nil {
		return err
	}
	return s.runAgent(ctx, env)
}

func (s *Stage) runAgent(ctx context.Context, env []string) error {
	a := &Agent{
		Environ: env,
		Path:    filepath.Join(s.opts.Bin, "ctiagent"),
		exited:  make(chan struct{}),
		changed: make(chan struct{}),
		seen:    make(map[string]Seen),
	}
	if err := a.start(ctx, s); err != nil {
		return err
	}
	s.Agent = a
	return nil
}

// StartAgain starts the agent anew after it has ended, with the files that it
// left behind, as the user of the same session.
func (s *Stage) StartAgain(ctx context.Context) error {
	return s.runAgent(ctx, s.Agent.Environ)
}

// RestartAgent ends the agent and starts it again; it must find its account by
// itself. It says how long it took from the start until the line was ready.
func (s *Stage) RestartAgent(ctx context.Context) (time.Duration, error) {
	old := s.Agent
	if err := old.Stop(); err != nil {
		return 0, err
	}
	a := &Agent{
		Environ: old.Environ, Path: old.Path,
		exited: make(chan struct{}), changed: make(chan struct{}), seen: make(map[string]Seen),
	}
	began := time.Now()
	if err := a.start(ctx, s); err != nil {
		return 0, err
	}
	s.Agent = a
	_, err := a.Await(ctx, ready)
	return time.Since(began), err
}

// ready holds when line and service are up.
func ready(snap view.Snapshot) bool {
	return snap.Line.State == view.StatusLive && snap.Service.State == view.StatusLive
}

func (a *Agent) start(ctx context.Context, s *Stage) error {
	args := []string{"run", "--leashed"}
	if s.opts.Headless {
		args = append(args, "--headless")
	}
	cmd := a.Command(context.WithoutCancel(ctx), args...)
	cmd.Stdout, cmd.Stderr = s.opts.Out, s.opts.Out
	// The agent ends with this program, however that ends.
	leash, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the agent does not start: %w; build it with: make build", err)
	}
	a.Process = cmd.Process
	s.wg.Go(func() {
		a.err = cmd.Wait()
		_ = leash.Close() // Wait has closed it
		close(a.exited)
	})
	socket, err := a.socket(ctx)
	if err != nil {
		return err
	}
	greet := localapi.NewAsker
	if !s.opts.Headless {
		greet = func(c net.Conn) (*localapi.Client, error) { return localapi.NewClient(c, true) }
	}
	if a.client, err = greet(socket); err != nil {
		return err
	}
	s.wg.Go(a.watch)
	return nil
}

// socket connects to the agent's door, as soon as it is open.
func (a *Agent) socket(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	path := filepath.Join(envOf(a.Environ, "XDG_RUNTIME_DIR"), "ctiagent", "ctiagent.sock")
	var d net.Dialer
	for {
		conn, err := d.DialContext(ctx, "unix", path)
		if err == nil {
			return conn, nil
		}
		select {
		case <-a.exited:
			return nil, fmt.Errorf("the agent ended at once: %w", a.err)
		case <-ctx.Done():
			return nil, fmt.Errorf("the agent's door does not open: %w", err)
		case <-time.After(20 * time.Millisecond): // there is no event for a socket that appears
		}
	}
}

func envOf(env []string, name string) string {
	for _, kv := range slices.Backward(env) {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			return v
		}
	}
	return ""
}

func (a *Agent) watch() {
	for snap := range a.client.Snapshots() {
		now := time.Now()
		a.mu.Lock()
		for _, c := range snap.Cards {
			seen := a.seen[c.ID]
			if seen.Card.IsZero() {
				seen.Card = now
			}
			if seen.Name.IsZero() && (c.Recognition == view.Known || c.Recognition == view.Several || c.Recognition == view.NotKnown) {
				seen.Name = now
			}
			a.seen[c.ID] = seen
		}
		a.latest = snap
		close(a.changed)
		a.changed = make(chan struct{})
		a.mu.Unlock()
	}
}

// Seen says when this face saw a card.
func (a *Agent) Seen(card string) Seen {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen[card]
}

// Latest is the newest snapshot.
func (a *Agent) Latest() view.Snapshot {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.latest
}

// Await waits for a snapshot that ok accepts. What happens between two
// snapshots may be skipped: wait for states, not for moments.
func (a *Agent) Await(ctx context.Context, ok func(view.Snapshot) bool) (view.Snapshot, error) {
	for {
		a.mu.Lock()
		snap, changed := a.latest, a.changed
		a.mu.Unlock()
		if snap.Rev > 0 && ok(snap) {
			return snap, nil
		}
		select {
		case <-changed:
		case <-a.exited:
			return snap, fmt.Errorf("the agent ended: %w", a.err)
		case <-ctx.Done():
			return snap, fmt.Errorf("waited for the agent; line %s (%s), service %s (%s): %w",
				snap.Line.State, snap.Line.Reason, snap.Service.State, snap.Service.Reason, ctx.Err())
		}
	}
}

// Do asks the agent for one thing, as any face does.
func (a *Agent) Do(ctx context.Context, verb string, request, result any) error {
	return a.client.Do(ctx, verb, request, result)
}

// Stop asks the agent to quit and waits for its end.
func (a *Agent) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if a.client != nil {
		_ = a.client.Do(ctx, view.VerbQuit, nil, nil) // it may be gone already
		defer a.client.Close()
	}
	select {
	case <-a.exited:
	case <-ctx.Done():
		_ = a.Process.Signal(syscall.SIGQUIT) // with all goroutines, to see why
		<-a.exited
		return errors.New("the agent did not end within 10 s of being asked to")
	}
	return a.err
}

// Kill ends the agent as a crash does, and waits for its end.
func (a *Agent) Kill() {
	_ = a.Process.Kill() // it may be gone already
	<-a.exited
	a.client.Close()
}

// Ended waits until the agent's process has ended by itself and says how: nil
// for exit code 0.
func (a *Agent) Ended(ctx context.Context) error {
	select {
	case <-a.exited:
		return a.err
	case <-ctx.Done():
		return fmt.Errorf("the agent did not end: %w", ctx.Err())
	}
}

// Exited is closed when the agent's process has ended.
func (a *Agent) Exited() <-chan struct{} { return a.exited }

// writeSettings writes the settings file as an administrator would.
func (s *Stage) writeSettings(path string) error {
	values := map[string]string{
		"site.country":      `"GB"`,
		"site.area_code":    `"20"`,
		"site.internal_min": "3",
		"site.internal_max": "3",
		"start.autostart":   "false",
		// With an address the agent does not take this for its first run,
		// which would open the assistant over everything.
		"service.address":     strconv.Quote(s.Address),
		"service.fingerprint": strconv.Quote(s.Pin),
	}
	maps.Copy(values, s.opts.Settings)
	groups := map[string][]string{}
	for key, v := range values {
		group, name, _ := strings.Cut(key, ".")
		groups[group] = append(groups[group], name+" = "+v)
	}
	var b strings.Builder
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		slices.Sort(groups[group])
		fmt.Fprintf(&b, "[%s]\n%s\n\n", group, strings.Join(groups[group], "\n"))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(b.String()), 0o600)
}

// addScript gives the organisation the script of the demo CRM.
func (s *Stage) addScript(ctx context.Context) error {
	for _, shipped := range screenpop.Shipped() {
		if shipped.Manifest.ID != "demo-crm" {
			continue
		}
		_, err := s.Org.SetScript(ctx, recognition.Script{
			ID:      shipped.Manifest.ID,
			Name:    shipped.Manifest.Name,
			Params:  map[string]string{"base": s.CRM.Base},
			When:    recognition.When{Events: []string{"ringing"}, Directions: []string{"in"}},
			Allowed: recognition.Allowed{Origins: []string{s.CRM.Base}},
		}, shipped.Body)
		return err
	}
	return errors.New("the script demo-crm is not shipped")
}
