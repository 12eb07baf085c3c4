package server

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql/introspection"

	"github.com/usagegraph/usagegraph/auth"
)

// costs returns what an answer says that it cost: requested before, and paid in the end.
func (a reply) costs() (requested, actual int64) {
	cost, _ := a.Extensions["cost"].(map[string]any)
	before, _ := cost["requestedQueryCost"].(float64)
	after, _ := cost["actualQueryCost"].(float64)
	return int64(before), int64(after)
}

func (r *running) exec(sql string, args ...any) {
	r.t.Helper()
	if _, err := r.pools.books.Exec(r.t.Context(), sql, args...); err != nil {
		r.t.Fatal(err)
	}
}

// holds gives an account tools, and for each of the last thirty days so many combinations of users that used a model.
func (r *running) holds(account int64, tools, users int) {
	r.t.Helper()
	r.exec(`INSERT INTO resource (account_id, kind, name, status, created_at, ever_deployed)
SELECT $1, 'TOOL', 'tool ' || i, 'DEPLOYED', now() - interval '30 days', true FROM generate_series(1, $2::int) i`, account, tools)
	r.exec(`INSERT INTO attribution (account_id, attribution_no, content, user_id) SELECT $1, i, int8send(i), 'u' || i FROM generate_series(1, $2::bigint) i`, account, users)
	r.exec(`INSERT INTO attributed_day (account_id, bucket, resource_id, deployment_id, kind, attribution_no, category, credits, runs, events, input_tokens, output_tokens)
SELECT $1, date_trunc('day', now(), 'UTC') - make_interval(days => d), 1, 0, 'INFERENCE', i, 'MODELS', 1, 0, 1, 1, 1
FROM generate_series(1, 29) d, generate_series(1, $2::bigint) i`, account, users)
	r.exec(`INSERT INTO usage_event (account_id, time, source, event_id, kind, resource_id, deployment_id, runs, input_tokens, output_tokens, charge, history, posted_at)
SELECT $1, now() - make_interval(days => d), 's', i::text, 'INFERENCE', 1, 0, 0, 1, 1, 1, false, now() FROM generate_series(1, 13) d, generate_series(1, $2::bigint) i`, account, users)
	r.exec(`INSERT INTO ledger_entry (account_id, entry_no, meter, kind, category, amount, balance_after, posted_at, effective_at, cycle_no, cause)
SELECT $1, 1000 + i, 'MODEL_CREDITS', 'CHARGE', 'MODELS', -1, 0, now() - interval '1 day', now() - interval '1 day', 1, 'EVENTS' FROM generate_series(1, $2::int) i`, account, users*10)
}

// What a question costs grows with the rows that it reads, which are counted beforehand: the same questions cost an account that holds little
// what their fields cost, and one that holds much a point for each hundred rows.
func TestPricesKnowHowMuchIsHeld(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate = 1_000_000, 1 })
	small, large := r.account("small"), r.account("large")
	r.holds(small, 3, 2)
	r.holds(large, 5_000, 2_000)
	now := time.Now().UTC()
	const month = `range:{preset:LAST_30_DAYS}`
	for name, c := range map[string]struct {
		query string
		most  int64 // that the question costs an account that holds little
		least int64 // that it costs the other
	}{
		"users, counted":         {`usage(` + month + `){totals{users}}`, 30, 550},
		"users, twice":           {`usage(` + month + ` first:1 groupBy:[USER]){totalCount edges{node{credits}}}`, 60, 1100},
		"users, filtered to one": {`usage(` + month + ` filter:{users:["nobody"]}){totals{credits}}`, 30, 550},
		"tools":                  {`tools(first:1){edges{node{name}}}`, 20, 50},
		"tools by a text":        {`tools(first:1 filter:{search:"zzz"}){totalCount edges{node{name}}}`, 20, 50},
		"models":                 {`models(first:1){edges{node{name}}}`, 20, 50},
		"guardrails":             {`guardrails(first:1){edges{node{name}}}`, 20, 50},
		"deployables":            {`deployables(first:1){edges{node{idleDays}}}`, 60, 50},
		"events by a tag":        {`events(first:1 from:"` + now.AddDate(0, 0, -13).Format(time.RFC3339) + `" filter:{tags:[{key:"team",value:"none"}]}){edges{node{id}}}`, 40, 200},
		"ledger, counted":        {`ledger(first:1){totalCount}`, 30, 190},
	} {
		cost := func(account int64, query string) (int64, int64) {
			got := r.ask(r.token(auth.MasterAdmin, account, nil), `{account{`+query+`}}`, nil)
			if got.code() != "" {
				t.Fatalf("%s: %.300s", name, got.body)
			}
			return got.costs()
		}
		requested, actual := cost(small, c.query)
		if actual > requested || actual > c.most {
			t.Errorf("%s: %d points of an account that holds little, and %d were reserved", name, actual, requested)
		}
		if _, actual := cost(large, c.query); actual < c.least {
			t.Errorf("%s: %d points of an account that holds much, want %d", name, actual, c.least)
		}
	}
}

// Lists of accounts cost by how many accounts there are, unless an index finds the page.
func TestListsOfAccountsCostByTheirNumber(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate = 1_000_000, 1 })
	r.account("one")
	const n = 20_000
	r.exec(`WITH made AS (INSERT INTO account (name, created_at, books_from) SELECT 'account ' || i, now(), now() FROM generate_series(1, $1::int) i RETURNING account_id)
INSERT INTO balance (account_id, posted_until, cycle_start, cycle_end) SELECT account_id, now(), now(), now() + interval '30 days' FROM made`, n)
	token := r.token(auth.Support, 0, nil)
	for name, c := range map[string]struct {
		query       string
		least, most int64
	}{
		"newest first":       {`accounts(first:1){edges{node{name}}}`, 1, 20},
		"by name":            {`accounts(first:1 sort:{field:NAME}){edges{node{name}}}`, 1, 20},
		"counted":            {`accounts(first:1){totalCount}`, 1, 30},
		"by a text":          {`accounts(first:1 search:"zzz"){edges{node{name}}}`, n / 200, n / 100},
		"by a text, counted": {`accounts(first:1 search:"zzz"){totalCount edges{node{name}}}`, n / 100, n / 50},
		"by credits":         {`accounts(first:1 sort:{field:CREDITS}){edges{node{name}}}`, n / 60, n / 40},
		"in a zone":          {`accounts(first:1 filter:{zones:[LOW]}){totalCount}`, n / 30, n / 20},
	} {
		got := r.ask(token, `{`+c.query+`}`, nil)
		if _, actual := got.costs(); got.code() != "" || actual < c.least || actual > c.most {
			t.Errorf("%s: %d points, want %d to %d: %.200s", name, actual, c.least, c.most, got.body)
		}
	}
	var twenty strings.Builder
	for i := range 20 {
		fmt.Fprintf(&twenty, `a%d:accounts(first:1 search:"zzz"){totalCount edges{node{name}}} `, i)
	}
	if _, actual := r.ask(token, `{`+twenty.String()+`}`, nil).costs(); actual < 20*n/100 {
		t.Errorf("20 lists cost %d points", actual)
	}
}

// What the bucket does not hold is not read: the field is refused before, and says when to come back.
func TestRowsThatCannotBePaidForAreNotRead(t *testing.T) {
	t.Parallel()
	now := time.Now()
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate, c.Clock = 4_000, 100, func() time.Time { return now } })
	account := r.account("large")
	r.holds(account, 1, 2_000) // 58,000 rows of days
	token := r.token(auth.MasterAdmin, account, nil)
	const query = `{account{name usage(range:{preset:LAST_30_DAYS}){totals{users}}}}`
	for range 3 {
		if got := r.ask(token, query, nil); got.code() != "" {
			t.Fatalf("%.300s", got.body)
		}
	}
	got := r.ask(token, query, nil)
	if after, _ := got.Errors[0].Extensions["retryAfter"].(float64); got.code() != "THROTTLED" || after < 1 || after > 10 {
		t.Errorf("%.300s", got.body)
	}
	before := r.left(token)
	if got := r.ask(token, query, nil); got.code() != "THROTTLED" {
		t.Errorf("%.300s", got.body)
	}
	if paid := before - r.left(token); paid > 100 {
		t.Errorf("a refusal cost %g points", paid)
	}
}

// An operation is never priced beyond half of a full bucket for its rows, or nobody could ask about much.
func TestRowsCostAtMostHalfABucket(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate = 400, 1 })
	account := r.account("large")
	r.holds(account, 1, 2_000)
	got := r.ask(r.token(auth.MasterAdmin, account, nil), `{account{usage(range:{preset:LAST_30_DAYS}){totals{users}}}}`, nil)
	if _, actual := got.costs(); got.code() != "" || actual != 200 {
		t.Errorf("%d points: %.300s", actual, got.body)
	}
}

// Introspection costs by how much it tells: a point for so many values of the answer, counted before there is one.
func TestIntrospectionCostsByItsAnswer(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate = 1_000_000, 1 })
	token := r.token(auth.Support, 0, nil)
	const parts = `fragment A on __InputValue{name description defaultValue type{...R}} fragment R on __Type{kind name ofType{kind name ofType{kind name ofType{kind name}}}}
fragment T on __Type{kind name description fields(includeDeprecated:true){name description args(includeDeprecated:true){...A} type{...R}} inputFields(includeDeprecated:true){...A}
  enumValues(includeDeprecated:true){name description} possibleTypes{name} interfaces{name}}`
	for name, query := range map[string]string{
		"a type":     `{__type(name:"Account"){name fields{name}}}`,
		"names":      `{__schema{types{name}}}`,
		"all":        `{__schema{types{...T} directives{name args{...A}}}}` + parts,
		"GraphiQL's": introspection.Query,
		"two fields": `{a:__schema{types{...T}} b:__schema{queryType{...T}}}` + parts,
		"any type":   `query($n:String!="Query"){__type(name:$n){...T}}` + parts,
	} {
		got := r.ask(token, query, nil)
		requested, actual := got.costs()
		if got.code() != "" {
			t.Errorf("%s: %.300s", name, got.body)
		}
		values := int64(valuesIn(got.Data))
		t.Log(name, requested, actual, values, len(got.body))
		if requested != actual || actual < 100 || actual < values*9/10/16 || actual > max(110, values*11/10/16) {
			t.Errorf("%s: %d points for %d values", name, actual, values)
		}
	}
	if got := r.ask(token, `{a:__schema{types{...T} others:types{...T}}}`+parts, nil); got.code() != "COST_TOO_HIGH" && valuesIn(got.Data) > 16*3000 {
		t.Errorf("%.300s", got.body)
	}
}

// valuesIn counts the values of an answer, with those within.
func valuesIn(of any) (n int) {
	switch of := of.(type) {
	case map[string]any:
		n = 1
		for _, v := range of {
			n += valuesIn(v)
		}
	case []any:
		for _, v := range of {
			n += valuesIn(v)
		}
	default:
		n = 1
	}
	return n
}

// What a filter names is paid for, not all that the account has: the console asks for the lines of a page of tools so.
func TestGroupsThatAreNamedCostByTheirNumber(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate = 1_000_000, 1 })
	id := r.account("large")
	r.holds(id, 3_000, 1)
	cost := func(filter string) int64 {
		got := r.ask(r.token(auth.MasterAdmin, id, nil), `{account{usage(range:{preset:LAST_30_DAYS} groupBy:[RESOURCE,TIME] first:1 `+filter+`){edges{node{runs}}}}}`, nil)
		if got.code() != "" {
			t.Fatalf("%.300s", got.body)
		}
		_, actual := got.costs()
		return actual
	}
	named := r.ask(r.token(auth.MasterAdmin, id, nil), `{account{tools(first:2){edges{node{id}}}}}`, nil)
	ids := regexp.MustCompile(`"id":"[^"]+"`).FindAllString(string(named.body), -1)
	if len(ids) == 0 {
		t.Fatalf("%.300s", named.body)
	}
	all, one := cost(""), cost(`filter:{resourceIds:[`+strings.TrimPrefix(ids[0], `"id":`)+`]}`)
	if one > 40 || all < 5*one {
		t.Errorf("%d points for all, %d for one that is named", all, one)
	}
}
