package wiretest

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Node runs a Node script in a folder with its own package.json. It first installs the packages of the folder's lock file if they are
// missing. It returns the script's standard output. Without Node the test fails, because what these scripts show is promised.
func Node(t *testing.T, dir, script string, args ...string) []byte {
	t.Helper()
	install(t, dir)
	return run(t, dir, "node", append([]string{script}, args...)...)
}

// install locks the folder, because tests of several packages, which are separate processes, install into the same folder. npm writes its
// own copy of the lock file last, so if it is missing, an installation was interrupted.
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
