package broker

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts what a Consumer does.
type Metrics struct {
	messages *prometheus.CounterVec
	dead     prometheus.Counter
	failures prometheus.Counter
	lag      prometheus.Gauge
}

// NewMetrics registers the metrics of a Consumer.
func NewMetrics(at prometheus.Registerer) *Metrics {
	m := &Metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "usagegraph_consumer_messages_total", Help: "Messages taken from the broker, by what became of them."}, []string{"status"}),
		dead:     prometheus.NewCounter(prometheus.CounterOpts{Name: "usagegraph_consumer_dead_letters_total", Help: "Messages put among the dead letters."}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{Name: "usagegraph_consumer_failures_total", Help: "Attempts to fetch, store, bury or acknowledge that failed and were made again."}),
		lag:      prometheus.NewGauge(prometheus.GaugeOpts{Name: "usagegraph_consumer_lag", Help: "Messages that wait at the broker, as of the last that were fetched; of Kafka those of this process's partitions."}),
	}
	at.MustRegister(m.messages, m.dead, m.failures, m.lag)
	return m
}

// Observe adds the counts of a round.
func (m *Metrics) Observe(r Round) {
	for status, n := range r.Statuses {
		m.messages.WithLabelValues(string(status)).Add(float64(n))
	}
	m.dead.Add(float64(r.Dead))
	m.failures.Add(float64(r.Failures))
	m.lag.Set(float64(r.Lag))
}
