package charts

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// HintKind is what a hint is about. The kinds are part of the contract.
type HintKind string

// The kinds of hint.
const (
	IdleDeployment  HintKind = "IDLE_DEPLOYMENT"
	SpareReplicas   HintKind = "SPARE_REPLICAS"
	CheaperHardware HintKind = "CHEAPER_HARDWARE"
	RisingTool      HintKind = "RISING_TOOL"
)

// Hint is something that an account could do about what it uses. It is advice: nothing is done by it.
type Hint struct {
	Kind         HintKind
	Category     billing.Category
	ResourceID   int64
	Name         string // of the resource
	DeploymentID int64  // 0: none
	Deployment   string // its name, of models
	SavingPerDay billing.Amount
	Cost         billing.Amount // what it cost in the days looked at: IDLE_DEPLOYMENT
	LastUsedOn   time.Time      // the day of UTC, as it began; zero: not within 28 days
	Hardware     string         // CHEAPER_HARDWARE: what to deploy on
	Replicas     int64          // SPARE_REPLICAS: how many are enough
	Runs, Before int64          // RISING_TOOL: of the last 7 whole days of UTC, and of the 7 before
}

// How far back hints look, and how many hints of a kind there are at most.
const (
	hintDays    = 28
	servedDays  = 14
	risingDays  = 7
	mostRising  = 3
	mostOfAKind = 20
)

// Hints finds what an account could save: the largest savings first, then the tools that rose most. An idle deployment
// is one of a model that has run for idleDays and that no inference has named since; if inference names no deployment,
// its model counts as used. It reads the last 28 days of the account, and the quarter-hours of 14 if a deployment of a
// model has several replicas. prices are those of the account. Each question is one statement of the same snapshot; an
// account without hosting is asked only for its tools.
func (r *Reader) Hints(ctx context.Context, account int64, idleDays int, prices *billing.Prices) ([]Hint, error) {
	a, err := r.Account(ctx, account)
	if err != nil {
		return nil, err
	}
	h := hinting{asOf: r.AsOf(), idle: time.Duration(idleDays) * wholeDay, account: a}
	named, err := r.deployedNow(ctx, a)
	if err != nil {
		return nil, fmt.Errorf("read what is deployed: %w", err)
	}
	served, err := r.served(ctx, a)
	if err != nil {
		return nil, fmt.Errorf("read what deployments served: %w", err)
	}
	rising, err := r.rising(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("read which tools rose: %w", err)
	}
	return append(h.savings(named, served, prices), rising...), nil
}

// hinting is what hints of hosting are made of.
type hinting struct {
	asOf    time.Time
	idle    time.Duration
	account *tsdb.Account
}

// deployed is what is known of a deployment that runs. A deployment of a guardrail or script has its resource's name.
type deployed struct {
	resource, name, hardware string
	since                    time.Time // when it was deployed: scaling does not count
}

// selectDeployedNow names what runs; scaling begins a new segment and leaves deployed_at alone.
const selectDeployedNow = `-- name: what is deployed now
SELECT d.deployment_id, r.name, d.name, d.hardware, coalesce(d.deployed_at, d.created_at)
FROM deployment d JOIN resource r ON r.resource_id = d.resource_id WHERE d.account_id = $1 AND d.deployment_id = ANY($2::bigint[])`

// deployedNow reads what is known of the deployments that run. Segments have neither names nor the instant at which the
// deployment itself began, since scaling begins another segment.
func (r *Reader) deployedNow(ctx context.Context, a *tsdb.Account) (map[int64]deployed, error) {
	out := map[int64]deployed{}
	var ids []int64
	for i := range a.Running {
		ids = append(ids, a.Running[i].DeploymentID)
	}
	if len(ids) == 0 {
		return out, nil
	}
	var id int64
	var d deployed
	return out, r.Ask(ctx, selectDeployedNow, []any{a.ID, ids}, []any{&id, &d.resource, &d.name, &d.hardware, &d.since}, func() error {
		out[id] = d
		return nil
	})
}

// served is what a deployment did lately. need is worked out only for a deployment with several replicas.
type served struct {
	last time.Time // the day of the last inference; zero: none
	need int64     // replicas, by the most that one of them has served in a quarter-hour; 0: not known
}

// servedBy is by deployment or, if inference named none, by model.
type servedBy struct{ deployments, unnamed map[int64]served }

// of returns the map that a use belongs to, and its key there.
func (s *servedBy) of(deployment, model int64) (map[int64]served, int64) {
	if deployment == 0 {
		return s.unnamed, model
	}
	return s.deployments, deployment
}

// served reads what the deployments of models did lately, and how many replicas they need if one has several.
func (r *Reader) served(ctx context.Context, a *tsdb.Account) (servedBy, error) {
	out := servedBy{map[int64]served{}, map[int64]served{}}
	models, several := []int64{}, []int64{}
	for i := range a.Running {
		s := &a.Running[i]
		if s.Category != billing.Models {
			continue
		}
		models = append(models, s.ResourceID)
		if s.Replicas > 1 {
			several = append(several, s.ResourceID)
		}
	}
	if len(models) == 0 {
		return out, nil
	}
	if err := r.lastServed(ctx, a.ID, models, &out); err != nil || len(several) == 0 {
		return out, err
	}
	return out, r.needed(ctx, a.ID, several, &out)
}

// lastServed finds the last day on which each deployment was used. The answer is no finer than a day, so days are read,
// and minutes only of the current day.
func (r *Reader) lastServed(ctx context.Context, account int64, models []int64, out *servedBy) error {
	now := billing.Since(r.AsOf(), r.AsOf()).To
	read := r.chartRead(Span{Range: billing.Range{From: now.Truncate(wholeDay).AddDate(0, 0, -hintDays), To: now}}, byDay)
	var deployment, model int64
	var last time.Time
	_, err := r.queryUsage(ctx, account, "when deployments were used last", read, func(args *pg.Arguments) string {
		// By the sum of a day, because a voided event may stand beside its void until both are rolled up.
		return "SELECT deployment_id, resource_id, max(day) FROM (SELECT deployment_id, resource_id, date_bin('1 day', bucket, 'epoch') AS day FROM used\n" +
			"WHERE kind = 'INFERENCE' AND resource_id = ANY(" + args.Add(models) + "::bigint[]) GROUP BY 1, 2, 3 HAVING sum(events) > 0) u GROUP BY 1, 2"
	}, []any{&deployment, &model, &last}, func() error {
		of, id := out.of(deployment, model)
		of[id] = served{last: last.UTC()}
		return nil
	})
	return err
}

// What the busiest quarter-hour of the last 7 days took is divided by the most that one replica has served in a
// quarter-hour of the last 14; that many are enough. The replicas of a quarter-hour are those of the one segment that
// ran all through it.
const selectNeeded = `, quarters AS (
  SELECT deployment_id, date_bin('15 minutes', bucket, 'epoch') AS quarter, sum(input_tokens + output_tokens) AS tokens
  FROM used WHERE kind = 'INFERENCE' AND deployment_id <> 0 AND resource_id = ANY(%s::bigint[]) GROUP BY 1, 2)
SELECT q.deployment_id, coalesce(ceil(max(q.tokens) FILTER (WHERE q.quarter >= %s::timestamptz) / nullif(max(q.tokens / s.replicas), 0)), 0)::bigint
FROM quarters q JOIN segment s ON s.account_id = $1 AND s.deployment_id = q.deployment_id
  AND s.started_at <= q.quarter AND (s.ended_at IS NULL OR s.ended_at >= q.quarter + interval '15 minutes')
GROUP BY 1`

// needed finds how many replicas are enough. For deployments that served nothing in whole quarter-hours it finds no
// number, which is told as 0: not known.
func (r *Reader) needed(ctx context.Context, account int64, models []int64, out *servedBy) error {
	now := billing.Since(r.AsOf(), r.AsOf()).To
	from := func(days int) time.Time { return now.AddDate(0, 0, -days).Truncate(quarterHour) }
	read := r.chartRead(Span{Range: billing.Range{From: from(servedDays), To: now}}, byQuarter)
	var deployment, need int64
	_, err := r.queryUsage(ctx, account, "how many replicas are needed", read, func(args *pg.Arguments) string {
		return fmt.Sprintf(selectNeeded, args.Add(models), args.Add(from(risingDays)))
	}, []any{&deployment, &need}, func() error {
		s := out.deployments[deployment]
		s.need = need
		out.deployments[deployment] = s
		return nil
	})
	return err
}

// savings returns the hints about hosting, the largest savings first. A deployment has one hint at most: what is idle
// has no spare replicas besides.
func (h *hinting) savings(named map[int64]deployed, used servedBy, prices *billing.Prices) []Hint {
	var out []Hint
	for i := range h.account.Running {
		s := &h.account.Running[i]
		hint := Hint{Category: s.Category, ResourceID: s.ResourceID, Name: named[s.DeploymentID].resource, DeploymentID: s.DeploymentID}
		var found bool
		switch s.Category {
		case billing.Models:
			hint.Deployment = named[s.DeploymentID].name
			found = h.ofModel(&hint, s, named[s.DeploymentID], used)
		case billing.Scripts:
			found = h.cheaper(&hint, s, named[s.DeploymentID].hardware, prices)
		case billing.Guardrails, billing.Tools:
		}
		if found {
			out = append(out, hint)
		}
	}
	// Equal savings by id, so that the list does not change from look to look.
	slices.SortFunc(out, func(a, b Hint) int {
		return cmp.Or(cmp.Compare(b.SavingPerDay, a.SavingPerDay), cmp.Compare(a.DeploymentID, b.DeploymentID))
	})
	return out[:min(len(out), mostOfAKind)]
}

// ofModel reports whether a model's deployment is idle, or has more replicas than it needs.
func (h *hinting) ofModel(hint *Hint, s *billing.Segment, d deployed, used servedBy) bool {
	served, unnamed := used.deployments[s.DeploymentID], used.unnamed[s.ResourceID]
	last := served.last
	// Inference that names no deployment may have been served by any of the model's, so it keeps all of them from counting as idle.
	if unnamed.last.After(last) {
		last = unnamed.last
	}
	hint.LastUsedOn = last
	if since := h.asOf.Add(-h.idle); !d.since.After(since) && (last.IsZero() || !last.Add(wholeDay).After(since)) {
		// Undeploying saves all of it.
		hint.Kind, hint.SavingPerDay = IdleDeployment, 24*s.RatePerHour*billing.Amount(s.Replicas)
		hint.Cost = s.Charge(max(s.Start, billing.SecondOf(since)), h.account.At) // if it was scaled within these days: of the present segment alone
		return true
	}
	// If inference names no deployment, nobody knows which replicas served it.
	if s.Replicas > 1 && unnamed.last.IsZero() && served.need > 0 && served.need < s.Replicas {
		hint.Kind, hint.Replicas = SpareReplicas, served.need
		hint.SavingPerDay = 24 * s.RatePerHour * billing.Amount(s.Replicas-served.need)
		return true
	}
	return false
}

// cheaper reports whether a script would cost less on a profile that has at least as many CPUs and as much memory.
// Rates are those in force for the account, its own included.
func (h *hinting) cheaper(hint *Hint, s *billing.Segment, hardware string, prices *billing.Prices) bool {
	card := prices.Cards.At(h.asOf)
	now, known := card.Script(hardware)
	if !known {
		return false
	}
	// What it pays now, which may be the rate of an older card: moving takes the rate in force.
	best := s.RatePerHour
	for _, p := range card.Scripts {
		rate, ok := prices.Hosting(h.asOf, billing.Scripts, p.Name, "", "")
		// As much of both, because nobody has measured whether less would do.
		if ok && p.VCPUs >= now.VCPUs && p.MemoryGB >= now.MemoryGB && rate < best {
			best, hint.Hardware = rate, p.Name
		}
	}
	hint.Kind, hint.SavingPerDay = CheaperHardware, 24*(s.RatePerHour-best)*billing.Amount(s.Replicas)
	return best < s.RatePerHour
}

// rising returns the tools whose runs rose most from one week to the next. A new tool has nothing before, and rises by
// all that it is used.
func (r *Reader) rising(ctx context.Context, account int64) ([]Hint, error) {
	// Whole days in both weeks, because the current day would make every tool fall.
	today := r.AsOf().UTC().Truncate(wholeDay)
	middle := today.AddDate(0, 0, -risingDays)
	read := r.chartRead(Span{Range: billing.Range{From: middle.AddDate(0, 0, -risingDays), To: today}}, byDay)
	var out []Hint
	hint := Hint{Kind: RisingTool, Category: billing.Tools}
	_, err := r.queryUsage(ctx, account, "tools that rose", read, func(a *pg.Arguments) string {
		return `, weeks AS (
  SELECT resource_id, coalesce(sum(runs) FILTER (WHERE bucket >= ` + a.Add(middle) + `::timestamptz), 0)::bigint AS now,
    coalesce(sum(runs) FILTER (WHERE bucket < ` + a.Add(middle) + `::timestamptz), 0)::bigint AS before
  FROM used WHERE category = 'TOOLS' GROUP BY 1)
SELECT w.resource_id, r.name, w.now, w.before FROM weeks w JOIN resource r ON r.resource_id = w.resource_id AND r.account_id = $1
WHERE w.now > w.before ORDER BY w.now - w.before DESC, w.resource_id LIMIT ` + a.Add(mostRising)
	}, []any{&hint.ResourceID, &hint.Name, &hint.Runs, &hint.Before}, func() error {
		out = append(out, hint)
		return nil
	})
	return out, err
}
