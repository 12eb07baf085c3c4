package graph

import (
	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// figures returns a row with figures but without a group.
func figures(f charts.PivotFigures) model.UsageRow {
	row := model.UsageRow{Credits: credits(f.Credits), Runs: f.Runs, Events: f.Events, InputTokens: f.InputTokens, OutputTokens: f.OutputTokens,
		CacheReadTokens: f.CacheReadTokens, CacheWriteTokens: f.CacheWriteTokens, ReasoningTokens: f.ReasoningTokens,
		HostingSeconds: f.HostingSeconds, ReplicaSeconds: f.ReplicaSeconds, Resources: f.Resources, Users: f.Users,
		Tags: []model.UsageTag{}, ResourceTags: []model.UsageTag{}, Beyond: []string{},
		RunsExact: decimal.NewFromInt(f.Runs), InputTokensExact: decimal.NewFromInt(f.InputTokens), OutputTokensExact: decimal.NewFromInt(f.OutputTokens),
		CacheReadTokensExact: decimal.NewFromInt(f.CacheReadTokens), CacheWriteTokensExact: decimal.NewFromInt(f.CacheWriteTokens), ReasoningTokensExact: decimal.NewFromInt(f.ReasoningTokens)}
	row.CreditsPer1000Tokens = perUnit(f.Credits, f.Tokens(), 3)
	row.CreditsPerRun = perUnit(f.Credits, f.Runs, 0)
	return row
}

// perUnit returns credits per 10^shift of a number, rounded half away from 0 to 6 decimals; nil if the number is 0.
func perUnit(amount billing.Amount, n int64, shift int32) *decimal.Decimal {
	if n == 0 {
		return nil
	}
	per := credits(amount).Shift(shift).DivRound(decimal.NewFromInt(n), 6)
	return &per
}

// shareOf returns a row's share of the sums of all rows.
func shareOf(row, all *charts.PivotFigures) *model.UsageShare {
	part := func(n, of int64) decimal.Decimal {
		if of == 0 {
			return decimal.Zero
		}
		return decimal.New(n, 2).DivRound(decimal.NewFromInt(of), 2)
	}
	return &model.UsageShare{Credits: part(int64(row.Credits), int64(all.Credits)), Runs: part(row.Runs, all.Runs), Tokens: part(row.Tokens(), all.Tokens())}
}

// compareFigures sets a row's figures beside those of the range compared with.
func compareFigures(out *model.UsageRow, now, then *charts.PivotFigures) {
	out.CreditsChange, out.RunsChange, out.EventsChange = creditsChange(now.Credits, then.Credits), countChange(now.Runs, then.Runs), countChange(now.Events, then.Events)
	out.InputTokensChange, out.OutputTokensChange = countChange(now.InputTokens, then.InputTokens), countChange(now.OutputTokens, then.OutputTokens)
	out.HostingSecondsChange, out.ResourcesChange = countChange(now.HostingSeconds, then.HostingSeconds), countChange(now.Resources, then.Resources)
	out.UsersChange = countChange(now.Users, then.Users)
}

// usageRow converts a group. Fields of dimensions that usage is not grouped by are null.
func usageRow(row charts.PivotRow, by []charts.Dimension) model.UsageRow {
	out := figures(row.PivotFigures)
	out.Other = row.Other
	out.Cumulative = &model.UsageRunning{Credits: credits(row.Cumulative.Credits), Runs: row.Cumulative.Runs, Events: row.Cumulative.Events}
	tags := row.Tags
	for _, d := range by {
		switch d {
		case charts.ByTime:
			out.Start, out.End, out.Partial = &row.Bucket.Start, &row.Bucket.End, &row.Bucket.Partial
		case charts.ByHour:
			out.HourOfDay = intPtr(row.Hour)
		case charts.ByWeekday:
			out.DayOfWeek = intPtr(row.Weekday)
		default:
			if !row.Other {
				showKey(&out, &row, d)
				tags = showCarried(&out, &row, d, tags)
			}
		}
	}
	return out
}

// showKey shows the row's key in the dimension d.
func showKey(out *model.UsageRow, row *charts.PivotRow, d charts.Dimension) {
	switch d {
	case charts.ByAccount:
		out.AccountID, out.AccountName = idPtr(KindAccount, row.AccountID), &row.AccountName
	case charts.ByPlan:
		out.PlanID, out.PlanName = idPtr(KindPlan, row.PlanID), textPtr(row.PlanName)
	case charts.ByZone:
		out.Zone = &row.Zone
	case charts.ByRunway:
		runway := model.Runway(row.Runway)
		out.Runway = &runway
	case charts.ByCategory:
		out.Category = &row.Category
	case charts.ByKind:
		kind := model.UsageKind(row.Kind)
		out.Kind = &kind
	case charts.ByResource:
		out.ResourceID, out.ResourceName = idPtr(kindOf(row.ResourceKind), row.ResourceID), &row.ResourceName
	case charts.ByOwner:
		out.OwnerName = textPtr(row.OwnerName)
	case charts.ByDeployment:
		out.DeploymentID, out.DeploymentName = idPtr(KindDeployment, row.DeploymentID), textPtr(row.DeploymentName)
	case charts.ByHardware:
		out.Hardware = textPtr(row.Hardware)
	}
}

func intPtr(n int64) *int {
	out := int(n)
	return &out
}

// idPtr returns the id of an object; nil for none.
func idPtr(kind Kind, key int64) *string {
	if key == 0 {
		return nil
	}
	id := EncodeID(kind, key)
	return &id
}

// kindOf returns the Kind of a kind of resource.
func kindOf(k tsdb.ResourceKind) Kind {
	switch k {
	case tsdb.KindModel:
		return KindModel
	case tsdb.KindGuardrail:
		return KindGuardrail
	case tsdb.KindScript:
		return KindScript
	}
	return KindTool
}
