package service

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/account"
	"example.org/ctiagent/recognition/httpapi"
	"example.org/ctiagent/recognition/store"
)

// Config is what a service needs to stand.
type Config struct {
	Dir string // data directory; created, readable by its owner alone
	// TLS has the certificate; the service raises its minimum to TLS 1.2.
	// Needed by Serve only.
	TLS *tls.Config
	// CacheBytes bounds the answers kept in memory for each organisation;
	// 0: 64 MiB.
	CacheBytes int
	Now        func() time.Time // nil: time.Now
	Log        *slog.Logger
}

// Service is one recognition service over one data directory. Several
// processes may open the same directory; each notices within refreshEvery what
// the others changed while it serves.
type Service struct {
	cfg      Config
	log      *slog.Logger
	settings store.Settings
	accounts *account.Accounts

	mu   sync.Mutex
	orgs map[account.OrganisationID]*Organisation
}

// SettingsFile is the file whose presence makes a directory the data directory
// of a service.
func SettingsFile(dir string) string { return filepath.Join(dir, "settings.db") }

// New opens the data directory, and makes it when there is none.
func New(cfg Config) (_ *Service, err error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.CacheBytes == 0 {
		cfg.CacheBytes = 64 << 20
	}
	if err := os.MkdirAll(filepath.Join(cfg.Dir, "contacts"), 0o700); err != nil {
		return nil, fmt.Errorf("service: the data directory cannot be used: %w", err)
	}
	s := &Service{cfg: cfg, log: cfg.Log, orgs: map[account.OrganisationID]*Organisation{}}
	if s.settings, err = store.OpenSettings(SettingsFile(cfg.Dir)); err != nil {
		return nil, err
	}
	s.accounts = account.New(s.settings, cfg.Now, cfg.Log)
	return s, nil
}

// Close releases the files; nothing may be running any more.
func (s *Service) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, o := range s.orgs {
		errs = append(errs, o.contacts.Close())
	}
	clear(s.orgs)
	return errors.Join(append(errs, s.settings.Close())...)
}

// organisationID is also the name of a file and part of addresses.
var organisationID = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func checkOrganisationID(id account.OrganisationID) error {
	if !organisationID.MatchString(string(id)) {
		return fmt.Errorf("service: the id of an organisation is 1 to 63 of a-z, 0-9 and -, not %q", id)
	}
	return nil
}

// AddOrganisation adds a customer; account.ErrExists when the id is taken.
func (s *Service) AddOrganisation(ctx context.Context, o account.Organisation) (*Organisation, error) {
	if err := checkOrganisationID(o.ID); err != nil {
		return nil, err
	}
	if err := s.accounts.AddOrganisation(ctx, o); err != nil {
		return nil, err
	}
	return s.Organisation(ctx, o.ID)
}

// Organisations lists the customers by id.
func (s *Service) Organisations(ctx context.Context) ([]account.Organisation, error) {
	return s.settings.Organisations(ctx)
}

// Organisation gives one customer, or account.ErrNoOrganisation.
func (s *Service) Organisation(ctx context.Context, id account.OrganisationID) (*Organisation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.orgs[id]; o != nil {
		return o, nil
	}
	all, err := s.settings.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	for _, known := range all {
		if known.ID == id {
			contacts, err := store.OpenContacts(ctx, filepath.Join(s.cfg.Dir, "contacts", string(id)+".db"))
			if err != nil {
				return nil, err
			}
			o := &Organisation{id: id, service: s, contacts: contacts, answers: newAnswers(s.cfg.CacheBytes)}
			s.orgs[id] = o
			return o, nil
		}
	}
	return nil, account.ErrNoOrganisation
}

// Check reads the settings and reports damage.
func (s *Service) Check(ctx context.Context) error { return s.settings.Check(ctx) }

// Handler is the HTTPS interface of the service.
func (s *Service) Handler() http.Handler { return httpapi.NewServer(backend{s}, s.log) }

const (
	refreshEvery  = 250 * time.Millisecond
	shutdownGrace = 10 * time.Second
)

// Serve answers on a listener until ctx ends, then finishes the requests that
// are running. It closes the listener and returns nil after an orderly end.
func (s *Service) Serve(ctx context.Context, listener net.Listener) error {
	if s.cfg.TLS == nil {
		return errors.New("service: a certificate is needed; there is no service without TLS")
	}
	tlsConfig := s.cfg.TLS.Clone()
	tlsConfig.MinVersion = max(tlsConfig.MinVersion, tls.VersionTLS12)
	server := httpapi.HTTPServer(s.Handler(), s.log)
	server.TLSConfig = tlsConfig

	watchCtx, stopWatch := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { s.watch(watchCtx) })
	defer watching.Wait()
	defer stopWatch()

	served := make(chan error, 1)
	go func() { served <- server.ServeTLS(listener, "", "") }() // ends with Shutdown or Close below
	select {
	case err := <-served:
		return fmt.Errorf("service: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	err := server.Shutdown(grace)
	if err != nil {
		s.log.WarnContext(ctx, "requests cut off at shutdown", "after", shutdownGrace)
		err = server.Close()
	}
	<-served
	return err
}

// watch notices what other processes change: "ctiserver load" beside a running
// service, or a user who is disabled from the command line.
func (s *Service) watch(ctx context.Context) {
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.Refresh(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "changes of other processes not seen", "error", err)
		}
	}
}

// Refresh notices at once what other processes changed.
func (s *Service) Refresh(ctx context.Context) error {
	errs := []error{s.settings.Refresh(ctx)}
	s.mu.Lock()
	open := make([]*Organisation, 0, len(s.orgs))
	for _, o := range s.orgs {
		open = append(open, o)
	}
	s.mu.Unlock()
	for _, o := range open {
		errs = append(errs, o.contacts.Refresh(ctx))
	}
	return errors.Join(errs...)
}

// backend is the service as its HTTP side sees it.
type backend struct{ service *Service }

func (b backend) SignIn(ctx context.Context, user string, password credstore.Secret, workstation string) (credstore.Secret, error) {
	token, _, err := b.service.accounts.SignIn(ctx, user, password, workstation)
	return token, err
}

func (b backend) Session(ctx context.Context, token credstore.Secret) (httpapi.Session, error) {
	user, err := b.service.accounts.Session(ctx, token)
	if err != nil {
		return nil, err
	}
	org, err := b.service.Organisation(ctx, user.Organisation)
	if err != nil {
		return nil, err
	}
	return &session{org, user, token}, nil
}

func (b backend) Ready(ctx context.Context) error {
	_, err := b.service.settings.Organisations(ctx)
	return err
}

// session is one signed-in user; every method asks for its right first.
type session struct {
	org   *Organisation
	user  account.User
	token credstore.Secret
}

func (s *session) Who() (string, []string) {
	var rights []string
	for _, r := range account.AllRights() {
		if s.user.May(r) {
			rights = append(rights, string(r))
		}
	}
	return s.user.Name, rights
}

func (s *session) SignOut(ctx context.Context) error {
	return s.org.service.accounts.SignOut(ctx, s.token)
}

func (s *session) Lookup(ctx context.Context, l httpapi.Lookup) ([]byte, error) {
	if !s.user.May(account.Recognise) {
		return nil, recognition.ErrForbidden
	}
	return s.org.lookup(ctx, l)
}

func (s *session) Script(ctx context.Context, digest string) ([]byte, error) {
	if !s.user.May(account.Recognise) {
		return nil, recognition.ErrForbidden
	}
	return s.org.Script(ctx, digest)
}

func (s *session) Directory() (recognition.Directory, error) {
	if !s.user.May(account.WriteDirectory) {
		return nil, recognition.ErrForbidden
	}
	return s.org.Directory(), nil
}
