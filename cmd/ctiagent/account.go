package main

import (
	"bufio"
	"context"
	"errors"
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
		return "", errors.New(words().T("cli.inputUnreadable", map[string]any{"reason": err}))
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
		e.say(o.Error)
		if o.NeedKeyring {
			e.say(words().T("cli.secretsFirst"))
		}
	}
	if o.Hint != "" {
		e.say(o.Hint)
	}
	if !o.OK {
		return exitFailed
	}
	return exitOK
}

func signInVerb(ctx context.Context, e env, args []string) int {
	f := e.flags("sign-in")
	var r view.SignIn
	f.StringVar(&r.Address, "address", "", "address `URL` of the service, https://…")
	f.StringVar(&r.User, "user", "", "user `NAME`")
	f.StringVar(&r.CA, "ca", "", "`FILE` of the authority to trust for this service")
	f.StringVar(&r.Fingerprint, "fingerprint", "", "SHA-256 fingerprint `HEX` of the one certificate to trust")
	if code, ok := f.parse(args, 0); !ok {
		return code
	}
	if r.Address == "" || r.User == "" {
		return f.misused(words().T("cli.needService"))
	}
	var err error
	if r.Password, err = e.readSecret(words().T("cli.password", map[string]any{"name": r.User})); err != nil {
		return e.fail(err)
	}
	return e.outcome(ctx, view.VerbSignIn, r)
}

func signOutVerb(ctx context.Context, e env, args []string) int {
	if code, ok := e.flags("sign-out").parse(args, 0); !ok {
		return code
	}
	return e.request(ctx, view.VerbSignOut, nil)
}

func lineVerb(ctx context.Context, e env, args []string) int {
	f := e.flags("line")
	r := view.LineAccount{Connector: "sip"}
	f.StringVar(&r.Address, "address", "", "the line, `USER@DOMAIN`")
	f.StringVar(&r.Server, "server", "", "`HOST`[:PORT] of the platform; found by DNS when empty")
	f.StringVar(&r.AuthUser, "auth-user", "", "`NAME` for signing in, when it is not the line's")
	f.StringVar(&r.CA, "ca", "", "`FILE` of the authority to trust for this platform")
	f.StringVar(&r.Fingerprint, "fingerprint", "", "SHA-256 fingerprint `HEX` of the one certificate to trust")
	test := f.Bool("test", false, "test only, change nothing")
	if code, ok := f.parse(args, 0); !ok {
		return code
	}
	if r.Address == "" {
		return f.misused(words().T("cli.needAddress"))
	}
	var err error
	if r.Password, err = e.readSecret(words().T("cli.linePassword")); err != nil {
		return e.fail(err)
	}
	if code := e.outcome(ctx, view.VerbTestLine, r); code != exitOK || *test {
		return code
	}
	return e.outcome(ctx, view.VerbSaveLine, r)
}

func secretsVerb(ctx context.Context, e env, args []string) int {
	choice, code, ok := e.flags("secrets").oneOf(args, "session", "file")
	if !ok {
		return code
	}
	r := view.ChooseKeyring{Choice: choice}
	if choice == "file" {
		var err error
		if r.Passphrase, err = e.readSecret(words().T("keyring.passphrase")); err != nil {
			return e.fail(err)
		}
	}
	return e.outcome(ctx, view.VerbChooseKeyring, r)
}
