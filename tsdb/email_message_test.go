package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// mailed is an e-mail as the test knows it.
type mailed struct {
	id               int64
	key, kind, state string
	at               time.Time
}

// mailsOf writes mails with a few keys to an account; one of the keys has more copies than are read.
func (f *fixture) mailsOf(account int64, random *rand.Rand) (all []mailed) {
	f.t.Helper()
	states := tsdb.EmailStates()
	days := map[string]time.Time{} // the copies of a message are written at once
	for i := range 260 {
		m := mailed{key: fmt.Sprint("k", random.IntN(25)), state: string(states[random.IntN(len(states))])}
		if i%2 == 0 {
			m.key = "to many"
		}
		m.kind = []string{"THRESHOLD", "STOPPED"}[len(m.key)%2]
		if days[m.key].IsZero() {
			days[m.key] = f.Now().Add(-time.Duration(random.IntN(4)) * 24 * time.Hour)
		}
		m.at = days[m.key]
		f.must(f.pool.QueryRow(f.ctx, `INSERT INTO email (account_id, key, recipient, kind, data, message_id, state, created_at) VALUES ($1, $2, $3, $4, '{}', $3, $5, $6) RETURNING email_id`,
			account, m.key, fmt.Sprint("r", i, "@a.example"), m.kind, m.state, m.at).Scan(&m.id))
		all = append(all, m)
	}
	return all
}

// A message is the mails with one cause. Messages are listed latest first, each once, with its copies in the order in
// which they were written, of which 100 are read. Both lists equal what the test finds itself, page by page from either
// end and under every filter, and another account has none of them.
func TestMessagesAreMailsByTheirCause(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	random := rand.New(rand.NewPCG(2, 7))
	all := f.mailsOf(id, random)
	f.mailsOf(other, random)
	for i, filter := range []tsdb.EmailFilter{{}, {Kinds: []string{"STOPPED"}}, {States: []string{"DEAD", "SENT"}}, {Kinds: []string{"THRESHOLD", "none"}, States: []string{"QUEUED"}}, {Kinds: []string{}}, {States: []string{}},
		{From: f.Now().Add(-48 * time.Hour)}, {To: f.Now()}, {From: f.Now().Add(-48 * time.Hour), To: f.Now(), States: []string{"SENT", "QUEUED"}}, {From: f.Now(), To: f.Now()}} {
		fitsKind := func(m mailed) bool {
			return (filter.Kinds == nil || slices.Contains(filter.Kinds, m.kind)) && !m.at.Before(filter.From) && (filter.To.IsZero() || m.at.Before(filter.To))
		}
		fitsState := func(m mailed) bool { return filter.States == nil || slices.Contains(filter.States, m.state) }
		var mails []int64
		copies, fit := map[string][]int64{}, map[string]bool{}
		for _, m := range all {
			if !fitsKind(m) {
				continue
			}
			copies[m.key] = append(copies[m.key], m.id)
			if fitsState(m) {
				fit[m.key], mails = true, append(mails, m.id)
			}
		}
		var messages []int64
		for key := range fit {
			messages = append(messages, copies[key][0])
		}
		slices.Sort(messages)
		slices.Reverse(messages)
		slices.Reverse(mails)
		for _, p := range []tsdb.Page{{Limit: 7}, {Limit: 7, Backward: true}, {Limit: 100}} {
			got := pagesOf(f, p, len(mails), func(p tsdb.Page) (tsdb.Paged[tsdb.Email], error) { return f.Emails(f.ctx, id, filter, p, true) }, func(e tsdb.Email) int64 { return e.ID })
			if !slices.Equal(got, mails) {
				t.Errorf("filter %d, %+v: mails %v, want %v", i, p, got, mails)
			}
			got = pagesOf(f, p, len(messages), func(p tsdb.Page) (tsdb.Paged[tsdb.EmailMessage], error) {
				return f.EmailMessages(f.ctx, id, filter, p, true)
			}, func(m tsdb.EmailMessage) int64 {
				var key string
				f.must(f.pool.QueryRow(f.ctx, `SELECT key FROM email WHERE email_id = $1`, m.ID).Scan(&key))
				var read []int64
				for _, c := range m.Copies {
					read = append(read, c.ID)
				}
				if want := copies[key]; m.CopyCount != len(want) || !slices.Equal(read, want[:min(len(want), tsdb.MaxCopies)]) {
					t.Errorf("filter %d, %s: %d copies %v, want %v", i, key, m.CopyCount, read, want)
				}
				return m.ID
			})
			if !slices.Equal(got, messages) {
				t.Errorf("filter %d, %+v: messages %v, want %v", i, p, got, messages)
			}
		}
	}
	if _, err := f.EmailWithin(f.ctx, []int64{other}, all[0].id); !isCode(err, tsdb.NotFound) {
		t.Errorf("another account's: %v", err)
	}
	if _, err := f.EmailWithin(f.ctx, []int64{}, all[0].id); !isCode(err, tsdb.NotFound) {
		t.Errorf("of no account: %v", err)
	}
	if e, err := f.EmailWithin(f.ctx, []int64{other, id}, all[0].id); err != nil || e.AccountID != id {
		t.Errorf("of two accounts: %+v, %v", e, err)
	}
}

// pagesOf reads a list page by page from one end to the other, and returns the keys of its rows in the list's order.
func pagesOf[T any](f *fixture, p tsdb.Page, total int, read func(tsdb.Page) (tsdb.Paged[T], error), key func(T) int64) (all []int64) {
	f.t.Helper()
	for {
		page, err := read(p)
		if f.must(err); page.Total != total {
			f.t.Errorf("%+v: %d in all, want %d", p, page.Total, total)
		}
		var part []int64
		for _, row := range page.Rows {
			part = append(part, key(row))
		}
		more := page.HasNext
		if p.Backward {
			more, all = page.HasPrev, append(part, all...)
		} else {
			all = append(all, part...)
		}
		if !more {
			return all
		}
		if p.Backward {
			p.Before = []int64{part[0]}
		} else {
			p.After = []int64{part[len(part)-1]}
		}
	}
}
