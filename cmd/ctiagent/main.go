// Command ctiagent is the resident client: it hears the phone ring, shows who
// it is, opens the CRM record, and dials numbers for the user.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"example.org/ctiagent/config"
	"example.org/ctiagent/desktop/instance"
	"example.org/ctiagent/screenpop/script"
)

// Exit codes of every verb; script run adds its own (see its help).
const (
	exitOK     = 0
	exitFailed = 1 // it did not work, or the command line is wrong
	exitRefuse = 2 // what was asked for is not allowed
)

// env is what a verb works with; tests bring their own.
type env struct {
	in       io.Reader
	out, err io.Writer
	terminal bool // in and out are a person's
}

// verb is one word of the command line.
type verb struct {
	name  string
	args  string // as in the help
	about string
	run   func(ctx context.Context, e env, args []string) int
}

// verbs is every word there is, in the order of the help.
func verbs() []verb {
	return []verb{
		{"run", "[--headless] [--leashed] [--verbose]", "stay resident: tray, notifications, windows (the default)", runVerb},
		{"dial", "[--country CC] [--dry-run] -- NUMBER-OR-URI", "call a number with the user's phone", dialVerb},
		{"open-uri", "URI", "what the desktop calls for tel:, callto: and sip: links", openURIVerb},
		{"number", "[--country CC] [--area N] [--json] [TEXT…]", "explain what number a text holds", numberVerb},
		{"script", "run [--json] FILE --call CALL.json [--allow ORIGIN]…", "run a screen-pop script in its containment", scriptVerb},
		{"sign-in", "--address URL --user NAME [--ca FILE] [--fingerprint HEX]", "sign in to the recognition service; the password is read from the input", signInVerb},
		{"sign-out", "", "sign out; the workstation's token is worthless afterwards", signOutVerb},
		{"line", "--address USER@DOMAIN [--server HOST] [--auth-user NAME] [--ca FILE] [--fingerprint HEX] [--test]", "set up or test the telephone line; the password is read from the input", lineVerb},
		{"secrets", "session|file", "without a keyring: keep secrets for this session, or in a file with a passphrase read from the input", secretsVerb},
		{"links", "on|off|status", "handle tel:, callto: and sip: links of the desktop", linksVerb},
		{"window", "history|settings|assistant|about|dial", "show a window of the running agent", windowVerb},
		{"status", "[--json]", "what the running agent is doing", statusVerb},
		{"check", "[--json]", "what works on this machine: settings, keyring, containment, notifications", checkVerb},
		{"explain", "KEY", "explain a setting", explainVerb},
		{"quit", "", "end the running agent", quitVerb},
		{"version", "", "print the version", versionVerb},
	}
}

func main() {
	// The sandboxed child must come to nothing else of this program first.
	if len(os.Args) == 2 && os.Args[1] == scriptHostVerb {
		script.ChildMain()
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command(ctx, env{os.Stdin, os.Stdout, os.Stderr, isTerminal()}, os.Args[1:])
	stop()
	os.Exit(code)
}

// scriptHostVerb starts the sandboxed child; not for people.
const scriptHostVerb = "script-host"

func command(ctx context.Context, e env, args []string) int {
	if len(args) == 0 {
		args = []string{"run"}
	}
	switch args[0] {
	case "help", "-h", "--help":
		if len(args) > 1 && verbOf(args[1]).run != nil {
			return command(ctx, e, []string{args[1], "--help"})
		}
		usage(e.out)
		return exitOK
	case "--version":
		args = append([]string{"version"}, args[1:]...)
	}
	if v := verbOf(args[0]); v.run != nil {
		return v.run(ctx, e, args[1:])
	}
	if strings.HasPrefix(args[0], "-") { // flags alone belong to run
		return runVerb(ctx, e, args)
	}
	e.say(words().T("cli.noCommand", map[string]any{"name": strconv.Quote(args[0])}))
	return exitFailed
}

// verbOf is the verb of that name, without a run where there is none.
func verbOf(name string) verb {
	for _, v := range verbs() {
		if v.name == name {
			return v
		}
	}
	return verb{}
}

func usage(w io.Writer) {
	fmt.Fprint(w, "ctiagent shows who is calling and dials for you.\n\n")
	for _, v := range verbs() {
		v.help(w)
	}
	fmt.Fprint(w, "\nExit codes: 0 done, 1 failed or wrong usage, 2 refused; script run: see its help.\n"+
		"The flags of a command: ctiagent COMMAND --help\n")
}

// refusal is why something is not allowed, in the user's language.
type refusal string

func (r refusal) Error() string { return words().T("cli.refused", map[string]any{"reason": string(r)}) }

// say prints one sentence for the person at the keyboard.
func (e env) say(text string) { fmt.Fprintf(e.err, "ctiagent: %s\n", text) }

// fail says what is wrong and what to do, and gives the exit code.
func (e env) fail(err error) int {
	e.say(inWords(err))
	if hint := hintOf(err); hint != "" {
		e.say(hint)
	}
	if errors.As(err, new(refusal)) {
		return exitRefuse
	}
	return exitFailed
}

func inWords(err error) string {
	if errors.Is(err, instance.ErrNotRunning) {
		return words().T("cli.notRunning")
	}
	return err.Error()
}

// hintOf is the advice that an error brings, unless it says the same itself.
func hintOf(err error) string {
	var mistake *config.Error
	if errors.As(err, &mistake) {
		if mistake.File == "" {
			return ""
		}
		return words().T("cli.mendSettings")
	}
	var hinter interface{ Hint() string }
	if !errors.As(err, &hinter) || strings.Contains(err.Error(), hinter.Hint()) {
		return ""
	}
	return hinter.Hint()
}
