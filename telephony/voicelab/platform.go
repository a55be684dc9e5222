package voicelab

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// Domain is the platform's, and the name its certificate is for.
const Domain = "pbx.test"

// Options choose what the platform is like; the zero value is the ordinary one.
type Options struct {
	SHA256      bool      // digest with SHA-256; baresip cannot sign in then
	CertName    string    // the certificate is for this name instead of Domain
	CertExpires time.Time // the certificate's end, tomorrow when zero
}

// Platform is a running Kamailio.
type Platform struct {
	Addr        string // of TLS, host:port
	UDP         string // host:port, for the telephones
	CAFile      string // the authority that signed the certificate
	Fingerprint string // SHA-256 of the certificate, hex

	t      testing.TB
	dir    string
	sha256 bool
	proc   *process
}

//go:embed kamailio.cfg.in
var configuration string

// Password is what a user of the platform signs in with.
func Password(user string) string { return "pw" + user }

// Start runs a platform until the test ends.
func Start(t testing.TB, o Options) *Platform {
	t.Helper()
	need(t, "kamailio", "kamailio kamailio-tls-modules kamailio-presence-modules kamailio-sqlite-modules kamailio-utils-modules kamailio-json-modules kamailio-outbound-modules")
	if o.CertName == "" {
		o.CertName = Domain
	}
	if o.CertExpires.IsZero() {
		o.CertExpires = time.Now().Add(20 * time.Hour)
	}
	ca := NewAuthority(t, "voicelab CA")
	cert, key, fingerprint := ca.Issue(t, o.CertName, o.CertExpires)

	// Kamailio's own sockets have short paths only.
	dir, err := os.MkdirTemp("", "voicelab")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Mkdir(filepath.Join(dir, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	udp := freePorts(t, 2)
	tls := udp + 1
	write(t, filepath.Join(dir, "tls.cfg"), fmt.Sprintf(`[server:default]
method = TLSv1.2+
verify_certificate = no
require_certificate = no
private_key = %s
certificate = %s
[client:default]
method = TLSv1.2+
verify_certificate = no
`, key, cert))
	write(t, filepath.Join(dir, "kamailio.cfg"), strings.NewReplacer(
		"@DIR@", dir, "@MODULES@", modules(t, "kamailio"), "@SIPS@", strconv.Itoa(tls), "@SIP@", strconv.Itoa(udp),
	).Replace(configuration))
	createDatabase(t, filepath.Join(dir, "kam.db"))

	p := &Platform{
		Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(tls)), UDP: net.JoinHostPort("127.0.0.1", strconv.Itoa(udp)),
		CAFile: ca.File, Fingerprint: fingerprint, t: t, dir: dir, sha256: o.SHA256,
	}
	p.Resume()
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() && os.Getenv("VOICELAB_LOG") != "" {
			t.Logf("kamailio:\n%s", p.proc.log())
		}
	})
	return p
}

// Resume starts the platform again after Stop, on the same ports and without
// any memory of registrations, subscriptions and calls.
func (p *Platform) Resume() {
	p.t.Helper()
	args := []string{"-DD", "-E", "-f", filepath.Join(p.dir, "kamailio.cfg"), "-P", filepath.Join(p.dir, "run", "pid"),
		"-Y", filepath.Join(p.dir, "run"), "-m", "64", "-M", "8"}
	if p.sha256 {
		args = append(args, "-A", "SHA256")
	}
	p.proc = run(p.t, filepath.Join(p.dir, "kamailio.log"), "kamailio", args...)
	p.proc.until(p.t, "the platform to listen", func() bool {
		c, err := net.Dial("tcp", p.Addr)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// Stop ends the platform.
func (p *Platform) Stop() { p.proc.stop() }

// modules finds where a distribution keeps a program's modules.
func modules(t testing.TB, program string) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/*/" + program + "/modules", "/usr/lib/" + program + "/modules", "/usr/lib64/" + program + "/modules"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	t.Fatalf("the modules of %s are not installed", program)
	return ""
}

// createDatabase makes the tables that Kamailio's presence modules ask for.
func createDatabase(t testing.TB, file string) {
	t.Helper()
	conn, err := sqlite.OpenConn(file, sqlite.OpenReadWrite, sqlite.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, table := range []string{"standard", "presence"} {
		script, err := os.ReadFile("/usr/share/kamailio/db_sqlite/" + table + "-create.sql")
		if err != nil {
			t.Fatalf("the Debian package kamailio-sqlite-modules is needed: %v", err)
		}
		if err := sqlitex.ExecuteScript(conn, string(script), nil); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
	}
}

// freePorts finds n neighbouring ports that nobody uses, for UDP and TCP. They
// lie below those that systems give to outgoing connections, so that nobody
// is given one between now and its use.
func freePorts(t testing.TB, n int) int {
	t.Helper()
	for range 200 {
		base := 20000 + 2*rand.IntN(5900)
		if allFree(base, n) {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}

func allFree(base, n int) bool {
	for port := base; port < base+n; port++ {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return false
		}
		_ = l.Close()
		c, err := net.ListenPacket("udp", addr)
		if err != nil {
			return false
		}
		_ = c.Close()
	}
	return true
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
