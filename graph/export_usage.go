package graph

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/graph/scalar"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// usage exports the rows of a pivot, with the same groups, filters and comparison as Query.usage.
func (t *taking) usage(ctx context.Context) error {
	if len(t.accounts) != 1 && !slices.Contains(t.GroupBy, charts.ByAccount) {
		t.GroupBy = append([]charts.Dimension{charts.ByAccount}, t.GroupBy...)
	}
	return t.pivot(ctx, t.usageColumns(), t.usageValues)
}

// pivot exports usage in groups, as columns and their values.
func (t *taking) pivot(ctx context.Context, columns []charts.Column, values func(*charts.PivotRow) []any) error {
	u := usageAsked{Range: t.Range, TimeZone: t.TimeZone, Granularity: &t.Granularity, Filter: t.usageOf, Having: t.having, Accounts: t.accounts}
	if t.Range == nil {
		week := billing.Last7Days
		u.Range = &model.RangeInput{Preset: &week}
	}
	u.Compare = t.compareInput()
	for _, d := range t.GroupBy {
		u.GroupBy = append(u.GroupBy, model.UsageDimension(d))
	}
	var after *string
	if t.After != "" {
		after = &t.After
	}
	between, err := u.cursors(ctx, t.reader.AsOf(), after, nil)
	if err != nil {
		return err
	}
	if between.list != "" {
		return fault(ctx, badPage, "The cursor is not one of this list.")
	}
	q, shown, err := u.query(ctx, t.reader, between.asOf)
	if err != nil {
		return err
	}
	if err := mayAskZones(ctx, t.accounts, q.GroupBy); err != nil {
		return err
	}
	q.Accounts, q.After, q.Rows, q.Sparse, q.Classes, q.Hosting, q.Limit = t.accounts, between.after, true, true, true, !t.Plain, math.MaxInt32
	if t.Limit > 0 {
		q.Limit = t.Limit - 1 // the pivot reads one more
	}
	t.span = shown.asked.span.Range
	question := u.question()
	_, err = t.reader.ExportUsage(ctx, q, t.Cursors, func(row *charts.PivotRow) error {
		if err := t.begin(ctx, columns); err != nil {
			return err
		}
		return t.row(values(row), func() string { return usageCursor{between.asOf.UnixMicro(), question, row.Key, ""}.encode() })
	})
	if err == nil {
		err = t.begin(ctx, columns)
	}
	return asFault(ctx, err)
}

// usageFigures returns the columns of figures and their values.
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
	if t.compareInput() != nil {
		for _, c := range t.usageFigures() {
			columns = append(columns, charts.Column{Name: c.Name + "_before", Type: c.Type})
		}
	}
	for _, d := range t.GroupBy {
		if name := map[charts.Dimension]string{charts.ByAccount: "account", charts.ByResource: "resource", charts.ByDeployment: "deployment"}[d]; name != "" {
			columns = append(columns, charts.Column{Name: name + "_external_id"})
		}
	}
	if t.carried() { // names the dimensions whose value in the row is beyond the limit
		columns = append(columns, charts.Column{Name: "beyond", Type: charts.TextColumn})
	}
	return columns
}

// carried reports whether usage is grouped by something that events carry: user, API key or tags.
func (t *taking) carried() bool {
	return slices.ContainsFunc(t.GroupBy, func(d charts.Dimension) bool { return d.Name() != "" })
}

// dimensionColumns returns the columns of each dimension.
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
	case charts.ByZone:
		return texts("zone")
	case charts.ByRunway:
		return texts("runway")
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
	case charts.ByUser:
		return texts("user")
	case charts.ByAPIKey:
		return texts("api_key")
	}
	if key, ofResource, ok := d.TagKey(); ok {
		return texts(map[bool]string{false: "tag:", true: "resource_tag:"}[ofResource] + key)
	}
	return []charts.Column{{Name: "start", Type: charts.TimeColumn}, {Name: "end", Type: charts.TimeColumn}}
}

// plainValues adds the columns of a dimension that events do not carry; is is false for a dimension that they do carry.
func (t *taking) plainValues(values []any, d charts.Dimension, row *charts.PivotRow) (_ []any, is bool) {
	switch d {
	case charts.ByAccount:
		return append(values, t.id(KindAccount, row.AccountID), row.AccountName), true
	case charts.ByPlan:
		return append(values, t.id(KindPlan, row.PlanID), orNil(textPtr(row.PlanName))), true
	case charts.ByZone:
		return append(values, string(row.Zone)), true
	case charts.ByRunway:
		return append(values, string(row.Runway)), true
	case charts.ByCategory:
		return append(values, string(row.Category)), true
	case charts.ByKind:
		return append(values, row.Kind), true
	case charts.ByResource:
		return append(values, t.id(kindOf(row.ResourceKind), row.ResourceID), row.ResourceName), true
	case charts.ByOwner:
		return append(values, orNil(textPtr(row.OwnerName))), true
	case charts.ByDeployment:
		return append(values, t.id(KindDeployment, row.DeploymentID), orNil(textPtr(row.DeploymentName))), true
	case charts.ByHardware:
		return append(values, orNil(textPtr(row.Hardware))), true
	case charts.ByHour:
		return append(values, row.Hour), true
	case charts.ByWeekday:
		return append(values, row.Weekday), true
	case charts.ByTime:
		return append(values, row.Bucket.Start, row.Bucket.End), true
	}
	return values, false
}

// id returns an id; nil for key 0. It remembers ids, since many rows have the same ones.
func (t *taking) id(kind Kind, key int64) any {
	if key == 0 {
		return nil
	}
	at := ID{Kind: kind, Key: key}
	known, ok := t.ids[at]
	if !ok {
		if t.ids == nil || len(t.ids) == fewIDs {
			t.ids = map[ID]any{}
		}
		known = at.String()
		t.ids[at] = known
	}
	return known
}

// fewIDs is how many ids an export remembers.
const fewIDs = 10_000

func (t *taking) usageValues(row *charts.PivotRow) []any {
	values := t.values[:0]
	var shown model.UsageRow
	if t.carried() || slices.ContainsFunc(t.GroupBy, func(d charts.Dimension) bool { _, _, isTag := d.TagKey(); return isTag }) {
		shown = usageRow(*row, t.GroupBy)
	}
	tags, ofResources := shown.Tags, shown.ResourceTags
	for _, d := range t.GroupBy {
		var is bool
		if values, is = t.plainValues(values, d, row); is {
			continue
		}
		switch d {
		case charts.ByUser:
			values = append(values, orNil(shown.User))
			continue
		case charts.ByAPIKey:
			values = append(values, orNil(shown.APIKey))
			continue
		}
		from := &tags
		if _, ofResource, _ := d.TagKey(); ofResource {
			from = &ofResources
		}
		values, *from = append(values, orNil((*from)[0].Value)), (*from)[1:]
	}
	values = t.figureValues(values, &row.PivotFigures)
	if t.compareInput() != nil {
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
	if t.carried() {
		values = append(values, strings.Join(shown.Beyond, ","))
	}
	t.values = values
	return values
}

func (t *taking) figureValues(values []any, f *charts.PivotFigures) []any {
	values = append(values, exactCredits(f.Credits), f.Runs, f.Events, f.InputTokens, f.OutputTokens, f.CacheReadTokens, f.CacheWriteTokens, f.ReasoningTokens)
	if !t.Plain {
		values = append(values, f.HostingSeconds, f.ReplicaSeconds)
	}
	return values
}

// exactCredits returns an amount of credits as a text.
func exactCredits(a billing.Amount) string {
	text := scalar.AppendDecimal(nil, decimal.New(int64(a), -6))
	return string(text[1 : len(text)-1])
}

func orNil(text *string) any {
	if text == nil {
		return nil
	}
	return *text
}
