//go:build !race

package ws_test

// idleLimit is the most bytes that an idle subscribed connection may cost.
const idleLimit = 13 << 9
