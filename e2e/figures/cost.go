package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/desktop/desktoptest"
	"example.org/ctiagent/e2e/stage"
	"example.org/ctiagent/telephony/simulator"
)

// windowFigures measures from the ring to the drawn card, when the window
// process must start and when it is there.
func windowFigures(ctx context.Context, t desktoptest.TB, o options) error {
	s, err := set(ctx, t, o.bin, map[string]string{"pop.enabled": "false"})
	if err != nil {
		return err
	}
	defer s.Close()
	cold, err := s.drawn(ctx)
	if err != nil {
		return err
	}
	var warm []time.Duration
	for range 50 {
		d, err := s.drawn(ctx)
		if err != nil {
			return err
		}
		warm = append(warm, d)
	}
	fmt.Printf("  ring → card drawn, cold: %s, ratio %.2f (≤ 1 s)\n", round(cold), ratio(cold, time.Second))
	fmt.Printf("  ring → card drawn, warm: p50 %s, p99 %s over %d calls (software rendering)\n",
		round(percentile(warm, 50)), round(percentile(warm, 99)), len(warm))
	return nil
}

// drawn rings once and waits for the card on the screen, then for its end.
func (s *scene) drawn(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	before := lastCard(s.Agent.Latest())
	c := s.platform.Ring(line, simulator.Caller{Number: stage.Known, Called: stage.Own})
	snap, err := s.Agent.Await(ctx, func(v view.Snapshot) bool {
		card := newest(v)
		return card != nil && card.ID != before && !card.Times.Drawn.IsZero()
	})
	if err != nil {
		return 0, err
	}
	card := newest(snap)
	c.Answer()
	c.Hangup()
	if err := s.Agent.Do(ctx, view.VerbDismiss, view.CardRef{Card: card.ID}, nil); err != nil {
		return 0, err
	}
	_, err = s.Agent.Await(ctx, func(v view.Snapshot) bool { return len(v.Cards) == 0 })
	return card.Times.Drawn.Sub(card.Times.Received), err
}

const (
	aimPSS = 40 << 20 // bytes, agent and spare sandbox together
	aimCPU = 0.1      // per cent of one processor
)

// idleFigures measures the agent with tray, line and service connected and a
// spare sandbox waiting.
func idleFigures(ctx context.Context, t desktoptest.TB, o options) error {
	s, err := set(ctx, t, o.bin, nil)
	if err != nil {
		return err
	}
	defer s.Close()
	ready, err := s.RestartAgent(ctx) // it knows its account by now
	if err != nil {
		return err
	}
	group, err := family(s.Agent.Process.Pid)
	if err != nil {
		return err
	}
	before, err := cpuTime(group)
	if err != nil {
		return err
	}
	time.Sleep(o.idle) // the very thing to be measured: nothing happens
	after, err := cpuTime(group)
	if err != nil {
		return err
	}
	pss, err := memory(group)
	if err != nil {
		return err
	}
	cpu := 100 * (after - before).Seconds() / o.idle.Seconds()
	fmt.Printf("  memory (PSS) of %d processes: %.1f MB, ratio %.2f (≤ 40 MB)\n", len(group), mb(pss), float64(pss)/aimPSS)
	fmt.Printf("  processor over %s: %.3f %%, ratio %.2f (≤ 0.1 %%)\n", o.idle, cpu, cpu/aimCPU)
	fmt.Printf("  start of the agent → line ready: %s\n", round(ready))
	return nil
}

// growthFigures plays many calls and compares what the agent holds before
// and after.
func growthFigures(ctx context.Context, t desktoptest.TB, o options) error {
	s, err := set(ctx, t, o.bin, map[string]string{
		"pop.enabled": "false", "card.enabled": "false",
		"history.enabled": "false", // it keeps the calls, by design
	})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.everybody(ctx); err != nil {
		return err
	}
	if err := s.play(ctx, o.growth/10); err != nil { // reach the level first
		return err
	}
	before, err := s.holds(ctx)
	if err != nil {
		return err
	}
	if err := s.play(ctx, o.growth); err != nil {
		return err
	}
	after, err := s.holds(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("  after %d calls, beginning with the %d-th: memory %.1f → %.1f MB, goroutines %d → %d, descriptors %d → %d\n",
		o.growth, o.growth/10, mb(before.pss), mb(after.pss), before.goroutines, after.goroutines, before.files, after.files)
	return nil
}

// play lets n calls ring, be answered and end.
func (s *scene) play(ctx context.Context, n int) error {
	for i := range n {
		limited, cancel := context.WithTimeout(ctx, callLimit)
		before := lastCard(s.Agent.Latest())
		c := s.platform.Ring(line, simulator.Caller{Number: fictional(i), Called: stage.Own})
		_, err := s.Agent.Await(limited, func(v view.Snapshot) bool {
			card := newest(v)
			return card != nil && card.ID != before && card.Recognition == view.Known
		})
		c.Answer()
		c.Hangup()
		cancel()
		if err != nil {
			return err
		}
	}
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	_, err := s.Agent.Await(limited, func(v view.Snapshot) bool { return len(v.Cards) == 0 })
	return err
}

type holding struct {
	pss               int64
	goroutines, files int
}

func (s *scene) holds(ctx context.Context) (holding, error) {
	var d view.Diagnostics
	if err := s.Agent.Do(ctx, view.VerbDiagnostics, nil, &d); err != nil {
		return holding{}, err
	}
	pid := s.Agent.Process.Pid
	files, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(pid), "fd"))
	if err != nil {
		return holding{}, err
	}
	pss, err := memory([]int{pid})
	return holding{pss, d.Goroutines, len(files)}, err
}

func mb(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// family is a process and its children.
func family(pid int) ([]int, error) {
	group := []int{pid}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		b, err := os.ReadFile(t)
		if err != nil {
			return nil, err
		}
		for _, f := range strings.Fields(string(b)) {
			child, err := strconv.Atoi(f)
			if err != nil {
				return nil, err
			}
			group = append(group, child)
		}
	}
	return group, nil
}

// memory is the proportional set size of processes, bytes.
func memory(group []int) (int64, error) {
	var sum int64
	for _, pid := range group {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			return 0, err
		}
		for l := range strings.Lines(string(b)) {
			if v, ok := strings.CutPrefix(l, "Pss:"); ok {
				kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(v), " kB"), 10, 64)
				if err != nil {
					return 0, err
				}
				sum += kb << 10
			}
		}
	}
	return sum, nil
}

// clockTick is the unit of /proc/PID/stat on Linux.
const clockTick = 10 * time.Millisecond

// cpuTime is what processes have used of the processor.
func cpuTime(group []int) (time.Duration, error) {
	var sum time.Duration
	for _, pid := range group {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0, err
		}
		fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		for _, f := range fields[11:13] { // utime, stime
			ticks, err := strconv.ParseInt(f, 10, 64)
			if err != nil {
				return 0, err
			}
			sum += time.Duration(ticks) * clockTick
		}
	}
	return sum, nil
}

func cpuName() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if name, ok := strings.CutPrefix(s.Text(), "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return "unknown processor"
}
