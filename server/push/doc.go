// Package push connects the hub to the transports: it executes a subscription's document once for each frame and passes the same bytes to
// everybody who sent the same document with the same variables and has the same permissions.
package push
