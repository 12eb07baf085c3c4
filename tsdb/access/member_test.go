package access_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

func TestMembersComeAndGo(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mia := f.member("mia", access.RoleMasterAdmin)
	if mia.Name != "Name of mia" || mia.Email != "mia@acme.example" || !mia.CreatedAt.Equal(start) {
		t.Errorf("%+v", mia)
	}
	f.member("max", access.RoleMember)
	change := f.change("max", access.RoleAdmin)
	change.Email, change.Name = nil, nil
	max, err := f.SetMember(f.ctx, change)
	f.must(err)
	if max.Email != "max@acme.example" || max.Role != access.RoleAdmin {
		t.Errorf("what is not given stays: %+v", max)
	}
	if who, err := f.MemberOfRole(f.ctx, f.account, access.RoleAdmin); err != nil || who != "max" {
		t.Errorf("%q, %v", who, err)
	}
	f.must(f.RemoveMember(f.ctx, f.change("max", "")))
	_, err = f.Member(f.ctx, f.account, "max")
	f.refused(err, pg.NotFound, "memberId")
	f.refused(f.RemoveMember(f.ctx, f.change("max", "")), pg.NotFound, "memberId")
	if who, err := f.MemberOfRole(f.ctx, f.account, access.RoleAdmin); err != nil || who != "" {
		t.Errorf("%q, %v", who, err)
	}
	places, err := f.Memberships(f.ctx, "mia")
	if f.must(err); len(places) != 1 || places[0].AccountID != f.account || places[0].Role != access.RoleMasterAdmin {
		t.Errorf("%+v", places)
	}
}

func TestMembersAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("mia", access.RoleMasterAdmin)
	set := func(edit func(*access.MemberChange)) error {
		c := f.change("max", access.RoleMember)
		edit(&c)
		_, err := f.SetMember(f.ctx, c)
		return err
	}
	none, bad := "", "no address"
	f.refused(set(func(c *access.MemberChange) { c.AccountID++ }), pg.NotFound, "accountId")
	f.refused(set(func(c *access.MemberChange) { c.Email = nil }), pg.Invalid, "email")
	f.refused(set(func(c *access.MemberChange) { c.Email = &bad }), pg.Invalid, "email")
	f.refused(set(func(c *access.MemberChange) { c.Name = &none }), pg.Invalid, "name")
	f.refused(set(func(c *access.MemberChange) { c.UserID = "\u200b" }), pg.Invalid, "userId")
	f.refused(set(func(c *access.MemberChange) { c.Role = "BILLING" }), pg.Invalid, "role")
	f.refused(set(func(c *access.MemberChange) { c.Role, c.May = access.RoleAdmin, only(access.RoleMember) }), pg.TooMuch, "role")
	if list, err := f.Members(f.ctx, f.account, access.MemberPage{Limit: 10, Total: true}); err != nil || list.Total != 1 {
		t.Errorf("%+v, %v: what is refused leaves nothing", list, err)
	}
	demoted := f.change("mia", access.RoleMember)
	_, err := f.SetMember(f.ctx, demoted)
	f.refused(err, pg.LastMasterAdmin, "")
	f.refused(f.RemoveMember(f.ctx, demoted), pg.LastMasterAdmin, "")
	above := f.change("mia", access.RoleMember)
	above.May = only(access.RoleMember)
	_, err = f.SetMember(f.ctx, above)
	f.refused(err, pg.TooMuch, "role")
	f.refused(f.RemoveMember(f.ctx, above), pg.TooMuch, "memberId")
}

// If two master admins remove each other at the same moment, one remains.
func TestTheLastMasterAdminStaysInARace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range 5 {
		f.member("mia", access.RoleMasterAdmin)
		f.member("max", access.RoleMasterAdmin)
		gone := make(chan error, 2)
		for _, user := range []string{"mia", "max"} {
			go func() { gone <- f.RemoveMember(f.ctx, f.change(user, "")) }()
		}
		first, second := <-gone, <-gone
		if (first == nil) == (second == nil) {
			t.Fatalf("%v, %v: want one to go and one to stay", first, second)
		}
	}
}

// Whatever happens to members, the list equals that of a plain map, page by page in both directions.
func TestMembersEqualAMap(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	random := rand.New(rand.NewPCG(7, 11))
	want := map[string]string{"boss": access.RoleMasterAdmin}
	f.member("boss", access.RoleMasterAdmin)
	roles := []string{access.RoleMember, access.RoleAdmin, access.RoleMasterAdmin}
	for range 120 {
		user := fmt.Sprintf("u%02d", random.IntN(25))
		if _, there := want[user]; there && random.IntN(2) == 0 {
			f.must(f.RemoveMember(f.ctx, f.change(user, "")))
			delete(want, user)
			continue
		}
		role := roles[random.IntN(len(roles))]
		f.member(user, role)
		want[user] = role
	}
	users := slices.Sorted(maps.Keys(want))
	forward := f.pages(users, false)
	if got := strings.Join(forward, " "); got != strings.Join(users, " ") {
		t.Errorf("forward %s", got)
	}
	if got := f.pages(users, true); !slices.Equal(got, users) {
		t.Errorf("backward %v", got)
	}
	for user, role := range want {
		if m, err := f.Member(f.ctx, f.account, user); err != nil || m.Role != role {
			t.Errorf("%s: %+v, %v", user, m, err)
		}
	}
	found, err := f.Members(f.ctx, f.account, access.MemberPage{Search: "BOSS@", Limit: 3, Total: true})
	if f.must(err); found.Total != 1 || found.Rows[0].UserID != "boss" {
		t.Errorf("%+v", found)
	}
}

// pages reads the list in pages of three and demands that each says correctly whether there are more.
func (f *fixture) pages(users []string, backward bool) (got []string) {
	f.t.Helper()
	p := access.MemberPage{Limit: 3, Backward: backward}
	for {
		page, err := f.Members(f.ctx, f.account, p)
		f.must(err)
		var names []string
		for _, m := range page.Rows {
			names = append(names, m.UserID)
		}
		more := page.HasNext
		if backward {
			got, more = append(names, got...), page.HasPrev
		} else {
			got = append(got, names...)
		}
		if more != (len(got) < len(users)) {
			f.t.Fatalf("%v of %d: more %v", got, len(users), more)
		}
		if !more {
			return got
		}
		key := page.Rows[len(page.Rows)-1].Key()
		if p.After = &key; backward {
			key = page.Rows[0].Key()
			p.After, p.Before = nil, &key
		}
	}
}
