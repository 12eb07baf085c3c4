//go:build !clients

package main

// clientWays returns the ways by the clients, which `scripts/test clients` builds.
func clientWays() []way { return nil }
