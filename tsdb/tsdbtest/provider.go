package tsdbtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// provider returns the URL of a running server, on which the user may create databases and extensions.
// USAGEGRAPH_TEST_DATABASE chooses: unset, the database of the URL variables or of scripts/database; "containers", a
// container of the image USAGEGRAPH_TEST_IMAGE, for which the tests must be built with the tag containers.
func provider(ctx context.Context) (string, error) {
	switch kind := os.Getenv("USAGEGRAPH_TEST_DATABASE"); kind {
	case "":
		return running(ctx)
	case "containers":
		return container(ctx)
	default:
		return "", fmt.Errorf("USAGEGRAPH_TEST_DATABASE is %q; it may be unset or \"containers\"", kind)
	}
}

func running(ctx context.Context) (string, error) {
	for _, name := range []string{"USAGEGRAPH_TEST_DATABASE_URL", "DATABASE_URL"} {
		if url := os.Getenv(name); url != "" {
			return url, nil
		}
	}
	return fromScript(ctx)
}

// fromScript asks the script of the repository, which starts the server unless it runs already.
func fromScript(ctx context.Context) (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	var said bytes.Buffer
	command := exec.CommandContext(ctx, filepath.Join(root, "scripts", "database"), "up")
	command.Stderr = &said
	printed, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("scripts/database up: %w\n%s", err, said.String())
	}
	return strings.TrimSpace(string(printed)), nil
}

// moduleRoot is the nearest folder with a go.mod; go test runs a test in its package's folder.
func moduleRoot() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return "", errors.New("no go.mod above the test's folder")
		}
		folder = filepath.Dir(folder)
	}
}
