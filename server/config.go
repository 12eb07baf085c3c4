package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/ingest/otlp"
	"github.com/usagegraph/usagegraph/ingest/remote"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Config is everything that can be set. A zero field has its default unless its comment says otherwise.
type Config struct {
	// Listen is the address of the HTTP server; default ":8080".
	Listen string
	// MetricsListen is the address of a separate listener for /metrics and /debug/pprof; Listen then answers neither. "": Listen answers
	// /metrics, and there are no profiles.
	MetricsListen string
	// DatabaseURL is the PostgreSQL URL; required. It holds a password and is never printed.
	DatabaseURL string
	// ListenURL leads to the same database without a pooler that shares connections per transaction (PgBouncer's transaction mode), if
	// DatabaseURL and ExploreURL lead through one; default: none.
	ListenURL string
	// PoolSize and ChartPoolSize are the maximum numbers of connections for the books and for charts; defaults 16 and 8.
	PoolSize, ChartPoolSize int
	// StatementTimeout bounds a statement of the books, and ChartTimeout one of a chart; defaults 30 s and 15 s.
	StatementTimeout, ChartTimeout time.Duration
	// ExploreURL is the PostgreSQL URL for ad-hoc questions, preferably with a role that may only read; default DatabaseURL. Its
	// connections are always read-only. ExplorePoolSize is their maximum number, default 4, and ExploreTimeout bounds a statement, default
	// 5 s.
	ExploreURL      string
	ExplorePoolSize int
	ExploreTimeout  time.Duration
	// Settings change the numbers of the rules; zero fields keep the defaults of tsdb.DefaultSettings.
	Settings tsdb.Settings
	// Batcher configures how incoming events are grouped.
	Batcher tsdb.BatcherConfig
	// Mapping says which attributes of telemetry hold the platform's own ids.
	Mapping otlp.Mapping
	// TelemetryMetrics opens /v1/metrics. It is closed by default, because whoever sends both spans and metrics of the same use is charged
	// twice.
	TelemetryMetrics bool
	// RemoteWrite says which of Prometheus's counters are usage. Without any, /api/v1/write is closed.
	RemoteWrite remote.Mapping
	// OIDC says who signs people in; Issuer "": only API tokens are accepted.
	OIDC auth.OIDCConfig
	// AnyDocument lets people who sign in by OIDC send unregistered documents, within the limits of cost.
	AnyDocument bool
	// Development accepts the tokens of `usagegraph dev`. It is refused if Listen is not a loopback address, unless DevelopmentAnywhere is
	// set too.
	Development, DevelopmentAnywhere bool
	// Origins are the browser origins that are accepted beside the server's own, such as https://app.example.com.
	Origins []string
	// TrustProxy takes the caller's address from the last entry of X-Forwarded-For. Set it only behind a proxy that sets this header.
	TrustProxy bool
	// Documents are the texts of the trusted documents, those of the console among them.
	Documents []string
	// BucketSize and BucketRate are the points of cost that a principal's bucket holds and regains per second; defaults 10,000 and 2,500.
	BucketSize, BucketRate int64
	// DrainTimeout bounds the shutdown; default 20 s.
	DrainTimeout time.Duration

	// PaceCollector lets the garbage collector of the whole process run less often while much is allocated, for up to 64 MB more memory. It
	// is for programs that set neither GOGC nor its percentage.
	PaceCollector bool
	// Revision is the revision of the source that the binary was made from, for when the linker recorded none, as in an image without .git.
	Revision string
	// Tracing receives the spans of operations and statements; nil: none are made.
	Tracing trace.TracerProvider
	// Parts are parts of the program that the server does not import.
	Parts Parts

	// Clock, Random and Log are what the server reads from its environment; required.
	Clock  func() time.Time
	Random func([]byte) (int, error)
	Log    *slog.Logger
}

// Parts are provided by the program that assembles the server. A nil part is left out.
type Parts struct {
	// Migrate migrates the database before anything else, and returns the number of steps.
	Migrate func(ctx context.Context) (steps int, err error)
	// Migrated reports whether the database has the schema of this binary.
	Migrated func(ctx context.Context, pool *pgxpool.Pool) (bool, error)
	// Mailer queues the delivery of e-mails; nil: they are only stored.
	Mailer func(pool *pgxpool.Pool) (tsdb.Mailer, error)
	// Jobs makes the jobs that run by the clock: metering, expiry, deliveries, retention. observe is told about each run.
	Jobs func(store *tsdb.Store, log *slog.Logger, observe func(ctx context.Context, job string, took time.Duration, err error)) (Jobs, error)
	// RenderMail renders an e-mail as it is sent.
	RenderMail func(tsdb.Email, tsdb.Settings) (graph.MailText, error)
	// Console makes the handler for everything that is not another route. connect returns, at any time, the further origins that its page
	// calls.
	Console func(connect func() []string) http.Handler
}

// Jobs run in the background from Start to Stop. Stop lets jobs in progress finish until ctx ends.
type Jobs interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// InForce returns c with its defaults filled in.
func (c Config) InForce() Config { return c.withDefaults() }

// withDefaults fills in zero fields.
func (c Config) withDefaults() Config {
	text := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	text(&c.Listen, ":8080")
	or(&c.PoolSize, 16)
	or(&c.ChartPoolSize, 8)
	text(&c.ExploreURL, c.DatabaseURL)
	or(&c.ExplorePoolSize, 4)
	or(&c.ExploreTimeout, 5*time.Second)
	or(&c.StatementTimeout, 30*time.Second)
	or(&c.ChartTimeout, 15*time.Second)
	or(&c.BucketSize, 10_000)
	or(&c.BucketRate, 2_500)
	or(&c.DrainTimeout, 20*time.Second)
	c.Settings = withDefaultSettings(c.Settings)
	c.OIDC.Clock, c.OIDC.Log = c.Clock, c.Log
	if c.Tracing == nil {
		c.Tracing = noop.NewTracerProvider()
	}
	return c
}

// or sets a field that is zero.
func or[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// withDefaultSettings fills in the numbers of the rules.
func withDefaultSettings(s tsdb.Settings) tsdb.Settings {
	d := tsdb.DefaultSettings()
	or(&s.FreeCredits, d.FreeCredits)
	or(&s.FreeRuns, d.FreeRuns)
	or(&s.FreeTerm, d.FreeTerm)
	or(&s.EventRetention, d.EventRetention)
	or(&s.QuarterMonths, d.QuarterMonths)
	or(&s.ReservationTimeout, d.ReservationTimeout)
	or(&s.SupportContact, d.SupportContact)
	or(&s.ConsoleURL, d.ConsoleURL)
	or(&s.MaxAhead, d.MaxAhead)
	or(&s.OutboxRetention, d.OutboxRetention)
	or(&s.MailPause, d.MailPause)
	or(&s.MaxProvisioned, d.MaxProvisioned)
	or(&s.AttributionValues, d.AttributionValues)
	or(&s.Attributions, d.Attributions)
	or(&s.RefusalRetention, d.RefusalRetention)
	or(&s.MailDomain, d.MailDomain)
	return s
}

// Validate returns everything that is wrong with c; it opens nothing. Its texts do not repeat values, which may be secret.
func (c Config) Validate() error {
	d := c.withDefaults()
	return errors.Join(
		problem(c.Clock == nil || c.Random == nil || c.Log == nil, "Clock, Random, Log: required"),
		databaseProblem("database-url", c.DatabaseURL),
		problem(d.ExploreURL != c.DatabaseURL && databaseProblem("", d.ExploreURL) != nil, "explore-database-url: no PostgreSQL URL that can be read"),
		listenProblem("listen", d.Listen),
		problem(c.MetricsListen != "" && listenProblem("", c.MetricsListen) != nil, "metrics-listen: no address, such as :9464 or 127.0.0.1:9464"),
		problem(c.MetricsListen != "" && c.MetricsListen == d.Listen && !strings.HasSuffix(d.Listen, ":0"), "metrics-listen: the address of listen"),
		problem(c.ListenURL != "" && databaseProblem("", c.ListenURL) != nil, "listen-database-url: no PostgreSQL URL that can be read"),
		d.boundProblems(),
		problem((c.OIDC.Issuer == "") != (c.OIDC.Audience == ""), "oidc-issuer and oidc-audience: only one of them is set"),
		problem(c.OIDC.Issuer != "" && !isWeb(c.OIDC.Issuer), "oidc-issuer: no http or https URL"),
		c.OIDC.Validate(),
		d.Settings.Validate(),
		c.RemoteWrite.Validate(),
		problem(!isWeb(d.Settings.ConsoleURL), "console-url: no http or https URL"),
		problem(c.Development && !c.DevelopmentAnywhere && !loopback(d.Listen),
			"listen: development tokens are taken on a loopback address only, such as 127.0.0.1:8080; --development-anywhere lifts that"),
		c.originProblems(),
	)
}

// Bounds on settings: below them nothing works, and above them somebody typed a digit too many.
const (
	maxPool    = 10_000
	maxPoints  = 1 << 50
	leastBound = 100 * time.Millisecond // of a time-out; to PostgreSQL less than a millisecond means none
)

// boundProblems returns what is wrong with sizes and time-outs.
func (c Config) boundProblems() error {
	pool := func(name string, size, least int) error {
		return problem(size < least || size > maxPool, fmt.Sprintf("%s: not in %d..%d", name, least, maxPool))
	}
	timeout := func(name string, d time.Duration) error {
		return problem(d < leastBound, fmt.Sprintf("%s: at least %s", name, leastBound))
	}
	return errors.Join(
		pool("pool-size", c.PoolSize, 2), pool("chart-pool-size", c.ChartPoolSize, 1), pool("explore-pool-size", c.ExplorePoolSize, 1),
		timeout("statement-timeout", c.StatementTimeout), timeout("chart-timeout", c.ChartTimeout),
		timeout("explore-timeout", c.ExploreTimeout), timeout("drain-timeout", c.DrainTimeout),
		problem(c.BucketSize < 100 || c.BucketSize > maxPoints, fmt.Sprintf("bucket-size: not in 100..%d", maxPoints)),
		problem(c.BucketRate < 1 || c.BucketRate > maxPoints, fmt.Sprintf("bucket-rate: not in 1..%d", maxPoints)),
	)
}

func problem(wrong bool, text string) error {
	if wrong {
		return errors.New(text)
	}
	return nil
}

func listenProblem(name, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.DefaultResolver.LookupPort(context.Background(), "tcp", port) // a number, or a name such as http
	}
	return problem(err != nil, name+": no address, such as :8080 or 127.0.0.1:8080")
}

// databaseProblem checks a URL as the pools will read it, including its parameters. pgx's own message may repeat a part of it.
func databaseProblem(name, text string) error {
	if text == "" {
		return errors.New(name + ": required, such as postgres://user:password@host:5432/name")
	}
	if u, err := url.Parse(text); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return errors.New(name + ": no URL such as postgres://user:password@host:5432/name; signs in a password such as % or / are escaped (%25, %2F)")
	}
	_, err := pgxpool.ParseConfig(text)
	return problem(err != nil, name+": one of its parts cannot be read: host, port, or a parameter such as sslmode")
}

func (c Config) originProblems() error {
	var errs []error
	for i, o := range c.Origins {
		u, err := url.Parse(o)
		errs = append(errs, problem(err != nil || !isWeb(o) || u.Host == "" || u.Path != "" || u.RawQuery != "",
			fmt.Sprintf("origins: number %d is not an origin such as https://app.example.com", i+1)))
	}
	return errors.Join(errs...)
}

func isWeb(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// loopback reports whether an address can be reached only from this machine.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}
