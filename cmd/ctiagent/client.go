package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"example.org/ctiagent/agent"
	"example.org/ctiagent/agent/localapi"
	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/config"
	"example.org/ctiagent/desktop/instance"
	"example.org/ctiagent/phone"
)

// maxURI bounds what a link may be, bytes; see phone.ParseURI.
const maxURI = 256

// openURIVerb is what the desktop calls for a link: exactly one argument, and
// nothing in it is ever a flag.
func openURIVerb(ctx context.Context, e env, args []string) int {
	if len(args) != 1 {
		fmt.Fprintln(e.err, "ctiagent: open-uri takes exactly one link, tel:, callto: or sip:")
		return exitRefuse
	}
	p, err := openPlace()
	if err != nil {
		return e.fail(err)
	}
	link := view.Dial{Text: args[0], FromLink: true}
	d := agent.Decide(link, p.settings.Values(), p.texts)
	if len(args[0]) > maxURI {
		d = phone.Answer{Action: phone.ActionRefuse, Reason: p.texts.T("phone.refuse.long")}
	}
	if d.Action == phone.ActionRefuse {
		fmt.Fprintf(e.err, "ctiagent: %s\n", d.Reason)
		return exitRefuse
	}
	return e.place(ctx, p, link)
}

// dialVerb is for people.
func dialVerb(ctx context.Context, e env, args []string) int {
	f := flag.NewFlagSet("dial", flag.ContinueOnError)
	f.SetOutput(e.err)
	country := f.String("country", "", "two letters of the country the number is written in; the site's when empty")
	dryRun := f.Bool("dry-run", false, "print what would be done, and do nothing")
	if f.Parse(args) != nil {
		return exitFailed
	}
	if f.NArg() == 0 {
		fmt.Fprintln(e.err, "ctiagent: dial needs a number or a link, after --")
		return exitFailed
	}
	p, err := openPlace()
	if err != nil {
		return e.fail(err)
	}
	// "dial -- 020 7946 0123" without quotes is one number.
	d := view.Dial{Text: strings.Join(f.Args(), " "), Country: *country}
	r := agent.Decide(d, p.settings.Values(), p.texts)
	if *dryRun {
		if err := printJSON(e.out, r); err != nil {
			return e.fail(err)
		}
	}
	if r.Action == phone.ActionRefuse {
		if !*dryRun {
			fmt.Fprintf(e.err, "ctiagent: %s\n", r.Reason)
		}
		return exitRefuse
	}
	if *dryRun {
		return exitOK
	}
	return e.place(ctx, p, d)
}

// place asks the running agent to dial. On a terminal the question is put
// here; otherwise a window or a notification asks.
func (e env) place(ctx context.Context, p *place, d view.Dial) int {
	c, err := connectAgent(ctx, false)
	if err != nil {
		return e.fail(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	d.CanAsk = e.terminal && !d.FromLink
	var r view.DialResult
	if err := c.Do(ctx, view.VerbDial, d, &r); err != nil {
		return e.fail(err)
	}
	switch r.Action {
	case string(phone.ActionRefuse):
		fmt.Fprintf(e.err, "ctiagent: %s\n", r.Reason)
		return exitRefuse
	case string(phone.ActionConfirm):
		if !d.CanAsk {
			fmt.Fprintln(e.out, p.texts.T("cli.asked"))
			return exitOK
		}
		yes := e.ask(p, r)
		if err := c.Do(ctx, view.VerbConfirmDial, view.ConfirmDial{ID: r.Ask, Accept: yes}, nil); err != nil {
			return e.fail(err)
		}
		if !yes {
			return exitRefuse
		}
	}
	fmt.Fprintln(e.out, p.texts.T("confirm.how"))
	return exitOK
}

// ask puts the question on the terminal; anything but a yes is a no.
func (e env) ask(p *place, r view.DialResult) bool {
	fmt.Fprintf(e.out, "%s %s (%s) %s [y/N] ", p.texts.T("confirm.title"), r.Number, p.texts.T("kind."+r.Kind), r.Reason)
	line, err := bufio.NewReader(e.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes", "j", "ja":
		return true
	}
	return false
}

// numberVerb explains what number a text holds, one JSON object a line.
func numberVerb(_ context.Context, e env, args []string) int {
	f := flag.NewFlagSet("number", flag.ContinueOnError)
	f.SetOutput(e.err)
	country := f.String("country", "", "two letters of the country for numbers without one; the site's when empty")
	area := f.String("area", "", "area code for numbers without one")
	asJSON := f.Bool("json", false, "print JSON, one object a line")
	if f.Parse(args) != nil {
		return exitFailed
	}
	plan := agent.PlanOf(numberSettings())
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
		if *asJSON {
			return printJSON(e.out, x)
		}
		return printExplanation(e.out, x)
	}
	if f.NArg() > 0 {
		for _, text := range f.Args() {
			if err := explain(text); err != nil {
				return e.fail(err)
			}
		}
		return exitOK
	}
	in := bufio.NewScanner(e.in)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		if err := explain(in.Text()); err != nil {
			return e.fail(err)
		}
	}
	if err := in.Err(); err != nil {
		return e.fail(fmt.Errorf("a line of the input cannot be read: %w", err))
	}
	return exitOK
}

// numberSettings are the site's settings, or the defaults: explaining a number
// needs no installation.
func numberSettings() config.Values {
	p, err := openPlace()
	if err != nil {
		return config.Defaults()
	}
	return p.settings.Values()
}

func printExplanation(w io.Writer, x phone.Explanation) error {
	if len(x.Numbers) == 0 {
		_, err := fmt.Fprintf(w, "%s: %s\n", x.Input, x.Rejected)
		return err
	}
	for _, n := range x.Numbers {
		number := n.E164
		if number == "" {
			number = n.Local
		}
		if n.Extension != "" {
			number += " ext. " + n.Extension
		}
		if _, err := fmt.Fprintf(w, "%s: %s (%s)\n", x.Input, number, n.Kind); err != nil {
			return err
		}
	}
	return nil
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// windowVerb shows a window of the running agent.
func windowVerb(ctx context.Context, e env, args []string) int {
	windows := []string{view.WindowHistory, view.WindowSettings, view.WindowAssistant, view.WindowAbout, view.WindowDial}
	if len(args) != 1 || !contains(windows, args[0]) {
		fmt.Fprintf(e.err, "ctiagent: window needs one of %s\n", strings.Join(windows, ", "))
		return exitFailed
	}
	return e.request(ctx, view.VerbShowWindow, view.ShowWindow{Window: args[0]})
}

func quitVerb(ctx context.Context, e env, args []string) int {
	if len(args) > 0 {
		fmt.Fprintln(e.err, "ctiagent: quit takes no arguments")
		return exitFailed
	}
	return e.request(ctx, view.VerbQuit, nil)
}

// connectAgent reaches the running agent.
func connectAgent(ctx context.Context, watch bool) (*localapi.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := instance.Connect(ctx, instanceName)
	if err != nil {
		return nil, err
	}
	return localapi.NewClient(conn, watch)
}

// request asks the running agent for one thing.
func (e env) request(ctx context.Context, verb string, body any) int {
	c, err := connectAgent(ctx, false)
	if err != nil {
		return e.fail(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := c.Do(ctx, verb, body, nil); err != nil {
		return e.fail(err)
	}
	return exitOK
}

// statusVerb prints what the running agent shows at this moment.
func statusVerb(ctx context.Context, e env, args []string) int {
	f := flag.NewFlagSet("status", flag.ContinueOnError)
	f.SetOutput(e.err)
	asJSON := f.Bool("json", false, "print the whole snapshot as JSON")
	if f.Parse(args) != nil || f.NArg() > 0 {
		return exitFailed
	}
	c, err := connectAgent(ctx, true)
	if err != nil {
		return e.fail(err)
	}
	defer c.Close()
	s, ok := <-c.Snapshots()
	if !ok {
		return e.fail(errors.New("the agent went away"))
	}
	if *asJSON {
		if err := printJSON(e.out, s); err != nil {
			return e.fail(err)
		}
		return exitOK
	}
	for _, part := range []struct {
		name string
		view.Status
	}{{"line", s.Line}, {"service", s.Service}} {
		fmt.Fprintf(e.out, "%-8s %s", part.name, part.State)
		for _, words := range []string{part.Reason, part.Hint} {
			if words != "" {
				fmt.Fprintf(e.out, "; %s", words)
			}
		}
		fmt.Fprintln(e.out)
	}
	fmt.Fprintf(e.out, "%-8s %d\n", "calls", len(s.Cards))
	return exitOK
}
