package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what /metrics shows. Every label has few values: none is taken from a request as it comes.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	faults   prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "usagegraph_http_request_seconds", Help: "Time to answer a request, streams left out.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "status"}),
		faults: prometheus.NewCounter(prometheus.CounterOpts{Name: "usagegraph_faults_total", Help: "Errors whose cause callers were not shown."}),
	}
	m.registry.MustRegister(m.requests, m.faults, collectors.NewGoCollector(), collectors.NewBuildInfoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// request counts an answer. The route is the pattern that matched, never the path.
func (m *metrics) request(r *http.Request, status int, took time.Duration) {
	if r.Header.Get("Upgrade") != "" || r.Header.Get("Accept") == "text/event-stream" {
		return
	}
	m.requests.WithLabelValues(r.Pattern, strconv.Itoa(status)).Observe(took.Seconds())
}

// gauge publishes a number that is read when asked for.
func (m *metrics) gauge(name, help string, labels prometheus.Labels, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, value))
}

// pool publishes the use of a pool.
func (m *metrics) pool(name string, p *pgxpool.Pool) {
	labels := prometheus.Labels{"pool": name}
	m.gauge("usagegraph_pool_in_use", "Connections to the database in use.", labels, func() float64 { return float64(p.Stat().AcquiredConns()) })
	m.gauge("usagegraph_pool_size", "The most connections that the pool opens.", labels, func() float64 { return float64(p.Stat().MaxConns()) })
	m.gauge("usagegraph_pool_waits", "How often a connection had to be waited for, since start.", labels, func() float64 { return float64(p.Stat().EmptyAcquireCount()) })
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
