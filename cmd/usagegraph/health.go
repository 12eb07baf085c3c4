package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// health queries /readyz of the server on this machine and reports what it runs on. If the server is not ready, the error says why.
func (p program) health(ctx context.Context, c config, _ []string) error {
	address := c.Listen
	if address == "" {
		address = ":8080"
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return errors.New("listen: no address")
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	var ready readiness
	if err := json.NewDecoder(answer.Body).Decode(&ready); err != nil {
		return fmt.Errorf("health: the server answers %d", answer.StatusCode)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("health: the server is %s: %s", ready.Status, strings.Join(ready.Problems, "; "))
	}
	fmt.Fprintf(p.out, "%s, TimescaleDB %s (%s)\n", ready.Status, ready.TimescaleDB.Version, ready.TimescaleDB.License)
	for _, w := range ready.Warnings {
		fmt.Fprintln(p.out, "warning:", w)
	}
	return nil
}

// readiness is the answer of /readyz.
type readiness struct {
	Status             string
	Problems, Warnings []string
	TimescaleDB        tsdb.Edition
}
