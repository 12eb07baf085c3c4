// Package ingest holds the endpoints by which usage comes in beside GraphQL: CloudEvents over HTTP, OpenTelemetry, and files. All of them end
// in the one Batcher of package tsdb, so what is said there of identity, refusals and commits holds here. docs/ingest.md
// describes the endpoints for their users.
package ingest
