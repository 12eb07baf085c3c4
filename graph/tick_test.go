package graph

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
)

// whole writes a selection of everything that a type says without required arguments.
type whole struct {
	schema *ast.Schema
	seen   []string // the types on the way here, none of which is entered again
}

func (w whole) selection(typ string) string {
	d := w.schema.Types[typ]
	if d.IsLeafType() {
		return ""
	}
	if slices.Contains(w.seen, typ) || len(w.seen) > 7 {
		return "{__typename}"
	}
	w.seen = append(slices.Clone(w.seen), typ)
	parts := []string{"__typename"}
	if d.IsAbstractType() {
		for _, possible := range w.schema.GetPossibleTypes(d) {
			parts = append(parts, "... on "+possible.Name+w.renamed(possible))
		}
		return "{" + strings.Join(parts, " ") + "}"
	}
	for _, f := range d.Fields {
		if answersAlone(f) {
			parts = append(parts, f.Name+w.selection(f.Type.Name()))
		}
	}
	return "{" + strings.Join(parts, " ") + "}"
}

// renamed returns a selection with an alias for each field, since the types of a union may have different fields of the same name.
func (w whole) renamed(d *ast.Definition) string {
	parts := []string{"__typename"}
	for _, f := range d.Fields {
		if answersAlone(f) {
			parts = append(parts, d.Name+"_"+f.Name+":"+f.Name+w.selection(f.Type.Name()))
		}
	}
	return "{" + strings.Join(parts, " ") + "}"
}

func answersAlone(f *ast.FieldDefinition) bool {
	return !strings.HasPrefix(f.Name, "__") && !slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool {
		return a.Type.NonNull && a.DefaultValue == nil
	})
}

// leaves collects the values of an answer by their paths.
func leaves(path string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, of := range v {
			leaves(path+"."+name, of, into)
		}
	case []any:
		into[path+".length"] = fmt.Sprint(len(v))
		for i, of := range v {
			leaves(fmt.Sprintf("%s[%d]", path, i), of, into)
		}
	default:
		text, _ := json.Marshal(v)
		into[path] = string(text)
	}
}

// postedLater are the parts of an answer that a tick may change because they depend on what is posted: the entries of the books, what is
// unposted, and what follows from a posting (e-mails, revisions).
var postedLater = []string{".ledger.", ".charges.", ".unposted", ".emails.", "evision", ".banners."}

// sameAfterATick reads everything of the account before the metering job runs and again at the same instant afterwards, and compares.
func (p *platform) sameAfterATick(t *testing.T) {
	t.Helper()
	question := "query($id: ID!){account(id: $id)" + whole{schema: contract(t)}.selection("Account") + "}"
	ask := func() map[string]string {
		data, failed := p.run(question, map[string]any{"id": p.account})
		if failed != "" {
			t.Fatal(failed)
		}
		found := map[string]string{}
		leaves("", data, found)
		return found
	}
	before := ask()
	if done, err := p.store.Tick(t.Context(), 100); err != nil || done.Accounts != 1 {
		t.Fatalf("the meter's job: %+v, %v", done, err)
	}
	after := ask()
	var paths []string
	for path := range before {
		paths = append(paths, path)
	}
	for path := range after {
		if _, both := before[path]; !both {
			paths = append(paths, path)
		}
	}
	sort.Strings(paths)
	if len(before) < 200 {
		t.Errorf("only %d values were compared", len(before))
	}
	for _, path := range paths {
		later := slices.ContainsFunc(postedLater, func(part string) bool { return strings.Contains(path, part) })
		if !later && before[path] != after[path] {
			t.Errorf("%s: %q before the tick, %q after it", path, before[path], after[path])
		}
	}
}

// tickScenes are ways in which posting is behind for an account. Each begins with 75 credits and 10,000 runs.
var tickScenes = map[string]func(p *platform){
	"hosting": func(p *platform) {
		p.host("g5.xlarge", false)
		p.advance(90*time.Minute + 17*time.Second)
	},
	"a low limit crossed": func(p *platform) {
		p.done("setAccountLimits", "settings", "lowCreditLimit", map[string]any{"accountId": p.account, "lowCreditLimit": "50"})
		p.host("g5.48xlarge", false)
		p.advance(80 * time.Minute)
	},
	"everything stopped": func(p *platform) {
		p.host("g5.48xlarge", false)
		p.guard()
		p.script()
		p.advance(9 * time.Hour)
	},
	"everything stopped but what is free": func(p *platform) {
		p.host("g5.48xlarge", false)
		p.done("deployGuardrail", "guardrail", "id", map[string]any{"accountId": p.account, "name": "r", "scanner": "REGEX"})
		p.advance(9 * time.Hour)
	},
	"pending at a stop": func(p *platform) {
		p.host("g5.48xlarge", false)
		p.host("g5.xlarge", true)
		p.advance(9*time.Hour + 3*time.Second)
	},
	"a cycle over with credits left": func(p *platform) {
		p.plan("40")
		p.advance(32 * 24 * time.Hour)
	},
	"a cycle over in debt": func(p *platform) {
		p.plan("40")
		p.use(300)
		p.advance(32 * 24 * time.Hour)
	},
	"three cycles over while something runs": func(p *platform) {
		p.plan("40")
		p.host("g4dn.xlarge", false)
		p.advance(65*24*time.Hour + time.Second)
	},
	"a stop, then a new cycle": func(p *platform) {
		p.plan("40")
		p.host("g5.48xlarge", false)
		p.advance(40 * 24 * time.Hour)
	},
	"free credits expired": func(p *platform) {
		p.use(20)
		p.advance(91 * 24 * time.Hour)
	},
	"a top-up expired while something runs": func(p *platform) {
		p.grant("50", time.Hour)
		p.host("g5.xlarge", false)
		p.advance(100 * time.Minute)
	},
	"used up, and then a top-up expired": func(p *platform) {
		p.use(75)
		p.grant("50", time.Hour)
		p.host("g5.48xlarge", false)
		p.advance(3 * time.Hour)
	},
	"no plan from the next cycle on": func(p *platform) {
		p.plan("40")
		p.advance(24 * time.Hour)
		p.done("changePlan", "plan", "__typename", map[string]any{"accountId": p.account, "planId": nil, "idempotencyKey": "none"})
		p.advance(31 * 24 * time.Hour)
	},
	"a reservation timed out, a cycle over": func(p *platform) {
		p.plan("40")
		p.done("reserveUsage", "reservation", "id", map[string]any{"accountId": p.account, "meter": "MODEL_CREDITS", "amount": "30", "timeoutSeconds": 60, "idempotencyKey": "r"})
		p.advance(32 * 24 * time.Hour)
	},
	"an end reported late across the close of a cycle": func(p *platform) {
		p.plan("40")
		p.advance(30*24*time.Hour + 12*time.Hour)
		d := p.host("g4dn.xlarge", false)
		p.advance(20 * time.Hour)
		p.done("undeployModel", "deployment", "status", map[string]any{"deploymentId": d, "at": p.at(-15 * time.Hour)})
		p.guard()
		p.advance(95 * time.Minute)
	},
}

func (p *platform) at(ago time.Duration) string {
	return time.Unix(p.clock.Load(), 0).UTC().Add(ago).Format(time.RFC3339)
}

func (p *platform) host(hardware string, pending bool) any {
	m := p.done("registerModel", "model", "id", map[string]any{"accountId": p.account, "name": hardware})
	return p.done("deployModel", "deployment", "id", map[string]any{"modelId": m["id"], "name": hardware, "hardware": hardware, "pending": pending})["id"]
}

func (p *platform) guard() {
	p.done("deployGuardrail", "guardrail", "id", map[string]any{"accountId": p.account, "name": "g", "scanner": "TOXICITY"})
}

func (p *platform) script() {
	s := p.done("createScript", "script", "id", map[string]any{"accountId": p.account, "name": "s", "language": "PYTHON"})
	p.done("deployScript", "script", "id", map[string]any{"scriptId": s["id"], "hardware": "2vcpu-4gb"})
	p.done("reportDeployment", "deployable", "__typename", map[string]any{"id": s["id"], "outcome": "DEPLOYED"})
}

func (p *platform) plan(credits string) {
	plan := p.done("createPlan", "plan", "id", map[string]any{"name": "P" + credits, "credits": credits, "runs": 1000})
	p.done("changePlan", "plan", "__typename", map[string]any{"accountId": p.account, "planId": plan["id"], "idempotencyKey": "plan"})
}

func (p *platform) grant(credits string, term time.Duration) {
	p.done("grantCredits", "grant", "id", map[string]any{"accountId": p.account, "meter": "MODEL_CREDITS", "amount": credits, "expiresAt": p.at(term),
		"reference": "r", "idempotencyKey": "g"})
}

// use uses credits.
func (p *platform) use(credits int) {
	m := p.done("registerModel", "model", "id", map[string]any{"accountId": p.account, "name": "used"})
	id, _ := DecodeID(m["id"].(string))
	account, _ := DecodeID(p.account)
	results, err := p.store.Ingest(p.t.Context(), []tsdb.UsageEvent{{AccountID: account.Key, Source: "s", ID: "e", Time: p.store.Now(), Kind: tsdb.Inference,
		ResourceID: id.Key, InputTokens: int64(2_000_000 * credits)}}, tsdb.Record)
	if err != nil || results[0].Status != tsdb.Stored {
		p.t.Fatal(results, err)
	}
}

// The state of an account at an instant does not depend on whether the metering job has run (rules.md §3): every field gives the same
// answer before and after.
func TestAnAnswerIsTheSameBeforeAndAfterATick(t *testing.T) {
	t.Parallel()
	for name, scene := range tickScenes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t)
			p.as.Common = auth.Platform.Permissions() | auth.Support.Permissions() | auth.Custom() | auth.Member.Permissions()
			scene(p)
			p.sameAfterATick(t)
		})
	}
}
