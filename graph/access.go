package graph

import (
	"context"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// access decides whether an account may do something at the operation's instant. It is the same gate that mutations pass.
func (r *Resolver) access(
	ctx context.Context, account int64, action billing.Action, amount *decimal.Decimal, scanner *billing.GuardrailKind, resourceID *string,
) (*model.Decision, error) {
	units, err := gateAmount(ctx, action, amount)
	if err != nil {
		return nil, err
	}
	free, err := r.freeOfCharge(ctx, account, action, scanner, resourceID)
	if err != nil {
		return nil, err
	}
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := reader.Account(ctx, account)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	d := decisionModel(a, action, units, free)
	return &d, nil
}

// gateAmount reads what an action will take, in the smallest unit of its meter.
func gateAmount(ctx context.Context, action billing.Action, amount *decimal.Decimal) (*billing.Amount, error) {
	if amount == nil {
		return nil, nil
	}
	units, err := action.Meter().FromDecimal(*amount)
	if err != nil || units < 0 {
		return nil, fault(ctx, tsdb.Invalid, "The amount must be 0 to 9,000,000,000,000 credits with at most 6 decimals, or 0 to 9,000,000,000,000,000,000 whole runs.")
	}
	return &units, nil
}

// freeOfCharge reports whether the action costs nothing and therefore passes the gate, as the mutation that it is about would find: a scanner
// that takes no CPU, scaling of what runs at a rate of 0, and deploying again what now has such a rate. It returns NOT_FOUND if the resource
// does not belong to the account.
func (r *Resolver) freeOfCharge(
	ctx context.Context, account int64, action billing.Action, scanner *billing.GuardrailKind, resourceID *string,
) (bool, error) {
	if resourceID != nil {
		d, kind, err := r.gatedDeployment(ctx, account, *resourceID)
		if err != nil {
			return false, err
		}
		if kind != "" {
			scanner = &kind
		}
		if d != nil && action == billing.ScaleUp {
			return d.Rate == 0, nil
		}
		if d != nil && action == deployingOf(d.Category) {
			return r.deploysFree(ctx, d, kind)
		}
	}
	if scanner == nil || action != billing.DeployGuardrail && action != billing.ScaleUp {
		return false, nil
	}
	cards, err := r.Store.RateCards(ctx)
	if err != nil {
		return false, err
	}
	cpus, known := cards.At(r.Store.Now()).GuardrailCPUs(*scanner)
	return known && cpus == 0, nil
}

// deployingOf returns the action by which the gate decides about deploying something of a category.
func deployingOf(c billing.Category) billing.Action {
	return map[billing.Category]billing.Action{billing.Models: billing.DeployModel, billing.Guardrails: billing.DeployGuardrail, billing.Scripts: billing.DeployScript}[c]
}

// deploysFree reports whether a deployment, deployed again as it is, would cost nothing.
func (r *Resolver) deploysFree(ctx context.Context, d *tsdb.Deployment, kind billing.GuardrailKind) (bool, error) {
	book, err := r.Store.PriceBook(ctx, []int64{d.AccountID})
	if err != nil {
		return false, err
	}
	prices := book.Prices(d.AccountID, d.ResourceID) // only a model has rates of its own
	rate, known := prices.Hosting(r.Store.Now(), d.Category, d.Hardware, kind, d.Hardware)
	return known && rate == 0, nil
}

// gatedDeployment finds what an action is about: its deployment, nil if it has none, and a guardrail's scanner.
func (r *Resolver) gatedDeployment(ctx context.Context, account int64, opaque string) (d *tsdb.Deployment, scanner billing.GuardrailKind, err error) {
	id, _ := DecodeID(opaque)
	kind := resourceKind(id.Kind)
	if kind == "" && id.Kind != KindDeployment {
		return nil, "", notFound(ctx)
	}
	owner, err := r.ownerOf(ctx, []int64{account}, id.Kind, id.Key)
	if err != nil {
		return nil, "", err
	}
	if owner != account {
		return nil, "", notFound(ctx)
	}
	if id.Kind == KindDeployment {
		found, err := r.Store.Deployments(ctx, []int64{id.Key})
		if of, known := found[id.Key]; known {
			d = &of
		}
		return d, "", err
	}
	resources, err := r.Store.Resources(ctx, []int64{id.Key})
	if err != nil {
		return nil, "", err
	}
	resource := resources[id.Key]
	if resource.Kind != kind {
		return nil, "", notFound(ctx)
	}
	if kind == tsdb.KindGuardrail {
		scanner = billing.GuardrailKind(resource.Type)
	}
	return resource.Deployment, scanner, nil
}

// decisionModel asks the account's gate and converts its decision to the GraphQL type.
func decisionModel(a *tsdb.Account, action billing.Action, amount *billing.Amount, free bool) model.Decision {
	d := a.Decide(action, amount, free)
	m := d.Meter
	out := model.Decision{Action: action, Allowed: d.Allowed, Zone: d.Zone, Meter: m, Balance: m.Decimal(d.Balance),
		Available: m.Decimal(d.Balance - d.Reserved), Limit: m.Decimal(d.Limit), Refusal: refusalModel(d), AsOf: a.AsOf}
	if amount != nil {
		shown := m.Decimal(*amount)
		out.Amount = &shown
	}
	if action == billing.ImportProject {
		out.ImportMode = importMode(d)
	}
	return out
}

// importMode returns how a project may be imported.
func importMode(d billing.Decision) *model.ImportMode {
	mode := model.ImportModeNormal
	switch {
	case d.DraftsOnly:
		mode = model.ImportModeDraftsOnly
	case d.DeployingDisabled:
		mode = model.ImportModeDeployingDisabled
	}
	return &mode
}
