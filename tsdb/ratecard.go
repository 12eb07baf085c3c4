package tsdb

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// rateRefresh is how long cards are shown from memory. What is charged is compared with the database in its own transaction.
const rateRefresh = 10 * time.Second

// rateLead is how long before its start, at least, a version must be published or withdrawn, in addition to the time
// that events may be ahead. No transaction lasts that long, and clocks of processes differ by less, so nothing is
// priced by a version before it is settled whether the version stands.
const rateLead = time.Minute

// ratesKnown are the versions of the rate card as of some number of changes. The number goes up with every change, so
// one column shows whether the remembered versions are current.
type ratesKnown struct {
	cards   billing.RateCards
	changes int64
}

// rateCache remembers the versions, for one process. read is when they were read, by the Store's clock; zero makes the
// next caller read again.
type rateCache struct {
	mu    sync.Mutex
	known ratesKnown
	read  time.Time
}

// RateCards returns all versions of the prices, oldest first, withdrawn ones left out. It may miss what was published
// or withdrawn some seconds ago, by which nothing is priced yet.
func (s *Store) RateCards(ctx context.Context) (billing.RateCards, error) {
	known, err := s.knownRates(ctx)
	return known.cards, err
}

// knownRates returns what is remembered, and reads it again after rateRefresh. If there is no card at all, as in a new
// database, it writes the first one. The lock is held while it reads, so that many who ask at once read once.
func (s *Store) knownRates(ctx context.Context) (ratesKnown, error) {
	s.rates.mu.Lock()
	defer s.rates.mu.Unlock()
	// After a clock went back, cards that were read in its future would be believed until then, so they count as old
	// too.
	if age := s.Now().Sub(s.rates.read); s.rates.known.cards != nil && age >= 0 && age < rateRefresh {
		return s.rates.known, nil
	}
	known, err := readRateCards(ctx, s.pool)
	if err == nil && len(known.cards) == 0 {
		if err = s.seedRateCard(ctx); err == nil {
			known, err = readRateCards(ctx, s.pool) // with the number of changes as it is now
		}
	}
	if err != nil {
		return ratesKnown{}, err
	}
	s.rates.known, s.rates.read = known, s.Now()
	return known, nil
}

// in returns the versions as the transaction sees them: the remembered ones, if changes says that they still hold.
func (k ratesKnown) in(ctx context.Context, tx pgx.Tx, changes int64) (ratesKnown, error) {
	if k.changes == changes {
		return k, nil
	}
	fresh, err := readRateCards(ctx, tx)
	// Cards are only ever added and withdrawn, and the first cannot be withdrawn: a transaction that finds none at all
	// cannot see them.
	if len(fresh.cards) == 0 {
		return k, err
	}
	return fresh, err
}

// rateChanges is a column: how often the cards have changed.
const rateChanges = `(SELECT changes FROM rate_state)`

const selectRateChanges = "-- name: tell how often the rate cards have changed\nSELECT " + rateChanges

// One statement, so that cards and number come from one snapshot.
const selectRateCards = `-- name: read rate cards
SELECT ` + rateChanges + `, card FROM rate_card ORDER BY version`

// readRateCards reads all versions, oldest first. They are few, and all are needed: what an event costs depends on the
// version of its own time, which may be any of the last 400 days.
func readRateCards(ctx context.Context, q pg.Querier) (known ratesKnown, err error) {
	rows, err := q.Query(ctx, selectRateCards)
	if err != nil {
		return ratesKnown{}, fmt.Errorf("read rate cards: %w", err)
	}
	var document []byte
	_, err = pgx.ForEachRow(rows, []any{&known.changes, &document}, func() error {
		var card billing.RateCard
		err := json.Unmarshal(document, &card)
		known.cards = append(known.cards, card)
		return err
	})
	if err != nil {
		return ratesKnown{}, fmt.Errorf("read rate cards: %w", err)
	}
	return known, nil
}

// seedRateCard writes the first version if there is none.
func (s *Store) seedRateCard(ctx context.Context) error {
	card := billing.RateCardV1()
	document, err := json.Marshal(card)
	if err != nil {
		return fmt.Errorf("encode rate card: %w", err)
	}
	// Two processes that start at once both try; the second finds it written. DO NOTHING names no index: a process that
	// is overtaken between looking and writing meets the other row by its start first, which is unique as well.
	_, err = s.pool.Exec(ctx, `-- name: write the first rate card
INSERT INTO rate_card (version, effective_from, card) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, card.Version, card.EffectiveFrom, document)
	if err != nil {
		return fmt.Errorf("write the first rate card: %w", err)
	}
	return nil
}

// RateVersion is a version of the rate card with what became of it.
type RateVersion struct {
	billing.RateCard
	PublishedAt *time.Time // nil: the first, which came with the program
	PublishedBy string
	Note        string
	WithdrawnAt *time.Time // nil: it stands
	WithdrawnBy string
}

// maxRateVersions bounds the list of versions: one a day for eleven years.
const maxRateVersions = 4000

const selectRateVersions = `-- name: list versions of the rate card
SELECT version, card, published_at, published_by, note, NULL::timestamptz, '' FROM rate_card WHERE $1::int IS NULL OR version = $1
UNION ALL
SELECT version, card, published_at, published_by, note, withdrawn_at, withdrawn_by FROM rate_card_withdrawn WHERE $1::int IS NULL OR version = $1
ORDER BY version DESC LIMIT $2`

// RateVersions lists the versions, newest first, as they stand in the database now.
func (s *Store) RateVersions(ctx context.Context) ([]RateVersion, error) {
	if _, err := s.RateCards(ctx); err != nil { // writes the first
		return nil, err
	}
	return readRateVersions(ctx, s.pool, nil)
}

// RateVersion reads one version. It returns NotFound if there is none.
func (s *Store) RateVersion(ctx context.Context, version int) (RateVersion, error) {
	if _, err := s.RateCards(ctx); err != nil {
		return RateVersion{}, err
	}
	return oneRateVersion(ctx, s.pool, version)
}

// oneRateVersion reads a version, withdrawn or not, since its number is never given again.
func oneRateVersion(ctx context.Context, q pg.Querier, version int) (RateVersion, error) {
	found, err := readRateVersions(ctx, q, &version)
	if err == nil && len(found) == 0 {
		err = refuse(NotFound, "version", "there is no such version of the rate card")
	}
	if err != nil {
		return RateVersion{}, err
	}
	return found[0], nil
}

// readRateVersions reads one version, or all, latest first.
func readRateVersions(ctx context.Context, q pg.Querier, version *int) ([]RateVersion, error) {
	rows, err := q.Query(ctx, selectRateVersions, version, maxRateVersions)
	if err != nil {
		return nil, fmt.Errorf("list versions of the rate card: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (v RateVersion, err error) {
		var document []byte
		var number int
		err = row.Scan(&number, &document, &v.PublishedAt, &v.PublishedBy, &v.Note, &v.WithdrawnAt, &v.WithdrawnBy)
		if err == nil {
			err = json.Unmarshal(document, &v.RateCard)
		}
		return v, err
	})
	if err != nil {
		return nil, fmt.Errorf("list versions of the rate card: %w", err)
	}
	return list, nil
}
