package access_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// An account has at most a thousand valid tokens: only tokens that are revoked or have expired make room. A rotated
// token counts as one more until its overlap is over.
func TestRoomForTokens(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	second := f.another("Second")
	for account, n := range map[int64]int{f.account: 999, second: 1000} {
		_, err := f.pool.Exec(f.ctx, `INSERT INTO api_token (account_id, role, name, prefix, hash, documents, created_at, expires_at)
SELECT $1, 'MEMBER', 'n', 'ug_', sha256(convert_to(concat($1::bigint, '-', i), 'UTF8')), 'trusted', $3::timestamptz, CASE WHEN i = 1 THEN $3 + interval '1 minute' END
FROM generate_series(1, $2) i`, account, n, start)
		f.must(err)
	}
	last, err := f.CreateToken(f.ctx, f.token("last", access.RoleMember))
	f.must(err)
	full := func(when string) {
		t.Helper()
		t.Log(when)
		_, err := f.CreateToken(f.ctx, f.token("more", access.RoleMember))
		f.refused(err, pg.Invalid, "")
		_, _, err = f.RotateToken(f.ctx, f.rotation(last.ID, "next", time.Hour))
		f.refused(err, pg.Invalid, "")
	}
	full("a thousand")
	f.later.Store(int64(time.Minute)) // the first is over
	_, next, err := f.RotateToken(f.ctx, f.rotation(last.ID, "next", time.Hour))
	f.must(err)
	last = next
	full("a rotated one beside its successor")
	f.later.Store(int64(time.Hour + time.Minute))
	if _, err := f.CreateToken(f.ctx, f.token("more", access.RoleMember)); err != nil {
		t.Errorf("after the overlap: %v", err)
	}
	_, err = f.RevokeToken(f.ctx, f.account, last.ID, "", access.Actor{})
	f.must(err)
	if _, err := f.CreateToken(f.ctx, f.token("instead", access.RoleMember)); err != nil {
		t.Errorf("after one was revoked: %v", err)
	}
}

// If several callers take the last place at the same moment, one gets it.
func TestTheLastPlaceIsTakenOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.pool.Exec(f.ctx, `INSERT INTO account_role (account_id, name, permissions, created_at)
SELECT $1, 'Role ' || i, '{}', $2 FROM generate_series(1, 99) i`, f.account, start)
	f.must(err)
	ended := make(chan error, 4)
	for i := range cap(ended) {
		go func() { ended <- f.role(fmt.Sprint("Last ", i)) }()
	}
	made := 0
	for range cap(ended) {
		if err := <-ended; err == nil {
			made++
		} else {
			f.refused(err, pg.Invalid, "name")
		}
	}
	if roles, err := f.Roles(f.ctx, f.account); err != nil || made != 1 || len(roles) != 100 {
		t.Errorf("%d made, %d roles, %v", made, len(roles), err)
	}
}

// The number of documents is limited, too: a call that would exceed it registers none, and removed documents make room.
func TestRoomForDocuments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.pool.Exec(f.ctx, `INSERT INTO trusted_document (hash, text, name, added_at)
SELECT sha256(convert_to(t, 'UTF8')), t, 'n', $1 FROM (SELECT '{ f' || i || ' }' AS t FROM generate_series(1, $2) i) d`, start, access.MaxDocuments-1)
	f.must(err)
	two := []access.TrustedDocument{{Text: "{ a }", Name: "a"}, {Text: "{ b }", Name: "b"}}
	added, err := f.AddDocuments(f.ctx, two)
	f.refused(err, pg.Invalid, "")
	list, err := f.Documents(f.ctx)
	f.must(err)
	if len(list) != access.MaxDocuments-1 {
		t.Errorf("%d documents after %d were refused", len(list), added)
	}
	if added, err := f.AddDocuments(f.ctx, append(two[:1:1], access.TrustedDocument{Text: "{ f1 }"})); err != nil || added != 1 {
		t.Errorf("the last place: %d, %v", added, err)
	}
	f.must(f.RemoveDocument(f.ctx, sha256.Sum256([]byte("{ f2 }"))))
	if added, err := f.AddDocuments(f.ctx, two); err != nil || added != 1 {
		t.Errorf("after one was removed: %d, %v", added, err)
	}
	if added, err := f.AddDocuments(f.ctx, nil); err != nil || added != 0 {
		t.Errorf("none: %d, %v", added, err)
	}
	if added, err := f.AddDocuments(f.ctx, slices.Repeat(two[:1], 3)); err != nil || added != 0 {
		t.Errorf("one that is there, three times: %d, %v", added, err)
	}
}

// Texts about people are limited in length, hostile ones are refused with their field, and texts at the limit are kept
// unchanged.
func TestBoundsOfMembers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("boss", access.RoleMasterAdmin)
	long := strings.Repeat("x", 245)
	for name, c := range map[string]struct {
		edit  func(*access.MemberChange)
		field string // of the refusal; "": it is taken
	}{
		"an id of 200":           {func(c *access.MemberChange) { c.UserID = strings.Repeat("ü", 200) }, ""},
		"an id of 201":           {func(c *access.MemberChange) { c.UserID = strings.Repeat("ü", 201) }, "userId"},
		"no id":                  {func(c *access.MemberChange) { c.UserID = "" }, "userId"},
		"an id with a zero byte": {func(c *access.MemberChange) { c.UserID = "a\x00" }, "userId"},
		"an id that turns text":  {func(c *access.MemberChange) { c.UserID = "a\u202eb" }, "userId"},
		"an id that is no UTF-8": {func(c *access.MemberChange) { c.UserID = "a\xff" }, "userId"},
		"an address of 254":      {func(c *access.MemberChange) { c.Email = new("a@" + strings.Repeat("b.", 125) + "ex") }, ""},
		"an address of 255":      {func(c *access.MemberChange) { c.Email = new("aa@" + strings.Repeat("b.", 125) + "ex") }, "email"},
		"a second header":        {func(c *access.MemberChange) { c.Email = new("a@acme.example\r\nBcc: eve@acme.example") }, "email"},
		"two addresses":          {func(c *access.MemberChange) { c.Email = new("a@acme.example, b@acme.example") }, "email"},
		"an address with a name": {func(c *access.MemberChange) { c.Email = new("Mia <mia@acme.example>") }, "email"},
		"an address of spaces":   {func(c *access.MemberChange) { c.Email = new("   ") }, "email"},
		"a blank in an address":  {func(c *access.MemberChange) { c.Email = new("a\u3000b@acme.example") }, "email"},
		"a hidden address":       {func(c *access.MemberChange) { c.Email = new("a\u200b@acme.example") }, "email"},
		"an address in spaces":   {func(c *access.MemberChange) { c.Email = new("  s@acme.example ") }, ""},
		"a name of 200":          {func(c *access.MemberChange) { c.Name = new(strings.Repeat("東", 200)) }, ""},
		"a name of 201":          {func(c *access.MemberChange) { c.Name = new(strings.Repeat("東", 201)) }, "name"},
		"a name from address":    {func(c *access.MemberChange) { c.Name = nil }, ""},
		"an own id of 200":       {func(c *access.MemberChange) { c.ExternalID = new(strings.Repeat("e", 200)) }, ""},
		"an own id of 201":       {func(c *access.MemberChange) { c.ExternalID = new(strings.Repeat("e", 201)) }, "externalId"},
		"an own id with a tab":   {func(c *access.MemberChange) { c.ExternalID = new("a\tb") }, "externalId"},
		"a role as of a service": {func(c *access.MemberChange) { c.Role = "SUPPORT" }, "role"},
		"no role":                {func(c *access.MemberChange) { c.Role = "" }, "role"},
		"a role that is long":    {func(c *access.MemberChange) { c.Role = long }, "role"},
		"a role of no UTF-8":     {func(c *access.MemberChange) { c.Role = "a\xff" }, "role"},
	} {
		change := f.change(fmt.Sprintf("%x", sha256.Sum256([]byte(name)))[:8], access.RoleMember)
		c.edit(&change)
		m, err := f.SetMember(f.ctx, change)
		if t.Log(name); c.field != "" {
			f.refused(err, pg.Invalid, c.field)
			continue
		}
		f.must(err)
		stored, err := f.Member(f.ctx, f.account, change.UserID)
		f.must(err)
		if stored.Name != m.Name || stored.Email != strings.TrimSpace(*change.Email) || stored.ExternalID != m.ExternalID || change.Name == nil && m.Name != m.Email {
			t.Errorf("%s: %+v, want %+v", name, stored, m)
		}
	}
}

// An own id belongs to one member of an account, and a second one is refused; it can be removed and given to another
// member, and another account may use it, too.
func TestOwnIDsOfMembers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	set := func(account int64, user string, own *string) (access.Member, error) {
		c := f.change(user, access.RoleMasterAdmin)
		c.AccountID, c.ExternalID = account, own
		return f.SetMember(f.ctx, c)
	}
	_, err := set(f.account, "mia", new("staff-1"))
	f.must(err)
	_, err = set(f.account, "max", new("staff-1"))
	f.refused(err, pg.NameTaken, "externalId")
	if _, err := f.Member(f.ctx, f.account, "max"); err == nil {
		t.Error("who was refused is a member")
	}
	_, err = set(f.another("Second"), "max", new("staff-1"))
	f.must(err)
	if m, err := set(f.account, "mia", nil); err != nil || m.ExternalID != "staff-1" {
		t.Errorf("one that is not said stays: %+v, %v", m, err)
	}
	if m, err := set(f.account, "mia", new("")); err != nil || m.ExternalID != "" {
		t.Errorf("taken off: %+v, %v", m, err)
	}
	if m, err := set(f.account, "max", new("staff-1")); err != nil || m.ExternalID != "staff-1" {
		t.Errorf("given on: %+v, %v", m, err)
	}
	log, err := f.AuditLog(f.ctx, f.account, access.AuditFilter{}, pg.Page{Limit: 10}, true)
	if f.must(err); log.Total != 4 || strings.Contains(string(log.Rows[1].After), "externalId") || !strings.Contains(string(log.Rows[0].After), `"externalId": "staff-1"`) {
		t.Errorf("%d entries: %s, %s", log.Total, log.Rows[1].After, log.Rows[0].After)
	}
	m := access.Member{UserID: "u", Email: " u@acme.example ", Name: " U "}
	if err := m.Check(); err != nil || m.Email != "u@acme.example" || m.Name != "U" {
		t.Errorf("%+v, %v", m, err)
	}
}

// A change that fails after its first statement leaves nothing behind; here the log refuses the change's entry.
func TestAChangeAndItsEntryAreOne(t *testing.T) {
	t.Parallel()
	f, token, _ := furnished(t)
	before := f.entries(f.account)
	_, err := f.pool.Exec(f.ctx, `ALTER TABLE audit_log ADD CONSTRAINT full_up CHECK (false) NOT VALID`)
	f.must(err)
	unaudited := []string{"use", "documents", "document"} // no people of an account
	for name, change := range f.changes(token) {
		if err := change(f.ctx); slices.Contains(unaudited, name) != (err == nil) || err != nil && !pg.HasState(err, "23514") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = f.pool.Exec(f.ctx, `ALTER TABLE audit_log DROP CONSTRAINT full_up`)
	f.must(err)
	members, err := f.Members(f.ctx, f.account, access.MemberPage{Limit: 10})
	f.must(err)
	roles, err := f.Roles(f.ctx, f.account)
	f.must(err)
	tokens, err := f.Tokens(f.ctx, f.account, pg.Page{Limit: 10}, true)
	f.must(err)
	if len(members.Rows) != 2 || len(roles) != 1 || tokens.Total != 1 || !tokens.Rows[0].RevokedAt.IsZero() || !slices.Equal(f.entries(f.account), before) {
		t.Errorf("%+v\n%+v\n%+v", members, roles, tokens)
	}
	if at, err := f.FollowedAt(f.ctx, "eve"); err != nil || !at.IsZero() {
		t.Errorf("a token counts as followed at %s, %v", at, err)
	}
}

// A deadlock that PostgreSQL resolves by aborting one side is not the caller's problem: the aborted side is repeated.
func TestAChangeIsRepeatedAfterADeadlock(t *testing.T) {
	t.Parallel()
	f, token, _ := furnished(t)
	ctx, cancel := context.WithTimeout(f.ctx, time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	err := pgx.BeginFunc(ctx, f.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT FROM api_token WHERE token_id = $1 FOR UPDATE", token.ID); err != nil {
			return err
		}
		go func() { // takes the people's lock, then waits for the token
			_, _, err := f.RotateToken(ctx, f.rotation(token.ID, "next", 0))
			ended <- err
		}()
		f.waits("lock token")
		_, err := tx.Exec(ctx, "SET LOCAL deadlock_timeout = '1h'") // so that it is the other side that is failed
		if err == nil {
			_, err = tx.Exec(ctx, "SELECT FROM account WHERE account_id = $1 FOR NO KEY UPDATE", f.account)
		}
		return err
	})
	f.must(err)
	f.must(<-ended)
	if now, err := f.Token(f.ctx, token.ID); err != nil || now.SuccessorID == 0 || len(f.entries(f.account)) != 5 {
		t.Errorf("%+v, %v, %v", now, f.entries(f.account), err)
	}
}
