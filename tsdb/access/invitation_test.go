package access_test

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"testing"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// invite invites an address and returns what is stored.
func (f *fixture) invite(address, role string) access.Member {
	f.t.Helper()
	m, err := f.SetMember(f.ctx, access.MemberChange{AccountID: f.account, UserID: "mailto:" + address, Role: role})
	f.must(err)
	return m
}

// accept signs a person in with a proved address, and returns the accounts that are new to them.
func (f *fixture) accept(user, address, name string) []int64 {
	f.t.Helper()
	joined, err := f.Accept(f.ctx, access.Accepted{UserID: user, Email: address, Name: name, Actor: access.Actor{Kind: "SYSTEM", Name: "sign-in"}})
	f.must(err)
	return joined
}

// Whoever is invited by an address is a member from the first sign-in with it, however it is written: with the role, the
// tokens and the own id of the invitation, which then is no more. The log says who came.
func TestTheInvitedJoinByTheirAddress(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("boss", access.RoleMasterAdmin)
	invited := f.invite("Nora@Acme.example ", access.RoleMember)
	if invited.UserID != "mailto:nora@acme.example" || invited.Email != "nora@acme.example" || invited.Name != invited.Email || !access.IsInvitation(invited.UserID) {
		t.Errorf("%+v", invited)
	}
	f.invite("NORA@acme.example", access.RoleAdmin) // the same invitation
	n := f.token("s", access.RoleMember)
	n.UserID = invited.UserID
	made, err := f.CreateToken(f.ctx, n)
	f.must(err)
	for _, other := range []string{"", "nora@acme.example.org", "eve@acme.example", "%", "nora@acme.example\x00"} {
		if joined := f.accept("eve", other, "Eve"); len(joined) != 0 {
			t.Errorf("%q joins %v", other, joined)
		}
	}
	heard := f.heard(access.UserSession("sub-1"), func() {
		if joined := f.accept("sub-1", "Nora@ACME.example", "Nora New"); !slices.Equal(joined, []int64{f.account}) {
			t.Errorf("joined %v", joined)
		}
	})
	if want := []string{access.UserSession(invited.UserID), access.TokenSession(made.ID), access.UserSession("sub-1")}; !slices.Equal(heard, want) {
		t.Errorf("told %v", heard)
	}
	m, err := f.Member(f.ctx, f.account, "sub-1")
	if f.must(err); m.Role != access.RoleAdmin || m.Name != "Nora New" || m.Email != "nora@acme.example" || !m.CreatedAt.Equal(start) {
		t.Errorf("%+v", m)
	}
	_, err = f.Member(f.ctx, f.account, invited.UserID)
	f.refused(err, pg.NotFound, "memberId")
	hash := sha256.Sum256([]byte("s"))
	if c, err := f.CredentialByHash(f.ctx, hash[:]); err != nil || c.UserID != "sub-1" || c.MemberRole != access.RoleAdmin {
		t.Errorf("the token speaks for %+v, %v", c, err)
	}
	if joined := f.accept("sub-1", "nora@acme.example", "Nora"); len(joined) != 0 {
		t.Errorf("again: %v", joined)
	}
	log, err := f.AuditLog(f.ctx, f.account, access.AuditFilter{Actor: "sign-in"}, pg.Page{Limit: 10}, false)
	f.must(err)
	var before, after map[string]any
	if len(log.Rows) != 1 {
		t.Fatalf("%+v", log.Rows)
	}
	f.must(json.Unmarshal(log.Rows[0].Before, &before))
	f.must(json.Unmarshal(log.Rows[0].After, &after))
	if before["userId"] != invited.UserID || after["userId"] != "sub-1" || after["role"] != access.RoleAdmin {
		t.Errorf("%v, then %v", before, after)
	}
}

// One address may be invited by several accounts, and joins all of them; where the person is a member already, by a
// claim or by hand, both stay, and a name that was chosen stays too.
func TestTheInvitedJoinEveryAccountThatWaits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	second := f.another("Second")
	f.member("boss", access.RoleMasterAdmin)
	name := "Our Nora"
	_, err := f.SetMember(f.ctx, access.MemberChange{AccountID: second, UserID: "mailto:nora@acme.example", Name: &name, Role: access.RoleMember})
	f.must(err)
	f.invite("nora@acme.example", access.RoleAdmin)
	f.follow(f.claimed("sub-1", access.RoleMember, 1))
	if joined := f.accept("sub-1", "nora@acme.example", "Nora"); !slices.Equal(joined, []int64{second}) {
		t.Errorf("joined %v", joined)
	}
	if m, err := f.Member(f.ctx, second, "sub-1"); err != nil || m.Name != name {
		t.Errorf("%+v, %v", m, err)
	}
	if f.roleOf("sub-1") != access.RoleMember || f.roleOf("mailto:nora@acme.example") != access.RoleAdmin {
		t.Error("a membership and an invitation do not both stay")
	}
}

// An invitation names one plain address, of nobody who is a member. Who is only invited is not the last master admin,
// and can always be taken back.
func TestInvitationsAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("mia", access.RoleMasterAdmin)
	set := func(user, role string) error {
		_, err := f.SetMember(f.ctx, access.MemberChange{AccountID: f.account, UserID: user, Role: role})
		return err
	}
	for _, bad := range []string{"mailto:", "mailto:nora", "mailto:Nora <nora@acme.example>", "mailto:a@b.example,c@d.example", "mailto:a@b.example?subject=x y"} {
		f.refused(set(bad, access.RoleMember), pg.Invalid, "userId")
	}
	f.refused(set("mailto:MIA@acme.example", access.RoleMember), pg.NameTaken, "userId")
	f.refused(set("nora", access.RoleMember), pg.Invalid, "email") // a subject tells no address
	f.must(set("mailto:nora@acme.example", access.RoleMasterAdmin))
	demoted := f.change("mia", access.RoleMember)
	_, err := f.SetMember(f.ctx, demoted)
	f.refused(err, pg.LastMasterAdmin, "")
	f.refused(f.RemoveMember(f.ctx, demoted), pg.LastMasterAdmin, "")
	f.must(set("mailto:nora@acme.example", access.RoleMember))
	f.must(set("mailto:nora@acme.example", access.RoleMasterAdmin))
	f.must(f.RemoveMember(f.ctx, access.MemberChange{AccountID: f.account, UserID: "mailto:nora@acme.example"}))
	if joined := f.accept("sub-1", "nora@acme.example", "Nora"); len(joined) != 0 {
		t.Errorf("joined %v by an invitation that was taken back", joined)
	}
	f.must(set("mailto:nora@acme.example", access.RoleMasterAdmin))
	f.accept("sub-1", "nora@acme.example", "Nora")
	f.must(f.RemoveMember(f.ctx, demoted)) // now there is another
}

// Of several processes that a person reaches at once, one accepts.
func TestAnInvitationIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("boss", access.RoleMasterAdmin)
	f.invite("nora@acme.example", access.RoleMember)
	joined := make(chan int)
	for range 8 {
		go func() {
			accounts, err := f.Accept(f.ctx, access.Accepted{UserID: "sub-1", Email: "nora@acme.example"})
			if err != nil {
				t.Error(err)
			}
			joined <- len(accounts)
		}()
	}
	n := 0
	for range 8 {
		n += <-joined
	}
	if n != 1 || f.roleOf("sub-1") != access.RoleMember {
		t.Errorf("%d joined, as %q", n, f.roleOf("sub-1"))
	}
}
