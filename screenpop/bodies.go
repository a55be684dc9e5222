package screenpop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"example.org/ctiagent/recognition"
	"example.org/ctiagent/screenpop/script"
)

// ErrDigest means that a script is not the one the service named.
var ErrDigest = errors.New("screenpop: the script is not the one the service named (its digest differs)")

// Digest is how a body is named: "sha256:" and hexadecimal digits.
func Digest(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Bodies keeps script bodies by digest, in memory and in a folder, so that
// each is fetched once and scripts run while the service is away. Whatever it
// reads it verifies. Any goroutine may use it.
type Bodies struct {
	source recognition.ScriptSource
	dir    string

	mu   sync.Mutex
	held map[string][]byte
}

// NewBodies keeps what source gives; dir "" keeps it in memory only.
func NewBodies(source recognition.ScriptSource, dir string) *Bodies {
	return &Bodies{source: source, dir: dir, held: map[string][]byte{}}
}

// maxHeld bounds the memory; an organisation has a handful of scripts.
const maxHeld = 32

// Body returns the body with this digest.
func (b *Bodies) Body(ctx context.Context, digest string) ([]byte, error) {
	name, ok := strings.CutPrefix(digest, "sha256:")
	if raw, err := hex.DecodeString(name); !ok || err != nil || len(raw) != sha256.Size || strings.ToLower(name) != name {
		return nil, fmt.Errorf("%w: the digest has no known form", ErrDigest)
	}
	b.mu.Lock()
	body, ok := b.held[digest]
	b.mu.Unlock()
	if ok {
		return body, nil
	}
	if body, ok = b.fromDisk(name, digest); ok {
		b.hold(digest, body)
		return body, nil
	}
	if b.source == nil {
		return nil, recognition.ErrUnreachable
	}
	body, err := b.source.Script(ctx, digest)
	if err != nil {
		return nil, err
	}
	if len(body) > script.MaxBody {
		return nil, script.ErrInput
	}
	if Digest(body) != digest {
		return nil, ErrDigest
	}
	b.hold(digest, body)
	b.toDisk(name, body)
	return body, nil
}

// Prefetch gets bodies before the first call needs them; the first error is
// returned, after all were tried.
func (b *Bodies) Prefetch(ctx context.Context, digests ...string) error {
	var errs []error
	for _, d := range digests {
		_, err := b.Body(ctx, d)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (b *Bodies) hold(digest string, body []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.held) >= maxHeld {
		clear(b.held)
	}
	b.held[digest] = body
}

// fromDisk reads a kept body. One that was altered counts as absent.
func (b *Bodies) fromDisk(name, digest string) ([]byte, bool) {
	if b.dir == "" {
		return nil, false
	}
	body, err := os.ReadFile(filepath.Join(b.dir, name+".js"))
	if err != nil || Digest(body) != digest {
		return nil, false
	}
	return body, true
}

// toDisk keeps a body for times without the service. A full disk costs only
// that.
func (b *Bodies) toDisk(name string, body []byte) {
	if b.dir == "" || os.MkdirAll(b.dir, 0o700) != nil {
		return
	}
	tmp, err := os.CreateTemp(b.dir, "new-*")
	if err != nil {
		return
	}
	_, werr := tmp.Write(body)
	if err := errors.Join(werr, tmp.Close()); err != nil || os.Rename(tmp.Name(), filepath.Join(b.dir, name+".js")) != nil {
		_ = os.Remove(tmp.Name())
	}
}
