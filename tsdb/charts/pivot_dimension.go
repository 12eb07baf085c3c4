package charts

import (
	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Dimension is what a pivot groups usage by.
type Dimension string

// The dimensions of a pivot.
const (
	ByAccount    Dimension = "ACCOUNT"
	ByPlan       Dimension = "PLAN"   // that the account has now
	ByZone       Dimension = "ZONE"   // that the account is in now, as posted
	ByRunway     Dimension = "RUNWAY" // when the account's credits or runs are forecast to be used up
	ByCategory   Dimension = "CATEGORY"
	ByKind       Dimension = "KIND"
	ByResource   Dimension = "RESOURCE"
	ByOwner      Dimension = "OWNER"
	ByDeployment Dimension = "DEPLOYMENT"
	ByHardware   Dimension = "HARDWARE"
	ByTime       Dimension = "TIME"
	ByHour       Dimension = "HOUR_OF_DAY"
	ByWeekday    Dimension = "DAY_OF_WEEK"
)

// pivotKey is how a dimension is read from the table of usage, and the type of its place. A dimension without a column
// is built per query.
type pivotKey struct{ column, kind string }

// zoneNames are the zones in their order: a zone's position in the list is the number that rows are grouped and ordered
// by.
const zoneNames = "OPEN', 'NO_FINE_TUNING', 'LOW', 'EXHAUSTED', 'STOPPED"

// runwayOf is the number of a Runway, counted from when the forecast was made. What was never granted is not used up.
// An account without a forecast is BEYOND unless it is used up, as nothing is less than null.
const runwayOf = `CASE WHEN b.had_grant[1] AND b.balances[1] <= 0 OR b.had_grant[2] AND b.balances[2] <= 0 THEN 1
  WHEN least(fc.credits_exhausted_at, fc.runs_exhausted_at) < fc.made_at + interval '7 days' THEN 2
  WHEN least(fc.credits_exhausted_at, fc.runs_exhausted_at) < fc.made_at + interval '30 days' THEN 3
  WHEN least(fc.credits_exhausted_at, fc.runs_exhausted_at) < fc.made_at + interval '90 days' THEN 4 ELSE 5 END`

// Runway says when the first of an account's meters is forecast to be used up.
type Runway string

// Runways returns all runways, the shortest first.
func Runways() []Runway {
	return []Runway{"USED_UP", "WITHIN_7_DAYS", "WITHIN_30_DAYS", "WITHIN_90_DAYS", "BEYOND"}
}

// zones are those of zoneNames.
func zones() []billing.Zone {
	return []billing.Zone{billing.ZoneOpen, billing.ZoneNoFineTuning, billing.ZoneLow, billing.ZoneExhausted, billing.ZoneStopped}
}

// dimensions are those of usage itself; column reads what events carry. A dimension with an order of its own, such as a
// zone, is read as a number, so that rows follow that order and not the alphabet.
var dimensions = map[Dimension]pivotKey{
	ByAccount: {"c.account_id", "bigint"},
	// No plan is 0 and not null, so that a filter can match it.
	ByPlan:       {"coalesce(a.plan_id, 0)", "bigint"},
	ByZone:       {"array_position(ARRAY['" + zoneNames + "'], " + tsdb.ZoneOf + ")", "int"},
	ByRunway:     {runwayOf, "int"},
	ByCategory:   {"array_position(ARRAY['MODELS', 'GUARDRAILS', 'SCRIPTS', 'TOOLS'], c.category)", "int"},
	ByKind:       {"c.kind", "text"},
	ByResource:   {"c.resource_id", "bigint"},
	ByOwner:      {"coalesce(o.owner_name, '')", "text"},
	ByDeployment: {"c.deployment_id", "bigint"},
	ByHardware:   {"c.hardware", "text"},
	ByTime:       {"c.number", "int"},
	// In the zone of the query, which only its arguments know.
	ByHour:    {"", "int"},
	ByWeekday: {"", "int"},
}

// PivotFilter says which usage counts. nil is no condition, and an empty list matches nothing.
type PivotFilter struct {
	Plans       []int64 // 0: accounts without a plan
	Zones       []billing.Zone
	Runways     []Runway
	Categories  []billing.Category
	Kinds       []string
	Resources   []int64
	Owners      []string
	Deployments []int64
	Hardware    []string
	Hours       []int32 // of the day, 0 to 23
	Weekdays    []int32 // Monday is 1
	// For users and API keys, "" is usage that carries none. Values beyond what the account's charts tell apart match no
	// filter.
	Users, APIKeys []string
	Tags           []TagFilter // of events; all must match
	ResourceTags   []TagFilter
}
