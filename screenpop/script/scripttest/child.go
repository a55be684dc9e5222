package scripttest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Build builds the child into dir and returns the command that starts it. Test
// packages call it once, from TestMain.
func Build(dir string) ([]string, error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "example.org/ctiagent").Output()
	if err != nil {
		return nil, fmt.Errorf("find the module: %w", err)
	}
	bin := filepath.Join(dir, "child")
	if runtime.GOOS == "windows" {
		bin += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", bin, "./screenpop/script/testdata/child") //nolint:gosec // a test's own temporary folder
	cmd.Dir = strings.TrimSpace(string(root))
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the contained child: %w\n%s", err, out)
	}
	return []string{bin, "script-host"}, nil
}
