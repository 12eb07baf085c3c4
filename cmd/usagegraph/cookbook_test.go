package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/demo"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

var update = flag.Bool("update", false, "write the answers of docs/analysts.md again")

const cookbook = "../../docs/analysts.md"

// The demo that docs/analysts.md tells of.
var (
	cookbookEnd  = time.Date(2026, 3, 10, 15, 30, 0, 0, time.UTC)
	cookbookDemo = demo.Config{End: cookbookEnd, Seed: 1, Events: 60_000, Light: true}
)

// The questions of analysts, of a demo that is always the same: the answers that are shown are the real ones, a sum over the facts gives
// the same, and the dashboard of Grafana asks what the database answers.
func TestTheDemoAnswersAnalysts(t *testing.T) {
	t.Parallel()
	url := makeCookbookDemo(t)
	c := ofTest(url)
	c.Clock = func() time.Time { return cookbookEnd }
	c.BucketSize, c.BucketRate = 1<<30, 1<<30                     // no time passes in which a bucket could be filled
	c.ExploreTimeout, c.ChartTimeout = 2*time.Minute, time.Minute // a busy machine
	r := launch(t, c)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	answers := askCookbook(t, r)
	compareWithFacts(t, conn, answers)
	askDashboard(t, conn)
}

// makeCookbookDemo fills a database of its own with the demo, foretells what becomes of its accounts, and returns its URL.
func makeCookbookDemo(t *testing.T) string {
	t.Helper()
	url := tsdbtest.NewURL(t)
	pool, err := demoPool(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	cfg := cookbookDemo
	cfg.Pool, cfg.Log = pool, discardLog()
	if _, err := demo.Load(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	store, err := tsdb.New(tsdb.Config{Pool: pool, Clock: func() time.Time { return cookbookEnd }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := charts.Foretell(t.Context(), store, 100); err != nil {
		t.Fatal(err)
	}
	return url
}

var (
	heading = regexp.MustCompile(`(?m)^### ([0-9]+)\. `)
	recipe  = regexp.MustCompile("(?s)```(graphql|sh)\n(.*?)```\n\n```(?:json|csv)\n(.*?)```") // a question with the answer that stands under it
)

// askCookbook asks every question as an analyst would, and demands the answer that is shown. It returns the answers by number.
func askCookbook(t *testing.T, r *running) map[int]any {
	t.Helper()
	text, token, answers := textOf(t, cookbook), r.token(auth.Analyst, 0, nil), map[int]any{}
	heads := heading.FindAllStringSubmatchIndex(text, -1)
	written := text[:heads[0][0]]
	for i, head := range heads {
		section := text[head[0]:]
		if i+1 < len(heads) {
			section = text[head[0]:heads[i+1][0]]
		}
		part := recipe.FindStringSubmatchIndex(section)
		if number := text[head[2]:head[3]]; number != strconv.Itoa(i+1) || part == nil {
			t.Fatalf("question %s comes as number %d, with an answer: %v", number, i+1, part != nil)
		}
		question, shown, got := section[part[4]:part[5]], section[part[6]:part[7]], ""
		if section[part[2]:part[3]] == "graphql" {
			got, answers[i+1] = askQuestion(t, r, token, question)
		} else {
			got, answers[i+1] = takeOut(t, r, token, question)
		}
		if !*update && got != shown {
			t.Errorf("%d: %s\n%s\nwant\n%s", i+1, question, got, shown)
		}
		written += section[:part[6]] + got + section[part[7]:]
	}
	if len(heads) < 45 {
		t.Errorf("%d questions", len(heads))
	}
	if *update {
		if err := os.WriteFile(cookbook, []byte(written), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return answers
}

// askQuestion asks a question of GraphQL, and returns its answer as it is shown, and as it is.
func askQuestion(t *testing.T, r *running, token, question string) (shown string, answer any) {
	t.Helper()
	a := r.ask(token, question, nil)
	var of struct{ Data json.RawMessage }
	if err := json.Unmarshal([]byte(a.body), &of); err != nil || a.status != http.StatusOK || len(a.Errors) > 0 {
		t.Fatalf("%s\n%d %s", question, a.status, a.body)
	}
	return shortJSON(t, fmt.Appendf(nil, `{"data": %s}`, of.Data)), decoded(t, of.Data)
}

var address = regexp.MustCompile(`'http://localhost:8080([^']+)'`)

// takeOut does what a line for the shell does, and returns the table as it came, and its rows.
func takeOut(t *testing.T, r *running, token, line string) (shown string, table any) {
	t.Helper()
	var a answer
	for range busyTries {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+address.FindStringSubmatch(line)[1], nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		if a = r.do(req); a.status != http.StatusServiceUnavailable {
			break
		}
	}
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil || a.status != http.StatusOK {
		t.Fatalf("%s\n%v %d %s", line, err, a.status, a.body)
	}
	edges := []any{}
	for _, row := range rows[1:] {
		node := map[string]any{}
		for i, name := range rows[0] {
			node[name] = row[i]
		}
		edges = append(edges, map[string]any{"node": node})
	}
	return a.body, map[string]any{"rows": edges}
}

// decoded is JSON with its numbers as they stand.
func decoded(t *testing.T, text []byte) (value any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// factBlock is the head of a block of cookbook.sql: the number of the question, and which list of the answer the block makes.
var factBlock = regexp.MustCompile(`(?m)^-- ([0-9]+) (\S+)\n`)

// compareWithFacts demands of the answers what the statements of cookbook.sql, which read no chart, say.
func compareWithFacts(t *testing.T, conn *pgx.Conn, answers map[int]any) {
	t.Helper()
	text := textOf(t, "testdata/cookbook.sql")
	heads := factBlock.FindAllStringSubmatchIndex(text, -1)
	if _, err := conn.Exec(t.Context(), text[:heads[0][0]]); err != nil {
		t.Fatal(err)
	}
	compared := map[int]bool{}
	for i, head := range heads {
		end := len(text)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		number, _ := strconv.Atoi(text[head[2]:head[3]])
		compared[number] = true
		sql := text[head[1]:end]
		rows, err := conn.Query(t.Context(), "SELECT to_json(q)::text FROM ("+sql+") q")
		if err != nil {
			t.Fatalf("%d: %v", number, err)
		}
		want, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%d: %v\n%s", number, err, sql)
		}
		compareRows(t, number, rowsAt(answers[number], text[head[4]:head[5]]), want)
	}
	if len(compared) < 40 {
		t.Errorf("%d questions are compared with the facts", len(compared))
	}
}

// rowsAt are the rows of an answer at a path: the nodes of edges, or one object.
func rowsAt(answer any, path string) (rows []any) {
	at := valueAt(answer, path)
	edges, is := at.([]any)
	if !is {
		return []any{at}
	}
	for _, e := range edges {
		rows = append(rows, valueAt(e, "node"))
	}
	return rows
}

// valueAt is what lies at a path of names and places.
func valueAt(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(at) {
				return nil
			}
			v = at[i]
		default:
			return nil
		}
	}
	return v
}

// compareRows demands that rows have what is wanted of them, which names its columns by their paths.
func compareRows(t *testing.T, number int, got []any, want []string) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Errorf("%d: %d rows\n%v\nwant %d:\n%s", number, len(got), got, len(want), strings.Join(want, "\n"))
		return
	}
	for i, row := range want {
		columns := decoded(t, []byte(row)).(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(columns)) {
			if g, w := valueAt(got[i], name), columns[name]; !sameValue(g, w) {
				t.Errorf("%d: row %d has %s %v, the facts say %v\n%v", number, i, name, g, w, got[i])
			}
		}
	}
}

// sameValue compares values of JSON, numbers by what they are worth.
func sameValue(a, b any) bool {
	x, y := fmt.Sprint(a), fmt.Sprint(b)
	if x == y {
		return true
	}
	m, err := decimal.NewFromString(x)
	n, err2 := decimal.NewFromString(y)
	return err == nil && err2 == nil && m.Equal(n)
}

// shortJSON prints an answer as a reader likes it: what fits into a line of 130 characters stands in one.
func shortJSON(t *testing.T, answer []byte) string {
	t.Helper()
	var out bytes.Buffer
	printShort(t, &out, bytes.TrimSpace(answer), "")
	return out.String() + "\n"
}

func printShort(t *testing.T, out *bytes.Buffer, value json.RawMessage, indent string) {
	t.Helper()
	var flat bytes.Buffer
	if err := json.Compact(&flat, value); err != nil {
		t.Fatal(err)
	}
	line := strings.NewReplacer(`":`, `": `, `,"`, `, "`, `},{`, `}, {`).Replace(flat.String())
	if len(indent)+len(line) <= 130 || flat.Bytes()[0] != '{' && flat.Bytes()[0] != '[' {
		out.WriteString(line)
		return
	}
	d := json.NewDecoder(&flat)
	token := func() json.Token {
		next, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	open := token().(json.Delim)
	out.WriteString(open.String())
	for first := true; d.More(); first = false {
		if !first {
			out.WriteByte(',')
		}
		out.WriteString("\n" + indent + "  ")
		if open == '{' {
			fmt.Fprintf(out, "%q: ", token())
		}
		var child json.RawMessage
		if err := d.Decode(&child); err != nil {
			t.Fatal(err)
		}
		printShort(t, out, child, indent+"  ")
	}
	out.WriteString("\n" + indent + map[json.Delim]string{'{': "}", '[': "]"}[open])
}
