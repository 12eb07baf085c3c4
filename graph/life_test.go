package graph

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// life lets things happen to an account by chance. What it asks for may be refused.
type life struct {
	*platform
	r       *rand.Rand
	n       int
	zone    string
	models  []string
	tools   []string
	hosted  []string // deployments, guardrails and scripts
	waiting []string // of them, what may be pending
	scripts []string
	plans   []any
	holds   []string
	tunings []string
	told    []map[string]any // identities of events
	log     []string
}

// lifeZones have whole and odd offsets, changes of an hour and of half an hour.
var lifeZones = []string{"UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"}

// lifeStarts lie before a month's end, a leap-free February, and changes of the clocks.
var lifeStarts = []time.Time{time.Date(2026, 3, 27, 22, 13, 7, 0, time.UTC), time.Date(2026, 1, 31, 23, 59, 30, 0, time.UTC), time.Date(2026, 10, 23, 18, 14, 59, 0, time.UTC),
	time.Date(2026, 3, 6, 4, 0, 0, 0, time.UTC), time.Date(2026, 9, 25, 11, 44, 1, 0, time.UTC)}

func newLife(p *platform, seed uint64) *life {
	l := &life{platform: p, r: rand.New(rand.NewPCG(seed, 7))}
	p.as.Common = auth.Platform.Permissions() | auth.Support.Permissions() | auth.Custom() | auth.Member.Permissions()
	p.clock.Store(pick(l, lifeStarts).Unix() + l.r.Int64N(4*3600))
	l.zone = pick(l, lifeZones)
	l.account = l.done("createAccount", "account", "id", map[string]any{"name": "Life", "timeZone": l.zone, "idempotencyKey": "life"})["id"].(string)
	for _, plan := range [][2]any{{"40", 500}, {"90", 0}, {"0", 12000}, {"0.000001", 1}} {
		l.plans = append(l.plans, l.done("createPlan", "plan", "id", map[string]any{"name": fmt.Sprint(plan), "credits": plan[0], "runs": plan[1]})["id"])
	}
	l.plans = append(l.plans, nil)
	if l.chance(2) {
		l.mutate("setRates", "from", map[string]any{"accountId": l.account, "from": l.at(10 * time.Minute), "idempotencyKey": "free", "hosting": []any{
			map[string]any{"category": "MODELS", "name": "g4dn.metal", "rate": "0"}, map[string]any{"category": "GUARDRAILS", "name": "GENERAL_PURPOSE", "rate": "0"},
			map[string]any{"category": "SCRIPTS", "name": "4vcpu-16gb", "rate": "0"}}})
		l.pass(11 * time.Minute)
	}
	return l
}

func pick[T any](l *life, from []T) T { return from[l.r.IntN(len(from))] }

func (l *life) chance(n int) bool { return l.r.IntN(n) == 0 }

func (l *life) key() string {
	l.n++
	return fmt.Sprint("k", l.n)
}

// ago is now, or a while ago.
func (l *life) ago() any {
	if l.chance(2) {
		return nil
	}
	return l.at(-time.Duration(l.r.Int64N(7200)) * time.Second)
}

// try asks for something and returns an object of the payload, or nil if it is refused.
func (l *life) try(name, object, selection string, input map[string]any) map[string]any {
	l.t.Helper()
	allowed, gated := l.gate(name, input)
	payload := l.mutate(name, object+" { "+selection+" }", input)
	refused := ""
	if list := payload["userErrors"].([]any); len(list) > 0 {
		refused = fmt.Sprint(list[0].(map[string]any)["code"])
	}
	l.note("%s %v %s", name, input, refused)
	if gated && (refused == "" && !allowed || refused == "REFUSED" && allowed) {
		l.t.Errorf("access says allowed %v, the mutation %q:\n%s", allowed, refused, strings.Join(l.log, "\n"))
	}
	of, _ := payload[object].(map[string]any)
	return of
}

// gate asks what a mutation is going to find: access, or of what is new hostingEstimate, which knows its price. gated is false if no gate
// decides about it.
func (l *life) gate(name string, input map[string]any) (allowed, gated bool) {
	l.t.Helper()
	v := map[string]any{"id": l.account, "scanner": input["scanner"], "hardware": input["hardware"]}
	for _, key := range []string{"deploymentId", "guardrailId", "id"} {
		if id := input[key]; id != nil {
			v["of"] = id
		}
	}
	switch name {
	case "deployModel":
		return l.may(`$hardware: String`, `hostingEstimate(category: MODELS, hardware: $hardware) { decision { allowed } }`, v)
	case "deployScript":
		return l.may(`$hardware: String`, `hostingEstimate(category: SCRIPTS, hardware: $hardware) { decision { allowed } }`, v)
	case "deployGuardrail":
		return l.may(`$scanner: Scanner`, `hostingEstimate(category: GUARDRAILS, scanner: $scanner) { decision { allowed } }`, v)
	case "redeployModel":
		return l.may(`$of: ID`, `access(action: DEPLOY_MODEL, resourceId: $of) { allowed }`, v)
	case "redeployGuardrail":
		return l.may(`$of: ID`, `access(action: DEPLOY_GUARDRAIL, resourceId: $of) { allowed }`, v)
	case "redeployScript":
		v["of"] = input["scriptId"]
		return l.may(`$of: ID`, `access(action: DEPLOY_SCRIPT, resourceId: $of) { allowed }`, v)
	case "scaleDeployment":
		data, failed := l.platform.run(`query($of: ID!) { node(id: $of) { ... on Deployment { replicas } ... on Guardrail { replicas } ... on Script { replicas } } }`, v)
		if now, _ := part(data, "node", "replicas").(float64); failed != "" || int(now) >= input["replicas"].(int) {
			return false, false // fewer pass no gate
		}
		return l.may(`$of: ID`, `access(action: SCALE_UP, resourceId: $of) { allowed }`, v)
	case "startFineTuning":
		v["of"], v["n"] = input["modelId"], input["trainingTokens"]
		return l.may(`$of: ID!, $n: Long!`, `fineTuningEstimate(modelId: $of, trainingTokens: $n, epochs: 1, method: QLORA, hardware: A10G) { charge decision { allowed } }`, v)
	}
	return false, false
}

// may asks a field that has a decision, or is one.
func (l *life) may(variables, field string, v map[string]any) (allowed, asked bool) {
	l.t.Helper()
	data, failed := l.platform.run(`query($id: ID!, `+variables+`) { account(id: $id) { answer: `+field+` } }`, v)
	if failed != "" {
		l.t.Fatal(failed)
	}
	answer, _ := part(data, "account", "answer").(map[string]any)
	if answer["decision"] != nil {
		return part(answer, "decision", "allowed") == true, true
	}
	return answer["allowed"] == true, answer != nil
}

func (l *life) note(format string, args ...any) {
	l.log = append(l.log, time.Unix(l.clock.Load(), 0).UTC().Format("01-02T15:04:05 ")+fmt.Sprintf(format, args...))
}

func idOf(of map[string]any) string {
	id, _ := of["id"].(string)
	return id
}

// happen lets one thing happen.
func (l *life) happen() {
	l.t.Helper()
	acts := []func(){l.hostModel, l.hostModel, l.hostGuardrail, l.hostScript, l.endHosting, l.rescale, l.again, l.report, l.spend, l.spend, l.run, l.give, l.give, l.takeBack,
		l.replan, l.relimit, l.reserve, l.settle, l.tune, l.takeOut, l.remove, l.tidy}
	pick(l, acts)()
}

func (l *life) model() string {
	if len(l.models) < 3 || l.chance(8) {
		m := l.try("registerModel", "model", "id", map[string]any{"accountId": l.account, "name": "m" + l.key(), "parametersBillions": pick(l, []any{"0.5", "3", "7", nil})})
		l.models = append(l.models, idOf(m))
	}
	return pick(l, l.models)
}

var lifeMachines = []string{"g4dn.xlarge", "g5.xlarge", "g5.48xlarge", "g4dn.metal"}

func (l *life) hostModel() {
	d := l.try("deployModel", "deployment", "id", map[string]any{"modelId": l.model(), "name": "d" + l.key(), "hardware": pick(l, lifeMachines), "replicas": 1 + l.r.IntN(3),
		"pending": l.chance(4), "at": l.ago()})
	l.keep(d, true)
}

func (l *life) keep(of map[string]any, mayWait bool) {
	if id := idOf(of); id != "" {
		l.hosted = append(l.hosted, id)
		if mayWait {
			l.waiting = append(l.waiting, id)
		}
	}
}

func (l *life) hostGuardrail() {
	g := l.try("deployGuardrail", "guardrail", "id", map[string]any{"accountId": l.account, "name": "g" + l.key(), "scanner": pick(l, []string{"TOXICITY", "REGEX", "ANONYMIZE"}),
		"replicas": 1 + l.r.IntN(40), "pending": l.chance(4), "at": l.ago()})
	l.keep(g, true)
}

func (l *life) hostScript() {
	if len(l.scripts) < 2 || l.chance(4) {
		l.scripts = append(l.scripts, idOf(l.try("createScript", "script", "id", map[string]any{"accountId": l.account, "name": "s" + l.key(), "language": "PYTHON"})))
	}
	s := pick(l, l.scripts)
	l.keep(l.try("deployScript", "script", "id", map[string]any{"scriptId": s, "hardware": pick(l, []string{"4vcpu-16gb", "1vcpu-2gb"}), "replicas": 1 + l.r.IntN(60)}), true)
	if !l.chance(3) {
		l.pass(time.Duration(l.r.IntN(90)) * time.Second)
		l.try("reportDeployment", "deployable", "__typename", map[string]any{"id": s, "outcome": "DEPLOYED"})
	}
}

// target is something hosted, with the names of the mutations of its kind.
func (l *life) target() (id, kind, key string) {
	if len(l.hosted) == 0 {
		return "", "", ""
	}
	id = pick(l, l.hosted)
	of, _ := DecodeID(id)
	switch of.Kind {
	case KindGuardrail:
		return id, "Guardrail", "guardrailId"
	case KindScript:
		return id, "Script", "scriptId"
	}
	return id, "Model", "deploymentId"
}

func (l *life) payloadOf(kind string) string {
	return map[string]string{"Guardrail": "guardrail", "Script": "script", "Model": "deployment"}[kind]
}

func (l *life) endHosting() {
	if id, kind, key := l.target(); id != "" {
		l.try("undeploy"+kind, l.payloadOf(kind), "id", map[string]any{key: id, "at": l.ago()})
	}
}

func (l *life) again() {
	if id, kind, key := l.target(); id != "" {
		l.try("redeploy"+kind, l.payloadOf(kind), "id", map[string]any{key: id, "replicas": 1 + l.r.IntN(3)})
	}
}

func (l *life) rescale() {
	if id, _, _ := l.target(); id != "" {
		l.try("scaleDeployment", "deployable", "__typename", map[string]any{"id": id, "replicas": 1 + l.r.IntN(5), "at": l.ago()})
	}
}

func (l *life) report() {
	if len(l.waiting) > 0 {
		l.try("reportDeployment", "deployable", "__typename", map[string]any{"id": pick(l, l.waiting), "outcome": pick(l, []string{"DEPLOYED", "DEPLOYED", "FAILED"}), "at": l.ago()})
	}
}

func (l *life) spend() {
	input := map[string]any{"modelId": l.model(), "inputTokens": l.r.Int64N(50_000_000), "outputTokens": l.r.Int64N(8_000_000)}
	for _, id := range l.hosted {
		if of, _ := DecodeID(id); of.Kind == KindDeployment && l.chance(4) {
			input["deploymentId"] = id
		}
	}
	l.record(input)
}

func (l *life) run() {
	if len(l.tools) < 2 {
		l.tools = append(l.tools, idOf(l.try("registerTool", "tool", "id", map[string]any{"accountId": l.account, "name": "t" + l.key(), "ownerName": "Mia", "status": "DEPLOYED"})))
	}
	l.record(map[string]any{"toolId": pick(l, l.tools), "runs": 1 + l.r.Int64N(3000)})
}

func (l *life) record(event map[string]any) {
	at := -time.Duration(l.r.Int64N(100)) * time.Second
	if l.chance(3) {
		at = -time.Duration(l.r.Int64N(3*24*3600)) * time.Second
	}
	event["source"], event["id"], event["time"] = "life", l.key(), l.at(at)
	if len(l.holds) > 0 && l.chance(5) {
		event["reservationId"] = pick(l, l.holds)
	}
	payload := l.mutate("recordUsage", "results { status code }", map[string]any{"accountId": l.account, "mode": pick(l, []string{"RECORD", "RECORD", "ENFORCE"}), "events": []any{event}})
	l.note("recordUsage %v %v", event, payload["results"])
	l.told = append(l.told, map[string]any{"source": "life", "id": event["id"], "time": event["time"]})
}

func (l *life) give() {
	input := map[string]any{"accountId": l.account, "meter": "MODEL_CREDITS", "amount": fmt.Sprint(1 + l.r.IntN(60)), "kind": pick(l, []string{"TOP_UP", "FREE", "ADJUSTMENT"}),
		"reference": "r", "idempotencyKey": l.key()}
	if l.chance(3) {
		input["meter"], input["amount"] = "TOOL_RUNS", fmt.Sprint(1+l.r.IntN(4000))
	}
	if !l.chance(4) {
		input["expiresAt"] = l.at(time.Duration(1+l.r.Int64N(pick(l, []int64{120, 7200, 40 * 24 * 3600}))) * time.Second)
	}
	l.try("grantCredits", "grant", "id", input)
}

func (l *life) takeBack() {
	data, failed := l.platform.run(`query($id: ID!) { account(id: $id) { grants(first: 50) { edges { node { id meter amount } } } } }`, map[string]any{"id": l.account})
	list := part(data, "account", "grants", "edges").([]any)
	if failed != "" || len(list) == 0 {
		l.t.Fatal(failed, len(list))
	}
	g := pick(l, list).(map[string]any)["node"].(map[string]any)
	l.try("adjustCredits", "grant", "id", map[string]any{"accountId": l.account, "meter": g["meter"], "amount": fmt.Sprint(-1 - l.r.IntN(30)), "grantId": g["id"], "reference": "r", "idempotencyKey": l.key()})
}

func (l *life) replan() {
	l.try("changePlan", "plan", "__typename", map[string]any{"accountId": l.account, "planId": pick(l, l.plans), "idempotencyKey": l.key()})
}

func (l *life) relimit() {
	l.try("setAccountLimits", "settings", "__typename", map[string]any{"accountId": l.account, "lowCreditLimit": fmt.Sprint(l.r.IntN(12)), "fineTuningLimit": fmt.Sprint(l.r.IntN(40)),
		"negativeLimit": fmt.Sprint(-l.r.IntN(30))})
}

func (l *life) reserve() {
	h := l.try("reserveUsage", "reservation", "id", map[string]any{"accountId": l.account, "meter": pick(l, []string{"MODEL_CREDITS", "TOOL_RUNS"}), "amount": fmt.Sprint(1 + l.r.IntN(30)),
		"mode": pick(l, []string{"REJECT", "CAP", "NEGATIVE"}), "timeoutSeconds": 1 + l.r.IntN(4000), "idempotencyKey": l.key()})
	if id := idOf(h); id != "" {
		l.holds = append(l.holds, id)
	}
}

func (l *life) settle() {
	if len(l.holds) == 0 {
		return
	}
	if l.chance(2) {
		l.try("releaseReservation", "reservation", "id", map[string]any{"reservationId": pick(l, l.holds)})
		return
	}
	l.try("settleReservation", "reservation", "id", map[string]any{"reservationId": pick(l, l.holds), "final": l.chance(2), "events": []any{
		map[string]any{"source": "life", "id": l.key(), "time": l.at(0), "modelId": l.model(), "inputTokens": l.r.Int64N(20_000_000)}}})
}

func (l *life) tune() {
	if len(l.tunings) > 0 && l.chance(2) {
		l.try("finishFineTuning", "job", "id", map[string]any{"jobId": pick(l, l.tunings), "outcome": pick(l, []string{"COMPLETED", "FAILED", "STOPPED"}), "processedTokens": l.r.Int64N(1_000_000)})
		return
	}
	j := l.try("startFineTuning", "job", "id", map[string]any{"modelId": l.model(), "name": "f" + l.key(), "trainingTokens": 1_000_000 + l.r.Int64N(9_000_000), "epochs": 1, "method": "QLORA",
		"hardware": "A10G", "idempotencyKey": l.key()})
	if id := idOf(j); id != "" {
		l.tunings = append(l.tunings, id)
	}
}

func (l *life) takeOut() {
	if len(l.told) > 0 {
		payload := l.mutate("voidEvents", "results { status code }", map[string]any{"accountId": l.account, "events": []any{pick(l, l.told)}})
		l.note("voidEvents %v", payload["results"])
	}
}

func (l *life) remove() {
	if !l.chance(3) {
		return
	}
	if id, kind, key := l.target(); id != "" {
		name := map[string]string{"Model": "deleteDeployment"}[kind]
		if name == "" {
			name = "delete" + kind
		}
		l.try(name, l.payloadOf(kind), "id", map[string]any{key: id})
	}
}

// tidy lets the jobs run.
func (l *life) tidy() {
	l.note("jobs")
	if _, err := l.store.Tick(l.t.Context(), 100); err != nil {
		l.t.Fatal(err)
	}
	if _, err := l.store.RollUp(l.t.Context(), 200_000); err != nil {
		l.t.Fatal(err)
	}
}

func (l *life) pass(d time.Duration) { l.advance(d) }

// wait lets time pass, often to an instant at which something falls due, or beside it.
func (l *life) wait() {
	l.t.Helper()
	switch l.r.IntN(8) {
	case 0:
	case 1, 2:
		l.pass(time.Duration(l.r.IntN(130)) * time.Second)
	case 3:
		l.pass(time.Duration(l.r.IntN(7200)) * time.Second)
	case 4:
		if l.chance(4) {
			l.pass(time.Duration(l.r.Int64N(50*24*3600)) * time.Second)
		}
	default:
		if next := l.due(); len(next) > 0 {
			if at := pick(l, next) + int64(l.r.IntN(3)) - 1; at > l.clock.Load() && at < l.clock.Load()+35*24*3600 {
				l.clock.Store(at)
			}
		}
	}
}

// due are the instants at which something falls due by itself.
func (l *life) due() (found []int64) {
	l.t.Helper()
	data, failed := l.platform.run(`query($id: ID!) { account(id: $id) { plan { cycleEnd } creditStatus { credits { nextExpiry { at } } runs { nextExpiry { at } } outlook { lowAt exhaustedAt stopAt } } } }`,
		map[string]any{"id": l.account})
	if failed != "" {
		l.t.Fatal(failed)
	}
	all := map[string]string{}
	leaves("", data, all)
	for _, text := range all {
		if at, err := time.Parse(`"`+time.RFC3339+`"`, text); err == nil {
			found = append(found, at.Unix())
		}
	}
	slices.Sort(found)
	return found
}

// part returns what lies at a path of an answer; nil if there is nothing.
func part(v any, path ...string) any {
	for _, name := range path {
		of, _ := v.(map[string]any)
		v = of[name]
	}
	return v
}
