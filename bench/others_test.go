package bench

import (
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
)

// clone makes n copies of the first account with its complete books, by SQL: through the API, a hundred thousand would take minutes.
func (f *fleet) clone(n int) {
	first := f.accounts[0]
	const ids = `SELECT max(%s) FROM %s`
	var lastAccount, lastResource int64
	f.must(f.pool.QueryRow(f.b.Context(), fmt.Sprintf(ids, "account_id", "account")).Scan(&lastAccount))
	f.must(f.pool.QueryRow(f.b.Context(), fmt.Sprintf(ids, "resource_id", "resource")).Scan(&lastResource))
	ctx := f.b.Context()
	tx, err := f.pool.Begin(ctx)
	f.must(err)
	defer func() { _ = tx.Rollback(ctx) }()
	_, err = tx.Exec(ctx, `SET LOCAL session_replication_role = replica`) // no triggers: each would write the balance row again
	f.must(err)
	copies := func(table, changes string) {
		_, err := tx.Exec(ctx, `INSERT INTO `+table+` OVERRIDING SYSTEM VALUE SELECT c.* FROM `+table+` t, generate_series(1, $2::int) i,
LATERAL jsonb_populate_record(t, jsonb_build_object('account_id', $3::bigint + i`+changes+`)) c WHERE t.account_id = $1 AND $4::bigint >= 0`, first, n, lastAccount, lastResource)
		f.must(err)
	}
	copies("account", `, 'name', t.name || ' ' || i, 'idempotency_key', 'copy ' || i`)
	for _, table := range []string{"balance", "credit_grant", "ledger_entry", "reconciliation"} {
		copies(table, "")
	}
	copies("resource", `, 'resource_id', $4::bigint + i`)
	_, err = tx.Exec(ctx, `SELECT setval(pg_get_serial_sequence('account', 'account_id'), $1), setval(pg_get_serial_sequence('resource', 'resource_id'), $2)`, lastAccount+int64(n), lastResource+int64(n))
	f.must(err)
	f.must(tx.Commit(ctx))
	f.exec(`ANALYZE`)
	for i := range int64(n) {
		f.accounts, f.models = append(f.accounts, lastAccount+1+i), append(f.models, lastResource+1+i)
	}
}

// tick posts segments of many accounts.
func (t *trial) tick() {
	f := newFleet(t.B, 1)
	accounts := t.size(10_000, 500)
	f.clone(accounts - 1)
	now := time.Now().UTC().Truncate(time.Minute).Add(-12 * time.Hour)
	store, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: func() time.Time { return now }})
	f.must(err)
	f.hostEach(now, 10)
	f.bareMeter()
	minute, n := now, 10*accounts
	t.slower(func() (int, func()) {
		minute = minute.Add(time.Minute)
		return n, func() { f.insertLedger(minute) }
	}, func() (int, func()) {
		now = now.Add(time.Minute)
		return n, func() {
			_, err := store.Tick(t.Context(), tsdb.MeterShard)
			f.must(err)
		}
	})
}

// insertLedger is the baseline of a tick: one row for each segment.
func (f *fleet) insertLedger(minute time.Time) {
	f.exec(`INSERT INTO bare_ledger (account_id, entry_no, segment_id, amount, balance_after, posted_at, minute)
SELECT account_id, extract(epoch FROM $1::timestamptz)::bigint * 100 + row_number() OVER (PARTITION BY account_id ORDER BY segment_id), segment_id,
  -(rate * replicas * 60 + 1800) / 3600, 0, $1, $1 FROM segment WHERE ended_at IS NULL`, minute)
}

// reconcileEvents reconciles accounts that have nothing new.
func (t *trial) reconcileEvents() {
	f := newFleet(t.B, 1000)
	for range 200 {
		_, err := f.store.Ingest(t.Context(), f.events(5000), tsdb.Record)
		f.must(err)
	}
	t.reconcile(f)
}

// reconcileAccounts does the same with many accounts that contain little.
func (t *trial) reconcileAccounts() {
	f := newFleet(t.B, 1)
	_, err := f.store.Reconcile(t.Context(), f.accounts[0])
	f.must(err)
	f.clone(99_999)
	t.reconcile(f)
}

func (t *trial) reconcile(f *fleet) {
	for range 2 {
		_, err := f.store.ReconcileNew(t.Context())
		f.must(err)
	}
	for range t.rounds {
		began := time.Now()
		_, err := f.store.ReconcileNew(t.Context())
		f.must(err)
		t.add(time.Since(began).Seconds())
	}
}

// exportRows is the number of rows in the export of row 12.
const exportRows = 500_000

const exportSQL = `COPY (SELECT account_id, resource_id, bucket, sum(credits), sum(runs), sum(events), sum(input_tokens), sum(output_tokens), sum(cache_read_tokens), sum(cache_write_tokens), sum(reasoning_tokens)
FROM usage_minute WHERE account_id = %d AND bucket >= '%s' AND bucket < '%s' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) TO STDOUT (FORMAT csv)`

// export exports usage by minute and model.
func (t *trial) export() {
	d := openEndpoint(t.B, 1)
	const models, days = 100, 14
	d.exec(`INSERT INTO resource (account_id, kind, name, status, type, created_at, ever_deployed)
SELECT $1, 'MODEL', 'model ' || i, 'DEPLOYED', 'BASE', now(), true FROM generate_series(1, $2::int) i`, d.accounts[0], models)
	from := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -days-1)
	to := from.AddDate(0, 0, days)
	d.exec(`INSERT INTO usage_minute (account_id, bucket, resource_id, kind, category, credits, events, input_tokens, output_tokens)
SELECT $1, $2::timestamptz + m * interval '1 minute', resource_id, 'INFERENCE', 'MODELS', 253 + m % 1000, 1, 374, 44
FROM resource, generate_series(0, $3::int - 1) m WHERE kind = 'MODEL' AND name <> 'model' ORDER BY 2, 3`, d.accounts[0], from, exportRows/models)
	d.exec(`ANALYZE usage_minute`)
	d.token = d.newToken(auth.Support)
	at := fmt.Sprintf("%s/v1/export/usage?account=%s&from=%s&to=%s&groupBy=ACCOUNT,RESOURCE,TIME&granularity=MINUTE", d.at, accountID(d.accounts[0]), from.Format(time.RFC3339), to.Format(time.RFC3339))
	sql := fmt.Sprintf(exportSQL, d.accounts[0], from.Format(time.RFC3339), to.Format(time.RFC3339))
	t.against(func() (int, func()) { return 1, func() { d.psql(sql) } }, func() (int, func()) { return 1, func() { d.download(at) } })
}

func (d *endpoint) psql(sql string) {
	cmd := exec.CommandContext(d.b.Context(), "psql", "-X", "-q", "-d", d.url, "-c", sql)
	cmd.Stdout = io.Discard
	d.must(cmd.Run())
}

// download reads an export to its end and counts its lines.
func (d *endpoint) download(at string) {
	request, err := http.NewRequestWithContext(d.b.Context(), http.MethodGet, at, nil)
	d.must(err)
	request.Header.Set("Authorization", "Bearer "+d.token)
	response, err := d.client.Do(request)
	d.must(err)
	defer func() { _ = response.Body.Close() }()
	lines := &lineCount{}
	if _, err := io.Copy(lines, response.Body); err != nil || response.StatusCode != http.StatusOK || lines.n < exportRows {
		d.b.Fatalf("%d, %d lines of %d: %v", response.StatusCode, lines.n, exportRows, err)
	}
}

type lineCount struct{ n int }

func (c *lineCount) Write(b []byte) (int, error) {
	c.n += strings.Count(string(b), "\n")
	return len(b), nil
}

// lateHosting compares the overview after late-reported hosting with the one before.
func (t *trial) lateHosting() {
	d := openEndpoint(t.B, 1)
	d.history(0)
	d.token = d.newToken(auth.Support)
	body := question(`query($id:ID!){account(id:$id){overview(range:{preset:LAST_30_DAYS}){credits{used} inRange{credits runs}}}}`, map[string]any{"id": accountID(d.accounts[0])})
	overview := func() (int, func()) {
		return 1, func() { d.mustAnswer(d.post("/graphql", "application/json", body), `"overview"`) }
	}
	d.exec(`UPDATE account SET created_at = now() - interval '60 days'`)
	for range 5 {
		rate(overview)
	}
	var before []float64
	for range 4 * t.rounds {
		before = append(before, rate(overview))
	}
	for i := range 26 {
		_, err := d.store.DeployGuardrail(t.Context(), tsdb.NewGuardrail{AccountID: d.accounts[0], Name: fmt.Sprint("late ", i), Scanner: "TOXICITY", CPUType: "GENERAL_PURPOSE", Replicas: 1,
			At: time.Now().AddDate(0, 0, -30)})
		d.must(err)
	}
	for range t.rounds {
		t.add(median(before) / rate(overview))
	}
}

// start measures how long the built program takes until it is ready.
func (t *trial) start() {
	f := newFleet(t.B, 1)
	p := t.program(f)
	p.end()
	for range t.rounds {
		p := t.program(f)
		t.add(float64(p.ready.Microseconds()) / 1000)
		p.end()
	}
}

// idleMemory measures the memory that it then holds.
func (t *trial) idleMemory() {
	f := newFleet(t.B, 1)
	for range t.rounds {
		p := t.program(f)
		time.Sleep(3 * time.Second)
		t.add(float64(p.resident()) / (1 << 20))
		p.end()
	}
}

// few and many are the numbers of accounts in row 14.
const few, many = 1_000, 100_000

// fewAndMany returns two fleets of these sizes.
func (t *trial) fewAndMany() (a, b *fleet) {
	a, b = newFleet(t.B, 1), newFleet(t.B, 1)
	a.clone(few - 1)
	b.clone(many - 1)
	return a, b
}

func (t *trial) manyStart() {
	a, b := t.fewAndMany()
	t.program(a).end()
	t.program(b).end()
	for range t.rounds {
		x, y := t.program(a), t.program(b)
		t.add(float64(y.ready) / float64(x.ready))
		x.end()
		y.end()
	}
}

func (t *trial) manyPage() {
	x, y := t.fewAndMany()
	a, b := openEndpointOn(t.B, x, false), openEndpointOn(t.B, y, false)
	a.history(0)
	b.history(0)
	a.token, b.token = a.newToken(auth.Support), b.newToken(auth.Support)
	pages := func(d *endpoint) side {
		page := d.page(0)
		return func() (int, func()) {
			return 10, func() {
				for range 10 {
					rate(page)
				}
			}
		}
	}
	t.slower(pages(a), pages(b), a.fleet, b.fleet)
}

func (t *trial) manyAccess() {
	x, y := t.fewAndMany()
	a, b := openEndpointOn(t.B, x, false), openEndpointOn(t.B, y, false)
	sides := func(d *endpoint) side {
		var bodies [][]byte
		for i := range 1_000 { // as many accounts as are asked about in the small fleet, so that as many are cached
			bodies = append(bodies, question(askAccess, map[string]any{"id": accountID(d.accounts[i*len(d.accounts)/1_000])}))
		}
		return func() (int, func()) {
			return 20_000, func() {
				atOnce(stateClients, func(i int) {
					for turn := i; turn < 20_000; turn += stateClients {
						d.post("/graphql", "application/json", bodies[turn%len(bodies)])
					}
				})
			}
		}
	}
	t.slower(sides(a), sides(b), x, y)
}

// hostEach starts segments in each account.
func (f *fleet) hostEach(at time.Time, n int) {
	f.exec(`UPDATE balance SET posted_until = $1, cycle_end = $1::timestamptz + interval '20 days'`, at)
	f.exec(`INSERT INTO deployment (account_id, resource_id, category, name, type, status, hardware, cpu_count, replicas, rate, created_at, deployed_at, updated_at)
SELECT r.account_id, r.resource_id, 'MODELS', 'eu ' || n, 'OPEN_SOURCE', 'DEPLOYED', 'g6.xlarge', 0, 1, 1207200, $1, $1, $1 FROM resource r, generate_series(1, $2::int) n`, at, n)
	f.exec(`INSERT INTO segment (account_id, deployment_id, resource_id, category, hardware, replicas, rate, started_at)
SELECT account_id, deployment_id, resource_id, category, hardware, replicas, rate, created_at FROM deployment`)
	f.exec(`ANALYZE segment, balance, deployment`)
}
