package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// another is a store as in another process, on the same database and with the same clock. Its memory is checked only if
// check says so.
func (f *fixture) another(check bool, memory int) *tsdb.Store {
	f.t.Helper()
	s, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: f.clock.now, CheckMemory: check, Memory: memory})
	f.must(err)
	return s
}

// history is what the tables say at one moment.
type history struct {
	f      *fixture
	tables []string
}

// note notes what the tables of the books say.
func (f *fixture) note() history {
	f.t.Helper()
	h := history{f, []string{"balance", "credit_grant", "ledger_entry", "usage_event", "usage_delta_row", "usage_delta_hosting", "account_event", "reservation", "resource"}}
	for _, table := range h.tables {
		f.run("CREATE TABLE was_" + table + " AS TABLE " + table)
	}
	return h
}

// back makes the tables say it again, versions included, like a copy that lost what was committed since.
func (h history) back() {
	h.f.t.Helper()
	h.f.must(pgx.BeginFunc(h.f.ctx, h.f.pool, func(tx pgx.Tx) error {
		statements := []string{"SET LOCAL session_replication_role = replica"} // no triggers
		for _, table := range h.tables {
			override := ""
			if table == "reservation" || table == "resource" {
				override = " OVERRIDING SYSTEM VALUE"
			}
			statements = append(statements, "DELETE FROM "+table, "INSERT INTO "+table+override+" SELECT * FROM was_"+table)
		}
		for _, sql := range statements {
			if _, err := tx.Exec(h.f.ctx, sql); err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
		}
		return nil
	}))
}

func (f *fixture) run(sql string, args ...any) {
	f.t.Helper()
	_, err := f.pool.Exec(f.ctx, sql, args...)
	f.must(err)
}

// After a failover to a copy that lost the last commits, a process's memory of them does not count; what the copy says
// counts.
func TestMemoryOfWhatACopyLost(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	s := f.another(false, 0)
	use := func(s *tsdb.Store, n int64) {
		t.Helper()
		results, err := s.Ingest(f.ctx, []tsdb.UsageEvent{runs(id, tool, f.key(), f.clock.now(), n)}, tsdb.Record)
		if err != nil || results[0].Status != tsdb.Stored {
			t.Fatal(results, err)
		}
	}
	use(s, 100)
	was := f.note()
	use(s, 50)
	was.back()
	use(s, 7)
	if used := f.view(id).Runs.Used(); used != 107 {
		t.Errorf("%d runs used, want 107", used)
	}
	f.sound(id)
}

// After such a failover another process has posted something else: every counter is what the first process remembers,
// but the content differs. A memory that looked at counters would be trusted.
func TestMemoryWithTheSameCounters(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	first, second := f.another(false, 0), f.another(false, 0)
	use := func(s *tsdb.Store, n int64) (counters string) {
		t.Helper()
		results, err := s.Ingest(f.ctx, []tsdb.UsageEvent{runs(id, tool, f.key(), f.clock.now(), n)}, tsdb.Record)
		if err != nil || results[0].Status != tsdb.Stored {
			t.Fatal(results, err)
		}
		f.must(f.pool.QueryRow(f.ctx, `SELECT concat(seq, ' ', entry_no, ' ', grant_no, ' ', posted_until) FROM balance WHERE account_id = $1`, id).Scan(&counters))
		return counters
	}
	use(first, 100)
	was := f.note()
	lost := use(first, 50)
	was.back()
	if now := use(second, 30); now != lost {
		t.Fatalf("counters %s, want the %s of what was lost", now, lost)
	}
	use(first, 7)
	if used := f.view(id).Runs.Used(); used != 137 {
		t.Errorf("%d runs used, want 137", used)
	}
	f.sound(id)
}

// Two processes post to the same accounts in turn, each with a memory of its own that the other makes stale, between
// everything else that changes books. A third, in a database of its own, does the same without any memory: both
// databases give the same answers all the time.
func TestCompetingMemories(t *testing.T) {
	t.Parallel()
	for seed := range twinPairs {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			w := newTwins(t, 100+uint64(seed))
			stores := []*tsdb.Store{w.eager.f.Store, w.eager.f.another(true, 0), w.eager.f.another(true, 12)} // one forgets all the time
			w.eager.turn = func() {
				s := stores[w.eager.ticks.IntN(len(stores))]
				w.eager.f.Store, w.eager.Store = s, s
			}
			forgetful := w.lazy.f.another(false, -1)
			w.lazy.f.Store, w.lazy.Store = forgetful, forgetful
			w.live()
		})
	}
}

// 64 writers in ENFORCE mode, in two processes whose memories compete: exactly what fits is accepted.
func TestEnforceInTwoProcesses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, model, tool := f.scarce()
	batchers := []*tsdb.Batcher{tsdb.NewBatcher(f.Store, tsdb.BatcherConfig{}), tsdb.NewBatcher(f.another(true, 0), tsdb.BatcherConfig{})}
	var got tally
	f.inParallel(func(w int) error {
		for i := range 20 {
			key := fmt.Sprint(w, "/", i)
			results, err := batchers[(w+i)%2].Submit(f.ctx, []tsdb.UsageEvent{runs(id, tool, "r"+key, start, 1), tokens(id, model, "t"+key, start, 140_000, 0)}, tsdb.Enforce)
			if err != nil {
				return err
			}
			got.count(results)
		}
		return nil
	})
	for _, b := range batchers {
		b.Stop()
	}
	const each = 70_000
	a := f.view(id)
	if got.runs.Load() != 1000 || a.Runs.Balance() != 0 {
		t.Errorf("%d runs accepted, %d left", got.runs.Load(), a.Runs.Balance())
	}
	if want := 50 * credit / each * each; got.credits.Load() != int64(want) || a.Credits.Balance() != 50*credit-want {
		t.Errorf("%d µ accepted, %d left", got.credits.Load(), a.Credits.Balance())
	}
	f.noDeadlocks()
	f.sound(id)
}

// Two processes post batches of the same accounts at once, each in its own order, with repeats among them.
func TestCompetingMemoriesInParallel(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var accounts, tools []int64
	for range 12 {
		id := f.account()
		accounts, tools = append(accounts, id), append(tools, f.resource(id, "TOOL", "DEPLOYED"))
	}
	var all sync.WaitGroup
	for w, s := range []*tsdb.Store{f.Store, f.another(true, 0)} {
		all.Go(func() {
			random := rand.New(rand.NewPCG(5, uint64(w)))
			for i := range 40 {
				var events []tsdb.UsageEvent
				for _, a := range random.Perm(len(accounts)) {
					events = append(events, runs(accounts[a], tools[a], fmt.Sprint(w, "/", i), start, 1))
				}
				if i%10 == 9 {
					events[3].ID = fmt.Sprint(w, "/", i-1) // a repeat
				}
				if _, err := s.Ingest(f.ctx, events, tsdb.Record); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := f.count(`SELECT sum(used[2])::bigint FROM balance`); n != 2*(40*12-4) {
		t.Errorf("%d runs used, want %d", n, 2*(40*12-4))
	}
	for _, id := range accounts {
		f.sound(id)
	}
	f.noDeadlocks()
}

// unwatched are the columns whose change does not make a memory stale, by table: what usage does not read, and what it
// changes itself together with the version.
var unwatched = map[string][]string{
	"account":      {"account_id", "idempotency_key", "request_hash", "external_id", "tags", "provision_tools", "provision_models", "provisioned", "updated_at"},
	"balance":      {"account_id", "version"},
	"credit_grant": {"given", "repaid", "mailed_days", "reference", "idempotency_key", "request_hash", "created_by", "corrected_at"},
	"segment":      {},
	"reservation":  {},
	"resource": {"resource_id", "name", "owner_name", "type", "size_class", "base_model_id", "language", "language_version", "created_at", "last_deployed_at",
		"last_active_at", "last_used_at", "ever_deployed", "idempotency_key", "deleted_at", "updated_at", "tags"},
	"deployment": {"deployment_id", "name", "type", "status", "hardware", "cpu_count", "replicas", "rate", "endpoint", "reason", "created_at", "deployed_at",
		"updated_at", "said_at", "deleted_at", "tags", "idempotency_key"},
	"own_rate": {"set_at", "set_by"},
}

// Any change of what is remembered changes the version, even one made by hand in psql. A column that is added to one of
// these tables is watched, or named above.
func TestWhatIsRememberedHasAVersion(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.victim()
	f.run(`INSERT INTO reservation (account_id, meter, mode, requested, held, status, created_at, expires_at) VALUES ($1, 'TOOL_RUNS', 'REJECT', 1, 1, 'OPEN', now(), now())`, v.Account)
	f.run(`INSERT INTO own_rate (account_id, starts_at, rates, set_at, set_by) VALUES ($1, now(), '{}', now(), '')`, v.Account)
	changes := func(sql string) bool {
		t.Helper()
		before := f.count(`SELECT version FROM balance WHERE account_id = $1`, v.Account)
		f.run(sql, v.Account)
		return before != f.count(`SELECT version FROM balance WHERE account_id = $1`, v.Account)
	}
	for table, free := range unwatched {
		rows, err := f.pool.Query(f.ctx, `SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND table_schema = 'public' AND is_identity = 'NO'`, table)
		f.must(err)
		columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
		f.must(err)
		for _, column := range columns {
			if slices.Contains(free, column) || table == "credit_grant" { // whose trigger looks at values: see below
				continue
			}
			if sql := fmt.Sprintf(`UPDATE %s SET %s = %s WHERE account_id = $1`, table, column, otherwise(column)); !changes(sql) {
				t.Errorf("%s leaves the version", sql)
			}
		}
	}
	for _, set := range []string{"amount = amount + 1", "taken_back = 1", "expired = 1", "retired_at = now()", "expires_at = now()", "granted_at = now()", "kind = 'TOP_UP'", "meter = 'TOOL_RUNS'"} {
		if sql := `UPDATE credit_grant SET ` + set + ` WHERE account_id = $1 AND grant_no = 1`; !changes(sql) {
			t.Errorf("%s leaves the version", sql)
		}
	}
	for _, sql := range []string{
		`INSERT INTO segment (account_id, deployment_id, resource_id, category, hardware, replicas, rate, started_at) SELECT account_id, deployment_id, resource_id, category, hardware, 1, 1, now() FROM deployment WHERE account_id = $1 LIMIT 1`,
		`DELETE FROM segment WHERE account_id = $1`, `DELETE FROM deployment WHERE account_id = $1`, `DELETE FROM resource WHERE account_id = $1`,
		`DELETE FROM reservation WHERE account_id = $1`, `DELETE FROM own_rate WHERE account_id = $1`, `DELETE FROM credit_grant WHERE account_id = $1`,
		`INSERT INTO credit_grant (account_id, grant_no, meter, kind, amount, granted_at) VALUES ($1, 99, 'TOOL_RUNS', 'TOP_UP', 1, now())`,
	} {
		if !changes(sql) {
			t.Errorf("%s leaves the version", sql)
		}
	}
}

// otherwise is an expression for another value of a column, or for the same value if another would break a rule of the
// table: the trigger looks at which columns are set.
func otherwise(column string) string {
	if strings.HasSuffix(column, "_limit") {
		return column + " + 0"
	}
	return column
}

// Accounts beyond the room of the memory are forgotten, and nothing is lost by it.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	f := fixtureOn(t, tsdbtest.New(t), tsdb.Settings{})
	f.Store = f.another(true, 20)
	var accounts, tools []int64
	for range 8 {
		id := f.account()
		accounts, tools = append(accounts, id), append(tools, f.resource(id, "TOOL", "DEPLOYED"))
	}
	for round := range 4 {
		for i, id := range accounts {
			f.ingest(tsdb.Record, runs(id, tools[i], fmt.Sprint(round), start, 1))
			f.clock.advance(time.Second)
		}
	}
	for _, id := range accounts {
		if used := f.view(id).Runs.Used(); used != billing.Amount(4) {
			t.Errorf("%d runs used, want 4", used)
		}
		f.sound(id)
	}
}
