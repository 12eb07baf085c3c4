package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// CreditStatus returns the state that the widget shows, as of the account's instant. The live hub uses it for its frames too.
func CreditStatus(a *tsdb.Account) *model.CreditStatus {
	balance := a.Credits.Balance()
	return &model.CreditStatus{
		ID:        cacheID("CreditStatus", a.ID),
		AccountID: EncodeID(KindAccount, a.ID),
		AsOf:      a.AsOf,
		Revision:  a.Revision,
		Icon:      billing.IconOf(balance, a.Credits.Allocation()),
		Zone:      a.Limits.Zone(balance),
		Credits:   meterStatus(a, billing.ModelCredits),
		Runs:      meterStatus(a, billing.ToolRuns),
		Outlook:   hostingOutlook(a),
		Books:     a,
	}
}

func meterStatus(a *tsdb.Account, m billing.Meter) model.MeterStatus {
	b := a.Book(m)
	allocation, used, balance, reserved := b.Allocation(), b.Used(), b.Balance(), a.Reserved(m)
	return model.MeterStatus{
		ID:               cacheID("MeterStatus", a.ID, string(m)),
		Meter:            m,
		Allocation:       m.Decimal(allocation),
		Used:             m.Decimal(used),
		Remaining:        m.Decimal(balance),
		UsedPercent:      billing.UsedPercent(used, allocation),
		RemainingPercent: billing.RemainingPercent(used, allocation),
		Reserved:         m.Decimal(reserved),
		Held:             m.Decimal(reserved),
		Available:        m.Decimal(balance - reserved),
		Step:             highestStep(b),
		FreeExpired:      b.FreeExpired,
		NextExpiry:       nextExpiry(b),
	}
}

// highestStep returns the highest percentage threshold that the meter has reached; nil if it has reached none or has no grant.
func highestStep(b *billing.Book) *int {
	var highest *int
	for _, threshold := range billing.PercentThresholds() {
		percent := int(threshold.Percent())
		if b.HadGrant && billing.PercentReached(b.Used(), b.Allocation(), int64(percent)) {
			highest = &percent
		}
	}
	return highest
}

// nextExpiry returns what will expire next, and when, if nothing more of it is used.
func nextExpiry(b *billing.Book) *model.NextExpiry {
	at := b.NextExpiry()
	if at == 0 {
		return nil
	}
	var amount billing.Amount
	for i := range b.Grants {
		if b.Grants[i].ExpiresAt == at {
			amount += b.Grants[i].Left()
		}
	}
	return &model.NextExpiry{Amount: b.Meter.Decimal(amount), At: at.Time()}
}

// hostingOutlook returns where the hosting that runs now leads at its present rate; nil if nothing runs.
func hostingOutlook(a *tsdb.Account) *model.HostingOutlook {
	if len(a.Running) == 0 {
		return nil
	}
	o := a.Outlook()
	return &model.HostingOutlook{
		RatePerHour: billing.ModelCredits.Decimal(o.RatePerHour),
		LowAt:       timePtr(o.LowAt.Time()),
		ExhaustedAt: timePtr(o.ExhaustedAt.Time()),
		StopAt:      timePtr(o.StopAt.Time()),
	}
}

// statusAfter returns the creditStatus of a payload, from after the mutation's commit. It is read only if selected.
func (r *Resolver) statusAfter(ctx context.Context, account int64) (*model.CreditStatus, error) {
	if !selected(ctx, "creditStatus") {
		return nil, nil
	}
	return r.statusNow(ctx, account)
}

// statusNow returns the present credit status; NOT_FOUND if there is no such account.
func (r *Resolver) statusNow(ctx context.Context, account int64) (*model.CreditStatus, error) {
	a, err := r.Store.CurrentAccount(ctx, account)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return CreditStatus(a), nil
}
