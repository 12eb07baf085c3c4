package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Hours of a day and of thirty days, the periods that an estimate covers.
const (
	dayHours    = 24
	thirtyHours = 30 * dayHours
)

// HostingEstimate resolves Account.hostingEstimate.
func (r accountResolver) HostingEstimate(
	ctx context.Context, obj *model.Account, category billing.Category, hardware *string,
	scanner *billing.GuardrailKind, scannerKey *string, cpuType *model.CPUType, cpu *string, replicas int,
) (*model.HostingEstimate, error) {
	if replicas < 1 || replicas > tsdb.MaxReplicas {
		return nil, fault(ctx, tsdb.Invalid, "A deployment has 1 to 1,000 replicas.")
	}
	scans, err := scannerNamed(ctx, scannerKey, scanner)
	if err != nil {
		return nil, err
	}
	if differ(cpu, cpuType) {
		return nil, fault(ctx, tsdb.Invalid, namesDiffer)
	}
	book, err := r.Store.PriceBook(ctx, []int64{obj.Key})
	if err != nil {
		return nil, err
	}
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	prices := book.Prices(obj.Key, 0)
	rate, known := prices.Hosting(reader.AsOf(), category, deref(hardware), deref(scans), named(cpu, cpuType))
	if !known {
		return nil, nil
	}
	a, err := reader.Account(ctx, obj.Key)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return hostingEstimate(a, category, rate, int64(replicas)), nil
}

// hostingEstimate says what replicas at a rate would cost an account, and where all its hosting would then lead.
func hostingEstimate(a *tsdb.Account, category billing.Category, rate billing.Amount, replicas int64) *model.HostingEstimate {
	action := deployingOf(category)
	m := billing.ModelCredits
	hourly := rate * billing.Amount(replicas)
	e := &model.HostingEstimate{RatePerHour: m.Decimal(hourly), PerDay: m.Decimal(hourly * dayHours), PerThirtyDays: m.Decimal(hourly * thirtyHours),
		Decision: decisionModel(a, action, nil, rate == 0)}
	then := *a
	then.Account = a.Clone()
	if rate > 0 {
		then.StartSegment(billing.Segment{Category: category, RatePerHour: rate, Replicas: replicas, Start: then.At})
	}
	if o := hostingOutlook(&then); o != nil {
		e.Outlook = *o
	}
	return e
}

// ScaleDeployment resolves Mutation.scaleDeployment.
func (r mutationResolver) ScaleDeployment(ctx context.Context, input model.ScaleDeploymentInput) (*model.ScaleDeploymentPayload, error) {
	d, account, err := r.deployableOf(ctx, input.ID)
	if err != nil {
		return answer[model.ScaleDeploymentPayload](nil, err)
	}
	if err := r.Store.ScaleDeployment(ctx, account, d, int64(input.Replicas), deref(input.At)); err != nil {
		return answer[model.ScaleDeploymentPayload](nil, err)
	}
	shown, err := r.deployable(ctx, d)
	return committed(ctx, &model.ScaleDeploymentPayload{Deployable: shown}, err)
}

// ReportDeployment resolves Mutation.reportDeployment.
func (r mutationResolver) ReportDeployment(ctx context.Context, input model.ReportDeploymentInput) (*model.ReportDeploymentPayload, error) {
	d, account, err := r.deployableOf(ctx, input.ID)
	if err != nil {
		return answer[model.ReportDeploymentPayload](nil, err)
	}
	err = r.Store.ReportDeployment(ctx, tsdb.DeploymentReport{AccountID: account, Target: d,
		Outcome: tsdb.DeploymentOutcome(input.Outcome), At: deref(input.At), Endpoint: deref(input.Endpoint), Reason: deref(input.Reason)})
	if err != nil {
		return answer[model.ReportDeploymentPayload](nil, err)
	}
	shown, err := r.deployable(ctx, d)
	return committed(ctx, &model.ReportDeploymentPayload{Deployable: shown}, err)
}

// replicas returns the requested number of replicas; 0 if none is given, which leaves the number as it was.
func replicas(n *int) int64 {
	if n != nil && *n == 0 {
		return -1 // an explicit 0, which is refused
	}
	return int64(deref(n))
}
