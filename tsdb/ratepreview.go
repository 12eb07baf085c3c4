package tsdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Bounds of a preview: what it reads, and what it answers.
const (
	previewDays     = 92
	previewEvents   = 5_000_000
	previewModels   = 100_000 // with rates of their own
	previewSegments = 500_000
	previewJobs     = 100_000
	previewTime     = "60s"
	previewAccounts = 10
	previewUnknown  = 100
)

// RatePreview asks what usage would have cost under a rate card.
// The range is cut to whole seconds, as hosting is counted.
type RatePreview struct {
	Card    billing.RateCard // Version and EffectiveFrom do not matter
	Range   billing.Range    // at most 92 days; a later To is cut to now
	Account int64            // 0: every account
}

// RateCost is what some use cost, and what it would have cost, in micro-credits. Was is what was charged, not what the
// card of that time would say today.
type RateCost struct{ Was, Would billing.Amount }

// Difference returns how much more the use would have cost.
func (c RateCost) Difference() billing.Amount { return c.Would - c.Was }

// PreviewedAccount is an account's part of a preview. Its costs are sums over all categories.
type PreviewedAccount struct {
	AccountID int64
	Name      string
	RateCost
}

// Preview is what use would have cost. What the card no longer knows counts as it was. Categories has every category,
// tools with zeros, because cards do not price runs.
type Preview struct {
	Range      billing.Range
	AsOf       time.Time
	Events     int64 // priced again
	Categories map[billing.Category]RateCost
	Accounts   []PreviewedAccount // the ten that change most, by amount
	Changed    int                // accounts that would have paid more or less
	Unknown    []string           // hardware and scanners in use that are not on the card
}

// previewing is a preview under way. It reads everything in one snapshot, so that an event that is taken back meanwhile
// counts on both sides or on neither.
type previewing struct {
	RatePreview
	*Preview
	store    *Store
	tx       pgx.Tx
	accounts []int64 // nil: all
	own      map[ownedBy]billing.OwnRateList
	costs    map[int64]*[len(billing.Slices{})]RateCost
}

// PreviewRateCard prices the use of a range once more: every event by itself, rounded as it would be when it is
// charged; hosting as if it had been deployed under the card; fine-tuning jobs as if they had been started under it.
// Rates of accounts and models count as they did. History, for which nobody pays, is left out. It returns Invalid for
// an unsound card, BadRange for a bad range, and TooMuch beyond the bounds of a preview.
func (s *Store) PreviewRateCard(ctx context.Context, q RatePreview) (*Preview, error) {
	now := s.Now()
	// The card counts as always in force here: what use would have cost does not depend on when the card is to start.
	q.Card.Version, q.Card.EffectiveFrom = max(q.Card.Version, 1), time.Unix(0, 0).UTC()
	if err := q.Card.Validate(); err != nil {
		return nil, refuse(Invalid, "card", "%s", err.Error())
	}
	if q.Range.To.After(now) {
		q.Range.To = now
	}
	q.Range.From, q.Range.To = q.Range.From.UTC().Truncate(time.Second), q.Range.To.UTC().Truncate(time.Second)
	if !q.Range.From.Before(q.Range.To) || q.Range.To.Sub(q.Range.From) > previewDays*wholeDay {
		return nil, refuse(BadRange, "range", "a preview covers at most %d days, from a time that has passed", previewDays)
	}
	// What was dropped cannot be priced again, and a sum without it would look like a saving.
	if q.Range.From.Before(now.Add(-s.settings.EventRetention)) {
		return nil, refuse(BadRange, "range", "a preview covers what events are kept of: the last %d days", s.settings.EventRetention/(24*time.Hour))
	}
	p := &previewing{RatePreview: q, store: s, costs: map[int64]*[len(billing.Slices{})]RateCost{},
		Preview: &Preview{Range: q.Range, AsOf: now, Categories: map[billing.Category]RateCost{}}}
	if q.Account != 0 {
		p.accounts = []int64{q.Account}
	}
	// As a Reader does: previews are long, and must leave connections for questions that take no snapshot.
	leave, err := s.snapshots.Enter(ctx)
	if err != nil {
		return nil, fmt.Errorf("wait for a snapshot: %w", err)
	}
	defer leave()
	err = pg.Transact(ctx, s.charts, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		p.tx = tx
		return p.run(ctx)
	})
	if err = pg.SumsFit(err); err != nil {
		return nil, fmt.Errorf("preview rate card: %w", err)
	}
	return p.Preview, nil
}

// run goes through what can be priced: events, hosting and jobs, then the sums.
func (p *previewing) run(ctx context.Context) (err error) {
	q := p.RatePreview.Range
	if err := p.store.payRows(ctx, asking(p.tx), p.AsOf, p.accounts, "usage_event", q.From, q.To, WeightPriced); err != nil {
		return err
	}
	// Plans are made for the range asked for, so that chunks outside it are not locked; a minute bounds each statement.
	if _, err = p.tx.Exec(ctx, "SET LOCAL statement_timeout = '"+previewTime+"'; SET LOCAL plan_cache_mode = force_custom_plan"); err != nil {
		return fmt.Errorf("set bounds: %w", err)
	}
	if p.own, err = readOwnRates(ctx, p.tx, p.accounts); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{p.priceEvents, p.priceHosting, p.priceJobs, p.sum} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// prices returns the prices of an account, and of a model unless it is 0, as if there had always been only the
// previewed card.
func (p *previewing) prices(account, model int64) billing.Prices {
	prices := billing.Prices{Cards: billing.RateCards{p.Card}, Account: p.own[ownedBy{account, 0}]}
	if model != 0 {
		prices.Model = p.own[ownedBy{account, model}]
	}
	return prices
}

// add adds what some use of an account cost and would have cost, by category.
func (p *previewing) add(account int64, c billing.Category, was, would billing.Amount) {
	of := p.costs[account]
	if of == nil {
		of = &[len(billing.Slices{})]RateCost{}
		p.costs[account] = of
	}
	of[c.Index()].Was += was
	of[c.Index()].Would += would
}

// isUnknown notes a name that the card does not know.
func (p *previewing) isUnknown(name string) {
	// Bounded, because names of hardware are data: an account may have segments on any number of retired ones.
	if len(p.Unknown) < previewUnknown && !slices.Contains(p.Unknown, name) {
		p.Unknown = append(p.Unknown, name)
	}
}

// tooMuchToPreview returns the refusal beyond a bound. It asks for less rather than answering for a part: a sum that
// leaves something out would be taken for the whole.
func tooMuchToPreview(what string, most int) error {
	// The statements read one row more than the bound, which tells that there are more without counting them.
	return refuse(TooMuch, "range", "a preview reads at most %d %s: ask for a shorter range, or for one account", most, what)
}

// The rates are those of RateCard.TokenRates, or of the piece in which the event lies. div is exact and truncates, so
// adding half before it rounds half-up, once over all classes, as billing.TokenRates.Charge does.
const selectPreview = `-- name: price events once more
WITH piece AS MATERIALIZED (
  SELECT * FROM unnest($4::bigint[], $5::timestamptz[], $6::timestamptz[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
    AS p (resource_id, since, until, input, cache_read, cache_write, output, reasoning)
), used AS (
  SELECT account_id, resource_id, time, charge, input_tokens, output_tokens, coalesce(cache_read_tokens, 0) AS cache_read_tokens,
    coalesce(cache_write_tokens, 0) AS cache_write_tokens, coalesce(reasoning_tokens, 0) AS reasoning_tokens
  FROM usage_event e WHERE kind = 'INFERENCE' AND NOT history AND time >= $1 AND time < $2 AND ($3::bigint[] IS NULL OR account_id = ANY($3::bigint[]))
    AND NOT EXISTS (SELECT FROM usage_void v WHERE v.account_id = e.account_id AND v.time = e.time AND v.source = e.source AND v.event_id = e.event_id
      AND v.time >= $1 AND v.time < $2)
  LIMIT $17
)
SELECT u.account_id, count(*), sum(u.charge)::bigint, sum(div(
    (u.input_tokens - u.cache_read_tokens - u.cache_write_tokens)::numeric * coalesce(p.input, $12::bigint) + u.cache_read_tokens::numeric * coalesce(p.cache_read, $13::bigint)
    + u.cache_write_tokens::numeric * coalesce(p.cache_write, $14::bigint) + (u.output_tokens - u.reasoning_tokens)::numeric * coalesce(p.output, $15::bigint)
    + u.reasoning_tokens::numeric * coalesce(p.reasoning, $16::bigint) + 500000, 1000000))::bigint
FROM used u LEFT JOIN piece p ON p.resource_id = u.resource_id AND u.time >= p.since AND u.time < p.until
GROUP BY u.account_id`

// priceEvents prices every event of inference by itself.
func (p *previewing) priceEvents(ctx context.Context) error {
	// The card's rates go along as five arguments, and own rates as pieces, so that the database adds up millions of
	// events without a row of them coming here.
	pieces, err := p.pieces(ctx)
	if err != nil {
		return err
	}
	// For a class that the card does not name, this is already the parent's rate (rules.md §7).
	r := p.Card.TokenRates()
	args := append([]any{p.RatePreview.Range.From, p.RatePreview.Range.To, p.accounts}, pieces.Args()...)
	rows, err := p.tx.Query(ctx, selectPreview, append(args, r.Input, r.CacheRead, r.CacheWrite, r.Output, r.Reasoning, previewEvents+1)...)
	if err != nil {
		return fmt.Errorf("price events: %w", err)
	}
	var account, events int64
	var was, would billing.Amount
	_, err = pgx.ForEachRow(rows, []any{&account, &events, &was, &would}, func() error {
		p.Events += events
		p.add(account, billing.Models, was, would)
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("price events: %w", err)
	case p.Events > previewEvents:
		return tooMuchToPreview("events", previewEvents)
	}
	return nil
}

// Of accounts with own rates every model is read, since the account's rates apply to it; of the others only models that
// were registered with rates. A model that has neither costs what the card says, and needs no row here.
const selectRated = `-- name: find models with rates of their own
SELECT r.resource_id, r.account_id, r.input_rate, r.output_rate, r.cache_read_rate, r.cache_write_rate, r.reasoning_rate
FROM resource r WHERE r.kind = 'MODEL' AND ($1::bigint[] IS NULL OR r.account_id = ANY($1::bigint[])) AND (coalesce(r.input_rate, r.output_rate,
  r.cache_read_rate, r.cache_write_rate, r.reasoning_rate) IS NOT NULL OR r.account_id = ANY($2::bigint[])) LIMIT $3`

// pieces returns the ranges of time in which models cost something else than the card says, with their rates. They are
// cut where either list changes, and in each a model's own rate counts before its account's; so one piece has one set
// of rates, and an event lies in one piece at most.
func (p *previewing) pieces(ctx context.Context) (pg.Columns, error) {
	// Each piece is [since, until) of one model with all of its five rates.
	out := pg.NewColumns(8)
	var rated []int64
	for of := range p.own {
		rated = append(rated, of.account)
	}
	rows, err := p.tx.Query(ctx, selectRated, p.accounts, rated, previewModels+1)
	if err != nil {
		return nil, fmt.Errorf("find models with rates: %w", err)
	}
	var model, account int64
	var own billing.OwnTokenRates
	models := 0
	_, err = pgx.ForEachRow(rows, []any{&model, &account, &own.Input, &own.Output, &own.CacheRead, &own.CacheWrite, &own.Reasoning}, func() error {
		models++
		prices := p.prices(account, model)
		prices.Registered = own
		// By the same function that prices events, as of the beginning of the piece.
		p.cut(&prices, func(since, until time.Time) {
			r := prices.Tokens(since)
			out.Add(model, since, until, int64(r.Input), int64(r.CacheRead), int64(r.CacheWrite), int64(r.Output), int64(r.Reasoning))
		})
		return nil
	})
	if err == nil && models > previewModels {
		err = tooMuchToPreview("models with rates of their own", previewModels)
	}
	return out, err
}

// cut divides the range where own rates change.
func (p *previewing) cut(prices *billing.Prices, piece func(since, until time.Time)) {
	at := []time.Time{p.RatePreview.Range.From}
	for _, list := range []billing.OwnRateList{prices.Account, prices.Model} {
		for _, own := range list {
			if own.From.After(p.RatePreview.Range.From) && own.From.Before(p.RatePreview.Range.To) {
				at = append(at, own.From)
			}
		}
	}
	// Both lists may change at the same instant, which then begins one piece; the other one is empty.
	slices.SortFunc(at, time.Time.Compare)
	for i, since := range at {
		until := p.RatePreview.Range.To
		if i+1 < len(at) {
			until = at[i+1]
		}
		if since.Before(until) {
			piece(since, until)
		}
	}
}

// sum adds up the categories and finds the accounts that change most. In the total, a change of one account may hide
// that of another, so the accounts are told apart.
func (p *previewing) sum(ctx context.Context) error {
	var changed []PreviewedAccount
	for id, of := range p.costs {
		a := PreviewedAccount{AccountID: id}
		for _, c := range billing.Categories() {
			cost, total := of[c.Index()], p.Categories[c]
			p.Categories[c] = RateCost{total.Was + cost.Was, total.Would + cost.Would}
			a.Was, a.Would = a.Was+cost.Was, a.Would+cost.Would
		}
		// An account may pay more for models and as much less for scripts; then it does not count as changed.
		if a.Difference() != 0 {
			changed = append(changed, a)
		}
	}
	// By the size of the change, in either direction; then by id, so that the same question has the same answer.
	slices.SortFunc(changed, func(a, b PreviewedAccount) int {
		return cmp.Or(cmp.Compare(max(b.Difference(), -b.Difference()), max(a.Difference(), -a.Difference())), cmp.Compare(a.AccountID, b.AccountID))
	})
	p.Changed, p.Accounts = len(changed), changed[:min(len(changed), previewAccounts)]
	slices.Sort(p.Unknown)
	return p.name(ctx)
}

// name reads the names of the accounts that are shown, from the same snapshot, so that an account that is renamed
// meanwhile has one name throughout.
func (p *previewing) name(ctx context.Context) error {
	// At most ten, one by one.
	for i := range p.Accounts {
		a := &p.Accounts[i]
		err := p.tx.QueryRow(ctx, "-- name: read the name of an account\nSELECT name FROM account WHERE account_id = $1", a.AccountID).Scan(&a.Name)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("read name: %w", err)
		}
	}
	return nil
}
