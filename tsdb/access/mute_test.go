package access_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// The kinds that a member mutes are kept once each and in order, however they were given; muting the same again writes
// no entry.
func TestMembersMuteEmails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("mia", access.RoleMasterAdmin)
	mia := access.Actor{Kind: "USER", Name: "mia@acme.example"}
	mute := func(kinds ...string) error {
		return f.SetMuted(f.ctx, access.Mute{AccountID: f.account, UserID: "mia", Kinds: append([]string{}, kinds...), Actor: mia, TargetID: "member:mia"})
	}
	if kinds, ok, err := f.Muted(f.ctx, f.account, "mia"); err != nil || !ok || len(kinds) != 0 {
		t.Errorf("a new member wants all: %v, %v, %v", kinds, ok, err)
	}
	asked := []string{"THRESHOLD", "EXPIRY", "THRESHOLD"}
	f.must(mute(asked...))
	if kinds, ok, err := f.Muted(f.ctx, f.account, "mia"); err != nil || !ok || !slices.Equal(kinds, []string{"EXPIRY", "THRESHOLD"}) {
		t.Errorf("%v, %v, %v", kinds, ok, err)
	}
	if !slices.Equal(asked, []string{"THRESHOLD", "EXPIRY", "THRESHOLD"}) {
		t.Errorf("the caller's list is the caller's: %v", asked)
	}
	f.must(mute("EXPIRY", "THRESHOLD"))
	f.must(mute())
	log, err := f.AuditLog(f.ctx, f.account, access.AuditFilter{Actor: "mia@"}, pg.Page{Limit: 10}, true)
	f.must(err)
	if log.Total != 2 {
		t.Fatalf("%d entries, want one for each change", log.Total)
	}
	first := log.Rows[1]
	if first.Action != access.AuditMemberSet || first.TargetID != "member:mia" || first.Target != "mia@acme.example" ||
		string(first.Before) != `{"muted": []}` || !strings.Contains(string(first.After), `["EXPIRY", "THRESHOLD"]`) {
		t.Errorf("%+v: %s, %s", first, first.Before, first.After)
	}
}

// What administrators are promised reaches one of them: the last who gets it cannot mute it. A contact, who chooses
// nothing, does not stand in for them.
func TestTheLastAdministratorCannotMute(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("mia", access.RoleMasterAdmin)
	f.member("ada", access.RoleAdmin)
	f.member("eve", access.RoleMember)
	f.must(f.SetBillingContacts(f.ctx, f.account, []string{"books@acme.example"}, access.Actor{}))
	mute := func(user string, kinds ...string) error {
		return f.SetMuted(f.ctx, access.Mute{AccountID: f.account, UserID: user, Kinds: append([]string{}, kinds...)})
	}
	for _, kind := range access.PromisedEmails() {
		f.must(mute("eve", access.PromisedEmails()...)) // who gets none counts for nobody
		f.must(mute("ada", "GRANT_EXPIRING", kind))
		f.refused(mute("mia", kind), pg.Invalid, "muted")
		f.must(mute("mia", "GRANT_EXPIRING", "TOKEN_EXPIRING"))
		f.must(mute("ada"))
		f.must(mute("mia", kind))
		f.refused(mute("ada", kind), pg.Invalid, "muted")
		f.must(mute("mia"))
	}
	f.must(mute("ada", "STEP"))
	f.member("ada", access.RoleMasterAdmin)
	f.must(f.RemoveMember(f.ctx, access.MemberChange{AccountID: f.account, UserID: "mia"}))
	f.must(mute("ada", "STEP", "GRANT_EXPIRED")) // what was muted before the others left is no reason to refuse another choice
	f.refused(mute("ada", "STEP", "ZERO"), pg.Invalid, "muted")
}

// Only members can mute, and what a member mutes in one account is not muted in another.
func TestOnlyMembersMute(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("mia", access.RoleMasterAdmin)
	second := f.another("Second")
	_, err := f.SetMember(f.ctx, access.MemberChange{AccountID: second, UserID: "mia", Email: new("mia@second.example"), Role: access.RoleMasterAdmin})
	f.must(err)
	f.must(f.SetMuted(f.ctx, access.Mute{AccountID: second, UserID: "mia", Kinds: []string{"EXPIRY"}}))
	if kinds, ok, err := f.Muted(f.ctx, f.account, "mia"); err != nil || !ok || len(kinds) != 0 {
		t.Errorf("muted in the other account: %v, %v, %v", kinds, ok, err)
	}
	if kinds, ok, err := f.Muted(f.ctx, f.account, "eve"); err != nil || ok || kinds != nil {
		t.Errorf("who is no member: %v, %v, %v", kinds, ok, err)
	}
	f.refused(f.SetMuted(f.ctx, access.Mute{AccountID: f.account, UserID: "eve", Kinds: []string{"EXPIRY"}}), pg.NotFound, "accountId")
	f.refused(f.SetMuted(f.ctx, access.Mute{AccountID: second + 1, UserID: "mia"}), pg.NotFound, "accountId")
	f.member("mia", access.RoleMasterAdmin) // a change of the member is none of what it mutes
	f.must(f.SetMuted(f.ctx, access.Mute{AccountID: f.account, UserID: "mia", Kinds: []string{"STOP"}}))
	f.member("mia", access.RoleMasterAdmin)
	if kinds, _, err := f.Muted(f.ctx, f.account, "mia"); err != nil || !slices.Equal(kinds, []string{"STOP"}) {
		t.Errorf("after a change of the member: %v, %v", kinds, err)
	}
}
