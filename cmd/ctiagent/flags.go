package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// flags are the flags of one verb. Its help, and what is wrong with a command
// line, are said in the same way for every verb.
type flags struct {
	*flag.FlagSet
	env  env
	verb verb
}

func (e env) flags(name string) flags {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard) // parse says what is wrong
	return flags{f, e, verbOf(name)}
}

// parse reads the arguments, of which at most that many are no flags. When it
// reports false, the verb ends with the code.
func (f flags) parse(args []string, atMost int) (code int, ok bool) {
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		f.help(f.env.out)
		return exitOK, false
	case err != nil:
		return f.misused(err.Error()), false
	case f.NArg() > atMost:
		return f.misused(words().T("cli.tooMany", map[string]any{"argument": strconv.Quote(f.Arg(atMost))})), false
	}
	return exitOK, true
}

// oneOf reads a command line of one word out of a list.
func (f flags) oneOf(args []string, choices ...string) (word string, code int, ok bool) {
	if code, ok := f.parse(args, 1); !ok {
		return "", code, false
	}
	if !slices.Contains(choices, f.Arg(0)) {
		list := strings.Join(choices, ", ")
		return "", f.misused(words().T("cli.needChoice", map[string]any{"choices": list})), false
	}
	return f.Arg(0), exitOK, true
}

// misused says what is wrong with the command line and how it is written.
func (f flags) misused(problem string) int {
	f.env.say(problem)
	f.env.say(words().T("cli.usage", map[string]any{"usage": f.verb.line()}))
	return exitFailed
}

func (f flags) help(w io.Writer) {
	f.verb.help(w)
	f.VisitAll(func(x *flag.Flag) {
		value, about := flag.UnquoteUsage(x)
		fmt.Fprintf(w, "  %s\n        %s\n", strings.TrimSpace("--"+x.Name+" "+value), about)
	})
}

func (v verb) line() string { return strings.TrimSpace("ctiagent " + v.name + " " + v.args) }

func (v verb) help(w io.Writer) { fmt.Fprintf(w, "  %s\n        %s\n", v.line(), v.about) }
