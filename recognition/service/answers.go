package service

import (
	"sync"

	"example.org/ctiagent/recognition/httpapi"
)

// answers keeps encoded answers of one organisation, known numbers and unknown
// ones, in a bounded amount of memory. All are as of one stamp: the first who
// asks with a newer one empties it, so a deleted record is gone from here with
// the change that deleted it.
//
// It has two halves. New and used answers go to the young one; when that is
// full it becomes the old one, and the old one, where nobody has asked for
// anything lately, is dropped whole. That is nearly as good as an exact order
// of use and costs one map.
type answers struct {
	half int // bytes

	mu         sync.Mutex
	at         stamp
	young, old map[httpapi.Lookup][]byte
	youngBytes int
}

// stamp says of which state of the data something is true. Both parts rise.
type stamp struct{ contacts, scripts uint64 }

func (s stamp) newer(than stamp) bool {
	return s.contacts > than.contacts || s.scripts > than.scripts
}

// entryOverhead is what an answer takes besides its bytes: key, slice header
// and its share of the map.
const entryOverhead = 96

func newAnswers(bytes int) *answers {
	a := &answers{half: bytes / 2}
	a.empty()
	return a
}

func (a *answers) empty() {
	a.young, a.old, a.youngBytes = map[httpapi.Lookup][]byte{}, nil, 0
}

// get gives nil when there is no answer as of now.
func (a *answers) get(key httpapi.Lookup, now stamp) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now != a.at {
		if now.newer(a.at) {
			a.at = now
			a.empty()
		}
		return nil
	}
	if body, ok := a.young[key]; ok {
		return body
	}
	body, ok := a.old[key]
	if ok {
		a.add(key, body)
	}
	return body
}

// put keeps an answer that was found as of a stamp.
func (a *answers) put(key httpapi.Lookup, as stamp, body []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if as == a.at {
		a.add(key, body)
	}
}

func (a *answers) add(key httpapi.Lookup, body []byte) {
	size := len(body) + len(key.Extension) + entryOverhead
	if size > a.half {
		return
	}
	if _, ok := a.young[key]; ok {
		return
	}
	if a.youngBytes+size > a.half {
		a.old, a.young, a.youngBytes = a.young, map[httpapi.Lookup][]byte{}, 0
	}
	a.young[key] = body
	a.youngBytes += size
}
