package sipline

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// peer is a platform of a few lines: it answers what its script says, so that
// a test can be about one message.
type peer struct {
	t    testing.TB
	addr string
	ca   string

	mu     sync.Mutex
	script func(*peerConn, *sip.Request)
	seen   []sip.Message
	news   chan struct{}
	conns  []*peerConn
}

// peerConn is one connection to it.
type peerConn struct {
	*tls.Conn
	p  *peer
	wm sync.Mutex
}

const peerDomain = "pbx.test"

// newPeer starts one; script is called for every request, in order.
func newPeer(t testing.TB, script func(*peerConn, *sip.Request)) *peer {
	t.Helper()
	cert, ca := selfSigned(t, peerDomain)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, addr: l.Addr().String(), ca: ca, script: script, news: make(chan struct{})}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			pc := &peerConn{Conn: c.(*tls.Conn), p: p}
			p.mu.Lock()
			p.conns = append(p.conns, pc)
			p.mu.Unlock()
			all.Go(pc.serve)
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.mu.Lock()
		for _, c := range p.conns {
			_ = c.NetConn().Close()
		}
		p.mu.Unlock()
		all.Wait()
	})
	return p
}

func selfSigned(t testing.TB, name string) (tls.Certificate, string) {
	t.Helper()
	return certificate(t, name, time.Now().Add(time.Hour))
}

type certificateAndFile struct {
	cert tls.Certificate
	ca   string
}

func expiredCertificate(t testing.TB) certificateAndFile {
	t.Helper()
	cert, ca := certificate(t, peerDomain, time.Now().Add(-time.Minute))
	return certificateAndFile{cert, ca}
}

func certificate(t testing.TB, name string, notAfter time.Time) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: notAfter}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, file
}

func (c *peerConn) serve() {
	r := bufio.NewReader(c)
	parser := newParser()
	for {
		if b, err := r.Peek(1); err != nil {
			return
		} else if b[0] == '\r' {
			_, _ = r.Discard(1)
			_, _ = r.Discard(1)
			continue
		}
		m, _, err := readMessage(r, parser)
		if err != nil {
			return
		}
		if m == nil {
			c.p.t.Error("the connector sent a message that cannot be parsed")
			continue
		}
		c.p.mu.Lock()
		c.p.seen = append(c.p.seen, m)
		close(c.p.news)
		c.p.news = make(chan struct{})
		c.p.mu.Unlock()
		if req, ok := m.(*sip.Request); ok {
			c.p.script(c, req)
		}
	}
}

// send writes text as it is, with line ends made right.
func (c *peerConn) send(text string) {
	c.wm.Lock()
	defer c.wm.Unlock()
	_, _ = c.Write([]byte(text))
}

// reply answers a request.
func (c *peerConn) reply(req *sip.Request, code int, extra ...string) {
	var hs []sip.Header
	for _, e := range extra {
		name, value, _ := strings.Cut(e, ": ")
		hs = append(hs, sip.NewHeader(name, value))
	}
	c.send(respond(req, code, "x", "ptag", hs...).String())
}

// notify makes a NOTIFY in the subscription that sub asked for.
func notify(sub *sip.Request, cseq int, state, body string) string {
	kind := ""
	if body != "" {
		kind = "Content-Type: application/dialog-info+xml\r\n"
	}
	return fmt.Sprintf("NOTIFY sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bKn%d\r\n"+
		"From: %s;tag=ptag\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d NOTIFY\r\nContact: <sip:presence@127.0.0.1;transport=tls>\r\n"+
		"Event: dialog\r\nSubscription-State: %s\r\nMax-Forwards: 70\r\n%sContent-Length: %d\r\n\r\n%s",
		cseq, header(sub, "To"), header(sub, "From"), header(sub, "Call-ID"), cseq, state, kind, len(body), body)
}

// dialogs writes a full document; each dialog is "id state direction number".
func dialogs(version int, ds ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="%d" state="full" entity="sip:100@pbx.test">`, version)
	for _, d := range ds {
		f := strings.Fields(d)
		fmt.Fprintf(&b, `<dialog id="%s" direction="%s"><state>%s</state><remote><identity>sip:%s@pbx.test</identity></remote></dialog>`, f[0], f[2], f[1], f[3])
	}
	return b.String() + "</dialog-info>"
}

// ordinary answers everything as a platform without surprises does.
func ordinary(c *peerConn, req *sip.Request) {
	switch req.Method {
	case sip.REGISTER:
		c.reply(req, 200, "Contact: "+header(req, "Contact"))
	case sip.SUBSCRIBE:
		c.reply(req, 200, "Expires: 600", "Contact: <sip:presence@127.0.0.1;transport=tls>")
		if header(req, "Expires") != "0" && tagOf(header(req, "To")) == "" {
			c.send(notify(req, 1, "active;expires=600", dialogs(0)))
		}
	case sip.ACK:
	default:
		c.reply(req, 200)
	}
}

func (p *peer) config() Config { return testConfig("100", "pw100", peerDomain, p.addr, p.ca) }

// await waits for the nth request of a method.
func (p *peer) await(method sip.RequestMethod, nth int) *sip.Request {
	p.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		p.mu.Lock()
		n, news := 0, p.news
		var found *sip.Request
		for _, m := range p.seen {
			if req, ok := m.(*sip.Request); ok && req.Method == method {
				if n++; n == nth {
					found = req
				}
			}
		}
		p.mu.Unlock()
		if found != nil {
			return found
		}
		select {
		case <-news:
		case <-deadline:
			p.t.Fatalf("the connector sent no %s number %d", method, nth)
		}
	}
}

// requests gives all requests of the connector so far.
func (p *peer) requests() []*sip.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*sip.Request
	for _, m := range p.seen {
		if req, ok := m.(*sip.Request); ok {
			out = append(out, req)
		}
	}
	return out
}

// answers collects the codes of the responses the connector sent, by method.
func (p *peer) answers(method sip.RequestMethod) []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []int
	for _, m := range p.seen {
		if res, ok := m.(*sip.Response); ok && res.CSeq().MethodName == method {
			out = append(out, res.StatusCode)
		}
	}
	return out
}

// awaitAnswers waits until n responses to a method came.
func (p *peer) awaitAnswers(method sip.RequestMethod, n int) []int {
	p.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		got := p.answers(method)
		if len(got) >= n {
			return got
		}
		p.mu.Lock()
		news := p.news
		p.mu.Unlock()
		select {
		case <-news:
		case <-deadline:
			p.t.Fatalf("%d answers to %s, want %d", len(p.answers(method)), method, n)
		}
	}
}

// conn is the newest connection.
func (p *peer) conn() *peerConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conns[len(p.conns)-1]
}

var _ net.Conn = (*peerConn)(nil)
