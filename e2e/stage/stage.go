package stage

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"sync"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/credstore"
	"example.org/ctiagent/recognition/account"
	"example.org/ctiagent/recognition/service"
)

// Platform is the voice platform of the line, wherever it runs.
type Platform struct {
	Address  string // user@domain
	Server   string // host:port
	AuthUser string
	Password string
	CAFile   string
}

// Options say what to set up.
type Options struct {
	Dir      string // a directory of the stage's own; kept
	Bin      string // where ctiagent and ctiwindow are
	Platform Platform
	// Env is the environment of the agent's user, with XDG directories and
	// BROWSER. Nil makes a user of the stage's own from this environment.
	Env      []string
	Headless bool
	// Browser is the absolute path of a program that opens pages instead of
	// the desktop's; "" is the desktop's.
	Browser string
	// Settings are added to the agent's settings file, by dotted key.
	Settings map[string]string
	// Secrets is how the agent keeps secrets: "" the keyring, "session".
	Secrets string
	Out     io.Writer // of the agent; nil: thrown away
	Log     *slog.Logger
}

// Stage is the whole system, running.
type Stage struct {
	CRM     *CRM
	Service *service.Service
	Org     *service.Organisation
	Address string // of the recognition service
	Pin     string // its certificate's fingerprint
	// Certificate is the service's own, self-signed.
	Certificate *x509.Certificate
	Agent       *Agent

	User     string
	password credstore.Secret

	opts        Options
	cancel      context.CancelFunc
	wg          sync.WaitGroup
	stopService context.CancelFunc
	once        sync.Once
	closed      error
	serviceDone chan struct{}
}

// organisation is the one customer of the stage.
const organisation = "demo"

// Start sets everything up, signs the agent in and gives it its line. What it
// returns must be closed, also when there is an error.
func Start(ctx context.Context, o Options) (*Stage, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &Stage{opts: o, cancel: cancel, User: "demo"}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"the CRM", s.startCRM},
		{"the recognition service", s.startService},
		{"the agent", s.startAgent},
		{"signing in", s.signIn},
		{"the line", s.giveLine},
	} {
		if err := step.do(ctx); err != nil {
			return s, fmt.Errorf("stage: %s: %w", step.what, err)
		}
	}
	return s, nil
}

// Close ends all of it and waits. It may be called again.
func (s *Stage) Close() error {
	s.once.Do(func() { s.closed = s.close() })
	return s.closed
}

func (s *Stage) close() error {
	var errs []error
	if s.Agent != nil {
		errs = append(errs, s.Agent.Stop())
	}
	s.cancel()
	s.wg.Wait()
	if s.Service != nil {
		errs = append(errs, s.Service.Close())
	}
	return errors.Join(errs...)
}

func (s *Stage) startCRM(ctx context.Context) (err error) {
	s.CRM, err = startCRM(ctx, &s.wg, Contacts())
	return err
}

func (s *Stage) startService(ctx context.Context) error {
	cert, pin, err := service.SelfSigned("127.0.0.1", "localhost")
	if err != nil {
		return err
	}
	s.Pin = pin
	if s.Certificate, err = x509.ParseCertificate(cert.Certificate[0]); err != nil {
		return err
	}
	s.Service, err = service.New(service.Config{
		Dir: filepath.Join(s.opts.Dir, "service"),
		TLS: &tls.Config{Certificates: []tls.Certificate{cert}},
		Log: s.opts.Log.With("program", "ctiserver"),
	})
	if err != nil {
		return err
	}
	if s.Org, err = s.Service.AddOrganisation(ctx, account.Organisation{ID: organisation, Name: "Demo Organisation"}); err != nil {
		return err
	}
	s.password = newPassword()
	if err := s.Org.AddUser(ctx, s.User, s.password, account.Agent); err != nil {
		return err
	}
	if err := s.Org.Directory().Put(ctx, Source, Contacts()); err != nil {
		return err
	}
	if err := s.addScript(ctx); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.Address = "https://" + l.Addr().String()
	s.serve(ctx, l)
	return nil
}

func (s *Stage) serve(ctx context.Context, l net.Listener) {
	ctx, s.stopService = context.WithCancel(ctx)
	done := make(chan struct{})
	s.serviceDone = done
	s.wg.Go(func() {
		defer close(done)
		if err := s.Service.Serve(ctx, l); err != nil {
			s.opts.Log.Error("the recognition service ended", "error", err)
		}
	})
}

// TakeServiceAway ends the serving, as a restart of the server does; the
// address is kept for BringServiceBack.
func (s *Stage) TakeServiceAway() {
	s.stopService()
	<-s.serviceDone
}

// BringServiceBack serves again at the same address.
func (s *Stage) BringServiceBack(ctx context.Context) error {
	l, err := net.Listen("tcp", s.Address[len("https://"):])
	if err != nil {
		return err
	}
	s.serve(ctx, l)
	return nil
}

// Password is what the stage's user signs in with; tests look for it where it
// must not be.
func (s *Stage) Password() string { return s.password.Reveal() }

// newPassword meets every usual rule; it lives as long as the stage.
func newPassword() credstore.Secret {
	b := make([]byte, 18)
	rand.Read(b)
	return credstore.NewSecret("aA1#" + base64.RawURLEncoding.EncodeToString(b))
}

func (s *Stage) signIn(ctx context.Context) error {
	if s.opts.Secrets != "" {
		var o view.Outcome
		if err := s.Agent.Do(ctx, view.VerbChooseKeyring, view.ChooseKeyring{Choice: s.opts.Secrets}, &o); err != nil || !o.OK {
			return outcomeError(o, err)
		}
	}
	var o view.Outcome
	err := s.Agent.Do(ctx, view.VerbSignIn, view.SignIn{
		Address: s.Address, User: s.User, Password: s.password.Reveal(), Fingerprint: s.Pin,
	}, &o)
	if err != nil || !o.OK {
		return outcomeError(o, err)
	}
	return nil
}

func (s *Stage) giveLine(ctx context.Context) error {
	p := s.opts.Platform
	if p.Address == "" {
		return nil
	}
	var o view.Outcome
	err := s.Agent.Do(ctx, view.VerbSaveLine, view.LineAccount{
		Connector: "sip", Address: p.Address, Server: p.Server, AuthUser: p.AuthUser, Password: p.Password, CA: p.CAFile,
	}, &o)
	if err != nil || !o.OK {
		return outcomeError(o, err)
	}
	_, err = s.Agent.Await(ctx, ready)
	return err
}

func outcomeError(o view.Outcome, err error) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%s %s", o.Error, o.Hint)
}
