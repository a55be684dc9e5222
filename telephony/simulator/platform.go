package simulator

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Style is whose dialect the platform speaks.
type Style uint8

const (
	Kamailio   Style = iota // a proxy: one Call-ID everywhere, no hold, no display names
	Asterisk                // one entry per line, a number only while an incoming call rings
	FreeSWITCH              // an entry per channel, display names unescaped
	BroadWorks              // everything RFC 4235 has
)

func (s Style) String() string {
	return [...]string{"Kamailio", "Asterisk", "FreeSWITCH", "BroadWorks"}[s]
}

// User is one line of the platform with a (simulated) desk phone.
type User struct {
	Name     string // the number, e.g. "100": the user part of its address
	Password string
	AuthUser string // Name when empty
	Display  string
}

func (u *User) login() string { return orDefault(u.AuthUser, u.Name) }

// Options say what the platform is like; Users is enough.
type Options struct {
	Users       []User
	Style       Style
	Domain      string        // "pbx.example.org" when empty; also the realm
	Names       []string      // further host names in the certificate
	Listen      string        // "127.0.0.1:0" when empty; loopback only
	Algorithms  []string      // digest algorithms offered, best first; MD5 when empty
	Certificate Certificate   // CertGood
	Expires     time.Duration // longest expiry granted; 10 min when zero
	Logger      *slog.Logger  // methods and codes only; none when nil

	// OnEvent hears what happens to every call, in order; it must not block
	// and not call the Platform.
	OnEvent func(Event)
}

// Event is one thing that happened in the simulated world.
type Event struct {
	At     time.Time
	Call   string // Call.ID
	User   string
	Remote Caller
	What   string // ringing, answered, answered elsewhere, abandoned, declined, held, resumed, transferred, ended, dialled …
}

// Platform is one running voice platform.
type Platform struct {
	opts Options
	log  *slog.Logger
	ca   *authority
	tls  *tls.Config
	addr string

	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup // every goroutine started here

	mu         sync.Mutex
	listener   net.Listener
	conns      map[*conn]bool
	frozen     chan struct{} // open while the network is a black hole, else nil
	nonce      string
	mischief   Mischief
	onDial     func(user, number string) DialScript
	bindings   map[string][]*binding
	subs       []*subscription
	calls      []*Call
	dials      map[string]*ownLeg // by Call-ID
	lines      map[string]string  // Asterisk: the state last published of each line
	lastID     int
	violations []string
	responses  []string       // digest responses received; they must be in no log
	counts     map[string]int // requests received, by method
}

// Start begins to listen; the platform runs until ctx ends or Close.
func Start(ctx context.Context, opts Options) (*Platform, error) {
	opts.Domain = orDefault(opts.Domain, "pbx.example.org")
	opts.Listen = orDefault(opts.Listen, "127.0.0.1:0")
	if len(opts.Algorithms) == 0 {
		opts.Algorithms = []string{"MD5"}
	}
	if opts.Expires == 0 {
		opts.Expires = 10 * time.Minute
	}
	p := &Platform{
		opts: opts, log: opts.Logger,
		conns: map[*conn]bool{}, bindings: map[string][]*binding{}, dials: map[string]*ownLeg{},
		lines: map[string]string{}, counts: map[string]int{},
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if p.ca, err = newAuthority("Simulated platform authority"); err != nil {
		return nil, fmt.Errorf("simulator: make an authority: %w", err)
	}
	if p.tls, err = p.ca.config(opts.Certificate, append([]string{opts.Domain}, opts.Names...)); err != nil {
		return nil, fmt.Errorf("simulator: make a certificate: %w", err)
	}
	host, _, err := net.SplitHostPort(opts.Listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("simulator: %q is not a loopback address with a port", opts.Listen)
	}
	if p.listener, err = net.Listen("tcp", opts.Listen); err != nil {
		return nil, fmt.Errorf("simulator: listen: %w", err)
	}
	p.addr = p.listener.Addr().String()
	p.ctx, p.stop = context.WithCancel(ctx)
	p.nonce = p.token()
	p.goAccept(p.listener)
	context.AfterFunc(p.ctx, func() { p.dropAll(closeReset) })
	return p, nil
}

// Close ends the platform and waits until nothing of it runs any more.
func (p *Platform) Close() {
	p.stop()
	p.dropAll(closeReset)
	p.wg.Wait()
}

// Addr is the address and port to connect to by TLS.
func (p *Platform) Addr() string { return p.addr }

// Domain is the platform's SIP domain and realm.
func (p *Platform) Domain() string { return p.opts.Domain }

// Style is whose dialect it speaks.
func (p *Platform) Style() Style { return p.opts.Style }

// CAPEM is the certificate of the authority to trust.
func (p *Platform) CAPEM() []byte { return p.ca.pem }

// CAFile writes CAPEM into a file of the folder and returns its name.
func (p *Platform) CAFile(dir string) (string, error) {
	name := filepath.Join(dir, "platform-ca.pem")
	return name, os.WriteFile(name, p.ca.pem, 0o600)
}

// Subscribed is how many dialog subscriptions the user's line has now.
func (p *Platform) Subscribed(user string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, s := range p.subs {
		if s.user == user {
			n++
		}
	}
	return n
}

// Registered is how many contacts besides the desk phone the user's line has.
func (p *Platform) Registered(user string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.bindings[user])
}

// Connections is how many clients are connected.
func (p *Platform) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns)
}

// Received is how many requests of a method came in, e.g. "OPTIONS"; "PING" for
// keep-alive pings.
func (p *Platform) Received(method string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts[method]
}

// Await waits until the platform is as ready says, e.g. until a client has
// subscribed. ready is called often and may use every method.
func (p *Platform) Await(ctx context.Context, ready func() bool) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("simulator: it did not come to that: %w", ctx.Err())
		}
	}
	return nil
}

// Violations are the things a client did that no client may do.
func (p *Platform) Violations() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.violations)
}

func (p *Platform) violation(format string, args ...any) {
	p.violations = append(p.violations, fmt.Sprintf(format, args...))
}

// Calls are the user's calls that are not over.
func (p *Platform) Calls(user string) []*Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	var calls []*Call
	for _, c := range p.calls {
		if c.User == user && c.state != terminated {
			calls = append(calls, c)
		}
	}
	return calls
}

func (p *Platform) hasUser(name string) bool {
	return slices.ContainsFunc(p.opts.Users, func(u User) bool { return u.Name == name })
}

// token is a new tag, branch, nonce or id.
func (p *Platform) token() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func (p *Platform) event(call *Call, what string) {
	p.log.Debug("call", "id", call.ID, "what", what)
	if p.opts.OnEvent != nil {
		p.opts.OnEvent(Event{At: time.Now(), Call: call.ID, User: call.User, Remote: call.remote, What: what})
	}
}

// after runs f under the lock when d has passed, unless the platform closed.
func (p *Platform) after(d time.Duration, f func()) {
	p.wg.Go(func() {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.ctx.Err() == nil {
				f()
			}
		case <-p.ctx.Done():
		}
	})
}
