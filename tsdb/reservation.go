package tsdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// ReservationMode says what a reservation does if not everything is available (rules.md §5). A platform knows what a
// request may cost at most before it runs, and what it did cost afterwards; the mode says what to do if the most is
// more than what is available.
type ReservationMode string

// The modes of a reservation.
const (
	ReservationReject   ReservationMode = "REJECT"   // all or nothing
	ReservationCap      ReservationMode = "CAP"      // what is available
	ReservationNegative ReservationMode = "NEGATIVE" // all, down to the negative limit
)

// Reservation is an amount of a meter that is set aside before usage is known. It makes no ledger entry; gates, ENFORCE
// and new reservations look at what it leaves. Amounts are in the meter's smallest unit. What it sets aside is not
// spent: balance, percent, icon and banners ignore it.
type Reservation struct {
	ID        int64
	AccountID int64
	Meter     billing.Meter
	Mode      ReservationMode
	Requested billing.Amount
	Reserved  billing.Amount // at first
	Settled   billing.Amount
	Status    string // OPEN SETTLED RELEASED EXPIRED
	CreatedAt time.Time
	ExpiresAt time.Time
	Reference string
	UpdatedAt time.Time // when it was made, settled in part, closed or timed out, whichever was last
}

// Open returns what is still set aside. Settling more than was reserved frees nothing more: what is open never goes below
// 0.
func (r Reservation) Open() billing.Amount {
	if r.Status != "OPEN" {
		return 0
	}
	return max(0, r.Reserved-r.Settled)
}

// Key returns the row's place: reservations are ordered by age, newest first.
func (r Reservation) Key() []int64 { return []int64{r.ID} }

// NewReservation asks for a reservation.
type NewReservation struct {
	AccountID      int64
	Meter          billing.Meter
	Amount         billing.Amount // above 0
	Mode           ReservationMode
	Timeout        time.Duration // 1 s to 24 h; 0: the setting
	Reference      string
	IdempotencyKey string
}

// Reserve sets an amount aside. It returns Refused with the gate's decision if the amount does not fit. Repeating the
// idempotency key returns the first reservation. The decision is made under the account's lock, against what remains,
// less what is open and less hosting that has accrued, so many reservations at once never set aside more than there is.
func (s *Store) Reserve(ctx context.Context, n NewReservation) (r Reservation, err error) {
	asked := n // without the setting, which may be another one when the request is repeated
	if n.Timeout == 0 {
		n.Timeout = s.settings.ReservationTimeout
	}
	if err := validateReservation(n); err != nil {
		return r, err
	}
	var id int64
	err = s.changeAccount(ctx, n.AccountID, changeOptions{}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		return c.once(ctx, tx, n.IdempotencyKey, "reserveUsage", asked, &id, func() error {
			reserved, d := newAvailable(c).reserve(n.Meter, n.Mode, n.Amount)
			if !d.Allowed {
				return &Error{Code: Refused, Field: "amount", Message: d.Sentence, Decision: &d}
			}
			// Gates see less from now on, so whoever watches the account must look again; no entry of the ledger says so.
			c.touched = true
			id, err = insertReservation(ctx, tx, n, reserved, s.Now())
			return err
		})
	})
	if err != nil {
		return r, err
	}
	return s.Reservation(ctx, id)
}

// validateReservation refuses what can be refused without the account. The bound of the amount keeps sums of many
// reservations far from overflowing 64 bits.
func validateReservation(n NewReservation) error {
	switch {
	case !n.Meter.IsValid():
		return refuse(Invalid, "meter", "the meter is not known")
	case n.Amount <= 0 || n.Amount > 1_000_000_000*billing.MicroPerCredit:
		return refuse(Invalid, "amount", "the amount must be above 0 and at most %s", mostOf(n.Meter))
	case n.Mode != ReservationReject && n.Mode != ReservationCap && n.Mode != ReservationNegative:
		return refuse(Invalid, "mode", "the mode is not known")
	case n.Timeout < time.Second || n.Timeout > 24*time.Hour:
		return refuse(Invalid, "timeoutSeconds", "a reservation lives 1 to 86,400 seconds")
	}
	if err := text.CheckShown("reference", "a reference", n.Reference, 0, 200); err != nil {
		return err
	}
	return checkKey(n.IdempotencyKey, true)
}

// reserve decides how much of an amount a new reservation sets aside.
func (v *available) reserve(m billing.Meter, mode ReservationMode, amount billing.Amount) (billing.Amount, billing.Decision) {
	// Hosting that has accrued since the last posting is already deducted.
	d := v.fit(m, amount)
	if d.Allowed {
		return amount, d
	}
	left := d.Balance - d.Reserved
	switch {
	case mode == ReservationCap && left > 0:
		d.Allowed = true
		return left, d
	// Runs have no limit below 0 (rules.md §5), so for them this mode is all or nothing.
	case mode == ReservationNegative && m == billing.ModelCredits:
		limit := v.in.Limits.Negative
		d.Allowed = left-amount >= limit
		if d.Allowed {
			return amount, d
		}
		// The caller must be told what is missing for this mode, not for the gate.
		d.Limit, d.Missing = limit, limit-(left-amount)
	}
	return 0, d
}

// insertReservation writes the row and returns its id. Nothing closes the reservation when its time is over: it just no
// longer counts.
func insertReservation(ctx context.Context, tx pgx.Tx, n NewReservation, reserved billing.Amount, now time.Time) (id int64, err error) {
	// It ends with a whole second, as the books count: then it is over for gates and lists at the same instant.
	expires := now.Add(n.Timeout + time.Second - 1).Truncate(time.Second)
	err = tx.QueryRow(ctx, `-- name: make reservation
INSERT INTO reservation (account_id, meter, mode, requested, held, status, created_at, expires_at, reference)
VALUES ($1, $2, $3, $4, $5, 'OPEN', $6, $7, $8) RETURNING reservation_id`,
		n.AccountID, string(n.Meter), string(n.Mode), n.Amount, reserved, now, expires, n.Reference).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("make reservation: %w", err)
	}
	return id, nil
}

// A reservation that has timed out shows as EXPIRED; its row is not changed for that.
const selectReservation = `SELECT reservation_id, account_id, meter, mode, requested, held, settled,
  CASE WHEN status = 'OPEN' AND expires_at <= $1 THEN 'EXPIRED' ELSE status END AS state, created_at, expires_at, reference,
  greatest(created_at, updated_at, CASE WHEN status = 'OPEN' AND expires_at <= $1 THEN expires_at END) FROM reservation`

// scanReservation reads selectReservation.
func scanReservation(row pgx.CollectableRow) (r Reservation, err error) {
	err = row.Scan(&r.ID, &r.AccountID, &r.Meter, &r.Mode, &r.Requested, &r.Reserved, &r.Settled, &r.Status, &r.CreatedAt, &r.ExpiresAt, &r.Reference, &r.UpdatedAt)
	return r, err
}

// Reservation reads a reservation. It returns NotFound if there is none.
func (s *Store) Reservation(ctx context.Context, id int64) (Reservation, error) {
	return s.ReservationWithin(ctx, nil, id)
}

// ReservationWithin reads a reservation of the given accounts; nil means every account. It returns NotFound if there is
// none; a reservation of another account is answered in the same way and takes no longer.
func (s *Store) ReservationWithin(ctx context.Context, accounts []int64, id int64) (Reservation, error) {
	rows, err := s.pool.Query(ctx, "-- name: read reservation\n"+selectReservation+
		" WHERE reservation_id = $2 AND ($3::bigint[] IS NULL OR account_id = ANY($3::bigint[]))", s.Now(), id, accounts)
	if err != nil {
		return Reservation{}, fmt.Errorf("read reservation: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, scanReservation)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, refuse(NotFound, "reservationId", "there is no such reservation")
	}
	if err != nil {
		return r, fmt.Errorf("read reservation: %w", err)
	}
	return r, nil
}

// Reservations lists an account's reservations that are in one of the states, newest first; nil means any state.
func (r *Reader) Reservations(ctx context.Context, account int64, states []string, p Page, total bool) (page Paged[Reservation], err error) {
	err = r.about(ctx, account, func(tx pgx.Tx, a *Account) error {
		page, err = readReservations(ctx, tx, a, states, p, total)
		return err
	})
	return page, err
}

// readReservations reads a page and, with total, how many there are, as of the account's instant, so that what the list
// shows as open is what the account of the same answer has reserved.
func readReservations(ctx context.Context, tx pgx.Tx, a *Account, states []string, p Page, total bool) (Paged[Reservation], error) {
	args := []any{a.AsOf, a.ID, states}
	source := "SELECT * FROM (" + selectReservation + " WHERE account_id = $2) r WHERE ($3::text[] IS NULL OR r.state = ANY($3::text[]))"
	clause, pageArgs := p.Clause([]string{"reservation_id"}, args)
	rows, err := tx.Query(ctx, "-- name: list reservations\n"+source+clause, pageArgs...)
	if err != nil {
		return Paged[Reservation]{}, fmt.Errorf("list reservations: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanReservation)
	if err != nil {
		return Paged[Reservation]{}, fmt.Errorf("list reservations: %w", err)
	}
	page := pg.CutPage(p, list)
	if total {
		err = tx.QueryRow(ctx, "-- name: count reservations\nSELECT count(*) FROM ("+source+") r", args...).Scan(&page.Total)
	}
	return page, err
}

// Release frees a reservation. It returns WrongState for a settled one. A released one, and one that has timed out,
// stays so; a later settlement of one that has timed out is still recorded (rules.md §5). The reservation is found
// before its account is locked, and its state is read again under the lock.
func (s *Store) Release(ctx context.Context, id int64) (Reservation, error) {
	r, err := s.Reservation(ctx, id)
	if err != nil {
		return r, err
	}
	err = s.changeAccount(ctx, r.AccountID, changeOptions{}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		var state string
		err := tx.QueryRow(ctx, `-- name: read the state of a reservation
SELECT CASE WHEN status = 'OPEN' AND expires_at <= $2 THEN 'EXPIRED' ELSE status END FROM reservation WHERE reservation_id = $1 AND account_id = $3`, id, c.asOf, c.ID).Scan(&state)
		switch {
		case err != nil:
			return fmt.Errorf("read reservation: %w", err)
		case state == "SETTLED":
			return refuse(WrongState, "reservationId", "the reservation was settled for good")
		case state != "OPEN":
			return nil
		}
		c.touched = true
		return closeReservation(ctx, tx, id, "RELEASED", s.Now())
	})
	if err != nil {
		return r, err
	}
	return s.Reservation(ctx, id)
}

// Settle records the real use of a reservation, as RECORD does, also above what was reserved and after its time-out; final
// frees what is left, unless an event was refused. Events that are stored already settle nothing again. It returns
// WrongState for a closed reservation, unless all events are stored already: that is the last settlement, repeated.
func (s *Store) Settle(ctx context.Context, id int64, events []UsageEvent, final bool) ([]UsageResult, Reservation, error) {
	r, err := s.Reservation(ctx, id)
	if err != nil {
		return nil, r, err
	}
	// Whatever account an event names, a reservation is settled only by events of its own account.
	for i := range events {
		events[i].AccountID, events[i].ReservationID = r.AccountID, id
	}
	results := make([]UsageResult, len(events))
	if err := s.settle(ctx, r, s.itemsOf(events, Record, results), results, final); err != nil {
		return nil, r, err
	}
	r, err = s.Reservation(ctx, id)
	return results, r, err
}

// settle stores the events and closes the reservation in one transaction, unless an event was refused: then the
// reservation stays open, so that the event can be sent again.
func (s *Store) settle(ctx context.Context, r Reservation, items []*ingestItem, results []UsageResult, final bool) error {
	rates, err := s.knownRates(ctx)
	if err != nil {
		return err
	}
	// look, because the last settlement may be repeated as a whole, and every repeat must be recognised.
	in := &ingesting{items: items, rates: rates, look: true}
	return fruitful(func() error { return s.settleOnce(ctx, r, in, results, final) })
}

func (s *Store) settleOnce(ctx context.Context, r Reservation, in *ingesting, results []UsageResult, final bool) error {
	return s.changeAccount(ctx, r.AccountID, changeOptions{noBring: true, ask: in.ask}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		if err := s.ingestInto(ctx, tx, []*change{c}, in); err != nil {
			return err
		}
		// After the events: if the reservation was closed, a refusal here rolls them back.
		open, err := isOpen(ctx, tx, r)
		if err != nil {
			return err
		}
		if !open && !allRepeated(in.items) {
			return refuse(WrongState, "reservationId", "the reservation was settled for good or released")
		}
		if !open || !final || slices.ContainsFunc(results, UsageResult.unsettled) {
			return nil
		}
		c.touched = true
		return closeReservation(ctx, tx, r.ID, "SETTLED", s.Now())
	})
}

// isOpen reports whether a reservation is neither settled for good nor released. Its account is locked, so the answer
// stands. EXPIRED counts as open here: what was used is recorded, however late it is reported (rules.md §5).
func isOpen(ctx context.Context, tx pgx.Tx, r Reservation) (open bool, err error) {
	err = tx.QueryRow(ctx, `-- name: is a reservation open
SELECT status = 'OPEN' FROM reservation WHERE account_id = $1 AND reservation_id = $2`, r.AccountID, r.ID).Scan(&open)
	if err != nil {
		return false, fmt.Errorf("read reservation: %w", err)
	}
	return open, nil
}

// unsettled reports whether an event was not stored, so that it is still to be sent again and settled.
func (r UsageResult) unsettled() bool { return r.Status == UsageRefused || r.Status == UsageConflict }

// allRepeated reports whether there are items and all of them were stored before.
func allRepeated(items []*ingestItem) bool {
	return len(items) > 0 && !slices.ContainsFunc(items, func(it *ingestItem) bool { return it.result.Status != Duplicate })
}

// closeReservation ends a reservation for good, as settled or released.
func closeReservation(ctx context.Context, tx pgx.Tx, id int64, status string, now time.Time) error {
	_, err := tx.Exec(ctx, `-- name: close reservation
UPDATE reservation SET status = $2, closed_at = $3, updated_at = $3 WHERE reservation_id = $1`, id, status, now)
	if err != nil {
		return fmt.Errorf("close reservation: %w", err)
	}
	return nil
}
