package sipline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/phone"
	"example.org/ctiagent/telephony"
)

// Config is one line on one platform. User, Domain, Password and InstanceID
// are needed; everything else is well left alone.
type Config struct {
	User     string // user part of the line's address: sip:User@Domain
	Domain   string // host name or IP address; the certificate must be for it
	AuthUser string // user name for signing in, when it is not User
	Password credstore.Secret

	Server      string // host[:port] to connect to; found by DNS when empty
	CAFile      string // PEM file of an authority trusted for this platform besides the system's
	Fingerprint string // SHA-256 of the platform's certificate, hex; it must then be this one

	NoDialog        bool // do not subscribe to dialog events
	NoSecondContact bool // do not register beside the user's phones

	// InstanceID is a UUID kept per installation and line; with it a new
	// registration replaces the one a lost connection left behind.
	InstanceID string

	Plan       phone.DialPlan
	AutoAnswer bool   // ask the user's phone to answer click-to-dial by itself
	UserAgent  string // "ctiagent" when empty

	// Times; zero means the default in brackets.
	SubscribeExpires time.Duration // asked for [10 min]
	RegisterExpires  time.Duration // asked for [10 min]
	PingInterval     time.Duration // between signs of life [60 s]
	PingLimit        time.Duration // for the answer to one [10 s]
	ConnectLimit     time.Duration // for connecting and TLS [10 s]
	BackoffMin       time.Duration // first wait after a failure [1 s]
	BackoffMax       time.Duration // longest wait [60 s]
	RetryMin         time.Duration // first wait before subscribing again [2 s]
	OwnRingLimit     time.Duration // how long the user's phone may ring on click-to-dial [45 s]
	WatchInterval    time.Duration // between looks for a changed network and for sleep [5 s]

	writeLimit, leaveLimit, ringLimit, answerLimit time.Duration
}

var (
	userSyntax   = regexp.MustCompile(`^[A-Za-z0-9_.!~*'()&=+$,?/%-]+$`)
	domainSyntax = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)
	uuidSyntax   = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// check completes a configuration and says what cannot work in it.
func (c *Config) check() error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", telephony.ErrConfig, fmt.Sprintf(format, args...))
	}
	c.Domain = strings.ToLower(strings.Trim(strings.TrimSpace(c.Domain), "[]"))
	_, ipErr := netip.ParseAddr(c.Domain)
	switch {
	case c.User == "":
		return wrong("the line has no user name")
	case !userSyntax.MatchString(c.User):
		return wrong("the user name holds characters that a SIP address cannot have")
	case c.Domain == "":
		return wrong("the line has no domain")
	case ipErr != nil && !domainSyntax.MatchString(c.Domain):
		return wrong("the domain is neither a host name nor an IP address")
	case c.Password.IsZero():
		return wrong("the line has no password")
	case c.NoDialog && c.NoSecondContact:
		return wrong("with neither call events nor a second contact nothing can be seen")
	case !uuidSyntax.MatchString(c.InstanceID):
		return wrong("the instance id of the line is not a UUID")
	}
	if c.Server != "" {
		if _, _, err := splitServer(c.Server); err != nil {
			return wrong("the server is not of the form host or host:port")
		}
	}
	if c.Fingerprint != "" {
		c.Fingerprint = strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(c.Fingerprint))
		if b, err := hex.DecodeString(c.Fingerprint); err != nil || len(b) != sha256.Size {
			return wrong("the certificate's fingerprint is not 64 hexadecimal digits (SHA-256)")
		}
	}
	if c.UserAgent == "" {
		c.UserAgent = "ctiagent"
	}
	for _, d := range []struct {
		value *time.Duration
		def   time.Duration
	}{
		{&c.SubscribeExpires, 10 * time.Minute}, {&c.RegisterExpires, 10 * time.Minute},
		{&c.PingInterval, time.Minute}, {&c.PingLimit, 10 * time.Second}, {&c.ConnectLimit, 10 * time.Second},
		{&c.BackoffMin, time.Second}, {&c.BackoffMax, time.Minute}, {&c.RetryMin, 2 * time.Second},
		{&c.OwnRingLimit, 45 * time.Second}, {&c.WatchInterval, 5 * time.Second},
		{&c.writeLimit, 10 * time.Second}, {&c.leaveLimit, time.Second},
		{&c.ringLimit, 5 * time.Minute}, {&c.answerLimit, 3 * time.Minute},
	} {
		if *d.value <= 0 {
			*d.value = d.def
		}
	}
	return nil
}

// splitServer reads host[:port]; port 0 means none was given.
func splitServer(server string) (host string, port int, err error) {
	if _, err := netip.ParseAddr(strings.Trim(server, "[]")); err == nil {
		return strings.Trim(server, "[]"), 0, nil
	}
	host, text, err := net.SplitHostPort(server)
	if err != nil {
		host, text, err = net.SplitHostPort(server + ":0")
		if err != nil {
			return "", 0, err
		}
	}
	port, err = strconv.Atoi(text)
	if err != nil || port < 0 || port > 65535 || host == "" {
		return "", 0, fmt.Errorf("%q is no port", text)
	}
	return host, port, nil
}

func (c *Config) authUser() string {
	if c.AuthUser != "" {
		return c.AuthUser
	}
	return c.User
}

// host is the domain as it stands in a URI.
func (c *Config) host() string {
	if strings.Contains(c.Domain, ":") {
		return "[" + c.Domain + "]"
	}
	return c.Domain
}

func (c *Config) aorURI() string       { return "sip:" + c.User + "@" + c.host() }
func (c *Config) aor() string          { return "<" + c.aorURI() + ">" }
func (c *Config) registrarURI() string { return "sip:" + c.host() }

// contactURI is where the platform reaches us on this connection.
func (s *session) contactURI() string {
	return "<sip:" + s.cfg.User + "@" + s.flow.local() + ";transport=tls>"
}

// backoff doubles first up to most and takes 50 to 100 % of it by chance.
func (c *Config) backoff(first, most time.Duration, failures int) time.Duration {
	d := most
	if failures < 30 {
		d = min(first<<failures, most)
	}
	return d/2 + rand.N(d/2+1)
}
