package screenpop

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"example.org/ctiagent/screenpop/script"
	"example.org/ctiagent/telephony"
)

// BrokerConfig bounds what scripts may open; zero values are the defaults.
type BrokerConfig struct {
	PerCall   int // intents granted for one call; 2
	PerMinute int // things opened in any minute; 6
	// Apps are the applications that this workstation lets scripts start.
	Apps map[string]App
	// Now tells the time; time.Now.
	Now func() time.Time
}

// App is one application that scripts may start by its id. The path and the
// arguments are local: a script chooses among them and fills one place.
type App struct {
	Path string         // absolute path of the executable
	Args []string       // fixed; "{arg}" as a whole element stands for the script's value
	Arg  *regexp.Regexp // what the value must match from end to end; nil allows none
}

// Grant is one thing that may be opened.
type Grant struct {
	Type script.IntentType
	// URL is canonical and allowed; for openUrl and newContact.
	URL   string
	Reuse string
	// App, Path and Args start an application; for launchApp.
	App  string
	Path string
	Args []string
}

// Refusal is one wish that was not granted, and why, in words for the person
// who set the script up. The reason holds nothing of the call.
type Refusal struct {
	Intent json.RawMessage `json:"intent"`
	Reason string          `json:"reason"`
}

// Verdict is what the broker made of the wishes of one run.
type Verdict struct {
	Intents []script.Intent // those that were granted, links in canonical form
	Grants  []Grant         // what is to be opened, in order
	Notices []string        // notify, as plain text
	Refused []Refusal
	// Paused is set when the limit per minute was met: a person should be told
	// once why nothing opens any more.
	Paused bool
}

// Situation is what the user wants at this moment.
type Situation struct {
	DoNotDisturb bool
	Private      bool
	// ByHand: the user asked for this record or form just now. What must not
	// happen by itself may then happen: the same link a second time, in spite
	// of do not disturb, after however many calls. What is allowed stays the
	// same.
	ByHand bool
}

// Broker decides which wishes of scripts are granted. It never trusts what a
// script says and remembers what was opened. Any goroutine may use it.
type Broker struct {
	cfg BrokerConfig

	mu     sync.Mutex
	calls  map[telephony.CallID]*granted
	opened []time.Time // within the last minute
}

// granted is what one call already got.
type granted struct {
	count int
	keys  map[string]bool
	last  time.Time
}

// Reasons that are the same for every wish.
var (
	errDisturb  = errors.New("nothing is opened while do not disturb is on")
	errPrivate  = errors.New("nothing is opened for a private call")
	errTwice    = errors.New("this call already opened the same")
	errPerCall  = errors.New("this call already opened as much as one call may")
	errTooMany  = errors.New("too many pop-ups within a minute; they are paused")
	errNotice   = errors.New("the text holds nothing that can be shown")
	errNoApp    = errors.New("the organisation does not allow this application")
	errLocalApp = errors.New("this workstation has no such application")
	errArg      = errors.New("the argument does not match what the application takes")
)

// NewBroker makes a broker that has opened nothing yet.
func NewBroker(cfg BrokerConfig) *Broker {
	if cfg.PerCall <= 0 {
		cfg.PerCall = 2
	}
	if cfg.PerMinute <= 0 {
		cfg.PerMinute = 6
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Broker{cfg: cfg, calls: map[telephony.CallID]*granted{}}
}

// Judge decides about the wishes of one run. What it grants counts as opened.
func (b *Broker) Judge(run Run, s Situation, wishes []json.RawMessage) Verdict {
	var v Verdict
	origins, originErr := Origins(run.Allowed.Origins, run.Params)
	for _, raw := range wishes {
		intent, err := script.DecodeIntent(raw)
		if err == nil {
			err = b.judge(run, s, intent, origins, originErr, &v)
		}
		if err != nil {
			v.Refused = append(v.Refused, Refusal{Intent: raw, Reason: err.Error()})
		}
	}
	return v
}

// judge decides about one wish, in this order: is it well formed, does the
// manifest permit it, is it fit to be opened, was it opened already, are there
// too many, does the user want it.
func (b *Broker) judge(run Run, s Situation, in script.Intent, origins []Origin, originErr error, v *Verdict) error {
	grant := Grant{Type: in.Type}
	key := string(in.Type)
	switch in.Type {
	case script.OpenURL, script.NewContact:
		if originErr != nil {
			return originErr
		}
		link, err := withPrefill(in.URL, in.Prefill)
		if err != nil {
			return err
		}
		if grant.URL, err = CheckURL(link, origins); err != nil {
			return err
		}
		grant.Reuse = in.Reuse
		if in.URL, err = CheckURL(in.URL, origins); err != nil {
			return err
		}
		key = "url " + grant.URL
	case script.LaunchApp:
		if !slices.Contains(run.Allowed.Apps, in.App) {
			return errNoApp
		}
		app, ok := b.cfg.Apps[in.App]
		if !ok {
			return errLocalApp
		}
		args, err := app.argv(in.Arg)
		if err != nil {
			return err
		}
		grant.App, grant.Path, grant.Args = in.App, app.Path, args
		key = "app " + in.App + " " + in.Arg
	case script.Notify:
		if in.Text = plainText(in.Text); in.Text == "" {
			return errNotice
		}
		key = "notify " + in.Text
	}
	switch {
	case s.Private:
		return errPrivate
	case s.ByHand && len(v.Intents) >= b.cfg.PerCall:
		return errPerCall
	case s.ByHand:
	case s.DoNotDisturb:
		return errDisturb
	default:
		if err := b.count(run.CallID, key, in.Type != script.Notify); err != nil {
			v.Paused = v.Paused || errors.Is(err, errTooMany)
			return err
		}
	}
	v.Intents = append(v.Intents, in)
	if in.Type == script.Notify {
		v.Notices = append(v.Notices, in.Text)
	} else {
		v.Grants = append(v.Grants, grant)
	}
	return nil
}

// count enters a wish into the books, or says why it is one too many.
func (b *Broker) count(id telephony.CallID, key string, opens bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.cfg.Now()
	b.forgetOld(now)
	c := b.calls[id]
	if c == nil {
		c = &granted{keys: map[string]bool{}}
	}
	switch {
	case c.keys[key]:
		return errTwice
	case c.count >= b.cfg.PerCall:
		return errPerCall
	case opens && len(b.opened) >= b.cfg.PerMinute:
		return errTooMany
	}
	c.count++
	c.keys[key] = true
	c.last = now
	b.calls[id] = c
	if opens {
		b.opened = append(b.opened, now)
	}
	return nil
}

// remembered bounds the books: a call is over long before so many others came.
const remembered = 512

// forgetOld drops what is older than a minute from the rate, and the call that
// was quiet for longest when there are too many.
func (b *Broker) forgetOld(now time.Time) {
	b.opened = slices.DeleteFunc(b.opened, func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	if len(b.calls) < remembered {
		return
	}
	var oldest telephony.CallID
	for id, c := range b.calls {
		if o := b.calls[oldest]; o == nil || c.last.Before(o.last) {
			oldest = id
		}
	}
	delete(b.calls, oldest)
}

// prefillKey is what a form calls its fields.
var prefillKey = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,63}$`)

// withPrefill adds the values of a new contact to the query of its link: keys
// in alphabetical order, each value encoded as one component, in front of a
// fragment. A key that the link already has is refused, because forms differ
// in which of two values they take.
func withPrefill(link string, prefill map[string]string) (string, error) {
	if len(prefill) == 0 {
		return link, nil
	}
	base, fragment, hasFragment := strings.Cut(link, "#")
	_, query, hasQuery := strings.Cut(base, "?")
	var b strings.Builder
	b.WriteString(base)
	separator := "?"
	if hasQuery {
		separator = "&"
		if query == "" || strings.HasSuffix(query, "&") {
			separator = ""
		}
	}
	for _, key := range slices.Sorted(maps.Keys(prefill)) {
		if !prefillKey.MatchString(key) {
			return "", refuse("a prefill key is not a field name")
		}
		for pair := range strings.SplitSeq(query, "&") {
			name, _, _ := strings.Cut(pair, "=")
			if unescaped, err := url.QueryUnescape(name); err != nil || unescaped == key {
				return "", refuse("the prefill key %q is already in the link", key)
			}
		}
		if prefill[key] == "" {
			continue // a field that is left alone
		}
		b.WriteString(separator + key + "=" + component(prefill[key]))
		separator = "&"
	}
	if hasFragment {
		b.WriteString("#" + fragment)
	}
	return b.String(), nil
}

// component encodes everything but the unreserved characters (RFC 3986 §2.3),
// as cti.url does.
func component(value string) string {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	var b strings.Builder
	for i := range len(value) {
		if c := value[i]; strings.IndexByte(unreserved, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// argv puts the script's value into its place. No shell ever sees it.
func (a App) argv(value string) ([]string, error) {
	if !filepath.IsAbs(a.Path) {
		return nil, fmt.Errorf("%w: its path is not absolute", errLocalApp)
	}
	if ext := strings.ToLower(filepath.Ext(a.Path)); runtime.GOOS == "windows" && ext != ".exe" {
		// cmd.exe reads the arguments of batch files a second time.
		return nil, fmt.Errorf("%w: only .exe files are started", errLocalApp)
	}
	if value != "" {
		// The longest match must be the whole value: a pattern written without
		// ^ and $ still means the whole.
		if a.Arg == nil || !matchesWhole(a.Arg, value) || strings.ContainsFunc(value, isControl) {
			return nil, errArg
		}
	}
	args := make([]string, 0, len(a.Args))
	for _, arg := range a.Args {
		if arg == "{arg}" {
			if value == "" {
				continue
			}
			if strings.HasPrefix(value, "-") || strings.HasPrefix(value, "/") && runtime.GOOS == "windows" {
				return nil, fmt.Errorf("%w: it looks like an option", errArg)
			}
			arg = value
		}
		args = append(args, arg)
	}
	return args, nil
}

func matchesWhole(re *regexp.Regexp, value string) bool {
	whole, err := regexp.Compile(`^(?:` + re.String() + `)$`)
	return err == nil && whole.MatchString(value)
}
