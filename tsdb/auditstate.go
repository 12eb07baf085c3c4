package tsdb

import "github.com/usagegraph/usagegraph/billing"

// What the audit log shows of a thing: by the names of the contract, amounts in the units of the contract, people by e-mail.
// Whoever reads the log knows the API and not this program.

// limitState are an account's limits in credits.
func limitState(t billing.Thresholds) map[string]any {
	m := billing.ModelCredits
	return map[string]any{"fineTuningLimit": m.Format(t.FineTune), "lowCreditLimit": m.Format(t.Low), "negativeLimit": m.Format(t.Negative)}
}

// audited is a plan on offer.
func (p Plan) audited() map[string]any {
	return map[string]any{"name": p.Name, "credits": billing.ModelCredits.Format(p.Credits), "runs": int64(p.Runs), "active": p.Active}
}

// planState is the plan that an account is on, and the one that it waits for.
func planState(c *change) map[string]any {
	name := func(p *billing.Plan) any {
		if p == nil {
			return nil
		}
		return p.Name
	}
	state := map[string]any{"plan": map[string]any{"name": name(c.Plan)}, "pending": nil}
	if c.NextPlan != nil || c.PlanEnds {
		state["pending"] = map[string]any{"name": name(c.NextPlan)}
	}
	return state
}

// audited is a person in an account.
func (m Member) audited() map[string]any {
	return map[string]any{"userId": m.UserID, "name": m.Name, "email": m.Email, "role": m.Role}
}

// audited is a token; member is the address of whom it speaks for, "" for a program.
func (t *Token) audited(member string) map[string]any {
	documents := "TRUSTED"
	if t.AnyDocument {
		documents = "ANY"
	}
	state := map[string]any{"name": t.Name, "prefix": t.Prefix, "role": t.Role, "scopes": t.Scopes, "documents": documents}
	if member != "" {
		state["member"] = member
	}
	if !t.ExpiresAt.IsZero() {
		state["expiresAt"] = t.ExpiresAt
	}
	return state
}
