package localapi

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"

	"example.org/ctiagent/agent/view"
)

// Client is a face's end of the connection. Its one goroutine, the reader,
// is started by NewClient and ends when the connection does.
type Client struct {
	conn      net.Conn
	snapshots chan view.Snapshot // holds the newest only
	done      chan struct{}      // closed by the reader

	mu      sync.Mutex
	next    uint64
	waiting map[uint64]chan toFace
}

// NewClient speaks to the agent over conn. With watch it receives snapshots.
func NewClient(conn net.Conn, watch bool) (*Client, error) {
	return greet(conn, hello{Watch: watch})
}

// NewAsker is NewClient for a face that watches and promises to put the
// question of Snapshot.Confirm to the person.
func NewAsker(conn net.Conn) (*Client, error) {
	return greet(conn, hello{Watch: true, Asks: true})
}

func greet(conn net.Conn, h hello) (*Client, error) {
	h.Protocol = protocol
	c := &Client{
		conn:      conn,
		snapshots: make(chan view.Snapshot, 1),
		done:      make(chan struct{}),
		waiting:   make(map[uint64]chan toFace),
	}
	if err := writeFrame(conn, toAgent{Hello: &h}); err != nil {
		conn.Close()
		return nil, fmt.Errorf("localapi: greet the agent: %w", err)
	}
	go c.read()
	return c, nil
}

// Snapshots delivers the newest snapshot; older ones that nobody took are
// replaced. It is closed when the agent has gone.
func (c *Client) Snapshots() <-chan view.Snapshot { return c.snapshots }

// Do asks for one thing and waits for the answer; any goroutine may call it.
// An *Error is the agent's own word; ErrClosed says the agent has gone.
func (c *Client) Do(ctx context.Context, verb string, request, result any) error {
	var body json.RawMessage
	if request != nil {
		b, err := json.Marshal(request)
		if err != nil {
			return fmt.Errorf("localapi: encode %s: %w", verb, err)
		}
		body = b
	}
	answer := make(chan toFace, 1)
	c.mu.Lock()
	c.next++
	id := c.next
	c.waiting[id] = answer
	err := writeFrame(c.conn, toAgent{ID: id, Verb: verb, Body: body})
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.waiting, id)
		c.mu.Unlock()
	}()
	if err != nil {
		return fmt.Errorf("%w: %v", ErrClosed, err)
	}
	select {
	case f := <-answer:
		if f.Error != nil {
			return f.Error
		}
		if result != nil && len(f.Body) > 0 {
			return json.Unmarshal(f.Body, result)
		}
		return nil
	case <-c.done:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends the connection; the reader ends with it.
func (c *Client) Close() error {
	err := c.conn.Close()
	<-c.done
	return err
}

func (c *Client) read() {
	defer close(c.done)
	defer close(c.snapshots)
	defer c.conn.Close()
	r := bufio.NewReader(c.conn)
	for {
		var f toFace
		if readFrame(r, &f) != nil {
			return
		}
		if f.Snapshot != nil {
			select { // drop the one nobody took: only the newest matters
			case <-c.snapshots:
			default:
			}
			c.snapshots <- *f.Snapshot
			continue
		}
		c.mu.Lock()
		ch := c.waiting[f.ID]
		c.mu.Unlock()
		if ch != nil {
			ch <- f
		}
	}
}
