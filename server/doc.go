// Package server is the process around the product: the HTTP endpoints, authentication, limits, health, metrics and an orderly shutdown.
// Run starts all of it from one Config.
package server
