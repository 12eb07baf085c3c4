package graph

import (
	"context"
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
		Reference: textPtr(v.Reference), CreatedAt: v.CreatedAt, ExpiresAt: v.ExpiresAt}
}

// ReserveUsage resolves Mutation.reserveUsage.
func (r mutationResolver) ReserveUsage(ctx context.Context, input model.ReserveUsageInput) (*model.ReserveUsagePayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return &model.ReserveUsagePayload{UserErrors: unknown("accountId")}, nil
	}
	amount, err := input.Meter.FromDecimal(input.Amount)
	if err != nil {
		return &model.ReserveUsagePayload{UserErrors: invalid("amount", "The amount has too many decimals or is out of range.")}, nil
	}
	if s := input.TimeoutSeconds; s != nil && (*s < 1 || *s > 86_400) {
		return &model.ReserveUsagePayload{UserErrors: invalid("timeoutSeconds", "A reservation lives 1 to 86,400 seconds.")}, nil
	}
	made, err := r.Store.Reserve(ctx, tsdb.NewReservation{AccountID: account, Meter: input.Meter, Amount: amount, Mode: tsdb.ReservationMode(input.Mode),
		Timeout: time.Duration(deref(input.TimeoutSeconds)) * time.Second, Reference: deref(input.Reference), IdempotencyKey: input.IdempotencyKey})
	reservation, status, errs, err := r.afterReservation(ctx, made, err)
	return &model.ReserveUsagePayload{Reservation: reservation, CreditStatus: status, UserErrors: errs}, err
}

// afterReservation is what a mutation of reservations answers.
func (r mutationResolver) afterReservation(ctx context.Context, v tsdb.Reservation, failed error) (*model.Reservation, *model.CreditStatus, []model.UserError, error) {
	errs, err := userErrors(failed)
	if err != nil || len(errs) > 0 {
		return nil, nil, errs, err
	}
	status, err := r.statusAfter(ctx, v.AccountID)
	return reservationModel(v), status, errs, err
}

// reservation is the key of a reservation in the caller's reach.
func (r mutationResolver) reservation(ctx context.Context, opaque string) (key int64, ok bool, err error) {
	key, ok = KeyOf(KindReservation, opaque)
	if !ok {
		return 0, false, nil
	}
	v, err := r.Store.ReservationWithin(ctx, principalOf(ctx).Bound(), key)
	if isNotFound(err) || err == nil && !principalOf(ctx).Reaches(v.AccountID) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	return key, true, admit(ctx, v.AccountID)
}

// SettleReservation resolves Mutation.settleReservation.
func (r mutationResolver) SettleReservation(ctx context.Context, input model.SettleReservationInput) (*model.SettleReservationPayload, error) {
	key, ok, err := r.reservation(ctx, input.ReservationID)
	if err != nil {
		return nil, err
	}
	if !ok {
		return &model.SettleReservationPayload{Results: []model.UsageResult{}, UserErrors: unknown("reservationId")}, nil
	}
	if len(input.Events) > maxEvents {
		return &model.SettleReservationPayload{Results: []model.UsageResult{}, UserErrors: invalid("events", "Send at most 1,000 events.")}, nil
	}
	events := make([]tsdb.UsageEvent, len(input.Events))
	for i := range input.Events {
		events[i] = usageEvent(0, &input.Events[i])
	}
	results, settled, err := r.Store.Settle(ctx, key, events, input.Final)
	reservation, status, errs, err := r.afterReservation(ctx, settled, err)
	return &model.SettleReservationPayload{Reservation: reservation, Results: usageResults(results), CreditStatus: status, UserErrors: errs}, err
}

// ReleaseReservation resolves Mutation.releaseReservation.
func (r mutationResolver) ReleaseReservation(ctx context.Context, input model.ReleaseReservationInput) (*model.ReleaseReservationPayload, error) {
	key, ok, err := r.reservation(ctx, input.ReservationID)
	if err != nil {
		return nil, err
	}
	if !ok {
		return &model.ReleaseReservationPayload{UserErrors: unknown("reservationId")}, nil
	}
	released, err := r.Store.Release(ctx, key)
	reservation, status, errs, err := r.afterReservation(ctx, released, err)
	return &model.ReleaseReservationPayload{Reservation: reservation, CreditStatus: status, UserErrors: errs}, err
}
