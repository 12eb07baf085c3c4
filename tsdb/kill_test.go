package tsdb_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

const (
	lives       = 30 // processes that are killed
	cutsPerLife = 3  // moments at which connections of each are cut
	killSeed    = 20260310
	crowdCount  = 120
	victimCount = 8
)

// TestKilledAtRandomMoments runs a process that ingests, meters, rolls over, hosts and grants, and kills it and cuts
// its connections, over and over. Nothing acknowledged may be lost, nothing may be charged twice, and the books must
// agree (issue: the credit engine).
func TestKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	k := newKillTest(t)
	moments := rand.New(rand.NewPCG(killSeed, 0))
	k.live(lives, moments)
	k.verify()
	t.Logf("seed %d: %d processes killed, %d connections cut at %d moments; %d events acknowledged, time went on by %v", killSeed, k.killed, k.cut, k.moments,
		len(k.acked()), k.clock.now().Sub(start))
	if k.killed+k.moments < 100 || k.cut == 0 {
		t.Errorf("%d kills and %d moments are not 100", k.killed, k.moments)
	}
}

// TestTwinsKilledAtRandomMoments does the same with two processes at a time on the same accounts, each with books in
// its memory that the other changes. Wherever a process trusts its memory, it compares it with the database. One is
// killed some time before the other.
func TestTwinsKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	const pairs, seed = 10, killSeed + 1
	k := newKillTest(t)
	k.twins, k.CheckMemory, k.Seed = true, true, seed
	moments := rand.New(rand.NewPCG(seed, 0))
	k.live(pairs, moments)
	k.verify()
	t.Logf("seed %d: %d processes killed, %d connections cut at %d moments; %d events acknowledged", seed, k.killed, k.cut, k.moments, len(k.acked()))
	if k.killed < 2*pairs || k.cut == 0 {
		t.Errorf("%d kills, %d connections cut", k.killed, k.cut)
	}
}

type killTest struct {
	*fixture
	orders
	twins                bool             // two processes live at a time
	stored               map[string]int64 // charges of acknowledged events by id
	killed, moments, cut int              // processes, moments at which connections were cut, and connections
}

// newKillTest makes the accounts. They were created over some days, so that cycles end and free grants expire all
// through the test.
func newKillTest(t *testing.T) *killTest {
	pool := tsdbtest.New(t)
	k := &killTest{orders: orders{URL: pool.Config().ConnString(), Seed: killSeed, Clock: filepath.Join(t.TempDir(), "clock"), Journal: filepath.Join(t.TempDir(), "journal")}}
	k.Terms = tsdb.DefaultSettings()
	k.Terms.FreeTerm, k.Terms.FreeRuns = 28*24*time.Hour+12*time.Hour, 3_000
	k.fixture = fixtureOn(t, pool, k.Terms)
	for i := range crowdCount + victimCount {
		k.clock.set(start.Add(-28*24*time.Hour + time.Duration(i)*45*time.Minute))
		if i%16 == 0 {
			k.Victims = append(k.Victims, k.victim())
			continue
		}
		id := k.account()
		k.Crowd = append(k.Crowd, victim{Account: id, Tool: k.resource(id, "TOOL", "DEPLOYED")})
	}
	for i := range 2 {
		p, err := k.CreatePlan(k.ctx, billing.Plan{Name: fmt.Sprint("plan ", i), Credits: billing.Amount(i+1) * 30 * credit, Runs: 1_000}, tsdb.Actor{})
		k.must(err)
		k.OnOffer = append(k.OnOffer, p.ID)
	}
	k.must(os.WriteFile(k.Journal, nil, 0o600))
	return k
}

// live kills processes a number of times, and then goes on until everything that should be seen has happened: how much
// a process gets done in its life depends on how busy the machine is.
func (k *killTest) live(times int, moments *rand.Rand) {
	for life := range 5 * times {
		if life >= times && k.happened() == nil {
			return
		}
		k.Life = life
		k.kill(moments)
	}
}

// happened returns an error that says what has not happened yet.
func (k *killTest) happened() error {
	rolledOver, expired := k.count(`SELECT count(*) FROM statement`), k.count(`SELECT count(*) FROM ledger_entry WHERE kind = 'EXPIRY'`)
	stops := k.count(`SELECT count(*) FROM deployment WHERE reason <> ''`)
	if rolledOver == 0 || expired == 0 || stops == 0 {
		return fmt.Errorf("%d statements, %d expiries, %d deployments stopped", rolledOver, expired, stops)
	}
	return nil
}

// kill lets one or two processes live for a while after their first answers, cuts some of their connections, and kills
// them.
func (k *killTest) kill(moments *rand.Rand) {
	processes := []*exec.Cmd{k.begin(k.orders)}
	if k.twins {
		other := k.orders
		other.Life += 5 * lives // no id of another life
		processes = append(processes, k.begin(other))
	}
	if k.Months {
		k.awaitEnds()
	}
	for range cutsPerLife {
		<-time.After(time.Duration(moments.IntN(200)) * time.Millisecond)
		k.cut += int(k.count(`SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = $1 AND random() < 0.5) cut`, childName))
		k.moments++
	}
	for _, process := range processes {
		<-time.After(time.Duration(moments.IntN(200)) * time.Millisecond)
		k.must(process.Process.Kill())
		_ = process.Wait() // "signal: killed"
		k.killed++
	}
}

// begin starts a process and waits for its first answer.
func (k *killTest) begin(o orders) *exec.Cmd {
	line, err := json.Marshal(o)
	k.must(err)
	process := exec.CommandContext(k.ctx, os.Args[0])
	process.Env, process.Stderr = append(os.Environ(), childVariable+"="+string(line)), os.Stderr
	_, err = process.StdinPipe() // it ends with this process
	k.must(err)
	said, err := process.StdoutPipe()
	k.must(err)
	k.must(process.Start())
	_, err = bufio.NewReader(said).ReadString('\n')
	k.must(err)
	return process
}

// awaitEnds waits until a cycle has ended for some accounts and not for all: how soon that is depends on how busy the machine is.
func (k *killTest) awaitEnds() {
	for range 2000 {
		if k.count(`SELECT count(DISTINCT cycle_no) FROM balance`) > 1 {
			return
		}
		<-time.After(5 * time.Millisecond)
	}
}

// acked are the acknowledged events.
func (k *killTest) acked() map[string]int64 {
	if k.stored != nil {
		return k.stored
	}
	k.stored = map[string]int64{}
	k.must(readJournal(k.Journal, func(n note) error {
		for _, a := range n.Acked {
			if charge, found := k.stored[a.ID]; found && charge != a.Charge {
				k.t.Errorf("event %s was charged %d, then %d", a.ID, charge, a.Charge)
			}
			k.stored[a.ID] = a.Charge
		}
		if n.Failed != "" {
			k.t.Error(n.Failed)
		}
		return nil
	}))
	return k.stored
}

func (k *killTest) verify() {
	// Connections that were open when the process died may still be at work on their last statement.
	k.must(k.pool.QueryRow(k.ctx, `SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()`, childName).Scan(new(int)))
	clock, err := openClock(k.Clock)
	k.must(err)
	var posted time.Time // two processes have a clock each, and the file that of one
	k.must(k.pool.QueryRow(k.ctx, `SELECT max(posted_until) FROM balance`).Scan(&posted))
	k.clock.set(latest(latest(clock.now(), posted), k.lastSent()))
	if err := k.happened(); err != nil {
		k.t.Error("something never happened: ", err)
	}
	k.once()
	k.resend()
	k.once()
	k.grants()
	_, err = k.RollUp(k.ctx, 1_000_000)
	k.must(err)
	for _, v := range slices.Concat(k.Victims, k.Crowd) {
		k.sound(v.Account)
	}
}

// lastSent is the latest time of an event that was sent, stored or not.
func (k *killTest) lastSent() (last time.Time) {
	k.must(readJournal(k.Journal, func(n note) error {
		for i := range n.Sent {
			last = latest(last, n.Sent[i].Time)
		}
		return nil
	}))
	return last
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// once demands that every acknowledged event is stored exactly once.
func (k *killTest) once() {
	times := map[string]int{}
	rows, err := k.pool.Query(k.ctx, `SELECT event_id FROM usage_event`)
	k.must(err)
	for rows.Next() {
		var id string
		k.must(rows.Scan(&id))
		times[id]++
	}
	k.must(rows.Err())
	for id := range k.acked() {
		if times[id] != 1 {
			k.t.Errorf("event %s was acknowledged and is there %d times", id, times[id])
		}
	}
}

// resend sends all events again: an acknowledged one is a duplicate with its first charge, or was taken back.
func (k *killTest) resend() {
	k.must(readJournal(k.Journal, func(n note) error {
		for i, r := range k.ingest(tsdb.Record, n.Sent...) {
			charge, acked := k.acked()[n.Sent[i].ID]
			known := r.Status == tsdb.Duplicate || r.Status == tsdb.TakenBack
			if acked && (!known || int64(r.Charge) != charge) || !acked && r.Status != tsdb.Stored && !known {
				k.t.Errorf("event %s, acknowledged %v with %d, sent again: %+v", n.Sent[i].ID, acked, charge, r)
			}
		}
		return nil
	}))
}

// grants demands that every acknowledged grant exists exactly once.
func (k *killTest) grants() {
	k.must(readJournal(k.Journal, func(n note) error {
		if n.Granted == "" {
			return nil
		}
		if found := k.count(`SELECT count(*) FROM credit_grant WHERE account_id = $1 AND idempotency_key = $2`, n.Account, n.Granted); found != 1 {
			k.t.Errorf("grant %s of account %d is there %d times", n.Granted, n.Account, found)
		}
		return nil
	}))
}

// sound checks an account's books in every possible way.
func (f *fixture) sound(account int64) {
	f.t.Helper()
	f.checkBooks(account)
	f.reconciled(account)
	// The numbers of entries have no gap, and each entry begins at the balance that the one before it left.
	if n := f.count(`SELECT count(*) FROM (SELECT entry_no, balance_after, amount, row_number() OVER (ORDER BY entry_no) AS place,
  lag(balance_after, 1, 0) OVER (PARTITION BY meter ORDER BY entry_no) AS before FROM ledger_entry WHERE account_id = $1) e
WHERE entry_no <> place OR balance_after <> before + amount`, account); n != 0 {
		f.t.Errorf("account %d: %d entries break the ledger", account, n)
	}
	if n := f.count(`SELECT count(*) FROM balance WHERE account_id = $1 AND (seq < (SELECT coalesce(max(seq), 0) FROM account_event e WHERE e.account_id = $1)
  OR entry_no <> (SELECT count(*) FROM ledger_entry l WHERE l.account_id = $1))`, account); n != 0 {
		f.t.Errorf("account %d: seq or entry_no of its balance do not fit", account)
	}
}
