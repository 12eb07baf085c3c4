package tsdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// NewRateCard is a version of the rate card to publish. It gets its number when it is published. A card is complete:
// what it does not name has no price, so hardware that is left out cannot be deployed from then on.
type NewRateCard struct {
	Card           billing.RateCard // complete; EffectiveFrom says when it starts, cut to the second
	Note           string           // what for; at most 500 characters
	IdempotencyKey string           // required
}

// earliestRates returns the earliest instant at which prices may change: nothing that can be stored before all
// processes know of the change lies beyond it. An event may be dated MaxAhead ahead and is priced by the version of its
// own time, so a version that starts sooner would change what was already charged.
func (s *Store) earliestRates() time.Time {
	return s.Now().Add(s.settings.MaxAhead + rateLead).Truncate(time.Second)
}

// CheckRateCard returns what PublishRateCard would refuse, without writing: Invalid, or TimeOutOfRange. The card that
// it returns has its number.
func (s *Store) CheckRateCard(ctx context.Context, card billing.RateCard) (billing.RateCard, error) {
	versions, err := s.RateVersions(ctx)
	if err != nil {
		return card, err
	}
	card.Version = versions[0].Version + 1
	return card, s.checkRateCard(versions, &card)
}

// checkStart refuses an instant that RFC 3339 cannot write, which a file may name by an offset: a request that holds
// one cannot be hashed.
func checkStart(at time.Time) error {
	if at.Year() < 1970 || at.Year() > 9999 {
		return refuse(TimeOutOfRange, "effectiveFrom", "a version starts between the years 1970 and 9999")
	}
	return nil
}

// checkRateCard refuses a card that is unsound, or that would change what has been priced. versions are all versions,
// latest first.
func (s *Store) checkRateCard(versions []RateVersion, card *billing.RateCard) error {
	card.EffectiveFrom = card.EffectiveFrom.UTC().Truncate(time.Second)
	// All faults are reported at once, because the publisher mends a file, and not a field.
	if err := card.Validate(); err != nil {
		return refuse(Invalid, "card", "%s", err.Error())
	}
	if err := checkCardTexts(card); err != nil {
		return err
	}
	if err := checkStart(card.EffectiveFrom); err != nil {
		return err
	}
	if earliest := s.earliestRates(); card.EffectiveFrom.Before(earliest) {
		return refuse(TimeOutOfRange, "effectiveFrom", "a version starts at %s at the earliest: events may be dated %s ahead, and every process must know of it by then",
			earliest.Add(time.Second).Format(time.RFC3339), s.settings.MaxAhead)
	}
	for _, v := range versions {
		// Later than every other one, so that the order of numbers is that of time.
		if v.WithdrawnAt == nil && !card.EffectiveFrom.After(v.EffectiveFrom) {
			return refuse(TimeOutOfRange, "effectiveFrom", "version %d starts at %s: withdraw it first, or start after it", v.Version, v.EffectiveFrom.Format(time.RFC3339))
		}
	}
	return nil
}

// checkCardTexts refuses a name that cannot be read: every account is shown the names of a card. It is not a part of
// Validate, since cards that were published before this check stay in force.
func checkCardTexts(card *billing.RateCard) error {
	for _, name := range card.Texts() {
		if name != "" && (!text.Seen(name) || text.Hidden(name)) {
			return refuse(Invalid, "card", "names on a rate card can be read: %q shows nothing, or holds a character that is invisible or turns the direction of text", name)
		}
	}
	return nil
}

// PublishRateCard adds a version of the prices. The version must start later than any other, and some minutes from now
// (TimeOutOfRange), and be sound (Invalid). Repeating the key with the same content returns the first result, withdrawn
// or not; other content is a Conflict.
func (s *Store) PublishRateCard(ctx context.Context, n NewRateCard, by Actor) (published RateVersion, err error) {
	if err := errors.Join(checkKey(n.IdempotencyKey, true), checkNote("note", n.Note, 500)); err != nil {
		return RateVersion{}, err
	}
	// Cut before it is compared or hashed, because the books count in seconds, and a repeat must have the same hash.
	n.Card.Version, n.Card.EffectiveFrom = 0, n.Card.EffectiveFrom.UTC().Truncate(time.Second)
	if err := checkStart(n.Card.EffectiveFrom); err != nil {
		return RateVersion{}, err
	}
	if _, err := s.RateCards(ctx); err != nil { // writes the first
		return RateVersion{}, err
	}
	// The hash of the request as it was made: the number is given later.
	hash := requestHash(n)
	err = s.changeRates(ctx, func(tx pgx.Tx) (changed bool, err error) {
		// Looked up under the lock, so that of many callers who send the same key at once, one publishes and the others
		// get its result.
		if version, err := publishedBefore(ctx, tx, n.IdempotencyKey, hash); err != nil || version > 0 {
			if err == nil {
				published, err = oneRateVersion(ctx, tx, version)
			}
			return false, err
		}
		versions, err := readRateVersions(ctx, tx, nil)
		if err != nil {
			return false, err
		}
		// Withdrawn versions are among them, so a number stands for one card forever: ledgers and logs name it.
		n.Card.Version = versions[0].Version + 1
		if err := s.checkRateCard(versions, &n.Card); err != nil {
			return false, err
		}
		if err := s.insertRateCard(ctx, tx, n, hash, by); err != nil {
			return false, err
		}
		published, err = oneRateVersion(ctx, tx, n.Card.Version)
		if err != nil {
			return false, err
		}
		return true, s.Access.Audit(ctx, tx, access.AuditRow{Actor: by, Action: access.AuditRatesPublished, Target: published.target(), After: published.audited(versions)})
	})
	return published, err
}

// changeRates runs fn, one call at a time, and counts its change. The row of rate_state is the lock: publishing and
// withdrawing look at all versions before they write one. Whoever prices compares the number of changes in the
// transaction that charges, and reads the cards again if it differs.
func (s *Store) changeRates(ctx context.Context, fn func(pgx.Tx) (changed bool, err error)) error {
	err := s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		var changes int64
		if err := tx.QueryRow(ctx, "-- name: lock rate cards\nSELECT changes FROM rate_state FOR UPDATE").Scan(&changes); err != nil {
			return fmt.Errorf("lock rate cards: %w", err)
		}
		changed, err := fn(tx)
		if err != nil || !changed {
			return err
		}
		if _, err := tx.Exec(ctx, "-- name: count a change of the rate cards\nUPDATE rate_state SET changes = changes + 1"); err != nil {
			return fmt.Errorf("count change: %w", err)
		}
		return nil
	})
	// Also after a failure: a commit whose answer was lost has happened.
	s.rates.forget()
	return err
}

// forget makes the next caller read the cards again. Other processes notice a change by the number of changes.
func (c *rateCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = time.Time{}
}

const selectPublished = `-- name: find a version of the rate card by its key
SELECT version, request_hash FROM rate_card WHERE idempotency_key = $1
UNION ALL
SELECT version, request_hash FROM rate_card_withdrawn WHERE idempotency_key = $1`

// publishedBefore returns the version that a key was answered with; 0: none.
func publishedBefore(ctx context.Context, tx pgx.Tx, key, hash string) (version int, err error) {
	var first string
	err = tx.QueryRow(ctx, selectPublished, key).Scan(&version, &first)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("find version: %w", err)
	case first != hash:
		return 0, otherContent()
	}
	return version, nil
}

// insertRateCard writes a version as JSON, because a card is read whole and never searched.
func (s *Store) insertRateCard(ctx context.Context, tx pgx.Tx, n NewRateCard, hash string, by Actor) error {
	document, err := json.Marshal(n.Card)
	if err != nil {
		return fmt.Errorf("encode rate card: %w", err)
	}
	_, err = tx.Exec(ctx, `-- name: publish rate card
INSERT INTO rate_card (version, effective_from, card, published_at, published_by, note, idempotency_key, request_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, n.Card.Version, n.Card.EffectiveFrom, document, s.Now(), by.Name, n.Note, n.IdempotencyKey, hash)
	if err != nil {
		return fmt.Errorf("publish rate card: %w", err)
	}
	return nil
}

// Moved and not marked, so that readers of cards need not know of withdrawn ones; the key stays known.
const withdrawRateCard = `-- name: withdraw rate card
WITH gone AS (DELETE FROM rate_card WHERE version = $1 RETURNING *)
INSERT INTO rate_card_withdrawn (version, effective_from, card, published_at, published_by, note, idempotency_key, request_hash, withdrawn_at, withdrawn_by)
SELECT version, effective_from, card, published_at, published_by, note, idempotency_key, request_hash, $2, $3 FROM gone`

// WithdrawRateCard takes back a version that has not begun. It returns WrongState for one that has, or is about to
// within minutes. A repeat changes nothing.
func (s *Store) WithdrawRateCard(ctx context.Context, version int, by Actor) (withdrawn RateVersion, err error) {
	err = s.changeRates(ctx, func(tx pgx.Tx) (changed bool, err error) {
		if withdrawn, err = oneRateVersion(ctx, tx, version); err != nil || withdrawn.WithdrawnAt != nil {
			return false, err
		}
		// From then on an event may be priced by it, and charged prices do not change (rules.md §6).
		if withdrawn.EffectiveFrom.Before(s.earliestRates()) {
			return false, refuse(WrongState, "version", "version %d has begun, or begins within %s: publish another one", version, s.settings.MaxAhead+rateLead)
		}
		now := s.Now()
		if _, err = tx.Exec(ctx, withdrawRateCard, version, now, by.Name); err != nil {
			return false, fmt.Errorf("withdraw rate card: %w", err)
		}
		withdrawn.WithdrawnAt, withdrawn.WithdrawnBy = &now, by.Name
		return true, s.Access.Audit(ctx, tx, access.AuditRow{Actor: by, Action: access.AuditRatesWithdrawn, Target: withdrawn.target(),
			Before: map[string]any{"effectiveFrom": withdrawn.EffectiveFrom}})
	})
	return withdrawn, err
}

// target names a version in the log.
func (v *RateVersion) target() string { return fmt.Sprintf("rate card, version %d", v.Version) }

// audited returns a version for the log, with what it changes of the one that it follows. before are the versions that
// there were, latest first; the first that was not withdrawn is the one that it follows.
func (v *RateVersion) audited(before []RateVersion) map[string]any {
	out := map[string]any{"effectiveFrom": v.EffectiveFrom, "note": v.Note}
	for _, b := range before {
		if b.WithdrawnAt == nil {
			out["follows"], out["changes"] = b.Version, b.Changes(&v.RateCard)
			break
		}
	}
	return out
}
