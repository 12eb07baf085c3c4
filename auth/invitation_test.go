package auth_test

import (
	"errors"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// An address counts only if the issuer says that it has verified it, and never by a claim that people may choose.
func TestTheInvitedJoinByAProvenAddress(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a, pool, _ := authenticatorOf(t, auth.OIDCConfig{Issuer: i.url, UserClaim: "sub"})
	store := access.New(pool, nil, time.Now)
	account := tsdbtest.NewAccount(t, pool, "Acme")
	if _, err := store.SetMember(t.Context(), access.MemberChange{AccountID: account, UserID: "mailto:mia@acme.example", Role: access.RoleAdmin}); err != nil {
		t.Fatal(err)
	}
	sign := func(sub string, verified any, email string) string {
		return i.sign(func(c map[string]any) {
			c["sub"], c["email"], c["email_verified"] = sub, email, verified
			if verified == nil {
				delete(c, "email_verified")
			}
		})
	}
	for name, token := range map[string]string{
		"unverified":        sign("eve", false, "mia@acme.example"),
		"as a string":       sign("eve", "false", "mia@acme.example"),
		"nothing said":      sign("eve", nil, "mia@acme.example"),
		"something else":    sign("eve", 1, "mia@acme.example"),
		"another address":   sign("eve", true, "eve@acme.example"),
		"no address at all": sign("eve", true, ""),
	} {
		if p, _, err := a.Authenticate(t.Context(), token); err != nil || p.Reaches(account) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	if _, _, err := a.Authenticate(t.Context(), sign("mailto:mia@acme.example", false, "eve@acme.example")); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("a subject that is an invitation: %v", err)
	}
	p, session, err := a.Authenticate(t.Context(), sign("sub-of-mia", "true", "Mia@Acme.example"))
	if err != nil || p.RoleIn(account) != auth.Admin || session != "user:sub-of-mia" {
		t.Fatalf("%+v, %v", p, err)
	}
	if m, err := store.Member(t.Context(), account, "sub-of-mia"); err != nil || m.Name != "Mia" {
		t.Errorf("%+v, %v", m, err)
	}
	if p, _, err := a.Authenticate(t.Context(), sign("sub-of-mia", nil, "other@acme.example")); err != nil || p.RoleIn(account) != auth.Admin {
		t.Errorf("who has joined stays, whatever the address: %+v, %v", p, err)
	}
}
