package charts

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// PanelRow is one kind of hardware that a guardrail or script used within the span. Seconds in which two segments ran
// count once in Seconds and twice in ReplicaSeconds.
type PanelRow struct {
	Hardware       string
	CPUs           int64 // GUARDRAILS: per replica
	Seconds        int64 // wall-clock time
	ReplicaSeconds int64 // what was metered
	Credits        billing.Amount
}

// Panel is the detail panel of a guardrail or script, most credits first. Hardware that costs nothing has no row.
// Seconds need not be the sum of the rows': two kinds of hardware may have run at the same time.
type Panel struct {
	Range   billing.Range
	Rows    []PanelRow
	Seconds int64 // wall-clock time deployed, without double counting
	Credits billing.Amount
}

// Panel returns the detail panel of a guardrail or script of the account. All panels of one answer share a statement. A
// resource that is unknown or of another account has an empty panel.
func (r *Reader) Panel(ctx context.Context, account, resource int64, span Span) (*Panel, error) {
	all, err := r.hostingSpansOf(ctx, account, span)
	if err != nil {
		return nil, fmt.Errorf("read panel: %w", err)
	}
	_, err = r.Account(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("read panel: %w", err)
	}
	shown, err := r.resolve(ctx, span, []int64{account})
	if err != nil {
		return nil, fmt.Errorf("read panel: %w", err)
	}
	mine := all[resource]
	return &Panel{Range: shown, Rows: mine.byHardware(), Seconds: mine.wallClock(), Credits: mine.cost()}, nil
}

// hostingSpan is the part of a segment that lies within a span: [from, to). The segment itself is whole, because its
// charge is cumulative.
type hostingSpan struct {
	segment  billing.Segment
	hardware string
	cpus     int64
	from, to billing.Second
}

// hostingSpans are those of one guardrail or script, by start.
type hostingSpans []hostingSpan

// cost is what they cost, equal to the sum of the minutes in charts, since both are differences of the cumulative
// charge.
func (h hostingSpans) cost() (sum billing.Amount) {
	for i := range h {
		sum += h[i].segment.Charge(h[i].from, h[i].to)
	}
	return sum
}

// wallClock is the number of seconds in which at least one of them ran.
func (h hostingSpans) wallClock() (seconds int64) {
	var until billing.Second
	for i := range h {
		// They are sorted by start: what earlier ones covered is not counted again.
		if h[i].to > until {
			seconds += int64(h[i].to - max(h[i].from, until))
			until = h[i].to
		}
	}
	return seconds
}

// byHardware groups them by hardware and number of CPUs: the same type of CPU in another number has another price.
func (h hostingSpans) byHardware() []PanelRow {
	type hardware struct {
		name string
		cpus int64
	}
	groups := map[hardware]hostingSpans{}
	for _, s := range h {
		if s.segment.RatePerHour > 0 {
			key := hardware{s.hardware, s.cpus}
			groups[key] = append(groups[key], s)
		}
	}
	rows := make([]PanelRow, 0, len(groups))
	for key, group := range groups {
		row := PanelRow{Hardware: key.name, CPUs: key.cpus, Seconds: group.wallClock(), Credits: group.cost()}
		for _, s := range group {
			row.ReplicaSeconds += s.segment.Replicas * int64(s.to-s.from)
		}
		rows = append(rows, row)
	}
	// Ties are sorted by name, as the groups come out of a map.
	slices.SortFunc(rows, func(a, b PanelRow) int {
		return cmp.Or(cmp.Compare(b.Credits, a.Credits), cmp.Compare(a.Hardware, b.Hardware), cmp.Compare(a.CPUs, b.CPUs))
	})
	return rows
}

// hostingCache is what a Reader has read of accounts' guardrails and scripts. Segments are kept forever, so tabs and
// panels are exact whatever has been rolled up, posted or dropped. Tabs and panels of one operation ask for the same
// segments.
type hostingCache struct {
	mu    sync.Mutex
	asOf  time.Time
	known map[int64]*accountHosting
}

// accountHosting is the cache of one account.
type accountHosting struct {
	account  *tsdb.Account // nil: rows are not read yet
	rows     []HostingRow
	read     bool           // segments have been read, as far back as since
	since    billing.Second // segments has those that had not ended by then
	segments []hostingSpan  // from and to: the whole segment, up to the instant of the answer
}

// of returns an account's cache, and forgets what belongs to another snapshot. The lock must be held.
func (h *hostingCache) of(asOf time.Time, account int64) *accountHosting {
	if !h.asOf.Equal(asOf) || h.known == nil {
		h.asOf, h.known = asOf, map[int64]*accountHosting{}
	}
	if h.known[account] == nil {
		h.known[account] = &accountHosting{}
	}
	return h.known[account]
}

// hostingSpansOf returns what lies within the span, by resource. What still runs ends at the instant of the answer.
func (r *Reader) hostingSpansOf(ctx context.Context, account int64, span Span) (map[int64]hostingSpans, error) {
	from, to := billing.Second(0), billing.Second(1<<62)
	if !span.Ever {
		from, to = billing.SecondOf(span.From), billing.SecondOf(span.To)
	}
	segments, err := r.segmentsSince(ctx, account, from)
	if err != nil {
		return nil, err
	}
	out := map[int64]hostingSpans{}
	for _, s := range segments {
		s.from, s.to = max(s.from, from), min(s.to, to)
		if s.from < s.to {
			out[s.segment.ResourceID] = append(out[s.segment.ResourceID], s)
		}
	}
	return out, nil
}

// segmentsSince reads the segments that had not ended by from, once for all calls that they can answer.
func (r *Reader) segmentsSince(ctx context.Context, account int64, from billing.Second) ([]hostingSpan, error) {
	r.hosting.mu.Lock()
	defer r.hosting.mu.Unlock()
	h := r.hosting.of(r.AsOf(), account)
	// What was read from further back includes everything that is needed here.
	if h.read && h.since <= from {
		return h.segments, nil
	}
	segments, err := r.readSegments(ctx, account, from)
	if err != nil {
		return nil, err
	}
	h.read, h.since, h.segments = true, from, segments
	return segments, nil
}

const selectHostingSegments = `-- name: hosting of guardrails and scripts
SELECT segment_id, deployment_id, resource_id, category, hardware, cpu_count, replicas, rate,
  extract(epoch FROM started_at)::bigint, coalesce(extract(epoch FROM ended_at)::bigint, 0)
FROM segment WHERE account_id = $1 AND category IN ('GUARDRAILS', 'SCRIPTS') AND (ended_at IS NULL OR ended_at > $2)
ORDER BY resource_id, started_at, segment_id`

// readSegments reads segments with the ends that they have at the instant of the answer: if the negative limit has
// stopped one since the last posting, its end is in the account, not yet in the table. They are sorted as wallClock
// needs them, by resource and start.
func (r *Reader) readSegments(ctx context.Context, account int64, from billing.Second) ([]hostingSpan, error) {
	var s hostingSpan
	var segments []hostingSpan
	g := &s.segment
	a, err := r.Query(ctx, account, selectHostingSegments, []any{account, time.Unix(int64(from), 0)},
		[]any{&g.ID, &g.DeploymentID, &g.ResourceID, &g.Category, &s.hardware, &s.cpus, &g.Replicas, &g.RatePerHour, &g.Start, &g.End}, func() error {
			segments = append(segments, s)
			return nil
		})
	if err != nil {
		return nil, err
	}
	stops := stoppedSegments(a)
	now := billing.SecondOf(a.AsOf)
	for i := range segments {
		g := &segments[i].segment
		segments[i].from, segments[i].to = g.Start, g.End
		if end, stopped := stops[g.ID]; stopped {
			segments[i].to = end
		} else if g.End == 0 {
			// It may begin in the current second, or later by another process's clock.
			segments[i].to = max(now, g.Start)
		}
	}
	return segments, nil
}

// stoppedSegments returns the ends of what the negative limit has stopped since the last posting.
func stoppedSegments(a *tsdb.Account) map[int64]billing.Second {
	ends := map[int64]billing.Second{}
	for _, stop := range a.Journal.Stops {
		for i := range stop.Segments {
			ends[stop.Segments[i].ID] = stop.At
		}
	}
	return ends
}
