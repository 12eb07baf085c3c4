//go:build !containers

package tsdbtest

import (
	"context"
	"errors"
)

// container stands for the provider that every other build leaves out: a Docker client in each test binary would
// double the time to link it.
func container(context.Context) (string, error) {
	return "", errors.New("USAGEGRAPH_TEST_DATABASE=containers needs `go test -tags containers`; `make test-containers` does that")
}
