package access_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

func (f *fixture) role(name string, permissions ...string) error {
	_, err := f.SetRole(f.ctx, access.RoleChange{AccountID: f.account, Name: name, Permissions: append([]string{}, permissions...)})
	return err
}

func TestRolesOfAnAccount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.must(f.role("Billing", "USAGE_VIEW"))
	f.must(f.role("Auditor", "USAGE_VIEW"))
	f.must(f.role("Billing", "USAGE_VIEW", "BILLING_MANAGE"))
	roles, err := f.Roles(f.ctx, f.account)
	f.must(err)
	if len(roles) != 2 || roles[1].Name != "Billing" || !slices.Equal(roles[1].Permissions, []string{"USAGE_VIEW", "BILLING_MANAGE"}) {
		t.Errorf("%+v", roles)
	}
	if m := f.member("ben", "Billing"); !slices.Equal(m.RolePermissions, []string{"USAGE_VIEW", "BILLING_MANAGE"}) {
		t.Errorf("a member does not have what the role is made of: %+v", m)
	}
	remove := access.RoleChange{AccountID: f.account, Name: "Billing"}
	f.refused(f.RemoveRole(f.ctx, remove), pg.InUse, "name")
	f.member("ben", access.RoleMember)
	f.must(f.RemoveRole(f.ctx, remove))
	f.refused(f.RemoveRole(f.ctx, remove), pg.NotFound, "name")
}

// A token keeps its role in use until it is revoked or has expired.
func TestATokenKeepsItsRoleInUse(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.must(f.role("Reports", "USAGE_VIEW"))
	n := f.token("a", "Reports")
	n.ExpiresAt = start.Add(time.Hour)
	_, err := f.CreateToken(f.ctx, n)
	f.must(err)
	remove := access.RoleChange{AccountID: f.account, Name: "Reports"}
	f.refused(f.RemoveRole(f.ctx, remove), pg.InUse, "name")
	f.later.Store(int64(time.Hour))
	f.must(f.RemoveRole(f.ctx, remove))
}

func TestRolesAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.refused(f.role("Admin", "USAGE_VIEW"), pg.NameTaken, "name")
	f.must(f.role("Wide", "USAGE_VIEW", "BILLING_MANAGE"))
	narrow := func(_ string, chosen []string) bool { return len(chosen) < 2 }
	_, err := f.SetRole(f.ctx, access.RoleChange{AccountID: f.account, Name: "Wide", Permissions: []string{"USAGE_VIEW"}, May: narrow})
	f.refused(err, pg.TooMuch, "name")
	_, err = f.SetRole(f.ctx, access.RoleChange{AccountID: f.account, Name: "New", Permissions: []string{"USAGE_VIEW", "BILLING_MANAGE"}, May: narrow})
	f.refused(err, pg.TooMuch, "permissions")
	_, err = f.SetRole(f.ctx, access.RoleChange{AccountID: f.account + 1, Name: "New", Permissions: []string{"USAGE_VIEW"}})
	f.refused(err, pg.NotFound, "accountId")
	for i := range 99 {
		f.must(f.role(fmt.Sprint("Role ", i), "USAGE_VIEW"))
	}
	f.refused(f.role("One more", "USAGE_VIEW"), pg.Invalid, "name")
	f.must(f.role("Role 7")) // to change one is no new one
}

// When a role changes, everyone who has it is told: the person, and the tokens of the role and of the person.
func TestChangesOfRolesAreTold(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.must(f.role("Reports", "USAGE_VIEW"))
	f.member("ben", "Reports")
	a, err := f.CreateToken(f.ctx, f.token("a", "Reports"))
	f.must(err)
	n := f.token("b", access.RoleMember)
	n.UserID = "ben"
	b, err := f.CreateToken(f.ctx, n)
	f.must(err)
	told := f.heard(access.TokenSession(b.ID), func() { f.must(f.role("Reports")) })
	for _, session := range []string{access.TokenSession(a.ID), access.UserSession("ben"), access.TokenSession(b.ID)} {
		if !slices.Contains(told, session) {
			t.Errorf("%s is not told: %v", session, told)
		}
	}
}
