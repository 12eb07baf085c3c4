//go:build !clients

package main

// clientWays are those by the clients, which `scripts/test clients` builds.
func clientWays() []way { return nil }
