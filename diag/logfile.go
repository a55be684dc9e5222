package diag

import (
	"fmt"
	"os"
	"sync"
)

// MaxLog is when a log is begun anew, bytes; with the one kept beside it, it
// never takes more than twice as much.
const MaxLog = 5 << 20

// OldLog is added to the name of the one log that is kept.
const OldLog = ".old"

// LogFile is a log that does not grow for ever: when it is full it is kept
// under another name, in place of the one kept before, and begun anew. It is
// safe for concurrent use; a write is never torn over two files.
type LogFile struct {
	path string
	max  int64

	mu   sync.Mutex
	file *os.File
	size int64
}

// OpenLog opens a log for appending, readable by its owner alone.
func OpenLog(path string, maxSize int64) (*LogFile, error) {
	l := &LogFile{path: path, max: maxSize}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("the log cannot be written: %w", err)
	}
	return l, nil
}

// Write appends one record.
func (l *LogFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return 0, os.ErrClosed
	}
	if l.size > 0 && l.size+int64(len(p)) > l.max {
		l.beginAnew()
	}
	n, err := l.file.Write(p)
	l.size += int64(n)
	return n, err
}

// Close ends the log; what is written afterwards is refused.
func (l *LogFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}

func (l *LogFile) open() error {
	file, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return err
	}
	l.file, l.size = file, info.Size()
	return nil
}

// beginAnew puts the full log aside. Where the directory no longer allows
// that, the log goes on as it is: a long log is better than none. It is looked
// at again after as much as one log holds, not at every record.
func (l *LogFile) beginAnew() {
	full := l.file
	full.Close() // Windows renames no open file
	renamed := os.Rename(l.path, l.path+OldLog)
	if err := l.open(); err != nil {
		l.file = full // closed: its own error tells every further record
		return
	}
	if renamed != nil {
		l.size = 0
	}
}
