package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"example.org/ctiagent/agent"
	"example.org/ctiagent/phone"
)

// maxLine is the longest line of the input that is looked at, bytes; the rest
// of a longer one is read over, and it holds no number.
const maxLine = 1 << 20

// shownOfLine is how much of a line that is too long stands in the answer.
const shownOfLine = 64

// numberVerb explains what number a text holds, one JSON object a line.
func numberVerb(_ context.Context, e env, args []string) int {
	f := e.flags("number")
	country := f.String("country", "", "two letters `CC` of the country for numbers without one; the site's when empty")
	area := f.String("area", "", "area code `N` for numbers without one")
	asJSON := f.Bool("json", false, "print JSON, one object a line")
	if code, ok := f.parse(args, len(args)); !ok {
		return code
	}
	t := words()
	plan := agent.PlanOf(t.settings.Values())
	if *country != "" {
		plan = phone.DialPlan{Country: strings.ToUpper(*country)}
	}
	if *area != "" {
		plan.AreaCode = *area
	}
	if plan.Country != "" || *area != "" { // a number with its country code needs neither
		if err := plan.Validate(); err != nil {
			return e.fail(err)
		}
	}
	explain := func(text string) error {
		x := phone.Explain(text, plan)
		if r := []rune(text); len(text) > maxLine {
			x.Input = string(r[:shownOfLine]) + "…"
		}
		if *asJSON {
			return printJSON(e.out, x)
		}
		return printExplanation(e.out, t, x, text, plan)
	}
	if f.NArg() > 0 {
		for _, text := range f.Args() {
			if err := explain(text); err != nil {
				return e.fail(err)
			}
		}
		return exitOK
	}
	in := bufio.NewReader(e.in)
	for {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			return exitOK
		}
		if err == nil {
			err = explain(line)
		} else {
			err = errors.New(t.T("cli.inputUnreadable", map[string]any{"reason": err}))
		}
		if err != nil {
			return e.fail(err)
		}
	}
}

// readLine reads one line without its end; of one that is too long it gives a
// little more than maxLine and drops the rest. It gives io.EOF after the last.
func readLine(in *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if room := maxLine + 1 - len(line); room > 0 {
			line = append(line, part[:min(len(part), room)]...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull): // the line goes on
		case err == nil, errors.Is(err, io.EOF) && len(line) > 0:
			return strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r"), nil
		default:
			return "", err
		}
	}
}

func printExplanation(w io.Writer, t *texts, x phone.Explanation, text string, plan phone.DialPlan) error {
	if len(x.Numbers) == 0 {
		why := x.Rejected
		if _, err := phone.ParseAll(text, plan); err != nil {
			if key := phone.ReasonKey(err); t.T(key) != key {
				why = t.T(key)
			}
		}
		_, err := fmt.Fprintf(w, "%s: %s\n", x.Input, why)
		return err
	}
	for _, n := range x.Numbers {
		number := n.E164
		if number == "" {
			number = n.Local
		}
		if n.Extension != "" {
			number += ", " + t.T("cli.extension", map[string]any{"digits": n.Extension})
		}
		if _, err := fmt.Fprintf(w, "%s: %s (%s)\n", x.Input, number, t.T("number.kind."+string(n.Kind))); err != nil {
			return err
		}
	}
	return nil
}
