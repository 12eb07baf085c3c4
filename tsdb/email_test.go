package tsdb_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// mailKinds are the kinds of the mails so far, in order.
func (f *fixture) mailKinds() string {
	f.t.Helper()
	rows, err := f.pool.Query(f.ctx, `SELECT kind || coalesce(' ' || (data->>'days'), '') FROM email ORDER BY email_id`)
	f.must(err)
	return f.list(rows)
}

// list returns rows of one text.
func (f *fixture) list(rows pgx.Rows) string {
	f.t.Helper()
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	f.must(err)
	return strings.Join(texts, ", ")
}

func (f *fixture) mailExpiring() {
	f.t.Helper()
	_, err := f.MailExpiring(f.ctx, 100)
	f.must(err)
}

func TestGrantsAboutToExpireAreToldTwice(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.account()
	f.clock.set(start.Add(76*24*time.Hour - time.Second))
	f.mailExpiring()
	if got := f.mailKinds(); got != "" {
		t.Fatalf("too early: %s", got)
	}
	f.clock.advance(time.Minute)
	f.mailExpiring()
	f.mailExpiring()
	if got := f.mailKinds(); got != "GRANT_EXPIRING 14, GRANT_EXPIRING 14" {
		t.Fatalf("at 14 days, credits and runs: %s", got)
	}
	f.clock.set(start.Add(87 * 24 * time.Hour))
	f.mailExpiring()
	f.mailExpiring()
	if got := f.mailKinds(); got != "GRANT_EXPIRING 14, GRANT_EXPIRING 14, GRANT_EXPIRING 3, GRANT_EXPIRING 3" {
		t.Fatalf("at 3 days: %s", got)
	}
	e, err := f.Email(f.ctx, 1)
	f.must(err)
	if e.Facts.Amount != billing.MustCredits("75") || e.Facts.GrantKind != "FREE" || e.Facts.GrantNo != 1 || !e.Facts.At.Equal(start.Add(90*24*time.Hour)) {
		t.Errorf("%+v", e.Facts)
	}
}

// After an outage one notice replaces both.
func TestLateNotices(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.account()
	f.clock.set(start.Add(88 * 24 * time.Hour))
	f.mailExpiring()
	f.mailExpiring()
	if got := f.mailKinds(); got != "GRANT_EXPIRING 2, GRANT_EXPIRING 2" {
		t.Fatalf("late: %s", got)
	}
}

func TestExpiredGrantsAreTold(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.account()
	f.clock.advance(90 * 24 * time.Hour)
	_, err := f.Tick(f.ctx, 10)
	f.must(err)
	if got := f.mailKinds(); got != "ZERO, ZERO, GRANT_EXPIRED, GRANT_EXPIRED" {
		t.Fatal(got)
	}
	e, err := f.Email(f.ctx, 3)
	f.must(err)
	if e.Facts.GrantKind != "FREE" || e.Facts.Amount != billing.MustCredits("75") || e.State != tsdb.EmailStored {
		t.Errorf("%+v", e)
	}
}

func TestAttemptsAreNoted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	f.ingest(tsdb.Record, tokens(id, model, "a", start, 80_000_000, 0))
	f.clock.advance(time.Minute)
	f.must(f.NoteAttempt(f.ctx, 1, tsdb.EmailOutcome{State: tsdb.EmailQueued, Error: strings.Repeat("ä", 400)}))
	e, err := f.Email(f.ctx, 1)
	f.must(err)
	if e.State != tsdb.EmailQueued || e.Attempts != 1 || e.LastError != strings.Repeat("ä", 250) || !e.UpdatedAt.Equal(start.Add(time.Minute)) {
		t.Errorf("%+v", e)
	}
	f.must(f.NoteAttempt(f.ctx, 1, tsdb.EmailOutcome{State: tsdb.EmailSent}))
	f.must(f.NoteAttempt(f.ctx, 1, tsdb.EmailOutcome{State: tsdb.EmailDead}))
	e, err = f.Email(f.ctx, 1)
	f.must(err)
	if e.State != tsdb.EmailSent || e.Attempts != 2 || e.LastError != "" || !e.SentAt.Equal(start.Add(time.Minute)) || !e.CreatedAt.Equal(start) {
		t.Errorf("%+v", e)
	}
	counts, err := f.EmailCounts(f.ctx)
	f.must(err)
	if counts[tsdb.EmailSent] != 1 || counts[tsdb.EmailDead] != 0 || len(counts) != 6 {
		t.Errorf("%v", counts)
	}
	if _, err := f.Email(f.ctx, 99); !isCode(err, tsdb.NotFound) {
		t.Errorf("unknown: %v", err)
	}
}

// A mail server's answer may not be valid text: the attempt is noted all the same, or else the mail would be tried as
// if for the first time, forever.
func TestAttemptsWithOddAnswersAreNoted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.ingest(tsdb.Record, tokens(id, f.resource(id, "MODEL", "REGISTERED"), "a", start, 80_000_000, 0))
	for i, said := range []string{"550 r\xe9seau", "550 \x00", strings.Repeat("\xff", 700), strings.Repeat("a", 499) + "ä", "\xc3", ""} {
		f.must(f.NoteAttempt(f.ctx, 1, tsdb.EmailOutcome{State: tsdb.EmailQueued, Error: said}))
		e, err := f.Email(f.ctx, 1)
		if f.must(err); e.Attempts != i+1 || len(e.LastError) > 500 || (e.LastError == "") != (said == "") {
			t.Errorf("%q: %d attempts, %q", said, e.Attempts, e.LastError)
		}
	}
	f.must(f.NoteAttempt(f.ctx, 99, tsdb.EmailOutcome{State: tsdb.EmailSent})) // one that is gone
	if counts, err := f.EmailCounts(f.ctx); err != nil || counts[tsdb.EmailQueued] != 1 || counts[tsdb.EmailSent] != 0 {
		t.Errorf("%v, %v", counts, err)
	}
}
