package billing

// Renews reports whether the next cycle will bring a PLAN grant of a meter, as things stand.
func (a *Account) Renews(m Meter) bool {
	// A waiting plan takes over at the rollover, before the grant.
	next := a.NextPlan
	if next == nil && !a.PlanEnds {
		next = a.Plan
	}
	return next != nil && next.of(m) > 0
}
