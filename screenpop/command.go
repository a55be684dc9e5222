package screenpop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"example.org/ctiagent/phone"
	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop/script"
)

// Exit codes of `ctiagent script run`.
const (
	ExitRan       = 0
	ExitUsage     = 1 // usage, unreadable input, or no script could be run at all
	ExitThrew     = 2 // the script failed: the error says where
	ExitContained = 3 // the script was stopped: the error names the limit
)

const commandUsage = `usage: ctiagent script run [--json] FILE --call CALL.json [--allow ORIGIN]…

Runs one script in the same containment as for a real call and prints what it
wishes; nothing is opened. FILE or CALL.json may be "-" for standard input.
CALL.json is a Call as cti.d.ts describes it, with "params" beside its keys; of
the rest only "event" and "number.raw" must be there. A number that begins with
+ is read as the agent would read it where its other forms are missing.
Without --allow no link is allowed.
`

// commandAnswer is what --json prints.
type commandAnswer struct {
	Intents []script.Intent `json:"intents"` // granted
	Refused []Refusal       `json:"refused"`
	Notes   []string        `json:"log,omitempty"` // cti.log
	Error   string          `json:"error"`
	Millis  float64         `json:"ms"`
	grants  []Grant         // what the granted intents would open
}

// RunCommand is `ctiagent script run`; args are those behind "run". It returns
// the exit code. The host is the caller's to close.
func RunCommand(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, host Runner) int {
	opts, err := readCommandLine(args)
	if errors.Is(err, errHelp) {
		_, _ = io.WriteString(stdout, commandUsage)
		return ExitRan
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "ctiagent: %v\n\n%s", err, commandUsage)
		return ExitUsage
	}
	run, body, err := opts.load(stdin)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "ctiagent: %v\n", err)
		return ExitUsage
	}
	answer, code := runOnce(ctx, run, body, host)
	if opts.json {
		enc := json.NewEncoder(stdout)
		enc.SetEscapeHTML(false)
		err = enc.Encode(answer)
	} else {
		_, err = io.WriteString(stdout, answer.text())
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "ctiagent: write the result: %v\n", err)
		return ExitUsage
	}
	if answer.Error != "" && !opts.json {
		_, _ = fmt.Fprintf(stderr, "ctiagent: %s\n", answer.Error)
	}
	return code
}

// runOnce runs and judges; the person at the keyboard wrote the script, so the
// script's own error text may be shown.
func runOnce(ctx context.Context, run Run, body []byte, host Runner) (commandAnswer, int) {
	answer := commandAnswer{Intents: []script.Intent{}, Refused: []Refusal{}}
	call, params, err := run.Call.Encode(run.Params)
	if err != nil {
		answer.Error = err.Error()
		return answer, ExitUsage
	}
	result, err := host.Run(ctx, body, call, params)
	answer.Notes = result.Log
	answer.Millis = float64(result.Took.Microseconds()) / 1000
	var thrown *script.ThrownError
	var contained *script.ContainedError
	switch {
	case errors.As(err, &thrown):
		answer.Error = thrown.Error() + ": " + plainText(thrown.Message)
		return answer, ExitThrew
	case errors.As(err, &contained):
		answer.Error = fmt.Sprintf("%v (limit: %s)", err, contained.Limit)
		return answer, ExitContained
	case err != nil:
		answer.Error = err.Error()
		return answer, ExitUsage
	}
	v := NewBroker(BrokerConfig{}).Judge(run, Situation{}, result.Intents)
	answer.Intents = append(answer.Intents, v.Intents...)
	answer.grants = v.Grants
	answer.Refused = append(answer.Refused, v.Refused...)
	return answer, ExitRan
}

func (a commandAnswer) text() string {
	var b strings.Builder
	for _, g := range a.grants { // no application is known here
		fmt.Fprintf(&b, "opens    %s\n", g.URL)
	}
	for _, in := range a.Intents {
		if in.Type == script.Notify {
			fmt.Fprintf(&b, "says     %s\n", in.Text)
		}
	}
	for _, r := range a.Refused {
		fmt.Fprintf(&b, "refused  %s\n         %s\n", plainText(string(r.Intent)), r.Reason)
	}
	for _, line := range a.Notes {
		fmt.Fprintf(&b, "log      %s\n", plainText(line))
	}
	if len(a.Intents)+len(a.Refused) == 0 && a.Error == "" {
		b.WriteString("opens nothing\n")
	}
	fmt.Fprintf(&b, "took     %.1f ms\n", a.Millis)
	return b.String()
}

// commandLine is what was asked for.
type commandLine struct {
	json       bool
	file, call string
	allow      []string
}

var errHelp = errors.New("help")

// readCommandLine takes options before and behind FILE, as the synopsis shows.
func readCommandLine(args []string) (commandLine, error) {
	var c commandLine
	for i := 0; i < len(args); i++ {
		arg, value, inline := strings.Cut(args[i], "=")
		switch arg {
		case "-h", "-help", "--help":
			return c, errHelp
		case "--json", "-json":
			if inline {
				return c, errors.New("--json takes no value")
			}
			c.json = true
			continue
		case "--call", "-call", "--allow", "-allow":
			if !inline {
				if i++; i >= len(args) {
					return c, fmt.Errorf("%s needs a value", arg)
				}
				value = args[i]
			}
			if strings.HasSuffix(arg, "call") {
				c.call = value
			} else {
				c.allow = append(c.allow, value)
			}
			continue
		}
		switch {
		case strings.HasPrefix(args[i], "-") && args[i] != "-":
			return c, fmt.Errorf("unknown option %s", arg)
		case c.file != "":
			return c, errors.New("more than one FILE")
		}
		c.file = args[i]
	}
	switch {
	case c.file == "":
		return c, errors.New("FILE is missing")
	case c.call == "":
		return c, errors.New("--call CALL.json is missing")
	case c.file == "-" && c.call == "-":
		return c, errors.New("only one of FILE and CALL.json can be standard input")
	}
	if _, err := Origins(c.allow, nil); err != nil {
		return c, fmt.Errorf("--allow: %w", err)
	}
	return c, nil
}

// load reads both files.
func (c commandLine) load(stdin io.Reader) (Run, []byte, error) {
	body, err := readInput(c.file, stdin, script.MaxBody)
	if err != nil {
		return Run{}, nil, fmt.Errorf("read the script: %w", err)
	}
	data, err := readInput(c.call, stdin, 1<<20)
	if err != nil {
		return Run{}, nil, fmt.Errorf("read the call: %w", err)
	}
	call, params, err := script.DecodeCall(data)
	if err != nil {
		return Run{}, nil, fmt.Errorf("%s: %w", c.call, err)
	}
	call.Number, call.Dialled = derived(call.Number), derived(call.Dialled)
	return Run{
		CallID:  "script-run",
		Call:    call,
		Params:  params,
		Allowed: recognition.Allowed{Origins: c.allow},
	}, body, nil
}

// derived fills in the forms that follow from an international number, so that
// a call written by hand behaves like a real one.
func derived(n script.PhoneNumber) script.PhoneNumber {
	if !strings.HasPrefix(n.Raw, "+") || n.E164 != "" {
		return n
	}
	parsed, err := phone.Parse(n.Raw, phone.DialPlan{})
	if err != nil {
		return n
	}
	full := numberFor(parsed)
	n.E164 = full.E164
	if n.National == "" {
		n.National = full.National
	}
	if n.Country == "" {
		n.Country = full.Country
	}
	if n.Kind == phone.Unknown {
		n.Kind = full.Kind
	}
	return n
}

func readInput(name string, stdin io.Reader, limit int64) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // the file the person named
		if err != nil {
			return nil, err
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(in, limit+1))
	if err == nil && n > limit {
		err = fmt.Errorf("it is larger than %d bytes", limit)
	}
	return b.Bytes(), err
}
