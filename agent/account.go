package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/credstore"
	"example.org/ctiagent/phone"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/telephony"
)

// Names of the secrets this program keeps.
const (
	secretLine  = "line-password"
	secretToken = "service-token"
)

const (
	signInLimit = 30 * time.Second
	probeLimit  = 45 * time.Second
	mendAfter   = 5 * time.Minute // when a line is tried again that somebody must mend
)

// supervise runs one session at a time until ctx ends, and a new one whenever
// restart is poked. A session may return early; the next one waits for a poke.
func supervise(ctx context.Context, restart <-chan struct{}, session func(context.Context)) {
	for ctx.Err() == nil {
		sessionCtx, cancel := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() { // ends with its context; waited for below
			defer close(ended)
			session(sessionCtx)
		}()
		select {
		case <-ctx.Done():
		case <-restart:
		}
		cancel()
		<-ended
	}
}

// runLine keeps one line running, and starts it anew when its settings change.
func (a *Agent) runLine(ctx context.Context) {
	supervise(ctx, a.restart.line, func(ctx context.Context) {
		a.post(question((*loop).lineRestarted))
		for a.lineSession(ctx) && sleep(ctx, mendAfter) {
			a.line.Store(nil)
		}
		a.line.Store(nil)
	})
}

// lineRestarted ends what the old line told of and begins with nothing.
func (l *loop) lineRestarted() {
	for _, v := range []telephony.View{telephony.ViewAPI, telephony.ViewDialog, telephony.ViewContact} {
		l.tracker.Snapshot(v, nil)
	}
	l.newTracker()
	l.lineNew()
	l.line = view.Status{State: view.StatusOff}
	l.changed = true
}

// sleep waits, and reports whether it was allowed to.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// lineSession runs the line as it is set now, until ctx ends or a person must
// mend something. It reports whether that may be an administrator of the
// platform, who renews a certificate or adds a line and of whom we hear
// nothing. A refused password is not tried again: that would lock the account.
func (a *Agent) lineSession(ctx context.Context) (again bool) {
	v := a.values()
	if v.Line.Address == "" {
		return false
	}
	phone.Warm(planOf(v.Site, v.Line)) // before the first call, not while it rings
	line, err := a.lineFrom(v.Line.Connector, Line{Settings: v.Line, Plan: planOf(v.Site, v.Line)})
	if err == nil {
		a.line.Store(&line)
		err = line.Run(ctx, sink{a})
		again = !errors.Is(err, telephony.ErrRefused)
	}
	if err == nil || ctx.Err() != nil {
		return false
	}
	a.deps.Log.Warn("the line is off until somebody mends it", "error", err)
	a.post(question(func(l *loop) {
		if l.line.State != view.StatusFatal { // the connector's own words are better
			l.line = statusOf(err)
			l.changed = true
		}
	}))
	return again
}

func (a *Agent) lineFrom(connector string, l Line) (telephony.Connector, error) {
	kind, ok := a.deps.Connectors[connector]
	if !ok {
		return nil, fmt.Errorf("%w: there is no connector %q", telephony.ErrConfig, connector)
	}
	if l.Password.IsZero() {
		p, err := a.secret(secretLine)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", telephony.ErrConfig, err)
		}
		l.Password = p
	}
	return kind.New(l)
}

// secret reads one secret; the error is for the person.
func (a *Agent) secret(name string) (credstore.Secret, error) {
	store, need := a.deps.Secrets.Store()
	if store == nil {
		return credstore.Secret{}, inWords(a.deps.Texts.T("secrets." + need))
	}
	s, err := store.Get(name)
	if errors.Is(err, credstore.ErrNotFound) {
		return s, inWords(a.deps.Texts.T("secrets.missing"))
	}
	return s, err
}

// statusOf is an error as a status.
func statusOf(err error) view.Status {
	s := view.Status{State: view.StatusFatal, Reason: err.Error()}
	var words interface{ Text() string }
	if errors.As(err, &words) {
		s.Reason = words.Text()
	}
	var hint interface{ Hint() string }
	if errors.As(err, &hint) {
		s.Hint = hint.Hint()
	}
	var code interface{ Code() string }
	if errors.As(err, &code) {
		s.Code = code.Code()
	}
	return s
}

// translated is a status in the user's language. The English words of the
// rooms name hosts and files; the catalogue's are general, so English keeps
// the former.
func (a *Agent) translated(s view.Status) view.Status {
	t := a.deps.Texts
	if s.Code == "" || t.Language() == "en" {
		return s
	}
	for key, text := range map[string]*string{"reason." + s.Code: &s.Reason, "reason." + s.Code + ".hint": &s.Hint} {
		if words := t.T(key); words != key {
			*text = words
		}
	}
	return s
}

// linkChanged is the connector's word about its connection.
func (l *loop) linkChanged(link telephony.Link) {
	l.deps.Log.Info("the line changed", "state", link.State.String(), "code", link.Code)
	l.changed = true
	l.line = view.Status{
		State: map[telephony.LinkState]string{
			telephony.LinkOffline:        view.StatusOffline,
			telephony.LinkConnecting:     view.StatusConnecting,
			telephony.LinkAuthenticating: view.StatusConnecting,
			telephony.LinkLive:           view.StatusLive,
			telephony.LinkDegraded:       view.StatusDegraded,
			telephony.LinkFatal:          view.StatusFatal,
		}[link.State],
		Reason: link.Reason,
		Hint:   link.Hint,
		Code:   link.Code,
		Retry:  link.Retry,
	}
}

// runService keeps the connection to the recognition service warm.
func (a *Agent) runService(ctx context.Context) {
	supervise(ctx, a.restart.service, a.serviceSession)
}

func (a *Agent) serviceSession(ctx context.Context) {
	report := func(s view.Status) {
		a.post(question(func(l *loop) { l.serviceView, l.changed = s, true }))
	}
	v := a.values()
	if v.Service.Address == "" {
		report(view.Status{State: view.StatusOff})
		return
	}
	token, err := a.secret(secretToken)
	if err != nil {
		report(view.Status{State: view.StatusSignedOut, Reason: err.Error()})
		return
	}
	service, err := a.deps.Service(v.Service, token)
	if err != nil {
		report(statusOf(err))
		return
	}
	s := &session{Service: service, popper: a.deps.Popper(v.Pop, service)}
	a.service.Store(s)
	defer a.service.Store(nil)
	a.post(question((*loop).serviceCame))
	if err := service.Run(ctx, report); err != nil && ctx.Err() == nil {
		a.deps.Log.Warn("the recognition service cannot be used", "error", err)
		report(statusOf(err))
		<-ctx.Done()
	}
}

// serviceCame looks up the calls that began without a service: the phone may
// ring while the agent is still starting.
func (l *loop) serviceCame() {
	for _, c := range l.order {
		if c.live() && c.recognised == view.NoLookup {
			l.lookUp(c)
			l.changed = true
		}
	}
}

// codeWait is the service's word after too many wrong passwords: whether the
// last one was right it does not say.
const codeWait = "service.sign-in-wait"

// keyringText says why a secret is not kept.
func (a *Agent) keyringText(err error) string {
	t := a.deps.Texts
	switch {
	case errors.Is(err, credstore.ErrPassphrase):
		return t.T("keyring.wrong")
	case errors.Is(err, credstore.ErrTooBig):
		return t.T("keyring.tooLong")
	case errors.Is(err, credstore.ErrNotKept):
		return t.T("keyring.notKept")
	case errors.Is(err, credstore.ErrLocked):
		return t.T("keyring.locked")
	}
	return err.Error()
}

// askSignIn signs in and keeps the workstation's token, not the password.
func (a *Agent) askSignIn(ctx context.Context, r view.SignIn) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, signInLimit)
	defer cancel()
	t := a.deps.Texts
	store, need := a.deps.Secrets.Store()
	if store == nil {
		return view.Outcome{Error: t.T("secrets." + need), NeedKeyring: true}, nil
	}
	settings := a.values().Service
	settings.Address, settings.User = r.Address, r.User
	settings.CA, settings.Fingerprint = r.CA, r.Fingerprint
	service, err := a.deps.Service(settings, credstore.Secret{})
	if err != nil {
		return a.outcome(err), nil
	}
	defer service.Close() // it served for this one request
	token, err := service.SignIn(ctx, r.User, credstore.NewSecret(r.Password))
	if err != nil {
		if errors.Is(err, recognition.ErrRefused) && statusOf(err).Code != codeWait {
			return view.Outcome{Error: t.T("signIn.refused"), Hint: t.T("signIn.refusedHint")}, nil
		}
		return a.outcome(err), nil
	}
	steps := []view.Step{{Text: t.T("signIn.reached"), OK: true}, {Text: t.T("signIn.accepted"), OK: true}}
	if err := store.Set(secretToken, token); err != nil {
		return view.Outcome{Steps: steps, Error: a.keyringText(err)}, nil
	}
	old := a.values()
	err = a.deps.Settings.Change(map[string]string{
		"service.address": r.Address, "service.user": r.User,
		"service.ca": r.CA, "service.fingerprint": r.Fingerprint,
	})
	if err != nil {
		return view.Outcome{Steps: steps, Error: err.Error()}, nil
	}
	a.settingsChanged(old, a.values())
	poke(a.restart.service) // also when nothing but the token changed
	return view.Outcome{OK: true, Steps: steps}, nil
}

// outcome is an error as the assistant shows it.
func (a *Agent) outcome(err error) view.Outcome {
	s := a.translated(statusOf(err))
	return view.Outcome{Error: s.Reason, Hint: s.Hint}
}

func (a *Agent) askSignOut(ctx context.Context, _ nothing) (any, error) {
	a.post(question(func(l *loop) { l.watch.leaving = true }))
	if s := a.session(); s != nil {
		if err := s.SignOut(ctx); err != nil {
			a.deps.Log.Info("the service was not told of the sign-out", "error", err)
		}
	}
	store, _ := a.deps.Secrets.Store()
	if store != nil {
		if err := store.Delete(secretToken); err != nil {
			return nil, err
		}
	}
	poke(a.restart.service)
	return nil, nil
}

// lineOf is an account typed into the assistant; an empty password is the
// stored one.
func (a *Agent) lineOf(r view.LineAccount) (Line, error) {
	v := a.values()
	s := v.Line
	s.Connector, s.Address, s.Server, s.AuthUser = r.Connector, r.Address, r.Server, r.AuthUser
	s.CA, s.Fingerprint = r.CA, r.Fingerprint
	l := Line{Settings: s, Password: credstore.NewSecret(r.Password), Plan: planOf(v.Site, s)}
	if r.Password == "" {
		p, err := a.secret(secretLine)
		if err != nil {
			return l, err
		}
		l.Password = p
	}
	return l, nil
}

func (a *Agent) askTestLine(ctx context.Context, r view.LineAccount) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	l, err := a.lineOf(r)
	if err != nil {
		return a.outcome(err), nil
	}
	kind, ok := a.deps.Connectors[r.Connector]
	if !ok {
		return view.Outcome{Error: a.deps.Texts.T("line.noConnector")}, nil
	}
	return kind.Probe(ctx, l), nil
}

func (a *Agent) askSaveLine(ctx context.Context, r view.LineAccount) (any, error) {
	if _, _, ok := cutLine(r.Address); !ok {
		return view.Outcome{Error: a.deps.Texts.T("line.addressForm")}, nil
	}
	store, need := a.deps.Secrets.Store()
	if store == nil {
		return view.Outcome{Error: a.deps.Texts.T("secrets." + need), NeedKeyring: true}, nil
	}
	if r.Password != "" {
		if err := store.Set(secretLine, credstore.NewSecret(r.Password)); err != nil {
			return view.Outcome{Error: a.keyringText(err)}, nil
		}
	}
	old := a.values()
	err := a.deps.Settings.Change(map[string]string{
		"line.connector": r.Connector, "line.address": r.Address, "line.server": r.Server,
		"line.auth_user": r.AuthUser, "line.ca": r.CA, "line.fingerprint": r.Fingerprint,
	})
	if err != nil {
		return a.outcome(err), nil
	}
	a.settingsChanged(old, a.values())
	poke(a.restart.line) // also when nothing but the password changed
	return view.Outcome{OK: true}, nil
}

func (a *Agent) askGetLine(context.Context, nothing) (any, error) {
	s := a.values().Line
	return view.LineAccount{
		Connector: s.Connector, Address: s.Address, Server: s.Server,
		AuthUser: s.AuthUser, CA: s.CA, Fingerprint: s.Fingerprint,
	}, nil
}
