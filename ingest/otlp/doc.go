// Package otlp reads what OpenTelemetry says of generative AI as usage: spans of the GenAI conventions become usage events. It knows the
// protocol (OTLP/HTTP, protobuf and JSON) and the conventions' attributes, and neither HTTP nor the database. docs/opentelemetry.md
// describes the mapping for its users.
package otlp
