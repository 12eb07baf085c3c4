package server

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/graph/scalar"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Bounds of an export.
const (
	exportRows = 50_000
	exportCost = 500 // points, whatever comes of it
)

// exportUsage answers GET /v1/usage with usage as CSV: docs/export.md. It goes by the pool of ad-hoc questions.
func (s *Server) exportUsage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		refuse(w, r, http.StatusMethodNotAllowed, wire.Fault(wire.MethodNotAllowed, "Use GET."))
		return
	}
	asked, fault := readExport(r.URL.Query())
	if fault != nil {
		refuse(w, r, http.StatusBadRequest, fault)
		return
	}
	if state, _, ok := s.buckets.Reserve(r.Context(), exportCost); !ok {
		refuseThrottled(w, r, state)
		return
	}
	out, err := s.export(r.Context(), asked)
	if err != nil {
		s.refuseExport(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="usage.csv"`)
	_ = writeExport(csv.NewWriter(w), out) // who has gone needs no more
}

func (s *Server) export(ctx context.Context, e graph.Export) (*graph.Exported, error) {
	if busy := s.places.enter(ctx); busy != nil {
		return nil, busy
	}
	defer s.places.places.Release(1)
	return graph.Exporter{Books: s.store, Reading: s.exploring, MaxRows: exportRows}.Usage(ctx, e)
}

// refuseExport answers a refusal by its code, and anything else as a fault of ours.
func (s *Server) refuseExport(w http.ResponseWriter, r *http.Request, err error) {
	errs := wire.AsList(err)
	var pg interface{ SQLState() string }
	if errors.As(err, &pg) && pg.SQLState() == queryCanceled {
		errs = gqlerror.List{wire.Fault(wire.CostTooHigh, "The export took longer to read than it may; ask for less at once.")}
	}
	errs = wire.Seal(r.Context(), errs, s.report)
	status := wire.StatusOf(errs)
	switch wire.CodeOf(errs[0]) {
	case wire.Code(graph.Forbidden):
		status = http.StatusForbidden
	case wire.Code(tsdb.NotFound):
		status = http.StatusNotFound
	}
	refuse(w, r, status, errs[0])
}

// readExport reads the query string. A refusal names the entry and repeats nothing of it.
func readExport(q url.Values) (e graph.Export, fault *gqlerror.Error) {
	in := &model.RangeInput{}
	e.Account = q.Get("account")
	for name := range q {
		ok := true
		switch value := q.Get(name); name {
		case "account":
		case "range":
			in.Preset, ok = graph.PresetOf(value)
		case "from":
			in.From, ok = readTime(value)
		case "to":
			in.To, ok = readTime(value)
		case "timeZone":
			zone, err := time.LoadLocation(value)
			in.TimeZone, ok = zone, err == nil && value != "" && value != "Local"
		case "granularity":
			e.Granularity, ok = graph.GranularityOf(value)
		case "groupBy":
			e.GroupBy, ok = readDimensions(value)
		default:
			return e, wire.Fault(wire.BadRequest, "The query string may have account, range, from, to, timeZone, granularity, groupBy.")
		}
		if !ok {
			return e, wire.Fault(wire.BadRequest, "The entry "+name+" is not valid.")
		}
	}
	if in.Preset != nil || in.From != nil || in.To != nil {
		e.Range = in
	}
	e.TimeZone = in.TimeZone
	return e, nil
}

func readTime(text string) (*time.Time, bool) {
	t, err := scalar.UnmarshalDateTime(text)
	return &t, err == nil
}

func readDimensions(text string) (list []charts.Dimension, ok bool) {
	known := []charts.Dimension{charts.ByAccount, charts.ByCategory, charts.ByKind, charts.ByResource, charts.ByDeployment, charts.ByTime}
	for name := range strings.SplitSeq(text, ",") {
		d := charts.Dimension(name)
		if !slices.Contains(known, d) {
			return nil, false
		}
		list = append(list, d)
	}
	return list, true
}

// columnsOf are the columns of each dimension.
func columnsOf(d charts.Dimension) []string {
	switch d {
	case charts.ByAccount:
		return []string{"account_id", "account_name"}
	case charts.ByCategory:
		return []string{"category"}
	case charts.ByKind:
		return []string{"kind"}
	case charts.ByResource:
		return []string{"resource_id", "resource_name"}
	case charts.ByDeployment:
		return []string{"deployment_id", "deployment_name"}
	}
	return []string{"start", "end"}
}

func writeExport(w *csv.Writer, out *graph.Exported) error {
	var head []string
	for _, d := range out.GroupBy {
		head = append(head, columnsOf(d)...)
	}
	head = append(head, "credits", "runs", "events", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
	if err := w.Write(append(head, ownHead(out.GroupBy)...)); err != nil {
		return err
	}
	for i := range out.Rows {
		if err := w.Write(append(exportRow(&out.Rows[i], out.GroupBy), ownColumns(out, &out.Rows[i])...)); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// ownHead names the columns of own ids: those of what the export is grouped by.
func ownHead(by []charts.Dimension) (names []string) {
	for _, d := range by {
		switch d {
		case charts.ByAccount:
			names = append(names, "account_external_id")
		case charts.ByResource:
			names = append(names, "resource_external_id")
		case charts.ByDeployment:
			names = append(names, "deployment_external_id")
		}
	}
	return names
}

// ownColumns are the own ids of a row, in the order of ownHead; empty where there is none.
func ownColumns(out *graph.Exported, row *charts.PivotRow) (columns []string) {
	add := func(id string) { columns = append(columns, plain(&id)) }
	for _, d := range out.GroupBy {
		switch d {
		case charts.ByAccount:
			add(out.Accounts[row.AccountID])
		case charts.ByResource:
			add(out.Resources[row.ResourceID])
		case charts.ByDeployment:
			add(out.Deployments[row.DeploymentID])
		}
	}
	return columns
}

func exportRow(row *charts.PivotRow, by []charts.Dimension) (line []string) {
	shown := graph.ExportedRow(*row, by)
	for _, d := range by {
		switch d {
		case charts.ByAccount:
			line = append(line, plain(shown.AccountID), plain(shown.AccountName))
		case charts.ByCategory:
			line = append(line, string(row.Category))
		case charts.ByKind:
			line = append(line, row.Kind)
		case charts.ByResource:
			line = append(line, plain(shown.ResourceID), plain(shown.ResourceName))
		case charts.ByDeployment:
			line = append(line, plain(shown.DeploymentID), plain(shown.DeploymentName))
		case charts.ByTime:
			line = append(line, row.Bucket.Start.UTC().Format(time.RFC3339), row.Bucket.End.UTC().Format(time.RFC3339))
		}
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	return append(line, shown.Credits.String(), number(row.Runs), number(row.Events), number(row.InputTokens), number(row.OutputTokens),
		number(row.CacheReadTokens), number(row.CacheWriteTokens), number(row.ReasoningTokens))
}

// plain is a text that no spreadsheet takes for a formula: people choose names.
func plain(text *string) string {
	if text == nil {
		return ""
	}
	if strings.IndexAny(*text, "=+-@\t\r") == 0 {
		return "'" + *text
	}
	return *text
}
