package graph

import (
	"fmt"
	"testing"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// masterOf returns the master admin of an account made by mailbox.
func masterOf(account int64) auth.Principal {
	return auth.Principal{Kind: auth.User, UserID: "u", Common: auth.SetOf(auth.Authenticated),
		Seats: []auth.Seat{{Account: account, Role: auth.MasterAdmin, Permissions: auth.MasterAdmin.Permissions()}}}
}

func TestMailPreferences(t *testing.T) {
	t.Parallel()
	p := mailbox(t, func(tsdb.Email) (MailText, error) { return MailText{}, nil })
	key, _ := KeyOf(KindAccount, p.account)
	const read = `query($id: ID!) { account(id: $id) { mailPreferences { muted offered } } }`
	if got, failed := p.run(read, map[string]any{"id": p.account}); failed != "" || fmt.Sprint(got) != "map[account:map[mailPreferences:<nil>]]" {
		t.Errorf("a program: %v %s", got, failed)
	}
	p.refused("setMailPreferences", "NOT_FOUND", map[string]any{"accountId": p.account, "muted": []string{"STEP"}})
	p.as = masterOf(key)
	for _, kind := range []string{"NEGATIVE_LIMIT", "STOPPED"} {
		p.refused("setMailPreferences", "INVALID", map[string]any{"accountId": p.account, "muted": []string{kind}})
	}
	p.refused("setMailPreferences", "INVALID", map[string]any{"accountId": p.account, "muted": []string{"STEP"}}) // nobody else would get it
	if _, err := p.store.Access.SetMember(t.Context(), access.MemberChange{AccountID: key, UserID: "ada", Email: new("ada@acme.example"), Role: access.RoleAdmin}); err != nil {
		t.Fatal(err)
	}
	p.done("setMailPreferences", "mailPreferences", "muted", map[string]any{"accountId": p.account, "muted": []string{"STEP", "LOW_LIMIT", "STEP"}})
	got, failed := p.run(read, map[string]any{"id": p.account})
	want := "map[account:map[mailPreferences:map[muted:[LOW_LIMIT STEP] offered:[STEP LOW_LIMIT ZERO SCRIPT_DEPLOYED SCRIPT_UNDEPLOYED SCRIPT_FAILED " +
		"GRANT_EXPIRING GRANT_EXPIRED TOKEN_EXPIRING]]]]"
	if failed != "" || fmt.Sprint(got) != want {
		t.Errorf("%s\n got %v\nwant %s", failed, got, want)
	}
	entries, err := p.store.Access.AuditLog(t.Context(), key, access.AuditFilter{Actions: []string{string(access.AuditMemberSet)}}, tsdb.Page{Limit: 1}, false)
	if err != nil || len(entries.Rows) != 1 || string(entries.Rows[0].After) != `{"muted": ["LOW_LIMIT", "STEP"]}` || entries.Rows[0].Target != "mia@acme.example" {
		t.Errorf("%v %+v", err, entries)
	}
}

// An account's people change its name and time zone. Only the platform changes its own id and tags.
func TestAccountProfile(t *testing.T) {
	t.Parallel()
	p := mailbox(t, nil)
	key, _ := KeyOf(KindAccount, p.account)
	p.as = masterOf(key)
	p.done("setAccountProfile", "account", "name", map[string]any{"accountId": p.account, "name": "Acme", "timeZone": "Asia/Tokyo"})
	p.refused("setAccountProfile", "INVALID", map[string]any{"accountId": p.account, "name": " "})
	got, failed := p.run(`query($id: ID!) { account(id: $id) { name settings { timeZone } } }`, map[string]any{"id": p.account})
	if failed != "" || fmt.Sprint(got) != "map[account:map[name:Acme settings:map[timeZone:Asia/Tokyo]]]" {
		t.Errorf("%v %s", got, failed)
	}
}
