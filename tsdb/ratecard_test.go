package tsdb_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// publish publishes a version of the rate card.
func (f *fixture) publish(card billing.RateCard) tsdb.RateVersion {
	f.t.Helper()
	v, err := f.PublishRateCard(f.ctx, tsdb.NewRateCard{Card: card, IdempotencyKey: f.key()}, tsdb.Actor{Name: "sue"})
	f.must(err)
	return v
}

// cardFrom is version 1 with another price of input, from an instant on.
func cardFrom(at time.Time, input string) billing.RateCard {
	c := billing.RateCardV1()
	c.EffectiveFrom, c.InputRate = at, billing.MustCredits(input)
	return c
}

func TestPublishRateCard(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	early, late := start.Add(10*time.Minute), start.Add(time.Hour)
	_, err := f.PublishRateCard(f.ctx, tsdb.NewRateCard{Card: cardFrom(start.Add(5*time.Minute), "1"), IdempotencyKey: "soon"}, tsdb.Actor{})
	f.wantRefused(err, tsdb.TimeOutOfRange)
	_, err = f.PublishRateCard(f.ctx, tsdb.NewRateCard{Card: cardFrom(late, "-1"), IdempotencyKey: "bad"}, tsdb.Actor{})
	f.wantRefused(err, tsdb.Invalid)
	_, err = f.PublishRateCard(f.ctx, tsdb.NewRateCard{Card: cardFrom(late, "1")}, tsdb.Actor{})
	f.wantRefused(err, tsdb.Invalid)

	n := tsdb.NewRateCard{Card: cardFrom(late, "1"), Note: "spring", IdempotencyKey: "spring"}
	for range 2 { // the repeat answers the same
		v, err := f.PublishRateCard(f.ctx, n, tsdb.Actor{Name: "sue"})
		f.must(err)
		if v.Version != 2 || v.PublishedBy != "sue" || v.Note != "spring" || v.PublishedAt == nil || v.WithdrawnAt != nil || v.InputRate != billing.MustCredits("1") {
			t.Errorf("%+v", v)
		}
	}
	n.Note = "summer"
	_, err = f.PublishRateCard(f.ctx, n, tsdb.Actor{})
	f.wantRefused(err, tsdb.Conflict)
	_, err = f.PublishRateCard(f.ctx, tsdb.NewRateCard{Card: cardFrom(early, "1"), IdempotencyKey: "before"}, tsdb.Actor{})
	f.wantRefused(err, tsdb.TimeOutOfRange) // version 2 begins later

	for range 2 {
		v, err := f.WithdrawRateCard(f.ctx, 2, tsdb.Actor{Name: "tom"})
		f.must(err)
		if v.WithdrawnAt == nil || v.WithdrawnBy != "tom" {
			t.Errorf("%+v", v)
		}
	}
	v, err := f.PublishRateCard(f.ctx, tsdb.NewRateCard{Card: cardFrom(late, "1"), Note: "spring", IdempotencyKey: "spring"}, tsdb.Actor{})
	f.must(err)
	if v.Version != 2 || v.WithdrawnAt == nil {
		t.Errorf("the key answers %+v", v)
	}
	if v := f.publish(cardFrom(early, "3")); v.Version != 3 {
		t.Errorf("number %d: those of withdrawn versions are not used again", v.Version)
	}
	list, err := f.RateVersions(f.ctx)
	f.must(err)
	if len(list) != 3 || list[0].Version != 3 || list[1].WithdrawnAt == nil || list[2].Version != 1 || list[2].PublishedAt != nil {
		t.Errorf("%+v", list)
	}
	_, err = f.WithdrawRateCard(f.ctx, 1, tsdb.Actor{})
	f.wantRefused(err, tsdb.WrongState)
	_, err = f.WithdrawRateCard(f.ctx, 9, tsdb.Actor{})
	f.wantRefused(err, tsdb.NotFound)
	f.clock.set(early.Add(-5 * time.Minute))
	_, err = f.WithdrawRateCard(f.ctx, 3, tsdb.Actor{})
	f.wantRefused(err, tsdb.WrongState) // events may be priced by it already
	if got := f.count(`SELECT count(*) FROM audit_log WHERE action LIKE 'RATE_CARD_%'`); got != 3 {
		t.Errorf("%d entries in the audit log", got)
	}
}

// Events are priced by the cards that another process has published or withdrawn meanwhile, and not by what this one
// remembers: even if the clock stands still, so that what it remembers never gets old, and if an event is dated ahead.
func TestTwoProcessesAndARateCard(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	f := fixtureOn(t, pool, tsdb.Settings{})
	id := f.account()
	model := f.model(id)
	still, err := tsdb.New(tsdb.Config{Pool: pool, Clock: func() time.Time { return start.Add(2 * time.Minute) }})
	f.must(err)
	price := func(s *tsdb.Store, at time.Time, want string) {
		t.Helper()
		r, err := s.Ingest(f.ctx, []tsdb.UsageEvent{tokens(id, model, f.key(), at, 1_000_000, 0)}, tsdb.Record)
		f.must(err)
		if r[0].Status != tsdb.Stored || r[0].Charge != billing.MustCredits(want) {
			t.Errorf("at %v: %+v, want %s", at.Sub(start), r[0], want)
		}
	}
	price(still, start, "0.5") // it remembers version 1
	at := start.Add(7 * time.Minute)
	f.publish(cardFrom(at, "0.1"))
	price(still, at.Add(-time.Second), "0.5")
	price(still, at, "0.1") // 5 minutes ahead
	f.clock.set(start)
	later := start.Add(30 * time.Minute)
	f.publish(cardFrom(later, "0.2"))
	_, err = f.RateCards(f.ctx)
	f.must(err)
	_, err = still.WithdrawRateCard(f.ctx, 3, tsdb.Actor{}) // f remembers version 3
	f.must(err)
	f.clock.set(later)
	price(f.Store, at, "0.1")
	price(f.Store, later, "0.1")
	f.deployModel(id, model, gpu, 1, time.Time{})
	f.sound(id)
}

// A scanner, a machine, a CPU and a GPU that the code does not know can be deployed, charged and trained on.
func TestUnheardOfHardware(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	card := billing.RateCardV1()
	card.EffectiveFrom = start.Add(10 * time.Minute)
	card.Models = append(card.Models, billing.ModelHardware{Name: "h100.80gb", GPU: "H100", GPUs: 1, RatePerHour: billing.MustCredits("7.5")})
	card.Scripts = append(card.Scripts, billing.ScriptProfile{Name: "16vcpu-64gb", VCPUs: 16, MemoryGB: 64, RatePerHour: billing.MustCredits("1.152")})
	card.CPUs = append(card.CPUs, billing.CPUType{Name: "ARM", RatePerHour: billing.MustCredits("0.05")})
	card.Guardrails = append(card.Guardrails, billing.GuardrailSize{Kind: "JAILBREAK", CPUs: 3, Name: "Jailbreak"})
	card.FineTuning.Hardware = append(card.FineTuning.Hardware, billing.HardwareFactor{GPU: "H100", Factor: decimal.RequireFromString("2.5")})
	f.publish(card)
	deploy := func() error {
		_, err := f.DeployGuardrail(f.ctx, tsdb.NewGuardrail{AccountID: id, Name: "j", Scanner: "JAILBREAK", CPUType: "ARM", Replicas: 2})
		return err
	}
	f.wantRefused(deploy(), tsdb.UnknownHardware)
	f.clock.set(card.EffectiveFrom)
	f.must(deploy())
	f.deployModel(id, f.model(id), "h100.80gb", 1, time.Time{})
	f.script(id, "16vcpu-64gb", 1)
	size := decimal.NewFromInt(7)
	m, err := f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: id, Name: "base", Billions: &size})
	f.must(err)
	charge, err := f.EstimateFineTuning(f.ctx, tsdb.NewJob{AccountID: id, ModelID: m.ID, Name: "x", TrainingTokens: 1_000_000, Epochs: 1, Method: billing.QLoRA, Hardware: "H100"})
	f.must(err)
	if charge != billing.MustCredits("1.5") {
		t.Errorf("a job costs %d", charge)
	}
	f.clock.advance(100 * time.Second)
	f.wantUsed(id, cost("0.15", 2, 100)+cost("7.5", 1, 100)+cost("1.152", 1, 100))
}

// The preview comes true: the same usage, sent again after the change, costs what the preview said, to the
// micro-credit, in each category and for each account; and for the usage as it was, the preview says what the accounts
// were charged.
func TestThePreviewComesTrue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	random := rand.New(rand.NewPCG(9, 9))
	rate := func(most int64) *billing.Amount {
		if random.IntN(3) == 0 {
			return nil
		}
		r := billing.Amount(random.Int64N(most))
		return &r
	}
	var ids []int64
	models := map[int64][]int64{}
	for i := range 12 {
		id := f.account()
		ids = append(ids, id)
		own, err := f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: id, Name: f.key(), InputRate: rate(9_000_000), CacheReadRate: rate(900_000), ReasoningRate: rate(9_000_000)})
		f.must(err)
		models[id] = []int64{f.model(id), own.ID}
		f.topUp(id, billing.ModelCredits, 1_000_000*credit)
		if i%3 == 0 {
			f.setRates(id, 0, billing.OwnRates{Tokens: billing.OwnTokenRates{Output: rate(9_000_000), CacheWrite: rate(900_000)},
				Hosting: []billing.HostingRate{{Category: billing.Scripts, Name: small, Rate: 50_001}}})
			f.setRates(id, models[id][0], billing.OwnRates{Tokens: billing.OwnTokenRates{Input: rate(9_000_000)}})
		}
	}
	f.clock.advance(time.Hour)
	from := f.clock.now()
	use := func(at time.Time, name string) []tsdb.UsageEvent { // the same use at any time
		same := rand.New(rand.NewPCG(3, 3))
		var events []tsdb.UsageEvent
		for i := range 3_000 {
			id := ids[same.IntN(len(ids))]
			e := tokens(id, models[id][same.IntN(2)], fmt.Sprint(name, i), at.Add(time.Duration(same.IntN(1800))*time.Second), same.Int64N(20_000), same.Int64N(3_000))
			read := same.Int64N(e.InputTokens + 1)
			events = append(events, classes(e, read, same.Int64N(e.InputTokens-read+1), same.Int64N(e.OutputTokens+1)))
		}
		return events
	}
	host := func() {
		for _, id := range ids[:4] {
			f.script(id, small, 3)
			f.guardrail(id, billing.Anonymize, "GENERAL_PURPOSE")
		}
	}
	host()
	f.clock.advance(30*time.Minute + 7*time.Second)
	first := f.ingest(tsdb.Record, use(from, "first")...)
	to := f.clock.now()
	before := map[int64]billing.Slices{}
	for _, id := range ids {
		before[id] = f.view(id).Credits.Slices()
	}

	card := billing.RateCardV1()
	card.InputRate, card.OutputRate, card.CacheReadRate, card.CacheWriteRate, card.ReasoningRate = 333_333, 1_777_777, rate(99_999), rate(999_999), rate(5_555_555)
	card.Scripts[0].RatePerHour, card.CPUs[0].RatePerHour = 81_237, 71_111
	card.EffectiveFrom = to.Add(10 * time.Minute)
	p, err := f.PreviewRateCard(f.ctx, tsdb.RatePreview{Card: card, Range: billing.Since(from, to)})
	f.must(err)
	was, hosted := map[billing.Category]billing.Amount{}, []billing.Category{billing.Models, billing.Guardrails, billing.Scripts}
	for _, id := range ids {
		for c, amount := range before[id] {
			was[billing.Categories()[c]] += amount
		}
	}
	for _, c := range hosted {
		if p.Categories[c].Was != was[c] {
			t.Errorf("%s was %d, the books say %d", c, p.Categories[c].Was, was[c])
		}
	}
	if p.Events != int64(len(first)) || len(p.Unknown) != 0 || len(p.Accounts) != 10 {
		t.Errorf("%d events, %v, %d accounts", p.Events, p.Unknown, len(p.Accounts))
	}
	one := map[int64]*tsdb.Preview{}
	for _, id := range ids {
		one[id], err = f.PreviewRateCard(f.ctx, tsdb.RatePreview{Card: card, Range: billing.Since(from, to), Account: id})
		f.must(err)
	}

	f.publish(card)
	for _, id := range ids[:4] { // hosting keeps its rate until it is deployed again
		f.undeployAll(id)
	}
	f.clock.set(card.EffectiveFrom)
	again := f.clock.now()
	for _, id := range ids {
		before[id] = f.view(id).Credits.Slices()
	}
	host()
	f.clock.advance(30*time.Minute + 7*time.Second)
	f.ingest(tsdb.Record, use(again, "again")...)
	total := map[billing.Category]billing.Amount{}
	for _, id := range ids {
		after := f.view(id).Credits.Slices()
		for i, c := range hosted {
			spent := after[i] - before[id][i]
			total[c] += spent
			if want := one[id].Categories[c].Would; spent != want {
				t.Errorf("account %d, %s: charged %d, foretold %d", id, c, spent, want)
			}
		}
		f.sound(id)
	}
	for _, c := range hosted {
		if total[c] != p.Categories[c].Would || total[c] == was[c] {
			t.Errorf("%s: charged %d, foretold %d, was %d", c, total[c], p.Categories[c].Would, was[c])
		}
	}
	last := p.Accounts[0].Difference()
	for _, a := range p.Accounts {
		if d := max(a.Difference(), -a.Difference()); d > max(last, -last) {
			t.Errorf("account %d changes by %d, after one that changes by %d", a.AccountID, d, last)
		}
		last = a.Difference()
	}
}

func (f *fixture) undeployAll(account int64) {
	f.t.Helper()
	rows, err := f.pool.Query(f.ctx, `SELECT resource_id FROM segment WHERE account_id = $1 AND ended_at IS NULL`, account)
	f.must(err)
	var ids []int64
	for rows.Next() {
		var id int64
		f.must(rows.Scan(&id))
		ids = append(ids, id)
	}
	f.must(rows.Err())
	for _, id := range ids {
		r, err := f.Resources(f.ctx, []int64{id})
		f.must(err)
		if r[id].Kind == tsdb.KindScript {
			_, err = f.UndeployScript(f.ctx, account, id, time.Time{})
		} else {
			_, err = f.UndeployGuardrail(f.ctx, account, id, time.Time{})
		}
		f.must(err)
	}
}

// setRates sets own rates from the earliest possible instant.
func (f *fixture) setRates(account, model int64, rates billing.OwnRates) billing.OwnRates {
	f.t.Helper()
	set, err := f.SetOwnRates(f.ctx, tsdb.NewOwnRates{AccountID: account, ModelID: model, Rates: rates}, tsdb.Actor{Name: "sue"})
	f.must(err)
	return set
}

func TestPreviewRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for name, c := range map[string]struct {
		change   func(*billing.RateCard)
		from, to time.Time
		code     tsdb.Code
	}{
		"unsound": {func(c *billing.RateCard) { c.InputRate = -1 }, start.Add(-time.Hour), start, tsdb.Invalid},
		"future":  {func(*billing.RateCard) {}, start.Add(time.Hour), start.Add(2 * time.Hour), tsdb.BadRange},
		"long":    {func(*billing.RateCard) {}, start.AddDate(0, 0, -93), start, tsdb.BadRange},
		"gone":    {func(*billing.RateCard) {}, start.AddDate(-2, 0, 0), start.AddDate(-2, 0, 1), tsdb.BadRange},
	} {
		card := billing.RateCardV1()
		c.change(&card)
		_, err := f.PreviewRateCard(f.ctx, tsdb.RatePreview{Card: card, Range: billing.Since(c.from, c.to)})
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		f.wantRefused(err, c.code)
	}
}

// Own rates count from their instant on: for events of that time, and for what is deployed from then on; a model's take
// precedence over the account's.
func TestOwnRates(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, neighbour := f.account(), f.account()
	model, other := f.model(id), f.model(neighbour)
	plain := f.deployModel(id, model, gpu, 1, time.Time{})
	two, half, nine := billing.MustCredits("2"), billing.MustCredits("0.05"), billing.MustCredits("9")
	set := f.setRates(id, 0, billing.OwnRates{Tokens: billing.OwnTokenRates{Input: &two, CacheRead: &half}, Hosting: []billing.HostingRate{
		{Category: billing.Models, Name: gpu, Rate: billing.MustCredits("1")}, {Category: billing.Guardrails, Name: "GENERAL_PURPOSE", Rate: billing.MustCredits("0.01")}}})
	f.setRates(id, model, billing.OwnRates{From: set.From.Add(time.Hour), Tokens: billing.OwnTokenRates{Output: &nine}})
	_, err := f.SetOwnRates(f.ctx, tsdb.NewOwnRates{AccountID: id, Rates: billing.OwnRates{From: start}}, tsdb.Actor{})
	f.wantRefused(err, tsdb.TimeOutOfRange)
	_, err = f.SetOwnRates(f.ctx, tsdb.NewOwnRates{AccountID: id, ModelID: other}, tsdb.Actor{})
	f.wantRefused(err, tsdb.NotFound)
	_, err = f.SetOwnRates(f.ctx, tsdb.NewOwnRates{AccountID: id, ModelID: model, Rates: billing.OwnRates{Hosting: []billing.HostingRate{{Category: billing.Scripts, Name: small}}}}, tsdb.Actor{})
	f.wantRefused(err, tsdb.Invalid)

	f.clock.set(set.From.Add(2 * time.Hour))
	for _, c := range []struct {
		account, model int64
		at             time.Time
		want           billing.Amount
	}{
		{id, model, set.From.Add(-time.Microsecond), 2_000*5/10 + 100*15/10},
		{id, model, set.From, 1_000*2 + 1_000*5/100 + 100*15/10},
		{id, model, set.From.Add(time.Hour), 1_000*2 + 1_000*5/100 + 100*9},
		{neighbour, other, set.From.Add(time.Hour), 2_000*5/10 + 100*15/10},
	} {
		if r := f.ingest(tsdb.Record, classes(tokens(c.account, c.model, f.key(), c.at, 2_000, 100), 1_000, 0, 0))[0]; r.Charge != c.want {
			t.Errorf("%v: %+v, want %d", c.at.Sub(set.From), r, c.want)
		}
	}
	fresh := f.deployModel(id, model, gpu, 1, time.Time{})
	g := f.guardrail(id, billing.Anonymize, "GENERAL_PURPOSE")
	found, err := f.Deployments(f.ctx, []int64{plain, fresh})
	f.must(err)
	if found[plain].Rate != billing.MustCredits("1.509") || found[fresh].Rate != billing.MustCredits("1") {
		t.Errorf("rates %d and %d", found[plain].Rate, found[fresh].Rate)
	}
	if r, err := f.Resources(f.ctx, []int64{g}); err != nil || r[g].Deployment.Rate != billing.MustCredits("0.04") {
		t.Errorf("%+v %v", r[g].Deployment, err)
	}
	list, err := f.OwnRates(f.ctx, id)
	f.must(err)
	if len(list) != 2 || list[0].ModelID != 0 || list[1].ModelID != model || list[0].SetBy != "sue" || *list[0].Tokens.Input != two {
		t.Errorf("%+v", list)
	}
	f.sound(id)
}

// A refusal of own rates names the field of the input that is at fault.
func TestRefusedOwnRatesNameTheirField(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, below := f.account(), billing.Amount(-1)
	for field, rates := range map[string]billing.OwnRates{
		"tokens":  {Tokens: billing.OwnTokenRates{Input: &below}},
		"hosting": {Hosting: []billing.HostingRate{{Category: billing.Tools, Name: "x"}}},
		"from":    {From: start.AddDate(-1, 0, 0)},
	} {
		var e *tsdb.Error
		if _, err := f.SetOwnRates(f.ctx, tsdb.NewOwnRates{AccountID: id, Rates: rates}, tsdb.Actor{}); !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	named := func(c billing.Category, name string) error {
		_, err := f.SetOwnRates(f.ctx, tsdb.NewOwnRates{AccountID: id, Rates: billing.OwnRates{Hosting: []billing.HostingRate{{Category: c, Name: name, Rate: 1}}}}, tsdb.Actor{})
		return err
	}
	for _, c := range []billing.Category{billing.Models, billing.Scripts, billing.Guardrails} { // a rate of what no card has would never count
		f.wantRefused(named(c, "h100"), tsdb.UnknownHardware)
	}
	card := billing.RateCardV1()
	card.EffectiveFrom, card.Models[0].Name = start.AddDate(0, 1, 0), "h100"
	_, err := fixtureOn(t, f.pool, tsdb.Settings{}).PublishRateCard(f.ctx, tsdb.NewRateCard{Card: card, IdempotencyKey: "k"}, tsdb.Actor{})
	f.must(err)
	f.must(named(billing.Models, "h100")) // of a card to come, published by another process
	f.must(named(billing.Models, gpu))
	f.must(named(billing.Scripts, small))
}

// If two processes write the first card at once, after both have looked and seen none, one writes it and the other
// finds it.
func TestTheFirstRateCardAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	// An index that is written before the unique ones lets nobody pass while the gate is held, so that both are between the look and the writing.
	f.exec(`DELETE FROM rate_card`)
	f.exec(`ALTER TABLE rate_card DROP CONSTRAINT rate_card_pkey, DROP CONSTRAINT rate_card_effective_from_key`)
	f.exec(`CREATE FUNCTION passed(version int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN version; END $$`)
	f.exec(`CREATE INDEX rate_card_gate ON rate_card (passed(version))`)
	f.exec(`ALTER TABLE rate_card ADD PRIMARY KEY (version), ADD UNIQUE (effective_from)`)
	gate, err := f.pool.Begin(f.ctx)
	f.must(err)
	defer func() { _ = gate.Rollback(context.WithoutCancel(f.ctx)) }()
	_, err = gate.Exec(f.ctx, `SELECT pg_advisory_xact_lock(7)`)
	f.must(err)
	var both sync.WaitGroup
	for range 2 {
		s := f.another(true, 0)
		both.Go(func() {
			if cards, err := s.RateCards(f.ctx); err != nil || len(cards) != 1 {
				t.Errorf("%d cards, %v", len(cards), err)
			}
		})
	}
	for f.count(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`) < 2 {
		runtime.Gosched()
	}
	f.must(gate.Rollback(f.ctx))
	both.Wait()
}
