package charts_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

func exportTables() []charts.ExportTable {
	return []charts.ExportTable{charts.ExportEvents, charts.ExportLedger, charts.ExportStatements, charts.ExportGrants, charts.ExportAudit}
}

// exported is an exported row: its values by column, and its keys.
type exported struct {
	values map[string]any
	keys   []string
}

// export exports rows as of now.
func (f *fixture) export(q charts.ExportQuery) []exported {
	f.T.Helper()
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	rows, err := exportFrom(f, r, q)
	f.Must(err)
	return rows
}

// exportFrom exports rows from a snapshot, and demands that each has a value of the right type for each column.
func exportFrom(f *fixture, r *charts.Reader, q charts.ExportQuery) (rows []exported, err error) {
	f.T.Helper()
	columns := charts.ExportColumns(q.Table)
	err = r.Export(f.Ctx, q, func(values []any, keys []string) error {
		row := exported{map[string]any{}, slices.Clone(keys)}
		for i, v := range values {
			if row.values[columns[i].Name] = v; v != nil && !isOf(columns[i].Type, v) {
				f.T.Errorf("%s.%s is %T", q.Table, columns[i].Name, v)
			}
		}
		if len(values) != len(columns) || len(row.values) != len(columns) {
			f.T.Errorf("%s: %d values, %d names, %d columns", q.Table, len(values), len(row.values), len(columns))
		}
		rows = append(rows, row)
		return nil
	})
	return rows, err
}

func isOf(t charts.ColumnType, v any) (ok bool) {
	switch t {
	case charts.TextColumn, charts.DecimalColumn, charts.IDColumn:
		_, ok = v.(string)
	case charts.NumberColumn:
		_, ok = v.(int64)
	case charts.TimeColumn:
		_, ok = v.(time.Time)
	case charts.BoolColumn:
		_, ok = v.(bool)
	}
	return ok
}

// ofAll asks for everything in a table.
func ofAll(table charts.ExportTable) charts.ExportQuery {
	return charts.ExportQuery{Table: table, From: start.AddDate(-2, 0, 0), To: start.AddDate(2, 0, 0)}
}

// taken is a fixture with rows in every table, of two accounts over two months: events of one instant, with sources and
// ids whose characters might confuse a cursor, with and without runs.
func taken(t *testing.T) (f *fixture, first, second int64, used map[int64]billing.Slices) {
	t.Helper()
	f = newFixture(t)
	first, second = f.NewAccount(), f.NewAccount()
	used = map[int64]billing.Slices{}
	for _, account := range []int64{first, second} {
		model, tool := f.NewResource(account, "MODEL", "REGISTERED"), f.NewResource(account, "TOOL", "DEPLOYED")
		var events []tsdb.UsageEvent
		for n := range 12 {
			at := f.Clock.Now().Add(-time.Duration(n/3) * time.Microsecond) // three of each instant
			e := storetest.Tokens(account, model, fmt.Sprintf("ü'%%_\\ %d", n), at, int64(1000*n+7), 3)
			if n%2 == 0 {
				e = storetest.Runs(account, tool, fmt.Sprint("run", n), at, int64(n+1))
			}
			e.Source = []string{"", "a", "ä/"}[n%3] + "test"
			events = append(events, e)
		}
		sum := used[account]
		for i, r := range f.Report(tsdb.Record, events...) {
			c := billing.Models
			if events[i].Runs > 0 {
				c = billing.Tools
			}
			sum[c.Index()] += r.Charge
		}
		used[account] = sum
		for n := range 3 {
			_, err := f.GrantCredits(f.Ctx, tsdb.NewGrant{AccountID: account, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: billing.Amount(1_500_000 + n),
				Reference: "order", IdempotencyKey: f.Key()}, tsdb.Actor{Kind: "USER", Name: "s@vendor.example"})
			f.Must(err)
		}
	}
	for range 2 { // two cycles close
		f.Clock.Advance(32 * 24 * time.Hour)
		_, err := f.Tick(f.Ctx, 10)
		f.Must(err)
	}
	return f, first, second, used
}

// Exporting page by page, each page beginning after the keys of the last row, gives the same as exporting at once: in
// the order of keys, every row once, even if many rows share all but the last of their keys.
func TestExportsResumeAnywhere(t *testing.T) {
	t.Parallel()
	f, _, _, _ := taken(t)
	for _, table := range exportTables() {
		all := f.export(ofAll(table))
		if len(all) < 6 {
			t.Fatalf("%s: only %d rows", table, len(all))
		}
		for _, size := range []int{1, 4, len(all)} {
			var paged []exported
			q := ofAll(table)
			for q.Limit = size; ; q.After = paged[len(paged)-1].keys {
				rows := f.export(q)
				if len(rows) == 0 {
					break
				}
				paged = append(paged, rows...)
			}
			if fmt.Sprint(paged) != fmt.Sprint(all) {
				t.Errorf("%s in pages of %d: %d rows, want %d", table, size, len(paged), len(all))
			}
		}
	}
}

// An export has everything of the accounts asked for and nothing of others; nil means all accounts, and an empty list
// none.
func TestExportsKeepToTheirAccounts(t *testing.T) {
	t.Parallel()
	f, first, second, _ := taken(t)
	for _, table := range exportTables() {
		counts := map[string]int{}
		for _, row := range f.export(ofAll(table)) {
			counts[fmt.Sprint(row.values["account_id"])]++
		}
		for _, accounts := range [][]int64{{first}, {second}, {first, second}, {}, {second + 1}} {
			want, q := 0, ofAll(table)
			for _, id := range accounts {
				want += counts[fmt.Sprint("Account:", id)]
			}
			q.Accounts = accounts
			got := f.export(q)
			for _, row := range got {
				if id := fmt.Sprint(row.values["account_id"]); !slices.ContainsFunc(accounts, func(a int64) bool { return id == fmt.Sprint("Account:", a) }) {
					t.Errorf("%s of %v: a row of %s", table, accounts, id)
				}
			}
			if len(got) != want || want == 0 && len(accounts) > 0 && accounts[0] <= second {
				t.Errorf("%s of %v: %d rows, want %d", table, accounts, len(got), want)
			}
		}
	}
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	if ids, err := r.AccountIDs(f.Ctx); err != nil || !slices.Equal(ids, []int64{first, second}) {
		t.Errorf("%v, %v", ids, err)
	}
}

// millionths is an exported amount in millionths, exactly.
func millionths(t *testing.T, v any) (n int64) {
	t.Helper()
	whole, rest, _ := strings.Cut(fmt.Sprint(v), ".")
	if len(rest) > 6 || strings.HasSuffix(rest, "0") || strings.ContainsAny(whole, "eE") {
		t.Fatalf("%v is not an exact decimal without needless zeros", v)
	}
	n, err := strconv.ParseInt(whole+rest+strings.Repeat("0", 6-len(rest)), 10, 64)
	if err != nil {
		t.Fatalf("%v: %v", v, err)
	}
	return n
}

// The figures of all tables are exact and agree with each other and with the answers of ingestion: events with the
// ledger's charges, a statement's sums with each other and with the next opening, and the rest of grants with what was
// given.
func TestExportedFiguresAgree(t *testing.T) {
	t.Parallel()
	f, _, _, used := taken(t)
	for account, want := range used {
		of := func(table charts.ExportTable) []exported {
			q := ofAll(table)
			q.Accounts = []int64{account}
			return f.export(q)
		}
		var credits, runs, charged, ran int64
		for _, e := range of(charts.ExportEvents) {
			credits, runs = credits+millionths(t, e.values["credits"]), runs+e.values["runs"].(int64)
		}
		for _, e := range of(charts.ExportLedger) {
			if amount := millionths(t, e.values["amount"]); e.values["kind"] == "CHARGE" && e.values["meter"] == "MODEL_CREDITS" {
				charged -= amount
			} else if e.values["kind"] == "CHARGE" {
				ran -= amount / 1_000_000
			}
		}
		if models, tools := int64(want[billing.Models.Index()]), int64(want[billing.Tools.Index()]); credits != models || charged != models || runs != tools || ran != tools {
			t.Errorf("events have %dµ and %d runs, the ledger %dµ and %d, the answers were %dµ and %d", credits, runs, charged, ran, models, tools)
		}
		closing := map[any]any{}
		for _, s := range of(charts.ExportStatements) {
			sum := millionths(t, s.values["opening"]) - millionths(t, s.values["charged"])
			for _, plus := range []string{"granted", "refunded", "adjusted"} {
				sum += millionths(t, s.values[plus])
			}
			if sum -= millionths(t, s.values["expired"]); sum != millionths(t, s.values["closing"]) {
				t.Errorf("a statement does not add up: %v", s.values)
			}
			if before, later := closing[s.values["meter"]]; later && before != s.values["opening"] {
				t.Errorf("it opens with %v, the one before closed with %v", s.values["opening"], before)
			}
			closing[s.values["meter"]] = s.values["closing"]
		}
		for _, g := range of(charts.ExportGrants) {
			left := millionths(t, g.values["amount"])
			for _, minus := range []string{"used", "expired", "taken_back"} {
				left -= millionths(t, g.values[minus])
			}
			if left != millionths(t, g.values["left_over"]) || left < 0 {
				t.Errorf("a grant does not add up: %v", g.values)
			}
		}
	}
}

// The span is [from, to) to the microsecond, in whatever zone its ends are written; turned around, it is empty.
func TestSpansOfExports(t *testing.T) {
	t.Parallel()
	f, first, _, _ := taken(t)
	instant := func(micros int) time.Time { return start.Add(time.Duration(micros) * time.Microsecond) }
	kathmandu := zone(t, "Asia/Kathmandu")
	for name, c := range map[string]struct {
		from, to time.Time
		want     int
	}{
		"all four instants": {instant(-3), instant(1), 12},
		"but the last":      {instant(-3), instant(0), 9},
		"one":               {instant(-1), instant(0), 3},
		"one, elsewhere":    {instant(-1).In(kathmandu), instant(0).In(kathmandu), 3},
		"none":              {instant(0), instant(0), 0},
		"turned round":      {instant(1), instant(-3), 0},
	} {
		q := charts.ExportQuery{Table: charts.ExportEvents, Accounts: []int64{first}, From: c.from, To: c.to}
		if got := len(f.export(q)); got != c.want {
			t.Errorf("%s: %d rows, want %d", name, got, c.want)
		}
	}
}

// A cursor comes from outside: whatever it holds, it is either the place of a row or refused, and never a failure of
// the database.
func TestHostileCursorsOfExports(t *testing.T) {
	t.Parallel()
	f, first, _, _ := taken(t)
	parts := []string{"", "x", "1", "-1", "2147483648", "9223372036854775807", "-9223372036854775808", "-900000000000000000", "9223372036854775808", "1.5", "1e3", " 1", "a\x00b", "\xff", "'; DROP TABLE account; --"}
	for _, table := range exportTables() {
		keys := f.export(ofAll(table))[0].keys
		r := charts.Read(f.Store)
		for at := range keys {
			for _, part := range parts {
				q := ofAll(table)
				q.Accounts, q.After = []int64{first}, slices.Clone(keys)
				q.After[at] = part
				var refused *tsdb.Error
				if _, err := exportFrom(f, r, q); err != nil && (!errors.As(err, &refused) || refused.Code != charts.BadPage) {
					t.Errorf("%s after %q: %v", table, q.After, err)
				}
			}
		}
		for _, after := range [][]string{{}, keys[1:], append(slices.Clone(keys), "1")} {
			q := ofAll(table)
			q.After = after
			_, err := exportFrom(f, r, q)
			f.wantRefused(err, charts.BadPage)
		}
		r.Close(f.Ctx)
	}
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	f.wantRefused(r.Export(f.Ctx, charts.ExportQuery{Table: "account"}, nil), tsdb.Invalid)
	if columns := charts.ExportColumns("account"); len(columns) != 0 {
		t.Errorf("%v", columns)
	}
}

// An export is of one snapshot: what comes in meanwhile is not in it, and a consumer that stops ends it with the
// consumer's own error.
func TestExportsAreOfOneMoment(t *testing.T) {
	t.Parallel()
	f, first, _, _ := taken(t)
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	before, err := exportFrom(f, r, ofAll(charts.ExportEvents))
	f.Must(err)
	f.Must(r.TakeTime(f.Ctx, time.Hour))
	tool := f.NewResource(first, "TOOL", "DEPLOYED")
	f.Report(tsdb.Record, storetest.Runs(first, tool, "late", f.Clock.Now(), 1))
	if after, err := exportFrom(f, r, ofAll(charts.ExportEvents)); err != nil || fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("%d rows, then %d, %v", len(before), len(after), err)
	}
	if now := f.export(ofAll(charts.ExportEvents)); len(now) != len(before)+1 {
		t.Errorf("%d rows now, %d before", len(now), len(before))
	}
	enough, read := errors.New("enough"), 0
	err = r.Export(f.Ctx, ofAll(charts.ExportEvents), func([]any, []string) error {
		if read++; read == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || read != 3 {
		t.Errorf("%d rows, %v", read, err)
	}
}
