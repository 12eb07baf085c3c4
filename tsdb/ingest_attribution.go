package tsdb

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// combination is what events of an account carried together. It has a digest and not the texts, or up to twelve values
// of 256 characters would be compared for each event.
type combination struct {
	account int64
	content content
}

// attributedItem is a stored event with an attribution, and its account.
type attributedItem struct {
	c  *change
	it *ingestItem
}

const selectAttributions = `-- name: read what events were for
SELECT a.account_id, a.content, a.attribution_no FROM unnest($1::bigint[], $2::bytea[]) AS i (account_id, content)
JOIN attribution a ON a.account_id = i.account_id AND a.content = i.content`

// queueAttributions asks for the numbers of what items carry, if any carries something. Mostly all of them are known,
// and this is the only question about them. It asks by the digest of what the event says in full, so a combination that
// is charted with less than it says, because of the bounds, is never found here and takes the way of a new one each
// time.
func (run *ingestRun) queueAttributions(b *pgx.Batch, items []*ingestItem) {
	var accounts []int64
	var contents [][]byte
	for _, it := range items {
		if it.event.Attribution.IsZero() {
			continue
		}
		// Once for each event, because the transaction may run again.
		if it.content == (content{}) {
			it.content = (&charted{Attribution: it.event.Attribution}).content()
		}
		k := combination{it.event.AccountID, it.content}
		// Events of one batch often carry the same.
		if _, asked := run.attributions[k]; asked {
			continue
		}
		if run.attributions == nil {
			run.attributions = map[combination]int64{}
		}
		run.attributions[k] = 0
		accounts, contents = append(accounts, k.account), append(contents, k.content[:])
	}
	if len(accounts) > 0 {
		b.Queue(selectAttributions, accounts, contents).Query(run.readAttributions)
	}
}

func (run *ingestRun) readAttributions(rows pgx.Rows) error {
	var k combination
	var digest []byte
	var no int64
	_, err := pgx.ForEachRow(rows, []any{&k.account, &digest, &no}, func() error {
		k.content = content(digest)
		run.attributions[k] = no
		return nil
	})
	if err != nil {
		return fmt.Errorf("read what events were for: %w", err)
	}
	return nil
}

// attribute numbers what the stored events carry, and charts these events. What the account's events have not carried
// before gets a number now, under the account's lock. It runs after everything is charged and before anything is
// stored, because an event's row has the number of its combination.
func (s *Store) attribute(ctx context.Context, tx pgx.Tx, run *ingestRun) error {
	fresh := map[int64]*newCombinations{}
	for _, at := range run.attributed {
		if run.attributions[at.combination()] != 0 {
			continue
		}
		if fresh[at.c.ID] == nil {
			fresh[at.c.ID] = &newCombinations{of: map[content]*charted{}}
		}
		// Refused events and repeats are not among these, so they take nobody's place in the dictionary.
		fresh[at.c.ID].add(at.it.content, &charted{Attribution: at.it.event.Attribution})
	}
	for _, account := range slices.Sorted(maps.Keys(fresh)) {
		if err := s.numberAttributions(ctx, tx, run, account, fresh[account]); err != nil {
			return fmt.Errorf("number what events were for: %w", err)
		}
	}
	for _, at := range run.attributed {
		at.it.attribution = run.attributions[at.combination()]
		at.c.chart(at.it)
	}
	return nil
}

// newCombinations are the combinations of an account that have no number yet, in the order in which their events came.
// An account may have many in one batch, and may reach a bound within it.
type newCombinations struct {
	of    map[content]*charted
	order []content
}

func (n *newCombinations) add(of content, c *charted) {
	if n.of[of] == nil {
		n.order = append(n.order, of)
	}
	n.of[of] = c
}

func (at attributedItem) combination() combination { return combination{at.c.ID, at.it.content} }

// chart adds a stored event to what the charts gain.
// Amounts are micro-credits or runs, and the minute is that of the event's own time, however late it was reported.
func (c *change) chart(it *ingestItem) {
	e := it.event
	c.addUse(useKey{billing.SecondOf(e.Time).Minute(), e.ResourceID, e.DeploymentID, string(e.Kind), it.attribution},
		use{category: e.category(), credits: it.credits(), runs: e.Runs, events: 1, tokens: e.tokens()})
}

// dictionary is what an account's charts tell apart, as far as it was read. Its bounds are those of rules.md §9:
// AttributionValues values per key, MaxTagKeys keys of tags, Attributions combinations per account. What is told apart
// never changes afterwards, so a chart of last month shows the same groups next month.
type dictionary struct {
	counts map[string]int // distinct values, by key
	known  map[pair]bool
	most   int // values of a key
	added  []pair
}

const (
	// All keys of the account, at most a hundred and two, with the number of values of each, so that nobody has to count
	// rows.
	selectDictionaryKeys = `-- name: read the keys of an account's dictionary
SELECT key, distinct_values FROM attribution_key WHERE account_id = $1`
	// Only the values at hand; the dictionary may have a million.
	selectDictionaryValues = `-- name: look values up in an account's dictionary
SELECT v.key, v.value FROM unnest($2::text[], $3::text[]) AS i (key, value)
JOIN attribution_value v ON v.account_id = $1 AND v.key = i.key AND v.value = i.value`
	// Numbers go up by one from 1, so the last one is also the number of combinations. The account's lock makes them
	// unique; otherwise the primary key would refuse one.
	selectLastAttribution = `-- name: read the number of the last combination
SELECT coalesce(max(attribution_no), 0) FROM attribution WHERE account_id = $1`
)

// numberAttributions gives numbers to combinations that are not known in full; what charts tell apart of them may be
// known. It takes two more round trips, which only new combinations pay for.
func (s *Store) numberAttributions(ctx context.Context, tx pgx.Tx, run *ingestRun, account int64, fresh *newCombinations) error {
	d := dictionary{counts: map[string]int{}, known: map[pair]bool{}, most: s.settings.AttributionValues}
	last, err := d.read(ctx, tx, account, fresh.of)
	if err != nil {
		return err
	}
	// Several combinations may be the same once what lies beyond the bounds is left out.
	told := make(map[content]*charted, len(fresh.of)) // the part of each that is told apart, by its content
	// In the order in which the events came: those that came first are told apart (rules.md §9), also within one batch.
	for _, of := range fresh.order {
		c := d.tell(fresh.of[of])
		fresh.of[of] = c
		told[c.content()] = c
	}
	// One combination stands for all that are beyond the bound of combinations. It has a number of its own, beyond that
	// bound, which is taken when it is first needed.
	all := charted{beyond: []string{anything}}
	told[all.content()] = &all
	numbers, err := readNumbers(ctx, tx, account, told)
	if err != nil {
		return err
	}
	// In the order of their numbers.
	var rows []numbered
	// number returns the number of a combination; 0: there is no room for it.
	number := func(c *charted) int64 {
		digest := c.content()
		if numbers[digest] == 0 && last >= int64(s.settings.Attributions) && c != &all {
			return 0
		}
		if numbers[digest] == 0 {
			last++
			numbers[digest] = last
			rows = append(rows, numbered{c, last})
		}
		return numbers[digest]
	}
	for _, of := range fresh.order {
		no := number(fresh.of[of])
		if no == 0 {
			no = number(&all)
		}
		run.attributions[combination{account, of}] = no
	}
	return d.write(ctx, tx, account, rows)
}

// read reads what an account's dictionary has of combinations, and the number of the account's last one, in one round
// trip.
func (d *dictionary) read(ctx context.Context, tx pgx.Tx, account int64, fresh map[content]*charted) (last int64, err error) {
	var keys, values []string
	asked := map[pair]bool{}
	for _, c := range fresh {
		for _, p := range c.pairs() {
			if !asked[p] {
				asked[p] = true
				keys, values = append(keys, p.key), append(values, p.value)
			}
		}
	}
	var b pgx.Batch
	b.Queue(selectDictionaryKeys, account).Query(func(rows pgx.Rows) error {
		var key string
		var n int
		_, err := pgx.ForEachRow(rows, []any{&key, &n}, func() error { d.counts[key] = n; return nil })
		return err
	})
	b.Queue(selectDictionaryValues, account, keys, values).Query(func(rows pgx.Rows) error {
		var p pair
		_, err := pgx.ForEachRow(rows, []any{&p.key, &p.value}, func() error { d.known[p] = true; return nil })
		return err
	})
	b.Queue(selectLastAttribution, account).QueryRow(func(row pgx.Row) error { return row.Scan(&last) })
	return last, tx.SendBatch(ctx, &b).Close()
}

// tell returns what is told apart of a combination: values that are in the dictionary, or for which it has room. Values
// take their places in the order of keys and of events, and keep them. If one has no place, the rest of the combination
// is still told apart. A value in the dictionary is told apart for good, whatever comes later.
func (d *dictionary) tell(c *charted) *charted {
	out := &charted{}
	for _, p := range c.pairs() {
		tag, isTag := strings.CutPrefix(p.key, tagPrefix)
		_, charted := d.counts[p.key]
		switch {
		// Too many keys: the key is not told apart either, or the dictionary of keys would grow without bound.
		case !d.known[p] && isTag && !charted && d.tagKeys() >= MaxTagKeys:
			if !slices.Contains(out.beyond, anyTag) {
				out.beyond = append(out.beyond, anyTag)
			}
			continue
		// The key is told apart, its value is not: charts say `beyond` if they group or filter by this key.
		case !d.known[p] && d.counts[p.key] >= d.most:
			out.beyond = append(out.beyond, p.key)
			continue
		case !d.known[p]:
			d.known[p] = true
			d.counts[p.key]++
			d.added = append(d.added, p)
		}
		switch {
		case p.key == userKey:
			out.User = p.value
		case p.key == apiKeyKey:
			out.APIKey = p.value
		default:
			if out.Tags == nil {
				out.Tags = Tags{}
			}
			out.Tags[tag] = p.value
		}
	}
	// Sorted, because it is part of the digest.
	slices.Sort(out.beyond)
	return out
}

// tagKeys returns how many keys of tags are told apart. It counts anew each time, because there are only a hundred.
func (d *dictionary) tagKeys() (n int) {
	for key := range d.counts {
		if strings.HasPrefix(key, tagPrefix) {
			n++
		}
	}
	return n
}

// readNumbers returns the numbers of combinations that are stored. It asks by what is told apart, where
// queueAttributions asked by what was said.
func readNumbers(ctx context.Context, tx pgx.Tx, account int64, told map[content]*charted) (map[content]int64, error) {
	var contents [][]byte
	for digest := range told {
		contents = append(contents, digest[:])
	}
	rows, err := tx.Query(ctx, `-- name: look combinations up
SELECT content, attribution_no FROM attribution WHERE account_id = $1 AND content = ANY($2::bytea[])`, account, contents)
	if err != nil {
		return nil, err
	}
	numbers := map[content]int64{}
	var digest []byte
	var no int64
	_, err = pgx.ForEachRow(rows, []any{&digest, &no}, func() error { numbers[content(digest)] = no; return nil })
	return numbers, err
}

// numbered is a new combination with its number. Its row is written with all that is told apart of it, so that charts
// join it by number alone.
type numbered struct {
	*charted
	no int64
}

const (
	insertAttributions = `-- name: write combinations
INSERT INTO attribution (account_id, attribution_no, content, user_id, api_key, tags, beyond)
SELECT $1, u.no, u.content, u.user_id, u.api_key, u.tags::jsonb, ARRAY(SELECT jsonb_array_elements_text(u.beyond::jsonb))
FROM unnest($2::bigint[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[]) u (no, content, user_id, api_key, tags, beyond)`
	insertDictionaryValues = `-- name: add values to an account's dictionary
INSERT INTO attribution_value (account_id, key, value) SELECT $1, u.* FROM unnest($2::text[], $3::text[]) u`
	countDictionaryValues = `-- name: count the values of an account's dictionary
INSERT INTO attribution_key (account_id, key, distinct_values) SELECT $1, u.* FROM unnest($2::text[], $3::int[]) u
ON CONFLICT (account_id, key) DO UPDATE SET distinct_values = EXCLUDED.distinct_values`
)

// write writes the new values, counts and combinations in one round trip, before the events that have their numbers. It
// is only called under the account's lock, so no statement needs ON CONFLICT but that of the counts, which is how a
// count is raised.
func (d *dictionary) write(ctx context.Context, tx pgx.Tx, account int64, rows []numbered) error {
	var b pgx.Batch
	if len(d.added) > 0 {
		values, counts := pg.NewColumns(2), map[string]int{}
		for _, p := range d.added {
			values.Add(p.key, p.value)
			counts[p.key] = d.counts[p.key]
		}
		b.Queue(insertDictionaryValues, append([]any{account}, values.Args()...)...)
		// A count is written as a whole, not added to: the lock makes it exact, and a repeat of the transaction writes the
		// same.
		keys := slices.Sorted(maps.Keys(counts))
		numbers := make([]int, len(keys))
		for i, key := range keys {
			numbers[i] = counts[key]
		}
		b.Queue(countDictionaryValues, account, keys, numbers)
	}
	if len(rows) > 0 {
		columns := pg.NewColumns(6)
		for _, r := range rows {
			digest, beyond := r.content(), "[]"
			if len(r.beyond) > 0 {
				text, err := json.Marshal(r.beyond)
				if err != nil {
					return err
				}
				beyond = string(text)
			}
			tags := r.Tags.document()
			if tags == "" {
				tags = "{}"
			}
			columns.Add(r.no, digest[:], pg.OrNull(r.User), pg.OrNull(r.APIKey), tags, beyond)
		}
		b.Queue(insertAttributions, append([]any{account}, columns.Args()...)...)
	}
	return tx.SendBatch(ctx, &b).Close()
}
