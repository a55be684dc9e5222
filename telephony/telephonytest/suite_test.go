package telephonytest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSuitePassesAGoodConnector(t *testing.T) {
	TestConnector(t, harness(flaws{}))
}

// TestSuiteFindsFlaws: each flaw fails a case, or the suite is worth nothing.
func TestSuiteFindsFlaws(t *testing.T) {
	for _, f := range []struct {
		name, in string
		flaws    flaws
	}{
		{"a goroutine left", "ring-end", flaws{leaks: true}},
		{"Run that does not return", "ring-end", flaws{hangs: true}},
		{"an error after the end", "ring-end", flaws{returnsError: true}},
		{"a password in the log", "ring-end", flaws{tellsPassword: true}},
		{"a number in the log", "ring-end", flaws{tellsNumber: true}},
		{"lost ends", "abandoned", flaws{losesEnds: true}},
		{"two calls out of one", "ring-answer-end", flaws{rings: true}},
		{"elsewhere told as missed", "answered-elsewhere", flaws{wrongReason: true}},
		{"a withheld number told", "withheld", flaws{unmasks: true}},
		{"no snapshot after a reconnect", "ended-while-away", flaws{noSnapshot: true}},
		{"a refusal without a word", "refused-credentials", flaws{silentRefusal: true}},
		{"less said than done", "capabilities", flaws{understates: true}},
		{"own dialling that rings", "dial", flaws{ownDialRings: true}},
		{"progress backwards", "dial", flaws{backwards: true}},
		{"the user's phone left in silence", "dial-busy", flaws{leavesSilence: true}},
	} {
		t.Run(f.name, func(t *testing.T) {
			h := harness(f.flaws)
			h.Patience = 300 * time.Millisecond
			results := Check(h, f.in)
			if len(results) != 1 || len(results[0].Failures) == 0 {
				t.Errorf("the suite did not find it: %+v", results)
			}
			for _, text := range results[0].Failures {
				for _, word := range private {
					if strings.Contains(text, word) {
						t.Errorf("the failure itself tells a number or name: %s", text)
					}
				}
			}
		})
	}
}

func TestDeclaredMissing(t *testing.T) {
	results := Check(harness(flaws{}, FeatureDial), "dial", "ring-end")
	if len(results) != 2 {
		t.Fatalf("%+v", results)
	}
	for _, r := range results {
		if missing := slices.Contains(r.Missing, FeatureDial); missing != (r.Case == "dial") || len(r.Failures) > 0 {
			t.Errorf("%+v", r)
		}
	}
	if names := Cases(); len(names) < 30 || len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
		t.Errorf("cases: %v", names)
	}
	if got := unknownFeatures([]string{FeatureHold, "holding"}); len(got) != 1 {
		t.Error(got)
	}
}
