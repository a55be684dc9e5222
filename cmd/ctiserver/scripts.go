package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/httpapi"
	"example.org/ctiagent/recognition/service"
)

// grant is the administrator's word on a script.
type grant struct {
	params, origins, apps []string
	direction, known      string
}

func (g grant) isEmpty() bool {
	return len(g.params)+len(g.origins)+len(g.apps) == 0 && g.direction == "" && g.known == ""
}

func scriptFlags(f *flag.FlagSet, c *call) {
	f.StringVar(&c.manifest, "manifest", "", "JSON file that says what the script is (required)")
	f.StringVar(&c.body, "body", "", "file of the script, the same as behind the flags; without: the manifest's entry, beside it")
	list := func(name, usage string, to *[]string) {
		f.Func(name, usage+"; may be repeated", func(s string) error { *to = append(*to, s); return nil })
	}
	list("param", "`NAME=VALUE` of a parameter that the manifest declares", &c.grant.params)
	list("allow", "`ORIGIN` that the script may open: https://crm.example.org, https://*.example.org; {name} stands for a hostLabel parameter", &c.grant.origins)
	list("allow-app", "`ID` of an application that the script may start", &c.grant.apps)
	f.StringVar(&c.grant.direction, "direction", "", "calls it runs for, in or out; without: both")
	f.StringVar(&c.grant.known, "known", "", "numbers it runs for, known or unknown; without: both")
}

// maxManifest bounds a manifest, bytes.
const maxManifest = 64 << 10

func scriptAdd(ctx context.Context, c *call) error {
	if c.manifest == "" {
		return fmt.Errorf("--manifest is missing (%w)", errUsage)
	}
	text, err := readBounded(c.manifest, maxManifest)
	if err != nil {
		return err
	}
	if !hasSchema(text) {
		return c.addAsKept(ctx, text)
	}
	m, err := parseManifest(text)
	if err != nil {
		return fmt.Errorf("the manifest %s cannot be used: %w", c.manifest, err)
	}
	file, err := c.bodyFile()
	if err != nil {
		return err
	}
	if file == "" {
		file = filepath.Join(filepath.Dir(c.manifest), m.Entry)
	}
	body, err := readBounded(file, httpapi.MaxScriptBody)
	if err != nil {
		return err
	}
	if err := m.checkBody(filepath.Base(file), body); err != nil {
		return err
	}
	s, err := m.script(c.grant)
	if err != nil {
		return err
	}
	return c.withOrganisation(ctx, func(org *service.Organisation) error {
		if err := store(ctx, c, org, s, body); err != nil {
			return err
		}
		m.tell(c.out, s)
		return nil
	})
}

// addAsKept adds a script whose manifest is recognition.Script: parameters,
// calls and permissions stand in it and not on the command line.
func (c *call) addAsKept(ctx context.Context, text []byte) error {
	var s recognition.Script
	if err := decodeStrictly(text, &s); err != nil {
		return fmt.Errorf("%s is not a manifest: %w", c.manifest, err)
	}
	if !c.grant.isEmpty() {
		return fmt.Errorf("%s has no schema: it says params, when and allowed itself, and no flag does (%w)", c.manifest, errUsage)
	}
	file, err := c.bodyFile()
	if err != nil {
		return err
	}
	if file == "" {
		return fmt.Errorf("the file of the script is missing (%w)", errUsage)
	}
	body, err := readBounded(file, httpapi.MaxScriptBody)
	if err != nil {
		return err
	}
	return c.withOrganisation(ctx, func(org *service.Organisation) error { return store(ctx, c, org, s, body) })
}

// bodyFile is what the command line names; "" when it names none.
func (c *call) bodyFile() (string, error) {
	switch {
	case len(c.rest) > 0 && c.body != "":
		return "", fmt.Errorf("the script is named twice, by --body and behind the flags (%w)", errUsage)
	case len(c.rest) > 0:
		return c.rest[0], nil
	}
	return c.body, nil
}

// script is what the service keeps: the author's word and the administrator's.
func (m manifest) script(g grant) (s recognition.Script, err error) {
	s = recognition.Script{ID: m.ID, Name: m.Name, When: recognition.When{Events: m.Events, Known: g.known}}
	if g.direction != "" {
		s.When.Directions = []string{g.direction}
	}
	if err := s.When.Validate(); err != nil {
		return s, fmt.Errorf("%w (%w)", err, errUsage)
	}
	if s.Params, err = m.values(g.params); err != nil {
		return s, err
	}
	s.Allowed.Apps = g.apps
	s.Allowed.Origins, err = m.origins(g.origins, s.Params)
	return s, err
}

// tell shows what the script asks for beside what it was given, so that the
// administrator sees what is missing and what is too much.
func (m manifest) tell(w io.Writer, s recognition.Script) {
	asked := listed(m.Permissions.OpenOrigins)
	if len(m.Permissions.OpenOrigins) == 0 {
		asked = "the origins that you name"
	}
	fmt.Fprintf(w, "  script   %s %s\n  reads    %s\n  asks     to open %s; to start %s\n  allowed  to open %s; to start %s\n",
		m.Name, m.Version, listed(m.Permissions.Read), asked, listed(m.Permissions.Apps),
		listed(s.Allowed.Origins), listed(s.Allowed.Apps))
	for _, name := range m.paramNames() {
		p := m.Params[name]
		value, set := s.Params[name]
		switch {
		case !set:
			fmt.Fprintf(w, "  not set  %s (%s)\n", name, p.Title)
		case (p.Type == "url" || p.Type == "urlTemplate") && !leads(s.Allowed.Origins, value):
			fmt.Fprintf(w, "  refused  links by %s: no --allow names its origin\n", name)
		}
	}
}

func store(ctx context.Context, c *call, org *service.Organisation, s recognition.Script, body []byte) error {
	stored, err := org.SetScript(ctx, s, body)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s  %s\n", stored.ID, stored.Digest)
	return nil
}

// readBounded reads a file of at most limit bytes.
func readBounded(name string, limit int64) (_ []byte, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return b, err
}

func scriptList(ctx context.Context, c *call) error {
	return c.withOrganisation(ctx, func(org *service.Organisation) error {
		scripts, err := org.Scripts(ctx)
		for _, s := range scripts {
			fmt.Fprintf(c.out, "%s  %s  %s\n", s.ID, s.Digest, s.Name)
		}
		return err
	})
}

func scriptRemove(ctx context.Context, c *call) error {
	return c.withOrganisation(ctx, func(org *service.Organisation) error {
		if err := org.RemoveScript(ctx, c.rest[0]); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "removed %s\n", c.rest[0])
		return nil
	})
}
