package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"example.org/ctiagent/recognition/account"
	"example.org/ctiagent/recognition/service"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// streams are what a command reads and writes, so that tests run the program
// as it is.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// command is one verb, or two words of which the first groups ("user add").
type command struct {
	name    string
	args    string // what stands behind the flags; in brackets: may be left out
	summary string
	run     func(ctx context.Context, c *call) error
	flags   func(f *flag.FlagSet, c *call)
}

// call is one run of a command: its flags and what every command needs.
type call struct {
	streams
	dir, org, source, user, roles string
	listen, cert, key             string
	dev                           bool
	country, area                 string
	manifest, body                string
	grant                         grant
	logLevel                      slog.Level
	rest                          []string
}

func commands() []command {
	return []command{
		{"init", "", "make a data directory with an organisation and its first user", initialise, userFlags},
		{"serve", "", "answer lookups over HTTPS until interrupted", serve, serveFlags},
		{"load", "FILE|-", "put contacts into a source: one JSON record a line", load, loadFlags},
		{"source list", "", "list the linked sources and how many records each has", sourceList, noFlags},
		{"source drop", "", "remove a source with everything it held, at once", sourceDrop, sourceFlags},
		{"script add", "[BODY.js]", "add a screen-pop script or replace the one with its id", scriptAdd, scriptFlags},
		{"script list", "", "list the scripts", scriptList, noFlags},
		{"script remove", "ID", "remove a script", scriptRemove, noFlags},
		{"user add", "", "add a user; the password comes from the terminal or standard input", userAdd, userFlags},
		{"user list", "", "list the users and their roles", userList, noFlags},
		{"user disable", "", "end all sign-ins of a user and allow no more", userDisable, userFlags},
		{"check", "", "read everything in the data directory and report damage", check, noFlags},
	}
}

// errUsage marks errors that the help text answers.
var errUsage = errors.New("see ctiserver --help")

func run(ctx context.Context, args []string, s streams) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		usage(s.out)
		if len(args) == 0 {
			return exitUsage
		}
		return exitOK
	}
	for _, cmd := range commands() {
		words := strings.Fields(cmd.name)
		if len(args) < len(words) || strings.Join(args[:len(words)], " ") != cmd.name {
			continue
		}
		return runCommand(ctx, cmd, args[len(words):], s)
	}
	fmt.Fprintf(s.err, "ctiserver: there is no command %q; see ctiserver --help\n", args[0])
	return exitUsage
}

func runCommand(ctx context.Context, cmd command, args []string, s streams) int {
	c := &call{streams: s}
	f := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	f.SetOutput(s.err)
	f.Usage = func() {
		fmt.Fprintf(f.Output(), "ctiserver %s [flags] %s\n  %s\n\nFlags:\n", cmd.name, cmd.args, cmd.summary)
		f.PrintDefaults()
	}
	f.StringVar(&c.dir, "dir", "", "data directory of the service (required)")
	f.StringVar(&c.org, "org", "main", "id of the organisation")
	f.TextVar(&c.logLevel, "log-level", slog.LevelInfo, "debug, info, warn or error")
	cmd.flags(f, c)
	if len(args) > 0 && (args[0] == "--help" || args[0] == "-h") {
		f.SetOutput(s.out)
	}
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	}
	c.rest = f.Args()
	err := c.ready(cmd)
	if err == nil {
		err = cmd.run(ctx, c)
	}
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage):
		fmt.Fprintf(s.err, "ctiserver %s: %v\n", cmd.name, err)
		return exitUsage
	}
	fmt.Fprintf(s.err, "ctiserver %s: %v\n", cmd.name, err)
	return exitFailed
}

// ready refuses what cannot go well before anything is opened.
func (c *call) ready(cmd command) error {
	if c.dir == "" {
		return fmt.Errorf("--dir is missing: say where the data directory is (%w)", errUsage)
	}
	want := 0
	if cmd.args != "" {
		want = 1
	}
	leftOut := len(c.rest) == 0 && strings.HasPrefix(cmd.args, "[")
	if len(c.rest) != want && !leftOut {
		return fmt.Errorf("%d arguments behind the flags where %d are expected (%w)", len(c.rest), want, errUsage)
	}
	return nil
}

func usage(w io.Writer) {
	fmt.Fprint(w, "ctiserver is the caller recognition service.\n\nCommands:\n")
	for _, cmd := range commands() {
		fmt.Fprintf(w, "  %-14s %-9s  %s\n", cmd.name, cmd.args, cmd.summary)
	}
	fmt.Fprint(w, `
Every command takes --dir, and --org where there is more than one organisation;
"ctiserver COMMAND --help" lists the rest. Commands may run beside a service
that is serving; it sees their changes within a quarter of a second.

Try it:
  ctiserver init --dir data --user you@example.org
  ctiserver serve --dir data --dev

Exit codes: 0 done, 1 failed, 2 the command line is wrong.
`)
}

func noFlags(*flag.FlagSet, *call) {}

func userFlags(f *flag.FlagSet, c *call) {
	f.StringVar(&c.user, "user", "", "name of the user, like an e-mail address (required)")
	f.StringVar(&c.roles, "roles", "", fmt.Sprintf("comma-separated, of %v (init: all; user add: agent)", account.Roles()))
}

func sourceFlags(f *flag.FlagSet, c *call) {
	f.StringVar(&c.source, "source", "", "name of the source, as people call the application: CRM (required)")
}

func (c *call) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: c.logLevel}))
}

// open opens a service that init has made; a mistyped directory is an error
// and not a new, empty service.
func (c *call) open() (*service.Service, error) {
	if _, err := os.Stat(service.SettingsFile(c.dir)); err != nil {
		return nil, fmt.Errorf("%s is not the data directory of a service; make one with ctiserver init", c.dir)
	}
	return service.New(service.Config{Dir: c.dir, Log: c.logger()})
}

// withOrganisation opens the organisation of --org for one command.
func (c *call) withOrganisation(ctx context.Context, do func(*service.Organisation) error) (err error) {
	s, err := c.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	org, err := s.Organisation(ctx, account.OrganisationID(c.org))
	if errors.Is(err, account.ErrNoOrganisation) {
		return fmt.Errorf("there is no organisation %q; say which with --org", c.org)
	}
	if err != nil {
		return err
	}
	return do(org)
}
