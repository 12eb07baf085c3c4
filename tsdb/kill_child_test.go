package tsdb_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb"
)

// childVariable carries the orders for a process that is going to be killed.
const childVariable = "USAGEGRAPH_KILL_TEST"

// childName is the name of the child's connections in the database.
const childName = "usagegraph-kill-test"

func TestMain(m *testing.M) {
	if orders := os.Getenv(childVariable); orders != "" {
		runChild(orders)
	}
	os.Exit(m.Run())
}

// orders are what a child is told to do.
type orders struct {
	URL     string
	Journal string // the file that it tells what it sent, and what was acknowledged
	Clock   string // the file that the clock stands in
	Life    int
	Seed    uint64
	Victims []victim // accounts with everything
	Crowd   []victim // accounts that only use a tool
	OnOffer []int64
	Terms   tsdb.Settings
	Months  bool     // let nothing happen but the ends of cycles
	Ends    *lateEnd // report this and nothing else
	// CheckMemory compares memory with the database wherever it is believed.
	CheckMemory bool
}

// lateEnd is an end of hosting to report.
type lateEnd struct {
	Account, Deployment int64
	At                  time.Time
}

// note is a line of the journal.
type note struct {
	Sent    []tsdb.UsageEvent // about to be sent
	Acked   []acked           // answered as stored, now or before
	Granted string            // the key of an acknowledged grant …
	Account int64             // … and its account
	Failed  string            // what should not happen
}

type acked struct {
	ID     string
	Charge int64
}

// child ingests, meters, hosts and grants until it is killed.
type child struct {
	orders
	*tsdb.Store
	batcher *tsdb.Batcher
	clock   *fileClock
	journal *os.File
	told    sync.Once
}

// runChild does not return: the child lives until it is killed, or its parent is gone.
func runChild(line string) {
	c := &child{}
	err := c.open(line)
	if err == nil {
		c.live()
		_, err = io.Copy(io.Discard, os.Stdin)
	}
	fmt.Fprintln(os.Stderr, "kill test's child:", err)
	os.Exit(1)
}

func (c *child) open(line string) error {
	err := json.Unmarshal([]byte(line), &c.orders)
	if err != nil {
		return err
	}
	if c.clock, err = openClock(c.Clock); err != nil {
		return err
	}
	if c.journal, err = os.OpenFile(c.Journal, os.O_APPEND|os.O_WRONLY, 0); err != nil {
		return err
	}
	config, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return err
	}
	config.MaxConns = 8
	config.ConnConfig.RuntimeParams["application_name"] = childName
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return err
	}
	entries := int64(0)
	if c.Ends != nil {
		entries = lateEntries
	}
	c.Store, err = tsdb.New(tsdb.Config{Pool: pool, Clock: c.clock.now, Settings: c.Terms, CatchUpEntries: entries, CheckMemory: c.CheckMemory, Log: slog.New(slog.DiscardHandler)})
	c.batcher = tsdb.NewBatcher(c.Store, tsdb.BatcherConfig{Linger: time.Millisecond})
	return err
}

func (c *child) live() {
	switch {
	case c.Months:
		go forever(c.month)
		return
	case c.Ends != nil:
		go c.end()
		return
	}
	for i := range 4 {
		go forever(func() { c.send(i) })
	}
	m := &mischief{Store: c.Store, random: c.randomness(10), victims: c.Victims, plans: c.OnOffer, name: fmt.Sprintf("life%d", c.Life), granted: c.granted}
	go forever(func() { c.check(m.once(context.Background())) })
	ticks := c.randomness(11)
	go forever(func() { c.tick(ticks) })
	go forever(func() {
		_, err := c.RollUp(context.Background(), 100)
		c.check(err)
	})
}

// month ends a cycle of every account, and with it the plan's grants.
func (c *child) month() {
	now := c.Now()
	c.check(c.clock.advance(time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC).Sub(now)))
	c.told.Do(func() { fmt.Println("ready") })
	_, err := c.Tick(context.Background(), 3)
	c.check(err)
}

// end reports the end of hosting.
func (c *child) end() {
	c.told.Do(func() { fmt.Println("ready") })
	_, err := c.UndeployModel(context.Background(), c.Ends.Account, c.Ends.Deployment, c.Ends.At)
	c.check(err)
}

func forever(do func()) {
	for {
		do()
	}
}

func (c *child) randomness(worker int) *rand.Rand {
	return rand.New(rand.NewPCG(c.Seed, uint64(c.Life*100+worker)))
}

// tick lets time pass, mostly a little, sometimes up to the next midnight, when cycles end; then it runs the meter.
func (c *child) tick(random *rand.Rand) {
	step := time.Duration(random.IntN(90)) * time.Second
	switch random.IntN(60) {
	case 0:
		step = time.Duration(random.IntN(120)) * time.Minute
	case 1:
		now := c.Now()
		step = now.Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now)
	}
	c.check(c.clock.advance(step))
	_, err := c.Tick(context.Background(), 3)
	c.check(err)
}

// send sends batches until one of them cannot be answered after some repeats.
func (c *child) send(worker int) {
	random := c.randomness(worker)
	var before []tsdb.UsageEvent
	for n := 0; ; n++ {
		var events []tsdb.UsageEvent
		for i := range 1 + random.IntN(8) {
			if len(before) > 0 && random.IntN(10) == 0 {
				events = append(events, before[random.IntN(len(before))])
				continue
			}
			events = append(events, c.event(random, fmt.Sprintf("%d-%d-%d-%d", c.Life, worker, n, i)))
		}
		before = append(before, events...)
		mode := tsdb.Record
		if random.IntN(4) == 0 {
			mode = tsdb.Enforce
		}
		c.submit(events, mode)
	}
}

func (c *child) event(random *rand.Rand, id string) tsdb.UsageEvent {
	at := c.Now().Add(-time.Duration(random.IntN(3600)) * time.Second)
	if random.IntN(2) == 0 {
		v := c.Crowd[random.IntN(len(c.Crowd))]
		return runs(v.Account, v.Tool, id, at, 1+random.Int64N(20))
	}
	v := c.Victims[random.IntN(len(c.Victims))]
	if random.IntN(2) == 0 {
		return runs(v.Account, v.Tool, id, at, 1+random.Int64N(5))
	}
	return tokens(v.Account, v.Model, id, at, random.Int64N(100_000), random.Int64N(100_000))
}

// submit repeats a batch until it is answered, as callers do, and writes the journal.
func (c *child) submit(events []tsdb.UsageEvent, mode tsdb.UsageMode) {
	c.tell(note{Sent: events})
	for {
		results, err := c.batcher.Submit(context.Background(), events, mode)
		if err != nil {
			c.check(err)
			continue
		}
		var got []acked
		for i, r := range results {
			switch {
			case r.Status == tsdb.Stored || r.Status == tsdb.Duplicate || r.Status == tsdb.TakenBack: // by the mischief beside it, before this repeat
				got = append(got, acked{events[i].ID, int64(r.Charge)})
			case r.Status == tsdb.UsageConflict || mode == tsdb.Record:
				c.tell(note{Failed: fmt.Sprintf("%s event %+v: %+v", mode, events[i], r)})
			}
		}
		c.tell(note{Acked: got})
		c.told.Do(func() { fmt.Println("ready") })
		return
	}
}

func (c *child) granted(account int64, key string) { c.tell(note{Granted: key, Account: account}) }

// check writes errors to the journal, except those of cut connections.
func (c *child) check(err error) {
	if err != nil && !isCut(err) {
		c.tell(note{Failed: err.Error()})
	}
}

// isCut reports whether an error comes from a connection that was cut.
func isCut(err error) bool {
	var network net.Error
	var connect *pgconn.ConnectError
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) {
		return pg.Code == "57P01" // ended by the administrator
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &network) ||
		errors.As(err, &connect) || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

// tell appends a line to the journal. What is written stays, even if the process is killed.
func (c *child) tell(n note) {
	line, err := json.Marshal(n)
	if err == nil {
		_, err = c.journal.Write(append(line, '\n'))
	}
	if err != nil {
		panic(err)
	}
}

// readJournal reads the whole lines of a journal.
func readJournal(path string, each func(note) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var n note
		if err := json.Unmarshal(lines.Bytes(), &n); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		if err := each(n); err != nil {
			return err
		}
	}
	return lines.Err()
}

// fileClock is a clock in a file, which outlives its process.
type fileClock struct {
	clock
	file *os.File
}

func openClock(path string) (*fileClock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	c := &fileClock{clock: *newClock(), file: file}
	var stored [8]byte
	if _, err := file.ReadAt(stored[:], 0); err != nil {
		return c, c.write(start)
	}
	c.set(time.UnixMicro(int64(binary.BigEndian.Uint64(stored[:]))))
	return c, nil
}

func (c *fileClock) write(t time.Time) error {
	c.set(t)
	_, err := c.file.WriteAt(binary.BigEndian.AppendUint64(nil, uint64(t.UnixMicro())), 0)
	return err
}

func (c *fileClock) advance(d time.Duration) error { return c.write(c.now().Add(d)) }
