// Package ingest holds the endpoints by which usage comes in beside GraphQL: CloudEvents over HTTP, OpenTelemetry, Prometheus, and files.
// All of them end in the Batcher of package tsdb, so what is said there about identity, refusals and commits holds here. docs/ingest.md
// describes the endpoints for users.
package ingest
