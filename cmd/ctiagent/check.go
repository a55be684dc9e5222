package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"

	"golang.org/x/term"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/config"
	"example.org/ctiagent/desktop/notification"
	"example.org/ctiagent/desktop/telhandler"
	"example.org/ctiagent/diag"
	"example.org/ctiagent/screenpop"
	"example.org/ctiagent/screenpop/script"
	"example.org/ctiagent/telephony/sipline"
)

// desktopEntry is the base name of the .desktop file.
const desktopEntry = "ctiagent"

// checkVerb says what works on this machine, without the running agent.
func checkVerb(ctx context.Context, e env, args []string) int {
	f := e.flags("check")
	asJSON := f.Bool("json", false, "print JSON")
	if code, ok := f.parse(args, 0); !ok {
		return code
	}
	dirs, err := userDirs()
	if err != nil {
		return e.fail(err)
	}
	p, broken := readPlace(dirs)
	if broken != nil { // everything else can be looked at all the same
		p = newPlace(dirs, builtIn())
	}
	log := slog.New(slog.DiscardHandler) // the log belongs to the running agent
	host, err := newHost(log)
	if err != nil {
		return e.fail(err)
	}
	defer host.Close()
	n := notification.New(ctx, notification.Options{AppName: p.texts.T("app.name"), Log: log})
	defer n.Close()
	_, need := openSecrets(p.dirs.Data, func() {}).Store()

	found := items([]finding{
		settingsFinding(settingsFile(dirs), broken),
		noticeFinding(n), keyringFinding(need), linksFinding(), displayFinding(),
	}, p.texts)
	layers := items(layerFindings(ctx, host), p.texts)
	if *asJSON {
		err = printJSON(e.out, map[string]any{"items": found, "containment": layers})
	} else {
		err = printItems(e.out, p.texts, found, layers)
	}
	if err != nil {
		return e.fail(err)
	}
	if slices.ContainsFunc(slices.Concat(found, layers), func(i view.DiagItem) bool { return i.State == diag.Bad }) {
		return exitFailed
	}
	return exitOK
}

func printItems(w io.Writer, t *texts, found, layers []view.DiagItem) error {
	line := func(i view.DiagItem, name string) error {
		if i.Text != "" {
			name += ": " + i.Text
		}
		_, err := fmt.Fprintf(w, "%-4s  %s\n", i.State, name)
		return err
	}
	for _, i := range found {
		if err := line(i, t.T("diag."+i.Name)); err != nil {
			return err
		}
	}
	for _, i := range layers {
		key := "diag.layer." + i.Name
		if i.Name == "scripts" { // there are no layers to speak of
			key = "diag.scripts"
		}
		if err := line(i, t.T(key)); err != nil {
			return err
		}
	}
	return nil
}

func explainVerb(_ context.Context, e env, args []string) int {
	f := e.flags("explain")
	if code, ok := f.parse(args, 1); !ok {
		return code
	}
	if f.NArg() == 0 {
		return f.misused(words().T("cli.needSetting"))
	}
	text, err := config.Explain(f.Arg(0))
	if err != nil {
		return e.fail(err)
	}
	fmt.Fprintln(e.out, text)
	return exitOK
}

func versionVerb(_ context.Context, e env, args []string) int {
	if code, ok := e.flags("version").parse(args, 0); !ok {
		return code
	}
	fmt.Fprintln(e.out, "ctiagent", version())
	return exitOK
}

func scriptVerb(ctx context.Context, e env, args []string) int {
	switch {
	case len(args) > 0 && args[0] == "run":
		args = args[1:]
	case len(args) == 1 && slices.Contains([]string{"-h", "-help", "--help"}, args[0]):
	default:
		return e.flags("script").misused(words().T("cli.needChoice", map[string]any{"choices": "run"}))
	}
	exe, err := selfExecutable()
	if err != nil {
		return e.fail(err)
	}
	host := script.NewHost(script.HostConfig{Command: []string{exe, scriptHostVerb}})
	defer host.Close()
	return screenpop.RunCommand(ctx, args, e.in, e.out, e.err, host)
}

func linksVerb(ctx context.Context, e env, args []string) int {
	word, code, ok := e.flags("links").oneOf(args, "on", "off", "status")
	if !ok {
		return code
	}
	if word != "status" {
		if err := setLinks(ctx, word == "on"); err != nil {
			return e.fail(err)
		}
	}
	fmt.Fprintln(e.out, linksFinding().item(words()).Text)
	return exitOK
}

// setLinks changes the setting as well as the desktop, so that the next start
// of the agent does not undo it. A running agent does both itself.
func setLinks(ctx context.Context, on bool) error {
	values := map[string]string{"start.links": strconv.FormatBool(on)}
	if c, err := connectAgent(ctx, false); err == nil {
		defer c.Close()
		return c.Do(ctx, view.VerbChangeSettings, view.ChangeSettings{Values: values}, nil)
	}
	p, err := openPlace()
	if err != nil {
		return err
	}
	if err := p.settings.Change(values); err != nil {
		return err
	}
	if !on {
		return telhandler.Unregister()
	}
	exe, err := selfExecutable()
	if err != nil {
		return err
	}
	return telhandler.Register(exe)
}

// probeOutcome puts what a test of the line did into the words of the views.
func probeOutcome(steps []sipline.Step) view.Outcome {
	o := view.Outcome{OK: true}
	for _, s := range steps {
		o.Steps = append(o.Steps, view.Step{Text: s.Text, OK: s.Result != sipline.Failed})
		if s.Result == sipline.Failed && o.OK {
			o.OK, o.Error, o.Hint = false, s.Text, s.Hint
		}
		if s.Result == sipline.Warned && o.Hint == "" {
			o.Hint = s.Hint
		}
	}
	return o
}

func isTerminal() bool {
	return term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
}
