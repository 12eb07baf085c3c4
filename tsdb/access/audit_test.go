package access_test

import (
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Every change writes one entry, and calls that change nothing write none.
func TestChangesAreInTheLog(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mia := access.Actor{Kind: "USER", Name: "mia@acme.example", Role: access.RoleMasterAdmin, Address: "192.0.2.1", RequestID: "r-1"}
	f.member("mia", access.RoleMasterAdmin)
	f.later.Store(int64(time.Hour))
	f.must(f.SetBillingContacts(f.ctx, f.account, []string{"Books@acme.example", "a@acme.example", "books@ACME.example "}, mia))
	f.must(f.SetBillingContacts(f.ctx, f.account, []string{"a@acme.example", "books@acme.example"}, mia))
	f.must(f.NoteExport(f.ctx, []int64{f.account}, mia, map[string]any{"range": "all"}))
	list, err := f.AuditLog(f.ctx, f.account, access.AuditFilter{}, pg.Page{Limit: 10}, true)
	f.must(err)
	var actions []string
	for _, e := range list.Rows {
		actions = append(actions, string(e.Action))
	}
	if want := []string{"USAGE_EXPORTED", "CONTACTS_SET", "MEMBER_SET"}; list.Total != 3 || !slices.Equal(actions, want) {
		t.Fatalf("%v, want %v", actions, want)
	}
	contacts := list.Rows[1]
	if contacts.Actor != mia || string(contacts.Before) != `{"emails": []}` || !strings.Contains(string(contacts.After), `"books@acme.example"`) {
		t.Errorf("%+v: %s, %s", contacts.Actor, contacts.Before, contacts.After)
	}
	if system := list.Rows[2]; system.Actor.Kind != "SYSTEM" || system.TargetID != "member:mia" || system.Before != nil {
		t.Errorf("%+v", system)
	}
	for name, c := range map[string]struct {
		filter access.AuditFilter
		want   int
	}{
		"an action":  {access.AuditFilter{Actions: []string{"CONTACTS_SET"}}, 1},
		"an actor":   {access.AuditFilter{Actor: "MIA@"}, 2},
		"from":       {access.AuditFilter{From: start.Add(time.Minute)}, 2},
		"to":         {access.AuditFilter{To: start.Add(time.Hour)}, 1},
		"everything": {access.AuditFilter{Actions: []string{"MEMBER_SET"}, Actor: "mia"}, 0},
	} {
		if got, err := f.AuditLog(f.ctx, f.account, c.filter, pg.Page{Limit: 10}, true); err != nil || got.Total != c.want || len(got.Rows) != c.want {
			t.Errorf("%s: %d entries, %v; want %d", name, len(got.Rows), err, c.want)
		}
	}
	if e, err := f.AuditEntryWithin(f.ctx, []int64{f.account}, contacts.ID); err != nil || e.Action != access.AuditContactsSet {
		t.Errorf("%+v, %v", e, err)
	}
	_, err = f.AuditEntryWithin(f.ctx, []int64{f.account + 1}, contacts.ID)
	f.refused(err, pg.NotFound, "id")
}

func TestBillingContacts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.must(f.SetBillingContacts(f.ctx, f.account, []string{" B@acme.example", "a@acme.example"}, access.Actor{}))
	list, err := f.BillingContacts(f.ctx, f.account)
	if f.must(err); !slices.Equal(list, []string{"a@acme.example", "b@acme.example"}) {
		t.Errorf("%v", list)
	}
	f.refused(f.SetBillingContacts(f.ctx, f.account, []string{"a@acme.example", "nobody"}, access.Actor{}), pg.Invalid, "emails")
	f.refused(f.SetBillingContacts(f.ctx, f.account, make([]string, 21), access.Actor{}), pg.Invalid, "emails")
	f.refused(f.SetBillingContacts(f.ctx, f.account+1, nil, access.Actor{}), pg.NotFound, "accountId")
	if after, err := f.BillingContacts(f.ctx, f.account); err != nil || !slices.Equal(after, list) {
		t.Errorf("%v, %v: what is refused changes nothing", after, err)
	}
}

func TestTrustedDocuments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	texts := []access.TrustedDocument{{Text: "{ a }", Name: "a"}, {Text: "{ b }", Name: "b"}}
	told := f.heard(access.DocumentsChanged, func() {
		if added, err := f.AddDocuments(f.ctx, texts); err != nil || added != 2 {
			t.Errorf("%d, %v", added, err)
		}
	})
	if len(told) != 1 {
		t.Errorf("told %v", told)
	}
	if added, err := f.AddDocuments(f.ctx, append(texts, access.TrustedDocument{Text: "{ c }", Name: "c"})); err != nil || added != 1 {
		t.Errorf("%d, %v: those that are there stay as they are", added, err)
	}
	_, err := f.AddDocuments(f.ctx, []access.TrustedDocument{{Text: strings.Repeat("x", access.MaxDocument+1), Name: "long"}})
	f.refused(err, pg.Invalid, "")
	f.must(f.RemoveDocument(f.ctx, sha256.Sum256([]byte("{ a }"))))
	f.refused(f.RemoveDocument(f.ctx, sha256.Sum256([]byte("{ a }"))), pg.NotFound, "")
	list, err := f.Documents(f.ctx)
	if f.must(err); len(list) != 2 || list[0].Name != "b" || list[0].Hash != sha256.Sum256([]byte("{ b }")) || !list[1].AddedAt.Equal(start) {
		t.Errorf("%+v", list)
	}
}
