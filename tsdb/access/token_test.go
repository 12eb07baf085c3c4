package access_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

func TestATokenFromItsSecretToItsEnd(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("mia", access.RoleMasterAdmin)
	n := f.token("secret", access.RoleAdmin)
	n.UserID, n.Scopes, n.AnyDocument, n.ExpiresAt = "mia", []string{"USAGE_VIEW"}, true, start.Add(time.Hour)
	made, err := f.CreateToken(f.ctx, n)
	f.must(err)
	c, err := f.CredentialByHash(f.ctx, n.Hash)
	f.must(err)
	if c.ID != made.ID || c.MemberEmail != "mia@acme.example" || c.MemberRole != access.RoleMasterAdmin || !c.AnyDocument || !slices.Equal(c.Scopes, n.Scopes) || !c.ExpiresAt.Equal(n.ExpiresAt) {
		t.Errorf("%+v", c)
	}
	f.must(f.TouchTokens(f.ctx, map[int64]time.Time{made.ID: start.Add(90 * time.Second)}))
	f.must(f.TouchTokens(f.ctx, map[int64]time.Time{made.ID: start})) // an older note of another process changes nothing
	if got, err := f.Token(f.ctx, made.ID); err != nil || !got.LastUsedAt.Equal(start.Add(time.Minute)) {
		t.Errorf("%+v, %v", got, err)
	}
	told := f.heard(access.TokenSession(made.ID), func() {
		_, err := f.RevokeToken(f.ctx, f.account, made.ID, "", access.Actor{})
		f.must(err)
	})
	if len(told) != 1 {
		t.Errorf("told %v", told)
	}
	f.later.Store(int64(time.Minute))
	again, err := f.RevokeToken(f.ctx, f.account, made.ID, "", access.Actor{})
	if f.must(err); !again.RevokedAt.Equal(start) {
		t.Errorf("revoked again at %s", again.RevokedAt)
	}
	unknown := sha256.Sum256([]byte("guess"))
	_, err = f.CredentialByHash(f.ctx, unknown[:])
	f.refused(err, pg.NotFound, "")
}

func TestTokensAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("mia", access.RoleMasterAdmin)
	no := func(string, []string) bool { return false }
	for name, c := range map[string]struct {
		edit  func(*access.NewToken)
		code  pg.Code
		field string
	}{
		"over already":        {func(n *access.NewToken) { n.ExpiresAt = start }, pg.Invalid, "expiresAt"},
		"no account":          {func(n *access.NewToken) { n.AccountID++ }, pg.NotFound, "accountId"},
		"no member":           {func(n *access.NewToken) { n.UserID = "eve" }, pg.NotFound, "memberId"},
		"no role":             {func(n *access.NewToken) { n.Role = "BILLING" }, pg.Invalid, "role"},
		"above its maker":     {func(n *access.NewToken) { n.May = no }, pg.TooMuch, "role"},
		"a member above":      {func(n *access.NewToken) { n.UserID, n.May = "mia", only(access.RoleMember) }, pg.TooMuch, "memberId"},
		"scopes of the role":  {func(n *access.NewToken) { n.Fits = no }, pg.Invalid, "scopes"},
		"scopes of a member":  {func(n *access.NewToken) { n.UserID, n.Fits = "mia", no }, pg.Invalid, "scopes"},
		"a name without form": {func(n *access.NewToken) { n.Name = " " }, pg.Invalid, "name"},
	} {
		n := f.token(name, access.RoleMember)
		c.edit(&n)
		_, err := f.CreateToken(f.ctx, n)
		if f.refused(err, c.code, c.field); err == nil {
			t.Error(name)
		}
	}
	if list, err := f.Tokens(f.ctx, f.account, pg.Page{Limit: 10}, true); err != nil || list.Total != 0 {
		t.Errorf("%+v, %v: what is refused leaves nothing", list, err)
	}
}

// A member who leaves takes along the tokens that speak for the person, and no others.
func TestTokensGoWithTheirMember(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("mia", access.RoleMasterAdmin)
	f.member("max", access.RoleMember)
	ids := map[string]int64{}
	for secret, user := range map[string]string{"of mia": "mia", "of max": "max", "of a program": ""} {
		n := f.token(secret, access.RoleMember)
		n.UserID = user
		made, err := f.CreateToken(f.ctx, n)
		f.must(err)
		ids[secret] = made.ID
	}
	f.must(f.RemoveMember(f.ctx, f.change("max", "")))
	for secret, id := range ids {
		if got, err := f.Token(f.ctx, id); err != nil || got.RevokedAt.IsZero() == (secret == "of max") {
			t.Errorf("%s: %+v, %v", secret, got, err)
		}
	}
}

// To another account, a token looks as if it did not exist.
func TestTokensOfOthersAreNotThere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	made, err := f.CreateToken(f.ctx, f.token("a", access.RoleMember))
	f.must(err)
	_, err = f.TokenWithin(f.ctx, []int64{f.account + 1}, made.ID)
	f.refused(err, pg.NotFound, "apiTokenId")
	_, err = f.RevokeToken(f.ctx, f.account+1, made.ID, "", access.Actor{})
	f.refused(err, pg.NotFound, "apiTokenId")
	if got, err := f.TokenWithin(f.ctx, []int64{f.account}, made.ID); err != nil || got.ID != made.ID || !got.RevokedAt.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestListsOfTokens(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i := range 5 {
		_, err := f.CreateToken(f.ctx, f.token(fmt.Sprint(i), access.RoleMember))
		f.must(err)
	}
	service := f.token("s", "SUPPORT")
	service.AccountID = 0
	_, err := f.CreateToken(f.ctx, service)
	f.must(err)
	page, err := f.Tokens(f.ctx, f.account, pg.Page{Limit: 2}, true)
	f.must(err)
	rest, err := f.Tokens(f.ctx, f.account, pg.Page{Limit: 9, After: []int64{page.Rows[1].ID}}, false)
	f.must(err)
	if page.Total != 5 || !page.HasNext || page.HasPrev || len(rest.Rows) != 3 || rest.HasNext || !rest.HasPrev || rest.Rows[2].Name != "token 0" {
		t.Errorf("%+v\n%+v", page, rest)
	}
	if list, err := f.ServiceTokens(f.ctx); err != nil || len(list) != 1 || list[0].Role != "SUPPORT" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestDevelopmentTokensAreDropped(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var ids []int64
	for i := range 3 {
		n := f.token(fmt.Sprint(i), access.RoleMember)
		n.Development = i < 2
		made, err := f.CreateToken(f.ctx, n)
		f.must(err)
		ids = append(ids, made.ID)
	}
	f.must(f.DropDevelopmentTokens(f.ctx, ids[:1]))
	for i, id := range ids {
		if got, err := f.Token(f.ctx, id); err != nil || got.RevokedAt.IsZero() == (i == 1) {
			t.Errorf("%d: %+v, %v", i, got, err)
		}
	}
}
