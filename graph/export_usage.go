package graph

import (
	"context"
	"math"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// usage takes out the rows of a pivot: the same groups, filters and comparison as Query.usage.
func (t *taking) usage(ctx context.Context) error {
	if t.accounts == nil && !slices.Contains(t.GroupBy, charts.ByAccount) {
		t.GroupBy = append([]charts.Dimension{charts.ByAccount}, t.GroupBy...)
	}
	u := usageAsked{Range: t.Range, TimeZone: t.TimeZone, Granularity: &t.Granularity, Filter: &model.UsageFilter{Categories: t.Categories, Kinds: t.Kinds}}
	if t.Range == nil {
		week := billing.Last7Days
		u.Range = &model.RangeInput{Preset: &week}
	}
	if t.Compare != nil {
		u.Compare = &model.CompareInput{Period: t.Compare}
	}
	for _, d := range t.GroupBy {
		u.GroupBy = append(u.GroupBy, model.UsageDimension(d))
	}
	var after *string
	if t.After != "" {
		after = &t.After
	}
	places, err := u.places(ctx, t.reader.AsOf(), after, nil)
	if err != nil {
		return err
	}
	q, shown, err := u.query(ctx, t.reader, places.asOf)
	if err != nil {
		return err
	}
	q.Accounts, q.After, q.Rows, q.Sparse, q.Classes, q.Hosting, q.Limit = t.accounts, places.after, true, true, true, !t.Plain, math.MaxInt32
	if t.Limit > 0 {
		q.Limit = t.Limit - 1 // the pivot reads one more
	}
	t.span = shown.asked.span.Range
	question, columns := u.question(), t.usageColumns()
	_, err = t.reader.ExportUsage(ctx, q, func(row *charts.PivotRow) error {
		if err := t.begin(ctx, columns); err != nil {
			return err
		}
		return t.row(t.usageValues(row), func() string { return usagePlace{places.asOf.UnixMicro(), question, row.Key}.cursor() })
	})
	if err == nil {
		err = t.begin(ctx, columns)
	}
	return asFault(ctx, err)
}

// usageFigures are the columns of figures and their values.
func (t *taking) usageFigures() []charts.Column {
	columns := []charts.Column{{Name: "credits", Type: charts.DecimalColumn}}
	for _, name := range []string{"runs", "events", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens"} {
		columns = append(columns, charts.Column{Name: name, Type: charts.NumberColumn})
	}
	if !t.Plain {
		columns = append(columns, charts.Column{Name: "hosting_seconds", Type: charts.NumberColumn}, charts.Column{Name: "replica_seconds", Type: charts.NumberColumn})
	}
	return columns
}

func (t *taking) usageColumns() []charts.Column {
	var columns []charts.Column
	for _, d := range t.GroupBy {
		columns = append(columns, dimensionColumns(d)...)
	}
	columns = append(columns, t.usageFigures()...)
	if t.Compare != nil {
		for _, c := range t.usageFigures() {
			columns = append(columns, charts.Column{Name: c.Name + "_before", Type: c.Type})
		}
	}
	for _, d := range t.GroupBy {
		if name := map[charts.Dimension]string{charts.ByAccount: "account", charts.ByResource: "resource", charts.ByDeployment: "deployment"}[d]; name != "" {
			columns = append(columns, charts.Column{Name: name + "_external_id"})
		}
	}
	return columns
}

// dimensionColumns are the columns of each dimension.
func dimensionColumns(d charts.Dimension) []charts.Column {
	texts := func(names ...string) (out []charts.Column) {
		for _, name := range names {
			out = append(out, charts.Column{Name: name, Type: charts.TextColumn})
		}
		return out
	}
	switch d {
	case charts.ByAccount:
		return texts("account_id", "account_name")
	case charts.ByPlan:
		return texts("plan_id", "plan_name")
	case charts.ByCategory:
		return texts("category")
	case charts.ByKind:
		return texts("kind")
	case charts.ByResource:
		return texts("resource_id", "resource_name")
	case charts.ByOwner:
		return texts("owner_name")
	case charts.ByDeployment:
		return texts("deployment_id", "deployment_name")
	case charts.ByHardware:
		return texts("hardware")
	case charts.ByHour:
		return []charts.Column{{Name: "hour_of_day", Type: charts.NumberColumn}}
	case charts.ByWeekday:
		return []charts.Column{{Name: "day_of_week", Type: charts.NumberColumn}}
	}
	return []charts.Column{{Name: "start", Type: charts.TimeColumn}, {Name: "end", Type: charts.TimeColumn}}
}

func (t *taking) usageValues(row *charts.PivotRow) []any {
	shown := usageRow(*row, t.GroupBy)
	var values []any
	for _, d := range t.GroupBy {
		switch d {
		case charts.ByAccount:
			values = append(values, orNil(shown.AccountID), orNil(shown.AccountName))
		case charts.ByPlan:
			values = append(values, orNil(shown.PlanID), orNil(shown.PlanName))
		case charts.ByCategory:
			values = append(values, string(row.Category))
		case charts.ByKind:
			values = append(values, row.Kind)
		case charts.ByResource:
			values = append(values, orNil(shown.ResourceID), orNil(shown.ResourceName))
		case charts.ByOwner:
			values = append(values, orNil(shown.OwnerName))
		case charts.ByDeployment:
			values = append(values, orNil(shown.DeploymentID), orNil(shown.DeploymentName))
		case charts.ByHardware:
			values = append(values, orNil(shown.Hardware))
		case charts.ByHour:
			values = append(values, row.Hour)
		case charts.ByWeekday:
			values = append(values, row.Weekday)
		default:
			values = append(values, row.Bucket.Start, row.Bucket.End)
		}
	}
	values = t.figureValues(values, &row.PivotFigures)
	if t.Compare != nil {
		values = t.figureValues(values, &row.Then)
	}
	for _, d := range t.GroupBy {
		switch d {
		case charts.ByAccount:
			values = append(values, orNil(textPtr(row.AccountOwn)))
		case charts.ByResource:
			values = append(values, orNil(textPtr(row.ResourceOwn)))
		case charts.ByDeployment:
			values = append(values, orNil(textPtr(row.DeploymentOwn)))
		}
	}
	return values
}

func (t *taking) figureValues(values []any, f *charts.PivotFigures) []any {
	values = append(values, exactCredits(f.Credits), f.Runs, f.Events, f.InputTokens, f.OutputTokens, f.CacheReadTokens, f.CacheWriteTokens, f.ReasoningTokens)
	if !t.Plain {
		values = append(values, f.HostingSeconds, f.ReplicaSeconds)
	}
	return values
}

// exactCredits is an amount of credits as a text.
func exactCredits(a billing.Amount) string { return decimal.New(int64(a), -6).String() }

func orNil(text *string) any {
	if text == nil {
		return nil
	}
	return *text
}
