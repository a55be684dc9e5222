package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/google/uuid"

	"example.org/ctiagent/agent"
	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/config"
	"example.org/ctiagent/credstore"
	"example.org/ctiagent/desktop/browser"
	"example.org/ctiagent/history"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/cache"
	"example.org/ctiagent/recognition/httpapi"
	"example.org/ctiagent/screenpop"
	"example.org/ctiagent/screenpop/script"
	"example.org/ctiagent/telephony"
	"example.org/ctiagent/telephony/sipline"
)

// connectors is every kind of voice platform this program speaks to.
func (p *place) connectors(log *slog.Logger) map[string]agent.Connectors {
	return map[string]agent.Connectors{
		"sip": {
			New: func(l agent.Line) (telephony.Connector, error) {
				cfg, err := p.sipConfig(l)
				if err != nil {
					return nil, err
				}
				return sipline.New(cfg, log.With("connector", "sip"))
			},
			Probe: func(ctx context.Context, l agent.Line) view.Outcome {
				cfg, err := p.sipConfig(l)
				if err != nil {
					return view.Outcome{Error: err.Error()}
				}
				return probeOutcome(sipline.Probe(ctx, cfg, log.With("connector", "sip")))
			},
		},
	}
}

func (p *place) sipConfig(l agent.Line) (sipline.Config, error) {
	user, domain, ok := strings.Cut(l.Settings.Address, "@")
	if !ok {
		return sipline.Config{}, fmt.Errorf("%w: the line is written as user@domain", telephony.ErrConfig)
	}
	return sipline.Config{
		User:            strings.TrimPrefix(user, "sip:"),
		Domain:          domain,
		AuthUser:        l.Settings.AuthUser,
		Password:        l.Password,
		Server:          l.Settings.Server,
		CAFile:          l.Settings.CA,
		Fingerprint:     l.Settings.Fingerprint,
		NoDialog:        !l.Settings.DialogEvents,
		NoSecondContact: !l.Settings.SecondContact,
		InstanceID:      p.instanceID(),
		Plan:            l.Plan,
		UserAgent:       "ctiagent/" + version(),
	}, nil
}

// instanceID is this installation's name towards platforms: with it a new
// registration replaces the one that a lost connection left behind. Where it
// cannot be kept it is good for this run, and the platform forgets the old
// registration by itself.
func instanceID(state string) string {
	file := filepath.Join(state, "instance-id")
	if b, err := os.ReadFile(file); err == nil {
		if id, err := uuid.Parse(strings.TrimSpace(string(b))); err == nil {
			return id.String()
		}
	}
	id := uuid.NewString()
	_ = os.WriteFile(file, []byte(id+"\n"), 0o600)
	return id
}

// service is the HTTP client with recent answers in front of it and its state
// in the words of the views.
type service struct {
	*httpapi.Client
	recent *cache.Cache
}

func newService(log *slog.Logger) func(config.Service, credstore.Secret) (agent.Service, error) {
	return func(s config.Service, token credstore.Secret) (agent.Service, error) {
		c, err := httpapi.NewClient(httpapi.ClientConfig{
			Address:     s.Address,
			CAFile:      s.CA,
			Fingerprint: s.Fingerprint,
			Token:       token,
		}, log.With("room", "recognition"))
		if err != nil {
			return nil, err
		}
		return service{c, cache.New(c, cache.Config{})}, nil
	}
}

func (s service) Recognize(ctx context.Context, q recognition.Query) (recognition.Answer, error) {
	return s.recent.Recognize(ctx, q)
}

func (s service) SignOut(ctx context.Context) error {
	s.recent.Clear()
	return s.Client.SignOut(ctx)
}

func (s service) Run(ctx context.Context, report func(view.Status)) error {
	stop := s.Watch(func(st httpapi.Status) {
		report(view.Status{State: st.State, Reason: st.Reason, Hint: st.Hint, Code: st.Code, Retry: st.Retry})
	})
	defer stop()
	return s.Client.Run(ctx)
}

func (s service) SignIn(ctx context.Context, user string, password credstore.Secret) (credstore.Secret, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "workstation"
	}
	return s.Client.SignIn(ctx, user, password, host)
}

// popper makes what runs the organisation's scripts.
func (p *place) popper(host *script.Host, log *slog.Logger) func(config.Pop, recognition.ScriptSource) agent.Popper {
	return func(v config.Pop, src recognition.ScriptSource) agent.Popper {
		apps := make(map[string]screenpop.App, len(v.Apps))
		for id, a := range v.Apps {
			app := screenpop.App{Path: a.Path, Args: a.Args}
			if a.Pattern != "" {
				app.Arg = regexp.MustCompile(a.Pattern) // config has checked it
			}
			apps[id] = app
		}
		return screenpop.NewPopper(screenpop.PopperConfig{
			Runner: host,
			Bodies: screenpop.NewBodies(src, filepath.Join(p.dirs.Data, "scripts")),
			Broker: screenpop.NewBroker(screenpop.BrokerConfig{PerCall: v.PerCall, PerMinute: v.PerMinute, Apps: apps}),
			Opener: browser.New(log.With("room", "browser")),
			Log:    log.With("room", "screenpop"),
		})
	}
}

func newHost(log *slog.Logger) (*script.Host, error) {
	exe, err := runningImage()
	if err != nil {
		return nil, err
	}
	return script.NewHost(script.HostConfig{Command: []string{exe, scriptHostVerb}, Log: log.With("room", "script")}), nil
}

// openHistory opens the history; what cannot be read is left alone, and this
// session's calls are kept in memory.
func (p *place) openHistory(log *slog.Logger) func(config.History, credstore.Store) agent.History {
	return func(h config.History, keys credstore.Store) agent.History {
		o := p.historyOptions(h, keys, log)
		b, err := history.Open(o)
		if err == nil && keys == nil {
			return unreadable{b, history.ReasonNoKeyring} // until a store of secrets is open
		}
		if err == nil {
			return b
		}
		log.Error("the history cannot be read", "error", err)
		memory, memErr := history.Open(history.Options{Days: h.Days, Log: o.Log})
		if memErr != nil {
			panic(memErr) // memory cannot fail: no file, no key
		}
		reason := agent.HistoryUnreadable
		if !errors.Is(err, history.ErrWrongKey) && !errors.Is(err, history.ErrNotHistory) {
			reason = err.Error()
		}
		return unreadable{memory, reason}
	}
}

func (p *place) historyOptions(h config.History, keys credstore.Store, log *slog.Logger) history.Options {
	return history.Options{Path: filepath.Join(p.dirs.Data, "history"), Keys: keys, Days: h.Days, Log: log.With("room", "history")}
}

// startHistoryAnew sets a history aside that cannot be read.
func (p *place) startHistoryAnew(log *slog.Logger) func(config.History, credstore.Store) (agent.History, error) {
	return func(h config.History, keys credstore.Store) (agent.History, error) {
		b, moved, err := history.StartAnew(p.historyOptions(h, keys, log))
		if err != nil {
			return nil, err
		}
		log.Info("a new history was begun", "kept", moved)
		return b, nil
	}
}

// unreadable is a history in memory because the file could not be opened.
type unreadable struct {
	*history.Book
	reason string
}

func (u unreadable) Reason() string { return u.reason }

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && strings.HasPrefix(info.Main.Version, "v") && !strings.HasPrefix(info.Main.Version, "v0.0.0-") {
		return strings.TrimPrefix(info.Main.Version, "v")
	}
	return "0.1.0-dev"
}
