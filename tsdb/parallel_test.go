package tsdb_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

const writers = 64

// inParallel runs do for each of 64 writers at once, and fails the test on the first error of each.
func (f *fixture) inParallel(do func(writer int) error) {
	f.t.Helper()
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			if err := do(w); err != nil {
				f.t.Error(err)
			}
		})
	}
	all.Wait()
}

// noDeadlocks asserts that PostgreSQL resolved no deadlock, even if the transaction was repeated silently. Sessions
// report theirs at the latest when they end.
func (f *fixture) noDeadlocks() {
	f.t.Helper()
	f.count(`SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`)
	if n := f.count(`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); n != 0 {
		f.t.Errorf("%d deadlocks", n)
	}
}

// scarce makes an account with 1,000 runs and 50 credits left.
func (f *fixture) scarce() (account, model, tool int64) {
	f.t.Helper()
	account = f.account()
	model, tool = f.model(account), f.resource(account, "TOOL", "DEPLOYED")
	f.ingest(tsdb.Record, runs(account, tool, "r", start, 9_000), tokens(account, model, "t", start, 50_000_000, 0))
	return account, model, tool
}

// tally adds up what was accepted.
type tally struct{ runs, credits atomic.Int64 }

func (a *tally) count(results []tsdb.UsageResult) {
	for _, r := range results {
		switch {
		case r.Status != tsdb.Stored:
		case r.Meter == billing.ToolRuns:
			a.runs.Add(int64(r.Charge))
		default:
			a.credits.Add(int64(r.Charge))
		}
	}
}

func refused(err error) bool {
	var e *tsdb.Error
	return errors.As(err, &e) && e.Code == tsdb.Refused
}

// 64 writers ask for more than there is, by reservations: exactly what fits is held; what times out is available again,
// what was settled is not; nothing is held or charged twice (issue: the credit engine).
func TestReserveInParallel(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, model, tool := f.scarce()
	held := make([][2][]int64, writers)
	f.inParallel(func(w int) error {
		for i := range 8 {
			meter, amount := billing.ToolRuns, billing.Amount(10)
			if i%2 == 1 {
				meter, amount = billing.ModelCredits, credit/2
			}
			r, err := f.Reserve(f.ctx, tsdb.NewReservation{AccountID: id, Meter: meter, Amount: amount, Mode: tsdb.ReservationReject, IdempotencyKey: fmt.Sprint(w, "/", i)})
			if err == nil {
				held[w][i%2] = append(held[w][i%2], r.ID)
			} else if !refused(err) {
				return err
			}
		}
		return nil
	})
	if a := f.view(id); a.Reserved(billing.ToolRuns) != 1000 || a.Reserved(billing.ModelCredits) != 50*credit {
		t.Errorf("held %d runs and %d µ", a.Reserved(billing.ToolRuns), a.Reserved(billing.ModelCredits))
	}
	var settled tally
	f.inParallel(func(w int) error { // every writer settles its first holds, its own beside others', and leaves the rest
		for meter, ids := range held[w] {
			for n, hold := range ids[:(len(ids)+1)/2] {
				e := runs(id, tool, fmt.Sprintf("settle %d/%d/%d", w, meter, n), start, 7)
				if meter == 1 {
					e = tokens(id, model, e.ID, start, 600_000, 0) // 0.3 of 0.5
				}
				e.ReservationID = hold
				results, err := f.Ingest(f.ctx, []tsdb.UsageEvent{e}, tsdb.Enforce)
				if err != nil || results[0].Status != tsdb.Stored {
					return fmt.Errorf("settle: %+v %w", results, err)
				}
				settled.count(results)
				if _, _, err = f.Settle(f.ctx, hold, nil, true); err != nil {
					return err
				}
			}
		}
		return nil
	})
	f.clock.advance(16 * time.Minute) // the others time out
	var free tally
	batcher := tsdb.NewBatcher(f.Store, tsdb.BatcherConfig{})
	defer batcher.Stop()
	f.inParallel(func(w int) error {
		for i := range 20 {
			key := fmt.Sprintf("free %d/%d", w, i)
			results, err := batcher.Submit(f.ctx, []tsdb.UsageEvent{runs(id, tool, key, start, 1), tokens(id, model, key, start, 140_000, 0)}, tsdb.Enforce)
			if err != nil {
				return err
			}
			free.count(results)
		}
		return nil
	})
	a := f.view(id)
	if got := settled.runs.Load() + free.runs.Load(); got != 1000 || a.Runs.Balance() != 0 || a.Reserved(billing.ToolRuns) != 0 {
		t.Errorf("%d runs settled, %d taken, %d left", settled.runs.Load(), free.runs.Load(), a.Runs.Balance())
	}
	const each = 70_000
	rest := 50*credit - billing.Amount(settled.credits.Load())
	if want := rest / each * each; free.credits.Load() != int64(want) || a.Credits.Balance() != rest-want {
		t.Errorf("%d µ settled, %d taken, %d left", settled.credits.Load(), free.credits.Load(), a.Credits.Balance())
	}
	f.noDeadlocks()
	f.sound(id)
}

// 64 writers of several accounts at once, through two batchers (like two processes) and without one, in both orders of
// accounts, with the same events in several batches, while meter, roll-up, grants and hosting work on the same
// accounts. Exactly the existing runs, including the granted ones, are accepted; there is no deadlock; every account's
// books agree.
func TestWritersBesideEverythingElse(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	victims := []victim{f.victim(), f.victim(), f.victim()}
	for _, v := range victims {
		f.ingest(tsdb.Record, runs(v.Account, v.Tool, "r", start, 9_500))
	}
	batchers := []*tsdb.Batcher{tsdb.NewBatcher(f.Store, tsdb.BatcherConfig{}), tsdb.NewBatcher(f.another(true, 0), tsdb.BatcherConfig{Writers: 3})}
	var got tally
	var all sync.WaitGroup
	stop := make(chan struct{})
	for i, beside := range f.besides(victims) {
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := beside(); err != nil {
					t.Errorf("beside %d, %d: %v", i, n, err)
					return
				}
			}
		})
	}
	f.inParallel(func(w int) error {
		random := rand.New(rand.NewPCG(3, uint64(w)))
		for i := range 12 {
			var events []tsdb.UsageEvent
			for _, v := range random.Perm(len(victims)) {
				at := f.clock.now()
				events = append(events, runs(victims[v].Account, victims[v].Tool, fmt.Sprint(w, "/", i), at, 1), tokens(victims[v].Account, victims[v].Model, fmt.Sprint(w, "/", i), at, 1000, 0))
			}
			events = append(events, events[random.IntN(len(events))]) // twice in one batch
			if err := f.submitTwice(&got, batchers, events, random); err != nil {
				return err
			}
		}
		return nil
	})
	close(stop)
	all.Wait()
	for _, b := range batchers {
		b.Stop()
	}
	f.drain(&got, victims)
	var granted int64
	for _, v := range victims {
		granted += f.count(`SELECT sum(amount)::bigint FROM credit_grant WHERE account_id = $1 AND meter = 'TOOL_RUNS'`, v.Account) - 9_500
		if left := f.view(v.Account).Runs.Balance(); left != 0 {
			t.Errorf("%d runs left", left)
		}
		f.sound(v.Account)
	}
	if got.runs.Load() != granted {
		t.Errorf("%d runs accepted of %d", got.runs.Load(), granted)
	}
	f.noDeadlocks()
}

// submitTwice sends the same events at once through both batchers and without one, like callers who did not get an
// answer: each event is stored once.
func (f *fixture) submitTwice(got *tally, batchers []*tsdb.Batcher, events []tsdb.UsageEvent, random *rand.Rand) error {
	ways := []func([]tsdb.UsageEvent) ([]tsdb.UsageResult, error){
		func(e []tsdb.UsageEvent) ([]tsdb.UsageResult, error) {
			return batchers[0].Submit(f.ctx, e, tsdb.Enforce)
		},
		func(e []tsdb.UsageEvent) ([]tsdb.UsageResult, error) {
			return batchers[1].Submit(f.ctx, e, tsdb.Enforce)
		},
		func(e []tsdb.UsageEvent) ([]tsdb.UsageResult, error) { return f.Ingest(f.ctx, e, tsdb.Enforce) },
	}
	first := random.IntN(len(ways))
	errs := make([]error, 2)
	var both sync.WaitGroup
	for i := range errs {
		both.Go(func() {
			mine := append([]tsdb.UsageEvent(nil), events...)
			results, err := ways[(first+i)%len(ways)](mine)
			got.count(results)
			errs[i] = err
		})
	}
	both.Wait()
	return errors.Join(errs...)
}

// besides is what else goes on: the meter, the roll-up, random changes of hosting, limits and credits, and grants of
// runs.
func (f *fixture) besides(victims []victim) []func() error {
	m := &mischief{Store: f.Store, random: rand.New(rand.NewPCG(5, 5)), victims: victims, name: "beside"}
	n := 0
	return []func() error{
		func() error {
			f.clock.advance(7 * time.Second)
			_, err := f.Tick(f.ctx, 2)
			return err
		},
		func() error {
			_, err := f.RollUp(f.ctx, 100)
			return err
		},
		func() error { return m.once(f.ctx) },
		func() error {
			if n++; n > 30 {
				return nil
			}
			v := victims[n%3]
			_, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: v.Account, Meter: billing.ToolRuns, Kind: billing.TopUp, Amount: 10, Reference: "order",
				IdempotencyKey: fmt.Sprint("runs ", n)}, tsdb.Actor{})
			return err
		},
	}
}

// drain takes the runs that are left, one by one.
func (f *fixture) drain(got *tally, victims []victim) {
	f.t.Helper()
	for _, v := range victims {
		for n := 0; ; n++ {
			r := f.ingest(tsdb.Enforce, runs(v.Account, v.Tool, fmt.Sprint("last ", n), f.clock.now(), 1))
			if got.count(r); r[0].Status != tsdb.Stored {
				break
			}
		}
	}
}

// 64 writers in ENFORCE mode, all on one account that is metered, topped up and corrected at the same time, while
// hundreds of reservations are made and time out at once: what was accepted is what there was, to the unit, and there
// is no deadlock.
func TestWritersOfOneAccountBesideEverythingElse(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.model(id), f.resource(id, "TOOL", "DEPLOYED")
	f.hostMany(id, 6)
	f.ingest(tsdb.Record, runs(id, tool, "r", start, 9_800))
	var got tally
	var all sync.WaitGroup
	stop := make(chan struct{})
	for i, beside := range f.besidesOne(id) {
		all.Go(func() {
			for n := 0; n < 40; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := beside(n); err != nil {
					t.Errorf("beside %d, %d: %v", i, n, err)
					return
				}
			}
		})
	}
	f.inParallel(func(w int) error {
		for i := range 4 {
			key, at := fmt.Sprint(w, "/", i), f.clock.now()
			results, err := f.Ingest(f.ctx, []tsdb.UsageEvent{runs(id, tool, key, at, 1), tokens(id, model, key, at, 100_000, 0)}, tsdb.Enforce)
			if err != nil {
				return err
			}
			got.count(results)
		}
		return nil
	})
	close(stop)
	all.Wait()
	f.clock.advance(3 * time.Minute)
	for n := 0; ; n++ {
		r := f.ingest(tsdb.Enforce, runs(id, tool, fmt.Sprint("last ", n), f.clock.now(), 1))
		if got.count(r); r[0].Status != tsdb.Stored {
			break
		}
	}
	granted := f.count(`SELECT sum(amount)::bigint FROM credit_grant WHERE account_id = $1 AND meter = 'TOOL_RUNS'`, id)
	if got.runs.Load() != granted-9_800 || f.view(id).Runs.Balance() != 0 {
		t.Errorf("%d runs accepted of %d, %d left", got.runs.Load(), granted-9_800, f.view(id).Runs.Balance())
	}
	f.sound(id)
	credits := f.count(`SELECT sum(amount - taken_back)::bigint FROM credit_grant WHERE account_id = $1 AND meter = 'MODEL_CREDITS'`, id)
	hosting := 6 * cost("0.07698", 2, int64(f.clock.now().Sub(start)/time.Second))
	if want := billing.Amount(credits-got.credits.Load()) - hosting; f.view(id).Credits.Balance() != want {
		t.Errorf("%d µ left, want %d", f.view(id).Credits.Balance(), want)
	}
	f.noDeadlocks()
}

// besidesOne is what else goes on in an account: the meter, top-ups of runs, corrections of credits up and down, and
// reservations, all of which end at one instant.
func (f *fixture) besidesOne(id int64) []func(n int) error {
	end := f.clock.now().Add(2 * time.Minute)
	return []func(n int) error{
		func(int) error {
			f.clock.advance(7 * time.Second)
			_, err := f.Tick(f.ctx, 2)
			return err
		},
		func(n int) error {
			_, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: id, Meter: billing.ToolRuns, Kind: billing.TopUp, Amount: 1, Reference: "order",
				IdempotencyKey: fmt.Sprint("runs ", n)}, tsdb.Actor{})
			return err
		},
		func(n int) error {
			r := tsdb.Adjustment{AccountID: id, Meter: billing.ModelCredits, Amount: billing.Amount(1000 + n), Reference: "ticket", IdempotencyKey: fmt.Sprint("ticket ", n)}
			if n%2 == 1 {
				r.Amount, r.GrantNo = -r.Amount, 1
			}
			_, err := f.Adjust(f.ctx, r, tsdb.Actor{})
			return err
		},
		func(n int) error {
			left := end.Sub(f.clock.now())
			if left < time.Second {
				return nil
			}
			_, err := f.Reserve(f.ctx, tsdb.NewReservation{AccountID: id, Meter: billing.ToolRuns, Amount: 1, Mode: tsdb.ReservationCap, Timeout: left, IdempotencyKey: fmt.Sprint("hold ", n)})
			if refused(err) {
				return nil
			}
			return err
		},
	}
}
