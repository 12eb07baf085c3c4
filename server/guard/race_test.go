//go:build race

package guard_test

import "time"

// cpuLimit under the race detector, which slows everything down.
const cpuLimit = 400 * time.Millisecond
