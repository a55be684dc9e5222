package desktoptest_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"example.org/ctiagent/desktop/desktoptest"
)

func TestRunOutsideOfATest(t *testing.T) {
	var order []string
	var dir string
	logf := func(format string, args ...any) { order = append(order, fmt.Sprintf(format, args...)) }
	err := desktoptest.Run(logf, func(tb desktoptest.TB) {
		dir = tb.TempDir()
		tb.Cleanup(func() { order = append(order, "first") })
		tb.Cleanup(func() { order = append(order, "second") })
		tb.Logf("said %d", 1)
		tb.Fatalf("broken: %s", "reason")
		order = append(order, "never")
	})
	if err == nil || err.Error() != "desktoptest: broken: reason" {
		t.Errorf("got %v", err)
	}
	if want := []string{"said 1", "second", "first"}; !slices.Equal(order, want) {
		t.Errorf("order %q, want %q", order, want)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the temporary directory is left: %v", err)
	}
	if err := desktoptest.Run(logf, func(desktoptest.TB) {}); err != nil {
		t.Error(err)
	}
}
