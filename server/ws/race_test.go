//go:build race

package ws_test

// idleLimit under the race detector, whose shadow stacks are not the server's cost.
const idleLimit = 20 << 10
