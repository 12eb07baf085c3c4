package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// naiveInput is the rate of input by its latest beginning up to an instant; 0.5 credits per million tokens if there is
// none.
type naiveInput map[time.Time]billing.Amount

func (n naiveInput) at(t time.Time) (rate billing.Amount, named bool) {
	var latest time.Time
	for from := range n {
		if !from.After(t) && !from.Before(latest) {
			latest = from
		}
	}
	rate, named = n[latest]
	return rate, named
}

// An event is charged by the rates in force at its time: the model's before the account's before the card's (rules.md
// §6), to the microsecond at the beginning of each, in whatever order they were set, in this process and in another one
// that remembers the model.
func TestOwnRatesBeginToTheMicrosecond(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, random := f.account(), rand.New(rand.NewPCG(4, 44))
	models := []int64{f.model(id), f.model(id)}
	other := f.another(true, 1000)
	own := map[int64]naiveInput{0: {}, models[0]: {}, models[1]: {}}
	earliest := start.Add(6*time.Minute + time.Second)
	var begins []time.Time
	for range 14 {
		of := []int64{0, models[0], models[1]}[random.IntN(3)]
		from := earliest.Add(time.Duration(random.IntN(20)) * time.Second)
		rate := billing.Amount(1_000_000 * (1 + random.Int64N(9)))
		f.setRates(id, of, billing.OwnRates{From: from.Add(time.Duration(random.IntN(1_000_000)) * time.Microsecond), Tokens: billing.OwnTokenRates{Input: &rate}})
		own[of][from] = rate // the same beginning again replaces
		begins = append(begins, from)
		other.Ingest(f.ctx, []tsdb.UsageEvent{tokens(id, models[0], f.key(), start, 1, 0)}, tsdb.Record)
	}
	f.clock.advance(10 * time.Minute)
	for i, from := range begins {
		for _, at := range []time.Time{from.Add(-time.Microsecond), from, from.Add(time.Second - time.Microsecond)} {
			model := models[i%2]
			want := billing.Amount(500_000)
			for _, of := range []int64{0, model} {
				if rate, named := own[of].at(at); named {
					want = rate
				}
			}
			e := tokens(id, model, f.key(), at, 1_000_000, 0)
			results, err := []*tsdb.Store{f.Store, other}[i%2].Ingest(f.ctx, []tsdb.UsageEvent{e}, tsdb.Record)
			f.must(err)
			if results[0].Charge != want {
				t.Errorf("model %d at %s: charged %d, want %d", model, at.Format("15:04:05.000000"), results[0].Charge, want)
			}
		}
	}
	f.checkBooks(id)
}

// An account has a limited number of own rates, including past ones and those of its models. At the limit, rates that
// have not begun can still be replaced, since that takes no room; one more cannot be added.
func TestOwnRatesAtTheirBound(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	f.exec(`INSERT INTO own_rate (account_id, resource_id, starts_at, rates, set_at, set_by)
SELECT $1, CASE WHEN i % 2 = 0 THEN 0 ELSE $2 END, at, jsonb_build_object('from', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'tokens', '{}'::jsonb), $3, 'sue'
FROM generate_series(0, 998) i, LATERAL (SELECT $3::timestamptz + interval '1 hour' * (i + 1)) a (at)`, id, model, start)
	input := billing.Amount(7)
	set := func(of int64, from time.Time) error {
		_, err := f.SetOwnRates(f.ctx, tsdb.NewOwnRates{AccountID: id, ModelID: of, Rates: billing.OwnRates{From: from, Tokens: billing.OwnTokenRates{Input: &input}}}, tsdb.Actor{})
		return err
	}
	f.must(set(0, start.Add(time.Hour+time.Minute))) // the thousandth
	f.refusedAs("one more", set(0, start.Add(time.Hour+2*time.Minute)), tsdb.TooMuch, "accountId")
	f.refusedAs("the model's at an instant of the account's", set(model, start.Add(time.Hour)), tsdb.TooMuch, "accountId")
	f.must(set(0, start.Add(time.Hour)))
	f.must(set(model, start.Add(2*time.Hour)))
	f.must(set(0, start.Add(time.Hour+500*time.Millisecond))) // cut to the second, it is the same
	list, err := f.OwnRates(f.ctx, id)
	if f.must(err); len(list) != 1000 || list[0].ModelID != 0 || *list[0].Tokens.Input != 7 || list[999].ModelName == "" {
		t.Errorf("%d rates, the first %+v", len(list), list[0])
	}
}

// Own rates are refused if they begin too early, are for another account's model, or price what a model cannot have; a
// refusal leaves nothing, not even its key. If rates are set again for one instant, the later ones count and the log
// says what was in force before.
func TestOwnRatesAreChecked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	model, foreign, tool := f.model(id), f.model(other), f.resource(id, "TOOL", "DEPLOYED")
	input, negative := billing.Amount(9), billing.Amount(-1)
	sound := billing.OwnRates{From: start.Add(time.Hour), Tokens: billing.OwnTokenRates{Input: &input}}
	earliest := start.Add(6*time.Minute + time.Second)
	for name, c := range map[string]struct {
		change func(*tsdb.NewOwnRates)
		code   tsdb.Code
		field  string
	}{
		"another account's model": {func(n *tsdb.NewOwnRates) { n.ModelID = foreign }, tsdb.NotFound, "modelId"},
		"a tool":                  {func(n *tsdb.NewOwnRates) { n.ModelID = tool }, tsdb.NotFound, "modelId"},
		"nobody's":                {func(n *tsdb.NewOwnRates) { n.AccountID = other + 9 }, tsdb.NotFound, "accountId"},
		"a moment too early":      {func(n *tsdb.NewOwnRates) { n.Rates.From = earliest.Add(-time.Microsecond) }, tsdb.TimeOutOfRange, "from"},
		"long ago":                {func(n *tsdb.NewOwnRates) { n.Rates.From = time.Unix(1, 0) }, tsdb.TimeOutOfRange, "from"},
		"below nothing":           {func(n *tsdb.NewOwnRates) { n.Rates.Tokens.Input = &negative }, tsdb.Invalid, "tokens"},
		"a script's machine for a model": {func(n *tsdb.NewOwnRates) {
			n.ModelID, n.Rates.Hosting = model, []billing.HostingRate{{Category: billing.Scripts, Name: small, Rate: 1}}
		}, tsdb.Invalid, "hosting"},
	} {
		n := tsdb.NewOwnRates{AccountID: id, Rates: sound, IdempotencyKey: "one key"}
		c.change(&n)
		_, err := f.SetOwnRates(f.ctx, n, tsdb.Actor{})
		f.refusedAs(name, err, c.code, c.field)
	}
	if list, err := f.OwnRates(f.ctx, id); err != nil || len(list) != 0 || f.count(`SELECT count(*) FROM idempotency WHERE key = 'one key'`) != 0 {
		t.Fatalf("what was refused left %v, %v", list, err)
	}
	soonest, err := f.SetOwnRates(f.ctx, tsdb.NewOwnRates{AccountID: id, ModelID: model, Rates: billing.OwnRates{Tokens: sound.Tokens}, IdempotencyKey: "one key"}, tsdb.Actor{})
	if f.must(err); !soonest.From.Equal(earliest) {
		t.Errorf("as soon as may be is %s, want %s", soonest.From, earliest)
	}
	f.clock.advance(30 * time.Minute)
	again, err := f.SetOwnRates(f.ctx, tsdb.NewOwnRates{AccountID: id, ModelID: model, Rates: billing.OwnRates{Tokens: sound.Tokens}, IdempotencyKey: "one key"}, tsdb.Actor{})
	if f.must(err); fmt.Sprint(again.From, *again.Tokens.Input) != fmt.Sprint(soonest.From, *soonest.Tokens.Input) {
		t.Errorf("the same key answers %v, first %v", again, soonest)
	}
	if n := f.count(`SELECT count(*) FROM own_rate`); n != 1 {
		t.Errorf("%d own rates", n)
	}
}
