package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"example.org/ctiagent/agent"
	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/desktop/instance"
	"example.org/ctiagent/desktop/notification"
	"example.org/ctiagent/phone"
)

// maxURI bounds what a link may be, bytes; see phone.ParseURI.
const maxURI = 256

const (
	dialLimit   = time.Minute     // of one request, the user's answer included
	noticeLimit = 2 * time.Second // a browser may wait for the verb to end
)

// openURIVerb is what the desktop calls for a link: exactly one argument, and
// nothing in it is ever a flag.
func openURIVerb(ctx context.Context, e env, args []string) int {
	if len(args) != 1 {
		return e.linkFailed(ctx, errOneLink{})
	}
	p, err := openPlace()
	if err != nil {
		return e.linkFailed(ctx, err)
	}
	link := view.Dial{Text: args[0], FromLink: true}
	if len(link.Text) > maxURI {
		return e.linkFailed(ctx, refusal(p.texts.T("phone.refuse.long")))
	}
	if d := agent.Decide(link, p.settings.Values(), p.texts); d.Action == phone.ActionRefuse {
		return e.linkFailed(ctx, refusal(d.Reason))
	}
	code, err := e.place(ctx, p, link)
	if err != nil {
		return e.linkFailed(ctx, err)
	}
	return code
}

// errOneLink: the desktop passed no link, or several.
type errOneLink struct{}

func (errOneLink) Error() string { return words().T("cli.oneArgument") }

// linkFailed says why a link is not dialled to the terminal, and on the screen
// for whoever clicked it. The link itself, which anybody may have written, is
// repeated nowhere.
func (e env) linkFailed(ctx context.Context, err error) int {
	code := e.fail(err)
	text := inWords(err)
	var why refusal
	switch {
	case errors.As(err, &why):
		text = string(why)
	case errors.As(err, new(errOneLink)):
		code = exitRefuse
	case errors.Is(err, instance.ErrNotRunning):
		text = words().T("cli.linkNoAgent")
	}
	if c, err := connectAgent(ctx, false); err == nil {
		defer c.Close()
		ctx, cancel := context.WithTimeout(ctx, noticeLimit)
		defer cancel()
		if c.Do(ctx, view.VerbLinkRefused, view.LinkRefused{Reason: text}, nil) == nil {
			return code
		}
	}
	postNotice(ctx, text)
	return code
}

// postNotice shows one notice where no agent does; there is nobody to tell
// that it could not be shown.
func postNotice(ctx context.Context, text string) {
	ctx, cancel := context.WithTimeout(ctx, noticeLimit)
	defer cancel()
	sent := make(chan struct{}, 1)
	done := func() {
		select {
		case sent <- struct{}{}:
		default:
		}
	}
	t := words()
	if !t.settings.Values().Notification.Enabled {
		return
	}
	n := notification.New(ctx, notification.Options{
		AppName: t.T("app.name"), DesktopEntry: desktopEntry, Icon: desktopEntry,
		Sent:   func(string, time.Time, time.Time) { done() },
		Failed: func(string, error) { done() },
	})
	defer n.Close()
	notice := notification.Notice{Title: t.T("notice.linkRefused"), Body: text, Urgency: notification.Normal}
	if n.Show("link", notice) != nil {
		return
	}
	select {
	case <-sent:
	case <-ctx.Done():
	}
}

// dialVerb is for people.
func dialVerb(ctx context.Context, e env, args []string) int {
	f := e.flags("dial")
	country := f.String("country", "", "two letters `CC` of the country the number is written in; the site's when empty")
	dryRun := f.Bool("dry-run", false, "print what would be done, and do nothing")
	if code, ok := f.parse(args, len(args)); !ok {
		return code
	}
	if f.NArg() == 0 {
		return f.misused(words().T("cli.needNumber"))
	}
	p, err := openPlace()
	if err != nil {
		return e.fail(err)
	}
	// "dial -- 020 7946 0123" without quotes is one number.
	d := view.Dial{Text: strings.Join(f.Args(), " "), Country: *country}
	r := agent.Decide(d, p.settings.Values(), p.texts)
	switch {
	case *dryRun:
		if err := printJSON(e.out, r); err != nil {
			return e.fail(err)
		}
		if r.Action == phone.ActionRefuse {
			return exitRefuse
		}
		return exitOK
	case r.Action == phone.ActionRefuse:
		return e.fail(refusal(r.Reason))
	}
	code, err := e.place(ctx, p, d)
	if err != nil {
		return e.fail(err)
	}
	return code
}

// place asks the running agent to dial. On a terminal the question is put
// here; otherwise a window or a notification asks.
func (e env) place(ctx context.Context, p *place, d view.Dial) (code int, err error) {
	c, err := connectAgent(ctx, false)
	if err != nil {
		return exitFailed, err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	d.CanAsk = e.terminal && !d.FromLink
	var r view.DialResult
	if err := c.Do(ctx, view.VerbDial, d, &r); err != nil {
		return exitFailed, err
	}
	switch r.Action {
	case string(phone.ActionRefuse):
		return exitRefuse, refusal(r.Reason)
	case string(phone.ActionConfirm):
		if !d.CanAsk {
			fmt.Fprintln(e.out, p.texts.T("cli.asked"))
			return exitOK, nil
		}
		yes := e.ask(p.texts, r)
		if err := c.Do(ctx, view.VerbConfirmDial, view.ConfirmDial{ID: r.Ask, Accept: yes}, nil); err != nil {
			return exitFailed, err
		}
		if !yes {
			return exitRefuse, nil
		}
	}
	fmt.Fprintln(e.out, p.texts.T("confirm.how"))
	return exitOK, nil
}

// ask puts the question on the terminal; anything but a yes is a no.
func (e env) ask(t *texts, r view.DialResult) bool {
	fmt.Fprintf(e.out, "%s\n  %s\n", t.T("confirm.title"), r.Number)
	for _, line := range questionLines(t, r) {
		fmt.Fprintf(e.out, "  %s\n", line)
	}
	fmt.Fprintf(e.out, "%s ", t.T("terminal.yesNo"))
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

// questionLines is what a person should know before answering.
func questionLines(t *texts, r view.DialResult) []string {
	kind := t.T("kind." + r.Kind)
	if r.Country != "" {
		kind += ", " + phone.CountryName(r.Country, t.Language())
	}
	lines := []string{kind}
	if r.Reason != "" {
		lines = append(lines, r.Reason)
	}
	if r.Extra != "" {
		lines = append(lines, t.T("confirm.extra", map[string]any{"digits": r.Extra}))
	}
	if r.Dropped != "" {
		lines = append(lines, t.T("confirm.dropped", map[string]any{"digits": r.Dropped}))
	}
	return lines
}
