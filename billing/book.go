package billing

import "slices"

// DebtRun is the debt in one category that arose in one minute. The oldest is repaid first; within one minute the order is models,
// guardrails, scripts. In a Journal it is a change, which may be negative.
type DebtRun struct {
	Meter    Meter
	Minute   Second
	Category Category
	Amount   Amount
}

// Book is one meter of an account: its live grants and its debt. By construction, Allocation − Used = Balance always (rules.md §2).
type Book struct {
	Meter  Meter
	Grants []Grant // live grants, in draw-down order
	Debt   Slices
	// Queue holds the debt by age. It is needed only if debt may be repaid in part, so a reader may leave it empty and QueueKnown false as
	// long as nothing is granted or refunded.
	Queue      []DebtRun
	QueueKnown bool
	// FreeExpired: the FREE grant lost something by expiry and was the last grant to end (rules.md §8).
	FreeExpired bool
	HadGrant    bool
	Flows       Flows
	// Planned is the sum of the current cycle's PLAN grants, including retired ones. Only a change of plan needs it: unless it was loaded,
	// it counts only what was granted since the account was loaded.
	Planned Amount

	spent int // the number of first grants known to have nothing left
}

// Allocation returns what the live grants are worth together.
func (b *Book) Allocation() Amount {
	var sum Amount
	for i := range b.Grants {
		sum += b.Grants[i].Counts()
	}
	return sum
}

// Used returns what the live grants gave, plus the debt.
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

// Balance returns what remains; it is below 0 in debt.
func (b *Book) Balance() Amount {
	sum := -b.Debt.Sum()
	for i := range b.Grants {
		sum += b.Grants[i].Left()
	}
	return sum
}

// current returns the grant that the next draw takes from, or nil if all are finished.
func (b *Book) current() *Grant {
	// A finished grant stays in the book until it retires. spent skips the grants known to be finished; otherwise each draw would look
	// through a year of them.
	for ; b.spent < len(b.Grants); b.spent++ {
		if g := &b.Grants[b.spent]; g.Left() > 0 {
			return g
		}
	}
	return nil
}

// refilled makes current start again from the first grant, after a grant got something back, came or went.
func (b *Book) refilled() { b.spent = 0 }

// Grant returns the live grant with a number, or nil.
func (b *Book) Grant(no int32) *Grant {
	for i := range b.Grants {
		if b.Grants[i].No == no {
			return &b.Grants[i]
		}
	}
	return nil
}

// NextExpiry returns the earliest expiry of a grant that has something left, or 0.
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

// take draws amount for category c, records the draws in e and returns what became debt.
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

// owe adds what became debt in a minute to the queue.
func (b *Book) owe(minute Second, c Category, amount Amount) {
	run := DebtRun{b.Meter, minute, c, amount}
	// Nearly always the last one, because debt arises as time goes by; a deferred batch may add to an earlier minute.
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

// repay pays off up to amount of the debt, oldest first, in one category or in all (""), and returns the runs that it paid. It panics if
// there is debt and the queue is unknown: debt is never repaid without its age.
func (b *Book) repay(amount Amount, only Category) []DebtRun {
	if b.Debt.Sum() > 0 && !b.QueueKnown {
		panic("billing: debt repaid without its queue")
	}
	var paid []DebtRun
	// In place: the rest of a run keeps its age.
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

// retireFinished removes finished grants from the book and returns them.
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
