package telhandler

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"example.org/ctiagent/desktop/desktopentry"
)

// id is the name of our entry. It is another one than that of an entry a
// package installs for the menu, which this one must not hide.
const id = "ctiagent-uri.desktop"

const mimePrefix = "x-scheme-handler/"

// places are the directories of the user and of the system.
type places struct {
	config     string   // $XDG_CONFIG_HOME
	data       string   // $XDG_DATA_HOME
	configDirs []string // $XDG_CONFIG_DIRS
	dataDirs   []string // $XDG_DATA_DIRS
	desktops   []string // $XDG_CURRENT_DESKTOP, lower case
}

func find() (places, error) {
	home, err := os.UserHomeDir()
	if err != nil && (os.Getenv("XDG_CONFIG_HOME") == "" || os.Getenv("XDG_DATA_HOME") == "") {
		return places{}, fmt.Errorf("telhandler: %w", err)
	}
	return places{
		config:     xdg("XDG_CONFIG_HOME", filepath.Join(home, ".config"))[0],
		data:       xdg("XDG_DATA_HOME", filepath.Join(home, ".local", "share"))[0],
		configDirs: xdg("XDG_CONFIG_DIRS", "/etc/xdg"),
		dataDirs:   xdg("XDG_DATA_DIRS", "/usr/local/share", "/usr/share"),
		desktops:   strings.Split(strings.ToLower(os.Getenv("XDG_CURRENT_DESKTOP")), ":"),
	}, nil
}

// xdg is a list of absolute directories from a variable, or the usual one.
func xdg(env string, usual ...string) []string {
	var dirs []string
	for d := range strings.SplitSeq(os.Getenv(env), ":") {
		if filepath.IsAbs(d) {
			dirs = append(dirs, filepath.Clean(d))
		}
	}
	if len(dirs) == 0 {
		return usual
	}
	return dirs
}

func (p places) entry() string { return filepath.Join(p.data, "applications", id) }

// Register makes exe, an absolute path, the program for the links. Doing it
// again is no error and moves it to another exe.
func Register(exe string) error {
	p, err := find()
	if err != nil {
		return err
	}
	var types []string
	for _, s := range schemes() {
		types = append(types, mimePrefix+s)
	}
	entry, err := desktopentry.Entry{
		Name:    "CTI agent",
		Comment: "Dials the number of a link",
		Icon:    "call-start",
		Exec:    []string{exe, Verb, desktopentry.URL},
		Keys: []desktopentry.Key{
			{Name: "Terminal", Value: "false"},
			{Name: "NoDisplay", Value: "true"},
			{Name: "StartupNotify", Value: "false"},
			{Name: "Categories", Value: "Network;Telephony;"},
			{Name: "MimeType", Value: strings.Join(types, ";") + ";"},
		},
	}.Encode()
	if err != nil {
		return fmt.Errorf("telhandler: %w", err)
	}
	if err := desktopentry.Write(p.entry(), entry); err != nil {
		return fmt.Errorf("telhandler: %w", err)
	}
	for _, file := range p.userLists() {
		if err := editLists(file, types, putFirst); err != nil {
			return err
		}
	}
	updateDatabase(filepath.Dir(p.entry()))
	return nil
}

// Unregister undoes Register: what was the default before is it again. That
// nothing was registered is no error.
func Unregister() error {
	p, err := find()
	if err != nil {
		return err
	}
	var types []string
	for _, s := range schemes() {
		types = append(types, mimePrefix+s)
	}
	for _, file := range p.userLists() {
		if err := editLists(file, types, takeOut); err != nil {
			return err
		}
	}
	if err := os.Remove(p.entry()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("telhandler: %w", err)
	}
	updateDatabase(filepath.Dir(p.entry()))
	return nil
}

// Current asks what the desktop knows now.
func Current() (Status, error) {
	p, err := find()
	if err != nil {
		return Status{}, err
	}
	st := Status{Exe: desktopentry.Program(p.entry())}
	st.Registered = st.Exe != ""
	for _, s := range schemes() {
		x := Scheme{Name: s, Other: p.defaultFor(mimePrefix + s)}
		if x.Other == id {
			x.Default, x.Other = true, ""
		}
		st.Schemes = append(st.Schemes, x)
	}
	return st, nil
}

// userLists are the files in which the user's choice is written: the general
// one, and that of the running desktop if it exists, since it wins.
func (p places) userLists() []string {
	files := []string{filepath.Join(p.config, "mimeapps.list")}
	for _, d := range p.desktops {
		if d == "" || strings.ContainsRune(d, '/') {
			continue
		}
		f := filepath.Join(p.config, d+"-mimeapps.list")
		if _, err := os.Stat(f); err == nil {
			files = append(files, f)
		}
	}
	return files
}

// defaultFor finds the program that opens a type, in the order of the
// specification: the first in the first list that is installed.
func (p places) defaultFor(mime string) string {
	dirs := append([]string{p.config}, p.configDirs...)
	for _, d := range append([]string{p.data}, p.dataDirs...) {
		dirs = append(dirs, filepath.Join(d, "applications"))
	}
	for _, dir := range dirs {
		for _, desktop := range append(p.desktops, "") {
			name := "mimeapps.list"
			if desktop != "" {
				name = desktop + "-" + name
			}
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				continue
			}
			for _, app := range parseList(string(b)).get(defaults, mime) {
				if p.installed(app) {
					return app
				}
			}
		}
	}
	return ""
}

func (p places) installed(app string) bool {
	for _, d := range append([]string{p.data}, p.dataDirs...) {
		for _, name := range []string{app, strings.Replace(app, "-", "/", 1)} {
			if _, err := os.Stat(filepath.Join(d, "applications", name)); err == nil {
				return true
			}
		}
	}
	return false
}

// updateDatabase refreshes the cache of which program opens what. Desktops
// without the tool have no cache.
func updateDatabase(dir string) {
	for _, tool := range []string{"/usr/bin/update-desktop-database", "/usr/local/bin/update-desktop-database", "/run/current-system/sw/bin/update-desktop-database"} {
		if _, err := os.Stat(tool); err != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = exec.CommandContext(ctx, tool, "-q", dir).Run() // #nosec G204 -- without it the desktop finds out later
		return
	}
}
