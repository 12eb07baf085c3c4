// Package files reads usage from files as people have them: exports of providers, gateways and meters, and other files with named columns.
// It knows compression, encodings and formats, and which column means what; it knows neither accounts nor the database. What a file does
// not say clearly is an error: nothing is guessed. docs/files.md describes it for users.
package files
