package charts

import (
	"time"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// hourOf is a row's hour of the day, and weekdayOf its day of the week, with Monday as 1, by the clocks of the query's
// zone.
func (p *pivotRead) hourOf(a *pg.Arguments) string {
	return "(" + p.secondOf(a) + " % 86400 / 3600)::int"
}

func (p *pivotRead) weekdayOf(a *pg.Arguments) string {
	return "((" + p.secondOf(a) + " / 86400 + 3) % 7 + 1)::int" // the first day of 1970 was a Thursday
}

// secondOf is a row's second by the clocks of the zone, counted from midnight of January 1st, 1970. The shifts of the
// clocks are arguments: the database has rules of its own, which may be older or newer than those that buckets by time
// are cut by, and may not know the zone at all.
func (p *pivotRead) secondOf(a *pg.Arguments) string {
	from, to := p.reads[0].shown.From, p.reads[0].shown.To
	for i := range p.reads {
		if shown := p.reads[i].shown; shown.From.Before(from) {
			from = shown.From
		} else if shown.To.After(to) {
			to = shown.To
		}
	}
	starts, shifts := clockShifts(p.Zone, from, to)
	return "(extract(epoch FROM c.bucket)::bigint + (" + a.Add(shifts) + "::bigint[])[width_bucket(c.bucket, " + a.Add(starts) + "::timestamptz[])])"
}

// clockShifts returns by how many seconds the clocks of a zone are ahead of UTC, and since when, throughout a range.
// The first shift also applies to anything earlier.
func clockShifts(zone *time.Location, from, to time.Time) (starts []time.Time, shifts []int64) {
	for at := from.In(zone); ; {
		_, shift := at.Zone()
		starts, shifts = append(starts, at.UTC()), append(shifts, int64(shift))
		_, end := at.ZoneBounds()
		if end.IsZero() || !end.Before(to) {
			break
		}
		at = end
	}
	starts[0] = time.Unix(0, 0).UTC()
	return starts, shifts
}
