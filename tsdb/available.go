package tsdb

import (
	"github.com/usagegraph/usagegraph/billing"
)

// available is what an account has left to spend within one transaction: what remains, less open reservations and less
// what has accrued without being posted.
type available struct {
	in billing.GateInput
}

func newAvailable(c *change) *available {
	return &available{in: c.gateInput(c.Now, c.Unposted())}
}

// gateInput returns what gates look at.
func (a *account) gateInput(now billing.Second, unposted billing.Amount) billing.GateInput {
	return billing.GateInput{
		Credits: a.Credits.Balance() - unposted, Runs: a.Runs.Balance(),
		ReservedCredits: a.reserved(billing.ModelCredits, now), ReservedRuns: a.reserved(billing.ToolRuns, now),
		Limits: a.Limits, CreditsFreeExpired: a.Credits.FreeExpired, RunsFreeExpired: a.Runs.FreeExpired,
	}
}

// fit decides whether an amount may be drawn now.
func (v *available) fit(m billing.Meter, amount billing.Amount) billing.Decision {
	in := v.in
	in.Action, in.Amount = billing.Inference, &amount
	if m == billing.ToolRuns {
		in.Action = billing.ToolRun
	}
	return billing.Decide(in)
}

// staysInRange reports whether the books can take a charge, that is, whether what remains stays within their range.
func (v *available) staysInRange(m billing.Meter, charge billing.Amount) bool {
	left := v.in.Credits
	if m == billing.ToolRuns {
		left = v.in.Runs
	}
	return left-charge >= -billing.MaxBalance
}

// take notes that an amount was drawn.
func (v *available) take(m billing.Meter, amount billing.Amount) {
	if m == billing.ToolRuns {
		v.in.Runs -= amount
		return
	}
	v.in.Credits -= amount
}

// Decide answers whether the account may do something as of its instant, by the same gate that every mutation passes
// inside its transaction (rules.md §5). If amount is nil, it answers for the zone alone.
func (a *Account) Decide(action billing.Action, amount *billing.Amount, freeOfCharge bool) billing.Decision {
	as := account{Account: a.Account, Reservations: a.reservations}
	in := as.gateInput(billing.SecondOf(a.AsOf), 0)
	in.Action, in.Amount, in.FreeOfCharge = action, amount, freeOfCharge
	return billing.Decide(in)
}
