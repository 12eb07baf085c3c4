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

// combination is what an account's events carried together.
type combination struct {
	account int64
	content content
}

// attributedItem is a stored event that says who or what it was for, and its account.
type attributedItem struct {
	c  *change
	it *ingestItem
}

const selectAttributions = `-- name: read what events were for
SELECT a.account_id, a.content, a.attribution_no FROM unnest($1::bigint[], $2::bytea[]) AS i (account_id, content)
JOIN attribution a ON a.account_id = i.account_id AND a.content = i.content`

// queueAttributions asks for the numbers of what items carry; where none carries anything, for nothing.
func (run *ingestRun) queueAttributions(b *pgx.Batch, items []*ingestItem) {
	var accounts []int64
	var contents [][]byte
	for _, it := range items {
		if it.event.Attribution.IsZero() {
			continue
		}
		if it.content == (content{}) {
			it.content = (&charted{Attribution: it.event.Attribution}).content()
		}
		k := combination{it.event.AccountID, it.content}
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

// attribute numbers what the stored events carry, and charts them. What an account's events have not carried before gets a number now:
// the account is locked.
func (s *Store) attribute(ctx context.Context, tx pgx.Tx, run *ingestRun) error {
	fresh := map[int64]map[content]*charted{}
	for _, at := range run.attributed {
		if run.attributions[at.combination()] != 0 {
			continue
		}
		if fresh[at.c.ID] == nil {
			fresh[at.c.ID] = map[content]*charted{}
		}
		fresh[at.c.ID][at.it.content] = &charted{Attribution: at.it.event.Attribution}
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

func (at attributedItem) combination() combination { return combination{at.c.ID, at.it.content} }

// chart adds a stored event to what the charts gain.
func (c *change) chart(it *ingestItem) {
	e := it.event
	c.addUse(useKey{billing.SecondOf(e.Time).Minute(), e.ResourceID, e.DeploymentID, string(e.Kind), it.attribution},
		use{category: e.category(), credits: it.credits(), runs: e.Runs, events: 1, tokens: e.tokens()})
}

// dictionary is what an account's charts tell apart, as far as it is looked at.
type dictionary struct {
	counts map[string]int // distinct values, by key
	known  map[pair]bool
	most   int // values of a key
	added  []pair
}

const (
	selectDictionaryKeys = `-- name: read the keys of an account's dictionary
SELECT key, distinct_values FROM attribution_key WHERE account_id = $1`
	selectDictionaryValues = `-- name: look values up in an account's dictionary
SELECT v.key, v.value FROM unnest($2::text[], $3::text[]) AS i (key, value)
JOIN attribution_value v ON v.account_id = $1 AND v.key = i.key AND v.value = i.value`
	selectLastAttribution = `-- name: read the number of the last combination
SELECT coalesce(max(attribution_no), 0) FROM attribution WHERE account_id = $1`
)

// numberAttributions gives numbers to combinations that are not known as they are. They may be known as what charts tell apart of them.
func (s *Store) numberAttributions(ctx context.Context, tx pgx.Tx, run *ingestRun, account int64, fresh map[content]*charted) error {
	d := dictionary{counts: map[string]int{}, known: map[pair]bool{}, most: s.settings.AttributionValues}
	last, err := d.read(ctx, tx, account, fresh)
	if err != nil {
		return err
	}
	order := slices.SortedFunc(maps.Keys(fresh), func(a, b content) int { return slices.Compare(a[:], b[:]) })
	told := make(map[content]*charted, len(fresh)) // what is told apart of each, by its content
	for _, of := range order {
		c := d.tell(fresh[of])
		fresh[of] = c
		told[c.content()] = c
	}
	all := charted{beyond: []string{anything}}
	told[all.content()] = &all
	numbers, err := readNumbers(ctx, tx, account, told)
	if err != nil {
		return err
	}
	var rows []numbered
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
	for _, of := range order {
		no := number(fresh[of])
		if no == 0 {
			no = number(&all)
		}
		run.attributions[combination{account, of}] = no
	}
	return d.write(ctx, tx, account, rows)
}

// read reads what an account's dictionary says of combinations, and the number of its last one.
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

// tell is what is told apart of a combination: values that are in the dictionary, or for which it has room.
func (d *dictionary) tell(c *charted) *charted {
	out := &charted{}
	for _, p := range c.pairs() {
		tag, isTag := strings.CutPrefix(p.key, tagPrefix)
		_, charted := d.counts[p.key]
		switch {
		case !d.known[p] && isTag && !charted && d.tagKeys() >= MaxTagKeys:
			if !slices.Contains(out.beyond, anyTag) {
				out.beyond = append(out.beyond, anyTag)
			}
			continue
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
	slices.Sort(out.beyond)
	return out
}

// tagKeys is how many keys of tags are told apart.
func (d *dictionary) tagKeys() (n int) {
	for key := range d.counts {
		if strings.HasPrefix(key, tagPrefix) {
			n++
		}
	}
	return n
}

// readNumbers are the numbers of combinations that are there.
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

// numbered is a combination that is new, and its number.
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

// write writes what is new.
func (d *dictionary) write(ctx context.Context, tx pgx.Tx, account int64, rows []numbered) error {
	var b pgx.Batch
	if len(d.added) > 0 {
		values, counts := pg.NewColumns(2), map[string]int{}
		for _, p := range d.added {
			values.Add(p.key, p.value)
			counts[p.key] = d.counts[p.key]
		}
		b.Queue(insertDictionaryValues, append([]any{account}, values.Args()...)...)
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
