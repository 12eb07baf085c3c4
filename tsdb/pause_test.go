package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// states returns the kind and step of an account's mails with what became of them, in order.
func (s *story) states() string {
	s.t.Helper()
	rows, err := s.pool.Query(s.ctx, `SELECT coalesce(step, kind) || ' ' || state FROM email WHERE account_id = $1 AND recipient = 'mia@acme.example' ORDER BY email_id`, s.id)
	s.must(err)
	return s.list(rows)
}

// swing brings the credits over 50 percent, below, and over it again.
func (s *story) swing() {
	s.t.Helper()
	s.spends("40")
	s.topsUp("75")
	s.spends("35")
}

// One step of one meter is mailed about at most once in six hours, whatever its armings; mails that are held back are
// recorded.
func TestPauseBetweenMailsOfAStep(t *testing.T) {
	t.Parallel()
	const half = "MODEL_CREDITS/50"
	for name, c := range map[string]struct {
		story func(*story)
		want  string
	}{
		"at once": {(*story).swing, half + " STORED, " + half + " HELD_BACK"},
		"a second before it": {func(s *story) {
			s.spends("40")
			s.topsUp("75")
			s.clock.advance(6*time.Hour - time.Second)
			s.spends("35")
		}, half + " STORED, " + half + " HELD_BACK"},
		"after just the time": {func(s *story) { s.spends("40"); s.topsUp("75"); s.clock.advance(6 * time.Hour); s.spends("35") }, half + " STORED, " + half + " STORED"},
		"what was held back begins no pause": {func(s *story) {
			s.spends("40")
			s.topsUp("25")
			s.clock.advance(4 * time.Hour)
			s.spends("10") // 50 of 100
			s.topsUp("20") // 50 of 120
			s.clock.advance(3 * time.Hour)
			s.spends("10")
		}, half + " STORED, " + half + " HELD_BACK, " + half + " STORED"},
		"another step":  {func(s *story) { s.spends("40"); s.spends("13") }, half + " STORED, MODEL_CREDITS/70 STORED"},
		"another meter": {func(s *story) { s.spends("40"); s.runs(5_000) }, half + " STORED, TOOL_RUNS/50 STORED"},
		"a limit": {func(s *story) { s.spends("75"); s.topsUp("1"); s.spends("1") },
			"MODEL_CREDITS/90 STORED, MODEL_CREDITS/ZERO STORED, MODEL_CREDITS/90 HELD_BACK, MODEL_CREDITS/ZERO HELD_BACK"},
		"one that nobody got": {func(s *story) {
			s.spends("40")
			_, err := s.pool.Exec(s.ctx, `UPDATE email SET state = 'DEAD'`)
			s.must(err)
			s.topsUp("75")
			s.spends("35")
		}, half + " DEAD, " + half + " STORED"},
		"no pause for a stop": {func(s *story) {
			s.pendingScript(s.id, small, 1)
			s.spends("100")
			s.topsUp("100")
			s.pendingScript(s.id, small, 1)
			s.spends("100")
		}, "MODEL_CREDITS/90 STORED, MODEL_CREDITS/NEGATIVE STORED, STOPPED STORED, MODEL_CREDITS/90 HELD_BACK, MODEL_CREDITS/NEGATIVE HELD_BACK, STOPPED STORED"},
		"another account": {func(s *story) {
			s.swing()
			other := s.account()
			s.spend(other, s.resource(other, "MODEL", "REGISTERED"), 40*credit)
			s.id = other
		}, half + " STORED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			c.story(s)
			if got := s.states(); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

func TestPauseIsASetting(t *testing.T) {
	t.Parallel()
	f := fixtureOn(t, tsdbtest.New(t), tsdb.Settings{MailPause: time.Minute})
	id := f.account()
	s := &story{f, id, f.resource(id, "MODEL", "REGISTERED"), 0}
	s.spends("40")
	s.topsUp("75")
	s.clock.advance(time.Minute)
	s.spends("35")
	if got := s.states(); got != "MODEL_CREDITS/50 STORED, MODEL_CREDITS/50 STORED" {
		t.Error(got)
	}
}

// Plans renew month after month: the end of a PLAN grant is announced only if the next cycle brings nothing.
func TestRenewalIsNoNews(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.clock.advance(freeDays)
	s.planned(s.id, 100*credit)
	s.tick()
	s.must(s.clear())
	for range 3 { // cycles
		for range 40 {
			s.clock.advance(18 * time.Hour)
			s.mailExpiring()
			s.tick()
		}
	}
	if got := s.mailKinds(); got != "" {
		t.Errorf("of a plan that goes on: %s", got)
	}
	_, err := s.ChangePlan(s.ctx, tsdb.ChangePlanRequest{AccountID: s.id, IdempotencyKey: s.key()}, tsdb.Actor{})
	s.must(err)
	for range 60 {
		s.clock.advance(18 * time.Hour)
		s.mailExpiring()
		s.tick()
	}
	if got := s.mailKinds(); got != "GRANT_EXPIRING 14, GRANT_EXPIRING 3, ZERO, GRANT_EXPIRED" && got != "GRANT_EXPIRING 3, ZERO, GRANT_EXPIRED" {
		t.Errorf("of a plan that ends: %s", got)
	}
}

// clear forgets the mails so far.
func (s *story) clear() error {
	_, err := s.pool.Exec(s.ctx, `DELETE FROM email`)
	return err
}

// A grant that is made later than a mark gets the next one; a short one is announced at once, a very short one only
// when it has ended.
func TestShortGrants(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for term, want := range map[time.Duration]string{
		time.Hour:               "",
		time.Hour + time.Second: "0s GRANT_EXPIRING 1",
		30 * time.Hour:          "0s GRANT_EXPIRING 2",
		3*day - time.Second:     "0s GRANT_EXPIRING 3",
		3 * day:                 "0s GRANT_EXPIRING 3",
		5 * day:                 "48h0m0s GRANT_EXPIRING 3",
		14*day - time.Second:    "264h0m0s GRANT_EXPIRING 3",
		14 * day:                "0s GRANT_EXPIRING 14, 264h0m0s GRANT_EXPIRING 3",
		20 * day:                "144h0m0s GRANT_EXPIRING 14, 408h0m0s GRANT_EXPIRING 3",
	} {
		t.Run(term.String(), func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			_, err := s.GrantCredits(s.ctx, tsdb.NewGrant{AccountID: s.id, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: credit,
				ExpiresAt: start.Add(term), Reference: "r", IdempotencyKey: s.key()}, tsdb.Actor{})
			s.must(err)
			if term > time.Hour && term < 3*day {
				if got := s.mailKinds(); got == "" {
					t.Error("not told in the grant's own transaction")
				}
			}
			var told string
			for at := time.Duration(0); at < term; at += time.Hour {
				s.clock.set(start.Add(at))
				s.mailExpiring()
				if got := s.mailKinds(); got != "" {
					told += ", " + at.String() + " " + got
					_, err := s.pool.Exec(s.ctx, `DELETE FROM email`)
					s.must(err)
				}
			}
			if told = trimComma(told); told != want {
				t.Errorf("%s\nwant %s", told, want)
			}
		})
	}
}

func trimComma(list string) string {
	if len(list) < 2 {
		return list
	}
	return list[2:]
}
