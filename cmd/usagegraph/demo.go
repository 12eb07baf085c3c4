package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/demo"
	"github.com/usagegraph/usagegraph/migrations"
)

// demoOrder holds the arguments of `usagegraph demo`.
type demoOrder struct {
	seed, accounts, events int
}

func (o *demoOrder) flags(fs *flag.FlagSet) {
	countFlag(fs, &o.seed, "seed", 1, 0, math.MaxInt32, "`N`: what chance begins with; the same number makes the same year")
	countFlag(fs, &o.accounts, "accounts", 0, 1, 6, "`N`: how many accounts, 1 to 6; all 6 unless given")
	countFlag(fs, &o.events, "events", 0, 0, math.MaxInt32, "`N`: about how many events; as many as such accounts have in a year unless given")
}

// demo fills the database with the demo's year. If it is already there, it says so.
func (p program) demo(fs *flag.FlagSet) action {
	var o demoOrder
	o.flags(fs)
	return func(ctx context.Context, c config, _ []string) error {
		if _, err := migrate(ctx, c.directURL()); err != nil {
			return err
		}
		_, err := p.makeDemo(ctx, c, o)
		return err
	}
}

// makeDemo makes the demo unless it exists, and returns its main account.
func (p program) makeDemo(ctx context.Context, c config, o demoOrder) (account int64, err error) {
	pool, err := demoPool(ctx, c.directURL())
	if err != nil {
		return 0, err
	}
	defer pool.Close()
	started := p.clock()
	bar := p.newBar("demo", 0)
	made, err := demo.Load(ctx, demo.Config{Pool: pool, End: started, Seed: uint64(o.seed), Accounts: o.accounts, Events: o.events, Settings: c.Settings, Log: c.Log,
		Progress: func(d demo.Progress) {
			bar.total = d.Total
			bar.show(d.Done, d.Events, "events up to "+d.At.Format(time.DateOnly))
		}})
	bar.end()
	if errors.Is(err, demo.ErrThere) {
		fmt.Fprintln(p.errs, "The demo is there already.")
		return made.Account, nil
	}
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(p.errs, "The demo is there: a year with %d events, made in %s.\n", made.Events, p.clock().Sub(started).Round(time.Second))
	return made.Account, nil
}

// demoPool opens the database for the demo. A lost year is simply made again, so commits need not wait for the disk. Queries are planned
// for exactly the chunks that they need. All that is set by statements: a pooler refuses startup parameters that it does not know.
func demoPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the database cannot be opened: its URL does not parse")
	}
	cfg.ConnConfig.RuntimeParams["application_name"] = "usagegraph demo"
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.PgConn().Exec(ctx, migrations.Unbounded+"; SET synchronous_commit = off; SET plan_cache_mode = force_custom_plan").ReadAll()
		return err
	}
	return pgxpool.NewWithConfig(ctx, cfg)
}
