package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/tsdb"
)

// voidFiles voids the events that files name.
func (p program) voidFiles(fs *flag.FlagSet) action {
	account := accountFlag(fs)
	return func(ctx context.Context, c config, files []string) error {
		if len(files) == 0 {
			return errors.New("say\n  usagegraph void FILE… [--account ID]\nEach line is a JSON object with source, id and time of an event, such as the CloudEvent that was sent.")
		}
		return p.void(ctx, c, *account, files)
	}
}

func (p program) void(ctx context.Context, c config, account string, files []string) error {
	store, closeStore, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer closeStore()
	v := ingest.Voider{
		Find: func(ctx context.Context, text string) (int64, error) {
			return graph.AccountByText(ctx, store, nil, text)
		},
		Void: func(ctx context.Context, account int64, ids []tsdb.EventID) ([]tsdb.VoidResult, error) {
			return store.VoidEvents(ctx, account, ids, tsdb.Actor{Name: "usagegraph void"})
		},
	}
	if account != "" {
		if v.Account, err = v.Find(ctx, account); err != nil {
			return err
		}
		if v.Account == 0 {
			return errors.New("--account: there is no such account")
		}
	}
	var sum ingest.VoidedFile
	for _, name := range files {
		in, _, err := openInput(name)
		if err != nil {
			return err
		}
		done, err := p.voidFile(ctx, v, name, in)
		sum.Rows, sum.Voided, sum.Already, sum.Bad = sum.Rows+done.Rows, sum.Voided+done.Voided, sum.Already+done.Already, sum.Bad+done.Bad
		if err != nil {
			fmt.Fprintf(p.out, "%d events: %d taken back, %d were before, %d bad\n", sum.Rows, sum.Voided, sum.Already, sum.Bad)
			return fmt.Errorf("%s: %w; run the same command again for the rest", name, err)
		}
	}
	fmt.Fprintf(p.out, "%d events: %d taken back, %d were before, %d bad\n", sum.Rows, sum.Voided, sum.Already, sum.Bad)
	if sum.Bad > 0 {
		return fmt.Errorf("%d events are not taken back; the others are", sum.Bad)
	}
	return nil
}

// voidFile voids the events in one file and shows its first bad lines.
func (p program) voidFile(ctx context.Context, v ingest.Voider, name string, in io.ReadCloser) (ingest.VoidedFile, error) {
	defer in.Close()
	reported := 0
	v.Bad = func(row ingest.BadRow) {
		if reported++; reported <= maxReported {
			fmt.Fprintf(p.errs, "%s:%d: %s: %s\n", name, row.Line, row.Code, row.Reason)
		}
	}
	done, err := v.Run(ctx, in)
	if reported > maxReported {
		fmt.Fprintf(p.errs, "%s: %d more lines like these\n", name, reported-maxReported)
	}
	return done, err
}
