package tsdb_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// The end of a token is announced by mail 14 and 3 days before, each once, however often and by however many processes
// the job runs, and only if the end is unexpected: not for tokens that were rotated, revoked, or made for a shorter
// time.
func TestEndsOfTokensAreMailedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	const day = 24 * time.Hour
	token := func(name string, life time.Duration, edit func(*access.NewToken)) int64 {
		hash := sha256.Sum256([]byte(name))
		n := access.NewToken{AccountID: id, Role: access.RoleMember, Name: name, Prefix: "ug_" + name, Hash: hash[:]}
		if life > 0 {
			n.ExpiresAt = f.Now().Add(life)
		}
		if edit != nil {
			edit(&n)
		}
		made, err := f.Access.CreateToken(f.ctx, n)
		f.must(err)
		return made.ID
	}
	token("month", 30*day, nil)
	token("week", 7*day, nil)
	token("fortnight", 14*day, nil)
	token("days", 2*day, nil)
	token("endless", 0, nil)
	token("dev", 30*day, func(n *access.NewToken) { n.Development = true })
	revoked, rotated := token("revoked", 30*day, nil), token("rotated", 30*day, nil)
	_, err := f.Access.RevokeToken(f.ctx, id, revoked, "", access.Actor{})
	f.must(err)
	hash := sha256.Sum256([]byte("successor"))
	_, _, err = f.Access.RotateToken(f.ctx, access.Rotation{AccountID: id, ID: rotated, Prefix: "ug_s", Hash: hash[:], Overlap: access.MaxOverlap})
	f.must(err)

	mailed := func() []string {
		t.Helper()
		ended := make(chan error, 3)
		for range cap(ended) {
			go func() {
				_, err := f.MailEndingTokens(f.ctx, 100)
				ended <- err
			}()
		}
		for range cap(ended) {
			f.must(<-ended)
		}
		rows, err := f.pool.Query(f.ctx, `SELECT data->>'token' || ' ' || (data->>'days') FROM email WHERE kind = 'TOKEN_EXPIRING' AND account_id = $1 ORDER BY email_id`, id)
		f.must(err)
		list, err := pgx.CollectRows(rows, pgx.RowTo[string])
		f.must(err)
		return list
	}
	var want []string
	for _, step := range []struct {
		after time.Duration
		more  []string
	}{
		{0, []string{"fortnight 14"}},
		{4 * day, []string{"week 3"}},
		{6 * day, nil},
		{11 * day, []string{"fortnight 3"}},
		{16*day - time.Minute, nil},
		{16 * day, []string{"month 14", "rotated 14"}},
		{28 * day, []string{"month 2", "rotated 2"}}, // late, after an outage
		{31 * day, nil},
	} {
		f.clock.set(start.Add(step.after))
		want = append(want, step.more...)
		got := mailed()
		if slices.Sort(got); fmt.Sprint(got) != fmt.Sprint(slices.Sorted(slices.Values(want))) {
			t.Errorf("after %v: %v, want %v", step.after, got, want)
		}
	}
}

// endingToken makes a token of an account with these instants of making and ending.
func (f *fixture) endingToken(account int64, name string, made, ends time.Time) {
	f.t.Helper()
	hash := sha256.Sum256([]byte(name))
	token, err := f.Access.CreateToken(f.ctx, access.NewToken{AccountID: account, Role: access.RoleMember, Name: name, Prefix: "ug_" + name, Hash: hash[:], ExpiresAt: f.clock.now().Add(time.Hour)})
	f.must(err)
	f.exec(`UPDATE api_token SET created_at = $2, expires_at = $3 WHERE token_id = $1`, token.ID, made, ends)
}

// noticed returns the tokens of an account that were mailed about, with how many days before.
func (f *fixture) noticed(account int64) string {
	f.t.Helper()
	rows, err := f.pool.Query(f.ctx, `SELECT DISTINCT data->>'token' || ' ' || (data->>'days') FROM email WHERE kind = 'TOKEN_EXPIRING' AND account_id = $1 ORDER BY 1`, account)
	f.must(err)
	return f.list(rows)
}

// The instant at which a notice is due, and the microsecond before; and a token that was made for exactly that long,
// and for a microsecond less.
func TestWhenTheEndOfATokenIsDue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const µs = time.Microsecond
	for name, c := range map[string]struct {
		life, left time.Duration // when it was made and now, before its end
		want       string
	}{
		"due at 14 days":            {400 * day, 14 * day, "t 14"},
		"a microsecond before":      {400 * day, 14*day + µs, ""},
		"made for 14 days":          {14 * day, 14 * day, "t 14"},
		"made for less than 14":     {14*day - µs, 13 * day, ""},
		"a day after it was due":    {400 * day, 13 * day, "t 13"},
		"part of a day counts":      {400 * day, 12*day + µs, "t 13"},
		"due at 3 days":             {14*day - µs, 3 * day, "t 3"},
		"a microsecond before that": {14*day - µs, 3*day + µs, ""},
		"made for 3 days":           {3 * day, 3 * day, "t 3"},
		"made for less than 3":      {3*day - µs, 2 * day, ""},
		"its last microsecond":      {400 * day, µs, "t 1"},
		"its end":                   {400 * day, 0, ""},
		"after its end":             {400 * day, -day, ""},
	} {
		id := f.account()
		ends := f.clock.now().Add(c.left)
		f.endingToken(id, "t", ends.Add(-c.life), ends)
		for range 2 { // once
			if _, err := f.MailEndingTokens(f.ctx, 1000); err != nil {
				t.Fatal(err)
			}
		}
		if got := f.noticed(id); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		f.exec(`DELETE FROM api_token`)
	}
}

// If a notice of one account cannot be written, the others get theirs, for tokens and for grants; the error names the
// account, and once it is mended it gets its notice. A run takes no more accounts than were asked for.
func TestOneAccountsFailureHoldsUpNoNotices(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var ids []int64
	for i := range 4 {
		ids = append(ids, f.account())
		f.endingToken(ids[i], fmt.Sprint("t", i), start.AddDate(0, 0, -100), start.Add(80*day))
	}
	f.clock.set(start.Add(77 * day)) // 13 days before the free grants end, 3 before the tokens
	f.exec(`CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$`)
	f.exec(fmt.Sprintf(`CREATE TRIGGER no BEFORE INSERT ON email FOR EACH ROW WHEN (NEW.account_id = %d) EXECUTE FUNCTION no()`, ids[1]))
	n, err := f.MailEndingTokens(f.ctx, 3)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprint("account ", ids[1])) || n != 3 {
		t.Errorf("of tokens: %d accounts, %v", n, err)
	}
	if n, err = f.MailExpiring(f.ctx, 3); err == nil || !strings.Contains(err.Error(), fmt.Sprint("account ", ids[1])) || n != 3 {
		t.Errorf("of grants: %d accounts, %v", n, err)
	}
	told := func(id int64) int64 {
		return f.count(`SELECT count(DISTINCT kind) FROM email WHERE account_id = $1 AND kind IN ('TOKEN_EXPIRING', 'GRANT_EXPIRING')`, id)
	}
	if told(ids[0]) != 2 || told(ids[1]) != 0 || told(ids[2]) != 2 || told(ids[3]) != 0 {
		t.Errorf("notices: %d %d %d %d", told(ids[0]), told(ids[1]), told(ids[2]), told(ids[3]))
	}
	f.exec(`DROP TRIGGER no ON email`)
	for range 2 {
		_, err := f.MailEndingTokens(f.ctx, 3)
		f.must(err)
		_, err = f.MailExpiring(f.ctx, 3)
		f.must(err)
	}
	for _, id := range ids {
		if told(id) != 2 {
			t.Errorf("account %d has %d notices", id, told(id))
		}
	}
}

// An account whose demo is being loaded lives in the time of its loader: notices about its tokens leave its books where
// they are.
func TestNoticesLeaveADemoAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, err := f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "Demo", IdempotencyKey: tsdb.DemoKey("acme"), NoMail: true}, tsdb.Actor{})
	f.must(err)
	f.endingToken(id, "t", start.AddDate(0, 0, -100), start.Add(80*day))
	f.clock.set(start.Add(77 * day))
	n, err := f.MailEndingTokens(f.ctx, 10)
	f.must(err)
	if at := f.count(`SELECT extract(epoch FROM posted_until)::bigint FROM balance WHERE account_id = $1`, id); n != 0 || at != start.Unix() {
		t.Errorf("%d accounts, brought up to %v", n, time.Unix(at, 0).UTC())
	}
}
