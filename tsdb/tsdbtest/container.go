//go:build containers

package tsdbtest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

const (
	containerPort  = "5432/tcp"
	containerStart = 3 * time.Minute // pulling the image included
	credential     = "usagegraph"    // user, password and database of a server that lives as long as the tests
)

// container returns the URL of a container that all packages of a run share: the first to come makes it, under a name
// that says image and licence. Ryuk removes it after the run; with TESTCONTAINERS_RYUK_DISABLED=true it stays for the
// next run, and `make test-containers` removes it.
//
// USAGEGRAPH_TEST_IMAGE is the image. USAGEGRAPH_TEST_LICENSE=apache makes a Community image behave as the Apache edition.
// USAGEGRAPH_TEST_RUN stands in the name, so that of two runs on one engine each has, and removes, its own.
func container(ctx context.Context) (string, error) {
	image := os.Getenv("USAGEGRAPH_TEST_IMAGE")
	if image == "" {
		return "", errors.New("USAGEGRAPH_TEST_IMAGE is not set")
	}
	ctx, cancel := context.WithTimeout(ctx, containerStart)
	defer cancel()
	command := serverCommand(os.Getenv("USAGEGRAPH_TEST_LICENSE"))
	started, err := testcontainers.Run(ctx, image,
		testcontainers.WithReuseByName(containerName(os.Getenv("USAGEGRAPH_TEST_RUN"), image, command)),
		testcontainers.WithExposedPorts(containerPort),
		testcontainers.WithEnv(map[string]string{
			"POSTGRES_USER": credential, "POSTGRES_PASSWORD": credential, "POSTGRES_DB": credential,
			"NO_TS_TUNE": "true", "TIMESCALEDB_TELEMETRY": "off",
		}),
		testcontainers.WithCmd(command...),
		testcontainers.WithWaitStrategyAndDeadline(containerStart, accepting()),
	)
	if err != nil {
		return "", fmt.Errorf("container of %s: %w", image, err)
	}
	endpoint, err := started.PortEndpoint(ctx, containerPort, "")
	if err != nil {
		return "", fmt.Errorf("port of container: %w", err)
	}
	server := url.URL{Scheme: "postgres", User: url.UserPassword(credential, credential), Host: endpoint, Path: credential, RawQuery: "sslmode=disable"}
	return server.String(), nil
}

// accepting waits over TCP: the server that an image's entry point starts to set the cluster up listens on the socket alone.
func accepting() wait.Strategy {
	return wait.ForAll(
		wait.ForExec([]string{"pg_isready", "-q", "-h", "127.0.0.1", "-U", credential}).WithPollInterval(250*time.Millisecond),
		wait.ForListeningPort(containerPort),
	)
}

// serverCommand is what scripts/database sets too, but for fsync: nothing here outlives the run.
func serverCommand(license string) []string {
	command := []string{
		"postgres", "-cshared_preload_libraries=timescaledb", "-ctimescaledb.telemetry_level=off",
		"-ctimescaledb.max_background_workers=0", "-cmax_connections=300", "-cmax_locks_per_transaction=256",
		"-cfsync=off", "-cjit=off", "-ctimezone=UTC",
	}
	if license != "" {
		command = append(command, "-ctimescaledb.license="+license)
	}
	return command
}

func containerName(run, image string, command []string) string {
	return fmt.Sprintf("usagegraph-test-%s-%.8x", run, sha256.Sum256(fmt.Append(nil, image, command)))
}
