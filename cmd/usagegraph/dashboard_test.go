package main

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb"
)

// dashboard is the part of Grafana's model that the file uses.
type dashboard struct {
	UID, Title    string
	SchemaVersion int
	Templating    struct {
		List []struct{ Name, Type string }
	}
	Panels []panel
}

type panel struct {
	ID          int
	Type, Title string
	GridPos     struct{ X, Y, W, H int }
	Datasource  *struct{ Type, UID string }
	FieldConfig struct {
		Defaults struct{ Unit string }
	}
	Targets []struct{ RefID, Expr, LegendFormat, RawSQL string }
}

var (
	variable = regexp.MustCompile(`\$\{?([a-z]+)`)
	series   = regexp.MustCompile(`\b(usagegraph_\w+|process_\w+|go_\w+|up)\b(\{[^}]*\})?`)
	ours     = []string{"$__rate_interval", "$__range", "$__interval"} // Grafana's own
)

func readDashboard(t *testing.T, name string) (text []byte, d dashboard) {
	t.Helper()
	text, err := os.ReadFile("../../deploy/grafana/dashboards/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&d); err != nil || decoder.More() {
		t.Fatal(err)
	}
	return text, d
}

// notOnTheDashboard are views of the schema analyst that no panel asks, and why. None at present.
var notOnTheDashboard = map[string]string{}

// askDashboard demands that each question of the dashboard of usage is answered to the role that Grafana asks in, with rows of the last 30 days of the demo, and that the
// panels use every view that there is.
func askDashboard(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	text, d := readDashboard(t, "usage")
	var accounts string
	var views []string
	err := conn.QueryRow(t.Context(), `SELECT (SELECT string_agg(account_id::text, ', ') FROM account), (SELECT array_agg(viewname::text) FROM pg_views WHERE schemaname = 'analyst')`).Scan(&accounts, &views)
	if err != nil || len(views) < 13 {
		t.Fatal(views, err)
	}
	for _, view := range views {
		if used := regexp.MustCompile(`analyst\.` + view + `\b`).Match(text); used == (notOnTheDashboard[view] != "") {
			t.Errorf("a panel uses analyst.%s: %v; why none does: %q", view, used, notOnTheDashboard[view])
		}
	}
	if _, err := conn.Exec(t.Context(), "SET ROLE "+tsdb.AnalystRole+"; SET default_transaction_read_only = on"); err != nil {
		t.Fatal(err)
	}
	taken, asked, ids := map[[2]int]string{}, 0, map[int]bool{}
	for _, p := range d.Panels {
		checkPlace(t, p, taken)
		if ids[p.ID] {
			t.Errorf("%q: id %d", p.Title, p.ID)
		}
		ids[p.ID] = true
		for _, q := range p.Targets {
			asked++
			sql := withoutMacros(q.RawSQL, accounts)
			done, err := conn.Exec(t.Context(), sql)
			if err != nil || done.RowsAffected() == 0 {
				t.Errorf("%q: %d rows, %v\n%s", p.Title, done.RowsAffected(), err, sql)
			}
		}
	}
	if asked < 20 {
		t.Errorf("%d questions", asked)
	}
}

var macro = regexp.MustCompile(`\$__(timeFilter|timeGroup|timeFrom|timeTo)\((\w*)[^)]*\)`)

// withoutMacros is a question as Grafana would send it, about the last 30 days of the demo.
func withoutMacros(sql, accounts string) string {
	from, to := "'"+cookbookEnd.AddDate(0, 0, -30).Format(time.RFC3339)+"'", "'"+cookbookEnd.Format(time.RFC3339)+"'"
	sql = macro.ReplaceAllStringFunc(sql, func(m string) string {
		part := macro.FindStringSubmatch(m)
		switch part[1] {
		case "timeFilter":
			return part[2] + " BETWEEN " + from + " AND " + to
		case "timeFrom":
			return from
		case "timeTo":
			return to
		}
		return "time_bucket('3600s', " + part[2] + ")" // the data source says that it is a TimescaleDB
	})
	return strings.ReplaceAll(sql, "$account", accounts)
}

// Grafana accepts the dashboard, as far as that can be checked without one: panels have ids, types and places of their own, lie within the
// grid without overlap, use the data source and the jobs that its variables select, and every bracket in their queries is closed.
func TestTheDashboard(t *testing.T) {
	t.Parallel()
	text, d := readDashboard(t, "usagegraph")
	var variables []string
	for _, v := range d.Templating.List {
		variables = append(variables, v.Name)
	}
	if d.UID == "" || d.Title == "" || d.SchemaVersion < 36 || !slices.Equal(variables, []string{"datasource", "job"}) {
		t.Errorf("%q %q %d %v", d.UID, d.Title, d.SchemaVersion, variables)
	}
	for _, found := range variable.FindAllStringSubmatch(string(text), -1) {
		if !slices.Contains(variables, found[1]) && !slices.ContainsFunc(ours, func(o string) bool { return strings.HasPrefix(o, found[0]) }) {
			t.Errorf("there is no variable %s", found[1])
		}
	}
	taken, ids := map[[2]int]string{}, map[int]bool{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.ID <= 0 {
			t.Errorf("%s: id %d", p.Title, p.ID)
		}
		ids[p.ID] = true
		checkPlace(t, p, taken)
		if p.Type != "row" {
			checkQuestions(t, p)
		}
	}
}

func checkPlace(t *testing.T, p panel, taken map[[2]int]string) {
	t.Helper()
	g := p.GridPos
	if p.Title == "" || g.W < 1 || g.H < 1 || g.X < 0 || g.Y < 0 || g.X+g.W > 24 {
		t.Errorf("%q lies at %+v", p.Title, g)
	}
	for x := g.X; x < g.X+g.W; x++ {
		for y := g.Y; y < g.Y+g.H; y++ {
			if other := taken[[2]int{x, y}]; other != "" {
				t.Fatalf("%q lies on %q", p.Title, other)
			}
			taken[[2]int{x, y}] = p.Title
		}
	}
}

func checkQuestions(t *testing.T, p panel) {
	t.Helper()
	if !slices.Contains([]string{"stat", "timeseries", "gauge", "bargauge", "table", "heatmap", "piechart"}, p.Type) || p.FieldConfig.Defaults.Unit == "" {
		t.Errorf("%q is a %q of %q", p.Title, p.Type, p.FieldConfig.Defaults.Unit)
	}
	if p.Datasource == nil || p.Datasource.Type != "prometheus" || p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 {
		t.Errorf("%q asks %+v %d questions", p.Title, p.Datasource, len(p.Targets))
	}
	refs := map[string]bool{}
	for _, q := range p.Targets {
		if q.RefID == "" || refs[q.RefID] {
			t.Errorf("%q: refId %q", p.Title, q.RefID)
		}
		refs[q.RefID] = true
		if !closed(q.Expr) {
			t.Errorf("%q: %s", p.Title, q.Expr)
		}
		found := series.FindAllStringSubmatch(q.Expr, -1)
		if len(found) == 0 {
			t.Errorf("%q asks for nothing: %s", p.Title, q.Expr)
		}
		for _, s := range found {
			if !strings.Contains(s[2], `job=~"$job"`) {
				t.Errorf("%q asks for %s of other jobs too", p.Title, s[1])
			}
		}
	}
}

// closed reports whether each bracket in a query, outside of strings, is closed by its counterpart.
func closed(expr string) bool {
	var open []rune
	quoted := false
	for _, c := range expr {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.ContainsRune("([{", c):
			open = append(open, c)
		case strings.ContainsRune(")]}", c):
			if len(open) == 0 || strings.IndexRune("([{", open[len(open)-1]) != strings.IndexRune(")]}", c) {
				return false
			}
			open = open[:len(open)-1]
		}
	}
	return !quoted && len(open) == 0 && strings.TrimSpace(expr) != ""
}
