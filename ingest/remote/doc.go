// Package remote reads what Prometheus writes remotely (the protocols 1.0 and 2.0) as counters of usage. It knows the protocol's messages and which
// labels say what, and neither HTTP nor the database. docs/prometheus.md describes it for its users.
package remote
