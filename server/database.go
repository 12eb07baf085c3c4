package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/usagegraph/usagegraph/tsdb"
)

// pools are the connections to the database, with one pool per purpose so that charts cannot starve the books.
type pools struct {
	reach                  *reach
	compares               *atomic.Bool // each new connection compares the epoch, once there is one
	books, charts, explore *pgxpool.Pool
}

// session is what holds for each connection of a pool.
type session struct {
	name    string
	size    int
	timeout time.Duration // per statement; 0: none, even if the user has one
	custom  bool          // a generic plan locks every chunk; a custom plan excludes those beyond the range before it locks any
	reads   bool          // read-only
	role    string        // the role that it acts in; "": the user's own
}

func openPools(ctx context.Context, c Config) (p pools, err error) {
	p.reach, p.compares = newReach(c.Clock, c.Log), &atomic.Bool{}
	if p.books, err = p.open(ctx, c, c.DatabaseURL, session{name: "usagegraph", size: c.PoolSize, timeout: c.StatementTimeout}); err != nil {
		return pools{}, err
	}
	charts := session{name: "usagegraph charts", size: c.ChartPoolSize, timeout: c.ChartTimeout, custom: true}
	if p.charts, err = p.open(ctx, c, c.DatabaseURL, charts); err != nil {
		p.books.Close()
		return pools{}, err
	}
	p.reach.watch()
	return p, nil
}

// OpenPool opens connections to the database at url for a command. Its statements may take as long as they like, whatever limits the user has
// for a pooler's sake. If the command runs for as long as a server does, a host that hangs is given up, as a server does. close closes them.
func OpenPool(ctx context.Context, c Config, url, command string, stays bool) (pool *pgxpool.Pool, close func(), err error) {
	c = c.withDefaults()
	c.ListenURL, c.Tracing = "", noop.NewTracerProvider() // url leads past a pooler that would forget what is set
	p := pools{reach: newReach(c.Clock, c.Log), compares: &atomic.Bool{}}
	if pool, err = p.open(ctx, c, url, session{name: "usagegraph " + command, size: commandPool}); err != nil {
		return nil, nil, err
	}
	if stays {
		p.reach.watch()
	}
	return pool, func() { p.reach.close(); pool.Close() }, nil
}

// commandPool is how many connections a command opens at most.
const commandPool = 4

// openExplore opens connections that cannot write: their transactions are always read-only, and they act in the role that only reads if the
// database has it and no URL of another user was given.
func (p pools) openExplore(ctx context.Context, c Config) (*pgxpool.Pool, error) {
	s := session{name: "usagegraph explore", size: c.ExplorePoolSize, timeout: c.ExploreTimeout, custom: true, reads: true}
	if c.ExploreURL == c.DatabaseURL {
		ok, err := tsdb.CanExplore(ctx, p.books)
		if err != nil {
			return nil, err
		}
		if ok {
			s.role = tsdb.ExploreRole
		} else {
			c.Log.Warn("ad-hoc questions are asked by the database user itself, in read-only transactions: it may not act in the role "+tsdb.ExploreRole,
				"help", "run usagegraph migrate as a user who may make roles, or set explore-database-url")
		}
	}
	pool, err := p.open(ctx, c, c.ExploreURL, s)
	if err != nil || c.ListenURL == "" {
		return pool, err
	}
	if err := pool.Ping(ctx); err != nil { // if its user lacks something, the start fails and not the first question
		pool.Close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	return pool, nil
}

// open makes a pool. What holds for its connections is set by statements and not as startup parameters, because a pooler in between refuses
// parameters that it does not know.
func (p pools) open(ctx context.Context, c Config, url string, s session) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("open database: the URL does not parse") // err would show the password
	}
	cfg.MaxConns = int32(max(s.size, 2)) // a snapshot, and a query beside it
	cfg.MaxConnIdleTime = 5 * time.Minute
	p.reach.use(cfg)
	if _, off := c.Tracing.(noop.TracerProvider); !off {
		cfg.ConnConfig.Tracer = otelpgx.NewTracer(otelpgx.WithTracerProvider(c.Tracing), otelpgx.WithSpanNameFunc(statementName))
	}
	cfg.ConnConfig.RuntimeParams["application_name"] = s.name
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	set := s.statements(c)
	prepare := func(ctx context.Context, conn *pgx.Conn) error { return execute(ctx, conn, set) }
	if c.ListenURL != "" {
		cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe // a prepared statement may be on another connection of the pooler's
		prepare = s.check
	}
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if err := p.compareEpoch(ctx, c.Log, conn); err != nil {
			return err
		}
		return prepare(ctx, conn)
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return pool, nil
}

// compareEpoch begins a new epoch if a new connection leads to a database that was promoted or restored, before anything is asked over it. A
// database that only reads cannot begin one; the hub goes on trying. It returns an error only if the connection cannot be used.
func (p pools) compareEpoch(ctx context.Context, log *slog.Logger, conn *pgx.Conn) error {
	if !p.compares.Load() {
		return nil
	}
	changed, err := tsdb.NoticeEpochOn(ctx, conn)
	switch {
	case changed:
		log.Warn("the database was promoted or restored: revisions count on from a higher number")
	case err != nil && (conn.IsClosed() || ctx.Err() != nil):
		return err
	case err != nil:
		log.Debug("the epoch cannot be compared", "error", err)
	}
	return nil
}

// statements returns the statements that set what holds for a connection, sent in one round trip.
func (s session) statements(c Config) string {
	idle := 60 * time.Second
	if s.timeout == 0 {
		idle = 0
	}
	set := []string{
		"SET statement_timeout = " + strconv.FormatInt(s.timeout.Milliseconds(), 10),
		"SET idle_in_transaction_session_timeout = " + strconv.FormatInt(idle.Milliseconds(), 10),
	}
	if s.custom {
		set = append(set, "SET plan_cache_mode = force_custom_plan")
	}
	if c.Settings.Compress { // a late batch may touch any number of compressed rows
		set = append(set, "SET timescaledb.max_tuples_decompressed_per_dml_transaction = 0")
	}
	if s.role != "" {
		set = append(set, "SET ROLE "+s.role)
	}
	if s.reads {
		set = append(set, "SET default_transaction_read_only = on")
	}
	return "-- name: prepare a connection\n" + strings.Join(set, "; ")
}

// execute runs statements with the simple protocol.
func execute(ctx context.Context, conn *pgx.Conn, sql string) error {
	if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
		return fmt.Errorf("prepare a connection: %w", err)
	}
	return nil
}

// check checks whether the user's own settings already are what statements would set. Behind a pooler that shares connections per
// transaction, nothing can be set for longer than one transaction.
func (s session) check(ctx context.Context, conn *pgx.Conn) error {
	var timeout, idle int64
	var readOnly bool
	err := conn.QueryRow(ctx, `-- name: look what holds on a connection
SELECT s.setting::bigint, i.setting::bigint, current_setting('default_transaction_read_only')::boolean
FROM pg_settings s, pg_settings i WHERE s.name = 'statement_timeout' AND i.name = 'idle_in_transaction_session_timeout'`).Scan(&timeout, &idle, &readOnly)
	switch {
	case err != nil:
		return fmt.Errorf("look what holds on a connection: %w", err)
	case timeout == 0 || idle == 0:
		return fmt.Errorf("%s: behind a pooler the database user needs time-outs of its own: ALTER ROLE … SET statement_timeout = '%dms', idle_in_transaction_session_timeout likewise",
			s.name, s.timeout.Milliseconds())
	case s.reads && !readOnly:
		return fmt.Errorf("%s: behind a pooler explore-database-url needs a user who only reads: ALTER ROLE … SET default_transaction_read_only = on", s.name)
	}
	return nil
}

// listener returns a function that opens connections for notifications, past a pooler if a URL for that was given.
func (p pools) listener(c Config) func(ctx context.Context) (*pgx.Conn, error) {
	if c.ListenURL == "" {
		return nil
	}
	return func(ctx context.Context) (*pgx.Conn, error) {
		cfg, err := pgx.ParseConfig(c.ListenURL)
		if err != nil {
			return nil, errors.New("the URL does not parse")
		}
		cfg.RuntimeParams["application_name"] = "usagegraph listen"
		p.reach.dialBy(cfg)
		return pgx.ConnectConfig(ctx, cfg)
	}
}

// statementName returns the name in a statement's first comment; "statement" without one.
func statementName(sql string) string {
	first, _, _ := strings.Cut(sql, "\n")
	name, named := strings.CutPrefix(first, "-- name: ")
	if !named {
		return "statement"
	}
	return name
}

// closing bounds how long closing waits for connections in use. A process that ends cuts them off anyway.
const closing = time.Second

func (p pools) close() {
	p.reach.close()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		p.books.Close()
		p.charts.Close()
		if p.explore != nil {
			p.explore.Close()
		}
	}()
	select {
	case <-closed:
	case <-time.After(closing):
	}
}
