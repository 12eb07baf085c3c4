package billing

// GrantKind says how an account got a grant (rules.md §2).
type GrantKind string

// The kinds of grant.
const (
	Free            GrantKind = "FREE"
	TopUp           GrantKind = "TOP_UP"
	PlanGrant       GrantKind = "PLAN"
	AdjustmentGrant GrantKind = "ADJUSTMENT"
)

// IsValid reports whether k is one of the four kinds.
func (k GrantKind) IsValid() bool {
	return k == Free || k == TopUp || k == PlanGrant || k == AdjustmentGrant
}

// Retires reports whether the arrival of such a grant retires finished grants (rules.md §2).
func (k GrantKind) Retires() bool { return k == TopUp || k == PlanGrant }

// Grant is an amount of one meter given to an account, and what became of it. Amount never changes; the other fields say where it went:
// Amount = Left + Given + Expired + TakenBack, none of them ever below 0.
type Grant struct {
	No        int32 // counts the account's grants, from 1
	Meter     Meter
	Kind      GrantKind
	Amount    Amount
	GrantedAt Second
	ExpiresAt Second // usable before this second; 0: never expires
	Given     Slices // what it paid, by category
	Repaid    Slices // the part of Given that repaid debt
	Expired   Amount
	TakenBack Amount // by downward corrections
	RetiredAt Second // 0: live
}

// Left returns what can still be drawn.
func (g *Grant) Left() Amount { return g.Amount - g.Given.Sum() - g.Expired - g.TakenBack }

// Counts returns what a live grant is worth: its amount less what expired or was taken back.
func (g *Grant) Counts() Amount { return g.Amount - g.Expired - g.TakenBack }

// Finished reports whether nothing of the grant is left, because it was used or has expired.
func (g *Grant) Finished() bool { return g.Left() == 0 }

// expiredBy reports whether the grant has expired at t. It is usable in [granted, expires).
func (g *Grant) expiredBy(t Second) bool { return g.ExpiresAt != 0 && g.ExpiresAt <= t }

// drawsBefore reports whether g is drawn before h: earliest expiry first (never is last), then FREE before paid, then oldest.
func (g *Grant) drawsBefore(h *Grant) bool {
	if g.ExpiresAt != h.ExpiresAt {
		if g.ExpiresAt == 0 || h.ExpiresAt == 0 {
			return h.ExpiresAt == 0
		}
		return g.ExpiresAt < h.ExpiresAt
	}
	if (g.Kind == Free) != (h.Kind == Free) {
		return g.Kind == Free
	}
	if g.GrantedAt != h.GrantedAt {
		return g.GrantedAt < h.GrantedAt
	}
	return g.No < h.No
}
