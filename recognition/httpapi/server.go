package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/recognition"
)

// Backend is what the server speaks for. Any goroutine calls any method.
type Backend interface {
	// SignIn gives the token of a workstation; recognition.ErrRefused, or an
	// error with RetryAfter() time.Duration when the caller must wait.
	SignIn(ctx context.Context, user string, password credstore.Secret, workstation string) (credstore.Secret, error)
	// Session tells who bears a token; recognition.ErrSignedOut.
	Session(ctx context.Context, token credstore.Secret) (Session, error)
	// Ready is nil when lookups can be answered.
	Ready(ctx context.Context) error
}

// Session is what the bearer of one token may ask. A method whose right the
// bearer lacks returns recognition.ErrForbidden.
type Session interface {
	// Who gives the user's name and rights.
	Who() (user string, rights []string)
	SignOut(ctx context.Context) error
	// Lookup gives an encoded answer, which nobody changes.
	Lookup(ctx context.Context, l Lookup) ([]byte, error)
	Script(ctx context.Context, digest string) ([]byte, error) // recognition.ErrNoScript
	Directory() (recognition.Directory, error)
}

// Server is the HTTP side of a Backend.
type Server struct {
	backend Backend
	log     *slog.Logger
	mux     *http.ServeMux
}

// NewServer gives the handler of all paths.
func NewServer(b Backend, log *slog.Logger) *Server {
	s := &Server{backend: b, log: log, mux: http.NewServeMux()}
	s.mux.HandleFunc("GET "+pathHealth, s.health)
	s.mux.HandleFunc("POST "+pathSignIn, s.signIn)
	s.mux.HandleFunc("POST "+pathSignOut, s.withSession(s.signOut))
	s.mux.HandleFunc("GET "+pathSession, s.withSession(s.who))
	s.mux.HandleFunc("POST "+pathLookup, s.withSession(s.lookup))
	s.mux.HandleFunc("GET "+pathScripts+"{digest}", s.withSession(s.script))
	s.mux.HandleFunc("PUT "+pathSources+"{source}/records", s.withSession(s.put))
	s.mux.HandleFunc("POST "+pathSources+"{source}/remove", s.withSession(s.remove))
	s.mux.HandleFunc("DELETE "+pathSources+"{source}", s.withSession(s.drop))
	return s
}

// HTTPServer gives a server with the limits that keep slow or greedy clients
// from holding it.
func HTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       3 * time.Minute, // longer than a client's keep-warm period
		MaxHeaderBytes:    16 << 10,
		// Handshakes that fail are the clients' business and come by the
		// thousand from scanners.
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// ServeHTTP answers lookups without the router, which would take a fifth of
// their time.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.recovered(w, r)
	if r.URL.Path == pathLookup && r.Method == http.MethodPost {
		session, err := s.session(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.lookup(w, r, session)
		return
	}
	h, pattern := s.mux.Handler(r)
	if pattern == "" { // the router's own 404 or 405, as a problem document
		h.ServeHTTP(&problemWriter{ResponseWriter: w}, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// recovered keeps a defect in one request from being silent or contagious. The
// value of the panic is not logged: it may quote the request.
func (s *Server) recovered(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	s.log.ErrorContext(r.Context(), "request failed by a defect", "type", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
	writeProblem(w, problem{Title: "The service has a defect", Status: http.StatusInternalServerError, Code: codeInternal})
}

type sessionHandler func(http.ResponseWriter, *http.Request, Session)

func (s *Server) withSession(h sessionHandler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		session, err := s.session(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		h(w, r, session)
	}
}

func (s *Server) session(r *http.Request) (Session, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return nil, recognition.ErrSignedOut
	}
	return s.backend.Session(r.Context(), credstore.NewSecret(token))
}

func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	if err := s.backend.Ready(r.Context()); err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, []byte(`{"status":"ok"}`))
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	var q signInRequest
	if !s.decode(w, r, maxSmallBody, &q) {
		return
	}
	token, err := s.backend.SignIn(r.Context(), q.User, credstore.NewSecret(q.Password), q.Workstation)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body, err := json.Marshal(signInResponse{Token: token.Reveal()})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, body)
}

func (s *Server) who(w http.ResponseWriter, r *http.Request, session Session) {
	user, rights := session.Who()
	body, err := json.Marshal(sessionResponse{user, rights})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, body)
}

func (s *Server) signOut(w http.ResponseWriter, r *http.Request, session Session) {
	s.done(w, r, session.SignOut(r.Context()))
}

func (s *Server) lookup(w http.ResponseWriter, r *http.Request, session Session) {
	var q lookupRequest
	if !s.decode(w, r, maxSmallBody, &q) {
		return
	}
	l, err := q.check()
	if err != nil {
		s.fail(w, r, requestError{err})
		return
	}
	body, err := session.Lookup(r.Context(), l)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, body)
}

func (s *Server) script(w http.ResponseWriter, r *http.Request, session Session) {
	body, err := session.Script(r.Context(), r.PathValue("digest"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "private, immutable, max-age=31536000") // the digest is the name
	w.Write(body)                                                           //nolint:errcheck // the client is gone
}

func (s *Server) put(w http.ResponseWriter, r *http.Request, session Session) {
	var q putRequest
	directory, err := session.Directory()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !s.decode(w, r, MaxRecordsBody, &q) {
		return
	}
	s.done(w, r, directory.Put(r.Context(), r.PathValue("source"), q.Records))
}

func (s *Server) remove(w http.ResponseWriter, r *http.Request, session Session) {
	var q removeRequest
	directory, err := session.Directory()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !s.decode(w, r, MaxRecordsBody, &q) {
		return
	}
	s.done(w, r, directory.Remove(r.Context(), r.PathValue("source"), q.IDs))
}

func (s *Server) drop(w http.ResponseWriter, r *http.Request, session Session) {
	directory, err := session.Directory()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	// Lookups stop at once; sweeping a million rows takes longer than an
	// answer is given otherwise.
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(15 * time.Minute)); err != nil {
		s.log.DebugContext(r.Context(), "write deadline not extended", "error", err)
	}
	// A drop that was begun is finished, whether or not the client waits.
	s.done(w, r, directory.Drop(context.WithoutCancel(r.Context()), r.PathValue("source")))
}

func (s *Server) done(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// requestError marks an error that the caller can mend.
type requestError struct{ error }

var errTooLarge = errors.New("the body is larger than this operation takes")

// decode reads a bounded body; on failure it has answered.
func (s *Server) decode(w http.ResponseWriter, r *http.Request, limit int64, into any) bool {
	body, err := readBody(w, r, limit)
	if err == nil {
		if err = strictJSON(body, into); err != nil {
			err = requestError{err}
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return false
	}
	return true
}

func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, errTooLarge
	}
	if r.ContentLength >= 0 { // what our client sends: read in one piece, already bounded
		body := make([]byte, r.ContentLength)
		if _, err := io.ReadFull(r.Body, body); err != nil {
			return nil, requestError{errors.New("the body is shorter than announced")}
		}
		return body, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, requestError{errors.New("the body could not be read")}
	}
	return body, nil
}

// Header values that never change, shared by all answers.
var (
	headerJSON    = []string{"application/json"}
	headerNoStore = []string{"no-store"}
)

func writeJSON(w http.ResponseWriter, body []byte) {
	h := w.Header()
	h["Content-Type"] = headerJSON
	h["Cache-Control"] = headerNoStore
	w.Write(body) //nolint:errcheck // the client is gone
}

func writeProblem(w http.ResponseWriter, p problem) {
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // a struct of strings
	}
	w.Header().Set("Content-Type", problemType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	w.Write(body) //nolint:errcheck // the client is gone
}

// fail answers with the problem that an error is. What nobody expected is
// logged and its text kept from the client.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	var wait interface{ RetryAfter() time.Duration }
	if errors.As(err, &wait) {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.RetryAfter().Seconds()))))
	}
	switch p.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="recognition"`)
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	case http.StatusInternalServerError:
		s.log.ErrorContext(r.Context(), "request failed", "operation", cmp.Or(r.Pattern, r.Method+" "+pathLookup), "error", err)
	}
	writeProblem(w, p)
}

func problemOf(err error) problem {
	var request requestError
	var wait interface{ RetryAfter() time.Duration }
	switch {
	case errors.As(err, &request):
		return problem{Title: "The request cannot be understood", Status: http.StatusBadRequest, Detail: request.Error(), Code: codeBadRequest}
	case errors.Is(err, errTooLarge):
		return problem{Title: "The request is too large", Status: http.StatusRequestEntityTooLarge, Detail: err.Error(), Code: codeTooLarge}
	case errors.As(err, &wait):
		return problem{Title: "Too many wrong passwords", Status: http.StatusTooManyRequests, Detail: "the next try is possible after the time in Retry-After", Code: codeWait}
	case errors.Is(err, recognition.ErrRefused):
		return problem{Title: "User name or password is wrong", Status: http.StatusUnauthorized, Code: codeRefused}
	case errors.Is(err, recognition.ErrSignedOut):
		return problem{Title: "Not signed in", Status: http.StatusUnauthorized, Code: codeSignedOut}
	case errors.Is(err, recognition.ErrForbidden):
		return problem{Title: "This account may not do that", Status: http.StatusForbidden, Code: codeForbidden}
	case errors.Is(err, recognition.ErrNoScript):
		return problem{Title: "There is no such script", Status: http.StatusNotFound, Code: codeNotFound}
	case errors.Is(err, recognition.ErrBadRecord):
		return problem{Title: "A record cannot be stored", Status: http.StatusUnprocessableEntity, Detail: err.Error(), Code: codeBadRecord}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return problem{Title: "The service is busy", Status: http.StatusServiceUnavailable, Code: codeBusy}
	}
	return problem{Title: "The service cannot answer at the moment", Status: http.StatusInternalServerError, Code: codeInternal}
}

// problemWriter turns the router's plain-text errors into problem documents.
type problemWriter struct {
	http.ResponseWriter
	done bool
}

func (p *problemWriter) WriteHeader(status int) {
	p.done = true
	p.Header().Del("X-Content-Type-Options")
	title, code := "There is nothing at this path", codeNotFound
	if status == http.StatusMethodNotAllowed {
		title, code = "This path has other methods", "method-not-allowed"
	}
	writeProblem(p.ResponseWriter, problem{Title: title, Status: status, Code: code})
}

func (p *problemWriter) Write(b []byte) (int, error) {
	if !p.done {
		p.WriteHeader(http.StatusNotFound)
	}
	return len(b), nil
}
