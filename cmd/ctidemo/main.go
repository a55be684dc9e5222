// Command ctidemo plays the main job on this machine alone: a simulated voice
// platform over TLS, the recognition service with made-up contacts, a small
// CRM and the agent as built. It rings, and says for every call what happened
// and how fast.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"example.org/ctiagent/e2e/stage"
	"example.org/ctiagent/telephony/simulator"
)

const line = "100"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "ctidemo:", err)
		os.Exit(1)
	}
}

type options struct {
	headless bool
	json     bool
	verbose  bool
}

func run(ctx context.Context, args []string, out, errOut io.Writer) error {
	// The agent's browser of a headless demo is this program: it asks for the
	// page, as a browser would, and shows nothing.
	if len(args) == 2 && args[0] == "fetch" {
		return fetch(ctx, args[1])
	}
	var o options
	f := flag.NewFlagSet("ctidemo", flag.ContinueOnError)
	f.SetOutput(errOut)
	f.BoolVar(&o.headless, "headless", !hasDisplay(), "no tray and no windows; end when all calls are played")
	f.BoolVar(&o.json, "json", false, "print one JSON object a call")
	f.BoolVar(&o.verbose, "verbose", false, "show what the agent prints")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	dir, err := os.MkdirTemp("", "ctidemo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	platform, err := simulator.Start(ctx, simulator.Options{
		Users: []simulator.User{{Name: line, Password: "demo-" + line, Display: "You"}},
	})
	if err != nil {
		return fmt.Errorf("start the voice platform: %w", err)
	}
	defer platform.Close()
	s, err := setUp(ctx, o, dir, platform, errOut)
	if s != nil {
		defer func() {
			if err := s.Close(); err != nil {
				fmt.Fprintln(errOut, "ctidemo:", err)
			}
		}()
	}
	if err != nil {
		return err
	}
	p := &play{stage: s, platform: platform, report: reporter(o, out)}
	said := map[string]bool{}
	p.remark = func(text string) {
		if !said[text] {
			said[text] = true
			fmt.Fprintln(errOut, "  "+text)
		}
	}
	if err := p.all(ctx, o.headless); err != nil {
		return err
	}
	if o.headless {
		return nil
	}
	s.CRM.OnRing(func(number, name string) {
		platform.Ring(line, simulator.Caller{Number: number, Name: name, Called: stage.Own})
	})
	fmt.Fprintf(errOut, "\nEverything stays up for playing. Ring any number at %s/ and end with Ctrl+C.\n", s.CRM.Base)
	<-ctx.Done()
	return nil
}

func setUp(ctx context.Context, o options, dir string, p *simulator.Platform, errOut io.Writer) (*stage.Stage, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ca, err := p.CAFile(dir)
	if err != nil {
		return nil, err
	}
	so := stage.Options{
		Dir:      dir,
		Bin:      filepath.Dir(exe),
		Headless: o.headless,
		Secrets:  "session",
		Platform: stage.Platform{Address: line + "@" + p.Domain(), Server: p.Addr(), Password: "demo-" + line, CAFile: ca},
	}
	if o.headless {
		if so.Browser, err = browserScript(dir, exe); err != nil {
			return nil, err
		}
	}
	if o.verbose {
		so.Out = errOut
	}
	return stage.Start(ctx, so)
}

// browserScript is a program that opens its one argument by asking for it.
func browserScript(dir, exe string) (string, error) {
	path := filepath.Join(dir, "browser")
	text := fmt.Sprintf("#!/bin/sh\nexec '%s' fetch \"$1\"\n", exe)
	if runtime.GOOS == "windows" {
		return "", errors.New("the headless demo needs a system with /bin/sh; leave --headless away")
	}
	return path, os.WriteFile(path, []byte(text), 0o700)
}

func fetch(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return r.Body.Close()
}

func hasDisplay() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// result is one call of the demo, as --json prints it. Times are milliseconds
// from the moment the platform's message could be read.
type result struct {
	Call     string   `json:"call"`
	Number   string   `json:"number"`
	Name     string   `json:"name"`
	CardMS   *float64 `json:"card_ms"`
	NameMS   *float64 `json:"name_ms"`
	Opened   string   `json:"opened"`
	OpenedMS *float64 `json:"opened_ms"`
	End      string   `json:"end"`
}

// reporter prints one line a call.
func reporter(o options, out io.Writer) func(result) error {
	if o.json {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		return func(r result) error { return enc.Encode(r) }
	}
	fmt.Fprintf(out, "%-22s %-18s %-28s %9s %9s %9s  %-30s %s\n",
		"call", "number", "name", "card ms", "name ms", "open ms", "opened", "end")
	return func(r result) error {
		_, err := fmt.Fprintf(out, "%-22s %-18s %-28s %9s %9s %9s  %-30s %s\n",
			r.Call, dash(r.Number), dash(r.Name), ms(r.CardMS), ms(r.NameMS), ms(r.OpenedMS), dash(r.Opened), r.End)
		return err
	}
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func ms(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f", *v)
}

func since(from, to time.Time) *float64 {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	v := float64(to.Sub(from).Microseconds()) / 1000
	return &v
}
