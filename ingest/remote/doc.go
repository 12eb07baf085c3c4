// Package remote reads Prometheus's remote write (protocol versions 1.0 and 2.0) as counters of usage. It knows the protocol's messages and
// which labels mean what, but neither HTTP nor the database. docs/prometheus.md describes it for users.
package remote
