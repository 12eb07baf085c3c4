package demo

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// stream is the traffic of one tool or model. Its figures are shapes and not money: only they are floats here.
type stream struct {
	account, resource, deployment int64
	kind                          tsdb.UsageKind
	mode                          tsdb.UsageMode
	source                        string
	perDay                        float64 // events of an average day, before growth
	growth                        float64 // 1: four times as many at the end of the year as at its start; 0: none
	input, output                 float64 // tokens of an average inference
	cached                        int     // percent of an average input that the provider's cache held, at most 50
	zone                          int     // hours east of Greenwich, where the users are
	weekend                       float64 // share of a workday's traffic
	team                          string  // whose people cause it; "": everybody
	people                        []colleague
	off                           bool
	sent                          int
}

// hourly is how a working day's traffic is dealt to the hours of its zone, in thousandths of a day.
var hourly = [24]float64{9, 7, 5, 5, 7, 12, 22, 40, 62, 78, 82, 76, 66, 70, 78, 76, 70, 58, 46, 38, 34, 27, 20, 12}

// shape is the rate of the stream at t as a multiple of its average.
func (s *stream) shape(t time.Time, progress, noise float64) float64 {
	local := t.Add(time.Duration(s.zone) * time.Hour)
	here, next := hourly[local.Hour()], hourly[(local.Hour()+1)%24]
	rate := (here + (next-here)*float64(local.Minute())/60) * 24 / 1000
	const week = 7.0
	if d := local.Weekday(); d == time.Saturday || d == time.Sunday {
		rate *= s.weekend
	}
	rate *= week / (5 + 2*s.weekend)
	return rate * noise * (1 + s.growth*(1.2*progress-0.6))
}

// traffic is what all streams send in [from, to), by mode, in the order of time.
func (w *world) traffic(from, to time.Time) (record, enforce []tsdb.UsageEvent) {
	for _, s := range w.streams {
		if s.off {
			continue
		}
		if s.mode == tsdb.Enforce {
			enforce = w.flow(enforce, s, from, to)
		} else {
			record = w.flow(record, s, from, to)
		}
	}
	byTime := func(a, b tsdb.UsageEvent) int { return a.Time.Compare(b.Time) }
	slices.SortFunc(record, byTime)
	slices.SortFunc(enforce, byTime)
	return record, enforce
}

// flow appends what one stream sends, in parts of at most an hour, within which the rate hardly changes.
func (w *world) flow(events []tsdb.UsageEvent, s *stream, from, to time.Time) []tsdb.UsageEvent {
	for t := from; t.Before(to); {
		next := t.Truncate(time.Hour).Add(time.Hour)
		if next.After(to) {
			next = to
		}
		length := next.Sub(t)
		progress := float64(t.Sub(w.start)) / float64(w.end.Sub(w.start))
		mean := s.perDay * float64(w.cfg.Events) / asUsual * s.shape(t, progress, w.noise(s, t)) * float64(length) / float64(day)
		for range w.poisson(mean) {
			at := t.Add(time.Duration(w.random.Int64N(int64(length))))
			events = append(events, w.event(s, at))
		}
		t = next
	}
	return events
}

// noise makes days differ: mostly by a sixth, and one day in forty is a busy one.
func (w *world) noise(s *stream, t time.Time) float64 {
	h := scatter(uint64(t.Unix()/86400), uint64(s.resource), w.cfg.Seed)
	noise := 0.84 + 0.32*float64(h>>40)/(1<<24)
	if h%40 == 0 {
		noise *= 1.7
	}
	return noise
}

// poisson draws how many events happen where mean are expected.
func (w *world) poisson(mean float64) int {
	if mean > 30 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*w.random.NormFloat64())))
	}
	n, p, limit := 0, w.random.Float64(), math.Exp(-mean)
	for p > limit {
		n++
		p *= w.random.Float64()
	}
	return n
}

// event is one event of a stream.
func (w *world) event(s *stream, at time.Time) tsdb.UsageEvent {
	s.sent++
	e := tsdb.UsageEvent{AccountID: s.account, Source: s.source, Time: at, Kind: s.kind, ResourceID: s.resource, DeploymentID: s.deployment,
		ID:          strconv.FormatInt(s.resource, 36) + "-" + strconv.FormatInt(s.deployment, 36) + "-" + strconv.Itoa(s.sent),
		Attribution: w.attribution(s, at)}
	if s.kind == tsdb.ToolRun {
		e.Runs = 1
		if w.random.IntN(20) == 0 {
			e.Runs = 2 + w.random.Int64N(4)
		}
		return e
	}
	e.InputTokens, e.OutputTokens = w.tokens(s.input), w.tokens(s.output)
	e.CacheReadTokens = w.cached(s, at, e.InputTokens)
	return e
}

// tokens draws a number of tokens: many short ones and a few long ones (log-normal), with the mean given.
func (w *world) tokens(mean float64) int64 {
	const sigma = 0.7
	return int64(mean*math.Exp(sigma*w.random.NormFloat64()-sigma*sigma/2)) + 1
}
