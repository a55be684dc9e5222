package service_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/recognition/account"
	"example.org/ctiagent/recognition/service"
)

// A data directory is a whole service or none.
func TestInitIsAllOrNothing(t *testing.T) {
	good := service.First{
		Organisation: account.Organisation{ID: "main", Name: "Main"}, User: agentName,
		Password: credstore.NewSecret(goodPass), Roles: account.Roles(),
	}
	over := func(change func(*service.First)) service.First {
		first := good
		change(&first)
		return first
	}
	ended, end := context.WithCancel(t.Context())
	end()
	for name, test := range map[string]struct {
		ctx   context.Context
		first service.First
		want  error
	}{
		"weak password": {t.Context(), over(func(f *service.First) { f.Password = credstore.NewSecret("short") }), account.ErrPolicy},
		"password that cannot be hashed": {t.Context(), over(func(f *service.First) { f.Password = credstore.NewSecret(goodPass + "\a") }),
			account.ErrPolicy},
		"bad name":         {t.Context(), over(func(f *service.First) { f.User = "two words" }), account.ErrBadName},
		"bad role":         {t.Context(), over(func(f *service.First) { f.Roles = []account.Role{"king"} }), nil},
		"bad organisation": {t.Context(), over(func(f *service.First) { f.Organisation.ID = "../up" }), nil},
		"interrupted":      {ended, good, context.Canceled}, // after the settings file was made
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			kept := filepath.Join(parent, "kept")
			if err := os.WriteFile(filepath.Join(parent, "other"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(kept, 0o700); err != nil {
				t.Fatal(err)
			}
			for _, dir := range []string{kept, filepath.Join(parent, "new")} {
				cfg := service.Config{Dir: dir, Log: slog.New(slog.DiscardHandler)}
				err := service.Init(test.ctx, cfg, test.first)
				if err == nil || test.want != nil && !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
			}
			if left := list(t, kept); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if left := list(t, parent); len(left) != 2 {
				t.Errorf("beside what was there: %v", left)
			}
		})
	}
	cfg := service.Config{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
	if err := service.Init(ended, cfg, good); err == nil {
		t.Fatal("made after the end")
	}
	if err := service.Init(t.Context(), cfg, good); err != nil {
		t.Fatalf("the second try: %v", err)
	}
	if err := service.Init(t.Context(), cfg, good); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a service: %v", err)
	}
	if left := list(t, cfg.Dir); len(left) != 1 {
		t.Errorf("more than the settings: %v", left)
	}
	checkPrivate(t, cfg.Dir)
	s, err := service.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // it was only read
	org, err := s.Organisation(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	users, err := org.Users(t.Context())
	if err != nil || len(users) != 1 || users[0].Name != agentName {
		t.Errorf("users %+v, %v", users, err)
	}
}

func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
