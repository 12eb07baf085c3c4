// Package push joins the hub to the transports: it executes a subscription's document once for each frame and hands the
// same bytes to everybody who sent the same document with the same variables and may see the same.
package push
