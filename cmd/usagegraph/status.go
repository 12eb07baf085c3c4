package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb"
)

// statusSpan is how far back `usagegraph status` looks for busy accounts.
const statusSpan = time.Hour

// status reports the state of the whole installation: processes, jobs, and the accounts that an operator should know of.
func (p program) status(ctx context.Context, c config, _ []string) error {
	store, closeStore, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer closeStore()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	st, err := store.Status(ctx, statusSpan)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	writeVitals(out, st, store.Now())
	writeJobs(out, st)
	writeAccounts(out, "busiest accounts of the last hour", st.Busy)
	writeAccounts(out, "accounts that were used in the last hour and are refused by now", st.Refused)
	writeAccounts(out, "accounts whose hosting is posted late", st.Behind)
	return out.Flush()
}

func writeVitals(out io.Writer, st tsdb.Status, now time.Time) {
	fmt.Fprintf(out, "meter lag\t%s\nledger and facts differ by\t%d\nmarks that wait for the roll-up\t%d\noldest mail that waits\t%s\n",
		short(st.MeterLag), int64(st.Difference), st.Dirty, short(st.OutboxAge))
	for _, state := range slices.Sorted(maps.Keys(st.MailsByState)) {
		fmt.Fprintf(out, "mails %s\t%d\n", state, st.MailsByState[state])
	}
	fmt.Fprintln(out, "\nJOB\tLAST DONE")
	for _, job := range slices.Sorted(maps.Keys(st.JobsDone)) {
		fmt.Fprintf(out, "%s\t%s ago\n", job, short(now.Sub(st.JobsDone[job])))
	}
}

func writeJobs(out io.Writer, st tsdb.Status) {
	fmt.Fprintln(out, "\nPROCESS\tLAST HEARD OF\tJOBS IN HAND")
	for _, x := range st.Processes {
		fmt.Fprintf(out, "%s\t%s ago\t%d\n", x.ID, short(x.Beat), x.Jobs)
	}
	fmt.Fprintln(out, "\nJOB\tSTATE\tSINCE\tATTEMPT\tPROCESS\tERROR")
	for _, x := range st.Jobs {
		fmt.Fprintf(out, "%s\t%s\t%s\t%d\t%s\t%q\n", x.Name, x.State, short(x.Since), x.Attempt, x.Process, x.Error)
	}
}

func writeAccounts(out io.Writer, title string, list []tsdb.AccountStatus) {
	fmt.Fprintf(out, "\n%s: %d\n", title, len(list))
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(out, "ACCOUNT\tNAME\tCHARGES\tCREDITS\tRUNS\tCREDITS LEFT\tRUNS LEFT\tHOSTING\tPOSTED")
	for _, x := range list {
		fmt.Fprintf(out, "%s\t%q\t%d\t%s\t%d\t%s\t%d\t%d\t%s ago\n", graph.EncodeID(graph.KindAccount, x.ID), x.Name, x.Entries, billing.ModelCredits.Format(x.Credits),
			int64(x.Runs), billing.ModelCredits.Format(x.LeftCredits), int64(x.LeftRuns), x.RunningSegments, short(x.PostedAgo))
	}
}

// short formats a duration to the second.
func short(d time.Duration) string { return d.Round(time.Second).String() }
