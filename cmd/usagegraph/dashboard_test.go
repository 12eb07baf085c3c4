package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
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

// The database answers every query of the usage dashboard with the role that Grafana uses.
func TestTheDashboardOfUsage(t *testing.T) {
	t.Parallel()
	_, d := readDashboard(t, "usage")
	conn, err := pgx.Connect(t.Context(), tsdbtest.NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	pool, err := pgxpool.New(t.Context(), conn.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if ok, err := tsdb.MakeExploreRole(t.Context(), pool); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if _, err := conn.Exec(t.Context(), "SET ROLE "+tsdb.AnalystRole); err != nil {
		t.Fatal(err)
	}
	macro := regexp.MustCompile(`\$__(timeFilter|timeGroup)\((\w+)[^)]*\)`)
	taken, asked := map[[2]int]string{}, 0
	for _, p := range d.Panels {
		checkPlace(t, p, taken)
		for _, q := range p.Targets {
			sql := macro.ReplaceAllStringFunc(q.RawSQL, func(m string) string {
				part := macro.FindStringSubmatch(m)
				if part[1] == "timeFilter" {
					return part[2] + " BETWEEN now() - interval '7 days' AND now()"
				}
				return "date_bin('1 hour', " + part[2] + ", 'epoch')"
			})
			asked++
			if _, err := conn.Exec(t.Context(), strings.ReplaceAll(sql, "$account", "1, 2")); err != nil {
				t.Errorf("%q: %v\n%s", p.Title, err, sql)
			}
		}
	}
	if asked < 9 {
		t.Errorf("%d questions", asked)
	}
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
