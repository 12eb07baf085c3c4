package billing

import "slices"

// Plan is what an account is granted each cycle. Zero amounts grant nothing of that meter.
type Plan struct {
	ID      int64
	Name    string
	Credits Amount
	Runs    Amount
}

// of returns what the plan grants of a meter; 0 without a plan.
func (p *Plan) of(m Meter) Amount {
	switch {
	case p == nil:
		return 0
	case m == ToolRuns:
		return p.Runs
	}
	return p.Credits
}

// Account is the state of one account's books, posted up to the second At. It is a value without I/O: the database loads it under the
// account's lock, its methods change it and record in Journal what is to be written, and the database writes that. Readers load it without
// a lock and advance a copy (rules.md §3).
type Account struct {
	ID         int64
	Created    Second
	BooksFrom  Second // usage and hosting before it are history; 0: none is
	At         Second // hosting, expiries and rollovers are posted up to this second
	Now        Second // the second of the running transaction, never before At
	Limits     Limits
	Credits    Book
	Runs       Book
	Cycle      int32
	CycleStart Second
	CycleEnd   Second
	Plan       *Plan // in force
	NextPlan   *Plan // from the next rollover on
	PlanEnds   bool  // no plan from the next rollover on
	Running    []Segment
	EntryNo    int64
	GrantNo    int32
	Journal    Journal

	foresees bool // within Foresee
	looked   bool // above is known
	above    bool // the balance was above the negative limit when StopAtLimit last looked
}

// Journal is what a transaction changed apart from the balances. It must be written together with them.
type Journal struct {
	Entries    []Entry
	Statements []Statement
	Retired    []Grant
	Debt       []DebtRun // changes of the debt by age
	Stops      []Stop
	PlanMoved  bool

	refunds map[Meter]int32 // the grants made by refundAsGrant
}

// Stop records that the balance came down to the negative limit: all hosting, including what is pending, ends at At. Segments is empty if
// nothing ran.
type Stop struct {
	At       Second
	Segments []Segment
}

// NewAccount makes the books of an account created at a second. Its first cycle begins then.
func NewAccount(id int64, created, booksFrom Second, t Limits) *Account {
	return &Account{
		ID: id, Created: created, BooksFrom: booksFrom, At: created, Now: created, Limits: t,
		Credits: Book{Meter: ModelCredits, QueueKnown: true}, Runs: Book{Meter: ToolRuns, QueueKnown: true},
		Cycle: 1, CycleStart: created, CycleEnd: cycleStart(created, 2),
	}
}

// Book returns the account's book of a meter.
func (a *Account) Book(m Meter) *Book {
	if m == ToolRuns {
		return &a.Runs
	}
	return &a.Credits
}

// Clone returns a deep copy that can be advanced without touching a; its journal is empty.
func (a *Account) Clone() *Account {
	c := *a
	c.Credits.Grants, c.Credits.Queue = slices.Clone(a.Credits.Grants), slices.Clone(a.Credits.Queue)
	c.Runs.Grants, c.Runs.Queue = slices.Clone(a.Runs.Grants), slices.Clone(a.Runs.Queue)
	// A copy of the struct shares only the slices of grants, debt and segments.
	c.Running = slices.Clone(a.Running)
	c.Journal = Journal{}
	return &c
}

// Sort puts grants, debt and running segments that were loaded in any order into the order in which they draw.
func (a *Account) Sort() {
	for _, b := range []*Book{&a.Credits, &a.Runs} {
		slices.SortFunc(b.Grants, func(g, h Grant) int {
			if g.drawsBefore(&h) {
				return -1
			}
			return 1
		})
		slices.SortFunc(b.Queue, compareDebt)
	}
	slices.SortFunc(a.Running, compareSegments)
}

// Slices returns what is used by category, over both meters.
func (a *Account) Slices() Slices {
	s := a.Credits.Slices()
	s[Tools.Index()] = a.Runs.Slices()[Tools.Index()]
	return s
}

// IsHistory reports whether usage at t is history: it is priced and charted, but draws nothing (rules.md §2).
func (a *Account) IsHistory(t Second) bool { return t < a.BooksFrom }

// enter numbers e, fills in the state of its book and adds it to the journal.
func (a *Account) enter(e Entry) {
	a.EntryNo++
	e.No, e.Posted, e.Cycle = a.EntryNo, a.Now, a.Cycle
	b := a.Book(e.Meter)
	b.Flows.add(e.Kind, e.Amount)
	// Computed from the flows of the cycle and not from the grants, so that every entry proves that the two agree.
	e.BalanceAfter = b.Flows.Closing()
	a.Journal.Entries = append(a.Journal.Entries, e)
}

// owe records that part of a charge became debt.
func (a *Account) owe(b *Book, minute Second, c Category, amount Amount) {
	if amount == 0 {
		return
	}
	a.Journal.Debt = append(a.Journal.Debt, DebtRun{b.Meter, minute, c, amount})
	// Readers leave the queue out; the change of the debt by age is still recorded for the database.
	if b.QueueKnown {
		b.owe(minute, c, amount)
	}
}
