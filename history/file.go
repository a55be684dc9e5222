package history

import (
	"bufio"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// The file: 8 bytes of magic, 16 random bytes that name this file, then
// records. A record is its length (4 bytes, big endian), a nonce (24 bytes) and
// the content sealed with XChaCha20-Poly1305; the additional data are the name
// of the file and the number of the record, so that none can be left out,
// repeated, moved, or brought in from an older file. The first record is always
// the same, so that a wrong key shows at once.
const (
	magic     = "CTIHIST1"
	nameSize  = 16
	headSize  = len(magic) + nameSize
	maxRecord = 64 << 10 // bytes
)

var (
	// ErrWrongKey is wrapped by Open when the file was sealed with another key,
	// or the key is gone. Nothing is changed; StartAnew moves the file away.
	ErrWrongKey = errors.New("history: the calls kept on this computer cannot be opened with the key in the keyring")
	// ErrNotHistory is wrapped by Open when the file is something else.
	ErrNotHistory = errors.New("history: the file is no call history")
)

// record is the content of one sealed record.
type record struct {
	Op     string    `json:"op"` // one of the ops below
	Entry  *Entry    `json:"entry,omitempty"`
	Choice *choice   `json:"choice,omitempty"`
	At     time.Time `json:"at,omitzero"`
}

const (
	opStart  = "start"
	opAdd    = "add"    // Entry; replaces one of the same ID
	opSeen   = "seen"   // every missed call up to At was looked at
	opChoice = "choice" // Choice
)

// journal is the open file. It is not safe for concurrent use; Book guards it.
type journal struct {
	file *os.File
	aead cipher.AEAD
	name [nameSize]byte
	next uint64 // number of the next record
}

// lost says what could not be read from a file whose key was right.
type lost struct {
	records int   // damaged in the middle, left out
	tail    int64 // bytes of an unfinished write at the end, cut off
}

// openJournal reads path and gives every record to each, in order. A write that
// was cut short by a crash is removed from the end of the file.
func openJournal(path string, key []byte, each func(record)) (*journal, lost, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, lost{}, fmt.Errorf("%w: it has the wrong length", ErrWrongKey)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, lost{}, fmt.Errorf("history: %w", err)
	}
	j := &journal{file: f, aead: aead}
	l, err := j.read(each)
	if err != nil {
		_ = f.Close()
		return nil, l, err
	}
	return j, l, nil
}

func (j *journal) read(each func(record)) (lost, error) {
	var l lost
	size, err := j.file.Seek(0, io.SeekEnd)
	if err != nil {
		return l, fmt.Errorf("history: %w", err)
	}
	if _, err := j.file.Seek(0, io.SeekStart); err != nil {
		return l, fmt.Errorf("history: %w", err)
	}
	in := bufio.NewReaderSize(j.file, 1<<16)
	head := make([]byte, headSize)
	if _, err := io.ReadFull(in, head); err != nil || string(head[:len(magic)]) != magic {
		return l, ErrNotHistory
	}
	copy(j.name[:], head[len(magic):])

	good := int64(headSize) // everything before this offset was understood
	at := good
	damaged := 0
	for {
		sealed, err := readRecord(in)
		if err != nil {
			break // the end, or what a crash left of the last write
		}
		at += int64(4 + len(sealed))
		r, ok := j.unseal(sealed)
		if !ok {
			if j.next == 0 {
				return l, ErrWrongKey
			}
			damaged++
			j.next++
			continue
		}
		if j.next == 0 && r.Op != opStart {
			return l, ErrNotHistory
		}
		j.next++
		good, l.records = at, l.records+damaged
		damaged = 0
		each(r)
	}
	if j.next == 0 {
		return l, ErrNotHistory
	}
	// What is damaged at the very end was being written when the power went.
	j.next -= uint64(damaged)
	if l.tail = size - good; l.tail > 0 {
		if err := j.file.Truncate(good); err != nil {
			return l, fmt.Errorf("history: the end of the file cannot be mended: %w", err)
		}
	}
	_, err = j.file.Seek(good, io.SeekStart)
	return l, err
}

var errEnd = errors.New("no further whole record")

func readRecord(in io.Reader) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(in, length[:]); err != nil {
		return nil, errEnd
	}
	n := binary.BigEndian.Uint32(length[:])
	if n < chacha20poly1305.NonceSizeX+chacha20poly1305.Overhead || n > maxRecord {
		return nil, errEnd
	}
	sealed := make([]byte, n)
	if _, err := io.ReadFull(in, sealed); err != nil {
		return nil, errEnd
	}
	return sealed, nil
}

func (j *journal) additional() []byte {
	return binary.BigEndian.AppendUint64(append([]byte(nil), j.name[:]...), j.next)
}

func (j *journal) unseal(sealed []byte) (record, bool) {
	nonce, box := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	plain, err := j.aead.Open(nil, nonce, box, j.additional())
	if err != nil {
		return record{}, false
	}
	var r record
	return r, json.Unmarshal(plain, &r) == nil
}

// frame seals one record and counts it.
func (j *journal) frame(r record) ([]byte, error) {
	plain, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	n := chacha20poly1305.NonceSizeX + len(plain) + chacha20poly1305.Overhead
	if n > maxRecord {
		return nil, errors.New("history: the entry is too long to keep")
	}
	out := make([]byte, 4+chacha20poly1305.NonceSizeX, 4+n)
	binary.BigEndian.PutUint32(out, uint32(n))
	nonce := out[4:]
	rand.Read(nonce) // never fails, see crypto/rand
	out = j.aead.Seal(out, nonce, plain, j.additional())
	j.next++
	return out, nil
}

// append writes one record and waits until it is on the disk.
func (j *journal) append(r record) error {
	before, err := j.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	b, err := j.frame(r)
	if err != nil {
		return err
	}
	_, err = j.file.Write(b)
	if err = errors.Join(err, j.file.Sync()); err != nil {
		// Take the half-written record back; if even that fails, the next
		// start cuts it off.
		j.next--
		_, seekErr := j.file.Seek(before, io.SeekStart)
		return fmt.Errorf("history: a call cannot be written: %w", errors.Join(err, j.file.Truncate(before), seekErr))
	}
	return nil
}

func (j *journal) close() error { return j.file.Close() }

// reopen goes on with a file that was closed to be replaced, and was not.
func (j *journal) reopen(path string) error {
	if j == nil {
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	j.file = f
	_, err = f.Seek(0, io.SeekEnd)
	return err
}

// writeJournal makes a whole new file at path out of records and gives it open.
// The old file stays until the new one is safe on the disk.
func writeJournal(path string, key []byte, records []record, old *journal) (*journal, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("%w: it has the wrong length", ErrWrongKey)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	tmp, err := os.CreateTemp(dir, ".history-*")
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	j := &journal{file: tmp, aead: aead}
	rand.Read(j.name[:])
	if err := j.fill(records); err != nil {
		return nil, errors.Join(fmt.Errorf("history: the file cannot be written: %w", err), tmp.Close(), os.Remove(tmp.Name()))
	}
	// Windows renames neither onto nor from an open file.
	if err := tmp.Close(); err != nil {
		return nil, errors.Join(fmt.Errorf("history: the file cannot be written: %w", err), os.Remove(tmp.Name()))
	}
	if old != nil {
		_ = old.close()
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return nil, errors.Join(fmt.Errorf("history: the file cannot be replaced: %w", err), os.Remove(tmp.Name()), old.reopen(path))
	}
	if j.file, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	_, err = j.file.Seek(0, io.SeekEnd)
	return j, err
}

func (j *journal) fill(records []record) error {
	out := bufio.NewWriterSize(j.file, 1<<16)
	_, _ = out.WriteString(magic) // bufio keeps the error for Flush
	_, _ = out.Write(j.name[:])
	for _, r := range append([]record{{Op: opStart}}, records...) {
		b, err := j.frame(r)
		if err != nil {
			return err
		}
		_, _ = out.Write(b)
	}
	return errors.Join(out.Flush(), j.file.Sync())
}
