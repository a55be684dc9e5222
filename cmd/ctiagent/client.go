package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"example.org/ctiagent/agent/localapi"
	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/desktop/instance"
)

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// windowVerb shows a window of the running agent.
func windowVerb(ctx context.Context, e env, args []string) int {
	window, code, ok := e.flags("window").oneOf(args,
		view.WindowHistory, view.WindowSettings, view.WindowAssistant, view.WindowAbout, view.WindowDial)
	if !ok {
		return code
	}
	return e.request(ctx, view.VerbShowWindow, view.ShowWindow{Window: window})
}

func quitVerb(ctx context.Context, e env, args []string) int {
	if code, ok := e.flags("quit").parse(args, 0); !ok {
		return code
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
	f := e.flags("status")
	asJSON := f.Bool("json", false, "print the whole snapshot as JSON")
	if code, ok := f.parse(args, 0); !ok {
		return code
	}
	c, err := connectAgent(ctx, true)
	if err != nil {
		return e.fail(err)
	}
	defer c.Close()
	t := words()
	s, ok := <-c.Snapshots()
	if !ok {
		return e.fail(errors.New(t.T("cli.gone")))
	}
	if *asJSON {
		err = printJSON(e.out, s)
	} else {
		for _, i := range items([]finding{statusFinding("line", s.Line), statusFinding("service", s.Service)}, t) {
			fmt.Fprintf(e.out, "%s: %s\n", t.T("diag."+i.Name), i.Text)
		}
		_, err = fmt.Fprintf(e.out, "%s: %d\n", t.T("cli.calls"), len(s.Cards))
	}
	if err != nil {
		return e.fail(err)
	}
	return exitOK
}
