package graph

import (
	"fmt"
	"maps"
	"os"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

// truthRange selects what every answer about a range says.
const truthRange = `range { from to preset timeZone }`

// truthQuestion asks for the same facts in all the ways that there are. $r: the range; $now: the instant.
const truthQuestion = `query($id: ID!, $r: RangeInput, $now: DateTime!) { account(id: $id) {
  creditStatus { asOf zone icon credits { allocation used remaining reserved available nextExpiry { amount at } } runs { allocation used remaining reserved available nextExpiry { amount at } }
    outlook { ratePerHour lowAt exhaustedAt stopAt } }
  free: hostingEstimate(category: GUARDRAILS, scanner: REGEX) { outlook { ratePerHour lowAt exhaustedAt stopAt } decision { zone balance available } }
  more: hostingEstimate(category: MODELS, hardware: "g5.xlarge", replicas: 2) { outlook { ratePerHour lowAt exhaustedAt stopAt } decision { zone balance available allowed } }
  deploy: access(action: DEPLOY_MODEL) { zone balance available allowed } tune: access(action: FINE_TUNE) { allowed } infer: access(action: INFERENCE) { allowed } tool: access(action: TOOL_RUN) { allowed balance available }
  import: access(action: IMPORT_PROJECT) { importMode }
  settings { lowCreditLimit fineTuningLimit negativeLimit }
  overview(range: $r) { runs { allocation used remaining } credits { allocation used remaining slices { category used } } inRange { ` + truthRange + ` credits runs slices { category used } } }
  usageTrend(range: $r) { ` + truthRange + ` points { start end credits runs models guardrails scripts } }
  tools(range: $r, first: 100) { ` + truthRange + ` totals { totalRuns } edges { runs node { id status } } }
  models(range: $r, first: 100) { ` + truthRange + ` totals { totalCredits fineTuningCredits hostingCredits inferenceCredits } edges { creditsUsed node { id deployments(range: $r, first: 100) { edges { creditsUsed node { id status pending } } } } } }
  guardrails(range: $r, first: 100) { ` + truthRange + ` totals { totalCredits } edges { creditsUsed node { id status pending panel(range: $r) { ` + truthRange + ` total } } } }
  scripts(range: $r, first: 100) { ` + truthRange + ` totals { totalCredits } edges { creditsUsed node { id status panel(range: $r) { ` + truthRange + ` total } } } }
  deployables(range: $r, first: 100) { ` + truthRange + ` totals { running ratePerHour } edges { node { creditsUsed ratePerHour deployable { __typename ... on Deployment { id } ... on Guardrail { id } ... on Script { id } } } } }
  running: deployables(first: 100, filter: {running: true}) { edges { node { deployable { ... on Deployment { id } ... on Guardrail { id } ... on Script { id } } } } }
  segments(range: $r, first: 100) { ` + truthRange + ` totalCount edges { node { category resourceId deploymentId start end stopped hardware replicas ratePerHour seconds credits } } }
  open: segments(first: 100) { totalCount edges { node { category resourceId deploymentId start end stopped replicas ratePerHour seconds credits } } }
  usage(range: $r) { ` + truthRange + ` totals { credits runs replicaSeconds hostingSeconds } }
  byCategory: usage(range: $r, groupBy: [CATEGORY], first: 100) { ` + truthRange + ` edges { node { category credits runs } } }
  byKind: usage(range: $r, groupBy: [KIND], first: 100) { edges { node { kind credits runs } } }
  byResource: usage(range: $r, groupBy: [RESOURCE], first: 100) { totalCount edges { node { resourceId credits runs } } }
  byDeployment: usage(range: $r, groupBy: [DEPLOYMENT], first: 100) { totalCount edges { node { deploymentId credits runs } } }
  byTime: usage(range: $r, groupBy: [TIME], first: 100) { totalCount pageInfo { hasNextPage } edges { node { credits runs } } }
  byHour: usage(range: $r, groupBy: [HOUR_OF_DAY], first: 100) { edges { node { credits runs } } }
  grants(first: 100) { totalCount edges { node { id kind meter amount used remaining expired takenBack grantedAt expiresAt retiredAt slices { category used } } } }
  live: grants(first: 100, filter: {live: true}) { totalCount edges { node { id } } }
  ledger(first: 1) { unposted { credits runs } }
  statements(first: 100) { edges { node { id cycleStart cycleEnd closed credits { opening granted charged refunded expired adjusted closing } runs { opening granted charged refunded expired adjusted closing } } } }
  balanceAt(time: $now) { credits runs }
  plan { name credits runs cycleStart cycleEnd pending { name at } }
  reservations(first: 100, states: [OPEN]) { totalCount edges { node { meter reserved state } } }
  fineTuningJobs(first: 100) { edges { node { charge refunded } } }
}
usage(range: $r, filter: {accountIds: [$id]}) { ` + truthRange + ` totals { credits runs } }
accounts(search: "Life") { edges { node { creditStatus { zone credits { remaining } runs { remaining } } } } } }`

// answered is an answer to truthQuestion, and what is wrong with it.
type answered struct {
	*life
	answer  map[string]any
	account map[string]any
	wrong   []string
}

func (a *answered) fail(format string, args ...any) {
	a.wrong = append(a.wrong, fmt.Sprintf(format, args...))
}

// n is a number at a path; a null counts as 0.
func (a *answered) n(path ...string) decimal.Decimal { return numberAt(a.account, path...) }

func numberAt(of any, path ...string) decimal.Decimal {
	switch v := part(of, path...).(type) {
	case string:
		return decimal.RequireFromString(v)
	case float64:
		return decimal.NewFromFloat(v)
	}
	return decimal.Zero
}

func textAt(of any, path ...string) string {
	text, _ := part(of, path...).(string)
	return text
}

// rows are the edges of a list.
func rows(of any, path ...string) (list []map[string]any) {
	edges, _ := part(of, append(path, "edges")...).([]any)
	for _, e := range edges {
		list = append(list, e.(map[string]any))
	}
	return list
}

// sum adds up a number of each row.
func sum(list []map[string]any, path ...string) (total decimal.Decimal) {
	for _, row := range list {
		total = total.Add(numberAt(row, path...))
	}
	return total
}

// same compares what should be one number.
func (a *answered) same(what string, list ...decimal.Decimal) {
	for _, n := range list[1:] {
		if !n.Equal(list[0]) {
			a.fail("%s: %v", what, list)
			return
		}
	}
}

func (l *life) ask(rangeInput any) *answered {
	l.t.Helper()
	data, failed := l.platform.run(truthQuestion, map[string]any{"id": l.account, "r": rangeInput, "now": l.at(0)})
	if failed != "" {
		l.t.Fatalf("%v: %s", rangeInput, failed)
	}
	account, _ := data["account"].(map[string]any)
	return &answered{life: l, answer: data, account: account}
}

// agree checks that everything in an answer about a range agrees with everything else in it.
func (a *answered) agree() {
	a.balances()
	a.figures()
	a.statuses()
}

func (a *answered) balances() {
	var posted [2]decimal.Decimal
	for _, entry := range a.entries() {
		posted[meterOf(entry)] = posted[meterOf(entry)].Add(numberAt(entry, "amount"))
	}
	list := rows(a.account, "statements")
	last := list[0]["node"]
	for i, m := range []string{"credits", "runs"} {
		s := part(a.account, "creditStatus", m)
		remaining := numberAt(s, "remaining")
		a.same(m+" remaining", remaining, numberAt(s, "allocation").Sub(numberAt(s, "used")), a.n("overview", m, "remaining"), a.n("overview", m, "allocation").Sub(a.n("overview", m, "used")),
			a.n("balanceAt", m), numberAt(last, m, "closing"), posted[i].Add(a.n("ledger", "unposted", m)), numberAt(rows(a.answer, "accounts")[0], "node", "creditStatus", m, "remaining"))
		a.same(m+" available", numberAt(s, "available"), remaining.Sub(numberAt(s, "reserved")))
		a.grants(i, m, s)
		a.statementsOf(m, list)
	}
	a.same("available of the gate", a.n("creditStatus", "credits", "available"), a.n("deploy", "available"), a.n("more", "decision", "available"))
	a.same("balance of the gate", a.n("creditStatus", "credits", "remaining"), a.n("deploy", "balance"), a.n("more", "decision", "balance"))
	a.gates()
	for _, row := range rows(a.account, "reservations") {
		if textAt(row, "node", "state") != "OPEN" {
			a.fail("a list of open reservations has %v", row)
		}
	}
	for i, m := range []string{"credits", "runs"} {
		held := decimal.Zero
		for _, row := range rows(a.account, "reservations") {
			if meterOf(row["node"].(map[string]any)) == i {
				held = held.Add(numberAt(row, "node", "reserved"))
			}
		}
		a.same(m+" reserved", a.n("creditStatus", m, "reserved"), held)
	}
	if start, end := textAt(last, "cycleStart"), textAt(last, "cycleEnd"); start != textAt(a.account, "plan", "cycleStart") || end != textAt(a.account, "plan", "cycleEnd") ||
		part(last, "closed") != false || end <= textAt(a.account, "creditStatus", "asOf") {
		a.fail("the open statement is of %s to %s, the plan's cycle is %v", start, end, part(a.account, "plan"))
	}
}

func meterOf(of map[string]any) int {
	if of["meter"] == "TOOL_RUNS" {
		return 1
	}
	return 0
}

// entries are all entries of the ledger.
func (a *answered) entries() (all []map[string]any) {
	var after any
	for {
		data, failed := a.platform.run(`query($id: ID!, $after: Cursor) { account(id: $id) { ledger(first: 100, after: $after) { pageInfo { hasNextPage endCursor } edges { node { meter kind cause category amount effectiveAt } } } } }`,
			map[string]any{"id": a.life.account, "after": after})
		if failed != "" {
			a.t.Fatal(failed)
		}
		for _, row := range rows(data, "account", "ledger") {
			all = append(all, row["node"].(map[string]any))
		}
		if part(data, "account", "ledger", "pageInfo", "hasNextPage") != true {
			return all
		}
		after = part(data, "account", "ledger", "pageInfo", "endCursor")
	}
}

// grants checks that live grants add up to a meter's status.
func (a *answered) grants(meter int, name string, s any) {
	now, worth, gave, left := textAt(a.account, "creditStatus", "asOf"), decimal.Zero, decimal.Zero, decimal.Zero
	listed := map[any]bool{}
	next, nextAmount := "", decimal.Zero
	for _, row := range rows(a.account, "grants") {
		g := row["node"].(map[string]any)
		a.same("a grant", numberAt(g, "amount"), numberAt(g, "used").Add(numberAt(g, "remaining")).Add(numberAt(g, "expired")).Add(numberAt(g, "takenBack")))
		expires := textAt(g, "expiresAt")
		if expires != "" && expires <= now && !numberAt(g, "remaining").IsZero() {
			a.fail("a grant that has expired has %v", g)
		}
		if g["retiredAt"] != nil {
			continue
		}
		listed[g["id"]] = true
		if meterOf(g) != meter {
			continue
		}
		worth = worth.Add(numberAt(g, "amount")).Sub(numberAt(g, "expired")).Sub(numberAt(g, "takenBack"))
		gave, left = gave.Add(numberAt(g, "used")), left.Add(numberAt(g, "remaining"))
		if expires != "" && numberAt(g, "remaining").IsPositive() {
			switch {
			case next == "" || expires < next:
				next, nextAmount = expires, numberAt(g, "remaining")
			case expires == next:
				nextAmount = nextAmount.Add(numberAt(g, "remaining"))
			}
		}
	}
	a.same(name+" allocation of live grants", numberAt(s, "allocation"), worth)
	remaining := numberAt(s, "remaining")
	a.same(name+" left of live grants", decimal.Max(remaining, decimal.Zero), left)
	a.same(name+" used", numberAt(s, "used"), gave.Add(decimal.Max(remaining.Neg(), decimal.Zero)))
	if next != textAt(s, "nextExpiry", "at") || !nextAmount.Equal(numberAt(s, "nextExpiry", "amount")) {
		a.fail("%s: next expiry %v, the grants say %s of %s", name, part(s, "nextExpiry"), next, nextAmount)
	}
	live := map[any]bool{}
	for _, row := range rows(a.account, "live") {
		live[part(row, "node", "id")] = true
	}
	if !maps.Equal(live, listed) || len(live) != int(numberAt(a.account, "live", "totalCount").IntPart()) {
		a.fail("live grants: %v and %v, %v", live, listed, part(a.account, "live", "totalCount"))
	}
}

// statementsOf checks a meter's statements, latest first.
func (a *answered) statementsOf(m string, list []map[string]any) {
	for i, row := range list {
		line := part(row, "node", m)
		n := func(name string) decimal.Decimal { return numberAt(line, name) }
		a.same("closing of "+m, n("closing"), n("opening").Add(n("granted")).Sub(n("charged")).Add(n("refunded")).Sub(n("expired")).Add(n("adjusted")))
		if i+1 < len(list) {
			a.same("opening of "+m, n("opening"), numberAt(list[i+1], "node", m, "closing"))
			if textAt(row, "node", "cycleStart") != textAt(list[i+1], "node", "cycleEnd") || part(list[i+1], "node", "closed") != true {
				a.fail("cycles do not follow one another: %v", list)
			}
		}
	}
}

// gates checks the table of rules.md §5.
func (a *answered) gates() {
	b, available := a.n("creditStatus", "credits", "remaining"), a.n("creditStatus", "credits", "available")
	low, tune, negative := a.n("settings", "lowCreditLimit"), a.n("settings", "fineTuningLimit"), a.n("settings", "negativeLimit")
	zone := "OPEN"
	switch {
	case b.LessThanOrEqual(negative):
		zone = "STOPPED"
	case !b.IsPositive():
		zone = "EXHAUSTED"
	case b.LessThan(low):
		zone = "LOW"
	case b.LessThanOrEqual(tune):
		zone = "NO_FINE_TUNING"
	}
	if textAt(a.account, "creditStatus", "zone") != zone || textAt(rows(a.answer, "accounts")[0], "node", "creditStatus", "zone") != zone {
		a.fail("zone %v of %s", part(a.account, "creditStatus", "zone"), b)
	}
	for name, want := range map[string]bool{"deploy": available.IsPositive() && !available.LessThan(low), "tune": available.IsPositive() && available.GreaterThan(tune), "infer": available.IsPositive(),
		"tool": a.n("creditStatus", "runs", "available").IsPositive()} {
		if got := part(a.account, name, "allowed"); got != want {
			a.fail("%s allowed %v, with %s available, low limit %s, fine-tuning limit %s", name, got, available, low, tune)
		}
	}
}

// figures checks what was used within the range.
func (a *answered) figures() {
	all := rows(a.account, "byCategory")
	of := func(category, figure string) decimal.Decimal {
		for _, row := range all {
			if textAt(row, "node", "category") == category {
				return numberAt(row, "node", figure)
			}
		}
		return decimal.Zero
	}
	inRange := a.account["overview"].(map[string]any)["inRange"].(map[string]any)
	var points []map[string]any
	for _, p := range part(a.account, "usageTrend", "points").([]any) {
		points = append(points, p.(map[string]any))
	}
	tabs := a.n("models", "totals", "totalCredits").Add(a.n("guardrails", "totals", "totalCredits")).Add(a.n("scripts", "totals", "totalCredits"))
	node := func(name, figure string) decimal.Decimal { return sum(rows(a.account, name), "node", figure) }
	if part(a.account, "byTime", "pageInfo", "hasNextPage") == false {
		a.same("credits by time", a.n("usage", "totals", "credits"), node("byTime", "credits"))
	}
	a.same("credits", a.n("usage", "totals", "credits"), numberAt(inRange, "credits"), sum(all, "node", "credits"), node("byKind", "credits"), node("byResource", "credits"), node("byDeployment", "credits"),
		node("byHour", "credits"), tabs, numberAt(a.answer, "usage", "totals", "credits"))
	a.same("runs", a.n("usage", "totals", "runs"), numberAt(inRange, "runs"), sum(all, "node", "runs"), node("byResource", "runs"), a.n("tools", "totals", "totalRuns"), sum(rows(a.account, "tools"), "runs"),
		numberAt(a.answer, "usage", "totals", "runs"))
	if textAt(a.account, "usageTrend", "range", "from") == textAt(inRange, "range", "from") {
		a.same("credits of the trend", numberAt(inRange, "credits"), sum(points, "credits"), sum(points, "models").Add(sum(points, "guardrails")).Add(sum(points, "scripts")))
		a.same("runs of the trend", numberAt(inRange, "runs"), sum(points, "runs"))
	}
	a.same("models", of("MODELS", "credits"), a.n("models", "totals", "totalCredits"), sum(rows(a.account, "models"), "creditsUsed"),
		a.n("models", "totals", "fineTuningCredits").Add(a.n("models", "totals", "hostingCredits")).Add(a.n("models", "totals", "inferenceCredits")))
	a.same("guardrails", of("GUARDRAILS", "credits"), a.n("guardrails", "totals", "totalCredits"), sum(rows(a.account, "guardrails"), "creditsUsed"), sum(rows(a.account, "guardrails"), "node", "panel", "total"))
	a.same("scripts", of("SCRIPTS", "credits"), a.n("scripts", "totals", "totalCredits"), sum(rows(a.account, "scripts"), "creditsUsed"), sum(rows(a.account, "scripts"), "node", "panel", "total"))
	hosting := decimal.Zero
	for _, row := range rows(a.account, "byKind") {
		if textAt(row, "node", "kind") == "HOSTING" {
			hosting = numberAt(row, "node", "credits")
		}
	}
	if len(rows(a.account, "segments")) < 100 {
		seconds := decimal.Zero
		for _, row := range rows(a.account, "segments") {
			seconds = seconds.Add(numberAt(row, "node", "seconds").Mul(numberAt(row, "node", "replicas")))
		}
		a.same("hosting", hosting, sum(rows(a.account, "segments"), "node", "credits"))
		a.same("replica-seconds", a.n("usage", "totals", "replicaSeconds"), seconds)
	}
	a.used()
}

// used checks the whole life of the account against the statements, which draw in the order of posting.
func (a *answered) used() {
	if part(a.account, "usage", "range", "preset") != nil || a.answer["explicit"] != nil {
		return
	}
	list := rows(a.account, "statements")
	a.same("credits ever", a.n("usage", "totals", "credits"), sum(list, "node", "credits", "charged").Sub(sum(list, "node", "credits", "refunded")))
	a.same("runs ever", a.n("usage", "totals", "runs"), sum(list, "node", "runs", "charged").Sub(sum(list, "node", "runs", "refunded")))
	jobs := rows(a.account, "fineTuningJobs")
	a.same("fine-tuning ever", a.n("models", "totals", "fineTuningCredits"), sum(jobs, "node", "charge").Sub(sum(jobs, "node", "refunded")))
}

// statuses checks what runs.
func (a *answered) statuses() {
	runs := map[string]bool{}
	note := func(row map[string]any) {
		if textAt(row, "node", "status") == "DEPLOYED" {
			runs[textAt(row, "node", "id")] = true
		}
	}
	for _, m := range rows(a.account, "models") {
		for _, d := range rows(m, "node", "deployments") {
			note(d)
		}
	}
	for _, name := range []string{"guardrails", "scripts"} {
		for _, row := range rows(a.account, name) {
			note(row)
		}
	}
	rate := decimal.Zero
	open := map[string]bool{}
	for _, row := range rows(a.account, "open") {
		s := row["node"].(map[string]any)
		if s["end"] == nil {
			id := textAt(s, "deploymentId")
			if id == "" {
				id = textAt(s, "resourceId")
			}
			open[id] = true
			rate = rate.Add(numberAt(s, "ratePerHour").Mul(numberAt(s, "replicas")))
		}
	}
	if len(rows(a.account, "open")) < 100 && !maps.Equal(runs, open) {
		a.fail("deployed: %v, running segments: %v", runs, open)
	}
	listed, listedRate := map[string]bool{}, decimal.Zero
	for _, row := range rows(a.account, "deployables") {
		if part(row, "node", "ratePerHour") != nil {
			listed[textAt(row, "node", "deployable", "id")] = true
			listedRate = listedRate.Add(numberAt(row, "node", "ratePerHour"))
		}
	}
	if !maps.Equal(runs, listed) {
		a.fail("deployed: %v, deployables: %v", runs, listed)
	}
	costly := 0
	for _, row := range rows(a.account, "running") {
		if !runs[textAt(row, "node", "deployable", "id")] {
			a.fail("%v is listed as running", row)
		}
		costly++
	}
	if n := a.n("deployables", "totals", "running").IntPart(); int(n) != costly {
		a.fail("%d run, %d listed", n, costly)
	}
	a.same("rate per hour", a.n("deployables", "totals", "ratePerHour"), listedRate, a.n("creditStatus", "outlook", "ratePerHour"))
	if len(rows(a.account, "open")) < 100 {
		a.same("rate of segments", listedRate, rate)
		a.outlooks()
	}
	if b := part(a.account, "creditStatus", "outlook"); fmt.Sprint(b) != fmt.Sprint(part(a.account, "free", "outlook")) && b != nil {
		a.fail("outlook %v, with nothing more %v", b, part(a.account, "free", "outlook"))
	}
	a.snapshot(runs)
}

// snapshot checks the first frame of the changes of deployments, and each object by its id.
func (a *answered) snapshot(runs map[string]bool) {
	ctx := a.t.Context()
	r := &Resolver{Store: a.store}
	account, _ := KeyOf(KindAccount, a.life.account)
	f, err := r.snapshotDeployed(account)(ctx)
	if err != nil {
		a.t.Fatal(err)
	}
	frame, err := r.deploymentFrame(f)
	if err != nil {
		a.t.Fatal(err)
	}
	found := map[string]bool{}
	for id := range frameRuns(frame) {
		found[id] = true
	}
	if !maps.Equal(found, runs) {
		a.fail("deployed: %v, first frame: %v", runs, found)
	}
}

// truthSeeds are those of every run; USAGEGRAPH_TRUTH_SEEDS=from-to tries others.
func truthSeeds(t *testing.T) (seeds []uint64) {
	from, to := uint64(1), uint64(3)
	if a, b, ok := strings.Cut(os.Getenv("USAGEGRAPH_TRUTH_SEEDS"), "-"); ok {
		var err1, err2 error
		from, err1 = strconv.ParseUint(a, 10, 64)
		to, err2 = strconv.ParseUint(b, 10, 64)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
	}
	for s := from; s <= to; s++ {
		seeds = append(seeds, s)
	}
	return seeds
}

// However things happened, and whether or not anybody has posted what fell due since, all that an operation tells at an instant is one truth
// (rules.md §3): the same fact is the same wherever it is told, before a tick and after it.
func TestOneInstantOneTruth(t *testing.T) {
	t.Parallel()
	for _, seed := range truthSeeds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			l := newLife(newPlatform(t), seed)
			for step := range 16 {
				l.happen()
				l.wait()
				if !l.truth(step) {
					t.Fatalf("step %d; what happened:\n%s", step, strings.Join(l.log, "\n"))
				}
			}
		})
	}
}

// truth checks everything at the present instant.
func (l *life) truth(step int) bool {
	l.t.Helper()
	sound := true
	check := func(when string, r any) *answered {
		a := l.ask(r)
		if r != nil {
			a.answer["explicit"] = true
		}
		a.agree()
		for _, wrong := range a.wrong {
			sound = false
			l.t.Errorf("%s, %v at %s: %s", when, r, l.at(0), wrong)
		}
		return a
	}
	ranges := []any{nil, map[string]any{"preset": pick(l, []string{"LAST_24_HOURS", "LAST_7_DAYS", "THIS_MONTH", "LAST_30_DAYS", "YESTERDAY", "THIS_WEEK", "TODAY"}), "timeZone": l.zone}}
	if l.chance(2) {
		from := time.Unix(l.clock.Load()-l.r.Int64N(3*24*3600)-60, 0).UTC().Truncate(time.Minute)
		ranges[1] = map[string]any{"from": from.Format(time.RFC3339), "timeZone": l.zone}
	}
	before := map[string]string{}
	for i, r := range ranges {
		a := check("before a tick", r)
		if step%4 == i {
			l.covers(a, &sound)
		}
		leaves(fmt.Sprint(i), map[string]any(a.answer), before)
	}
	if step%5 == 4 {
		for _, wrong := range l.objects() {
			sound = false
			l.t.Errorf("before a tick, at %s: %s", l.at(0), wrong)
		}
	}
	if step%3 != 2 {
		return sound
	}
	if _, err := l.store.Tick(l.t.Context(), 100); err != nil {
		l.t.Fatal(err)
	}
	l.note("a tick")
	after := map[string]string{}
	for i, r := range ranges {
		leaves(fmt.Sprint(i), map[string]any(check("after a tick", r).answer), after)
	}
	var paths []string
	for path := range before {
		if before[path] != after[path] && !strings.Contains(path, ".unposted.") {
			paths = append(paths, path)
		}
	}
	sort.Strings(paths)
	for _, path := range paths {
		sound = false
		l.t.Errorf("%s: %s before the tick, %s after it", path, before[path], after[path])
	}
	return sound
}

// covers checks that the range which an answer names is the one that its figures cover: asked for by its ends, it gives the same.
func (l *life) covers(a *answered, sound *bool) {
	l.t.Helper()
	ends := part(a.account, "usage", "range").(map[string]any)
	for _, name := range []string{"tools", "models", "guardrails", "scripts", "deployables", "segments", "byCategory"} {
		if got := part(a.account, name, "range"); fmt.Sprint(got) != fmt.Sprint(ends) {
			*sound = false
			l.t.Errorf("%s covers %v, usage %v", name, got, ends)
		}
	}
	if got := part(a.account, "overview", "inRange", "range"); fmt.Sprint(got) != fmt.Sprint(ends) {
		*sound = false
		l.t.Errorf("overview covers %v, usage %v", got, ends)
	}
	from, _ := time.Parse(time.RFC3339, textAt(ends, "from"))
	if from.Before(time.Unix(l.clock.Load(), 0).AddDate(-2, 0, 0)) {
		return
	}
	b := l.ask(map[string]any{"from": ends["from"], "to": ends["to"], "timeZone": ends["timeZone"]})
	for _, path := range [][]string{{"usage", "totals"}, {"overview", "inRange", "credits"}, {"overview", "inRange", "runs"}, {"tools", "totals"}, {"models", "totals"}, {"guardrails", "totals"}, {"scripts", "totals"},
		{"byResource"}, {"byDeployment"}, {"byKind"}, {"byHour"}} {
		was, is := fmt.Sprint(part(a.account, path...)), fmt.Sprint(part(b.account, path...))
		if was != is {
			*sound = false
			l.t.Errorf("%v of %v: %s; of its ends: %s", path, ends, was, is)
		}
	}
}
