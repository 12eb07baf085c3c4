//go:build !race

package guard_test

import "time"

// cpuLimit is how much CPU answering one hostile request may cost.
const cpuLimit = 20 * time.Millisecond
