package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/jobs"
	"github.com/usagegraph/usagegraph/tsdb"
)

// statusSpan is how far back `usagegraph status` looks for busy accounts.
const statusSpan = time.Hour

// statusPatience bounds the whole command.
const statusPatience = time.Minute

// status reports the state of the whole installation: processes, jobs, and the accounts that an operator should know of.
func (p program) status(ctx context.Context, c config, _ []string) error {
	store, closeStore, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer closeStore()
	ctx, cancel := context.WithTimeout(ctx, statusPatience)
	defer cancel()
	st, err := store.Status(ctx, statusSpan)
	if err != nil && len(st.Processes) == 0 && len(st.Waiting) == 0 {
		return err
	}
	out := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	writeVitals(out, st, jobs.Standard(store), store.Now())
	writeJobs(out, st)
	writeWaiting(out, st.Waiting)
	writeAccounts(out, "busiest accounts of the last hour", st.Busy)
	writeAccounts(out, "accounts that have used up what they used in the last hour, so that more of it is refused", st.Exhausted)
	writeRefused(out, st.Refused)
	writeAccounts(out, "accounts whose hosting is posted late", st.Behind)
	if err != nil {
		err = fmt.Errorf("some of it could not be read, and is left out:\n%w", err)
	}
	return errors.Join(out.Flush(), err)
}

func writeVitals(out io.Writer, st tsdb.Status, all []jobs.Job, now time.Time) {
	fmt.Fprintf(out, "meter lag\t%s\nledger and facts differ by\t%d\nrows that wait for the roll-up\t%d\noldest mail that waits\t%s\n",
		short(st.MeterLag), int64(st.Difference), st.Dirty, short(st.OutboxAge))
	for _, state := range slices.Sorted(maps.Keys(st.MailsByState)) {
		fmt.Fprintf(out, "mails %s\t%d\n", state, st.MailsByState[state])
	}
	fmt.Fprintln(out, "\nJOB\tLAST DONE")
	for _, job := range slices.Sorted(maps.Keys(st.JobsDone)) {
		fmt.Fprintf(out, "%s\t%s ago\n", job, short(now.Sub(st.JobsDone[job])))
	}
	for _, job := range all {
		if _, done := st.JobsDone[job.Name]; !done {
			fmt.Fprintf(out, "%s\tnot since the database was made, restored or promoted\n", job.Name)
		}
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

func writeWaiting(out io.Writer, list []tsdb.WaitingSession) {
	fmt.Fprintf(out, "\nsessions that wait for a lock: %d\n", len(list))
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(out, "SESSION\tOF\tSINCE\tSTATEMENT\tBLOCKED BY\tOF\tAT\tSTATE\tITS TRANSACTION BEGAN")
	for _, x := range list {
		fmt.Fprintf(out, "%d\t%q\t%s\t%q\t%d\t%q\t%s\t%s\t%s ago\n", x.PID, x.Application, short(x.Since), x.Statement, x.Blocker, x.By, x.Address, x.State, short(x.Transaction))
	}
}

func writeRefused(out io.Writer, list []tsdb.RefusedUsage) {
	fmt.Fprintf(out, "\naccounts whose events were refused in the last hour, by reason: %d\n", len(list))
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(out, "ACCOUNT\tNAME\tCODE\tEVENTS\tLAST\tMOSTLY AT")
	for _, x := range list {
		fmt.Fprintf(out, "%s\t%q\t%s\t%d\t%s ago\t%s\n", graph.EncodeID(graph.KindAccount, x.ID), x.Name, x.Code, x.Events, short(x.Ago), x.Endpoint)
	}
}

func writeAccounts(out io.Writer, title string, list []tsdb.AccountStatus) {
	fmt.Fprintf(out, "\n%s: %d\n", title, len(list))
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(out, "ACCOUNT\tNAME\tEVENTS\tCHARGES\tCREDITS\tRUNS\tCREDITS LEFT\tRUNS LEFT\tHOSTING\tPOSTED")
	for _, x := range list {
		fmt.Fprintf(out, "%s\t%q\t%d\t%d\t%s\t%d\t%s\t%d\t%d\t%s ago\n", graph.EncodeID(graph.KindAccount, x.ID), x.Name, x.Events, x.Entries, billing.ModelCredits.Format(x.Credits),
			int64(x.Runs), billing.ModelCredits.Format(x.LeftCredits), int64(x.LeftRuns), x.RunningSegments, short(x.PostedAgo))
	}
}

// short formats a duration to the second.
func short(d time.Duration) string { return d.Round(time.Second).String() }
