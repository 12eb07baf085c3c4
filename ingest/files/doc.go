// Package files reads usage out of files as people have them: exports of providers, gateways and meters, and anything else whose columns are
// named. It knows packings, encodings and formats, and which column says what; it knows neither accounts nor the database. What a file does
// not say clearly is an error: nothing is guessed. docs/files.md describes it for its users.
package files
