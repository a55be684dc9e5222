package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"example.org/ctiagent/agent/view"
)

// These verbs do what the first-run assistant does, for workstations without
// a display and for administrators. A secret is never an argument: it would
// stand in the list of processes.

const accountLimit = time.Minute

// readSecret asks for a secret on the terminal, or reads one line of the input.
func (e env) readSecret(prompt string) (string, error) {
	if e.terminal {
		fmt.Fprint(e.err, prompt+": ")
		b, err := term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(e.err)
		return string(b), err
	}
	line, err := bufio.NewReader(e.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("the input cannot be read: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// outcome asks the running agent and prints what it did and what is wrong.
func (e env) outcome(ctx context.Context, verb string, request any) int {
	c, err := connectAgent(ctx, false)
	if err != nil {
		return e.fail(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, accountLimit)
	defer cancel()
	var o view.Outcome
	if err := c.Do(ctx, verb, request, &o); err != nil {
		return e.fail(err)
	}
	for _, s := range o.Steps {
		mark := "ok  "
		if !s.OK {
			mark = "FAIL"
		}
		fmt.Fprintf(e.out, "%s  %s\n", mark, s.Text)
	}
	if !o.OK {
		fmt.Fprintf(e.err, "ctiagent: %s\n", o.Error)
		if o.NeedKeyring {
			fmt.Fprintln(e.err, "ctiagent: say where secrets are kept first: ctiagent secrets session, or ctiagent secrets file")
		}
	}
	if o.Hint != "" {
		fmt.Fprintf(e.err, "ctiagent: %s\n", o.Hint)
	}
	if !o.OK {
		return exitFailed
	}
	return exitOK
}

func signInVerb(ctx context.Context, e env, args []string) int {
	f := flag.NewFlagSet("sign-in", flag.ContinueOnError)
	f.SetOutput(e.err)
	var r view.SignIn
	f.StringVar(&r.Address, "address", "", "address of the service, https://…")
	f.StringVar(&r.User, "user", "", "user name")
	f.StringVar(&r.CA, "ca", "", "file of the authority to trust for this service")
	f.StringVar(&r.Fingerprint, "fingerprint", "", "SHA-256 fingerprint of the one certificate to trust")
	if f.Parse(args) != nil {
		return exitFailed
	}
	if r.Address == "" || r.User == "" || f.NArg() > 0 {
		fmt.Fprintln(e.err, "ctiagent: sign-in needs --address and --user; the password is read from the input")
		return exitFailed
	}
	var err error
	if r.Password, err = e.readSecret("Password of " + r.User); err != nil {
		return e.fail(err)
	}
	return e.outcome(ctx, view.VerbSignIn, r)
}

func signOutVerb(ctx context.Context, e env, args []string) int {
	if len(args) > 0 {
		fmt.Fprintln(e.err, "ctiagent: sign-out takes no arguments")
		return exitFailed
	}
	return e.request(ctx, view.VerbSignOut, nil)
}

func lineVerb(ctx context.Context, e env, args []string) int {
	f := flag.NewFlagSet("line", flag.ContinueOnError)
	f.SetOutput(e.err)
	r := view.LineAccount{Connector: "sip"}
	f.StringVar(&r.Address, "address", "", "the line, user@domain")
	f.StringVar(&r.Server, "server", "", "host[:port] of the platform; found by DNS when empty")
	f.StringVar(&r.AuthUser, "auth-user", "", "name for signing in, when it is not the line's")
	f.StringVar(&r.CA, "ca", "", "file of the authority to trust for this platform")
	f.StringVar(&r.Fingerprint, "fingerprint", "", "SHA-256 fingerprint of the one certificate to trust")
	test := f.Bool("test", false, "test only, change nothing")
	if f.Parse(args) != nil {
		return exitFailed
	}
	if r.Address == "" || f.NArg() > 0 {
		fmt.Fprintln(e.err, "ctiagent: line needs --address; the password is read from the input, an empty one keeps the stored one")
		return exitFailed
	}
	var err error
	if r.Password, err = e.readSecret("Password of the line (empty keeps the stored one)"); err != nil {
		return e.fail(err)
	}
	if code := e.outcome(ctx, view.VerbTestLine, r); code != exitOK || *test {
		return code
	}
	return e.outcome(ctx, view.VerbSaveLine, r)
}

func secretsVerb(ctx context.Context, e env, args []string) int {
	if len(args) != 1 || !contains([]string{"session", "file"}, args[0]) {
		fmt.Fprintln(e.err, "ctiagent: secrets needs session or file")
		return exitFailed
	}
	r := view.ChooseKeyring{Choice: args[0]}
	if args[0] == "file" {
		var err error
		if r.Passphrase, err = e.readSecret("Passphrase"); err != nil {
			return e.fail(err)
		}
	}
	return e.outcome(ctx, view.VerbChooseKeyring, r)
}
