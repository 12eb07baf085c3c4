package tsdb_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// waiting is an account with a mail that waits for each of its recipients.
type waiting struct {
	*fixture
	id int64
}

// newWaiting makes an account with a master admin, an admin and a contact, to each of whom a mail about 70% waits.
func newWaiting(f *fixture) *waiting {
	f.t.Helper()
	w := &waiting{f, f.account()}
	w.member("u-admin", "ada@acme.example", access.RoleAdmin)
	w.contacts("books@acme.example")
	f.spend(w.id, f.resource(w.id, "MODEL", "REGISTERED"), 55*credit)
	f.exec(`UPDATE email SET state = 'QUEUED' WHERE account_id = $1`, w.id) // as with a mailer
	return w
}

func (w *waiting) member(user, email, role string) {
	w.t.Helper()
	_, err := w.Access.SetMember(w.ctx, access.MemberChange{AccountID: w.id, UserID: user, Email: &email, Role: role})
	w.must(err)
}

func (w *waiting) contacts(emails ...string) {
	w.t.Helper()
	w.must(w.Access.SetBillingContacts(w.ctx, w.id, emails, tsdb.Actor{}))
}

// skip addresses only the copy to one address, which nobody has any more.
func (w *waiting) skip(recipient string) {
	w.t.Helper()
	page, err := w.Emails(w.ctx, w.id, tsdb.EmailFilter{}, tsdb.Page{Limit: 100}, false)
	w.must(err)
	for _, e := range page.Rows {
		if e.Recipient == recipient {
			now, err := w.Address(w.ctx, e)
			if w.must(err); now.State != tsdb.EmailSkipped {
				w.t.Errorf("%s: %s", recipient, now.State)
			}
		}
	}
}

// address addresses every waiting mail until none is new, and returns who gets one and what became of the others.
func (w *waiting) address(s *tsdb.Store) string {
	w.t.Helper()
	asked := map[int64]bool{}
	for more := true; more; {
		page, err := s.Emails(w.ctx, w.id, tsdb.EmailFilter{}, tsdb.Page{Limit: 100}, false)
		w.must(err)
		more = false
		for _, e := range page.Rows {
			if !asked[e.ID] && e.State == tsdb.EmailQueued {
				asked[e.ID], more = true, true
				_, err := s.Address(w.ctx, e)
				w.must(err)
			}
		}
	}
	page, err := s.Emails(w.ctx, w.id, tsdb.EmailFilter{}, tsdb.Page{Limit: 100}, false)
	w.must(err)
	var told []string
	for _, e := range page.Rows {
		name, _, _ := strings.Cut(e.Recipient, "@")
		why, _, _ := strings.Cut(strings.TrimPrefix(e.LastError, "not sent: "), " ")
		told = append(told, strings.TrimSpace(name+" "+string(e.State)+" "+why))
	}
	slices.Sort(told)
	return strings.Join(told, ", ")
}

// The recipients of a mail are determined when it is sent (rules.md §8): by then people have come, gone, been demoted,
// moved, muted and shared addresses.
func TestWhoGetsAMailThatWaits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const all = "ada QUEUED, books QUEUED, mia QUEUED"
	for name, c := range map[string]struct {
		meanwhile func(w *waiting)
		want      string
	}{
		"nothing happens":     {func(*waiting) {}, all},
		"an admin is demoted": {func(w *waiting) { w.member("u-admin", "ada@acme.example", access.RoleMember) }, "ada SKIPPED the, books QUEUED, mia QUEUED"},
		"an admin is no member": {func(w *waiting) {
			w.must(w.Access.RemoveMember(w.ctx, access.MemberChange{AccountID: w.id, UserID: "u-admin"}))
		}, "ada SKIPPED the, books QUEUED, mia QUEUED"},
		"demoted, but a contact": {func(w *waiting) {
			w.member("u-admin", "ada@acme.example", access.RoleMember)
			w.contacts("books@acme.example", "ADA@acme.example")
		}, all},
		"an address is corrected": {func(w *waiting) { w.member("u-admin", "Eve@acme.example", access.RoleAdmin) }, "books QUEUED, eve QUEUED, mia QUEUED"},
		"corrected to another's":  {func(w *waiting) { w.member("u-admin", "mia@acme.example", access.RoleAdmin) }, "ada SKIPPED another, books QUEUED, mia QUEUED"},
		"an address is taken away": {func(w *waiting) {
			w.exec(`UPDATE member SET email = '' WHERE account_id = $1 AND user_id = 'u-admin'`, w.id)
		}, "ada SKIPPED the, books QUEUED, mia QUEUED"},
		"a contact is replaced": {func(w *waiting) { w.contacts("cash@acme.example") }, "ada QUEUED, books SKIPPED the, cash QUEUED, mia QUEUED"},
		"a contact is added":    {func(w *waiting) { w.contacts("books@acme.example", "cash@acme.example") }, "ada QUEUED, books QUEUED, cash QUEUED, mia QUEUED"},
		"an admin is added":     {func(w *waiting) { w.member("u-new", "new@acme.example", access.RoleAdmin) }, "ada QUEUED, books QUEUED, mia QUEUED, new QUEUED"},
		"a member is added":     {func(w *waiting) { w.member("u-new", "new@acme.example", access.RoleMember) }, all},
		"one is muted": {func(w *waiting) {
			w.exec(`UPDATE member SET muted_emails = (SELECT array_agg(DISTINCT kind) FROM email WHERE account_id = $1) WHERE account_id = $1 AND user_id = 'u-admin'`, w.id)
		}, "ada SKIPPED the, books QUEUED, mia QUEUED"},
		"all administrators have muted it": {func(w *waiting) {
			w.exec(`UPDATE member SET muted_emails = '{STEP}' WHERE account_id = $1`, w.id)
		}, all},
		"the only one who wants it is demoted": {func(w *waiting) {
			w.exec(`UPDATE member SET muted_emails = '{STEP}' WHERE account_id = $1 AND user_id <> 'u-admin'`, w.id)
			w.member("u-admin", "ada@acme.example", access.RoleMember)
		}, "ada SKIPPED the, books QUEUED, mia QUEUED"},
		"the only one who wants it has no address": {func(w *waiting) {
			w.exec(`UPDATE member SET muted_emails = '{STEP}' WHERE account_id = $1 AND user_id <> 'u-admin'`, w.id)
			w.exec(`UPDATE member SET email = '' WHERE account_id = $1 AND user_id = 'u-admin'`, w.id)
		}, "ada SKIPPED the, books QUEUED, mia QUEUED"},
		"one of two at an address has muted it": {func(w *waiting) {
			w.member("u-bob", "ada@acme.example", access.RoleAdmin)
			w.exec(`UPDATE member SET muted_emails = '{STEP}' WHERE account_id = $1 AND user_id = 'u-admin'`, w.id)
		}, all},
		"one of two at an address goes, the other has muted it": {func(w *waiting) {
			w.member("u-bob", "ada@acme.example", access.RoleAdmin)
			w.exec(`UPDATE member SET muted_emails = '{STEP}' WHERE account_id = $1 AND user_id = 'u-bob'`, w.id)
			w.must(w.Access.RemoveMember(w.ctx, access.MemberChange{AccountID: w.id, UserID: "u-admin"}))
		}, "ada SKIPPED the, books QUEUED, mia QUEUED"},
		"two swap addresses": {func(w *waiting) {
			w.exec(`UPDATE member SET email = CASE user_id WHEN 'u-admin' THEN 'mia@acme.example' ELSE 'ada@acme.example' END WHERE account_id = $1`, w.id)
		}, all},
		"a contact takes over an address": {func(w *waiting) {
			w.member("u-admin", "eve@acme.example", access.RoleAdmin)
			w.contacts("books@acme.example", "ada@acme.example")
		}, "ada QUEUED, books QUEUED, eve QUEUED, mia QUEUED"},
		"nobody but who corrected the address is left": {func(w *waiting) {
			w.exec(`UPDATE email SET state = 'SENT' WHERE account_id = $1 AND recipient <> 'ada@acme.example'`, w.id)
			w.member("u-admin", "eve@acme.example", access.RoleAdmin)
			w.contacts("books@acme.example", "ada@acme.example")
		}, "ada QUEUED, books SENT, eve QUEUED, mia SENT"},
		"a contact goes, and comes again": {func(w *waiting) {
			w.contacts()
			w.skip("books@acme.example")
			w.contacts("books@acme.example")
		}, all},
		"a contact goes, and an admin has the address": {func(w *waiting) {
			w.contacts()
			w.skip("books@acme.example")
			w.member("u-admin", "books@acme.example", access.RoleAdmin)
		}, "ada SKIPPED another, books QUEUED, mia QUEUED"},
		"all contacts go": {func(w *waiting) { w.contacts() }, "ada QUEUED, books SKIPPED the, mia QUEUED"},
		"one was sent": {func(w *waiting) {
			w.exec(`UPDATE email SET state = 'SENT' WHERE account_id = $1 AND recipient = 'ada@acme.example'`, w.id)
			w.member("u-admin", "eve@acme.example", access.RoleAdmin)
		}, "ada SENT, books QUEUED, mia QUEUED"},
	} {
		w := newWaiting(f)
		c.meanwhile(w)
		for range 2 { // a repeat changes nothing
			if got := w.address(f.Store); got != c.want {
				t.Errorf("%s: %s, want %s", name, got, c.want)
			}
		}
	}
	if n := f.count(`SELECT count(*) FROM (SELECT FROM email GROUP BY message_id HAVING count(*) > 1) m`); n != 0 {
		t.Errorf("%d Message-IDs stand twice", n)
	}
}

// If many workers come to the mails of one cause at once, they write each newcomer one mail, and queue each mail once.
func TestNewcomersGetOneMail(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	w := newWaiting(f)
	var queued atomic.Int64
	store, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: f.clock.now, Mailer: queuedMails{&queued}})
	f.must(err)
	w.contacts("books@acme.example", "one@acme.example", "two@acme.example", "three@acme.example")
	page, err := f.Emails(f.ctx, w.id, tsdb.EmailFilter{}, tsdb.Page{Limit: 100}, true)
	f.must(err)
	f.inParallel(func(writer int) error {
		_, err := store.Address(f.ctx, page.Rows[writer%len(page.Rows)])
		return err
	})
	if n := f.count(`SELECT count(*) FROM email WHERE account_id = $1`, w.id); n != 6 || queued.Load() != 3 {
		t.Errorf("%d mails, %d of newcomers queued", n, queued.Load())
	}
	if got, want := w.address(store), "ada QUEUED, books QUEUED, mia QUEUED, one QUEUED, three QUEUED, two QUEUED"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	gone := page.Rows[0]
	gone.AccountID++
	if _, err := store.Address(f.ctx, gone); err == nil {
		if n := f.count(`SELECT count(*) FROM email`); n != 6 {
			t.Errorf("another account's question made %d mails", n-6)
		}
	}
}

// queuedMails is a mailer that counts.
type queuedMails struct{ n *atomic.Int64 }

func (q queuedMails) QueueMails(_ context.Context, _ pgx.Tx, ids []int64) error {
	q.n.Add(int64(len(ids)))
	return nil
}
