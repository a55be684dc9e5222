package main

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/assets/lang"
	"example.org/ctiagent/desktop/notification"
	"example.org/ctiagent/desktop/telhandler"
	"example.org/ctiagent/diag"
	"example.org/ctiagent/screenpop/script"
)

// finding is what was found out about one part, before it is put into words:
// the windows speak the user's language, the text for support English.
type finding struct {
	name  string // code: line, service, notification, keyring, links, display, settings, scripts, or a layer
	state string
	key   string // of the catalogue; "" when there are no words for it
	data  map[string]any
	more  []string // what is in words already, e.g. a reason of the platform
}

// speaker is a language: the user's, or English.
type speaker interface {
	T(key string, data ...map[string]any) string
}

func (f finding) item(t speaker) view.DiagItem {
	var text []string
	if f.key != "" {
		text = append(text, t.T(f.key, f.data))
	}
	for _, m := range f.more {
		if m != "" {
			text = append(text, m)
		}
	}
	return view.DiagItem{Name: f.name, State: f.state, Text: strings.Join(text, "; ")}
}

func items(found []finding, t speaker) []view.DiagItem {
	list := make([]view.DiagItem, 0, len(found))
	for _, f := range found {
		list = append(list, f.item(t))
	}
	return list
}

func entries(found []finding, t speaker) []diag.Entry {
	list := make([]diag.Entry, 0, len(found))
	for _, f := range found {
		i := f.item(t)
		list = append(list, diag.Entry{Code: i.Name, State: i.State, Text: i.Text})
	}
	return list
}

// diagnose is what the about window says.
func (r *resident) diagnose(host *script.Host, n notification.Notifier) func(context.Context, view.Snapshot) view.Diagnostics {
	return func(ctx context.Context, s view.Snapshot) view.Diagnostics {
		found := []finding{
			statusFinding("line", s.Line), statusFinding("service", s.Service),
			noticeFinding(n), keyringFinding(s.Secrets), linksFinding(),
		}
		layers := layerFindings(ctx, host)
		d := view.Diagnostics{
			Version: version(), Items: items(found, r.texts), Containment: items(layers, r.texts),
			Goroutines: runtime.NumGoroutine(),
		}
		for _, f := range r.faults.Recent() {
			d.Errors = append(d.Errors, view.DiagError{At: f.At.Format(time.RFC3339), Text: f.Text, Hint: f.Hint})
		}
		english := lang.New("en")
		d.Copyable = diag.Report{
			Version: d.Version, At: time.Now(),
			Health: entries(found, english), Containment: entries(layers, english), Faults: r.faults.Recent(),
		}.Copyable()
		return d
	}
}

func statusFinding(name string, s view.Status) finding {
	f := finding{name: name, state: diag.OK, key: "status." + name + "." + s.State, more: []string{s.Reason, s.Hint}}
	switch s.State {
	case view.StatusOff:
		f.state = diag.Off
	case view.StatusDegraded, view.StatusConnecting, view.StatusOffline:
		f.state = diag.Warn
	case view.StatusFatal, view.StatusSignedOut:
		f.state = diag.Bad
	}
	if s.State == view.StatusOffline {
		wait := max(0, time.Until(s.Retry).Round(time.Second))
		f.data = map[string]any{"seconds": int(wait.Seconds())}
	}
	return f
}

func noticeFinding(n notification.Notifier) finding {
	f := finding{name: "notification", state: diag.OK, key: "diag.notification.ok"}
	switch err := n.Ready(); {
	case errors.Is(err, notification.ErrNoServer):
		f.state, f.key = diag.Warn, "diag.notification.none"
	case err != nil:
		f.state, f.key, f.more = diag.Warn, "", []string{err.Error()}
	case !n.Capabilities().Actions:
		f.state, f.key = diag.Warn, "diag.notification.plain"
	}
	return f
}

func keyringFinding(need string) finding {
	f := finding{name: "keyring", state: diag.Warn}
	switch need {
	case needChoice:
		f.key = "diag.keyring.choose"
	case needUnlock:
		f.key = "diag.keyring.unlock"
	case needKeyring:
		f.key = "diag.keyring.locked"
	default:
		f.state, f.key = diag.OK, "diag.keyring.ok"
	}
	return f
}

func linksFinding() finding {
	f := finding{name: "links", state: diag.OK, key: "diag.links.ok"}
	switch s, err := telhandler.Current(); {
	case err != nil:
		f.state, f.key, f.more = diag.Warn, "", []string{err.Error()}
	case !s.IsDefault():
		f.state, f.key = diag.Off, "diag.links.off"
	}
	return f
}

// settingsFinding is about the settings file; broken is what is wrong in it.
func settingsFinding(file string, broken error) finding {
	f := finding{name: "settings", state: diag.OK, more: []string{file}}
	switch {
	case broken != nil:
		reason := strings.ReplaceAll(broken.Error(), "\n", "; ")
		f.state, f.key, f.data, f.more = diag.Bad, "diag.settings.wrong", map[string]any{"reason": reason}, nil
	case !exists(file):
		f.key, f.data, f.more = "diag.settings.builtIn", map[string]any{"file": file}, nil
	}
	return f
}

func displayFinding() finding {
	if hasDisplay() {
		return finding{name: "display", state: diag.OK, key: "diag.display.ok"}
	}
	return finding{name: "display", state: diag.Off, key: "diag.display.off"}
}

// layersLimit bounds the start of the child that is asked for its layers.
const layersLimit = 5 * time.Second

func layerFindings(ctx context.Context, host *script.Host) []finding {
	ctx, cancel := context.WithTimeout(ctx, layersLimit)
	defer cancel()
	layers, err := host.Layers(ctx)
	if err != nil {
		return []finding{{name: "scripts", state: diag.Bad, more: []string{err.Error()}}}
	}
	var found []finding
	for _, l := range layers {
		f := finding{name: l.Name, state: diag.OK, more: []string{l.Note}}
		switch {
		case !l.Active:
			f.state = diag.Warn
		case l.Name == script.LayerLimits:
			f.key, f.more = "diag.rlimit.note", nil
		}
		found = append(found, f)
	}
	return found
}
