package tsdbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/usagegraph/usagegraph/migrations"
)

const (
	templatePrefix = "usagegraph_template_"
	testPrefix     = "usagegraph_test_"
	// setUpLock is the advisory lock under which one process makes the template.
	setUpLock = 0x7573616765 // "usage"
	// keptTemplates is how many older templates stay for other checkouts that share the server.
	keptTemplates = 3
	// abandonedAfter is when a test's database that nobody is connected to counts as left over by a killed run.
	abandonedAfter = 6 * time.Hour

	objectInUse = "55006" // SQLSTATE: another copy of the template begins, or an autovacuum worker is in it
)

// server is a PostgreSQL server on which this process makes databases.
type server struct {
	url      *url.URL
	admin    *pgxpool.Pool
	template string
	prefix   string // begins the names of this process's databases, unique on the server
	count    atomic.Int64
}

// theServer is found once per process: the first test of a package waits for it, the others find it ready.
var theServer = sync.OnceValues(openServer)

func openServer() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), setUpTime)
	defer cancel()
	raw, err := provider(ctx)
	if err != nil {
		return nil, err
	}
	s, err := connect(ctx, raw)
	if err != nil {
		return nil, err
	}
	return s, s.setUp(ctx)
}

func connect(ctx context.Context, raw string) (*server, error) {
	parsed, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("the database URL cannot be parsed") // the URL holds a password: not repeated
	}
	config, err := pgxpool.ParseConfig(raw)
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", err)
	}
	config.MaxConns = 4
	admin, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open admin pool: %w", err)
	}
	return &server{url: parsed, admin: admin}, nil
}

func (s *server) setUp(ctx context.Context) error {
	hash, err := migrations.Hash()
	if err != nil {
		return err
	}
	s.template = templatePrefix + hash
	if s.prefix, err = s.newPrefix(ctx); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if err := s.ensureTemplate(ctx); err != nil {
		return err
	}
	return s.sweep(ctx)
}

// newPrefix holds the second at which this process began, by which left-over databases are known.
func (s *server) newPrefix(ctx context.Context) (prefix string, err error) {
	const query = `-- name: test-database-prefix
SELECT format('%s%s_%s_', $1::text, extract(epoch FROM now())::bigint, substr(md5(gen_random_uuid()::text), 1, 8))`
	err = s.admin.QueryRow(ctx, query, testPrefix).Scan(&prefix)
	return prefix, err
}

// ensureTemplate makes the template if no process has yet. It gets its name only when it is complete, so that a
// killed run leaves no half template.
func (s *server) ensureTemplate(ctx context.Context) error {
	if ready, err := s.hasTemplate(ctx); ready || err != nil {
		return err
	}
	conn, err := s.admin.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, setUpLock); err != nil {
		return fmt.Errorf("lock template: %w", err)
	}
	defer func() { _, _ = conn.Exec(context.Background(), `SELECT pg_advisory_unlock($1)`, setUpLock) }()
	if ready, err := s.hasTemplate(ctx); ready || err != nil {
		return err
	}
	if err := s.makeTemplate(ctx); err != nil {
		return fmt.Errorf("make template database: %w", err)
	}
	return nil
}

func (s *server) hasTemplate(ctx context.Context) (ready bool, err error) {
	const query = `-- name: test-template-exists
SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)`
	if err := s.admin.QueryRow(ctx, query, s.template).Scan(&ready); err != nil {
		return false, fmt.Errorf("look for template: %w", err)
	}
	return ready, nil
}

func (s *server) makeTemplate(ctx context.Context) error {
	name := s.prefix + "template"
	if _, err := s.admin.Exec(ctx, `CREATE DATABASE `+quote(name)); err != nil {
		return err
	}
	if err := s.migrate(ctx, name); err != nil {
		return errors.Join(err, s.drop(ctx, name))
	}
	// Closed to connections: nobody can change it or stand in the way of a copy.
	for _, statement := range []string{
		`ALTER DATABASE ` + quote(name) + ` WITH ALLOW_CONNECTIONS false`,
		`ALTER DATABASE ` + quote(name) + ` WITH IS_TEMPLATE true`,
		`ALTER DATABASE ` + quote(name) + ` RENAME TO ` + quote(s.template), // last: the name says that it is ready
	} {
		if err := s.exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) migrate(ctx context.Context, name string) error {
	_, err := migrations.Up(ctx, s.urlOf(name))
	return err
}

func (s *server) copyOfTemplate(ctx context.Context) (string, error) {
	name := s.nextName()
	return name, s.exec(ctx, `CREATE DATABASE `+quote(name)+` TEMPLATE `+quote(s.template))
}

func (s *server) emptyDatabase(ctx context.Context) (string, error) {
	name := s.nextName()
	return name, s.exec(ctx, `CREATE DATABASE `+quote(name))
}

func (s *server) inLocaleC(ctx context.Context) (string, error) {
	name := s.nextName()
	if err := s.exec(ctx, `CREATE DATABASE `+quote(name)+` TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`); err != nil {
		return name, err
	}
	return name, s.migrate(ctx, name)
}

func (s *server) drop(ctx context.Context, name string) error {
	return s.exec(ctx, `DROP DATABASE IF EXISTS `+quote(name)+` WITH (FORCE)`)
}

// exec runs a statement on a whole database, again while another session is in that database: such a session
// (a copy, autovacuum, one that is just closing) leaves by itself. PostgreSQL itself waits 5 s each time.
func (s *server) exec(ctx context.Context, statement string) error {
	for {
		_, err := s.admin.Exec(ctx, statement)
		if refused := (*pgconn.PgError)(nil); !errors.As(err, &refused) || refused.Code != objectInUse || ctx.Err() != nil {
			return err
		}
	}
}

// sweep drops older templates and the databases of runs that were killed. Failing to drop one is no failure of the
// test at hand: another process may be using or dropping it.
func (s *server) sweep(ctx context.Context) error {
	names, err := s.leftovers(ctx)
	if err != nil {
		return fmt.Errorf("list left-over databases: %w", err)
	}
	for _, name := range names {
		_, _ = s.admin.Exec(ctx, `ALTER DATABASE `+quote(name)+` WITH IS_TEMPLATE false`)
		_, _ = s.admin.Exec(ctx, `DROP DATABASE IF EXISTS `+quote(name))
	}
	return nil
}

func (s *server) leftovers(ctx context.Context) ([]string, error) {
	const query = `-- name: test-databases-left-over
(SELECT datname::text FROM pg_database
  WHERE starts_with(datname, $1) ORDER BY oid DESC OFFSET $2 LIMIT 100)
UNION ALL
(SELECT datname::text FROM pg_database d
  WHERE starts_with(datname, $3)
    AND to_timestamp(split_part(datname, '_', 3)::bigint) < now() - $4::interval
    AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)
  ORDER BY oid LIMIT 1000)`
	rows, _ := s.admin.Query(ctx, query, templatePrefix, keptTemplates+1, testPrefix, abandonedAfter)
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func (s *server) nextName() string { return fmt.Sprintf("%s%d", s.prefix, s.count.Add(1)) }

// urlOf is the server's URL with another database.
func (s *server) urlOf(name string) string {
	other := *s.url
	other.Path = "/" + name
	return other.String()
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
