package tsdb

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// holdRow is a reservation that events of a transaction settle.
type holdRow struct {
	account       int64
	meter         billing.Meter
	status        string
	held, settled billing.Amount
	expires       billing.Second
	expired       bool // at the second at which its account posts
	changed       bool
}

const selectHolds = `-- name: read reservations that events settle
SELECT reservation_id, account_id, meter, status, held, settled, ceil(date_part('epoch', expires_at))::bigint FROM reservation
WHERE reservation_id = ANY($1::bigint[])`

// queueHolds reads the reservations that items name. Their accounts are locked.
func (run *ingestRun) queueHolds(b *pgx.Batch, items []*ingestItem) {
	var ids []int64
	for _, it := range items {
		if id := it.event.ReservationID; id != 0 {
			ids = append(ids, id)
		}
	}
	if len(ids) > 0 {
		b.Queue(selectHolds, ids).Query(run.readHolds)
	}
}

func (run *ingestRun) readHolds(rows pgx.Rows) error {
	run.holds = map[int64]*holdRow{}
	var id int64
	var h holdRow
	_, err := pgx.ForEachRow(rows, []any{&id, &h.account, &h.meter, &h.status, &h.held, &h.settled, &h.expires}, func() error {
		found := h
		run.holds[id] = &found
		return nil
	})
	if err != nil {
		return fmt.Errorf("read reservations: %w", err)
	}
	return nil
}

// expireHolds notes which of an account's reservations have timed out, by the second that its gates look at.
func (run *ingestRun) expireHolds(c *change) {
	for _, h := range run.holds {
		if h.account == c.ID {
			h.expired = h.expires <= c.Now
		}
	}
}

// refuseHold says why an event cannot settle its reservation, or nil. One that has timed out is still settled.
func (run *ingestRun) refuseHold(e *UsageEvent) *UsageResult {
	if e.ReservationID == 0 {
		return nil
	}
	switch h := run.holds[e.ReservationID]; {
	case h == nil || h.account != e.AccountID || h.meter != e.meter():
		return refusal(UnknownReservation, "the account has no such reservation of this meter")
	case h.status == "SETTLED" || h.status == "RELEASED":
		return refusal(ReservationIsClosed, "the reservation was settled for good or released")
	}
	return nil
}

// open is what the reservation still holds of its meter.
func (h *holdRow) open() billing.Amount {
	if h == nil || h.expired || h.status != "OPEN" {
		return 0
	}
	return max(0, h.held-h.settled)
}

// with is what is available to an event that settles h: its own hold does not stand in its way.
func (v *available) with(h *holdRow) *available {
	if h.open() == 0 {
		return v
	}
	own := *v
	own.unhold(h.meter, h.open())
	return &own
}

// free notes that a charge settles h: what it covers of the hold is held no longer.
func (v *available) free(h *holdRow, charge billing.Amount) {
	if h == nil {
		return
	}
	before := h.open()
	h.settled += charge
	h.changed = true
	v.unhold(h.meter, before-h.open())
}

func (v *available) unhold(m billing.Meter, amount billing.Amount) {
	if m == billing.ToolRuns {
		v.in.HeldRuns -= amount
		return
	}
	v.in.HeldCredits -= amount
}

// storeHolds queues what was settled.
func (run *ingestRun) storeHolds(b *pgx.Batch) {
	columns := newColumns(2)
	for id, h := range run.holds {
		if h.changed {
			columns.add(id, int64(h.settled))
		}
	}
	if len(columns[0]) > 0 {
		b.Queue(`-- name: settle reservations
UPDATE reservation r SET settled = u.settled FROM unnest($1::bigint[], $2::bigint[]) AS u (id, settled) WHERE r.reservation_id = u.id`, columns.args()...)
	}
}
