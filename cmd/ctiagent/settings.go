package main

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"example.org/ctiagent/assets/lang"
	"example.org/ctiagent/config"
	"example.org/ctiagent/credstore"
	"example.org/ctiagent/desktop/paths"
)

// place is where this user's files are, and what is in the settings file.
type place struct {
	dirs     paths.Dirs
	settings *settings
	texts    *texts

	instanceID func() string // read or made once
}

// userDirs finds the user's directories and makes them.
func userDirs() (paths.Dirs, error) {
	dirs, err := paths.Find()
	if err == nil {
		err = dirs.Create()
	}
	return dirs, err
}

func settingsFile(dirs paths.Dirs) string { return filepath.Join(dirs.Config, "settings.toml") }

// openPlace finds the user's directories and reads the settings.
func openPlace() (*place, error) {
	dirs, err := userDirs()
	if err != nil {
		return nil, err
	}
	return readPlace(dirs)
}

func readPlace(dirs paths.Dirs) (*place, error) {
	loaded, err := config.Load(settingsFile(dirs), paths.PolicyFile())
	if err != nil {
		return nil, err
	}
	s := &settings{}
	s.current.Store(loaded)
	return newPlace(dirs, s), nil
}

func newPlace(dirs paths.Dirs, s *settings) *place {
	return &place{
		dirs: dirs, settings: s, texts: newTexts(s),
		instanceID: sync.OnceValue(func() string { return instanceID(dirs.State) }),
	}
}

// settings is the settings file as it was last read or written.
type settings struct {
	// applied is told of every change, after it was written; nil in commands
	// that do not stay.
	applied func(config.Values)
	writing sync.Mutex
	current atomic.Pointer[config.Loaded]
}

func (s *settings) Values() config.Values { return s.current.Load().Values() }
func (s *settings) Items() []config.Item  { return s.current.Load().Settings() }

func (s *settings) Change(values map[string]string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	next, err := s.current.Load().Change(values)
	if err != nil {
		return err
	}
	s.current.Store(next)
	if s.applied != nil {
		s.applied(next.Values())
	}
	return nil
}

// texts speaks the language of the settings, or of the desktop.
type texts struct {
	settings *settings
	printers map[string]func() *lang.Printer // read when first spoken; "" is the desktop's
}

func newTexts(s *settings) *texts {
	speak := func(languages ...string) func() *lang.Printer {
		return sync.OnceValue(func() *lang.Printer { return lang.New(languages...) })
	}
	t := &texts{settings: s, printers: map[string]func() *lang.Printer{"": speak(lang.Desktop()...)}}
	for _, l := range lang.Languages() {
		t.printers[l] = speak(l)
	}
	return t
}

// words speaks the language of the settings; that of the desktop where they
// cannot be read.
func words() *texts {
	p, err := openPlace()
	if err != nil {
		return newTexts(builtIn())
	}
	return p.texts
}

// builtIn are the settings of somebody who has none.
func builtIn() *settings {
	loaded, err := config.Load("", "")
	if err != nil {
		panic(err) // the built-in values are valid, or the tests fail
	}
	s := &settings{}
	s.current.Store(loaded)
	return s
}

func (t *texts) printer() *lang.Printer { return t.printers[t.settings.Values().Card.Language]() }

func (t *texts) Language() string { return t.printer().Language() }
func (t *texts) T(key string, data ...map[string]any) string {
	return t.printer().T(key, data...)
}

// secrets is the store of secrets, once it is known where they are kept.
type secrets struct {
	dir string

	mu    sync.Mutex
	store credstore.Store
	need  string
}

// What Secrets.Store needs before it can give a store.
const (
	needChoice  = "choose"
	needUnlock  = "unlock"
	needKeyring = "locked" // it has not answered: the desktop may be asking the user just now
)

// keyringPatience is how long a start waits for the keyring; a locked one asks
// the user, who may take a minute.
const keyringPatience = 500 * time.Millisecond

// openSecrets opens the keyring, or finds out what to ask the user. changed is
// told when the answer came later.
func openSecrets(dir string, changed func()) *secrets {
	if exists(filepath.Join(dir, credstore.FileName)) {
		return &secrets{dir: dir, need: needUnlock}
	}
	return awaitKeyring(dir, changed, func() (credstore.Store, error) {
		return credstore.Open(credstore.Options{Limit: time.Minute})
	})
}

// awaitKeyring waits for what open finds, but no longer than a start may take.
func awaitKeyring(dir string, changed func(), open func() (credstore.Store, error)) *secrets {
	s := &secrets{dir: dir, need: needKeyring}
	answered := make(chan struct{})
	late := false // the answer came when nobody waited any longer; under s.mu
	go func() {   // ends with the keyring's own limit
		store, err := open()
		s.mu.Lock()
		switch {
		case s.need != needKeyring: // the user has chosen meanwhile
		case err == nil:
			s.store, s.need = store, ""
		default:
			s.need = needChoice
		}
		tell := late
		s.mu.Unlock()
		close(answered)
		if tell {
			changed()
		}
	}()
	patience := time.NewTimer(keyringPatience)
	defer patience.Stop()
	select {
	case <-answered:
	case <-patience.C:
		s.mu.Lock()
		late = s.need == needKeyring
		s.mu.Unlock()
	}
	return s
}

func (s *secrets) Store() (credstore.Store, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store, s.need
}

func (s *secrets) Choose(choice string, passphrase credstore.Secret) error {
	if choice != credstore.ChoiceSession && choice != credstore.ChoiceFile {
		return fmt.Errorf("secrets are kept for this session or in a file with a passphrase, not in %q", choice)
	}
	store, err := credstore.Open(credstore.Options{Choice: choice, Dir: s.dir, Passphrase: passphrase})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store, s.need = store, ""
	return nil
}
