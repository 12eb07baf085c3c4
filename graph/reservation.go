package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// Reservations resolves Account.reservations.
func (r accountResolver) Reservations(
	ctx context.Context, obj *model.Account, states []model.ReservationState, first *int, after *string,
	last *int, before *string,
) (*model.ReservationConnection, error) {
	return nil, errNotBuilt
}

// ReserveUsage resolves Mutation.reserveUsage.
func (r mutationResolver) ReserveUsage(
	ctx context.Context, input model.ReserveUsageInput,
) (*model.ReserveUsagePayload, error) {
	return nil, errNotBuilt
}

// SettleReservation resolves Mutation.settleReservation.
func (r mutationResolver) SettleReservation(
	ctx context.Context, input model.SettleReservationInput,
) (*model.SettleReservationPayload, error) {
	return nil, errNotBuilt
}

// ReleaseReservation resolves Mutation.releaseReservation.
func (r mutationResolver) ReleaseReservation(
	ctx context.Context, input model.ReleaseReservationInput,
) (*model.ReleaseReservationPayload, error) {
	return nil, errNotBuilt
}
