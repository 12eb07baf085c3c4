package charts_test

import (
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// sums are what a span must show, computed from the facts one by one.
type sums struct {
	slices              billing.Slices
	runs                map[int64]int64          // by tool
	hosting, inference  map[int64]billing.Amount // by resource
	deployment          map[int64]billing.Amount
	seconds, replicated map[int64]int64 // by guardrail and script
}

func (b *brute) sums(from, to time.Time) *sums {
	s := &sums{runs: map[int64]int64{}, hosting: map[int64]billing.Amount{}, inference: map[int64]billing.Amount{}, deployment: map[int64]billing.Amount{},
		seconds: map[int64]int64{}, replicated: map[int64]int64{}}
	for i := range b.events {
		e := &b.events[i]
		if e.Time.Before(from) || !e.Time.Before(to) {
			continue
		}
		if e.Kind == tsdb.ToolRun {
			s.runs[e.ResourceID] += e.Runs
			s.slices[billing.Tools.Index()] += billing.Amount(e.Runs)
			continue
		}
		s.inference[e.ResourceID] += charge(e)
		s.deployment[e.DeploymentID] += charge(e)
		s.slices[billing.Models.Index()] += charge(e)
	}
	for _, h := range b.ran {
		first, last, credits := h.within(from, to, b.Now().Truncate(time.Second))
		s.hosting[h.resource] += credits
		s.deployment[h.deployment] += credits
		s.seconds[h.resource] += int64(last.Sub(first) / time.Second) // no two parts of one guardrail or script overlap here
		s.replicated[h.resource] += h.replicas * int64(last.Sub(first)/time.Second)
		s.slices[map[tsdb.ResourceKind]billing.Category{tsdb.KindModel: billing.Models, tsdb.KindGuardrail: billing.Guardrails, tsdb.KindScript: billing.Scripts}[h.kind].Index()] += credits
	}
	return s
}
