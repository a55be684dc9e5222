package cache

import (
	"context"
	"sync"
	"time"

	"example.org/ctiagent/recognition"
)

// Config bounds what is believed and for how long. Zero values are the good
// defaults.
type Config struct {
	Known   time.Duration // how long an answer with matches is believed; 0: 5 minutes
	Unknown time.Duration // how long one without; 0: 30 seconds
	Entries int           // how many answers are kept; 0: 200
	Now     func() time.Time
}

// Cache is a recogniser in front of another. It keeps recent answers in memory
// and never on disk. A record that was deleted at the service can be answered
// from here until its time is over, and not a moment longer, even when the
// service is away: an old answer is no substitute for none. Errors are not
// kept. Any goroutine may use it.
type Cache struct {
	inner recognition.Recognizer
	cfg   Config

	mu      sync.Mutex
	cleared uint64 // counts Clear: an answer asked for before is not kept after
	entries map[key]entry
}

// key holds everything of a query that an answer depends on.
type key struct {
	number, extension string
	outgoing          bool
}

type entry struct {
	answer  recognition.Answer
	expires time.Time
}

// New gives a cache in front of a recogniser.
func New(inner recognition.Recognizer, cfg Config) *Cache {
	if cfg.Known <= 0 {
		cfg.Known = 5 * time.Minute
	}
	if cfg.Unknown <= 0 {
		cfg.Unknown = 30 * time.Second
	}
	if cfg.Entries <= 0 {
		cfg.Entries = 200
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Cache{inner: inner, cfg: cfg, entries: map[key]entry{}}
}

// Recognize answers from memory or asks. Callers share answers and must not
// change them.
func (c *Cache) Recognize(ctx context.Context, q recognition.Query) (recognition.Answer, error) {
	if err := ctx.Err(); err != nil {
		return recognition.Answer{}, err
	}
	k := key{q.Number.Key(), q.Number.Extension(), q.Outgoing}
	if q.Number.Withheld() {
		return recognition.Answer{}, recognition.ErrWithheld
	}
	answer, cleared, ok := c.get(k)
	if ok {
		return answer, nil
	}
	answer, err := c.inner.Recognize(ctx, q)
	if err == nil {
		c.put(k, answer, cleared)
	}
	return answer, err
}

// Clear forgets everything: at sign-out, and when the organisation's scripts
// or sources are known to have changed.
func (c *Cache) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cleared++
	clear(c.entries)
}

func (c *Cache) get(k key) (answer recognition.Answer, cleared uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[k]
	if ok && !c.cfg.Now().Before(e.expires) {
		delete(c.entries, k)
		ok = false
	}
	return e.answer, c.cleared, ok
}

func (c *Cache) put(k key, answer recognition.Answer, cleared uint64) {
	life := c.cfg.Known
	if len(answer.Matches) == 0 {
		life = c.cfg.Unknown
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if cleared != c.cleared {
		return
	}
	now := c.cfg.Now()
	if len(c.entries) >= c.cfg.Entries {
		c.makeRoom(now)
	}
	c.entries[k] = entry{answer, now.Add(life)}
}

// makeRoom drops what has expired, or else what expires next. A walk over two
// hundred entries once per new caller costs less than keeping them in order.
func (c *Cache) makeRoom(now time.Time) {
	var next key
	var at time.Time
	for k, e := range c.entries {
		if !now.Before(e.expires) {
			delete(c.entries, k)
			continue
		}
		if at.IsZero() || e.expires.Before(at) {
			next, at = k, e.expires
		}
	}
	if len(c.entries) >= c.cfg.Entries {
		delete(c.entries, next)
	}
}
