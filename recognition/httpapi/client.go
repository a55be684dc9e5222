package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/recognition"
)

// ClientConfig is how to reach one service.
type ClientConfig struct {
	Address string // "https://host:port"; https is assumed when it has no scheme
	// CAFile is a PEM file of authorities trusted for this host besides the
	// system's; Fingerprint is the SHA-256 of the one certificate to trust, in
	// hex. At most one of them; without either the system's roots decide.
	CAFile      string
	Fingerprint string
	Token       credstore.Secret // of an earlier sign-in; zero: signed out
	Timeout     time.Duration    // of a request whose context has no nearer deadline; 0: 10 s
	WarmEvery   time.Duration    // how often Run uses the connection; 0: 30 s
}

// Client speaks to one service for one workstation. It is a
// recognition.Recognizer, ScriptSource and Directory; any goroutine may use it.
type Client struct {
	base    *url.URL
	http    *http.Client
	close   func()
	timeout time.Duration
	warm    time.Duration
	health  health

	mu        sync.Mutex
	token     credstore.Secret
	notBefore time.Time // the service asked to be left alone until then
	busy      *Error    // and said this
}

var (
	_ recognition.Recognizer   = (*Client)(nil)
	_ recognition.ScriptSource = (*Client)(nil)
	_ recognition.Directory    = (*Client)(nil)
)

// NewClient checks the configuration; it does not connect.
func NewClient(cfg ClientConfig, log *slog.Logger) (*Client, error) {
	base, err := parseAddress(cfg.Address)
	if err != nil {
		return nil, err
	}
	tlsConfig, err := clientTLS(cfg)
	if err != nil {
		return nil, err
	}
	// HTTP/1.1: an agent has one request in flight, for which HTTP/2 costs
	// both sides 1.7 times the work.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		Protocols:           &protocols,
		TLSClientConfig:     tlsConfig,
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 8,
		IdleConnTimeout:     2 * time.Minute, // shorter than the server's: it is we who close
		DisableCompression:  true,
	}
	c := &Client{
		base:    base,
		http:    &http.Client{Transport: transport, CheckRedirect: noRedirect},
		close:   transport.CloseIdleConnections,
		timeout: orDefault(cfg.Timeout, 10*time.Second),
		warm:    orDefault(cfg.WarmEvery, 30*time.Second),
		token:   cfg.Token,
	}
	c.health.init(log)
	return c, nil
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// noRedirect keeps a token from being carried to another host.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func parseAddress(address string) (*url.URL, error) {
	text := strings.TrimSpace(address)
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return nil, errors.New("httpapi: the address of the service must look like https://cti.example.org")
	case u.Scheme != "https":
		return nil, errors.New("httpapi: the service is spoken to by https only; write https:// before its name")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return nil, errors.New("httpapi: the address of the service is host and port only, without user, path or query")
	}
	return &url.URL{Scheme: "https", Host: u.Host}, nil
}

// Close gives up kept connections; for a client whose Run was never called.
func (c *Client) Close() { c.close() }

// SetToken changes what the client is signed in with; the zero secret signs
// out on this side only.
func (c *Client) SetToken(t credstore.Secret) {
	c.mu.Lock()
	c.token = t
	c.mu.Unlock()
	c.health.wake()
}

// SignedIn reports whether there is a token; the service may have revoked it.
func (c *Client) SignedIn() bool { return !c.currentToken().IsZero() }

func (c *Client) currentToken() credstore.Secret {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

// SignIn exchanges user name and password for the token of this workstation,
// which the client uses from now on and the caller keeps in a credstore. The
// password is kept nowhere. recognition.ErrRefused: name or password is wrong.
func (c *Client) SignIn(ctx context.Context, user string, password credstore.Secret, workstation string) (credstore.Secret, error) {
	var answer signInResponse
	body, err := c.do(ctx, request{method: http.MethodPost, path: pathSignIn, anonymous: true,
		in: signInRequest{user, password.Reveal(), workstation}, limit: maxSmallBody})
	if err == nil {
		if jsonErr := json.Unmarshal(body, &answer); jsonErr != nil || answer.Token == "" {
			err = c.nonsense()
		}
	}
	if err != nil {
		return credstore.Secret{}, err
	}
	token := credstore.NewSecret(answer.Token)
	c.health.live()
	c.SetToken(token)
	return token, nil
}

// SignOut revokes the token at the service and forgets it. It is forgotten
// even when the service cannot be told; the error says so.
func (c *Client) SignOut(ctx context.Context) error {
	if !c.SignedIn() {
		return nil
	}
	_, err := c.do(ctx, request{method: http.MethodPost, path: pathSignOut})
	c.SetToken(credstore.Secret{})
	if errors.Is(err, recognition.ErrSignedOut) {
		return nil
	}
	return err
}

// Recognize looks a number up.
func (c *Client) Recognize(ctx context.Context, q recognition.Query) (recognition.Answer, error) {
	if q.Number.Withheld() {
		return recognition.Answer{}, recognition.ErrWithheld
	}
	body, err := c.do(ctx, request{method: http.MethodPost, path: pathLookup, limit: maxAnswerBody, repeatable: true,
		in: lookupRequest{Number: q.Number.E164(), Extension: q.Number.Extension(), Outgoing: q.Outgoing}})
	if err != nil {
		return recognition.Answer{}, err
	}
	answer, err := decodeAnswer(body)
	if err != nil {
		return recognition.Answer{}, c.nonsense()
	}
	return answer, nil
}

// Script fetches a body and verifies its digest.
func (c *Client) Script(ctx context.Context, digest string) ([]byte, error) {
	body, err := c.do(ctx, request{method: http.MethodGet, path: pathScripts + url.PathEscape(digest), limit: MaxScriptBody})
	if err != nil {
		return nil, err
	}
	if recognition.Digest(body) != digest {
		return nil, &Error{kind: recognition.ErrUnreachable, code: "service.bad-digest", cause: errors.New("digest differs"),
			text: "the service sent another script than the one asked for", hint: "Tell the service's administrator."}
	}
	return body, nil
}

// Put adds or replaces records of a source, all or none; at most
// MaxRecordsBody bytes of JSON. A large call takes longer than a lookup may:
// like Remove and Drop it is bounded by ctx alone.
func (c *Client) Put(ctx context.Context, source string, records []recognition.Record) error {
	_, err := c.do(ctx, request{method: http.MethodPut, path: sourcePath(source, "/records"), in: putRequest{records}, repeatable: true, unbounded: true})
	return err
}

// Remove deletes records of a source.
func (c *Client) Remove(ctx context.Context, source string, ids []string) error {
	_, err := c.do(ctx, request{method: http.MethodPost, path: sourcePath(source, "/remove"), in: removeRequest{ids}, repeatable: true, unbounded: true})
	return err
}

// Drop deletes a source. Lookups stop at once; Drop returns when the last row
// is gone.
func (c *Client) Drop(ctx context.Context, source string) error {
	_, err := c.do(ctx, request{method: http.MethodDelete, path: sourcePath(source, ""), unbounded: true})
	return err
}

func sourcePath(source, rest string) string { return pathSources + url.PathEscape(source) + rest }

// request is one call of the interface.
type request struct {
	method, path string
	in           any   // marshalled as JSON; nil: no body
	limit        int64 // bytes of the answer that are read
	anonymous    bool  // sent without the token
	repeatable   bool  // may be sent again when a kept connection turns out dead
	unbounded    bool  // only ctx limits it
}

// do sends a request and gives the body of a 2xx answer.
func (c *Client) do(ctx context.Context, q request) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	token := c.currentToken()
	if token.IsZero() && !q.anonymous {
		return nil, &Error{kind: recognition.ErrSignedOut, cause: recognition.ErrSignedOut, code: "service." + codeSignedOut,
			text: "this workstation has not signed in", hint: "Sign in to the recognition service."}
	}
	if err := c.leftAlone(); err != nil {
		return nil, err
	}
	bound := ctx
	if deadline, ok := ctx.Deadline(); !q.unbounded && (!ok || time.Until(deadline) > c.timeout) {
		var cancel context.CancelFunc
		bound, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	r, err := c.newRequest(bound, q, token)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(r)
	if err != nil {
		return nil, c.noAnswer(ctx, err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read to its end or is given up
	if response.StatusCode/100 != 2 {
		return nil, c.refusal(response)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, q.limit+1))
	if err != nil {
		return nil, c.noAnswer(ctx, err)
	}
	if int64(len(body)) > q.limit {
		return nil, c.nonsense()
	}
	if !q.anonymous {
		c.health.live()
	}
	return body, nil
}

func (c *Client) newRequest(ctx context.Context, q request, token credstore.Secret) (*http.Request, error) {
	var body io.Reader
	if q.in != nil {
		text, err := json.Marshal(q.in)
		if err != nil {
			return nil, err
		}
		if len(text) > MaxRecordsBody {
			return nil, fmt.Errorf("%w: the call is larger than %d bytes; send fewer records at once", recognition.ErrBadRecord, MaxRecordsBody)
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, q.method, c.base.String()+q.path, body)
	if err != nil {
		return nil, errors.New("httpapi: the request could not be formed") // its text quotes the path
	}
	if q.in != nil {
		r.Header["Content-Type"] = headerJSON
	}
	if !q.anonymous {
		r.Header["Authorization"] = []string{"Bearer " + token.Reveal()}
	}
	if q.repeatable {
		// net/http sends a request again on a fresh connection when it holds
		// this header; with an empty value nothing goes over the wire.
		r.Header["Idempotency-Key"] = []string{}
	}
	return r, nil
}

// noAnswer says what a request without an answer means. A caller who gave up
// gets his own error back and the health of the service does not change.
func (c *Client) noAnswer(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	e := classify(err, c.base.Host)
	// Kept connections may be as dead as this one (resume from sleep, another
	// network): the next request makes a fresh one.
	c.close()
	c.health.failed(e)
	return e
}

// refusal reads the problem document of an answer that is none of 2xx.
func (c *Client) refusal(response *http.Response) error {
	var p problem
	body, err := io.ReadAll(io.LimitReader(response.Body, maxSmallBody))
	if err == nil && strings.HasPrefix(response.Header.Get("Content-Type"), problemType) {
		err = json.Unmarshal(body, &p)
	}
	if err != nil || p.Code == "" {
		p = problem{Code: strconv.Itoa(response.StatusCode)}
	}
	e := fromProblem(response.StatusCode, p, retryAfter(response.Header.Get("Retry-After")))
	if errors.Is(e, recognition.ErrUnreachable) || errors.Is(e, recognition.ErrSignedOut) {
		c.health.failed(e)
	}
	if errors.Is(e, recognition.ErrUnreachable) && e.retryAfter > 0 {
		c.mu.Lock()
		c.notBefore, c.busy = time.Now().Add(e.retryAfter), e
		c.mu.Unlock()
	}
	return e
}

// longestWait bounds what a service may ask for: a mistake in its clock must
// not silence an agent for a day.
const longestWait = 5 * time.Minute

// retryAfter reads the header (RFC 9110 §10.2.3): seconds or a date.
func retryAfter(value string) time.Duration {
	if value == "" {
		return 0
	}
	var d time.Duration
	if seconds, err := strconv.Atoi(value); err == nil {
		d = time.Duration(min(seconds, int(longestWait/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		d = time.Until(at)
	}
	return max(0, min(d, longestWait))
}

// leftAlone gives the service's own words again while it asked for quiet.
func (c *Client) leftAlone() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy != nil && time.Now().Before(c.notBefore) {
		return c.busy
	}
	c.busy = nil
	return nil
}

func (c *Client) nonsense() error {
	e := &Error{kind: recognition.ErrUnreachable, code: "service.nonsense", cause: errors.New("unreadable answer"),
		text: c.base.Host + " answers, but not like a recognition service", hint: "Check the address of the service."}
	c.health.failed(e)
	return e
}
