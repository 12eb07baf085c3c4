package bench

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// spent returns the CPU time of this process so far: clients, server and measurement.
func spent() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// backends returns the CPU time of the database's processes so far, if it runs on this machine; 0 otherwise.
func (f *fleet) backends() (sum time.Duration) {
	rows, err := f.pool.Query(f.b.Context(), "SELECT pid FROM pg_stat_activity")
	f.must(err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	f.must(err)
	for _, pid := range pids {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/schedstat") // nanoseconds on a processor, and more
		if err != nil {
			continue
		}
		first, _, _ := bytes.Cut(text, []byte(" "))
		n, _ := strconv.ParseInt(string(first), 10, 64)
		sum += time.Duration(n)
	}
	return sum
}
