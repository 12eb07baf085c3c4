//go:build !race

package guard_test

import "time"

// cpuLimit is what answering one hostile request may cost.
const cpuLimit = 20 * time.Millisecond
