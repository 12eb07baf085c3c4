package graph

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// tabRow is a row of a tab on its way out.
type tabRow struct {
	key    int64
	values []any
}

// tabs exports the rows of a tab, account by account. Each account has its own instant.
func (t *taking) tabs(ctx context.Context) error {
	asked, err := recentOf(ctx, t.Range, t.TimeZone, t.reader.AsOf())
	if err != nil {
		return err
	}
	then, err := comparedWith(ctx, t.compareInput(), asked, t.reader)
	if err != nil {
		return err
	}
	keys, err := t.after(ctx)
	if err != nil {
		return err
	}
	afterAccount, afterRow, ok := tabKeys(keys)
	if !ok {
		return fault(ctx, badPage, "The cursor is not one of this export.")
	}
	q := charts.TabQuery{Span: asked.span, Sums: true, Page: charts.TabPage{Limit: math.MaxInt}}
	if then != nil {
		q.Compare = &then.span
	}
	if err := t.tabFilter(ctx, &q); err != nil {
		return err
	}
	t.span = asked.span.Range
	t.reader.Close(ctx) // an operation may hold one snapshot at a time, and each account has its own
	if err := t.begin(ctx, t.tabColumns()); err != nil {
		return err
	}
	left := t.Limit
	for _, account := range t.told {
		if account < afterAccount {
			continue
		}
		rows, err := t.tabOf(ctx, account, q)
		if err != nil {
			return asFault(ctx, err)
		}
		for _, row := range rows {
			if account == afterAccount && row.key <= afterRow {
				continue
			}
			if err := t.row(row.values, func() string {
				return t.cursor([]string{strconv.FormatInt(account, 10), strconv.FormatInt(row.key, 10)})
			}); err != nil {
				return err
			}
			if left--; left == 0 {
				return nil
			}
		}
	}
	return nil
}

func tabKeys(keys []string) (account, row int64, ok bool) {
	if keys == nil {
		return 0, 0, true
	}
	if len(keys) != 2 {
		return 0, 0, false
	}
	account, err1 := strconv.ParseInt(keys[0], 10, 64)
	row, err2 := strconv.ParseInt(keys[1], 10, 64)
	return account, row, err1 == nil && err2 == nil
}

func (t *taking) tabColumns() []charts.Column {
	const text, number, amount, instant = charts.TextColumn, charts.NumberColumn, charts.DecimalColumn, charts.TimeColumn
	columns := []charts.Column{{Name: "account_id", Type: text}}
	figures := []charts.Column{{Name: "credits", Type: amount}, {Name: "seconds", Type: number}}
	switch t.Table {
	case "tools":
		columns = append(columns, charts.Column{Name: "tool_id", Type: text}, charts.Column{Name: "name", Type: text}, charts.Column{Name: "owner_name", Type: text},
			charts.Column{Name: "status", Type: text}, charts.Column{Name: "last_active_on", Type: instant})
		figures = []charts.Column{{Name: "runs", Type: number}}
	case "models":
		columns = append(columns, charts.Column{Name: "model_id", Type: text}, charts.Column{Name: "name", Type: text}, charts.Column{Name: "type", Type: text},
			charts.Column{Name: "last_deployed_on", Type: instant}, charts.Column{Name: "deleted_at", Type: instant})
		figures = []charts.Column{{Name: "credits", Type: amount}, {Name: "fine_tuning_credits", Type: amount}, {Name: "hosting_credits", Type: amount}, {Name: "inference_credits", Type: amount}}
	case "guardrails":
		columns = append(columns, charts.Column{Name: "guardrail_id", Type: text}, charts.Column{Name: "name", Type: text}, charts.Column{Name: "scanner", Type: text},
			charts.Column{Name: "status", Type: text}, charts.Column{Name: "last_deployed_on", Type: instant})
	default:
		columns = append(columns, charts.Column{Name: "script_id", Type: text}, charts.Column{Name: "name", Type: text}, charts.Column{Name: "language", Type: text},
			charts.Column{Name: "language_version", Type: text}, charts.Column{Name: "status", Type: text}, charts.Column{Name: "last_active_on", Type: instant})
	}
	columns = append(columns, figures...)
	if t.compareInput() != nil {
		for _, f := range figures {
			columns = append(columns, charts.Column{Name: f.Name + "_before", Type: f.Type})
		}
	}
	return append(columns, charts.Column{Name: "account_external_id", Type: text}, charts.Column{Name: strings.TrimSuffix(t.Table, "s") + "_external_id", Type: text})
}

// tabOf reads a tab of one account, in the order of its rows' keys.
func (t *taking) tabOf(ctx context.Context, account int64, q charts.TabQuery) (rows []tabRow, err error) {
	reader := charts.Read(t.Reading)
	defer reader.Close(ctx)
	id := EncodeID(KindAccount, account)
	switch t.Table {
	case "tools":
		tab, err := reader.Tools(ctx, account, q)
		if err != nil {
			return nil, err
		}
		rows = collect(t, &tab.TabRows, toolRows(tab.Then), func(row *charts.ToolRow) []any {
			tool := toolOf(row.Resource)
			return []any{id, tool.ID, tool.Name, tool.OwnerName, string(tool.Status), timeOrNil(tool.LastActiveOn)}
		}, func(row *charts.ToolRow) []any { return []any{row.Runs} }, func(row *charts.ToolRow) string { return row.Resource.ExternalID })
	case "models":
		tab, err := reader.Models(ctx, account, q)
		if err != nil {
			return nil, err
		}
		rows = collect(t, &tab.TabRows, modelRows(tab.Then), func(row *charts.ModelRow) []any {
			m := modelOf(row.Resource, nil)
			return []any{id, m.ID, m.Name, string(m.Type), timeOrNil(m.LastDeployedOn), timeOrNil(m.DeletedAt)}
		}, func(row *charts.ModelRow) []any {
			return []any{exactCredits(row.Used.Total()), exactCredits(row.Used.FineTuning), exactCredits(row.Used.Hosting), exactCredits(row.Used.Inference)}
		}, func(row *charts.ModelRow) string { return row.Resource.ExternalID })
	case "guardrails":
		tab, err := reader.Guardrails(ctx, account, q)
		if err != nil {
			return nil, err
		}
		rows = collect(t, &tab.TabRows, hostingRows(tab.Then), func(row *charts.HostingRow) []any {
			g := guardrailOf(row.Resource)
			return []any{id, g.ID, g.Name, g.ScannerKey, string(g.Status), timeOrNil(g.LastDeployedOn)}
		}, hostingFigures, hostingOwn)
	default:
		tab, err := reader.Scripts(ctx, account, q)
		if err != nil {
			return nil, err
		}
		rows = collect(t, &tab.TabRows, hostingRows(tab.Then), func(row *charts.HostingRow) []any {
			s := scriptOf(row.Resource, tab.AsOf)
			return []any{id, s.ID, s.Name, string(s.Language), s.LanguageVersion, string(s.Status), timeOrNil(s.LastActiveOn)}
		}, hostingFigures, hostingOwn)
	}
	listed, err := t.Books.Listed(ctx, []int64{account})
	if err != nil {
		return nil, err
	}
	for _, row := range rows { // the account's own id goes before the last value
		if len(listed) > 0 {
			row.values[len(row.values)-2] = orNil(textPtr(listed[0].ExternalID))
		}
	}
	slices.SortFunc(rows, func(a, b tabRow) int { return int(a.key - b.key) })
	return rows, nil
}

func hostingOwn(row *charts.HostingRow) string { return row.Resource.ExternalID }

func hostingFigures(row *charts.HostingRow) []any {
	return []any{exactCredits(row.Credits), row.Seconds}
}

func toolRows(tab *charts.ToolsTab) *charts.TabRows[charts.ToolRow] {
	if tab == nil {
		return nil
	}
	return &tab.TabRows
}

func modelRows(tab *charts.ModelsTab) *charts.TabRows[charts.ModelRow] {
	if tab == nil {
		return nil
	}
	return &tab.TabRows
}

func hostingRows(tab *charts.HostingTab) *charts.TabRows[charts.HostingRow] {
	if tab == nil {
		return nil
	}
	return &tab.TabRows
}

// collect makes the values of a tab's rows: descriptions, figures, the figures of the range compared with (none if usage so old is no
// longer kept), a place for the account's own id, and the row's own id.
func collect[T any](t *taking, now, then *charts.TabRows[T], what, figures func(*T) []any, own func(*T) string) (out []tabRow) {
	before := map[int64]*T{}
	if then != nil {
		for i := range then.Rows {
			before[then.Rows[i].Cursor.ID] = &then.Rows[i].Row
		}
	}
	for _, row := range now.Rows {
		values := append(what(&row.Row), figures(&row.Row)...)
		if was := before[row.Cursor.ID]; was != nil {
			values = append(values, figures(was)...)
		} else if t.compareInput() != nil {
			values = append(values, make([]any, len(figures(&row.Row)))...)
		}
		out = append(out, tabRow{row.Cursor.ID, append(values, nil, orNil(textPtr(own(&row.Row))))})
	}
	return out
}

func timeOrNil(t *time.Time) any {
	if t == nil {
		return nil
	}
	return *t
}
