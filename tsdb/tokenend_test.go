package tsdb_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/access"
)

// A token's end is mailed 14 and 3 days before, each once, however often and by however many the job is done, and only where it
// comes unforeseen: not of what was rotated, revoked, or made for a shorter time.
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
