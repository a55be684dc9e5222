package localapi

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"example.org/ctiagent/agent/view"
)

// maxFrame bounds one frame, in bytes: the largest honest one is a snapshot
// with a few dozen calls.
const maxFrame = 1 << 20

// hello opens every connection from the client's side.
type hello struct {
	Protocol int  `json:"protocol"` // version of this format, 1
	Watch    bool `json:"watch"`    // send snapshots
	Asks     bool `json:"asks"`     // can put a question to the person
}

const protocol = 1

// toAgent is one frame from a face.
type toAgent struct {
	Hello *hello          `json:"hello,omitempty"`
	ID    uint64          `json:"id,omitempty"`
	Verb  string          `json:"verb,omitempty"`
	Body  json.RawMessage `json:"body,omitempty"`
}

// toFace is one frame from the agent: a snapshot or the answer to a request.
type toFace struct {
	Snapshot *view.Snapshot  `json:"snapshot,omitempty"`
	ID       uint64          `json:"id,omitempty"`
	Body     json.RawMessage `json:"body,omitempty"`
	Error    *Error          `json:"error,omitempty"`
}

// Error is what the agent answers when it cannot do what was asked; the text
// is for the person in front of the screen.
type Error struct {
	Text string `json:"text"`
	Code string `json:"code,omitempty"`
}

func (e *Error) Error() string { return e.Text }

// Errors of the format.
var (
	errTooLong = errors.New("localapi: the frame is longer than 1 MiB")
	ErrClosed  = errors.New("localapi: the agent has gone")
)

func writeFrame(w io.Writer, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("localapi: encode: %w", err)
	}
	if len(body) > maxFrame {
		return errTooLong
	}
	frame := make([]byte, 4, 4+len(body))
	binary.BigEndian.PutUint32(frame, uint32(len(body)))
	_, err = w.Write(append(frame, body...)) // one write: one wake-up of the reader
	return err
}

func readFrame(r io.Reader, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return errTooLong
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("localapi: decode: %w", err)
	}
	return nil
}
