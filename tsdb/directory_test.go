package tsdb_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// directed is an account as the test knows it.
type directed struct {
	id                int64
	name              string
	balances          [2]int64
	exhausted         [2]billing.Second // 0: never
	email             string
	forecast, hasPlan bool
}

// directory makes accounts with names, balances and forecasts, many of which are equal.
func (f *fixture) directory(n int) []directed {
	f.t.Helper()
	random := rand.New(rand.NewPCG(8, 1))
	plan, err := f.CreatePlan(f.ctx, billing.Plan{Name: "Team", Credits: 100_000_000, Runs: 100}, tsdb.Actor{})
	f.must(err)
	var all []directed
	var foretold []tsdb.Foretold
	for i := range n {
		d := directed{name: []string{"acme", "Acme", "beta", "Ünal", "zeta_%"}[random.IntN(5)], email: fmt.Sprintf("%s%d@Example.org", []string{"mia", "MAX"}[i%2], i), hasPlan: i%3 == 0}
		account := tsdb.NewAccount{Name: d.name, IdempotencyKey: f.key(), Members: []access.Member{{UserID: "u", Name: "U", Email: d.email, Role: access.RoleMasterAdmin}}}
		if d.hasPlan {
			account.PlanID = plan.ID
		}
		var err error
		d.id, err = f.CreateAccount(f.ctx, account, tsdb.Actor{})
		f.must(err)
		d.balances = [2]int64{[]int64{-30_000_000, -25_000_000, -1, 0, 1, 4_999_999, 5_000_000, 25_000_000, 25_000_001}[random.IntN(9)], random.Int64N(4)}
		_, err = f.pool.Exec(f.ctx, `UPDATE balance SET balances = $2 WHERE account_id = $1`, d.id, d.balances[:])
		f.must(err)
		if d.forecast = random.IntN(4) > 0; d.forecast {
			for m := range d.exhausted {
				if random.IntN(3) > 0 {
					d.exhausted[m] = billing.SecondOf(start.AddDate(0, 0, random.IntN(5)))
				}
			}
			foretold = append(foretold, tsdb.Foretold{AccountID: d.id, At: start, CreditsExhausted: d.exhausted[0], RunsExhausted: d.exhausted[1]})
		}
		all = append(all, d)
	}
	f.must(f.KeepForetold(f.ctx, append(foretold, tsdb.Foretold{AccountID: 1 << 40, At: start}))) // one that is gone
	return all
}

func never(s billing.Second) int64 {
	if s == 0 {
		return 1<<63 - 1
	}
	return int64(s)
}

// Pages in every order, from either end, are the accounts sorted by the test itself.
func TestDirectoryIsSorted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	all := f.directory(40)
	for sort, compare := range map[tsdb.DirectorySort]func(a, b directed) int{
		tsdb.ByCreated:          func(a, b directed) int { return 0 },
		tsdb.ByName:             func(a, b directed) int { return strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) },
		tsdb.ByCredits:          func(a, b directed) int { return cmp.Compare(a.balances[0], b.balances[0]) },
		tsdb.ByRuns:             func(a, b directed) int { return cmp.Compare(a.balances[1], b.balances[1]) },
		tsdb.ByCreditsExhausted: func(a, b directed) int { return cmp.Compare(never(a.exhausted[0]), never(b.exhausted[0])) },
		tsdb.ByRunsExhausted:    func(a, b directed) int { return cmp.Compare(never(a.exhausted[1]), never(b.exhausted[1])) },
	} {
		for _, descending := range []bool{false, true} {
			want := slices.Clone(all)
			slices.SortFunc(want, func(a, b directed) int { return cmp.Or(compare(a, b), cmp.Compare(a.id, b.id)) })
			if descending {
				slices.Reverse(want)
			}
			for _, backward := range []bool{false, true} {
				got := f.turnPages(tsdb.DirectoryQuery{Sort: sort, Descending: descending, Backward: backward, Limit: 7, Total: true}, len(all))
				if !slices.EqualFunc(got, want, func(id int64, d directed) bool { return id == d.id }) {
					t.Errorf("%s, descending %t, backward %t: %v", sort, descending, backward, got)
				}
			}
		}
	}
}

// turnPages reads a whole list page by page.
func (f *fixture) turnPages(q tsdb.DirectoryQuery, total int) (ids []int64) {
	f.t.Helper()
	for {
		page, err := f.Directory(f.ctx, q)
		f.must(err)
		if page.Total != total {
			f.t.Fatalf("%d in all, want %d", page.Total, total)
		}
		var part []int64
		for _, row := range page.Rows {
			part = append(part, row.ID)
		}
		more := page.HasNext
		if q.Backward {
			more, ids = page.HasPrev, append(part, ids...)
		} else {
			ids = append(ids, part...)
		}
		if !more {
			return ids
		}
		if q.Backward {
			q.Before = &page.Rows[0].Cursor
		} else {
			q.After = &page.Rows[len(page.Rows)-1].Cursor
		}
	}
}

// Each condition leaves the accounts that the test itself would leave; together they leave those that match all.
func TestDirectoryIsFiltered(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	all := f.directory(40)
	var planID int64
	f.must(f.pool.QueryRow(f.ctx, `SELECT plan_id FROM plan WHERE name = 'Team'`).Scan(&planID))
	amount := func(n int64) *billing.Amount { a := billing.Amount(n); return &a }
	soon := start.AddDate(0, 0, 2)
	limits := billing.DefaultLimits()
	for name, c := range map[string]struct {
		q    tsdb.DirectoryQuery
		fits func(d directed) bool
	}{
		"name":           {tsdb.DirectoryQuery{Search: "CM"}, func(d directed) bool { return strings.EqualFold(d.name, "acme") }},
		"no pattern":     {tsdb.DirectoryQuery{Search: "_%"}, func(d directed) bool { return d.name == "zeta_%" }},
		"e-mail":         {tsdb.DirectoryQuery{Email: "Mia1"}, func(d directed) bool { return strings.HasPrefix(strings.ToLower(d.email), "mia1") }},
		"no such e-mail": {tsdb.DirectoryQuery{Email: "m%"}, func(directed) bool { return false }},
		"plan":           {tsdb.DirectoryQuery{Plans: []int64{planID}}, func(d directed) bool { return d.hasPlan }},
		"no plan":        {tsdb.DirectoryQuery{Plans: []int64{}}, func(directed) bool { return false }},
		"zones": {tsdb.DirectoryQuery{Zones: []billing.Zone{billing.ZoneLow, billing.ZoneStopped}}, func(d directed) bool {
			zone := limits.Zone(billing.Amount(d.balances[0]))
			return zone == billing.ZoneLow || zone == billing.ZoneStopped
		}},
		"open":      {tsdb.DirectoryQuery{Zones: []billing.Zone{billing.ZoneOpen}}, func(d directed) bool { return limits.Zone(billing.Amount(d.balances[0])) == billing.ZoneOpen }},
		"credits":   {tsdb.DirectoryQuery{Credits: tsdb.AmountBounds{AtLeast: amount(-1), AtMost: amount(4_999_999)}}, func(d directed) bool { return d.balances[0] >= -1 && d.balances[0] <= 4_999_999 }},
		"runs":      {tsdb.DirectoryQuery{Runs: tsdb.AmountBounds{AtMost: amount(1)}}, func(d directed) bool { return d.balances[1] <= 1 }},
		"exhausted": {tsdb.DirectoryQuery{ExhaustedBefore: soon}, func(d directed) bool { return min(never(d.exhausted[0]), never(d.exhausted[1])) < soon.Unix() }},
		"all of it": {tsdb.DirectoryQuery{Search: "a", Runs: tsdb.AmountBounds{AtMost: amount(2)}, ExhaustedBefore: soon}, func(d directed) bool {
			return strings.Contains(strings.ToLower(d.name), "a") && d.balances[1] <= 2 && min(never(d.exhausted[0]), never(d.exhausted[1])) < soon.Unix()
		}},
	} {
		var want []int64
		for _, d := range all {
			if c.fits(d) {
				want = append(want, d.id)
			}
		}
		c.q.Limit, c.q.Total = 100, true
		if got := f.turnPages(c.q, len(want)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// Accounts are due that have no forecast since an instant, the longest ago first; a later forecast is not replaced.
func TestForetellDue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a, b, c := f.account(), f.account(), f.account()
	f.must(f.KeepForetold(f.ctx, []tsdb.Foretold{{AccountID: a, At: start}, {AccountID: b, At: start.Add(-time.Hour)}}))
	f.must(f.KeepForetold(f.ctx, []tsdb.Foretold{{AccountID: a, At: start.Add(-2 * time.Hour)}}))
	for limit, want := range map[int][]int64{1: {c}, 10: {c, b}} {
		if got, err := f.ForetellDue(f.ctx, start, limit); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v %v, want %v", got, err, want)
		}
	}
}

// An account is in the zone that billing says it is in, whatever its limits: equal ones, none, limits in the wrong
// order, and balances on either side of each.
func TestDirectoryKnowsTheZones(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	random := rand.New(rand.NewPCG(5, 25))
	want, all := map[billing.Zone][]int64{}, []int64{}
	amounts := []billing.Amount{0, 1, 5 * credit, 5*credit + 1, 25 * credit, 1_000_000_000_000 * credit}
	for range 60 {
		id := f.account()
		l := billing.Limits{FineTune: amounts[random.IntN(6)], Low: amounts[random.IntN(6)], Negative: -amounts[random.IntN(6)]}
		f.must(f.SetLimits(f.ctx, tsdb.LimitsChange{AccountID: id, FineTune: &l.FineTune, Low: &l.Low, Negative: &l.Negative}, tsdb.Actor{}))
		balance := []billing.Amount{l.FineTune, l.Low, l.Negative, 0}[random.IntN(4)] + billing.Amount(random.IntN(3)-1)
		f.exec(`UPDATE balance SET balances[1] = $2 WHERE account_id = $1`, id, int64(balance))
		zone := l.Zone(balance)
		want[zone], all = append(want[zone], id), append(all, id)
	}
	zones := []billing.Zone{billing.ZoneOpen, billing.ZoneNoFineTuning, billing.ZoneLow, billing.ZoneExhausted, billing.ZoneStopped}
	for _, zone := range zones {
		if got := f.turnPages(tsdb.DirectoryQuery{Zones: []billing.Zone{zone}, Limit: 7, Total: true}, len(want[zone])); !slices.Equal(got, want[zone]) || len(got) == 0 {
			t.Errorf("%s: %v, want %v", zone, got, want[zone])
		}
	}
	for what, c := range map[string]struct {
		q    tsdb.DirectoryQuery
		want []int64
	}{
		"every zone":          {tsdb.DirectoryQuery{Zones: zones}, all},
		"no zone":             {tsdb.DirectoryQuery{Zones: []billing.Zone{}}, nil},
		"one by its id":       {tsdb.DirectoryQuery{Search: "no name", ID: all[3]}, all[3:4]},
		"one, not among them": {tsdb.DirectoryQuery{Search: "no name", ID: all[3], Among: all[4:9]}, nil},
		"among some, twice":   {tsdb.DirectoryQuery{Among: append(all[5:8:8], all[5], 999)}, all[5:8]},
		"among none":          {tsdb.DirectoryQuery{Among: []int64{}}, nil},
		"an empty interval":   {tsdb.DirectoryQuery{Credits: tsdb.AmountBounds{AtLeast: new(billing.Amount(1)), AtMost: new(billing.Amount(0))}}, nil},
		"all amounts":         {tsdb.DirectoryQuery{Credits: tsdb.AmountBounds{AtLeast: new(billing.Amount(math.MinInt64)), AtMost: new(billing.Amount(math.MaxInt64))}}, all},
	} {
		c.q.Limit, c.q.Total = 100, true
		if got := f.turnPages(c.q, len(c.want)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
	// A cursor that was tampered with leads somewhere in the list, and to no error.
	for _, value := range []string{"", "x", "9223372036854775808", "-1", "1e9", "0x10"} {
		for _, sort := range []tsdb.DirectorySort{tsdb.ByCreated, tsdb.ByName, tsdb.ByCredits, tsdb.ByRunsExhausted, "NONE"} {
			cursor := &tsdb.DirectoryCursor{Value: value, ID: math.MaxInt64}
			_, err := f.Directory(f.ctx, tsdb.DirectoryQuery{Sort: sort, After: cursor, Before: cursor, Limit: 3})
			f.must(err)
		}
	}
}
