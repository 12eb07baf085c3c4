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

// rateRefresh is how long the versions are taken from memory. A version never starts in the past, so one that is added
// must be known everywhere before it starts: AddRateCard demands that it starts at least this much later.
const rateRefresh = time.Minute

// rateCache keeps the versions of the rate card.
type rateCache struct {
	mu    sync.Mutex
	cards billing.RateCards
	read  time.Time
}

// RateCards are all versions of the prices, oldest first.
func (s *Store) RateCards(ctx context.Context) (billing.RateCards, error) {
	s.rates.mu.Lock()
	defer s.rates.mu.Unlock()
	if age := s.Now().Sub(s.rates.read); s.rates.cards != nil && age >= 0 && age < rateRefresh {
		return s.rates.cards, nil
	}
	cards, err := readRateCards(ctx, s.pool)
	if err != nil {
		return nil, err
	}
	if len(cards) == 0 {
		cards = billing.RateCards{billing.RateCardV1()}
		if err := s.insertRateCard(ctx, cards[0]); err != nil {
			return nil, err
		}
	}
	s.rates.cards, s.rates.read = cards, s.Now()
	return cards, nil
}

func readRateCards(ctx context.Context, q pg.Querier) (billing.RateCards, error) {
	rows, err := q.Query(ctx, `-- name: read rate cards
SELECT card FROM rate_card ORDER BY version`)
	if err != nil {
		return nil, fmt.Errorf("read rate cards: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (card billing.RateCard, err error) {
		var document []byte
		if err = row.Scan(&document); err == nil {
			err = json.Unmarshal(document, &card)
		}
		return card, err
	})
}

func (s *Store) insertRateCard(ctx context.Context, card billing.RateCard) error {
	document, err := json.Marshal(card)
	if err != nil {
		return fmt.Errorf("encode rate card: %w", err)
	}
	_, err = s.pool.Exec(ctx, `-- name: add rate card
INSERT INTO rate_card (version, effective_from, card) VALUES ($1, $2, $3) ON CONFLICT (version) DO NOTHING`,
		card.Version, card.EffectiveFrom, document)
	if err != nil {
		return fmt.Errorf("add rate card: %w", err)
	}
	return nil
}

// AddRateCard adds a version of the prices. It must take effect at least a minute from now, so that every process knows it
// by then; Invalid otherwise, or where it is unsound.
func (s *Store) AddRateCard(ctx context.Context, card billing.RateCard) error {
	cards, err := readRateCards(ctx, s.pool)
	if err != nil {
		return err
	}
	if _, err := cards.Add(card, s.Now().Add(rateRefresh)); err != nil {
		return refuse(Invalid, "rateCard", "%s", err.Error())
	}
	return s.insertRateCard(ctx, card)
}
