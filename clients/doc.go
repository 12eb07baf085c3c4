// Package clients holds the clients for Go and TypeScript in folders of their own, and the tests that let them, and others' programs, send to a real
// server. The tests have the build tag clients: scripts/test clients.
package clients
