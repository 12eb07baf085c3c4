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

// backends returns the CPU time of the database's processes so far, if it runs on this machine; 0 otherwise. Processes that have ended, such
// as those that help with a statement, count too.
func (f *fleet) backends() (sum time.Duration) {
	rows, err := f.pool.Query(f.b.Context(), "SELECT pid FROM pg_stat_activity")
	f.must(err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	f.must(err)
	sum = ended(pids)
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

// ended returns the CPU time of processes of the database that have ended: its first process, the parent of all others, has waited for them.
func ended(pids []int) time.Duration {
	for _, pid := range pids {
		if first, err := strconv.Atoi(statOf(pid, 4)); err == nil {
			user, _ := strconv.ParseInt(statOf(first, 16), 10, 64)
			kernel, _ := strconv.ParseInt(statOf(first, 17), 10, 64)
			return time.Duration(user+kernel) * (time.Second / 100) // Linux counts in hundredths of a second
		}
	}
	return 0
}

// statOf returns a field of /proc/PID/stat, counted from 1 as its manual does; "" if there is none.
func statOf(pid, field int) string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	after := bytes.LastIndexByte(text, ')') // the second field is a name, which may hold blanks
	if err != nil || after < 0 {
		return ""
	}
	fields := bytes.Fields(text[after+1:])
	if field-3 >= len(fields) {
		return ""
	}
	return string(fields[field-3])
}
