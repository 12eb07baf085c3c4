package access_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// made makes a token after edit has changed its description.
func (f *fixture) made(secret, role string, edit func(*access.NewToken)) access.Token {
	f.t.Helper()
	n := f.token(secret, role)
	if edit != nil {
		edit(&n)
	}
	t, err := f.CreateToken(f.ctx, n)
	f.must(err)
	return t
}

// Tokens bound to no account are rotated and revoked only under account 0, and no account's log mentions either.
func TestServiceTokensHaveNoAccount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first := f.made("s", "SUPPORT", func(n *access.NewToken) {
		n.AccountID, n.TargetID = 0, func(id int64) string { return fmt.Sprint("token:", id) }
	})
	_, _, err := f.RotateToken(f.ctx, f.rotation(first.ID, "x", 0))
	f.refused(err, pg.NotFound, "apiTokenId")
	_, err = f.RevokeToken(f.ctx, f.account, first.ID, "", access.Actor{})
	f.refused(err, pg.NotFound, "apiTokenId")
	r := f.rotation(first.ID, "t", time.Hour)
	r.AccountID, r.TargetID = 0, func(id int64) string { return fmt.Sprint("token:", id) }
	old, second, err := f.RotateToken(f.ctx, r)
	f.must(err)
	if second.AccountID != 0 || second.Role != "SUPPORT" || !second.ExpiresAt.IsZero() || !old.ExpiresAt.Equal(start.Add(time.Hour)) {
		t.Errorf("%+v, %+v", old, second)
	}
	_, err = f.RevokeToken(f.ctx, 0, second.ID, fmt.Sprint("token:", second.ID), access.Actor{})
	f.must(err)
	log, err := f.AuditLog(f.ctx, 0, access.AuditFilter{}, pg.Page{Limit: 10}, true)
	f.must(err)
	var told []string
	for _, e := range slices.Backward(log.Rows) {
		told = append(told, string(e.Action)+" "+e.TargetID)
	}
	want := fmt.Sprintf("TOKEN_CREATED token:%d, TOKEN_ROTATED token:%d, TOKEN_REVOKED token:%d", first.ID, second.ID, second.ID)
	if got := strings.Join(told, ", "); got != want || len(f.entries(f.account)) != 0 {
		t.Errorf("%s, want %s; of the account: %v", got, want, f.entries(f.account))
	}
}

// Reading tokens by id returns those of the accounts asked for; nil means all accounts and no account, an empty list is
// no account.
func TestTokensWithinAccounts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	second := f.another("Second")
	mine, theirs := f.made("a", access.RoleMember, nil), f.made("b", access.RoleMember, func(n *access.NewToken) { n.AccountID = second })
	service := f.made("s", "ANALYST", func(n *access.NewToken) { n.AccountID = 0 })
	ids := []int64{mine.ID, theirs.ID, service.ID, mine.ID, 0, -1, 1<<63 - 1}
	for _, c := range []struct{ accounts, want []int64 }{
		{nil, []int64{mine.ID, theirs.ID, service.ID}}, {[]int64{f.account}, []int64{mine.ID}}, {[]int64{second, f.account, second}, []int64{mine.ID, theirs.ID}},
		{[]int64{0}, nil}, {[]int64{}, nil},
	} {
		found, err := f.TokensWithin(f.ctx, c.accounts, ids)
		f.must(err)
		var got []int64
		for id, token := range found {
			if got = append(got, id); token.ID != id {
				t.Errorf("%d is %+v", id, token)
			}
		}
		if slices.Sort(got); !slices.Equal(got, c.want) {
			t.Errorf("within %v: %v, want %v", c.accounts, got, c.want)
		}
		for _, id := range []int64{mine.ID, theirs.ID, service.ID} {
			if _, err := f.TokenWithin(f.ctx, c.accounts, id); slices.Contains(c.want, id) != (err == nil) {
				t.Errorf("%d within %v: %v", id, c.accounts, err)
			}
		}
	}
	if found, err := f.TokensWithin(f.ctx, nil, nil); err != nil || len(found) != 0 {
		t.Errorf("none asked for: %v, %v", found, err)
	}
}

// Scopes that narrow a token to nothing differ from no scopes: the former permit nothing, the latter all that the role
// permits.
func TestNoScopesAndEmptyOnes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	whole := f.made("whole", access.RoleMember, nil)
	nothing := f.made("nothing", access.RoleMember, func(n *access.NewToken) { n.Scopes = []string{} })
	for id, isNil := range map[int64]bool{whole.ID: true, nothing.ID: false} {
		old, next, err := f.RotateToken(f.ctx, f.rotation(id, fmt.Sprint("next", id), 0))
		f.must(err)
		stored, err := f.Token(f.ctx, next.ID)
		if f.must(err); len(stored.Scopes) != 0 || (stored.Scopes == nil) != isNil || (old.Scopes == nil) != isNil {
			t.Errorf("%v becomes %v", old.Scopes, stored.Scopes)
		}
	}
}

// A platform's token needs no role of members; a token with another account's role, or for another account's member, is
// refused.
func TestRolesOfTokensAreTheAccounts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("mia", access.RoleMasterAdmin)
	f.must(f.role("Billing", "BILLING_VIEW"))
	second := f.another("Second")
	if p := f.made("p", "PLATFORM", func(n *access.NewToken) { n.UserID = "mia" }); p.Role != "PLATFORM" || p.RolePermissions != nil {
		t.Errorf("%+v", p)
	}
	for name, c := range map[string]struct {
		edit  func(*access.NewToken)
		code  pg.Code
		field string
	}{
		"a role of another":       {func(n *access.NewToken) { n.AccountID, n.Role = second, "Billing" }, pg.Invalid, "role"},
		"a member of another":     {func(n *access.NewToken) { n.AccountID, n.UserID = second, "mia" }, pg.NotFound, "memberId"},
		"a platform of a nobody":  {func(n *access.NewToken) { n.Role, n.UserID = "PLATFORM", "eve" }, pg.NotFound, "memberId"},
		"a service in an account": {func(n *access.NewToken) { n.Role = "SUPPORT" }, pg.Invalid, "role"},
	} {
		n := f.token(name, access.RoleMember)
		c.edit(&n)
		_, err := f.CreateToken(f.ctx, n)
		t.Log(name)
		f.refused(err, c.code, c.field)
	}
	b := f.made("b", "Billing", nil)
	if !slices.Equal(b.RolePermissions, []string{"BILLING_VIEW"}) {
		t.Errorf("%+v", b)
	}
	f.must(f.role("Billing", "BILLING_VIEW", "AUDIT_VIEW")) // a role is what it is now, for tokens that are there too
	if now, err := f.Token(f.ctx, b.ID); err != nil || !slices.Equal(now.RolePermissions, []string{"BILLING_VIEW", "AUDIT_VIEW"}) {
		t.Errorf("%+v, %v", now, err)
	}
}

// Use is noted to the minute in UTC, the latest note wins whichever process writes it, and unknown tokens and an empty
// note do nothing.
func TestUseOfTokens(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a, b := f.made("a", access.RoleMember, nil), f.made("b", access.RoleMember, nil)
	kathmandu := time.FixedZone("", 5*3600+2700)
	for _, used := range []map[int64]time.Time{
		nil, {999: start}, {a.ID: start.Add(119 * time.Second).In(kathmandu)}, {a.ID: start.Add(30 * time.Second), b.ID: start},
	} {
		f.must(f.TouchTokens(f.ctx, used))
	}
	for id, want := range map[int64]time.Time{a.ID: start.Add(time.Minute), b.ID: start} {
		if got, err := f.Token(f.ctx, id); err != nil || !got.LastUsedAt.Equal(want) {
			t.Errorf("%s, want %s, %v", got.LastUsedAt, want, err)
		}
	}
}

// Following a claim says in which accounts the role does not exist; when it was last followed is known, and the log has
// the member's opaque id.
func TestWhatFollowingSays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("boss", access.RoleMasterAdmin)
	if at, err := f.FollowedAt(f.ctx, "mia"); err != nil || !at.IsZero() {
		t.Errorf("nobody followed: %s, %v", at, err)
	}
	c := f.claimed("mia", "Painter", 5)
	if done := f.follow(c); done.Changed || !slices.Equal(done.NoRole, []int64{f.account}) || f.roleOf("mia") != "" {
		t.Errorf("%+v", done)
	}
	c.IssuedAt, c.Role, c.Name = start.Add(6*time.Second), access.RoleMember, "\u202e"
	c.TargetID = func(account int64, user string) string { return fmt.Sprint("member:", account, ":", user) }
	f.follow(c)
	if at, err := f.FollowedAt(f.ctx, "mia"); err != nil || !at.Equal(c.IssuedAt) {
		t.Errorf("%s, %v", at, err)
	}
	m, err := f.Member(f.ctx, f.account, "mia")
	f.must(err)
	log, err := f.AuditLog(f.ctx, f.account, access.AuditFilter{}, pg.Page{Limit: 1}, false)
	if f.must(err); m.Name != m.Email || log.Rows[0].TargetID != fmt.Sprint("member:", f.account, ":mia") {
		t.Errorf("%+v, %+v", m, log.Rows[0])
	}
	f.must(f.role("Painter", "USAGE_VIEW"))
	c.IssuedAt, c.Role, c.Name = c.IssuedAt.Add(time.Second), "Painter", "Mia"
	if done := f.follow(c); !done.Changed || f.roleOf("mia") != "Painter" {
		t.Errorf("once there is the role: %+v", done)
	}
	remove := access.RoleChange{AccountID: f.account, Name: "Painter", May: only(access.RoleMember)}
	f.refused(f.RemoveRole(f.ctx, remove), pg.TooMuch, "name")
	remove.May = nil
	f.refused(f.RemoveRole(f.ctx, remove), pg.InUse, "name")
	c.IssuedAt, c.Name = c.IssuedAt.Add(time.Second), "Mia Two"
	if done := f.follow(c); !done.Changed { // a new name alone is a change
		t.Errorf("%+v", done)
	}
	if m, err := f.Member(f.ctx, f.account, "mia"); err != nil || m.Name != "Mia Two" {
		t.Errorf("%+v, %v", m, err)
	}
}
