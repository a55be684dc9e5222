package script

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// protocol is said in the greeting, so that an agent whose binary was replaced
// while it ran notices that the child is another version.
const protocol = 1

// Bounds of the frames in bytes. What goes in is ours; what comes out is not.
const (
	maxRequest = 1 << 20
	maxAnswer  = 64 << 10
	MaxBody    = 512 << 10 // of a script
)

// greeting is the child's first frame: it is contained and waits.
type greeting struct {
	Protocol int     `json:"protocol"`
	Layers   []Layer `json:"layers"`
}

// request is the only frame a child is ever given.
type request struct {
	Script string `json:"script"`
	Call   string `json:"call"`   // JSON text, parsed by the script's own realm
	Params string `json:"params"` // JSON text
	Limit  int64  `json:"limit"`  // milliseconds until the script is interrupted
}

// answer is the child's last frame.
type answer struct {
	Intents []json.RawMessage `json:"intents,omitempty"`
	Log     []string          `json:"log,omitempty"`
	Fault   *fault            `json:"fault,omitempty"`
	Micros  int64             `json:"micros"`
}

// fault says why there are no intents.
type fault struct {
	Limit   Limit  `json:"limit,omitempty"` // "": the script threw
	Message string `json:"message,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
}

var (
	errFrameTooLong = errors.New("the frame is too long")
	errFramePartial = errors.New("the frame ends too early")
)

// writeFrame writes four bytes of length, most significant first, and the JSON
// text of v, in one Write. No frame is ever part of a page, so < > & stay.
func writeFrame(w io.Writer, v any, limit int) error {
	var frame bytes.Buffer
	frame.Write(make([]byte, 4))
	enc := json.NewEncoder(&frame)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("script: encode a frame: %w", err)
	}
	frame.Truncate(frame.Len() - 1) // Encode ends with a line feed
	length := frame.Len() - 4
	if length > limit {
		return errFrameTooLong
	}
	binary.BigEndian.PutUint32(frame.Bytes(), uint32(length)) //nolint:gosec // at most limit
	_, err := w.Write(frame.Bytes())
	return err
}

// readFrame reads one frame and decodes it strictly. A length beyond limit is
// refused before anything is allocated; io.EOF means that none was begun.
func readFrame(r io.Reader, v any, limit int) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		return errFramePartial
	}
	n := binary.BigEndian.Uint32(head[:])
	if int64(n) > int64(limit) {
		return errFrameTooLong
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return errFramePartial
	}
	return decodeStrict(body, v)
}
