package sipline

import (
	"slices"
	"time"
)

// holdBack is how long a NOTIFY that came too early waits for the one before.
const holdBack = 500 * time.Millisecond

// inOrder restores the order of the requests of one dialog. Their CSeq rises
// by one (RFC 3261 §12.2.2), but platforms that handle each in a process of
// its own write them to the connection in another order at times.
type inOrder struct {
	s       *session
	last    uint32 // CSeq of the newest one delivered
	started bool
	held    map[uint32]func()
	timer   *timer
	gaps    int // waits in vain, one after the other: this peer leaves gaps
}

// maxHeld bounds what is held back; maxGaps is how many waits in vain show
// that a peer counts differently.
const (
	maxHeld = 512
	maxGaps = 3
)

// take delivers what has number cseq when its turn has come. Something older
// than what was delivered is delivered at once: its reader knows what to do
// with old news. The same number twice is delivered once.
func (o *inOrder) take(cseq uint32, deliver func()) {
	switch {
	case !o.started:
		o.started, o.last = true, cseq
		deliver()
	case cseq == o.last || o.held[cseq] != nil:
	case cseq < o.last:
		deliver()
	case cseq == o.last+1 || o.gaps >= maxGaps:
		o.last = cseq
		deliver()
		o.drain()
	default:
		if o.held == nil {
			o.held = map[uint32]func(){}
		}
		o.held[cseq] = deliver
		if len(o.held) >= maxHeld {
			o.flush()
		} else if o.timer == nil {
			o.timer = o.s.after(holdBack, func() {
				o.gaps++
				o.flush()
			})
		}
	}
}

// drain delivers what directly follows.
func (o *inOrder) drain() {
	filled := false
	for f := o.held[o.last+1]; f != nil; f = o.held[o.last+1] {
		o.last++
		delete(o.held, o.last)
		filled = true
		f()
	}
	if filled {
		o.gaps = 0
	}
	if len(o.held) == 0 {
		o.timer.stop()
		o.timer = nil
	}
}

// flush gives up waiting.
func (o *inOrder) flush() {
	o.timer.stop()
	o.timer = nil
	var numbers []uint32
	for n := range o.held {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		f := o.held[n]
		delete(o.held, n)
		o.last = n
		f()
	}
}

func (o *inOrder) stop() {
	o.timer.stop()
	o.timer = nil
	clear(o.held)
}
