package tsdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Config says how a Store works. Pool and Clock are required.
type Config struct {
	// Pool serves everything that changes the books and everything that reads them. The Store does not close it.
	Pool *pgxpool.Pool
	// Charts serves the chart queries; nil: Pool. It should have plan_cache_mode=force_custom_plan, so that chunks
	// outside a range are not even locked.
	Charts *pgxpool.Pool
	// Listen opens a connection that hears notifications; nil: one of Pool's is taken. Behind a pooler that assigns a
	// connection per transaction, those hear nothing.
	Listen func(ctx context.Context) (*pgx.Conn, error)
	// Clock tells the time, of which the books take whole seconds.
	Clock func() time.Time
	// Mailer queues a delivery in the transaction that wrote its e-mail rows; nil: mails are only stored.
	Mailer Mailer
	// Log takes what an operator should know; nil: slog.Default.
	Log *slog.Logger
	// CatchUpEntries is how many entries of hosting one transaction posts at most if nobody has posted for long; 0:
	// 50,000, which is about a second's work.
	CatchUpEntries int64
	// Demo is for the loader of the demo, whose clock runs through a past year: what is done by the clock is done only
	// to the accounts that it loads.
	Demo bool
	// Memory is how many parts of books stay in memory between the transactions of usage: accounts, and their grants, running hosting,
	// reservations, tools and models, each of some hundred bytes. 0: 200,000; negative: none.
	Memory int
	// CheckMemory compares memory with the database wherever memory is used, and fails the transaction if they differ.
	// It is for tests: it reads everything that memory saves from being read.
	CheckMemory bool
	// Beside is a Store of the same database whose cached accounts this one shares, and whose pool it uses to keep
	// lists, because its own may only read. nil: it keeps its own.
	Beside *Store
	// Settings change rules; each zero value means that of DefaultSettings.
	Settings Settings
}

// Settings are the numbers that an operator may change.
type Settings struct {
	FreeCredits        string        // credits of a new account; default "75"
	FreeRuns           int64         // tool runs of a new account; default 10,000; negative: none
	FreeTerm           time.Duration // life of the free grants; default 90 × 24 h
	EventRetention     time.Duration // events and minutes are kept, and accepted, this long; default 400 × 24 h
	QuarterMonths      int           // quarter-hours are kept this many months; default 25
	ReservationTimeout time.Duration // life of a reservation; default 15 min
	SupportContact     string        // how to reach Support: an address or URL
	ConsoleURL         string        // where mails and banners lead
	MaxAhead           time.Duration // how far ahead an event's time may lie; default 5 min
	OutboxRetention    time.Duration // events for resuming subscriptions are kept this long; default 7 × 24 h
	MaxProvisioned     int           // tools and models that events may make, per account; default 1,000
	MailPause          time.Duration // one threshold of one meter is mailed about at most once in this long; default 6 h
	AttributionValues  int           // distinct values of user, API key and each tag that an account's charts tell apart; default 10,000
	Attributions       int           // combinations of them that an account's charts tell apart; default 200,000
	RefusalRetention   time.Duration // refused events are remembered this long; default 7 × 24 h
	MailDomain         string        // domain of Message-IDs: the sender's; default "usagegraph"
	Compress           bool          // compress old chunks, which only the Community edition can; default false
}

// DefaultSettings are the settings of rules.md.
func DefaultSettings() Settings {
	day := 24 * time.Hour
	return Settings{
		FreeCredits: "75", FreeRuns: 10_000, FreeTerm: 90 * day, EventRetention: 400 * day, QuarterMonths: 25,
		ReservationTimeout: 15 * time.Minute, SupportContact: "support@usagegraph.example", ConsoleURL: "http://localhost:8080",
		MaxAhead: 5 * time.Minute, OutboxRetention: 7 * day, MailPause: 6 * time.Hour, MaxProvisioned: 1000, AttributionValues: 10_000, Attributions: 200_000, RefusalRetention: 7 * day, MailDomain: "usagegraph",
	}
}

// Validate reports all that is wrong with settings whose defaults are filled in, by the names that an operator sets
// them by.
func (s Settings) Validate() error {
	const months, century, most = 1200, 100 * 366 * wholeDay, 1_000_000_000_000
	credits, err := billing.ModelCredits.Parse(s.FreeCredits)
	wrong := func(is bool, text string) error {
		if is {
			return errors.New(text)
		}
		return nil
	}
	return errors.Join(
		wrong(err != nil || credits < 0 || credits > most*1_000_000, "free-credits: no amount of credits, such as 75 or 0"),
		wrong(s.FreeRuns > most, fmt.Sprintf("free-runs: more than %d", int64(most))),
		wrong(s.FreeTerm < time.Second || s.FreeTerm > century, "free-term: not between 1s and a century"),
		wrong(s.EventRetention < 2*wholeDay || s.EventRetention > century, "event-retention: not between 48h and a century"),
		wrong(s.QuarterMonths < 1 || s.QuarterMonths > months, fmt.Sprintf("quarter-months: not in 1..%d", months)),
		wrong(s.ReservationTimeout < time.Second || s.ReservationTimeout > wholeDay, "reservation-timeout: not between 1s and 24h"),
		wrong(s.MaxProvisioned < 1 || s.MaxProvisioned > 1_000_000, "max-provisioned: not in 1..1000000"),
		wrong(s.AttributionValues < 1 || s.AttributionValues > 1_000_000, "attribution-values: not in 1..1000000"),
		wrong(s.Attributions < 1 || s.Attributions > 10_000_000, "attributions: not in 1..10000000"),
		wrong(s.RefusalRetention < time.Hour || s.RefusalRetention > 90*wholeDay, "refusal-retention: not between 1h and 2160h"),
		wrong(s.MailPause < time.Second || s.MailPause > 30*wholeDay, "mail-pause: not between 1s and 720h"),
	)
}

// withDefaults fills in what was left zero.
func (s Settings) withDefaults() Settings {
	d := DefaultSettings()
	return Settings{
		FreeCredits: cmp.Or(s.FreeCredits, d.FreeCredits), FreeRuns: cmp.Or(s.FreeRuns, d.FreeRuns), FreeTerm: cmp.Or(s.FreeTerm, d.FreeTerm),
		EventRetention: cmp.Or(s.EventRetention, d.EventRetention), QuarterMonths: cmp.Or(s.QuarterMonths, d.QuarterMonths),
		ReservationTimeout: cmp.Or(s.ReservationTimeout, d.ReservationTimeout), SupportContact: cmp.Or(s.SupportContact, d.SupportContact),
		ConsoleURL: cmp.Or(s.ConsoleURL, d.ConsoleURL), MaxAhead: cmp.Or(s.MaxAhead, d.MaxAhead), OutboxRetention: cmp.Or(s.OutboxRetention, d.OutboxRetention),
		MailPause: cmp.Or(s.MailPause, d.MailPause), MaxProvisioned: cmp.Or(s.MaxProvisioned, d.MaxProvisioned),
		AttributionValues: cmp.Or(s.AttributionValues, d.AttributionValues), Attributions: cmp.Or(s.Attributions, d.Attributions),
		RefusalRetention: cmp.Or(s.RefusalRetention, d.RefusalRetention), MailDomain: cmp.Or(s.MailDomain, d.MailDomain), Compress: s.Compress,
	}
}

// Mailer puts e-mails that are in the table into the queue of deliveries, inside the transaction that wrote them.
type Mailer interface {
	QueueMails(ctx context.Context, tx pgx.Tx, emailIDs []int64) error
}

// Store is the database as the rest of the program sees it. It is safe for concurrent use.
type Store struct {
	// Access says who may do what.
	Access *access.Store

	pool   *pgxpool.Pool
	charts *pgxpool.Pool
	lists  *pgxpool.Pool // by which lists are kept and read: see Config.Beside
	listen func(ctx context.Context) (*pgx.Conn, error)
	// snapshots leaves one connection of charts to questions that take no snapshot. An operation that holds a snapshot
	// may ask such questions: if snapshots took all connections, each would wait for the others forever. One caller gets
	// half of the snapshots, so that a chart of anybody else begins at once.
	snapshots      *pg.Turns
	clock          func() time.Time
	mailer         Mailer
	log            *slog.Logger
	settings       Settings
	catchUpEntries int64
	demo           bool
	rates          *rateCache
	memory         *memory
	checkMemory    bool
	accounts       *accountCache
	wary           atomic.Int64 // batches that still look for repeats of every event: see ingest
	recent         *recentEvents
	// rolledUpTo is the account after which the next roll-up goes on, if the last one had to stop.
	rolledUpTo atomic.Int64
	sizes      *sizes
	kept       sync.Map // what rooms of tsdb keep, by their own keys
}

// Kept returns what a room of tsdb keeps in memory with this Store, under a key of its own; made is its first value.
// The Store never looks at it; it lives as long as the Store.
func (s *Store) Kept(key any, made any) any {
	kept, _ := s.kept.LoadOrStore(key, made)
	return kept
}

// New makes a Store. It fails if Config has no Pool or no Clock.
func New(cfg Config) (*Store, error) {
	if cfg.Pool == nil || cfg.Clock == nil {
		return nil, errors.New("tsdb: Config needs Pool and Clock")
	}
	s := &Store{pool: cfg.Pool, charts: cfg.Charts, listen: cfg.Listen, clock: cfg.Clock, mailer: cfg.Mailer, log: cfg.Log, demo: cfg.Demo, settings: cfg.Settings}
	if s.charts == nil {
		s.charts = cfg.Pool
	}
	s.snapshots = snapshotsOf(cfg.Beside, int(s.charts.Config().MaxConns))
	if s.listen == nil {
		s.listen = func(ctx context.Context) (*pgx.Conn, error) { return pg.Hijack(ctx, cfg.Pool) }
	}
	s.Access = access.New(s.pool, s.listen, s.clock)
	if s.log == nil {
		s.log = slog.Default()
	}
	s.settings, s.catchUpEntries = s.settings.withDefaults(), cmp.Or(cfg.CatchUpEntries, 50_000)
	s.recent, s.sizes = newRecentEvents(), &sizes{}
	s.rates, s.memory, s.checkMemory = &rateCache{}, newMemory(cmp.Or(cfg.Memory, 200_000)), cfg.CheckMemory
	s.accounts = &accountCache{pool: s.pool, now: s.clock}
	s.lists = s.pool
	if cfg.Beside != nil {
		s.accounts, s.lists, s.sizes = cfg.Beside.accounts, cfg.Beside.lists, cfg.Beside.sizes
	}
	return s, nil
}

// Now returns the time of the Store's clock, in UTC.
func (s *Store) Now() time.Time { return s.clock().UTC() }

// Settings returns the settings in force.
func (s *Store) Settings() Settings { return s.settings }

// Pool returns the pool, for rooms that run their own jobs on the same database (River).
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// transact is pg.Transact on the Store's pool.
func (s *Store) transact(ctx context.Context, opts pgx.TxOptions, fn func(pgx.Tx) error) error {
	return pg.Transact(ctx, s.pool, opts, fn)
}
