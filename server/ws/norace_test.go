//go:build !race

package ws_test

// idleLimit is how many bytes an idle subscribed connection may cost.
const idleLimit = 13 << 9
