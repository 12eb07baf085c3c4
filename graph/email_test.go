package graph

import (
	"errors"
	"fmt"
	"testing"

	"github.com/99designs/gqlgen/graphql/executor"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// mailbox returns a platform whose account has an administrator and three threshold e-mails, seen by Support.
func mailbox(t *testing.T, render func(tsdb.Email) (MailText, error)) *platform {
	t.Helper()
	p := newPlatform(t)
	p.exec = executor.New(generated.NewExecutableSchema(generated.Config{Resolvers: &Resolver{Store: p.store, RenderMail: render}}))
	p.exec.Use(Snapshot{p.store})
	key, err := p.store.CreateAccount(t.Context(), tsdb.NewAccount{Name: "Mail", IdempotencyKey: "mail", Members: []access.Member{
		{UserID: "u", Name: "Mia", Email: "mia@acme.example", Role: access.RoleMasterAdmin}}}, tsdb.Actor{})
	if err != nil {
		t.Fatal(err)
	}
	tool, err := p.store.RegisterTool(t.Context(), tsdb.NewTool{AccountID: key, Name: "search", OwnerName: "Mia", Status: tsdb.Deployed})
	if err != nil {
		t.Fatal(err)
	}
	for i, runs := range []int64{5_000, 2_000, 1_000} {
		if _, err := p.store.Ingest(t.Context(), []tsdb.UsageEvent{{AccountID: key, Source: "s", ID: fmt.Sprint(i), Time: p.store.Now(), Kind: tsdb.ToolRun,
			ResourceID: tool.ID, Runs: runs}}, tsdb.Record); err != nil {
			t.Fatal(err)
		}
	}
	p.account, p.as = EncodeID(KindAccount, key), auth.Principal{Kind: auth.Service, Role: auth.Support, Common: auth.Support.Permissions()}
	return p
}

func TestEmailsAreListed(t *testing.T) {
	t.Parallel()
	p := mailbox(t, func(e tsdb.Email) (MailText, error) {
		return MailText{Subject: fmt.Sprint(e.Facts.Threshold), Text: "text", HTML: "<p>"}, nil
	})
	got, failed := p.run(`query($id: ID!) { account(id: $id) {
  all: emails(first: 2) { totalCount pageInfo { hasNextPage } edges { node { kind meter step recipient subject text html state attempts lastError sentAt } } }
  sent: emails(filter: { states: [SENT] }) { totalCount edges { cursor } }
  steps: emails(filter: { kinds: [STEP], states: [STORED] }, last: 1) { edges { node { subject } } } } }`, map[string]any{"id": p.account})
	want := `map[account:map[all:map[edges:[map[node:map[attempts:0 html:<p> kind:STEP lastError:<nil> meter:TOOL_RUNS recipient:mia@acme.example ` +
		`sentAt:<nil> state:STORED step:80 subject:80 text:text]] map[node:map[attempts:0 html:<p> kind:STEP lastError:<nil> meter:TOOL_RUNS ` +
		`recipient:mia@acme.example sentAt:<nil> state:STORED step:70 subject:70 text:text]]] pageInfo:map[hasNextPage:true] totalCount:3] ` +
		`sent:map[edges:[] totalCount:0] steps:map[edges:[map[node:map[subject:50]]]]]]`
	if failed != "" || fmt.Sprint(got) != want {
		t.Errorf("%s\n got %v\nwant %s", failed, got, want)
	}
}

// An e-mail that cannot be rendered does not hide the others, and one that nobody reads is not rendered.
func TestEmailsThatCannotBeShown(t *testing.T) {
	t.Parallel()
	rendered := 0
	p := mailbox(t, func(tsdb.Email) (MailText, error) {
		rendered++
		return MailText{}, errors.New("unfit data")
	})
	got, failed := p.run(`query($id: ID!) { account(id: $id) { emails { edges { node { state } } } } }`, map[string]any{"id": p.account})
	if failed != "" || rendered != 0 {
		t.Errorf("%v, %s, rendered %d times", got, failed, rendered)
	}
	got, failed = p.run(`query($id: ID!) { account(id: $id) { emails(first: 1) { edges { node { subject text } } } } }`, map[string]any{"id": p.account})
	want := `map[account:map[emails:map[edges:[map[node:map[subject:(this mail cannot be shown) text:unfit data]]]]]]`
	if failed != "" || fmt.Sprint(got) != want {
		t.Errorf("%s\n got %v\nwant %s", failed, got, want)
	}
}

// An e-mail that went to two recipients is one message with two copies. Pages and totals count messages.
func TestEmailsByMessage(t *testing.T) {
	t.Parallel()
	p := mailbox(t, func(e tsdb.Email) (MailText, error) { return MailText{Subject: fmt.Sprint(e.Facts.Threshold)}, nil })
	key, _ := KeyOf(KindAccount, p.account)
	if err := p.store.Access.SetBillingContacts(t.Context(), key, []string{"bill@acme.example"}, tsdb.Actor{}); err != nil {
		t.Fatal(err)
	}
	tool, err := p.store.RegisterTool(t.Context(), tsdb.NewTool{AccountID: key, Name: "more", OwnerName: "Mia", Status: tsdb.Deployed})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.store.Ingest(t.Context(), []tsdb.UsageEvent{{AccountID: key, Source: "s", ID: "more", Time: p.store.Now(), Kind: tsdb.ToolRun,
		ResourceID: tool.ID, Runs: 1_000}}, tsdb.Record); err != nil {
		t.Fatal(err)
	}
	const ask = `query($id: ID!, $after: Cursor) { account(id: $id) { emailMessages(first: 2, after: $after) { totalCount pageInfo { hasNextPage endCursor }
  edges { node { subject step copyCount copies { recipient subject } } } }
  none: emailMessages(filter: { states: [DEAD] }) { totalCount } last: emailMessages(filter: { kinds: [STEP] }, last: 1) { edges { node { subject } } } } }`
	got, failed := p.run(ask, map[string]any{"id": p.account})
	if failed != "" {
		t.Fatal(failed)
	}
	list := got["account"].(map[string]any)["emailMessages"].(map[string]any)
	page := list["pageInfo"].(map[string]any)
	after := page["endCursor"]
	delete(page, "endCursor")
	want := `map[account:map[emailMessages:map[edges:[` +
		`map[node:map[copies:[map[recipient:bill@acme.example subject:90] map[recipient:mia@acme.example subject:90]] copyCount:2 step:90 subject:90]] ` +
		`map[node:map[copies:[map[recipient:mia@acme.example subject:80]] copyCount:1 step:80 subject:80]]] ` +
		`pageInfo:map[hasNextPage:true] totalCount:4] last:map[edges:[map[node:map[subject:50]]]] none:map[totalCount:0]]]`
	if fmt.Sprint(got) != want {
		t.Errorf("\n got %v\nwant %s", got, want)
	}
	got, failed = p.run(`query($id: ID!, $after: Cursor) { account(id: $id) { emailMessages(first: 2, after: $after) { edges { node { subject } } } } }`,
		map[string]any{"id": p.account, "after": after})
	if failed != "" || fmt.Sprint(got) != `map[account:map[emailMessages:map[edges:[map[node:map[subject:70]] map[node:map[subject:50]]]]]]` {
		t.Errorf("%v %s", got, failed)
	}
}
