package instance

import (
	"errors"
	"io"
	"net"
	"slices"
	"testing"
)

// knocks is a listener at which n connections arrive before it ends.
type knocks struct {
	net.Listener
	n int
}

func (k *knocks) Accept() (net.Conn, error) {
	if k.n--; k.n < 0 {
		return nil, io.EOF
	}
	ours, theirs := net.Pipe()
	return ours, theirs.Close()
}

// TestRefusalsDoNotFillALog tells of 100 strangers in seven lines.
func TestRefusalsDoNotFillALog(t *testing.T) {
	l := &peerListener{Listener: &knocks{n: 100}, check: func(net.Conn) error { return ErrForeign }}
	var told []int
	(&Instance{listener: l}).OnRefused(func(count int) { told = append(told, count) })
	if _, err := l.Accept(); !errors.Is(err, io.EOF) {
		t.Fatalf("Accept: %v", err)
	}
	if want := []int{1, 2, 4, 8, 16, 32, 64}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}
