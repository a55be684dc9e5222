package sipline

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"example.org/ctiagent/telephony"
)

// dialer makes verified TLS connections to one platform.
//
// The certificate must be for the domain of the line, whatever DNS said on the
// way there (RFC 5922 §4), or for the server when a person wrote one down. A
// pinned certificate replaces the authority, not the check of name and date.
type dialer struct {
	cfg    *Config
	roots  *x509.CertPool // nil: the system's
	name   string         // that the certificate must be for
	lookup func(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
}

func newDialer(cfg *Config) (*dialer, error) {
	d := &dialer{cfg: cfg, name: cfg.Domain, lookup: net.DefaultResolver.LookupSRV}
	d.dial = (&net.Dialer{}).DialContext
	if cfg.CAFile != "" {
		pem, err := os.ReadFile(cfg.CAFile)
		if err != nil {
			return nil, newFatal(telephony.ErrConfig, "tls.ca-file",
				"The file of the platform's certificate authority cannot be read", "Check the path in the settings of the line.")
		}
		d.roots = systemRoots()
		if !d.roots.AppendCertsFromPEM(pem) {
			return nil, newFatal(telephony.ErrConfig, "tls.ca-file",
				"The file of the platform's certificate authority holds no certificate", "It must be in PEM form.")
		}
	}
	return d, nil
}

func systemRoots() *x509.CertPool {
	if pool, err := x509.SystemCertPool(); err == nil {
		return pool
	}
	return x509.NewCertPool()
}

// connect tries the platform's servers in their order and returns the first
// that answers with a trusted certificate.
func (d *dialer) connect(ctx context.Context) (*tls.Conn, *stampedConn, error) {
	addrs, err := d.servers(ctx)
	if err != nil {
		return nil, nil, err
	}
	var first error
	for _, addr := range addrs {
		conn, clock, err := d.handshake(ctx, addr)
		if err == nil {
			return conn, clock, nil
		}
		if first == nil || isFatal(err) {
			first = err
		}
		if isFatal(err) || ctx.Err() != nil {
			break
		}
	}
	return nil, nil, first
}

// servers finds where to connect, RFC 3263 §4 for a transport that is fixed.
func (d *dialer) servers(ctx context.Context) ([]string, error) {
	if d.cfg.Server != "" {
		host, port, err := splitServer(d.cfg.Server)
		if err != nil {
			return nil, err
		}
		return []string{hostPort(host, port)}, nil
	}
	if _, err := netip.ParseAddr(d.cfg.Domain); err == nil {
		return []string{hostPort(d.cfg.Domain, 0)}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.cfg.ConnectLimit)
	defer cancel()
	_, srv, err := d.lookup(ctx, "sips", "tcp", d.cfg.Domain)
	if err != nil || len(srv) == 0 {
		return []string{hostPort(d.cfg.Domain, 0)}, nil // no such record: the domain is the server
	}
	if len(srv) == 1 && srv[0].Target == "." {
		return nil, newFatal(telephony.ErrConfig, "dns.no-service",
			"The domain says that it offers no telephony over TLS", "Check the domain, or enter the server by hand.")
	}
	var out []string
	for _, r := range srv { // sorted by priority and weight
		out = append(out, hostPort(strings.TrimSuffix(r.Target, "."), int(r.Port)))
	}
	return out, nil
}

func hostPort(host string, port int) string {
	if port == 0 {
		port = 5061
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// handshake connects to one address. When the certificate fails only because
// of something that a person has configured otherwise (a pin, a server name),
// it tries once more with that taken into account.
func (d *dialer) handshake(ctx context.Context, addr string) (*tls.Conn, *stampedConn, error) {
	for range 3 {
		conn, clock, err := d.attempt(ctx, addr)
		if err == nil {
			return conn, clock, nil
		}
		if !d.adapt(err) {
			return nil, nil, d.explain(err)
		}
	}
	return nil, nil, errors.New("unreachable: adapt says yes at most twice")
}

func (d *dialer) attempt(ctx context.Context, addr string) (*tls.Conn, *stampedConn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.cfg.ConnectLimit)
	defer cancel()
	raw, err := d.dial(ctx, "tcp", addr)
	if err != nil {
		return nil, nil, err
	}
	clock := &stampedConn{Conn: raw}
	now := time.Now()
	clock.last.Store(&now)
	conn := tls.Client(clock, &tls.Config{
		ServerName: d.name, RootCAs: d.roots, MinVersion: tls.VersionTLS12, VerifyConnection: d.checkPin,
	})
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, nil, fmt.Errorf("%w: %w", errHandshake, err)
	}
	return conn, clock, nil
}

// errHandshake marks what went wrong after the server had accepted.
var errHandshake = errors.New("TLS")

var errPin = errors.New("the certificate is not the one that was pinned")

// checkPin compares the server's certificate with the pinned one.
func (d *dialer) checkPin(state tls.ConnectionState) error {
	if d.cfg.Fingerprint != "" && fingerprint(state.PeerCertificates[0]) != d.cfg.Fingerprint {
		return errPin
	}
	return nil
}

func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// adapt reports that another attempt may succeed.
func (d *dialer) adapt(err error) bool {
	var unverified *tls.CertificateVerificationError
	if !errors.As(err, &unverified) || len(unverified.UnverifiedCertificates) == 0 {
		return false
	}
	leaf := unverified.UnverifiedCertificates[0]
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) && d.cfg.Fingerprint != "" && fingerprint(leaf) == d.cfg.Fingerprint {
		if d.roots == nil {
			d.roots = x509.NewCertPool() // the pinned one and nobody else
		}
		known := d.roots.Clone()
		known.AddCert(leaf)
		if known.Equal(d.roots) {
			return false
		}
		d.roots = known
		return true
	}
	var name x509.HostnameError
	if errors.As(err, &name) && d.cfg.Server != "" && d.name == d.cfg.Domain {
		if host, _, err := splitServer(d.cfg.Server); err == nil && host != d.name && leaf.VerifyHostname(host) == nil {
			d.name = host
			return true
		}
	}
	return false
}

func isFatal(err error) bool {
	var f *fatal
	return errors.As(err, &f)
}

// explain says in words why there is no connection. What a person must mend
// becomes fatal, everything else is tried again.
func (d *dialer) explain(err error) error {
	var (
		unverified *tls.CertificateVerificationError
		hostname   x509.HostnameError
		unknown    x509.UnknownAuthorityError
		invalid    x509.CertificateInvalidError
		record     tls.RecordHeaderError
		dns        *net.DNSError
		timeout    net.Error
	)
	trust := func(code, reason, hint string) error {
		return newFatal(telephony.ErrTrust, code, reason, hint)
	}
	if errors.As(err, &unverified) && len(unverified.UnverifiedCertificates) > 0 && d.checkPin(tls.ConnectionState{PeerCertificates: unverified.UnverifiedCertificates}) != nil {
		err = errPin
	}
	switch {
	case errors.Is(err, errPin):
		return trust("tls.wrong-pin", "The server's certificate is not the one whose fingerprint is in the settings",
			"If the administrator has renewed the certificate, enter the new fingerprint.")
	case errors.As(err, &hostname):
		return trust("tls.wrong-name", fmt.Sprintf("The server answered, but its certificate is for %s, not %s", namesOf(hostname.Certificate), d.name),
			"Check the domain of the line; it must be the name the certificate was made for.")
	case errors.As(err, &unknown):
		return trust("tls.unknown-ca", "The server answered, but nobody this computer trusts has signed its certificate",
			"Ask the administrator for the certificate authority's file and enter it for this line.")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return trust("tls.expired", "The server answered, but its certificate is not valid today: "+validity(invalid.Cert),
			"Check the date of this computer; if it is right, the certificate must be renewed.")
	case errors.As(err, &invalid):
		return trust("tls.invalid", "The server answered, but its certificate cannot be used for this", "Tell the administrator: "+invalid.Error()+".")
	case errors.As(err, &record):
		return newFatal(telephony.ErrConfig, "tls.not-tls", "The server answered, but does not speak TLS on this port",
			"The port for telephony over TLS is usually 5061.")
	case strings.Contains(err.Error(), "protocol version"): // crypto/tls has no type for it
		return trust("tls.too-old", "The server answered, but offers only TLS older than 1.2", "It must be updated or set up anew.")
	case errors.As(err, &dns):
		return &weak{code: "dns.failed", reason: "The server's name could not be found", hint: "Check the network, and the domain of the line.", err: err}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &weak{code: "net.refused", reason: "The server does not accept connections", hint: "It may be restarting; else check server and port.", err: err}
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return &weak{code: "net.unreachable", reason: "The server cannot be reached from this network", hint: "Check the network connection.", err: err}
	case errors.Is(err, errHandshake):
		return &weak{code: "tls.no-answer", reason: "The server accepts connections, but did not answer in TLS", hint: "Check the port; for telephony over TLS it is usually 5061.", err: err}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &weak{code: "net.timeout", reason: "The server did not answer in time", hint: "Check the network, and whether a firewall is in between.", err: err}
	}
	return &weak{code: "net.failed", reason: "The connection to the server could not be made", err: err}
}

// namesOf lists whom a certificate is for.
func namesOf(c *x509.Certificate) string {
	if c == nil {
		return "somebody else"
	}
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	switch {
	case len(names) == 0:
		return "no host name at all"
	case len(names) > 3:
		return strings.Join(names[:3], ", ") + " and others"
	}
	return strings.Join(names, ", ")
}

func validity(c *x509.Certificate) string {
	if c == nil {
		return "its dates do not fit"
	}
	return fmt.Sprintf("it runs from %s to %s", c.NotBefore.UTC().Format(time.DateOnly), c.NotAfter.UTC().Format(time.DateOnly))
}
