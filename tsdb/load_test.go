package tsdb

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// randomAccounts are accounts with every column and part filled, or empty by chance; there are many, so that whatever
// two readers confuse differs in some of them. Amounts are beyond what a float holds exactly.
const randomAccounts = `
ALTER TABLE segment DROP CONSTRAINT segment_deployment_id_fkey;
CREATE FUNCTION any_amount() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT (random() * 4e18)::bigint $$;
CREATE FUNCTION any_second() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$ SELECT to_timestamp(floor(random() * 4e9)) $$;
CREATE FUNCTION any_of(text[]) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT $1[1 + floor(random() * cardinality($1))::int] $$;
CREATE FUNCTION amounts(int) RETURNS bigint[] LANGUAGE sql VOLATILE AS $$ SELECT array_agg(any_amount()) FROM generate_series(1, $1) $$;
INSERT INTO plan (name, credits, runs, created_at) SELECT 'Plan ü ' || i, any_amount(), any_amount(), any_second() FROM generate_series(1, 9) i;
INSERT INTO account (name, created_at, books_from, plan_id, next_plan_id, plan_ends, fine_tune_limit, low_limit, negative_limit, time_zone, mails)
SELECT 'Name "' || i || '" ☃', any_second(), any_second(), (i % 3 > 0)::int * nullif(i % 9, 0) + 1, nullif(i % 10, 0), i % 2 = 0, any_amount(), any_amount(), -any_amount(), 'Europe/Berlin', i % 3 = 0
FROM generate_series(1, 40) i;
INSERT INTO balance (account_id, seq, entry_no, grant_no, posted_until, cycle_no, cycle_start, cycle_end, debts, free_expired, had_grant, flows, steps_reached, armings)
SELECT account_id, any_amount(), any_amount(), 1 + account_id, any_second(), 2 + account_id, any_second(), any_second(),
  CASE WHEN account_id % 4 = 0 THEN '{0,0,0,0}' ELSE ARRAY[account_id % 2, 3, 4, 5] END, ARRAY[account_id % 2 = 0, account_id % 3 = 0],
  ARRAY[account_id % 5 = 0, account_id % 7 = 0], amounts(12), amounts(2), CASE WHEN account_id % 6 = 0 THEN '{}' ELSE amounts(18) END FROM account;
INSERT INTO credit_grant (account_id, grant_no, meter, kind, amount, granted_at, expires_at, given, repaid, expired, taken_back, retired_at)
SELECT account_id, n, any_of('{MODEL_CREDITS,TOOL_RUNS}'), any_of('{FREE,TOP_UP,PLAN,ADJUSTMENT}'), 4e18::bigint, any_second(),
  CASE WHEN n % 3 > 0 THEN any_second() END, ARRAY[n, 2, 3, (random() * 1e17)::bigint], ARRAY[1, 0, n, 2]::bigint[], n * 1000, n * 2000, CASE WHEN n % 5 = 0 THEN any_second() END
FROM account, generate_series(1, (account_id % 7)::int) n;
INSERT INTO segment (account_id, deployment_id, resource_id, category, hardware, replicas, rate, started_at, ended_at)
SELECT account_id, 1000 + n, (random() * 1e6)::bigint, any_of('{MODELS,GUARDRAILS,SCRIPTS}'), 'any', 1 + n, n % 4 * 1000, any_second(), CASE WHEN n % 5 = 0 THEN timestamptz '2200-01-01' END
FROM account, generate_series(1, (account_id % 6)::int) n;
INSERT INTO reservation (account_id, meter, mode, requested, held, settled, status, created_at, expires_at)
SELECT account_id, any_of('{MODEL_CREDITS,TOOL_RUNS}'), 'CAP', 1, 1000 + n, n % 3 * 600, any_of('{OPEN,SETTLED,RELEASED}'), any_second(), any_second() + interval '0.25 seconds'
FROM account, generate_series(1, (account_id % 8)::int) n;
INSERT INTO debt (account_id, meter, minute, category, amount)
SELECT account_id, CASE c WHEN 'TOOLS' THEN 'TOOL_RUNS' ELSE 'MODEL_CREDITS' END, to_timestamp(60 * n), c, n % 3 * 1000
FROM account, generate_series(1, 5) n, unnest('{MODELS,GUARDRAILS,SCRIPTS,TOOLS}'::text[]) c WHERE account_id % 4 <> 0`

// Writers read an account's parts one after the other, readers in one row: both get the same account.
func TestAnAccountIsTheSameHoweverItIsRead(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), tsdbtest.New(t)
	if _, err := pool.Exec(ctx, randomAccounts); err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for i := range int64(42) {
		ids = append(ids, i) // and two that are not there
	}
	for _, debt := range []bool{true, false} {
		now := time.Unix(rand.Int64N(4e9), 0)
		rows, err := pool.Query(ctx, loadAccounts, ids, debt, now)
		if err != nil {
			t.Fatal(err)
		}
		want, err := collectAccounts(rows)
		if err != nil || len(want) != 40 {
			t.Fatal(len(want), err)
		}
		err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			locked, err := lockAndLoad(ctx, tx, ids, debt, now)
			same(t, "locked", locked, want)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func same(t *testing.T, how string, got, want []*account) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d accounts, want %d", how, len(got), len(want))
		return
	}
	for i := range got {
		for _, a := range []*account{got[i], want[i]} {
			slices.SortFunc(a.Reservations, func(x, y openReservation) int { return cmp.Compare(x.id, y.id) })
		}
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("%s: %s\nwant %s", how, everything(got[i]), everything(want[i]))
		}
	}
}

func everything(a *account) string {
	return fmt.Sprintf("%+v %+v plans %+v %+v", *a, *a.Account, a.Plan, a.NextPlan)
}
