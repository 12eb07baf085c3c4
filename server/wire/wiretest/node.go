package wiretest

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Node runs a Node script of a folder that has its own package.json, installing the packages of
// its lock file first where they are missing. It returns what the script printed on standard output.
// Without Node the test fails: what these scripts show is promised.
func Node(t *testing.T, dir, script string, args ...string) []byte {
	t.Helper()
	install(t, dir)
	return run(t, dir, "node", append([]string{script}, args...)...)
}

// install holds the folder meanwhile, since tests of several packages, which are processes of their own, install into one folder. npm
// writes its own copy of the lock file last: what lacks it was cut off.
func install(t *testing.T, dir string) {
	t.Helper()
	folder, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = folder.Close() }() // gives the lock back
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatalf("lock %s: %v", dir, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err != nil {
		run(t, dir, "npm", "ci", "--no-audit", "--no-fund", "--silent")
	}
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
