package tsdb_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

const freeDays = 90 * 24 * time.Hour

// told returns the mails to the master admin so far, in order: kind, then meter and threshold if it is about a threshold.
func (f *fixture) told(id int64) string {
	f.t.Helper()
	rows, err := f.pool.Query(f.ctx, `SELECT kind || CASE WHEN data ? 'step' AND kind <> 'STOPPED' THEN ' ' || (data->>'meter') || ' ' || (data->>'step') ELSE '' END
FROM email WHERE account_id = $1 AND recipient = 'mia@acme.example' ORDER BY email_id`, id)
	f.must(err)
	return f.list(rows)
}

// marks are the percent thresholds reached so far, in order; a "!" follows those that were reached quietly.
func (f *fixture) marks(id int64) string {
	f.t.Helper()
	rows, err := f.pool.Query(f.ctx, `SELECT step || CASE WHEN quiet THEN '!' ELSE '' END FROM crossing
WHERE account_id = $1 AND step NOT IN ('LOW', 'ZERO', 'NEGATIVE') ORDER BY seq`, id)
	f.must(err)
	return f.list(rows)
}

// tick posts what time has brought.
func (f *fixture) tick() {
	f.t.Helper()
	_, err := f.Tick(f.ctx, 100)
	f.must(err)
}

func (f *fixture) correct(id int64, grant int32, credits billing.Amount) {
	f.t.Helper()
	_, err := f.Adjust(f.ctx, tsdb.Adjustment{AccountID: id, Meter: billing.ModelCredits, Amount: credits, GrantNo: grant, Reference: "slip", IdempotencyKey: f.key()}, tsdb.Actor{})
	f.must(err)
}

// story is one account with a model and a tool, and what is then expected of it.
type story struct {
	*fixture
	id, model, tool int64
}

func (s *story) spends(credits string) {
	s.t.Helper()
	s.spend(s.id, s.model, billing.MustCredits(credits))
}

func (s *story) runs(n int64) {
	s.t.Helper()
	s.ingest(tsdb.Record, runs(s.id, s.tool, s.key(), s.clock.now(), n))
}

func (s *story) topsUp(credits string) int32 {
	s.t.Helper()
	return s.topUp(s.id, billing.ModelCredits, billing.MustCredits(credits))
}

// Each sentence of rules.md §8 about thresholds, banners and mails, as a story and its end.
func TestSentencesAboutSteps(t *testing.T) {
	t.Parallel()
	for sentence, c := range map[string]struct {
		story                func(*story)
		told, marks, banners string
	}{
		"a threshold is reached at its percent, not before": {
			story:   func(s *story) { s.spends("37.499999") },
			marks:   "20",
			banners: "THRESHOLD MODEL_CREDITS 20",
		},
		"exactly the percent counts": {
			story: func(s *story) { s.spends("37.5") },
			told:  "STEP MODEL_CREDITS 50", marks: "20, 50",
			banners: "THRESHOLD MODEL_CREDITS 50",
		},
		"20 sends no mail; 50, 70, 80, 90 send one each": {
			story: func(s *story) {
				for _, credits := range []string{"15", "22.5", "15", "7.5", "7.5"} {
					s.spends(credits)
				}
			},
			told:  "STEP MODEL_CREDITS 50, STEP MODEL_CREDITS 70, STEP MODEL_CREDITS 80, STEP MODEL_CREDITS 90",
			marks: "20, 50, 70, 80, 90", banners: "THRESHOLD MODEL_CREDITS 90",
		},
		"runs have the same thresholds, per meter": {
			story: func(s *story) { s.runs(5_000); s.spends("60"); s.runs(4_000) },
			told:  "STEP TOOL_RUNS 50, STEP MODEL_CREDITS 80, STEP TOOL_RUNS 90", marks: "20, 50, 20, 50, 70, 80, 70, 80, 90",
			banners: "THRESHOLD TOOL_RUNS 90, THRESHOLD MODEL_CREDITS 80",
		},
		"a jump over several sends one, the highest": {
			story: func(s *story) { s.spends("67.5") },
			told:  "STEP MODEL_CREDITS 90", marks: "20, 50, 70, 80, 90", banners: "THRESHOLD MODEL_CREDITS 90",
		},
		"a jump past everything sends the highest threshold, and the limit": {
			story: func(s *story) { s.spends("75") },
			told:  "STEP MODEL_CREDITS 90, ZERO MODEL_CREDITS ZERO", marks: "20, 50, 70, 80, 90, 100", banners: "EXHAUSTED MODEL_CREDITS",
		},
		"runs at zero": {
			story: func(s *story) { s.runs(9_500); s.runs(500) },
			told:  "STEP TOOL_RUNS 90, ZERO TOOL_RUNS ZERO", marks: "20, 50, 70, 80, 90, 100", banners: "EXHAUSTED TOOL_RUNS",
		},
		"once per arming, and again after a top-up re-armed it": {
			story: func(s *story) {
				s.spends("40")
				s.spends("1")
				s.topsUp("75") // 41 of 150
				s.spends("34") // 75 of 150
			},
			told: "STEP MODEL_CREDITS 50, STEP MODEL_CREDITS 50", marks: "20, 50, 50", banners: "THRESHOLD MODEL_CREDITS 50",
		},
		"what brings it below withdraws the banner": {
			story: func(s *story) { s.spends("40"); s.topsUp("200") },
			told:  "STEP MODEL_CREDITS 50", marks: "20, 50",
		},
		"a correction upwards does, too": {
			story: func(s *story) { s.spends("40"); s.correct(s.id, 0, 200*credit); s.spends("100") },
			told:  "STEP MODEL_CREDITS 50, STEP MODEL_CREDITS 50", marks: "20, 50, 20, 50", banners: "THRESHOLD MODEL_CREDITS 50",
		},
		"reached through expiry: marked, shown, not mailed": {
			story: func(s *story) {
				s.spends("30")
				s.topsUp("25") // 30 of 100
				s.clock.advance(freeDays)
				s.tick() // 30 of 55
			},
			told: "ZERO TOOL_RUNS ZERO, GRANT_EXPIRED, GRANT_EXPIRED", marks: "20, 50!", banners: "FREE_CREDITS_EXPIRED TOOL_RUNS, THRESHOLD MODEL_CREDITS 50",
		},
		"a threshold marked by expiry is not mailed later either, the next one is": {
			story: func(s *story) {
				s.spends("30")
				s.topsUp("25")
				s.clock.advance(freeDays)
				s.tick()
				s.spends("1")
				s.spends("8")
			},
			told: "ZERO TOOL_RUNS ZERO, GRANT_EXPIRED, GRANT_EXPIRED, STEP MODEL_CREDITS 70", marks: "20, 50!, 70", banners: "FREE_CREDITS_EXPIRED TOOL_RUNS, THRESHOLD MODEL_CREDITS 70",
		},
		"reached through a correction: marked, shown, not mailed": {
			story: func(s *story) {
				grant := s.topsUp("125")
				s.spends("90")
				s.correct(s.id, grant, -50*credit) // 90 of 150
			},
			marks: "20, 50!", banners: "THRESHOLD MODEL_CREDITS 50",
		},
		"reached by use beside an expiry: mailed": {
			story: func(s *story) {
				s.spends("30")
				s.topsUp("25")
				s.clock.advance(freeDays)
				s.spends("25") // the expiry and the use in one transaction: 55 of 55; by use alone it was 55 of 100
			},
			told: "STEP MODEL_CREDITS 50, ZERO MODEL_CREDITS ZERO, ZERO TOOL_RUNS ZERO, GRANT_EXPIRED, GRANT_EXPIRED", marks: "20, 50, 70!, 80!, 90!, 100!",
			banners: "FREE_CREDITS_EXPIRED TOOL_RUNS, EXHAUSTED MODEL_CREDITS",
		},
		"reached by use in the first second of a cycle: mailed": {
			story: func(s *story) {
				s.clock.advance(freeDays)
				s.planned(s.id, 100*credit)
				s.spends("10")
				s.clock.set(time.Date(2026, 6, 10, 0, 0, 1, 0, time.UTC)) // the plan's rest expires, 100 new credits come
				s.spends("55")                                            // before any tick
			},
			told: "ZERO TOOL_RUNS ZERO, GRANT_EXPIRED, GRANT_EXPIRED, STEP MODEL_CREDITS 50", marks: "20, 50",
			banners: "FREE_CREDITS_EXPIRED TOOL_RUNS, THRESHOLD MODEL_CREDITS 50",
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			c.story(s)
			s.wantTold(c.told)
			if got := s.marks(s.id); got != c.marks {
				t.Errorf("thresholds: %s\nwant:       %s", got, c.marks)
			}
			s.wantBanners(s.id, "u-member", c.banners)
		})
	}
}

func newStory(t *testing.T) *story {
	t.Helper()
	f := newFixture(t)
	id := f.account()
	return &story{f, id, f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")}
}

func (s *story) wantTold(want string) {
	s.t.Helper()
	if got := s.told(s.id); got != want {
		s.t.Errorf("mails: %s\nwant:  %s", got, want)
	}
}

// Each sentence of rules.md §8 about limits and stops: which mails it causes.
func TestSentencesAboutLimits(t *testing.T) {
	t.Parallel()
	const ninety = "STEP MODEL_CREDITS 90, "
	for sentence, c := range map[string]struct {
		story func(*story)
		told  string
	}{
		"low limit while a guardrail runs": {
			func(s *story) { s.guardrail(s.id, billing.Relevance, "GENERAL_PURPOSE"); s.spends("70.1") },
			ninety + "LOW_LIMIT MODEL_CREDITS LOW",
		},
		"exactly the low limit is not below it": {
			func(s *story) { s.guardrail(s.id, billing.Relevance, "GENERAL_PURPOSE"); s.spends("70") },
			"STEP MODEL_CREDITS 90",
		},
		"low limit while a script runs": {
			func(s *story) { s.script(s.id, small, 1); s.spends("70.1") },
			"SCRIPT_DEPLOYED, " + ninety + "LOW_LIMIT MODEL_CREDITS LOW",
		},
		"low limit with nothing running": {func(s *story) { s.spends("70.1") }, "STEP MODEL_CREDITS 90"},
		"low limit while a model alone runs": {
			func(s *story) { s.deployModel(s.id, s.fixture.model(s.id), gpu, 1, time.Time{}); s.spends("70.1") },
			"STEP MODEL_CREDITS 90",
		},
		"low limit while a guardrail runs that costs nothing": {
			func(s *story) { s.guardrail(s.id, billing.Regex, "GENERAL_PURPOSE"); s.spends("70.1") },
			"STEP MODEL_CREDITS 90",
		},
		"low limit while a script is pending": {
			func(s *story) { s.pendingScript(s.id, small, 1); s.spends("70.1") },
			"STEP MODEL_CREDITS 90",
		},
		"a script that was pending begins to run below the low limit": {
			func(s *story) {
				x := s.pendingScript(s.id, small, 1)
				s.spends("70.1")
				s.must(s.ReportDeployment(s.ctx, tsdb.DeploymentReport{AccountID: s.id, Target: script(x), Outcome: tsdb.OutcomeDeployed}))
				s.spends("0.1")
			},
			ninety + "SCRIPT_DEPLOYED, LOW_LIMIT MODEL_CREDITS LOW",
		},
		"low limit, once more after a top-up": {
			func(s *story) {
				s.guardrail(s.id, billing.Relevance, "GENERAL_PURPOSE")
				s.spends("70.1")
				s.spends("0.1")
				s.topsUp("10")
				s.spends("10")
			},
			ninety + "LOW_LIMIT MODEL_CREDITS LOW, STEP MODEL_CREDITS 90, LOW_LIMIT MODEL_CREDITS LOW",
		},
		"a limit that is raised above the balance": {
			func(s *story) {
				s.guardrail(s.id, billing.Relevance, "GENERAL_PURPOSE")
				s.spends("50")
				low := 26 * credit
				s.must(s.SetLimits(s.ctx, tsdb.LimitsChange{AccountID: s.id, FineTune: &low, Low: &low}, tsdb.Actor{}))
			},
			"STEP MODEL_CREDITS 50, LOW_LIMIT MODEL_CREDITS LOW",
		},
		"zero and the negative limit, one mail each, and none of a stop where nothing ran": {
			func(s *story) { s.spends("75"); s.spends("24.999999"); s.spends("0.000001"); s.spends("1") },
			ninety + "ZERO MODEL_CREDITS ZERO, NEGATIVE_LIMIT MODEL_CREDITS NEGATIVE",
		},
		"a jump over all limits sends the gravest": {
			func(s *story) { s.guardrail(s.id, billing.Relevance, "GENERAL_PURPOSE"); s.spends("100") },
			ninety + "NEGATIVE_LIMIT MODEL_CREDITS NEGATIVE, STOPPED",
		},
		"two stops in one second are two mails": {
			func(s *story) {
				s.pendingScript(s.id, small, 1)
				s.spends("100")
				s.topsUp("100")
				s.pendingScript(s.id, small, 1)
				s.spends("100")
			},
			ninety + "NEGATIVE_LIMIT MODEL_CREDITS NEGATIVE, STOPPED, " + ninety + "NEGATIVE_LIMIT MODEL_CREDITS NEGATIVE, STOPPED",
		},
		"a script undeployed": {
			func(s *story) {
				_, err := s.UndeployScript(s.ctx, s.id, s.script(s.id, small, 1), time.Time{})
				s.must(err)
			},
			"SCRIPT_DEPLOYED, SCRIPT_UNDEPLOYED",
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			c.story(s)
			s.wantTold(c.told)
		})
	}
}

// The mail of the low limit says what will stop, at which balance, and when at the present rate.
func TestLowLimitSaysWhatWillStop(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.guardrail(s.id, billing.Relevance, "GENERAL_PURPOSE") // 2 CPUs at 0.072 an hour
	s.deployModel(s.id, s.fixture.model(s.id), gpu, 1, time.Time{})
	s.spends("70.5")
	var id int64
	s.must(s.pool.QueryRow(s.ctx, `SELECT email_id FROM email WHERE kind = 'LOW_LIMIT'`).Scan(&id))
	e, err := s.Email(s.ctx, id)
	s.must(err)
	seconds, _ := stopsAfter(29_500_000, hourly{"0.144", 1}, hourly{"1.509", 1}) // from 4.5 to −25
	want := tsdb.MailFacts{AccountID: s.id, AccountName: "Acme", TimeZone: "UTC", Meter: billing.ModelCredits, Remaining: 4_500_000, Used: 70_500_000, Allocation: 75 * credit,
		Threshold: billing.ThresholdLow, LowLimit: 5 * credit, Limit: -25 * credit, RatePerHour: 1_653_000, StopsAt: start.Add(time.Duration(seconds) * time.Second)}
	got := e.Facts
	if len(got.Running) != 2 || got.Running[0].Name != "Llama / eu" || got.Running[1].Name != "pii" {
		t.Errorf("%+v", got.Running)
	}
	if got.Running = nil; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

// A meter is free-expired if its free grant lost something by expiry and was the last to end.
func TestSentencesAboutFreeCredits(t *testing.T) {
	t.Parallel()
	expire := func(s *story) { s.clock.advance(freeDays); s.tick() }
	for sentence, c := range map[string]struct {
		story   func(*story)
		banners string
	}{
		"both meters share one banner": {expire, "FREE_CREDITS_EXPIRED MODEL_CREDITS TOOL_RUNS"},
		"it replaces what was exhausted of that meter alone": {
			func(s *story) { s.runs(10_000); expire(s) },
			"FREE_CREDITS_EXPIRED MODEL_CREDITS, EXHAUSTED TOOL_RUNS",
		},
		"what was used up did not expire": {
			func(s *story) { s.runs(10_000); s.spends("80"); expire(s) },
			"EXHAUSTED MODEL_CREDITS, EXHAUSTED TOOL_RUNS",
		},
		"a later grant was the last to end": {
			func(s *story) { s.topsUp("25"); expire(s); s.spends("25") },
			"FREE_CREDITS_EXPIRED TOOL_RUNS, EXHAUSTED MODEL_CREDITS",
		},
		"an earlier grant does not matter": {
			func(s *story) {
				_, err := s.GrantCredits(s.ctx, tsdb.NewGrant{AccountID: s.id, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: credit, Reference: "trial",
					ExpiresAt: start.Add(24 * time.Hour), IdempotencyKey: s.key()}, tsdb.Actor{})
				s.must(err)
				expire(s)
			},
			"FREE_CREDITS_EXPIRED MODEL_CREDITS TOOL_RUNS",
		},
		"a top-up ends it, on its meter": {
			func(s *story) { expire(s); s.topsUp("25") },
			"FREE_CREDITS_EXPIRED TOOL_RUNS",
		},
		"debt on top of it changes nothing": {
			func(s *story) { expire(s); s.spends("10") },
			"FREE_CREDITS_EXPIRED MODEL_CREDITS TOOL_RUNS",
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			c.story(s)
			s.wantBanners(s.id, "u-member", c.banners)
		})
	}
}

// Master admins, admins and extra billing contacts get one message each, however often an address is listed.
func TestRecipients(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	email := "Ada@acme.example"
	_, err := s.Access.SetMember(s.ctx, access.MemberChange{AccountID: s.id, UserID: "u-admin", Email: &email, Role: access.RoleAdmin})
	s.must(err)
	s.must(s.Access.SetBillingContacts(s.ctx, s.id, []string{"books@acme.example", "ADA@acme.example", "mia@acme.example"}, tsdb.Actor{}))
	s.spends("40")
	rows, err := s.pool.Query(s.ctx, `SELECT recipient FROM email ORDER BY recipient`)
	s.must(err)
	if got := s.list(rows); got != "ada@acme.example, books@acme.example, mia@acme.example" {
		t.Error(got)
	}
	if n := s.count(`SELECT count(DISTINCT message_id) FROM email`); n != 3 {
		t.Errorf("%d Message-IDs", n)
	}
}
