package jobs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/mail/mailtest"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// outcomes returns an account's e-mails, in order: recipient and state.
func (f *fixture) outcomes() string {
	f.t.Helper()
	var list string
	f.must(f.pool.QueryRow(f.ctx, `SELECT coalesce(string_agg(recipient || ' ' || state, ', ' ORDER BY recipient), '') FROM email`).Scan(&list))
	return list
}

// member sets a member of an account.
func (f *fixture) member(account int64, user, email string, role string) {
	f.t.Helper()
	_, err := f.Access.SetMember(f.ctx, access.MemberChange{AccountID: account, UserID: user, Email: &email, Role: role})
	f.must(err)
}

// The recipients of an e-mail are determined when it is sent: between its cause and its delivery people leave, change and correct their
// addresses.
func TestRecipientsAreAskedAtDelivery(t *testing.T) {
	t.Parallel()
	contacts := func(f *fixture, id int64, list ...string) {
		f.must(f.Access.SetBillingContacts(f.ctx, id, list, tsdb.Actor{}))
	}
	for name, c := range map[string]struct {
		meanwhile func(f *fixture, id int64)
		outcomes  string // ada is admin u-ada, books a contact; mia stays
	}{
		"nothing": {func(*fixture, int64) {}, "ada@acme.example SENT, books@acme.example SENT, mia@acme.example SENT"},
		"a member is removed": {func(f *fixture, id int64) {
			f.must(f.Access.RemoveMember(f.ctx, access.MemberChange{AccountID: id, UserID: "u-ada"}))
		},
			"ada@acme.example SKIPPED, books@acme.example SENT, mia@acme.example SENT"},
		"a member is demoted": {func(f *fixture, id int64) { f.member(id, "u-ada", "ada@acme.example", access.RoleMember) },
			"ada@acme.example SKIPPED, books@acme.example SENT, mia@acme.example SENT"},
		"a member is promoted": {func(f *fixture, id int64) { f.member(id, "u-ada", "ada@acme.example", access.RoleMasterAdmin) },
			"ada@acme.example SENT, books@acme.example SENT, mia@acme.example SENT"},
		"a member's address is corrected": {func(f *fixture, id int64) { f.member(id, "u-ada", "Ada.L@acme.example", access.RoleAdmin) },
			"ada.l@acme.example SENT, books@acme.example SENT, mia@acme.example SENT"},
		"a member is removed and stays a contact": {func(f *fixture, id int64) {
			f.must(f.Access.RemoveMember(f.ctx, access.MemberChange{AccountID: id, UserID: "u-ada"}))
			contacts(f, id, "books@acme.example", "ada@acme.example")
		}, "ada@acme.example SENT, books@acme.example SENT, mia@acme.example SENT"},
		"the contacts are cleared": {func(f *fixture, id int64) { contacts(f, id) },
			"ada@acme.example SENT, books@acme.example SKIPPED, mia@acme.example SENT"},
		"a contact is corrected": {func(f *fixture, id int64) { contacts(f, id, "ledger@acme.example") },
			"ada@acme.example SENT, books@acme.example SKIPPED, ledger@acme.example SENT, mia@acme.example SENT"},
		"a contact becomes an admin": {func(f *fixture, id int64) {
			contacts(f, id)
			f.member(id, "u-books", "books@acme.example", access.RoleAdmin)
		},
			"ada@acme.example SENT, books@acme.example SENT, mia@acme.example SENT"},
		"a member takes the address of another": {func(f *fixture, id int64) { f.member(id, "u-ada", "mia@acme.example", access.RoleAdmin) },
			"ada@acme.example SKIPPED, books@acme.example SENT, mia@acme.example SENT"},
		"an admin comes": {func(f *fixture, id int64) { f.member(id, "u-new", "new@acme.example", access.RoleAdmin) },
			"ada@acme.example SENT, books@acme.example SENT, mia@acme.example SENT, new@acme.example SENT"},
		"a member comes": {func(f *fixture, id int64) { f.member(id, "u-new", "new@acme.example", access.RoleMember) },
			"ada@acme.example SENT, books@acme.example SENT, mia@acme.example SENT"},
		"a member mutes its kind": {func(f *fixture, id int64) {
			f.must(f.Access.SetMuted(f.ctx, access.Mute{AccountID: id, UserID: "u-ada", Kinds: []string{"STEP", "STEP"}}))
		}, "ada@acme.example SKIPPED, books@acme.example SENT, mia@acme.example SENT"},
		"a member mutes another kind": {func(f *fixture, id int64) {
			f.must(f.Access.SetMuted(f.ctx, access.Mute{AccountID: id, UserID: "u-ada", Kinds: []string{"GRANT_EXPIRING"}}))
		}, "ada@acme.example SENT, books@acme.example SENT, mia@acme.example SENT"},
		"somebody else takes over": {func(f *fixture, id int64) {
			f.member(id, "u-new", "ada@acme.example", access.RoleAdmin)
			f.must(f.Access.RemoveMember(f.ctx, access.MemberChange{AccountID: id, UserID: "u-ada"}))
		}, "ada@acme.example SENT, books@acme.example SENT, mia@acme.example SENT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			id := f.account()
			f.member(id, "u-ada", "ada@acme.example", access.RoleAdmin)
			contacts(f, id, "books@acme.example")
			f.spend(id, f.model(id), 40)
			c.meanwhile(f, id)
			delivery, relay := f.delivery()
			for n := int64(1); n <= f.lastMail(); n++ {
				_, err := delivery.RunOnce(f.ctx, n)
				f.must(err)
			}
			if got := f.outcomes(); got != c.outcomes {
				t.Errorf("%s\nwant %s", got, c.outcomes)
			}
			var to []string
			for _, m := range relay.Messages() {
				to = append(to, m.To...)
			}
			if want := strings.Count(c.outcomes, "SENT"); len(to) != want {
				t.Errorf("went to %v", to)
			}
			for _, address := range to {
				if !strings.Contains(c.outcomes, address+" SENT") {
					t.Errorf("went to %v", to)
				}
			}
		})
	}
}

func (f *fixture) lastMail() (id int64) {
	f.t.Helper()
	f.must(f.pool.QueryRow(f.ctx, `SELECT max(email_id) FROM email`).Scan(&id))
	return id
}

// Each attempt determines them again: a recipient who leaves while the relay is away gets nothing either, and the reason is recorded.
func TestRecipientsAreAskedAtEachAttempt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.member(id, "u-ada", "ada@acme.example", access.RoleAdmin)
	f.spend(id, f.model(id), 40)
	var ada int64
	f.must(f.pool.QueryRow(f.ctx, `SELECT email_id FROM email WHERE recipient = 'ada@acme.example'`).Scan(&ada))
	delivery, relay := f.delivery(mailtest.Refuse(mailtest.Rcpt, 450))
	out, err := delivery.RunOnce(f.ctx, ada)
	f.must(err)
	if out.State != tsdb.EmailQueued {
		t.Fatalf("%+v", out)
	}
	f.must(f.Access.RemoveMember(f.ctx, access.MemberChange{AccountID: id, UserID: "u-ada"}))
	for range 2 {
		if out, err = delivery.RunOnce(f.ctx, ada); err != nil || out.State != tsdb.EmailSkipped || out.Err != nil {
			t.Fatalf("%+v, %v", out, err)
		}
	}
	e, err := f.Email(f.ctx, ada)
	f.must(err)
	if len(relay.Messages()) != 0 || e.Attempts != 1 || !strings.Contains(e.LastError, "not sent") {
		t.Errorf("%d messages, %+v", len(relay.Messages()), e)
	}
}

// Replies go to Support, and the Message-ID belongs to the sender's domain, so that spam filters have no reason for suspicion.
func TestHeadersOfAMail(t *testing.T) {
	t.Parallel()
	for contact, want := range map[string]string{
		"support@acme.example": "<support@acme.example>", "mailto:help@acme.example?subject=x": "<help@acme.example>",
		"https://help.acme.example/": "", "sűpport@acme.example": "",
	} {
		f := newFixture(t)
		store, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: f.now, Mailer: f.queue, Settings: tsdb.Settings{SupportContact: contact, MailDomain: "mail.example.net"}})
		f.must(err)
		f.Store = store
		id := f.account()
		f.spend(id, f.model(id), 40)
		delivery, relay := f.delivery()
		_, err = delivery.RunOnce(f.ctx, 1)
		f.must(err)
		m := relay.Wait(t, 1)[0]
		if got := m.Header(t, "Reply-To"); got != want {
			t.Errorf("%q: Reply-To %q", contact, got)
		}
		if got := m.Header(t, "Message-Id"); !strings.HasSuffix(got, "@mail.example.net>") || strings.ContainsAny(fmt.Sprint(got), " \n") {
			t.Errorf("Message-ID %q", got)
		}
	}
}
