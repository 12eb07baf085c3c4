package charts_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

// offered is a deployable as it was made.
type offered struct {
	category               billing.Category
	resource, deployment   int64 // deployment 0: none, or not of a model
	model, name, status    string
	runs                   bool
	perHour, rate, credits billing.Amount // perHour also of what does not run
	since, used            time.Time      // used zero: never said
	idle                   int64          // -1: not known
}

// id is what ties are ordered by.
func (o *offered) id() int64 {
	if o.deployment != 0 {
		return 2 * o.deployment
	}
	return 2*o.resource + 1
}

// estate is an account with random deployments.
type estate struct {
	*fixture
	random  *rand.Rand
	account int64
	quiet   int // days since it was used last, at least; below 0: never used
	rows    []*offered
	events  []tsdb.UsageEvent
	reader  *charts.Reader // one for all questions: what it remembers of one must not show in the next
}

// list reads a list as of the one instant of all queries.
func (e *estate) list(q charts.DeployableQuery) *charts.DeployableList {
	e.T.Helper()
	if e.reader == nil {
		e.reader = charts.Read(e.Store)
		e.T.Cleanup(func() { e.reader.Close(e.Ctx) })
	}
	list, err := e.reader.Deployables(e.Ctx, e.account, q)
	e.Must(err)
	return list
}

// Names that differ only in case, that contain one another, or that have characters of patterns.
var estateNames = []string{"prod", "PROD", "Ärger", "ärger", "Straße", "ÉTÉ 100%", "été_1", "日本", "a", "prod Ärger"}

func (e *estate) pick(of []string) string { return of[e.random.IntN(len(of))] }

// add inserts a resource, or a deployment of it with its hosting, and lists it unless it is deleted.
func (e *estate) add(o offered, status string) {
	e.T.Helper()
	o.since = start.AddDate(0, 0, -e.random.IntN(35)).Add(-time.Duration(e.random.IntN(24)) * time.Hour)
	replicas := int64(1 + e.random.IntN(3))
	perReplica := billing.Amount(e.random.IntN(4)) * 100_000
	var id int64
	e.Must(e.Pool.QueryRow(e.Ctx, `INSERT INTO deployment (account_id, resource_id, category, name, type, status, hardware, cpu_count, replicas, rate, created_at, deployed_at, updated_at)
VALUES ($1, $2, $3, $4, 'OPEN_SOURCE', $5, 'g6.xlarge', 2, $6, $7, $8, $8, $8) RETURNING deployment_id`,
		e.account, o.resource, o.category, o.name, status, replicas, int64(perReplica), o.since).Scan(&id))
	o.perHour = perReplica * billing.Amount(replicas)
	if o.category == billing.Models {
		o.deployment = id
	}
	hours := billing.Amount(start.Sub(o.since) / time.Hour)
	var ended *time.Time
	if status == "UNDEPLOYED" && o.category != billing.Models { // of models what was posted counts, and this was not
		hours /= 2
		at := o.since.Add(time.Duration(hours) * time.Hour)
		ended = &at
	}
	if o.runs = status == "DEPLOYED"; o.runs || ended != nil {
		e.Exec(`INSERT INTO segment (account_id, deployment_id, resource_id, category, hardware, cpu_count, replicas, rate, started_at, ended_at)
VALUES ($1, $2, $3, $4, 'g6.xlarge', 2, $5, $6, $7, $8)`, e.account, id, o.resource, o.category, replicas, int64(perReplica), o.since, ended)
		o.credits = o.perHour * hours
	}
	if e.random.IntN(3) == 0 && o.category == billing.Models {
		e.use(o.resource, id)
	}
	if o.runs {
		o.rate = o.perHour
	}
	if status != "DELETED" {
		e.rows = append(e.rows, &o)
	}
}

func (e *estate) use(model, deployment int64) {
	at := start.AddDate(0, 0, -e.quiet-e.random.IntN(20)).Add(-time.Duration(e.random.IntN(600)) * time.Minute)
	event := storetest.Tokens(e.account, model, fmt.Sprint("use ", len(e.events)), at, int64(e.random.IntN(5))*100_000, 1000)
	event.DeploymentID = deployment
	e.events = append(e.events, event)
}

func (e *estate) resource(kind, status string) (id int64, name string) {
	e.T.Helper()
	id, name = e.NewResource(e.account, kind, status), e.pick(estateNames)
	e.Exec("UPDATE resource SET name = $2 WHERE resource_id = $1", id, name)
	return id, name
}

func (e *estate) addModel() {
	e.T.Helper()
	status := e.pick([]string{"DEPLOYED", "DEPLOYED", "REGISTERED", "DELETED"})
	id, name := e.resource("MODEL", status)
	before := len(e.rows)
	for range e.random.IntN(4) {
		of, shown := e.pick([]string{"DEPLOYED", "DEPLOYED", "DEPLOYED", "UNDEPLOYED", "PENDING", "DEPLOYMENT_FAILED", "DELETED"}), "UNDEPLOYED"
		if status == "DELETED" {
			of = "DELETED"
		}
		if of == "DEPLOYED" {
			shown = of
		}
		e.add(offered{category: billing.Models, resource: id, model: name, name: e.pick(estateNames), status: shown}, of)
	}
	if status != "DELETED" && len(e.rows) == before {
		e.rows = append(e.rows, &offered{category: billing.Models, resource: id, model: name, name: name})
	}
	if e.random.IntN(2) == 0 && status != "DELETED" {
		e.use(id, 0)
	}
}

func (e *estate) addHosting(kind string, category billing.Category) {
	e.T.Helper()
	status := e.pick([]string{"DEPLOYED", "DEPLOYED", "UNDEPLOYED", "DELETED", "DRAFT"})
	id, name := e.resource(kind, status)
	o := offered{category: category, resource: id, model: name, name: name, status: status}
	if status == "DRAFT" {
		e.rows = append(e.rows, &o)
		return
	}
	if e.random.IntN(2) == 0 {
		o.used = start.Add(-time.Duration(e.random.IntN(40*24)) * time.Hour)
		e.Exec("UPDATE resource SET last_used_at = $2 WHERE resource_id = $1", id, o.used)
	}
	e.add(o, status)
}

// newEstate makes an account with inference that ended some days ago, or without any event.
func newEstate(f *fixture, seed uint64, quiet int) *estate {
	f.T.Helper()
	f.Clock.Set(start.AddDate(0, 0, -40))
	e := &estate{fixture: f, random: rand.New(rand.NewPCG(seed, 42)), account: f.NewAccount(), quiet: quiet}
	_, err := f.GrantCredits(f.Ctx, tsdb.NewGrant{AccountID: e.account, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: billing.MustCredits("100000"),
		Reference: "order", IdempotencyKey: f.Key()}, tsdb.Actor{})
	f.Must(err)
	f.Clock.Set(start)
	for range 8 {
		e.addModel()
		e.addModel()
		e.addHosting("GUARDRAIL", billing.Guardrails)
		e.addHosting("SCRIPT", billing.Scripts)
	}
	var last time.Time // the end of the day on which the account was used last
	if quiet >= 0 {
		for i, result := range f.Report(tsdb.Record, e.events...) {
			wants(f.T, "reported", result.Status, tsdb.Stored)
			event := &e.events[i]
			end := event.Time.Truncate(24 * time.Hour).Add(24 * time.Hour)
			last = later(last, end)
			for _, o := range e.rows {
				if o.category != billing.Models || o.resource != event.ResourceID {
					continue
				}
				if o.deployment == event.DeploymentID || o.deployment == 0 {
					o.credits += result.Charge
				}
				if o.deployment == event.DeploymentID || event.DeploymentID == 0 {
					o.used = later(o.used, end)
				}
			}
		}
	}
	for _, o := range e.rows {
		from, unknown := later(o.since, o.used), false
		if o.category != billing.Models && o.used.IsZero() {
			from, unknown = later(o.since, last), last.After(start.Add(-24*time.Hour))
		}
		if o.rate == 0 || unknown {
			o.idle = -1
			continue
		}
		for o.idle < 28 && !from.After(start.Add(-time.Duration(o.idle+1)*24*time.Hour)) {
			o.idle++
		}
	}
	return e
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// naive returns the list that a query asks for, and its sums.
func (e *estate) naive(q *charts.DeployableQuery) (rows []*offered, sums charts.DeployableList) {
	has := func(text string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(q.Search)) }
	for _, o := range e.rows {
		if q.Categories != nil && !slices.Contains(q.Categories, o.category) || q.Statuses != nil && !slices.Contains(q.Statuses, o.status) ||
			q.Running && o.rate == 0 || !has(o.model) && !has(o.name) {
			continue
		}
		rows = append(rows, o)
		if o.rate > 0 {
			sums.Running, sums.Rate = sums.Running+1, sums.Rate+o.rate
			if o.idle >= 7 {
				sums.Idle, sums.IdleRate = sums.Idle+1, sums.IdleRate+o.rate
			}
		}
	}
	last := func(o *offered) bool {
		return q.Sort == charts.SortRate && !o.runs || q.Sort == charts.SortIdle && o.idle < 0
	}
	slices.SortFunc(rows, func(a, b *offered) int {
		if last(a) != last(b) {
			return map[bool]int{true: 1, false: -1}[last(a)]
		}
		value := map[charts.TabSort]int{charts.SortUsed: cmp.Compare(a.credits, b.credits), charts.SortRate: cmp.Compare(a.rate, b.rate),
			charts.SortIdle: cmp.Or(cmp.Compare(a.idle, b.idle), cmp.Compare(a.rate, b.rate)),
			charts.SortName: strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name))}[q.Sort]
		if q.Desc {
			value = -value
		}
		return cmp.Or(value, cmp.Compare(a.id(), b.id()))
	})
	return rows, sums
}

// shown is a row in words, for an answer as for what was made.
func shown(d *charts.Deployable) string {
	idle, deployment := int64(-1), int64(0)
	if d.Idle != nil {
		idle = *d.Idle
	}
	if d.Category == billing.Models && d.Deployment != nil {
		deployment = d.Deployment.ID
	}
	return fmt.Sprint(d.Category, d.Resource.AccountID, d.Resource.ID, deployment, d.Name(), d.Status(), d.RatePerHour(), d.Credits, idle)
}

func (e *estate) words(rows []*offered) (out []string) {
	for _, o := range rows {
		out = append(out, fmt.Sprint(o.category, e.account, o.resource, o.deployment, o.name, o.status, o.rate, o.credits, o.idle))
	}
	return out
}

// holds compares one answer with what was made, row by row, and returns the places of its rows.
func (e *estate) holds(q charts.DeployableQuery) (places []charts.Cursor) {
	e.T.Helper()
	rows, sums := e.naive(&q)
	list, want := e.list(q), e.words(rows)
	var got []string
	for i := range list.Rows {
		got = append(got, shown(&list.Rows[i].Row))
		places = append(places, list.Rows[i].Cursor)
	}
	got, want = append(got, totals(list)), append(want, totals(&sums))
	if wants(e.T, "total", list.Total, len(rows)); !slices.Equal(got, want) {
		e.T.Errorf("by %s, descending %v, search %q, %v, %v, running %v:\n%s\nwant\n%s", q.Sort, q.Desc, q.Search, q.Statuses, q.Categories, q.Running,
			strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return places
}

func totals(l *charts.DeployableList) string {
	return fmt.Sprint(l.Running, " cost ", l.Rate, ", idle ", l.Idle, " cost ", l.IdleRate)
}

// paged cuts a list into pages from one end and joins their places; each page counts what runs and costs something as
// the whole list does.
func (e *estate) paged(q charts.DeployableQuery, backward bool) (places []charts.Cursor) {
	e.T.Helper()
	_, sums := e.naive(&q)
	q.Page = charts.TabPage{Limit: 12 + e.random.IntN(9), Backward: backward}
	for {
		list := e.list(q)
		wants(e.T, "running on a page", list.Running, sums.Running)
		wants(e.T, "price on a page", list.Rate, sums.Rate)
		page := placesOf(list)
		if backward {
			places = append(page, places...)
		} else {
			places = append(places, page...)
		}
		switch {
		case backward && list.HasPrev && len(page) > 0:
			q.Page.Before = &page[0]
		case !backward && list.HasNext && len(page) > 0:
			q.Page.After = &page[len(page)-1]
		default:
			return places
		}
	}
}

func placesOf(l *charts.DeployableList) (places []charts.Cursor) {
	for i := range l.Rows {
		places = append(places, l.Rows[i].Cursor)
	}
	return places
}

// In every order, and on pages from either end, the list of deployables is what a naive reading of what was made says,
// to the micro-credit. Another account's cursor is a place in the list, and leads to nothing of that account.
func TestDeployablesAreANaiveList(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	estates := []*estate{newEstate(f, 1, 0), newEstate(f, 2, 5), newEstate(f, 3, -1)}
	for i, e := range estates {
		other := estates[(i+1)%len(estates)]
		for _, sort := range []charts.TabSort{charts.SortName, charts.SortRate, charts.SortUsed, charts.SortIdle} {
			for _, desc := range []bool{false, true} {
				q := charts.DeployableQuery{TabQuery: everything(sort)}
				q.Desc = desc
				want := e.holds(q)
				if i > 0 { // pages are cut of one account's rows as of another's
					continue
				}
				q.Sums = false // each row was held against its figures
				theirs := placesOf(other.list(q))
				at := theirs[e.random.IntN(len(theirs))]
				before, after := q, q
				before.Page.Before, after.Page.After = &at, &at
				for about, got := range map[string][]charts.Cursor{"forward": e.paged(q, false), "backward": e.paged(q, true),
					"around a place of another account": append(placesOf(e.list(before)), placesOf(e.list(after))...)} {
					if !slices.Equal(got, want) {
						t.Errorf("account %d by %s, descending %v, %s: %v, want %v", i, sort, desc, about, got, want)
					}
				}
			}
		}
	}
}

// A filter leaves the same as a naive filter, in any order, and the sums are of what it leaves: parts of names,
// ignoring case in any alphabet, and characters of patterns as they are; an empty list of statuses or categories leaves
// nothing.
func TestFiltersOfDeployablesAreANaiveList(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	e := newEstate(f, 4, 3)
	newEstate(f, 5, 0) // of which nothing may show
	for range 25 {
		q := charts.DeployableQuery{TabQuery: everything([]charts.TabSort{charts.SortName, charts.SortRate, charts.SortIdle, charts.SortUsed}[e.random.IntN(4)])}
		q.Desc, q.Running = e.random.IntN(2) == 0, e.random.IntN(4) == 0
		q.Search = e.pick([]string{"", "", "PROD", "ärGER", "SS", "ß", "%", "_", "été", "日", "A", "nobody's"})
		if e.random.IntN(2) == 0 {
			q.Statuses = [][]string{{"DEPLOYED"}, {"UNDEPLOYED", "DRAFT"}, {""}, {}}[e.random.IntN(4)]
		}
		if e.random.IntN(2) == 0 {
			q.Categories = [][]billing.Category{{billing.Models}, {billing.Scripts, billing.Guardrails}, {billing.Guardrails}, {}}[e.random.IntN(4)]
		}
		e.holds(q)
	}
}

// What the negative limit has stopped since the last posting no longer runs and costs nothing, here as on the tabs;
// what is free runs on.
func TestStoppedDeployables(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Clock.Set(start.AddDate(0, 0, -40))
	account := f.NewAccount() // without a grant of its own
	f.Clock.Set(start)
	model, guardrail, script := f.NewResource(account, "MODEL", "DEPLOYED"), f.NewResource(account, "GUARDRAIL", "DEPLOYED"), f.NewResource(account, "SCRIPT", "DEPLOYED")
	f.hosts(account, model, 1_000_000_000, 2, 20)
	free := f.hosts(account, model, 0, 1, 20)
	f.host(account, guardrail, billing.Guardrails, "GENERAL_PURPOSE", 1_000_000, 1, start.AddDate(0, 0, -20))
	f.host(account, script, billing.Scripts, "1vcpu-2gb", 1_000_000, 1, start.AddDate(0, 0, -20))
	ask := func(running bool) []string {
		list := f.deployables(account, charts.DeployableQuery{TabQuery: everything(charts.SortIdle), Running: running})
		wants(t, "sums", totals(list), "0 cost 0, idle 0 cost 0")
		var got []string
		for i := range list.Rows {
			d := &list.Rows[i].Row
			got = append(got, fmt.Sprint(d.Category, " ", d.Status(), " ", d.RatePerHour(), " ", d.Idle == nil, " ", d.Runs(), " ", d.Category == billing.Models && d.Deployment.ID == free))
		}
		slices.Sort(got)
		return got
	}
	want := []string{"GUARDRAILS UNDEPLOYED 0 true false false", "MODELS DEPLOYED 0 true true true", "MODELS UNDEPLOYED 0 true false false",
		"SCRIPTS DEPLOYMENT_FAILED 0 true false false"}
	if got := ask(false); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	wants(t, "what runs and costs something", len(ask(true)), 0)
}
