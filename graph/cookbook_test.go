package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

const cookbook = "../docs/analysts.md"

// recipe matches a question of the cookbook and the answer below it.
var recipe = regexp.MustCompile("(?s)```graphql\n(.*?)```\n\n```json\n(.*?)```")

// Every question of the cookbook is valid and may be asked by an ANALYST, and its answer is the one shown.
func TestQuestionsOfTheCookbook(t *testing.T) {
	t.Parallel()
	p := newCookbook(t)
	text := must(os.ReadFile(cookbook))(t)
	asked := 0
	written := recipe.ReplaceAllFunc(text, func(found []byte) []byte {
		part := recipe.FindSubmatch(found)
		question, shown := string(part[1]), part[2]
		asked++
		if _, errs := gqlparser.LoadQueryWithRules(contract(t), question, rules.NewDefaultRules()); len(errs) > 0 {
			t.Errorf("%s: %v", question, errs)
			return found
		}
		answer := shortJSON(t, p.ask(question, nil))
		if bytes.Contains(answer, []byte(`"errors"`)) || !*update && !bytes.Equal(answer, shown) {
			t.Errorf("%s\n%s\nwant\n%s", question, answer, shown)
		}
		return fmt.Appendf(nil, "```graphql\n%s```\n\n```json\n%s```", question, answer)
	})
	if asked < 30 {
		t.Errorf("%d questions", asked)
	}
	if *update {
		fatal(t, os.WriteFile(cookbook, written, 0o644))
	}
}

// GraphiQL offers the questions of the cookbook: a tab for each part, with an operation for each question.
func TestGraphiQLHasTheQuestionsOfTheCookbook(t *testing.T) {
	t.Parallel()
	text := string(must(os.ReadFile(cookbook))(t))
	asked := 0
	for i, part := range strings.Split(text, "\n## ")[1:] {
		title, _, _ := strings.Cut(part, "\n")
		name := ""
		for word := range strings.FieldsSeq(title) {
			name += strings.ToUpper(word[:1]) + word[1:]
		}
		var b strings.Builder
		fmt.Fprintf(&b, "# %s: questions of analysts (docs/analysts.md). The button that runs them lets you choose one.\n# Needs USAGE_EXPLORE, ACCOUNT_LIST, BALANCES_VIEW.\n", title)
		questions := regexp.MustCompile("(?s)\n### ([0-9]+)\\. (.*?)\n.*?```graphql\n(.*?)```").FindAllStringSubmatch(part, -1)
		if len(questions) == 0 {
			continue
		}
		for _, q := range questions {
			asked++
			fmt.Fprintf(&b, "\n# %s\nquery %s%s %s", q[2], name, q[1], q[3]) // the first one names the tab
		}
		goldenAt(t, fmt.Sprintf("../server/graphiql/examples/8-questions-%d.graphql", i+1), b.String())
	}
	if asked < 30 {
		t.Errorf("%d questions", asked)
	}
}

// newCookbook returns the platform that the cookbook asks about: three accounts between 12 January and 10 March 2026. Their usage depends
// only on the day and the hour.
func newCookbook(t *testing.T) *billingPage {
	p := newEmptyPage(t, time.Date(2026, 1, 12, 8, 0, 0, 0, time.UTC))
	team := must(p.store.CreatePlan(t.Context(), billing.Plan{Name: "Team", Credits: billing.MustCredits("200"), Runs: 50_000}, tsdb.Actor{}))(t)
	var shops []shop
	for i, name := range []string{"Acme Travel", "Globex Bank", "Initech"} {
		n := tsdb.NewAccount{Name: name, IdempotencyKey: name, TimeZone: []string{"Europe/Berlin", "America/New_York", "UTC"}[i]}
		if i < 2 {
			n.PlanID = team.ID
		}
		s := shop{account: must(p.store.CreateAccount(t.Context(), n, tsdb.Actor{}))(t), runs: []int64{40, 25, 6}[i], answers: []int64{30, 60, 4}[i]}
		tool := func(name, owner string) int64 {
			return must(p.store.RegisterTool(t.Context(), tsdb.NewTool{AccountID: s.account, Name: name, OwnerName: owner, Status: tsdb.Deployed}))(t).ID
		}
		model := func(name string, size int64) int64 {
			billions := decimal.NewFromInt(size)
			return must(p.store.RegisterModel(t.Context(), tsdb.NewModel{AccountID: s.account, Name: name, Billions: &billions}))(t).ID
		}
		s.search, s.mail, s.large, s.small = tool("Search", "Ada"), tool("Mail", "Ben"), model("Large", 70), model("Small", 7)
		shops = append(shops, s)
	}
	p.now = time.Date(2026, 2, 2, 9, 0, 0, 0, time.UTC)
	prod := must(p.store.DeployModel(t.Context(), tsdb.ModelDeployment{AccountID: shops[0].account, ModelID: shops[0].small, Name: "prod", Hardware: "g6.xlarge", Replicas: 2}))(t)
	p.now = p.now.Add(30 * time.Hour)
	must(p.store.UndeployModel(t.Context(), shops[0].account, prod.ID, time.Time{}))(t)
	p.now = time.Date(2026, 3, 10, 15, 30, 0, 0, time.UTC)
	for _, s := range shops {
		p.account = s.account
		p.busy(s)
	}
	for must(p.store.RollUp(t.Context(), 100_000))(t).Left {
	}
	p.as = auth.Principal{Kind: auth.Service, Role: auth.Analyst, Common: auth.Analyst.Permissions()}
	return p
}

// shop is an account of the cookbook, with its usage in a quiet hour.
type shop struct {
	account, search, mail, large, small int64
	runs, answers                       int64
}

// busy records the usage of an account: from 15 January, each day at 9, 14 and 23 h, less at weekends, growing week by week.
func (p *billingPage) busy(s shop) {
	var events []tsdb.UsageEvent
	for day := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC); day.Before(p.now); day = day.AddDate(0, 0, 1) {
		week := int64(day.Sub(time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)) / (7 * 24 * time.Hour))
		for i, hour := range []int{9, 14, 23} {
			at := day.Add(time.Duration(hour)*time.Hour + 5*time.Minute)
			share := []int64{3, 5, 1}[i]
			if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
				share = 1
			}
			if !at.Before(p.now) {
				continue
			}
			id := at.Format("0102T15")
			events = append(events,
				tsdb.UsageEvent{ID: "search " + id, Time: at, Kind: tsdb.ToolRun, ResourceID: s.search, Runs: s.runs * share},
				tsdb.UsageEvent{ID: "mail " + id, Time: at, Kind: tsdb.ToolRun, ResourceID: s.mail, Runs: share * (1 + week)},
				tsdb.UsageEvent{ID: "large " + id, Time: at, Kind: tsdb.Inference, ResourceID: s.large, InputTokens: s.answers * share * 1000, OutputTokens: s.answers * share * 250, CacheReadTokens: s.answers * share * 400},
				tsdb.UsageEvent{ID: "small " + id, Time: at, Kind: tsdb.Inference, ResourceID: s.small, InputTokens: (s.answers + 10*week) * share * 500, OutputTokens: s.answers * share * 100})
		}
	}
	p.record(events...)
}

// shortJSON prints an answer for readers: whatever fits into 130 characters is on one line.
func shortJSON(t *testing.T, answer []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	printShort(t, &out, bytes.TrimSpace(answer), "")
	return append(out.Bytes(), '\n')
}

func printShort(t *testing.T, out *bytes.Buffer, value json.RawMessage, indent string) {
	t.Helper()
	var flat bytes.Buffer
	fatal(t, json.Compact(&flat, value))
	line := strings.NewReplacer(`":`, `": `, `,"`, `, "`, `},{`, `}, {`).Replace(flat.String())
	if len(indent)+len(line) <= 130 || flat.Bytes()[0] != '{' && flat.Bytes()[0] != '[' {
		out.WriteString(line)
		return
	}
	d := json.NewDecoder(&flat)
	open := must(d.Token())(t).(json.Delim)
	out.WriteString(open.String())
	for first := true; d.More(); first = false {
		if !first {
			out.WriteByte(',')
		}
		out.WriteString("\n" + indent + "  ")
		if open == '{' {
			fmt.Fprintf(out, "%q: ", must(d.Token())(t))
		}
		var child json.RawMessage
		fatal(t, d.Decode(&child))
		printShort(t, out, child, indent+"  ")
	}
	out.WriteString("\n" + indent + map[json.Delim]string{'{': "}", '[': "]"}[open])
}
