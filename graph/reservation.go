package graph

import (
	"context"
	"fmt"
	"time"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Reservations resolves Account.reservations.
func (r accountResolver) Reservations(
	ctx context.Context, obj *model.Account, states []model.ReservationState, first *int, after *string,
	last *int, before *string,
) (*model.ReservationConnection, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := readPage(ctx, 1, first, after, last, before, func(page tsdb.Page, total bool) (tsdb.Paged[tsdb.Reservation], error) {
		return reader.Reservations(ctx, obj.Key, texts(states), page, total)
	})
	if err != nil {
		return nil, err
	}
	cursor := func(v tsdb.Reservation) string { return encodeCursor(v.Key()...) }
	return &model.ReservationConnection{
		TotalCount: rows.Total,
		PageInfo:   pageInfo(rows, cursor),
		Edges: edges(rows, func(v tsdb.Reservation) model.ReservationEdge {
			return model.ReservationEdge{Cursor: cursor(v), Node: *reservationModel(v)}
		}),
	}, nil
}

func reservationModel(v tsdb.Reservation) *model.Reservation {
	m := v.Meter
	return &model.Reservation{ID: EncodeID(KindReservation, v.ID), AccountID: EncodeID(KindAccount, v.AccountID), Meter: m, Requested: m.Decimal(v.Requested),
		Reserved: m.Decimal(v.Open()), Held: m.Decimal(v.Open()), Settled: m.Decimal(v.Settled), Mode: model.ReservationMode(v.Mode), State: model.ReservationState(v.Status),
		Reference: textPtr(v.Reference), CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt, ExpiresAt: v.ExpiresAt}
}

// ReserveUsage resolves Mutation.reserveUsage.
func (r mutationResolver) ReserveUsage(ctx context.Context, input model.ReserveUsageInput) (*model.ReserveUsagePayload, error) {
	return answer(onAccount(ctx, input.AccountID, func(account int64) (*model.ReserveUsagePayload, error) {
		amount, err := amountIn(input.Meter, input.Amount, "amount")
		if err != nil {
			return nil, err
		}
		if s := input.TimeoutSeconds; s != nil && (*s < 1 || *s > 86_400) {
			return nil, invalid("timeoutSeconds", "A reservation lives 1 to 86,400 seconds.")
		}
		made, err := r.Store.Reserve(ctx, tsdb.NewReservation{AccountID: account, Meter: input.Meter, Amount: amount, Mode: tsdb.ReservationMode(input.Mode),
			Timeout: time.Duration(deref(input.TimeoutSeconds)) * time.Second, Reference: deref(input.Reference), IdempotencyKey: input.IdempotencyKey})
		reservation, status, err := r.afterReservation(ctx, made, err)
		return &model.ReserveUsagePayload{Reservation: reservation, CreditStatus: status}, err
	}))
}

// afterReservation returns the answer of a mutation of reservations.
func (r mutationResolver) afterReservation(ctx context.Context, v tsdb.Reservation, failed error) (*model.Reservation, *model.CreditStatus, error) {
	if failed != nil {
		return nil, nil, failed
	}
	status, err := r.statusAfter(ctx, v.AccountID)
	return reservationModel(v), status, asFault(ctx, err)
}

// reservation returns the key of a reservation in the caller's reach.
func (r mutationResolver) reservation(ctx context.Context, opaque string) (key int64, err error) {
	key, ok := KeyOf(KindReservation, opaque)
	if !ok {
		return 0, unknown("reservationId")
	}
	v, err := r.Store.ReservationWithin(ctx, principalOf(ctx).Bound(), key)
	if isNotFound(err) || err == nil && !principalOf(ctx).Reaches(v.AccountID) {
		return 0, unknown("reservationId")
	}
	if err != nil {
		return 0, err
	}
	return key, admit(ctx, v.AccountID)
}

// SettleReservation resolves Mutation.settleReservation.
func (r mutationResolver) SettleReservation(ctx context.Context, input model.SettleReservationInput) (*model.SettleReservationPayload, error) {
	key, err := r.reservation(ctx, input.ReservationID)
	if err != nil {
		return answer[model.SettleReservationPayload](nil, err)
	}
	if len(input.Events) > maxEvents {
		return answer[model.SettleReservationPayload](nil, invalid("events", "Send at most 1,000 events."))
	}
	events := make([]tsdb.UsageEvent, len(input.Events))
	for i := range input.Events {
		events[i] = usageEvent(0, &input.Events[i])
		if of := events[i].ReservationID; of != 0 && of != key {
			return answer[model.SettleReservationPayload](nil, invalid("events", fmt.Sprintf("Event %d names another reservation than the one that is settled.", i+1)))
		}
	}
	results, settled, err := r.Store.Settle(ctx, key, events, input.Final)
	for i := range results {
		if refusal, refused := tsdb.RefusalOf("settleReservation", &events[i], &results[i]); refused && err == nil {
			r.Refusals.Note(settled.AccountID, refusal)
		}
	}
	reservation, status, err := r.afterReservation(ctx, settled, err)
	return answer(&model.SettleReservationPayload{Reservation: reservation, Results: usageResults(results), CreditStatus: status}, err)
}

// ReleaseReservation resolves Mutation.releaseReservation.
func (r mutationResolver) ReleaseReservation(ctx context.Context, input model.ReleaseReservationInput) (*model.ReleaseReservationPayload, error) {
	key, err := r.reservation(ctx, input.ReservationID)
	if err != nil {
		return answer[model.ReleaseReservationPayload](nil, err)
	}
	released, err := r.Store.Release(ctx, key)
	reservation, status, err := r.afterReservation(ctx, released, err)
	return answer(&model.ReleaseReservationPayload{Reservation: reservation, CreditStatus: status}, err)
}
