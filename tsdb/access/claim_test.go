package access_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// claimed is what a token that was issued some seconds after the start claims about a person.
func (f *fixture) claimed(user, role string, second int) access.Claimed {
	return access.Claimed{UserID: user, Email: user + "@acme.example", Name: "Name of " + user, Role: role, Accounts: []int64{f.account},
		IssuedAt: start.Add(time.Duration(second) * time.Second), Actor: access.Actor{Kind: "SYSTEM", Name: "claim groups of the issuer"}}
}

func (f *fixture) follow(c access.Claimed) access.Followed {
	f.t.Helper()
	done, err := f.Follow(f.ctx, c)
	f.must(err)
	return done
}

// roleOf is a person's role in the account; "" if the person is not a member.
func (f *fixture) roleOf(user string) string {
	m, err := f.Member(f.ctx, f.account, user)
	if err != nil {
		f.refused(err, pg.NotFound, "memberId")
	}
	return m.Role
}

// A claim makes a member, changes the role and address, and removes the member together with the tokens that speak for
// the person. A token that is older than the last one that was followed changes nothing.
func TestMembersFollowAClaim(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("boss", access.RoleMasterAdmin)
	steps := []struct {
		role    string
		second  int
		changed bool
		want    string
	}{
		{access.RoleAdmin, 10, true, access.RoleAdmin},
		{access.RoleAdmin, 20, false, access.RoleAdmin},
		{access.RoleMasterAdmin, 15, false, access.RoleAdmin}, // older
		{access.RoleMember, 20, false, access.RoleAdmin},      // of the same second
		{access.RoleMember, 30, true, access.RoleMember},
		{"", 40, true, ""},
		{access.RoleAdmin, 30, false, ""}, // the token from before does not bring it back
		{access.RoleAdmin, 50, true, access.RoleAdmin},
		{"Painter", 60, true, ""}, // a role that the account does not have is none
	}
	for _, s := range steps {
		if done := f.follow(f.claimed("mia", s.role, s.second)); done.Changed != s.changed || f.roleOf("mia") != s.want {
			t.Errorf("%+v: %+v, and the role is %q", s, done, f.roleOf("mia"))
		}
	}
	c := f.claimed("mia", access.RoleAdmin, 70)
	c.Name, c.Email = "", "no address"
	f.follow(c)
	if m, err := f.Member(f.ctx, f.account, "mia"); err != nil || m.Email != "" || m.Name != "mia" || !m.FollowsClaim {
		t.Errorf("without an address: %+v, %v", m, err)
	}
	log, err := f.AuditLog(f.ctx, f.account, access.AuditFilter{Actor: "claim groups"}, pg.Page{Limit: 100}, false)
	f.must(err)
	var actions []string
	for _, e := range slices.Backward(log.Rows) {
		actions = append(actions, string(e.Action))
	}
	if got := strings.Join(actions, " "); got != "MEMBER_SET MEMBER_SET MEMBER_REMOVED MEMBER_SET MEMBER_REMOVED MEMBER_SET" {
		t.Errorf("audited: %s", got)
	}
	var after map[string]any
	if err := json.Unmarshal(log.Rows[0].After, &after); err != nil || after["followsClaim"] != true {
		t.Errorf("%s, %v", log.Rows[0].After, err)
	}
}

// Sessions of the person, and of tokens in the person's name, are told of every change, and the tokens end with the membership.
func TestWhatAClaimTakesIsTakenAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("boss", access.RoleMasterAdmin)
	f.follow(f.claimed("mia", access.RoleAdmin, 1))
	n := f.token("s", access.RoleMember)
	n.UserID = "mia"
	made, err := f.CreateToken(f.ctx, n)
	f.must(err)
	heard := f.heard(access.TokenSession(made.ID), func() { f.follow(f.claimed("mia", access.RoleMember, 2)) })
	if want := []string{access.UserSession("mia"), access.TokenSession(made.ID)}; !slices.Equal(heard, want) {
		t.Errorf("told %v", heard)
	}
	f.heard(access.TokenSession(made.ID), func() { f.follow(f.claimed("mia", "", 3)) })
	if now, err := f.Token(f.ctx, made.ID); err != nil || now.RevokedAt.IsZero() {
		t.Errorf("%+v, %v", now, err)
	}
}

// A claim does not touch members who were made by hand, and an account keeps its last master admin whatever the issuer
// says.
func TestAClaimLeavesWhatIsNotIts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("boss", access.RoleMasterAdmin)
	if done := f.follow(f.claimed("boss", access.RoleMember, 1)); done.Changed || f.roleOf("boss") != access.RoleMasterAdmin {
		t.Errorf("by hand: %+v", done)
	}
	f.follow(f.claimed("mia", access.RoleMasterAdmin, 1))
	f.must(f.RemoveMember(f.ctx, f.change("boss", "")))
	for second, role := range []string{access.RoleMember, "", "Painter"} {
		if done := f.follow(f.claimed("mia", role, 2+second)); !slices.Equal(done.Kept, []int64{f.account}) || f.roleOf("mia") != access.RoleMasterAdmin {
			t.Errorf("the last master admin by %q: %+v", role, done)
		}
	}
	f.follow(f.claimed("max", access.RoleMasterAdmin, 1))
	if done := f.follow(f.claimed("mia", "", 9)); !done.Changed || f.roleOf("mia") != "" {
		t.Errorf("once there is another: %+v", done)
	}
	m, err := f.SetMember(f.ctx, f.change("max", access.RoleMasterAdmin))
	if f.must(err); !m.FollowsClaim {
		t.Error("a change by hand takes a member from the claim")
	}
	_, err = f.Follow(f.ctx, f.claimed("\u200b", access.RoleMember, 1))
	f.refused(err, pg.Invalid, "userId")
}

// A claim counts only for accounts that exist; the person leaves those that a later token no longer names.
func TestAccountsOfAClaim(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	second := tsdbtest.NewAccount(t, f.pool, "Second")
	_, err := f.pool.Exec(f.ctx, `UPDATE account SET external_id = 'tenant-' || account_id`)
	f.must(err)
	own := func(account int64) string { return fmt.Sprint("tenant-", account) }
	c := f.claimed("mia", access.RoleAdmin, 1)
	c.Accounts = nil
	for _, step := range []struct {
		names []string
		want  []int64
	}{
		{[]string{own(second), own(f.account), "unknown", "", "a\x00b", own(second)}, []int64{f.account, second}},
		{[]string{own(second)}, []int64{second}},
		{nil, nil},
	} {
		c.Externals, c.IssuedAt = step.names, c.IssuedAt.Add(time.Second)
		f.follow(c)
		places, err := f.Memberships(f.ctx, "mia")
		f.must(err)
		var got []int64
		for _, p := range places {
			got = append(got, p.AccountID)
		}
		if !slices.Equal(got, step.want) {
			t.Errorf("%q: %v, want %v", step.names, got, step.want)
		}
	}
}

// If tokens of one person come in at the same time, the newest decides, and five hundred people need nobody's hand.
func TestManyTokensAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("boss", access.RoleMasterAdmin)
	var all sync.WaitGroup
	errs := make(chan error, 600)
	at := func(user, role string, second int) {
		all.Go(func() {
			if _, err := f.Follow(f.ctx, f.claimed(user, role, second)); err != nil {
				errs <- err
			}
		})
	}
	for second := range 20 {
		at("mia", []string{"", access.RoleAdmin, access.RoleMember}[second%3], second+1)
	}
	for n := range 500 {
		at(fmt.Sprintf("person-%d", n), access.RoleMember, 1)
	}
	all.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	if got := f.roleOf("mia"); got != access.RoleAdmin {
		t.Errorf("the newest token says ADMIN, the role is %q", got)
	}
	list, err := f.Members(f.ctx, f.account, access.MemberPage{Limit: 1, Total: true})
	if f.must(err); list.Total != 502 {
		t.Errorf("%d members", list.Total)
	}
}
