package telephony

import (
	"fmt"
	"testing"
	"time"
)

// TestTransitions says every transition a second time, by rule instead of by
// table, so that a slip in either shows.
func TestTransitions(t *testing.T) {
	rank := map[Phase]int{PhaseUnknown: 0, Dialing: 1, Ringing: 2, Alerting: 2, Connected: 3, Held: 3, Ended: 4}
	for from := range Phase(phases) {
		for reported := range Phase(phases) {
			want := from
			switch {
			case from == Ended:
			case rank[reported] > rank[from], from.Talking() && reported.Talking():
				want = reported
			}
			if got := Next(from, reported); got != want {
				t.Errorf("%v, reported %v: %v, want %v", from, reported, got, want)
			}
			if again := Next(Next(from, reported), reported); again != Next(from, reported) {
				t.Errorf("%v, reported %v twice: %v", from, reported, again)
			}
		}
	}
	for _, odd := range []Phase{Phase(phases), 255} {
		if Next(Ringing, odd) != Ringing || Next(odd, Ringing) != odd {
			t.Errorf("phase %d is not refused", odd)
		}
	}
}

// FuzzReports: whatever the views report, in whatever order, the agent hears
// of legal calls only (room.Call checks each), each rings at most once, and
// when every view has gone silent every call has ended.
func FuzzReports(f *testing.F) {
	f.Add([]byte{0x12, 0x00, 0x22, 0x01, 0x14, 0x02, 0x26, 0x43})
	f.Add([]byte("ring, answer, hold, transfer, hang up"))
	f.Fuzz(func(t *testing.T, script []byte) {
		r := newRoom(t, TrackerOptions{Own: num("100"), MaxCalls: 20})
		rings := map[CallID]int{}
		numbers := []string{"", london, paris, "anonymous", "100", "200"}
		for len(script) >= 2 {
			a, b := script[0], script[1]
			script = script[2:]
			c := says(View(a>>4%4), fmt.Sprint("leg", b%7), Phase(a%9), Direction(b>>3%3), numbers[int(b>>5)%len(numbers)])
			if b&1 != 0 {
				c.SignallingID = fmt.Sprint("sid", b>>1%3)
			}
			c.EndReason = EndReason(b % 10)
			before := len(r.told)
			switch a >> 6 {
			case 0, 1:
				r.tr.Call(c)
			case 2:
				r.pass(time.Duration(b) * 20 * time.Millisecond)
				r.tr.Snapshot(c.View, []Call{c})
			case 3:
				id := DialID(fmt.Sprint("dial", b%3))
				r.tr.Dial(DialRequest{ID: id, Number: num(numbers[int(a)%len(numbers)])})
				r.tr.Progress(Progress{ID: id, Step: DialStep(b % 13)})
			}
			for _, line := range r.told[before:] {
				var id CallID
				var rest string
				fmt.Sscan(line, &id, &rest)
				if len(line) > 4 && line[len(line)-4:] == "RING" {
					rings[id]++
				}
			}
		}
		for id, n := range rings {
			if n > 1 {
				t.Errorf("%s rang %d times", id, n)
			}
		}
		for v := range View(views) {
			r.tr.Snapshot(v, nil)
		}
		r.pass(time.Hour)
		if live := r.tr.Live(); len(live) > 0 {
			t.Errorf("still there: %v", live)
		}
		if len(r.tr.calls) > 21 || len(r.tr.legs) > 80 {
			t.Errorf("remembers %d calls, %d legs", len(r.tr.calls), len(r.tr.legs))
		}
	})
}
