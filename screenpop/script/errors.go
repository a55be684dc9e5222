package script

import (
	"errors"
	"fmt"
)

// Limit names what stopped a script.
type Limit string

const (
	LimitTime   Limit = "time"       // it did not end within its milliseconds
	LimitMemory Limit = "memory"     // it wanted more memory than it may have
	LimitStack  Limit = "call stack" // it called itself too deeply
	LimitAnswer Limit = "answer"     // it returned more than an answer may hold
	LimitCrash  Limit = "crash"      // the child died of something else
)

// ThrownError says that the script itself failed: it has a mistake.
type ThrownError struct {
	// Message is the script's own text. It may hold personal data: show it to
	// the person who tries the script, never log it.
	Message      string
	Line, Column int // 0: not known
}

// Error leaves the message out; see there.
func (e *ThrownError) Error() string {
	if e.Line == 0 {
		return "the script threw an error"
	}
	return fmt.Sprintf("the script threw an error at line %d:%d", e.Line, e.Column)
}

// ContainedError says that the script was stopped from outside.
type ContainedError struct{ Limit Limit }

func (e *ContainedError) Error() string {
	switch e.Limit {
	case LimitTime:
		return "the script took too long and was stopped"
	case LimitMemory:
		return "the script wanted too much memory and was stopped"
	case LimitStack:
		return "the script called itself too deeply and was stopped"
	case LimitAnswer:
		return "the script returned too much and was ignored"
	}
	return "the script's process died; nothing was opened"
}

// Errors of a Host.
var (
	ErrClosed = errors.New("script: the host is closed")
	ErrStart  = errors.New("script: the contained process cannot be started")
	ErrInput  = errors.New("script: the script or its input is too large")
)
