package charts

import (
	"fmt"
	"math"
	"strings"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// maxFilled is the most rows that groups by time are filled up to.
const maxFilled = 500_000

// fills reports whether buckets without usage are rows too, for whatever else is grouped by and occurs within the range
// (rules.md §9). Without them a chart would draw a line from one day of usage to the next, across days without any.
func (p *pivotRead) fills() bool { return len(p.buckets) > 0 && !p.Sparse }

// mostKinds is the most combinations of whatever else is grouped by; each has a row per bucket. The bound is on rows
// and not on combinations, so that a year of days of a few is as good as an hour of many.
func (p *pivotRead) mostKinds() int { return maxFilled / max(1, len(p.buckets)) }

// mostThings is the most resources, deployments and owners that groups can be of, as far as the question says: those that
// the filter names, and none if nothing is grouped by them.
func (p *pivotRead) mostThings() int64 {
	switch f := p.Filter; {
	case !p.by(ByResource) && !p.by(ByDeployment) && !p.by(ByOwner):
		return 0
	case f.Deployments != nil:
		return int64(len(f.Deployments))
	case f.Resources != nil && !p.by(ByDeployment):
		return int64(len(f.Resources))
	}
	return math.MaxInt64
}

// tooFine is the refusal if groups would be filled up to more rows than anybody reads.
func (p *pivotRead) tooFine() error {
	return pg.Refuse(pg.RangeTooFine, "range", "more than %d groups in %d buckets each would be more than %d rows; ask for a shorter range, wider buckets or fewer groups",
		p.mostKinds(), len(p.buckets), maxFilled)
}

// found is the name of the table of groups that have usage.
func (p *pivotRead) found() string {
	if p.fills() {
		return "found"
	}
	return "groups"
}

// kindsCounted is the column that says how many combinations are filled up. It comes with every row, so that no other
// statement has to count.
func (p *pivotRead) kindsCounted() string {
	if p.fills() {
		return "(SELECT count(*) FROM kinds)"
	}
	return "0::bigint"
}

// filled makes the table `groups` from the table `found`: a row per combination and bucket. One combination more than
// allowed shows that there are too many.
func (p *pivotRead) filled() string {
	if !p.fills() {
		return ""
	}
	time := p.at(ByTime)
	var columns []string
	others, same := []string{"other"}, []string{"found.other = kinds.other", fmt.Sprintf("found.k%d = bucket.number", time)}
	for i := range p.GroupBy {
		if i+1 == time {
			columns = append(columns, fmt.Sprintf("bucket.number AS k%d", time))
			continue
		}
		columns = append(columns, fmt.Sprintf("kinds.k%d", i+1))
		others = append(others, fmt.Sprintf("k%d", i+1))
		same = append(same, fmt.Sprintf("found.k%d = kinds.k%d", i+1, i+1))
	}
	kinds := "SELECT false AS other"
	if len(others) > 1 {
		kinds = fmt.Sprintf("SELECT DISTINCT %s FROM found LIMIT %d", strings.Join(others, ", "), p.mostKinds()+1)
	}
	return fmt.Sprintf(`, kinds AS MATERIALIZED (
  %s
), groups AS (
  SELECT kinds.other, %s, %s
  FROM kinds CROSS JOIN generate_series(1, %d) bucket (number) LEFT JOIN found ON %s
)`, kinds, strings.Join(columns, ", "), each(p.figures(), "coalesce(found.%, 0) AS %"), len(p.buckets), strings.Join(same, " AND "))
}
