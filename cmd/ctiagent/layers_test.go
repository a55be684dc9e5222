//go:build !race

package main

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"example.org/ctiagent/agent/view"
	"example.org/ctiagent/screenpop/script"
)

// The containment allows a child less memory than the race detector wants, so
// that what is contained by it can be seen only without.
func TestCheckTellsTheLayers(t *testing.T) {
	user(t, site)
	c, s := check(t)
	if s.code != exitOK || s.err != "" {
		t.Errorf("%+v", s)
	}
	want := []string{script.LayerKill, script.LayerEnvironment}
	if runtime.GOOS == "linux" {
		want = append(want, script.LayerLimits, script.LayerMemory, script.LayerLandlock, script.LayerSeccomp)
	}
	for _, name := range want {
		if !slices.ContainsFunc(c.Containment, func(i view.DiagItem) bool { return i.Name == name && i.State == "ok" }) {
			t.Errorf("%s is not told: %+v", name, c.Containment)
		}
	}
	text := call(t, "", "check")
	if text.code != exitOK || !strings.Contains(text.out, "ok    Settings: ") || !strings.Contains(text.out, "\nok    Ended after a time limit: ") {
		t.Errorf("%+v", text)
	}
}
