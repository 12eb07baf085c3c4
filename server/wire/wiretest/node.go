package wiretest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Node runs a Node script of a folder that has its own package.json, installing the packages of
// its lock file first where they are missing. It returns what the script printed on standard output.
// Without Node the test fails: what these scripts show is promised.
func Node(t *testing.T, dir, script string, args ...string) []byte {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		run(t, dir, "npm", "ci", "--no-audit", "--no-fund", "--silent")
	}
	return run(t, dir, "node", append([]string{script}, args...)...)
}

func run(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v in %s: %v\n%s", name, args, dir, err, out)
	}
	return out
}
