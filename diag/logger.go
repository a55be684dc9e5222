package diag

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// LevelTrace is below debug: the talk with the platform, without credentials.
const LevelTrace = slog.Level(-8)

// ParseLevel reads the setting log.level.
func ParseLevel(s string) (slog.Level, error) {
	switch strings.ToLower(s) {
	case "trace":
		return LevelTrace, nil
	case "debug":
		return slog.LevelDebug, nil
	case "", "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, fmt.Errorf("diag: %q is no level; it is trace, debug, info, warn or error", s)
}

// NewLogger writes one JSON object a line, masked. Give it a *slog.LevelVar to
// change the level while the program runs.
func NewLogger(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(Redact(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: levelNames})))
}

func levelNames(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.LevelKey {
		if level, ok := a.Value.Any().(slog.Level); ok && level < slog.LevelDebug {
			return slog.String(slog.LevelKey, "TRACE")
		}
	}
	return a
}

// Redact masks the message and every attribute before next sees them, whoever
// logs: safety must not depend on the caller, nor on a library's habits.
func Redact(next slog.Handler) slog.Handler { return redactor{next} }

type redactor struct{ next slog.Handler }

func (h redactor) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h redactor) Handle(ctx context.Context, r slog.Record) error {
	masked := slog.NewRecord(r.Time, r.Level, Mask(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		masked.AddAttrs(maskAttr(a))
		return true
	})
	return h.next.Handle(ctx, masked)
}

func (h redactor) WithAttrs(attrs []slog.Attr) slog.Handler {
	masked := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		masked[i] = maskAttr(a)
	}
	return redactor{h.next.WithAttrs(masked)}
}

func (h redactor) WithGroup(name string) slog.Handler { return redactor{h.next.WithGroup(name)} }

func maskAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	if v.Kind() != slog.KindGroup && secretKey(a.Key) {
		return slog.String(a.Key, "[secret]")
	}
	return slog.Attr{Key: a.Key, Value: maskValue(v)}
}

func secretKey(key string) bool {
	key = strings.ToLower(key)
	for _, word := range [...]string{"password", "passwd", "passphrase", "secret", "token", "authorization", "cookie"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}

// longInt is where a whole number may be a telephone number.
const longInt = 10_000_000

func maskValue(v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(Mask(v.String()))
	case slog.KindInt64:
		if n := v.Int64(); n >= longInt || n <= -longInt {
			return slog.StringValue("…")
		}
	case slog.KindUint64:
		if v.Uint64() >= longInt {
			return slog.StringValue("…")
		}
	case slog.KindFloat64:
		if f := v.Float64(); f >= longInt || f <= -longInt {
			return slog.StringValue("…")
		}
	case slog.KindDuration: // as JSON it would be nanoseconds, a long number
		return slog.StringValue(v.Duration().String())
	case slog.KindGroup:
		attrs := v.Group()
		masked := make([]slog.Attr, len(attrs))
		for i, a := range attrs {
			masked[i] = maskAttr(a)
		}
		return slog.GroupValue(masked...)
	case slog.KindAny:
		return slog.StringValue(Mask(anyText(v.Any())))
	}
	return v
}

// anyText is how a value of any type is written: as its own words where it has
// some, else as JSON, so that nested values are seen by Mask too.
func anyText(x any) string {
	switch x := x.(type) {
	case nil:
		return ""
	case error:
		return x.Error()
	case fmt.Stringer:
		return x.String()
	case []byte:
		return string(x)
	}
	if b, err := json.Marshal(x); err == nil {
		return string(b)
	}
	return fmt.Sprintf("%v", x)
}
