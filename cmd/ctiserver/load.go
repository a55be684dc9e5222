package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"example.org/ctiagent/phone"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/recognition/service"
)

func loadFlags(f *flag.FlagSet, c *call) {
	sourceFlags(f, c)
	f.StringVar(&c.country, "country", "", "ISO code of the country of numbers written without a country code: GB")
	f.StringVar(&c.area, "area", "", "area code of numbers written without one")
}

// loadChunk is how many records are stored in one transaction.
const loadChunk = 1000

func load(ctx context.Context, c *call) error {
	if c.source == "" {
		return fmt.Errorf("--source is missing (%w)", errUsage)
	}
	in := c.in
	if name := c.rest[0]; name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // it was only read
		in = f
	}
	return c.withOrganisation(ctx, func(org *service.Organisation) error {
		l := loader{directory: org.Directory(), source: c.source, plan: phone.DialPlan{Country: c.country, AreaCode: c.area}, warn: c.err}
		err := l.run(ctx, in)
		fmt.Fprintf(c.out, "%d records with %d numbers loaded into %s", l.records, l.numbers, c.source)
		if l.skipped > 0 {
			fmt.Fprintf(c.out, ", %d numbers left out", l.skipped)
		}
		fmt.Fprintln(c.out)
		return err
	})
}

// loader reads records line by line and puts them in chunks, so that memory
// stays bounded however long the file is.
type loader struct {
	directory recognition.Directory
	source    string
	plan      phone.DialPlan
	warn      io.Writer

	records, numbers, skipped int
	chunk                     []recognition.Record
}

func (l *loader) run(ctx context.Context, in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), 1<<20)
	line := 0
	for lines.Scan() {
		line++
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		r, err := l.read(line, text)
		if err != nil {
			return fmt.Errorf("line %d: %w; the records before it are loaded or will be by running this again", line, err)
		}
		l.chunk = append(l.chunk, r)
		if len(l.chunk) == loadChunk {
			if err := l.flush(ctx); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("after line %d: %w", line, err)
	}
	return l.flush(ctx)
}

// read takes one record and brings its numbers to E.164. A number that cannot
// be one is left out and said; the record keeps its others.
func (l *loader) read(line int, text []byte) (r recognition.Record, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, errors.New(`it is not a record: {"id":…,"name":…,"fields":[{"label":…,"value":…}],"params":{…},"numbers":[{"e164":…,"field":…}]}`)
	}
	good := r.Numbers[:0]
	for i, n := range r.Numbers {
		p, err := phone.Parse(n.E164, l.plan)
		if err == nil && p.E164() == "" {
			err = errors.New("it has no international form")
		}
		if err != nil {
			l.skipped++
			fmt.Fprintf(l.warn, "line %d: number %d is left out: %v\n", line, i+1, err)
			continue
		}
		n.E164 = p.E164()
		if n.Extension == "" {
			n.Extension = p.Extension()
		}
		good = append(good, n)
	}
	r.Numbers = good
	return r, r.Validate()
}

func (l *loader) flush(ctx context.Context) error {
	if err := l.directory.Put(ctx, l.source, l.chunk); err != nil {
		return err
	}
	l.records += len(l.chunk)
	for _, r := range l.chunk {
		l.numbers += len(r.Numbers)
	}
	l.chunk = l.chunk[:0]
	return nil
}

func sourceList(ctx context.Context, c *call) error {
	return c.withOrganisation(ctx, func(org *service.Organisation) error {
		sources, err := org.Sources(ctx)
		for _, s := range sources {
			fmt.Fprintf(c.out, "%s  %d records\n", s.Name, s.Records)
		}
		return err
	})
}

func sourceDrop(ctx context.Context, c *call) error {
	if c.source == "" {
		return fmt.Errorf("--source is missing (%w)", errUsage)
	}
	return c.withOrganisation(ctx, func(org *service.Organisation) error {
		if err := org.Directory().Drop(ctx, c.source); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "dropped %s; nothing of it is left\n", c.source)
		return nil
	})
}

func check(ctx context.Context, c *call) (err error) {
	s, err := c.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Check(ctx); err != nil {
		return err
	}
	orgs, err := s.Organisations(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "settings: whole\n")
	for _, o := range orgs {
		org, err := s.Organisation(ctx, o.ID)
		if err != nil {
			return fmt.Errorf("organisation %s: %w", o.ID, err)
		}
		if err := org.Check(ctx); err != nil {
			return fmt.Errorf("organisation %s: %w", o.ID, err)
		}
		sources, err := org.Sources(ctx)
		if err != nil {
			return err
		}
		var records int64
		for _, src := range sources {
			records += src.Records
		}
		fmt.Fprintf(c.out, "organisation %s: whole, %d sources, %d records\n", o.ID, len(sources), records)
	}
	return nil
}
