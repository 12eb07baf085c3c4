package charts

import (
	"fmt"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// hosting are rows of hosting made of the segments themselves, cut where the groups by time begin, for what charts do
// not know: seconds and hardware. Their credits are differences of the cumulative charge, so cut at whole minutes they
// equal those of the charts (rules.md §6); they are used only if hardware is told apart. A stop that is not posted yet
// ends what costs something, and nothing else (rules.md §5).
func (p *pivotRead) hosting(a *pg.Arguments, read *spanRead, earlier bool, tail string) string {
	// From the inside out: segments, cut to the span, then cut into pieces, each with what had been charged by its end
	// minus what had been by its beginning.
	from, to := a.Add(read.from)+"::timestamptz", a.Add(read.to)+"::timestamptz"
	credits := "0::bigint"
	if p.byHardware() {
		credits = "charged(rate, replicas, began, until) - charged(rate, replicas, began, since)"
		credits = strings.ReplaceAll(credits, "charged(rate, replicas, began, until)", charge("until"))
		credits = strings.ReplaceAll(credits, "charged(rate, replicas, began, since)", charge("since"))
	}
	// The first seven columns of usage are given; the others are figures that hosting does not have.
	figures := strings.Repeat(", 0::bigint", strings.Count(read.columns(), ",")-6)
	seconds := ""
	if p.Hosting {
		seconds = ", until - since, (until - since) * replicas"
	}
	seconds += tail
	bucket, number := "to_timestamp(since)", "0"
	if read.starts != nil {
		number = "width_bucket(to_timestamp(since), " + a.Add(read.starts) + "::timestamptz[])"
	}
	return fmt.Sprintf(`SELECT account_id, %s, resource_id, deployment_id, 'HOSTING', category, (%s)::bigint%s, hardware, %t, %s%s
  FROM (
    SELECT h.*, greatest(h.first, extract(epoch FROM piece.starts)::bigint) AS since, least(h.last, extract(epoch FROM piece.ends)::bigint) AS until
    FROM (
      SELECT s.account_id, s.resource_id, s.deployment_id, s.category, s.hardware, s.rate, s.replicas, extract(epoch FROM s.started_at)::bigint AS began,
        extract(epoch FROM greatest(s.started_at, %s))::bigint AS first,
        extract(epoch FROM least(coalesce(s.ended_at, CASE WHEN s.rate > 0 THEN e.ended END, %s::timestamptz), %s))::bigint AS last
      FROM segment s LEFT JOIN unnest(%s::bigint[], %s::timestamptz[]) e (account_id, ended) ON e.account_id = s.account_id
      WHERE ($1::bigint[] IS NULL OR s.account_id = ANY($1::bigint[])) AND s.started_at < %s AND (s.ended_at IS NULL OR s.ended_at > %s)
    ) h JOIN (
      SELECT starts, lead(starts, 1, %s) OVER (ORDER BY number) AS ends FROM unnest(%s::timestamptz[]) WITH ORDINALITY cut (starts, number)
    ) piece ON piece.starts < to_timestamp(h.last) AND piece.ends > to_timestamp(h.first)
    WHERE h.first < h.last
  ) cut`, bucket, credits, figures, earlier, number, seconds, from, a.Add(p.asOf.Truncate(time.Second)), to, a.Add(p.ends[0]), a.Add(p.ends[1]), to, from, to,
		a.Add(p.pieces(read)))
}

// charge is what a segment has cost by a second since it began: rate × replica-seconds / 3600, rounded half up. It is
// billing.CumulativeCharge in SQL: div truncates, so adding half of the divisor first rounds half up.
func charge(at string) string {
	return "div(2::numeric * rate * replicas * (" + at + " - began) + 3600, 7200)"
}

// pieces returns where hosting is cut: at the groups by time.
func (p *pivotRead) pieces(read *spanRead) []time.Time {
	// By hour or weekday each piece must lie within one, in the query's zone: a zone that is off by half an hour, or a
	// change to summer time, moves the cuts.
	hours := p.by(ByHour) || p.Filter.Hours != nil
	if !hours && !p.by(ByWeekday) && p.Filter.Weekdays == nil {
		if read.starts != nil {
			return read.starts
		}
		return []time.Time{read.from}
	}
	g := billing.Day
	if hours {
		g = billing.Hour
	}
	return g.Cuts(read.shown, p.Zone, read.starts)
}
