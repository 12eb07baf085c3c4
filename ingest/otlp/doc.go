// Package otlp reads OpenTelemetry data about generative AI as usage: spans of the GenAI conventions become usage events. It knows the
// protocol (OTLP/HTTP, protobuf and JSON) and the conventions' attributes, but neither HTTP nor the database. docs/opentelemetry.md
// describes the mapping for users.
package otlp
