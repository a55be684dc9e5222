package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

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

const layersLimit = 5 * time.Second

// diagnose is what the about window and "ctiagent check" say.
func (r *resident) diagnose(host *script.Host, n notification.Notifier) func(context.Context, view.Snapshot) view.Diagnostics {
	return func(ctx context.Context, s view.Snapshot) view.Diagnostics {
		items := []view.DiagItem{statusItem("line", s.Line), statusItem("service", s.Service)}
		items = append(items, noticeItem(n), secretsItem(s.Secrets), linksItem())
		d := view.Diagnostics{Version: version(), Items: items, Containment: layerItems(ctx, host), Goroutines: runtime.NumGoroutine()}
		for _, f := range r.faults.Recent() {
			d.Errors = append(d.Errors, view.DiagError{At: f.At.Format(time.RFC3339), Text: f.Text, Hint: f.Hint})
		}
		d.Copyable = diag.Report{
			Version: d.Version, At: time.Now(),
			Health: entries(d.Items), Containment: entries(d.Containment), Faults: r.faults.Recent(),
		}.Copyable()
		return d
	}
}

func entries(items []view.DiagItem) []diag.Entry {
	var list []diag.Entry
	for _, i := range items {
		list = append(list, diag.Entry{Code: i.Name, State: i.State, Text: i.Text})
	}
	return list
}

func statusItem(name string, s view.Status) view.DiagItem {
	item := view.DiagItem{Name: name, State: diag.OK, Text: s.State}
	switch s.State {
	case view.StatusOff:
		item.State = diag.Off
	case view.StatusDegraded, view.StatusConnecting, view.StatusOffline:
		item.State = diag.Warn
	case view.StatusFatal, view.StatusSignedOut:
		item.State = diag.Bad
	}
	for _, words := range []string{s.Reason, s.Hint} {
		if words != "" {
			item.Text += "; " + words
		}
	}
	return item
}

func noticeItem(n notification.Notifier) view.DiagItem {
	item := view.DiagItem{Name: "notifications", State: diag.OK, Text: "shown by the desktop"}
	if err := n.Ready(); err != nil {
		item.State, item.Text = diag.Warn, err.Error()
	} else if !n.Capabilities().Actions {
		item.State, item.Text = diag.Warn, "shown by the desktop, without buttons"
	}
	return item
}

func secretsItem(need string) view.DiagItem {
	item := view.DiagItem{Name: "secrets", State: diag.OK, Text: "kept"}
	switch need {
	case needChoice:
		item.State, item.Text = diag.Warn, "this session has no keyring; choose where to keep them"
	case needUnlock:
		item.State, item.Text = diag.Warn, "the file of secrets is locked"
	case needKeyring:
		item.State, item.Text = diag.Warn, "the keyring has not answered yet; it may be asking you to unlock it"
	}
	return item
}

func linksItem() view.DiagItem {
	s, err := telhandler.Current()
	item := view.DiagItem{Name: "links", State: diag.OK, Text: "tel:, callto: and sip: links come here"}
	switch {
	case err != nil:
		item.State, item.Text = diag.Warn, err.Error()
	case !s.IsDefault():
		item.State, item.Text = diag.Off, "links go to other programs; ctiagent links on changes that"
	}
	return item
}

func layerItems(ctx context.Context, host *script.Host) []view.DiagItem {
	ctx, cancel := context.WithTimeout(ctx, layersLimit)
	defer cancel()
	layers, err := host.Layers(ctx)
	if err != nil {
		return []view.DiagItem{{Name: "scripts", State: diag.Bad, Text: err.Error()}}
	}
	var items []view.DiagItem
	for _, l := range layers {
		item := view.DiagItem{Name: l.Name, State: diag.OK, Text: l.Note}
		if !l.Active {
			item.State = diag.Warn
		}
		items = append(items, item)
	}
	return items
}

// checkVerb says what works on this machine, without the running agent.
func checkVerb(ctx context.Context, e env, args []string) int {
	f := flag.NewFlagSet("check", flag.ContinueOnError)
	f.SetOutput(e.err)
	asJSON := f.Bool("json", false, "print JSON")
	if f.Parse(args) != nil || f.NArg() > 0 {
		return exitFailed
	}
	p, err := openPlace()
	if err != nil {
		return e.fail(err)
	}
	r := &resident{place: p, env: e}
	if err := r.openLog(false); err != nil {
		return e.fail(err)
	}
	host, err := newHost(r.log)
	if err != nil {
		return e.fail(err)
	}
	defer host.Close()
	n := notification.New(ctx, notification.Options{AppName: p.texts.T("app.name"), Log: r.log})
	defer n.Close()
	keys := openSecrets(p.dirs.Data, func() {})
	_, need := keys.Store()

	items := []view.DiagItem{
		settingsItem(filepath.Join(p.dirs.Config, "settings.toml")),
		noticeItem(n), secretsItem(need), linksItem(), displayItem(),
	}
	layers := layerItems(ctx, host)
	if *asJSON {
		err = printJSON(e.out, map[string]any{"items": items, "containment": layers})
	} else {
		for _, i := range slices.Concat(items, layers) {
			if _, err = fmt.Fprintf(e.out, "%-4s  %-38s %s\n", i.State, i.Name, i.Text); err != nil {
				break
			}
		}
	}
	if err != nil {
		return e.fail(err)
	}
	if slices.ContainsFunc(slices.Concat(items, layers), func(i view.DiagItem) bool { return i.State == diag.Bad }) {
		return exitFailed
	}
	return exitOK
}

func settingsItem(file string) view.DiagItem {
	if !exists(file) {
		return view.DiagItem{Name: "settings", State: diag.OK, Text: "built-in values; " + file + " does not exist yet"}
	}
	return view.DiagItem{Name: "settings", State: diag.OK, Text: file}
}

func displayItem() view.DiagItem {
	if hasDisplay() {
		return view.DiagItem{Name: "display", State: diag.OK, Text: "windows can be shown"}
	}
	return view.DiagItem{Name: "display", State: diag.Off, Text: "no display: calls are shown in the terminal"}
}

func explainVerb(_ context.Context, e env, args []string) int {
	if len(args) != 1 {
		fmt.Fprintln(e.err, "ctiagent: explain needs one key, such as site.country")
		return exitFailed
	}
	text, err := config.Explain(args[0])
	if err != nil {
		return e.fail(err)
	}
	fmt.Fprintln(e.out, text)
	return exitOK
}

func versionVerb(_ context.Context, e env, _ []string) int {
	fmt.Fprintln(e.out, "ctiagent", version())
	return exitOK
}

func scriptVerb(ctx context.Context, e env, args []string) int {
	if len(args) == 0 || args[0] != "run" {
		fmt.Fprintln(e.err, "ctiagent: script needs the word run; ctiagent help shows how")
		return exitFailed
	}
	exe, err := selfExecutable()
	if err != nil {
		return e.fail(err)
	}
	host := script.NewHost(script.HostConfig{Command: []string{exe, scriptHostVerb}})
	defer host.Close()
	return screenpop.RunCommand(ctx, args[1:], e.in, e.out, e.err, host)
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

func linksVerb(ctx context.Context, e env, args []string) int {
	if len(args) != 1 || !contains([]string{"on", "off", "status"}, args[0]) {
		fmt.Fprintln(e.err, "ctiagent: links needs on, off or status")
		return exitFailed
	}
	if args[0] != "status" {
		if err := setLinks(ctx, args[0] == "on"); err != nil {
			return e.fail(err)
		}
	}
	fmt.Fprintln(e.out, linksItem().Text)
	return exitOK
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
