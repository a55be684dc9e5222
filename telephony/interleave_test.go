package telephony

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// what happens to one incoming call, and what each view says of it
var fates = []struct {
	name    string
	dialog  []Phase
	contact EndReason
	dialEnd EndReason // what the dialog view says of the end
	want    EndReason
}{
	{"answered here", []Phase{Ringing, Connected, Ended}, EndAnsweredElsewhere, EndUnknown, EndNormal},
	{"answered here and held", []Phase{Ringing, Connected, Held, Connected, Ended}, EndAnsweredElsewhere, EndNormal, EndNormal},
	{"answered by a colleague", []Phase{Ringing, Ended}, EndAnsweredElsewhere, EndMissed, EndAnsweredElsewhere},
	{"missed", []Phase{Ringing, Ended}, EndMissed, EndUnknown, EndMissed},
	{"declined", []Phase{Ringing, Ended}, EndDeclined, EndMissed, EndDeclined},
}

// FuzzInterleavings: several calls at once, told by two views that are late by
// different and changing times (but never by more than Settle apart), with
// duplicates. Whatever the order, each call is one call, rings once and ends
// for the right reason.
func FuzzInterleavings(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		proxy := rnd.IntN(2) == 0 // the same id in both views, or another in each
		r := bothViews(t)
		type report struct {
			at time.Duration
			c  Call
		}
		var all []report
		want := map[string]EndReason{}
		for i := range 1 + rnd.IntN(6) {
			fate := fates[rnd.IntN(len(fates))]
			number := fmt.Sprintf("+4420794601%02d", i)
			want[number] = fate.want
			at := time.Duration(rnd.IntN(5000)) * time.Millisecond
			ids := [2]string{fmt.Sprint("sid", i), fmt.Sprint("sid", i)}
			if !proxy {
				ids[1] = "" // Asterisk
				if rnd.IntN(2) == 0 {
					ids[1] = fmt.Sprint("other", i) // a back-to-back user agent
				}
			}
			last := [2]time.Duration{}
			say := func(view int, at time.Duration, c Call) {
				// A view is late, but speaks in order.
				last[view] = max(last[view], at+time.Duration(rnd.IntN(300))*time.Millisecond)
				c.SignallingID = ids[view]
				for range 1 + rnd.IntN(2) {
					all = append(all, report{last[view], c})
				}
			}
			say(0, at, says(ViewContact, fmt.Sprint("k", i), Ringing, Incoming, number))
			for n, p := range fate.dialog {
				c := says(ViewDialog, fmt.Sprint("d", i), p, Incoming, number)
				if p == Ended {
					c.EndReason = fate.dialEnd
				}
				say(1, at, c)
				at += time.Duration(500+rnd.IntN(1000)) * time.Millisecond
				if n == 0 {
					say(0, at, says(ViewContact, fmt.Sprint("k", i), Ended, Incoming, number, because(fate.contact)))
				}
			}
		}
		slices.SortStableFunc(all, func(a, b report) int { return cmp.Compare(a.at, b.at) })
		start := r.now
		for _, x := range all {
			r.pass(x.at - r.now.Sub(start))
			r.tr.Call(x.c)
		}
		r.pass(time.Minute)

		rings := 0
		for _, line := range r.told {
			if len(line) > 4 && line[len(line)-4:] == "RING" {
				rings++
			}
		}
		if rings != len(want) || len(r.seen) != len(want) {
			t.Errorf("seed %d: %d calls, rang %d times, want %d:\n%v", seed, len(r.seen), rings, len(want), r.told)
		}
		for _, c := range r.last {
			if c.Phase != Ended || c.EndReason != want[c.Remote.Number.Key()] {
				t.Errorf("seed %d: %v is %v %v, want %v", seed, c.ID, c.Phase, c.EndReason, want[c.Remote.Number.Key()])
			}
		}
	})
}
