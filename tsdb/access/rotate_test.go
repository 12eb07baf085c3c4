package access_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

func (f *fixture) rotation(id int64, secret string, overlap time.Duration) access.Rotation {
	hash := sha256.Sum256([]byte(secret))
	return access.Rotation{AccountID: f.account, ID: id, Prefix: "ug_" + secret, Hash: hash[:], Overlap: overlap}
}

// The new token of a rotation has the rights and the life of the old one, which ends after the overlap or at its own
// end.
func TestTokensRotate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("mia", access.RoleAdmin)
	n := f.token("a", access.RoleAdmin)
	n.UserID, n.Scopes, n.AnyDocument, n.ExpiresAt = "mia", []string{"BILLING_VIEW"}, true, start.Add(30*24*time.Hour)
	first, err := f.CreateToken(f.ctx, n)
	f.must(err)
	f.later.Store(int64(24 * time.Hour))
	var second access.Token
	heard := f.heard(access.TokenSession(first.ID), func() {
		first, second, err = f.RotateToken(f.ctx, f.rotation(first.ID, "b", access.MaxOverlap))
	})
	f.must(err)
	if len(heard) != 1 || !first.ExpiresAt.Equal(f.now().Add(access.MaxOverlap)) || !first.RevokedAt.IsZero() || first.SuccessorID != second.ID {
		t.Errorf("the old one: %+v", first)
	}
	if second.Role != first.Role || second.UserID != "mia" || second.Name != n.Name || second.Prefix != "ug_b" || !second.AnyDocument ||
		len(second.Scopes) != 1 || !second.ExpiresAt.Equal(f.now().Add(30*24*time.Hour)) {
		t.Errorf("the new one: %+v", second)
	}
	stored, err := f.CredentialByHash(f.ctx, n.Hash)
	if f.must(err); !stored.ExpiresAt.Equal(first.ExpiresAt) || stored.SuccessorID != second.ID {
		t.Errorf("stored: %+v", stored)
	}
	old, third, err := f.RotateToken(f.ctx, f.rotation(second.ID, "c", 0))
	if f.must(err); !old.RevokedAt.Equal(f.now()) || third.SuccessorID != 0 {
		t.Errorf("without an overlap: %+v", old)
	}
	r := f.rotation(third.ID, "d", access.MaxOverlap)
	r.ExpiresAt = f.now().Add(time.Hour)
	_, fourth, err := f.RotateToken(f.ctx, r)
	if f.must(err); !fourth.ExpiresAt.Equal(r.ExpiresAt) {
		t.Errorf("an end of its own: %+v", fourth)
	}
	if old, _, err = f.RotateToken(f.ctx, f.rotation(fourth.ID, "e", access.MaxOverlap)); err != nil || !old.ExpiresAt.Equal(r.ExpiresAt) {
		t.Errorf("an overlap beyond the end: %+v, %v", old, err)
	}
	log, err := f.AuditLog(f.ctx, f.account, access.AuditFilter{Actions: []string{"TOKEN_ROTATED"}}, pg.Page{Limit: 9}, true)
	if f.must(err); log.Total != 4 {
		t.Errorf("%d entries of the log", log.Total)
	}
}

func TestWhatDoesNotRotate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("boss", access.RoleMasterAdmin)
	token := func(secret string, edit func(*access.NewToken)) int64 {
		n := f.token(secret, access.RoleAdmin)
		if edit != nil {
			edit(&n)
		}
		made, err := f.CreateToken(f.ctx, n)
		f.must(err)
		return made.ID
	}
	good, revoked, rotated, dev := token("a", nil), token("b", nil), token("c", nil), token("d", func(n *access.NewToken) { n.Development = true })
	ended, speaks := token("e", func(n *access.NewToken) { n.ExpiresAt = start.Add(time.Second) }), token("f", func(n *access.NewToken) { n.UserID = "boss" })
	f.later.Store(int64(time.Second))
	_, err := f.RevokeToken(f.ctx, f.account, revoked, "", access.Actor{})
	f.must(err)
	_, _, err = f.RotateToken(f.ctx, f.rotation(rotated, "g", time.Hour))
	f.must(err)
	for name, c := range map[string]struct {
		edit  func(*access.Rotation)
		id    int64
		code  pg.Code
		field string
	}{
		"longer than a week": {func(r *access.Rotation) { r.Overlap += time.Second }, good, pg.Invalid, "overlapSeconds"},
		"before now":         {func(r *access.Rotation) { r.Overlap = -1 }, good, pg.Invalid, "overlapSeconds"},
		"an end in the past": {func(r *access.Rotation) { r.ExpiresAt = start }, good, pg.Invalid, "expiresAt"},
		"another account":    {func(r *access.Rotation) { r.AccountID++ }, good, pg.NotFound, "accountId"},
		"no account":         {func(r *access.Rotation) { r.AccountID = 0 }, good, pg.NotFound, "apiTokenId"},
		"unknown":            {nil, 999, pg.NotFound, "apiTokenId"},
		"revoked":            {nil, revoked, pg.Invalid, "apiTokenId"},
		"ended":              {nil, ended, pg.Invalid, "apiTokenId"},
		"rotated before":     {nil, rotated, pg.Invalid, "apiTokenId"},
		"development":        {nil, dev, pg.Invalid, "apiTokenId"},
		"above":              {func(r *access.Rotation) { r.May = only(access.RoleMember) }, good, pg.TooMuch, "apiTokenId"},
		"speaks for a boss":  {func(r *access.Rotation) { r.May = only(access.RoleAdmin) }, speaks, pg.TooMuch, "apiTokenId"},
	} {
		r := f.rotation(c.id, "x", access.MaxOverlap)
		if c.edit != nil {
			c.edit(&r)
		}
		_, _, err := f.RotateToken(f.ctx, r)
		if t.Log(name); err == nil {
			t.Errorf("%s: rotated", name)
			continue
		}
		f.refused(err, c.code, c.field)
	}
	// Of two who rotate at once, one does.
	errs := twice(func(secret string) error {
		_, _, err := f.RotateToken(f.ctx, f.rotation(good, secret, 0))
		return err
	})
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("%v", errs)
	}
}

// twice does something twice at the same time.
func twice(do func(secret string) error) (errs [2]error) {
	ended := make(chan error, 2)
	for _, secret := range []string{"y", "z"} {
		go func() { ended <- do(secret) }()
	}
	return [2]error{<-ended, <-ended}
}
