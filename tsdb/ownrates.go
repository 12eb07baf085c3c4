package tsdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// maxOwnRates bounds the own rates of an account, past ones and those of its models included: they are read with its
// prices.
const maxOwnRates = 1000

// NewOwnRates are rates that an account, or one of its models, is to have from an instant on. Rates are in
// micro-credits: of tokens per million, of hosting per replica-hour.
type NewOwnRates struct {
	AccountID      int64
	ModelID        int64            // 0: the account's
	Rates          billing.OwnRates // if From is zero, they start as soon as they may; From is cut to the second
	IdempotencyKey string           // "": no key; setting the same rates again changes nothing
}

// SetOwnRates sets own rates; what they do not name is priced by the rate card again. They start some minutes from now
// at the earliest, so that nothing stored by then was priced without them. They replace what was set for the same
// beginning, and hold until the next beginning, so rates that have not begun may be set again. They are never removed,
// so what was charged can always be explained. It returns NotFound for a model that is not the account's, Invalid for
// unsound rates, and TimeOutOfRange for a start that is too early.
func (s *Store) SetOwnRates(ctx context.Context, n NewOwnRates, by Actor) (set billing.OwnRates, err error) {
	if err := checkKey(n.IdempotencyKey, false); err != nil {
		return set, err
	}
	cards, err := s.RateCards(ctx)
	if err != nil {
		return set, err
	}
	err = s.changeAccount(ctx, n.AccountID, changeOptions{}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		return c.once(ctx, tx, n.IdempotencyKey, "setRates", n, &set, func() error {
			set, err = s.setOwnRates(ctx, tx, c, n, cards, by)
			return err
		})
	})
	return set, err
}

// setOwnRates checks the rates against all that the account has, under its lock, and writes them.
func (s *Store) setOwnRates(ctx context.Context, tx pgx.Tx, c *change, n NewOwnRates, cards billing.RateCards, by Actor) (billing.OwnRates, error) {
	rates, target, only := n.Rates, c.Name, billing.Category("")
	// A model's own rates of hosting are for models alone.
	if n.ModelID != 0 {
		r, err := resourceOf(ctx, tx, c.ID, n.ModelID, "modelId", KindModel)
		if err != nil {
			return rates, err
		}
		target, only = r.Name, billing.Models
	}
	// Later than any event that a process may store that does not know of them yet. They begin with a whole second,
	// because hosting is charged by seconds.
	earliest := s.earliestRates().Add(time.Second)
	if rates.From = rates.From.UTC().Truncate(time.Second); n.Rates.From.IsZero() {
		rates.From = earliest
	}
	if rates.From.Before(earliest) {
		return rates, refuse(TimeOutOfRange, "from", "own rates start at %s at the earliest: events may be dated %s ahead", earliest.Format(time.RFC3339), s.settings.MaxAhead)
	}
	if err := rates.Validate(only); err != nil {
		field := "hosting"
		// The refusal names a field: which of the two parts is unsound.
		if (&billing.OwnRates{Tokens: rates.Tokens}).Validate(only) != nil {
			field = "tokens"
		}
		return rates, refuse(Invalid, field, "%s", err.Error())
	}
	if err := heardOf(ctx, tx, &rates, cards); err != nil {
		return rates, err
	}
	// Under the account's lock, so that the count and what was in force before are right.
	all, err := readOwnRates(ctx, tx, []int64{c.ID})
	if err != nil {
		return rates, err
	}
	// Rates that begin at the same instant are replaced, so they need no room: what has not begun may be set again,
	// however many there are.
	count := 0
	for of, list := range all {
		for _, one := range list {
			if of.model != n.ModelID || !one.From.Equal(rates.From) {
				count++
			}
		}
	}
	if count >= maxOwnRates {
		return rates, refuse(TooMuch, "accountId", "an account has at most %d own rates, its models' and past ones included", maxOwnRates)
	}
	return rates, s.writeOwnRates(ctx, tx, c, n.ModelID, rates, target, all[ownedBy{c.ID, n.ModelID}].At(rates.From), by)
}

// heardOf refuses hosting that no version of the rate card has, because a misspelt name would leave the card's rate in
// force. cards are the remembered ones; if they lack a name, the database is asked, since another process may have
// published a card just now.
func heardOf(ctx context.Context, tx pgx.Tx, rates *billing.OwnRates, cards billing.RateCards) error {
	if rates.Unheard(cards) == "" {
		return nil
	}
	fresh, err := readRateCards(ctx, tx)
	if err != nil {
		return err
	}
	if name := rates.Unheard(fresh.cards); name != "" {
		return refuse(UnknownHardware, "hosting", "no version of the rate card has hardware of one of these names")
	}
	return nil
}

// writeOwnRates writes own rates with their audit entry. before is what was in force at their beginning. A trigger
// changes the account's version, so that memory of its models is read again.
func (s *Store) writeOwnRates(ctx context.Context, tx pgx.Tx, c *change, model int64, rates billing.OwnRates, target string, before *billing.OwnRates, by Actor) error {
	document, err := json.Marshal(rates)
	if err != nil {
		return fmt.Errorf("encode own rates: %w", err)
	}
	_, err = tx.Exec(ctx, `-- name: set own rates
INSERT INTO own_rate (account_id, resource_id, starts_at, rates, set_at, set_by) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (account_id, resource_id, starts_at) DO UPDATE SET rates = EXCLUDED.rates, set_at = EXCLUDED.set_at, set_by = EXCLUDED.set_by`,
		c.ID, model, rates.From, document, s.Now(), by.Name)
	if err != nil {
		return fmt.Errorf("set own rates: %w", err)
	}
	row := access.AuditRow{AccountID: c.ID, Actor: by, Action: access.AuditRatesSet, Target: target, After: auditedRates(rates)}
	if before != nil {
		row.Before = auditedRates(*before)
	}
	return s.Access.Audit(ctx, tx, row)
}

// auditedRates returns own rates as the contract says them: in credits, by the contract's names. They are decimal
// texts, because micro-credits are not a unit of the contract; what is not named is left out.
func auditedRates(o billing.OwnRates) map[string]any {
	tokens, hosting := map[string]any{}, []map[string]any{}
	for name, rate := range map[string]*billing.Amount{"inputRate": o.Tokens.Input, "outputRate": o.Tokens.Output, "cacheReadRate": o.Tokens.CacheRead,
		"cacheWriteRate": o.Tokens.CacheWrite, "reasoningRate": o.Tokens.Reasoning} {
		if rate != nil {
			tokens[name] = billing.ModelCredits.Format(*rate)
		}
	}
	for _, h := range o.Hosting {
		hosting = append(hosting, map[string]any{"category": h.Category, "name": h.Name, "rate": billing.ModelCredits.Format(h.Rate)})
	}
	return map[string]any{"from": o.From, "tokens": tokens, "hosting": hosting}
}

// pricing is two columns for a resource r: how often the cards have changed, and the own rates of its account and of
// itself, in any order, each after its resource's id; null if there are none. It is one plain aggregate, since it is
// paid for with every model that events name; there is none if nobody has own rates, which is found once per statement.
const pricing = rateChanges + `, CASE WHEN r.kind = 'MODEL' AND EXISTS (SELECT FROM own_rate) THEN (SELECT array_agg(o.resource_id || ' ' || o.rates) FROM own_rate o
    WHERE o.account_id = r.account_id AND o.resource_id IN (0, r.resource_id)) END`

// readPricing reads the own rates from pricing; registered are those of the resource's row. They come in any order,
// because sorting them in the database costs more than the rest of the statement (books.md).
func readPricing(registered billing.OwnTokenRates, own []string) (billing.Prices, error) {
	p := billing.Prices{Registered: registered}
	for _, text := range own {
		of, document, _ := strings.Cut(text, " ")
		var rates billing.OwnRates
		if err := json.Unmarshal([]byte(document), &rates); err != nil {
			return p, fmt.Errorf("read own rates: %w", err)
		}
		if of == "0" {
			p.Account = append(p.Account, rates)
		} else {
			p.Model = append(p.Model, rates)
		}
	}
	for _, list := range []billing.OwnRateList{p.Account, p.Model} {
		slices.SortFunc(list, func(a, b billing.OwnRates) int { return a.From.Compare(b.From) })
	}
	return p, nil
}

// ownedBy says who has rates: an account, or one of its models.
type ownedBy struct{ account, model int64 }

// readOwnRates reads the own rates of some accounts and their models; nil means every account. Each list is ordered by
// beginning, as OwnRateList.At expects.
func readOwnRates(ctx context.Context, q pg.Querier, accounts []int64) (map[ownedBy]billing.OwnRateList, error) {
	rows, err := q.Query(ctx, `-- name: read own rates
SELECT account_id, resource_id, rates FROM own_rate WHERE $1::bigint[] IS NULL OR account_id = ANY($1::bigint[]) ORDER BY account_id, resource_id, starts_at`, accounts)
	if err != nil {
		return nil, fmt.Errorf("read own rates: %w", err)
	}
	var of ownedBy
	var document []byte
	out := map[ownedBy]billing.OwnRateList{}
	_, err = pgx.ForEachRow(rows, []any{&of.account, &of.model, &document}, func() error {
		var own billing.OwnRates
		err := json.Unmarshal(document, &own)
		out[of] = append(out[of], own)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read own rates: %w", err)
	}
	return out, nil
}

// PriceBook prices the use of some accounts. It is for showing prices; what is charged is priced inside the transaction
// that charges, where nothing can be stale.
type PriceBook struct {
	at    time.Time
	cards billing.RateCards
	own   map[ownedBy]billing.OwnRateList
}

// Prices returns an account's prices, with those of a model unless model is 0. The caller adds the rates that a model
// is registered with.
func (b *PriceBook) Prices(account, model int64) billing.Prices {
	p := billing.Prices{Cards: b.cards, Account: b.own[ownedBy{account, 0}]}
	if model != 0 {
		p.Model = b.own[ownedBy{account, model}]
	}
	return p
}

// Model returns what a model's tokens cost now.
func (b *PriceBook) Model(r *Resource) billing.TokenRates {
	p := b.Prices(r.AccountID, r.ID)
	p.Registered = r.TokenRates()
	return p.Tokens(b.at)
}

// PriceBook reads what the usage of accounts costs, now and at any other time. Its cards may be some seconds old.
func (s *Store) PriceBook(ctx context.Context, accounts []int64) (*PriceBook, error) {
	cards, err := s.RateCards(ctx)
	if err != nil {
		return nil, err
	}
	own, err := readOwnRates(ctx, s.pool, accounts)
	return &PriceBook{s.Now(), cards, own}, err
}

// OwnRateRow is a set of own rates as stored.
type OwnRateRow struct {
	billing.OwnRates
	AccountID int64
	ModelID   int64  // 0: the account's
	ModelName string // "": the account's
	SetAt     time.Time
	SetBy     string
}

// OwnRates lists the past, present and future own rates of an account and its models: the account's first, each oldest
// first. The list is never longer than maxOwnRates, to which SetOwnRates keeps.
func (s *Store) OwnRates(ctx context.Context, account int64) ([]OwnRateRow, error) {
	rows, err := s.pool.Query(ctx, `-- name: list own rates
SELECT o.account_id, o.resource_id, coalesce(r.name, ''), o.rates, o.set_at, o.set_by FROM own_rate o LEFT JOIN resource r ON r.resource_id = o.resource_id
WHERE o.account_id = $1 ORDER BY o.resource_id, o.starts_at LIMIT $2`, account, maxOwnRates)
	if err != nil {
		return nil, fmt.Errorf("list own rates: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (o OwnRateRow, err error) {
		var document []byte
		err = row.Scan(&o.AccountID, &o.ModelID, &o.ModelName, &document, &o.SetAt, &o.SetBy)
		return o, errors.Join(err, json.Unmarshal(document, &o.OwnRates))
	})
}

// hostingPrices are the prices of an account's hosting, as its transaction sees them. They are read with the lock of
// each change of hosting, because what it costs is decided there, and own rates are few.
type hostingPrices struct {
	changes int64 // of the cards
	own     map[int64]billing.OwnRateList
}

const selectHostingPrices = `-- name: read what an account's hosting costs
SELECT s.changes, coalesce(o.resource_id, 0), o.rates FROM rate_state s LEFT JOIN own_rate o ON o.account_id = $1 ORDER BY o.resource_id, o.starts_at`

// queue queues the reading of the prices, together with whatever the transaction asks first. The row of rate_state
// always exists, so the count is read even if nobody has own rates.
func (p *hostingPrices) queue(b *pgx.Batch, account int64) {
	p.own = map[int64]billing.OwnRateList{}
	b.Queue(selectHostingPrices, account).Query(func(rows pgx.Rows) error {
		var of int64
		var document []byte
		_, err := pgx.ForEachRow(rows, []any{&p.changes, &of, &document}, func() error {
			if document == nil {
				return nil
			}
			var own billing.OwnRates
			err := json.Unmarshal(document, &own)
			p.own[of] = append(p.own[of], own)
			return err
		})
		if err != nil {
			return fmt.Errorf("read hosting prices: %w", err)
		}
		return nil
	})
}
