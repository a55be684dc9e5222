package credstore

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

// File keeps secrets in one file, sealed with a passphrase that is asked for at
// every start. It is used where there is no keyring and a person chose it.
//
// The key comes from the passphrase by Argon2id (RFC 9106 §4, the second
// recommended choice: 64 MiB, three passes), the secrets are sealed with
// XChaCha20-Poly1305. An age file with its scrypt recipient would have done the
// same, but derives the key anew for every write, at 256 MiB a time with its
// usual work factor; here it is derived once, when the file is opened, which a
// program that stays resident on a terminal server feels.
type File struct {
	path    string
	key     []byte
	header  header
	mu      sync.Mutex        // guards secrets and the file
	secrets map[string][]byte // []byte, since JSON would mend what is no UTF-8
}

var (
	// ErrPassphrase is wrapped when the passphrase does not open the file.
	ErrPassphrase = errors.New("credstore: the passphrase is wrong")
	// ErrDamaged is wrapped when the file is no file of secrets, or was changed.
	ErrDamaged = errors.New("credstore: the file of secrets is damaged")
)

// header stands in front of the sealed secrets in clear text and is sealed
// with them as additional data.
type header struct {
	Format    string `json:"format"`
	Time      uint32 `json:"time"`      // passes of Argon2id
	MemoryKiB uint32 `json:"memoryKiB"` // of Argon2id
	Threads   uint8  `json:"threads"`
	Salt      []byte `json:"salt"`
}

type sealedFile struct {
	header
	Nonce  []byte `json:"nonce"`
	Sealed []byte `json:"sealed"`
}

const (
	fileFormat   = "ctiagent secrets 1"
	maxFileSize  = 1 << 20 // bytes
	maxMemoryKiB = 1 << 18 // what a file may ask of Argon2id: 256 MiB
	maxTime      = 16
	minPassLen   = 8
)

// OpenFile opens the file, or prepares a new one if there is none; that one is
// written with the first secret.
func OpenFile(path string, passphrase Secret) (*File, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newFile(path, passphrase, header{Format: fileFormat, Time: 3, MemoryKiB: 64 << 10, Threads: 4})
	}
	if err != nil {
		return nil, fmt.Errorf("credstore: the file of secrets cannot be read: %w", err)
	}
	return readSealed(path, b, passphrase)
}

func newFile(path string, passphrase Secret, h header) (*File, error) {
	if len(passphrase.Reveal()) < minPassLen {
		return nil, fmt.Errorf("%w: choose at least %d characters", ErrPassphrase, minPassLen)
	}
	h.Salt = make([]byte, 16)
	rand.Read(h.Salt) // never fails, see crypto/rand
	return &File{path: path, header: h, key: h.derive(passphrase), secrets: map[string][]byte{}}, nil
}

func readSealed(path string, b []byte, passphrase Secret) (*File, error) {
	var s sealedFile
	if len(b) > maxFileSize || json.Unmarshal(b, &s) != nil || !s.header.sane() || len(s.Nonce) != chacha20poly1305.NonceSizeX {
		return nil, fmt.Errorf("%w: it cannot be read as one; move it away to start anew", ErrDamaged)
	}
	f := &File{path: path, header: s.header, key: s.derive(passphrase), secrets: map[string][]byte{}}
	plain, err := f.open(s)
	if err != nil {
		return nil, fmt.Errorf("%w, or the file was changed by something else; try again, or move the file away to start anew", ErrPassphrase)
	}
	if err := json.Unmarshal(plain, &f.secrets); err != nil || f.secrets == nil {
		return nil, fmt.Errorf("%w: its content has no known form", ErrDamaged)
	}
	return f, nil
}

// sane refuses a file that would make Argon2id eat the machine.
func (h header) sane() bool {
	return h.Format == fileFormat && len(h.Salt) == 16 &&
		h.Time >= 1 && h.Time <= maxTime && h.Threads >= 1 &&
		h.MemoryKiB >= 8*uint32(h.Threads) && h.MemoryKiB <= maxMemoryKiB
}

func (h header) derive(passphrase Secret) []byte {
	return argon2.IDKey([]byte(passphrase.Reveal()), h.Salt, h.Time, h.MemoryKiB, h.Threads, chacha20poly1305.KeySize)
}

func (h header) additional() []byte {
	b, err := json.Marshal(h)
	if err != nil {
		panic(err) // numbers and bytes always marshal
	}
	return b
}

func (f *File) open(s sealedFile) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(f.key)
	if err != nil {
		return nil, err
	}
	return aead.Open(nil, s.Nonce, s.Sealed, f.header.additional())
}

func (f *File) seal(secrets map[string][]byte) ([]byte, error) {
	plain, err := json.Marshal(secrets)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(f.key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return json.MarshalIndent(sealedFile{f.header, nonce, aead.Seal(nil, nonce, plain, f.header.additional())}, "", "  ")
}

// Kind is "file".
func (f *File) Kind() string { return KindFile }

// Get reads a secret.
func (f *File) Get(name string) (Secret, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.secrets[name]
	if !ok {
		return Secret{}, ErrNotFound
	}
	return NewSecret(string(s)), nil
}

// Set writes a secret and reads the file back.
func (f *File) Set(name string, s Secret) error {
	if err := checkSize(s); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	next := maps.Clone(f.secrets)
	next[name] = []byte(s.Reveal())
	return f.write(next)
}

// Delete removes a secret.
func (f *File) Delete(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.secrets[name]; !ok {
		return nil
	}
	next := maps.Clone(f.secrets)
	delete(next, name)
	return f.write(next)
}

// write replaces the file; the secrets in memory change only if that worked.
func (f *File) write(next map[string][]byte) error {
	b, err := f.seal(next)
	if err != nil {
		return fmt.Errorf("credstore: %w", err)
	}
	if err := replaceFile(f.path, b); err != nil {
		return fmt.Errorf("credstore: the file of secrets cannot be written: %w", err)
	}
	if kept, err := os.ReadFile(f.path); err != nil || !bytes.Equal(kept, b) {
		return fmt.Errorf("%w (the disk does not give back what was written)", ErrNotKept)
	}
	f.secrets = next
	return nil
}

// replaceFile writes beside the file and renames, so that a crash leaves
// either the old content or the new. os.CreateTemp makes it 0600.
func replaceFile(path string, b []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".secrets-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name())
		}
	}()
	_, err = tmp.Write(b)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
