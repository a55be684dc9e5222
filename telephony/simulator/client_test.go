package simulator

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// client is a small SIP client: it answers what a platform asks, keeps every
// message it receives, and fails the test when what it waits for does not come.
type client struct {
	t        *testing.T
	p        *Platform
	conn     *tls.Conn
	in       chan *message
	user     string
	password string
	cseq     int
}

func dial(t *testing.T, p *Platform, user, password string) *client {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(p.CAPEM())
	conn, err := tls.Dial("tcp", p.Addr(), &tls.Config{RootCAs: pool, ServerName: p.Domain(), MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, p: p, conn: conn, in: make(chan *message, 4096), user: user, password: password}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(c.in)
		r := bufio.NewReaderSize(conn, 1<<16)
		for {
			m, err := readMessage(r)
			if err != nil {
				if errors.Is(err, errPing) {
					continue
				}
				return
			}
			c.in <- m
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return c
}

func (c *client) write(m *message) {
	c.t.Helper()
	if _, err := c.conn.Write(m.bytes()); err != nil {
		c.t.Fatal(err)
	}
}

// next is the next message; NOTIFY, INVITE, CANCEL and BYE get their answers.
func (c *client) next() *message {
	c.t.Helper()
	select {
	case m, ok := <-c.in:
		if !ok {
			c.t.Fatal("the platform closed the connection")
		}
		switch m.method {
		case "NOTIFY", "CANCEL", "BYE":
			c.write(m.reply(200, "client"))
		case "INVITE":
			c.write(m.reply(180, "client"))
		}
		return m
	case <-time.After(5 * time.Second):
		c.t.Fatal("nothing came for 5 s")
	}
	return nil
}

// until skips messages until one fits; it is a method or a status code.
func (c *client) until(what string) *message {
	c.t.Helper()
	for {
		m := c.next()
		if m.method == what || m.method == "" && fmt.Sprint(m.code) == what {
			return m
		}
	}
}

func (c *client) request(method, callID string) *message {
	c.cseq++
	aor := "sip:" + c.user + "@" + c.p.Domain()
	m := &message{method: method, uri: aor}
	if method == "REGISTER" {
		m.uri = "sip:" + c.p.Domain()
	}
	m.add("Via", "SIP/2.0/TLS 127.0.0.1:1;branch=z9hG4bK"+c.p.token()).add("Max-Forwards", "70")
	m.add("From", "<"+aor+">;tag=mine").add("To", "<"+aor+">").add("Call-ID", callID)
	return m.add("CSeq", fmt.Sprint(c.cseq, " ", method)).add("Contact", "<sip:"+c.user+"@127.0.0.1:1;transport=tls>")
}

// ask sends a request, answers the challenge with the given algorithm and
// returns the final answer.
func (c *client) ask(m *message, algorithm string) *message {
	c.t.Helper()
	c.write(m)
	var challenge string
	for challenge == "" {
		r := c.next()
		if r.method != "" || r.code < 200 {
			continue
		}
		if r.code != 401 && r.code != 407 {
			return r
		}
		for _, v := range append(r.all("WWW-Authenticate"), r.all("Proxy-Authenticate")...) {
			if digestParams(v)["algorithm"] == algorithm {
				challenge = v
			}
		}
		if challenge == "" {
			c.t.Fatalf("no challenge for %s", algorithm)
		}
	}
	d := digestParams(challenge)
	sum := func(s string) string {
		h := hashFor(algorithm)
		h.Write([]byte(s))
		return hex.EncodeToString(h.Sum(nil))
	}
	a1 := sum(c.user + ":" + d["realm"] + ":" + c.password)
	response := sum(a1 + ":" + d["nonce"] + ":00000001:abc:auth:" + sum(m.method+":"+m.uri))
	c.cseq++
	for i := range m.headers {
		if m.headers[i].name == "CSeq" {
			m.headers[i].value = fmt.Sprint(c.cseq, " ", m.method)
		}
	}
	m.add("Authorization", fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", algorithm=%s, qop=auth, nc=00000001, cnonce="abc", response="%s"`,
		c.user, d["realm"], d["nonce"], m.uri, algorithm, response))
	c.write(m)
	for {
		if r := c.next(); r.method == "" && r.code >= 200 {
			return r
		}
	}
}

func (c *client) subscribe() {
	c.t.Helper()
	if r := c.ask(c.request("SUBSCRIBE", "sub").add("Event", "dialog").add("Expires", "600"), c.p.opts.Algorithms[0]); r.code != 200 {
		c.t.Fatalf("SUBSCRIBE: %d", r.code)
	}
}

func (c *client) register() {
	c.t.Helper()
	if r := c.ask(c.request("REGISTER", "reg").add("Expires", "600"), c.p.opts.Algorithms[0]); r.code != 200 {
		c.t.Fatalf("REGISTER: %d", r.code)
	}
}

func start(t *testing.T, opts Options) *Platform {
	t.Helper()
	opts.Users = append(opts.Users, User{Name: "100", Password: "secret"})
	p, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func wants(t *testing.T, m *message, parts ...string) {
	t.Helper()
	text := string(m.bytes())
	for _, part := range parts {
		if part[0] == '!' {
			if strings.Contains(text, part[1:]) {
				t.Errorf("%q is in\n%s", part[1:], text)
			}
		} else if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
}

// fuzzMessage: what is read can be written and read again.
func fuzzMessage(t *testing.T, b []byte) {
	r := bufio.NewReaderSize(strings.NewReader(string(b)), 1<<16)
	for {
		m, err := readMessage(r)
		if errors.Is(err, errPing) {
			continue
		}
		if err != nil {
			return
		}
		m.reply(200, "tag")
		param(m.get("To"), "tag")
		userOf(address(m.get("To")))
		digestParams(m.get("Authorization"))
		m.cseq()
	}
}
