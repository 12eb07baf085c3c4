package tsdb

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// Resources reads resources by id, of any account or of those given, as they are at the Reader's instant: what the
// negative limit has stopped since the last posting is shown as the next one will write it (rules.md §3). Unknown ids
// and those of other accounts are missing from the result, and neither takes longer than the other. Guardrails and
// scripts come with their deployment.
func (r *Reader) Resources(ctx context.Context, within, ids []int64) (found map[int64]Resource, err error) {
	err = r.present(ctx, func(tx pgx.Tx) (accounts []int64, err error) {
		found, err = readResources(ctx, tx, ids, within)
		for _, one := range found {
			// Only a deployment that may have been stopped needs its account's books; a list of tools and models reads
			// none.
			if one.Deployment.canStop() {
				accounts = append(accounts, one.AccountID)
			}
		}
		return accounts, err
	}, func() {
		for id, one := range found {
			if a := r.known[one.AccountID]; a != nil {
				one.AsOfNow(a)
				found[id] = one
			}
		}
	})
	return found, err
}

// Deployments reads deployments by id, as Resources does.
func (r *Reader) Deployments(ctx context.Context, within, ids []int64) (found map[int64]Deployment, err error) {
	err = r.present(ctx, func(tx pgx.Tx) (accounts []int64, err error) {
		found, err = readDeployments(ctx, tx, ids, within)
		for _, d := range found {
			if d.canStop() {
				accounts = append(accounts, d.AccountID)
			}
		}
		return accounts, err
	}, func() {
		for id, d := range found {
			if a := r.known[d.AccountID]; a != nil {
				a.AsOfNow(&d)
				found[id] = d
			}
		}
	})
	return found, err
}

// present reads something, then the accounts that it names, in the Reader's snapshot, and calls show to put them
// together. The accounts come from the same snapshot, so what was posted and what is foreseen never overlap. All of it
// happens under the Reader's lock: fields of an operation ask at the same time, and each may add to what is known.
func (r *Reader) present(ctx context.Context, read func(pgx.Tx) ([]int64, error), show func()) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	tx, err := r.begin(ctx)
	if err != nil {
		return err
	}
	accounts, err := read(tx)
	if err != nil {
		return err
	}
	// Those that the operation has read already are not read again.
	accounts = slices.DeleteFunc(accounts, func(id int64) bool { return r.known[id] != nil })
	if len(accounts) > 0 {
		err = r.learn(ctx, accounts)
	}
	if err == nil {
		show()
	}
	return err
}

// canStop reports whether the negative limit may end a deployment: it runs or is pending, and costs something. What
// costs nothing is never stopped (rules.md §5).
func (d *Deployment) canStop() bool {
	return d != nil && d.Rate > 0 && (d.Status == DeploymentPending || d.Status == DeploymentRunning)
}

// stopOf returns the second in which the negative limit has stopped a deployment since the last posting, if it has:
// what is pending ends with what ran (rules.md §5). What ran ended at the first stop, because nothing starts by itself
// after it.
func (a *Account) stopOf(d *Deployment) (at billing.Second, stopped bool) {
	pending := d.Status == DeploymentPending && d.Rate > 0
	if len(a.Journal.Stops) == 0 || !pending && !a.stopped[d.ID] {
		return 0, false
	}
	return a.Journal.Stops[0].At, true
}

// AsOfNow shows a deployment as the next posting will write it, with the text and the instant that queueStops will
// write.
func (a *Account) AsOfNow(d *Deployment) {
	at, stopped := a.stopOf(d)
	if !stopped {
		return
	}
	d.Status, d.Reason, d.UpdatedAt = DeploymentUndeployed, billing.NegativeLimitSentence, at.Time()
	if d.Category == billing.Scripts {
		d.Status = DeploymentHasFailed
	}
}

// AsOfNow shows a guardrail or script as the next posting will write it; a script that runs was active just now.
func (r *Resource) AsOfNow(a *Account) {
	if r.Deployment == nil {
		return
	}
	// Asked before AsOfNow changes the status.
	ran := r.Kind == KindScript && r.Deployment.Status == DeploymentRunning
	at, stopped := a.stopOf(r.Deployment)
	a.AsOfNow(r.Deployment)
	if stopped {
		r.Status = Undeployed
		if r.Kind == KindScript {
			r.Status = DeploymentFailed
		}
	} else {
		at = billing.SecondOf(a.AsOf)
	}
	if active := at.Time(); ran {
		r.LastActiveAt = &active
	}
}
