package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// ending is a grant as the naive model of notices knows it.
type ending struct {
	no             int32
	from, to, told int64 // seconds; told: days of the last notice, 0: none
}

// notice is what a run at now tells about a grant: 3, 14 or 0 (rules.md §8).
func (g *ending) notice(now int64) int {
	const day, hour = 86_400, 3_600
	term := g.to - g.from
	switch {
	case now >= g.to || term <= hour:
		return 0
	case g.told != 3 && (term < 3*day || now >= g.to-3*day):
		return 3
	case g.told == 0 && term >= 14*day && now >= g.to-14*day:
		return 14
	}
	return 0
}

// text is what the notice says: the grant, and the days or hours that are left, rounded up.
func (g *ending) text(now int64) string {
	left := g.to - now
	if left < 86_400 {
		return fmt.Sprintf("%d: 1 days, %d hours", g.no, (left+3_599)/3_600)
	}
	return fmt.Sprintf("%d: %d days, 0 hours", g.no, (left+86_399)/86_400)
}

// Whatever the terms of grants and whenever the job runs, each notice is written when the rules say so, and once. A run
// leaves nothing to find for the next one at the same instant, so that no account is looked at again and again and
// keeps others from their turn.
func TestNoticesAreThoseOfTheRules(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	random := rand.New(rand.NewPCG(3, 14))
	const day = 24 * time.Hour
	terms := []time.Duration{time.Second, time.Hour, time.Hour + time.Second, 20 * time.Hour, 3*day - time.Second, 3 * day, 3*day + time.Second, 14*day - time.Second, 14 * day, 14*day + time.Second, 20 * day}
	free := start.Add(90 * day).Unix()
	grants := []ending{{no: 1, from: start.Unix(), to: free}, {no: 2, from: start.Unix(), to: free}}
	var want []string
	for range 70 {
		g := &grants[random.IntN(len(grants))]
		marks := []int64{g.to - 14*86_400, g.to - 3*86_400, g.to}
		next := time.Unix(marks[random.IntN(3)], 0).Add(time.Duration(random.IntN(5)-2) * 500 * time.Millisecond)
		if !next.After(f.Now()) {
			next = f.Now().Add(time.Duration(random.IntN(40_000)) * time.Second / 2)
		}
		f.clock.set(next)
		now := f.Now().Unix()
		if random.IntN(3) == 0 {
			to := time.Unix(now, 0).Add(terms[random.IntN(len(terms))])
			no, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: id, Meter: billing.Meters()[random.IntN(2)], Kind: billing.TopUp, Amount: 5, ExpiresAt: to, Reference: "order", IdempotencyKey: f.key()}, tsdb.Actor{})
			f.must(err)
			made := ending{no: no, from: now, to: to.Unix()}
			if term := made.to - made.from; term < 3*86_400 && made.notice(now) == 3 { // short ones are told of at once
				want, made.told = append(want, made.text(now)), 3
			}
			grants = append(grants, made)
		}
		for i := range grants {
			if n := grants[i].notice(now); n > 0 {
				want, grants[i].told = append(want, grants[i].text(now)), int64(n)
			}
		}
		f.mailExpiring()
		if n, err := f.MailExpiring(f.ctx, 100); err != nil || n != 0 {
			t.Fatalf("%v: looked at %d accounts again, %v", f.Now(), n, err)
		}
	}
	rows, err := f.pool.Query(f.ctx, `SELECT (data->>'grantNo') || ': ' || (data->>'days') || ' days, ' || coalesce(data->>'hours', '0') || ' hours' FROM email WHERE kind = 'GRANT_EXPIRING' ORDER BY email_id`)
	f.must(err)
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	f.must(err)
	slices.Sort(got)
	slices.Sort(want)
	if len(want) < 15 || !slices.Equal(got, want) {
		t.Errorf("told\n%q\nwant\n%q", got, want)
	}
}

// If the notices of one account fail, the others get theirs, and the failure is reported.
func TestAnAccountWhoseNoticesFail(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var ids []int64
	for range 3 {
		ids = append(ids, f.account())
	}
	f.exec(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$`)
	f.exec(fmt.Sprintf(`CREATE TRIGGER refuse BEFORE INSERT ON email FOR EACH ROW WHEN (NEW.account_id = %d) EXECUTE FUNCTION refuse()`, ids[0]))
	f.clock.advance(80 * 24 * time.Hour)
	if n, err := f.MailExpiring(f.ctx, 100); err == nil || n != 3 {
		t.Errorf("looked at %d, %v", n, err)
	}
	if n := f.count(`SELECT count(DISTINCT account_id) FROM email WHERE kind = 'GRANT_EXPIRING'`); n != 2 {
		t.Errorf("%d accounts were told", n)
	}
	f.exec(`DROP TRIGGER refuse ON email`)
	if n, err := f.MailExpiring(f.ctx, 100); err != nil || n != 1 {
		t.Errorf("then looked at %d, %v", n, err)
	}
}
