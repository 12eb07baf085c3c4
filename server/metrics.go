package server

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/trace"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// metrics are the metrics of /metrics. Every label has few values; none is taken unchanged from a request.
type metrics struct {
	registry    *prometheus.Registry
	requests    *prometheus.HistogramVec
	operations  *prometheus.HistogramVec
	errors      *prometheus.CounterVec
	faults      prometheus.Counter
	unavailable prometheus.Counter
	events      *prometheus.CounterVec
	refused     *prometheus.CounterVec
	provisioned *prometheus.CounterVec
	batches     prometheus.Histogram
	batchSize   prometheus.Histogram
	batchAge    prometheus.Histogram
	failed      prometheus.Counter
	jobs        *prometheus.HistogramVec
}

func newMetrics() *metrics {
	seconds := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &metrics{
		registry:    prometheus.NewRegistry(),
		requests:    histogram("usagegraph_http_request_seconds", "Time to answer a request, streams left out.", seconds, "route", "status"),
		operations:  histogram("usagegraph_operation_seconds", "Time to execute a query or mutation, by the name of its registered document; other: all that are not registered.", seconds, "operation", "type"),
		errors:      counter("usagegraph_errors_total", "Errors that callers were shown, by code.", "code"),
		faults:      prometheus.NewCounter(prometheus.CounterOpts{Name: "usagegraph_faults_total", Help: "Errors whose cause callers were not shown."}),
		unavailable: prometheus.NewCounter(prometheus.CounterOpts{Name: "usagegraph_unavailable_total", Help: "Requests and batches of events that failed because the database could not be asked."}),
		events:      counter("usagegraph_events_total", "Usage events that came in, by what became of them.", "status"),
		provisioned: counter("usagegraph_provisioned_total", "Tools and models that events made of their own accord, by the events' kind.", "kind"),
		refused:     counter("usagegraph_events_refused_total", "Usage events that were refused, by code.", "code"),
		batches:     prometheus.NewHistogram(prometheus.HistogramOpts{Name: "usagegraph_batch_seconds", Help: "Time of one ingest transaction.", Buckets: seconds}),
		batchSize:   prometheus.NewHistogram(prometheus.HistogramOpts{Name: "usagegraph_batch_events", Help: "Events of one ingest transaction.", Buckets: prometheus.ExponentialBuckets(1, 4, 8)}),
		batchAge:    prometheus.NewHistogram(prometheus.HistogramOpts{Name: "usagegraph_batch_age_seconds", Help: "From the first event of a batch coming in to the end of its transaction.", Buckets: seconds}),
		failed:      prometheus.NewCounter(prometheus.CounterOpts{Name: "usagegraph_batches_failed_total", Help: "Ingest transactions of which nothing was stored though the database answered; their callers were told."}),
		jobs:        histogram("usagegraph_job_seconds", "Time of one run of a job.", seconds, "name", "outcome"),
	}
	m.registry.MustRegister(m.requests, m.operations, m.errors, m.faults, m.unavailable, m.events, m.refused, m.provisioned, m.batches, m.batchSize, m.batchAge, m.failed, m.jobs)
	return m
}

// request counts an answer. The route is the pattern that matched, never the path. A header that asks for an upgrade hides nothing: only what
// became a socket is left out.
func (m *metrics) request(r *http.Request, status int, took time.Duration) {
	if status == http.StatusSwitchingProtocols || r.Header.Get("Accept") == "text/event-stream" {
		return
	}
	observe(r.Context(), m.requests.WithLabelValues(r.Pattern, strconv.Itoa(status)), took)
}

// batch counts an ingest transaction.
func (m *metrics) batch(b tsdb.Batch) {
	n := 0
	for status, count := range b.Statuses {
		m.events.WithLabelValues(string(status)).Add(float64(count))
		n += count
	}
	for kind, count := range b.Provisioned {
		m.provisioned.WithLabelValues(string(kind)).Add(float64(count))
	}
	for code, count := range b.Refusals {
		m.refused.WithLabelValues(string(code)).Add(float64(count))
	}
	switch {
	case pg.Unavailable(b.Err):
		m.unavailable.Inc()
		return
	case b.Err != nil:
		m.failed.Inc()
		return
	}
	m.batches.Observe(b.Took.Seconds())
	m.batchAge.Observe(b.Age.Seconds())
	m.batchSize.Observe(float64(n))
}

// job counts a run of a job.
func (m *metrics) job(ctx context.Context, name string, took time.Duration, err error) {
	outcome := "done"
	if err != nil {
		outcome = "failed"
	}
	observe(ctx, m.jobs.WithLabelValues(name, outcome), took)
}

// observe counts a duration. If it was traced, the trace is attached to its bucket as an exemplar, so that a slow one can be examined.
func observe(ctx context.Context, in prometheus.Observer, took time.Duration) {
	if span := trace.SpanContextFromContext(ctx); span.IsSampled() {
		if with, ok := in.(prometheus.ExemplarObserver); ok {
			with.ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": span.TraceID().String()})
			return
		}
	}
	in.Observe(took.Seconds())
}

// gauge publishes a number that is read on each scrape.
func (m *metrics) gauge(name, help string, labels prometheus.Labels, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, value))
}

// counter publishes a number that only grows and is read on each scrape.
func (m *metrics) counter(name, help string, labels prometheus.Labels, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help, ConstLabels: labels}, value))
}

// AboutProcess registers the metrics that every process has: of the Go runtime, of the process, and what its binary was made from.
func AboutProcess(at prometheus.Registerer, b Build) {
	at.MustRegister(collectors.NewGoCollector(), collectors.NewBuildInfoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "usagegraph_build_info", Help: "What this binary was made from.",
			ConstLabels: prometheus.Labels{"version": b.Version, "revision": b.Revision, "go": b.Go}}, one))
}

func one() float64 { return 1 }

// about publishes what runs here, and on which database.
func (m *metrics) about(b Build, e tsdb.Edition) {
	AboutProcess(m.registry, b)
	m.gauge("usagegraph_timescaledb_info", "The TimescaleDB behind this process; license timescale is the Community edition.",
		prometheus.Labels{"version": e.Version, "license": e.License, "postgresql": e.PostgreSQL}, one)
}

// pool publishes the use of a connection pool.
func (m *metrics) pool(name string, p *pgxpool.Pool) {
	labels := prometheus.Labels{"pool": name}
	m.gauge("usagegraph_pool_in_use", "Connections to the database in use.", labels, func() float64 { return float64(p.Stat().AcquiredConns()) })
	m.gauge("usagegraph_pool_size", "The most connections that the pool opens.", labels, func() float64 { return float64(p.Stat().MaxConns()) })
	m.counter("usagegraph_pool_waits_total", "How often a connection had to be waited for.", labels, func() float64 { return float64(p.Stat().EmptyAcquireCount()) })
}

// live publishes the counts of sockets, streams and the hub.
func (m *metrics) live(s *Server) {
	of := func(transport string) prometheus.Labels { return prometheus.Labels{"transport": transport} }
	m.gauge("usagegraph_connections", "Live connections.", of("websocket"), func() float64 { return float64(s.sockets.Stats().Connections) })
	m.gauge("usagegraph_connections", "Live connections.", of("sse"), func() float64 { return float64(s.streams.Stats().Connections) })
	m.counter("usagegraph_clients_cut_total", "Clients cut because they read too slowly.", of("websocket"), func() float64 { return float64(s.sockets.Stats().Cut) })
	m.counter("usagegraph_clients_cut_total", "Clients cut because they read too slowly.", of("sse"), func() float64 { return float64(s.streams.Stats().Cut) })
	m.gauge("usagegraph_subscriptions", "Subscriptions that the hub serves.", nil, func() float64 { return float64(s.hub.Stats().Watchers) })
	m.gauge("usagegraph_hub_lag_seconds", "From hearing of a change to its frame, in the latest round of the last minute; longer, if one has waited longer.", nil, func() float64 { return s.hub.Stats().Lag.Seconds() })
	m.counter("usagegraph_hub_frames_total", "Frames handed to watchers.", nil, func() float64 { return float64(s.hub.Stats().Frames) })
	m.gauge("usagegraph_hub_listening", "1 while the connection that hears of commits is up.", nil, func() float64 {
		if s.hub.Stats().Listening {
			return 1
		}
		return 0
	})
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

// vitals publishes figures from the database. It queries them at most every ten seconds, however often it is scraped.
type vitals struct {
	store *tsdb.Store
	clock func() time.Time
	told  func(error) // receives each failure, and nil for the first success after one

	mu   sync.Mutex
	at   time.Time
	last tsdb.Vitals
	ok   bool

	asked bool
}

const vitalsEvery, vitalsTimeout = 10 * time.Second, 3 * time.Second

// Describe sends nothing: the collector is unchecked, because its metrics may vary.
func (*vitals) Describe(chan<- *prometheus.Desc) {}

// Collect sends the figures, or nothing if the database does not answer.
func (v *vitals) Collect(out chan<- prometheus.Metric) {
	now, ok := v.read()
	if !ok {
		return
	}
	put := func(name, help string, value float64, labels prometheus.Labels) {
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, labels), prometheus.GaugeValue, value)
	}
	put("usagegraph_meter_lag_seconds", "How far behind now the posting of running hosting is.", now.MeterLag.Seconds(), nil)
	put("usagegraph_outbox_age_seconds", "Age of the oldest e-mail that waits for delivery.", now.OutboxAge.Seconds(), nil)
	put("usagegraph_reconciliation_difference", "Difference between ledger and facts; it must be 0.", float64(now.Difference), nil)
	put("usagegraph_audit_age_seconds", "Time since the account whose books were compared with all of its facts longest ago.", now.AuditAge.Seconds(), nil)
	put("usagegraph_rollup_dirty", "Rows that the roll-up has yet to add to the chart tables.", float64(now.Dirty), nil)
	for table, n := range now.Overdue {
		put("usagegraph_retention_overdue_chunks", "Chunks that stay more than two days beyond their retention.", float64(n), prometheus.Labels{"table": table})
	}
	for job, at := range now.JobsDone {
		put("usagegraph_job_age_seconds", "Time since a job was last done to its end, by whichever process.", v.clock().Sub(at).Seconds(), prometheus.Labels{"name": job})
	}
	for state, n := range now.MailsByState {
		put("usagegraph_emails", "E-mails by state.", float64(n), prometheus.Labels{"state": state})
	}
}

func (v *vitals) read() (tsdb.Vitals, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if now := v.clock(); now.Sub(v.at) >= vitalsEvery {
		v.at = now
		ctx, cancel := context.WithTimeout(context.Background(), vitalsTimeout)
		defer cancel()
		var err error
		if v.last, err = v.store.Vitals(ctx); err != nil || !v.ok && v.asked {
			v.told(err)
		}
		v.ok, v.asked = err == nil, true
	}
	return v.last, v.ok
}
