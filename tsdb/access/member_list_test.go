package access_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/tsdb/access"
)

// named adds a member with a name.
func (f *fixture) named(user, name string) {
	f.t.Helper()
	c := f.change(user, access.RoleMember)
	c.Name = &name
	_, err := f.SetMember(f.ctx, c)
	f.must(err)
}

// Names of all scripts are paged without a gap or a repeat in both directions, whatever the database's locale takes for their lower case:
// that of C knows ASCII alone, ICU's writes a final sigma otherwise than Go does.
func TestPagesOfNamesInAllScripts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i, name := range []string{"İlker", "ijob", "Inge", "ΟΔΥΣΣΕΥΣ", "οδυσσευς", "Straße", "STRASSE", "ẞETA", "Élan", "elan", "Ångström", "ångström", "Ǆungla", "Ⅷ", "Ⓐ", "ﬁne", "ＦＩＮＥ",
		"Ꭰ", "Ა", "Kelvin", "zoe", "Zoë", "żaneta", "Żaneta", "Юлия", "юлия"} {
		f.named(fmt.Sprintf("u%02d", i), name)
	}
	for _, locale := range []string{"default", "C", "und-x-icu", "pg_c_utf8"} {
		_, err := f.pool.Exec(f.ctx, `ALTER TABLE member ALTER COLUMN name TYPE text COLLATE "`+locale+`"`)
		f.must(err)
		f.pool.Reset() // its statements were planned for the collation before
		list, err := f.Members(f.ctx, f.account, access.MemberPage{Limit: 100})
		f.must(err)
		for i, m := range list.Rows {
			key := m.Key()
			after, err := f.Members(f.ctx, f.account, access.MemberPage{Limit: 100, After: &key})
			f.must(err)
			before, err := f.Members(f.ctx, f.account, access.MemberPage{Limit: 100, Before: &key, Backward: true})
			f.must(err)
			if len(before.Rows) != i || len(after.Rows) != len(list.Rows)-i-1 {
				t.Errorf("%s: %q is number %d of %d: %d before it, %d after it", locale, m.Name, i, len(list.Rows), len(before.Rows), len(after.Rows))
			}
		}
	}
}

// Members with the same name are ordered by user id, and a page between two keys holds what lies between them.
func TestPagesOfNamesakes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i := range 9 {
		f.named(fmt.Sprintf("u%d", 8-i), []string{"Kim", "kim", "KIM"}[i%3])
	}
	want := []string{"u0", "u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8"}
	if got := f.pages(want, false); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	list, err := f.Members(f.ctx, f.account, access.MemberPage{Limit: 100})
	f.must(err)
	after, before := list.Rows[1].Key(), list.Rows[6].Key()
	between, err := f.Members(f.ctx, f.account, access.MemberPage{Limit: 100, After: &after, Before: &before, Total: true})
	f.must(err)
	if n := len(between.Rows); n != 4 || between.Rows[0].UserID != "u2" || !between.HasPrev || between.HasNext || between.Total != 9 {
		t.Errorf("%d rows, %+v", n, between)
	}
}

// Pages that are read while members come and go show everyone who stays, once.
func TestPagesOfMembersUnderWrites(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("boss", access.RoleMasterAdmin)
	for i := range 12 {
		f.named(fmt.Sprintf("stays%02d", i), fmt.Sprintf("Name %02d", i))
	}
	seen := map[string]int{}
	p := access.MemberPage{Limit: 2}
	for n := 0; ; n++ {
		page, err := f.Members(f.ctx, f.account, p)
		f.must(err)
		for _, m := range page.Rows {
			seen[m.UserID]++
		}
		if !page.HasNext {
			break
		}
		last := page.Rows[len(page.Rows)-1]
		key := last.Key()
		p.After = &key
		f.named(fmt.Sprint("new", n), fmt.Sprintf("Name %02d a", n)) // some before the cursor, some after it
		if strings.HasPrefix(last.UserID, "new") {                   // the row that the cursor is of may go
			f.must(f.RemoveMember(f.ctx, f.change(last.UserID, "")))
		}
	}
	for i := range 12 {
		if n := seen[fmt.Sprintf("stays%02d", i)]; n != 1 {
			t.Errorf("member %d is seen %d times", i, n)
		}
	}
}

// A search finds parts of names and addresses, ignoring case and without patterns, and counts what it lists.
func TestSearchOfMembers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for user, name := range map[string]string{"a": "50% off", "b": "under_score", "c": "back\\slash", "d": "Ärger", "e": "plain"} {
		f.named(user, name)
	}
	for search, want := range map[string]string{
		"": "abcde", "%": "a", "_": "b", "\\": "c", "ÄRGER": "d", "ärger": "d", "PLAIN": "e", "@ACME": "abcde", "b@": "b", "'": "", "\U0010FFFF": "",
	} {
		list, err := f.Members(f.ctx, f.account, access.MemberPage{Search: search, Limit: 10, Total: true})
		f.must(err)
		users := []string{}
		for _, m := range list.Rows {
			users = append(users, m.UserID)
		}
		slices.Sort(users)
		if got := strings.Join(users, ""); got != want || list.Total != len(want) {
			t.Errorf("%q: %s, %d in all; want %s", search, got, list.Total, want)
		}
	}
}

// Members are read by ids in one call; users who are not members of this account are missing, and an empty list has an
// empty result.
func TestMembersById(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("mia", access.RoleMasterAdmin)
	f.must(f.role("Billing", "BILLING_VIEW"))
	f.member("ben", "Billing")
	second := f.another("Second")
	_, err := f.SetMember(f.ctx, access.MemberChange{AccountID: second, UserID: "eve", Email: new("eve@second.example"), Role: access.RoleMasterAdmin})
	f.must(err)
	found, err := f.MembersOf(f.ctx, f.account, []string{"ben", "eve", "mia", "mia", ""})
	f.must(err)
	if len(found) != 2 || found["mia"].Role != access.RoleMasterAdmin || !slices.Equal(found["ben"].RolePermissions, []string{"BILLING_VIEW"}) {
		t.Errorf("%+v", found)
	}
	for _, none := range [][]string{nil, {}} {
		if found, err := f.MembersOf(f.ctx, f.account, none); err != nil || len(found) != 0 {
			t.Errorf("of nobody: %v, %v", found, err)
		}
	}
	places, err := f.Memberships(f.ctx, "eve")
	if f.must(err); len(places) != 1 || places[0].AccountID != second || places[0].Email != "eve@second.example" {
		t.Errorf("%+v", places)
	}
	if places, err := f.Memberships(f.ctx, "nobody"); err != nil || len(places) != 0 {
		t.Errorf("%+v, %v", places, err)
	}
}
