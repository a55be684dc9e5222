package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/recognition/account"
)

// First is whom a new service knows from its beginning.
type First struct {
	Organisation account.Organisation
	User         string
	Password     credstore.Secret
	Roles        []account.Role
}

// Init makes the data directory of a service with one organisation and one
// user, or nothing: whatever goes wrong, even a loss of power, the directory is
// no service's and Init can be called again. It wraps fs.ErrExist when there is
// a service already.
func Init(ctx context.Context, cfg Config, first First) (err error) {
	if err := checkOrganisationID(first.Organisation.ID); err != nil {
		return err
	}
	if err := account.CheckNew(first.User, first.Password, first.Roles...); err != nil {
		return err
	}
	if _, err := os.Stat(SettingsFile(cfg.Dir)); err == nil {
		return fmt.Errorf("service: %s has a service already: %w", cfg.Dir, fs.ErrExist)
	}
	_, err = os.Stat(cfg.Dir)
	made := errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("service: the data directory cannot be made: %w", err)
	}
	// The service is made aside. The settings file, whose presence makes the
	// directory a service's, is moved to its place when it is complete; the
	// files of contacts are made when they are first opened.
	aside, err := os.MkdirTemp(cfg.Dir, ".init-")
	if err != nil {
		return fmt.Errorf("service: the data directory cannot be used: %w", err)
	}
	defer func() {
		err = errors.Join(err, os.RemoveAll(aside))
		if err != nil && made {
			os.Remove(cfg.Dir) //nolint:errcheck // it stays when somebody else has put something there
		}
	}()
	staged := cfg
	staged.Dir = aside
	if err := fill(ctx, staged, first); err != nil {
		return err
	}
	return os.Rename(SettingsFile(aside), SettingsFile(cfg.Dir))
}

func fill(ctx context.Context, cfg Config, first First) (err error) {
	s, err := New(cfg)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, s.Close()); err != nil {
			return
		}
		// Closing empties the log into the file. Were it left, moving the file
		// alone would lose what it holds.
		if left, _ := filepath.Glob(SettingsFile(cfg.Dir) + "-*"); len(left) > 0 {
			err = errors.New("service: another program holds the new settings file open; try again")
		}
	}()
	org, err := s.AddOrganisation(ctx, first.Organisation)
	if err != nil {
		return err
	}
	return org.AddUser(ctx, first.User, first.Password, first.Roles...)
}
