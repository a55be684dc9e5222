package localapi

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"example.org/ctiagent/agent/view"
)

// Handler answers one request of a face. It is called on a goroutine of its
// own per request and may block; ctx ends with the connection. The result is
// encoded as JSON. An error's text is shown to the person as it stands.
type Handler func(ctx context.Context, verb string, body json.RawMessage) (any, error)

// writeLimit is how long a face may leave its end unread before it is dropped:
// a frozen window must not hold the agent's memory.
const writeLimit = 10 * time.Second

// Server gives faces the agent's snapshots and takes their requests.
type Server struct {
	handle Handler
	log    *slog.Logger

	mu     sync.Mutex
	latest *view.Snapshot
	faces  map[*face]struct{}
}

type face struct {
	conn  net.Conn
	write sync.Mutex
	watch bool
	asks  bool
	wake  chan struct{} // holds one: there is a newer snapshot
}

// NewServer makes a server; Publish may be called before Serve.
func NewServer(handle Handler, log *slog.Logger) *Server {
	return &Server{handle: handle, log: log, faces: make(map[*face]struct{})}
}

// Publish makes s the newest snapshot. It never blocks; slow faces skip.
func (s *Server) Publish(snap view.Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest = &snap
	for f := range s.faces {
		select {
		case f.wake <- struct{}{}:
		default:
		}
	}
}

// Asking counts the faces that can put a question to the person.
func (s *Server) Asking() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for f := range s.faces {
		if f.asks {
			n++
		}
	}
	return n
}

// Serve accepts faces from l until ctx ends, and returns when every goroutine
// it started has ended. The listener lets only the same user in.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	var all sync.WaitGroup
	defer all.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return nil
			}
			s.log.Warn("a face could not connect", "error", err)
			select { // e.g. out of descriptors: not a reason to spin
			case <-ctx.Done():
				return nil
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		all.Go(func() { s.serveFace(ctx, conn) })
	}
}

func (s *Server) serveFace(ctx context.Context, conn net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	var requests sync.WaitGroup
	defer requests.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	defer conn.Close()

	r := bufio.NewReader(conn)
	f := &face{conn: conn, wake: make(chan struct{}, 1)}
	var first toAgent
	if readFrame(r, &first) != nil || first.Hello == nil || first.Hello.Protocol != protocol {
		return
	}
	f.watch, f.asks = first.Hello.Watch, first.Hello.Asks
	s.mu.Lock()
	s.faces[f] = struct{}{}
	if f.watch && s.latest != nil {
		f.wake <- struct{}{}
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.faces, f)
		s.mu.Unlock()
	}()
	if f.watch {
		requests.Go(func() { s.feed(ctx, cancel, f) })
	}
	for {
		var in toAgent
		if err := readFrame(r, &in); err != nil {
			return
		}
		requests.Go(func() {
			out := toFace{ID: in.ID}
			result, err := s.handle(ctx, in.Verb, in.Body)
			if err == nil && result != nil {
				out.Body, err = json.Marshal(result)
			}
			if err != nil {
				out.Error = errorOf(err)
			}
			if f.send(out) != nil {
				cancel()
			}
		})
	}
}

// feed sends the newest snapshot whenever there is one.
func (s *Server) feed(ctx context.Context, cancel func(), f *face) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.wake:
		}
		s.mu.Lock()
		snap := s.latest
		s.mu.Unlock()
		if f.send(toFace{Snapshot: snap}) != nil {
			cancel()
			return
		}
	}
}

func (f *face) send(v toFace) error {
	f.write.Lock()
	defer f.write.Unlock()
	_ = f.conn.SetWriteDeadline(time.Now().Add(writeLimit))
	return writeFrame(f.conn, v)
}

func errorOf(err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	e := &Error{Text: err.Error()}
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		e.Code = coded.Code()
	}
	return e
}
