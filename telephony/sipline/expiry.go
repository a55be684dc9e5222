package sipline

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// This file holds what subscription and registration have in common: how long
// things last, and when to try again.

// maxShort is how many times in a row a platform may call an expiry too short.
const maxShort = 3

// maxExpires bounds times the platform names, in seconds.
const maxExpires = 7 * 24 * 3600

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// expiresOf reads the Expires header, or gives what was asked for.
func expiresOf(res *sip.Response, asked time.Duration) time.Duration {
	if n, err := strconv.Atoi(strings.TrimSpace(header(res, "Expires"))); err == nil && n > 0 {
		return time.Duration(min(n, maxExpires)) * time.Second
	}
	return asked
}

// minExpires reads Min-Expires of a 423; a platform that names none, or less
// than we asked for, gets twice as much next time.
func minExpires(res *sip.Response, before time.Duration) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(header(res, "Min-Expires")))
	d := time.Duration(min(n, maxExpires)) * time.Second
	if err != nil || d <= before {
		d = min(2*max(before, 10*time.Minute), maxExpires*time.Second)
	}
	return d
}

func retryAfter(res *sip.Response) time.Duration {
	text, _, _ := strings.Cut(header(res, "Retry-After"), ";")
	text, _, _ = strings.Cut(text, "(")
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n <= 0 {
		return 0
	}
	return time.Duration(min(n, 3600)) * time.Second
}

type afterEnd uint8

const (
	resubscribeNow afterEnd = iota
	resubscribeLater
	giveUp
)

func afterTermination(reason string) afterEnd {
	switch strings.ToLower(reason) {
	case "deactivated", "timeout":
		return resubscribeNow
	case "rejected", "noresource", "invariant":
		return giveUp
	}
	return resubscribeLater // probation, giveup, none, unknown
}
