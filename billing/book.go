package billing

import "slices"

// DebtRun is what was owed in one category since one minute. The oldest is repaid first; within one minute models,
// guardrails, scripts. In a Journal it is a change, and may be negative.
type DebtRun struct {
	Meter    Meter
	Minute   Second
	Category Category
	Amount   Amount
}

// Book is one meter of an account: its live grants and its debt. Always, and by construction,
// Allocation − Used = Balance (rules.md §2).
type Book struct {
	Meter  Meter
	Grants []Grant // live ones, in draw-down order
	Debt   Slices
	// Queue holds the debt by age. It is needed only where debt may be repaid in part, so a reader may leave it empty and
	// QueueKnown false as long as nothing is granted or refunded.
	Queue      []DebtRun
	QueueKnown bool
	// FreeExpired: its FREE grant lost something by expiry and was the last grant to end (rules.md §8).
	FreeExpired bool
	HadGrant    bool
	Flows       Flows
	// Planned is what the running cycle's PLAN grants add up to, retired ones included. It is needed only where a plan is changed:
	// otherwise it counts what was granted since the account was loaded.
	Planned Amount

	spent int // so many of the first grants have nothing left
}

// Allocation is what the live grants count for.
func (b *Book) Allocation() Amount {
	var sum Amount
	for i := range b.Grants {
		sum += b.Grants[i].Counts()
	}
	return sum
}

// Used is what the live grants gave, and the debt.
func (b *Book) Used() Amount { return b.Slices().Sum() }

// Slices is Used by category.
func (b *Book) Slices() Slices {
	sum := b.Debt
	for i := range b.Grants {
		for c, given := range b.Grants[i].Given {
			sum[c] += given
		}
	}
	return sum
}

// Balance is what remains: below 0 in debt.
func (b *Book) Balance() Amount {
	sum := -b.Debt.Sum()
	for i := range b.Grants {
		sum += b.Grants[i].Left()
	}
	return sum
}

// current is the grant that the next draw takes from, or nil when all are finished.
func (b *Book) current() *Grant {
	// A finished grant stays in the book until it retires. spent skips those that are known to be finished, or each draw would look through a year
	// of them.
	for ; b.spent < len(b.Grants); b.spent++ {
		if g := &b.Grants[b.spent]; g.Left() > 0 {
			return g
		}
	}
	return nil
}

// refilled makes current look again from the first grant: what one has left grew, or grants came or went.
func (b *Book) refilled() { b.spent = 0 }

// Grant finds a live grant by its number, or nil.
func (b *Book) Grant(no int32) *Grant {
	for i := range b.Grants {
		if b.Grants[i].No == no {
			return &b.Grants[i]
		}
	}
	return nil
}

// NextExpiry is the earliest expiry of a grant with something left, or 0.
func (b *Book) NextExpiry() Second {
	var next Second
	for i := range b.Grants {
		g := &b.Grants[i]
		if g.ExpiresAt != 0 && g.Left() > 0 && (next == 0 || g.ExpiresAt < next) {
			next = g.ExpiresAt
		}
	}
	return next
}

// insert puts g into its place in the draw-down order.
func (b *Book) insert(g Grant) {
	at, _ := slices.BinarySearchFunc(b.Grants, g, func(have, g Grant) int {
		if have.drawsBefore(&g) {
			return -1
		}
		return 1
	})
	b.Grants = slices.Insert(b.Grants, at, g)
	b.refilled()
}

// take draws amount for category c, notes the draws in e and returns what became debt.
func (b *Book) take(c Category, amount Amount, e *Entry) (debt Amount) {
	for amount > 0 {
		g := b.current()
		if g == nil {
			b.Debt[c.Index()] += amount
			e.Debt += amount
			return amount
		}
		part := min(amount, g.Left())
		g.Given[c.Index()] += part
		e.addDraw(g.No, part)
		amount -= part
	}
	return 0
}

// owe adds to the queue what became debt in a minute.
func (b *Book) owe(minute Second, c Category, amount Amount) {
	run := DebtRun{b.Meter, minute, c, amount}
	// Nearly always the last one, since debt arises as time goes by; a batch that was deferred may add to an earlier minute.
	at, found := slices.BinarySearchFunc(b.Queue, run, compareDebt)
	if found {
		b.Queue[at].Amount += amount
		return
	}
	b.Queue = slices.Insert(b.Queue, at, run)
}

func compareDebt(a, b DebtRun) int {
	if a.Minute != b.Minute {
		return int(a.Minute - b.Minute)
	}
	return a.Category.Index() - b.Category.Index()
}

// repay takes up to amount off the debt, oldest first, of one category or of all (""), and returns the runs it paid.
// It panics if something is owed and the queue is unknown: no debt is repaid without its age.
func (b *Book) repay(amount Amount, only Category) []DebtRun {
	if b.Debt.Sum() > 0 && !b.QueueKnown {
		panic("billing: debt repaid without its queue")
	}
	var paid []DebtRun
	// In place: what is left of a run keeps its age.
	rest := b.Queue[:0]
	for _, run := range b.Queue {
		if part := min(amount, run.Amount); part > 0 && (only == "" || only == run.Category) {
			paid = append(paid, DebtRun{b.Meter, run.Minute, run.Category, part})
			b.Debt[run.Category.Index()] -= part
			run.Amount -= part
			amount -= part
		}
		if run.Amount > 0 {
			rest = append(rest, run)
		}
	}
	b.Queue = rest
	return paid
}

// retireFinished takes finished grants out of the book and returns them.
func (b *Book) retireFinished(at Second) []Grant {
	var retired []Grant
	b.refilled()
	b.Grants = slices.DeleteFunc(b.Grants, func(g Grant) bool {
		if !g.Finished() {
			return false
		}
		g.RetiredAt = at
		retired = append(retired, g)
		return true
	})
	return retired
}
