package charts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Dimensions of who and what an event was for. Those of tags name a key: see ByTag and ByResourceTag.
const (
	ByUser      Dimension = "USER"
	ByAPIKey    Dimension = "API_KEY"
	tagOf                 = "TAG:"
	resourceTag           = "RESOURCE_TAG:"
)

// ByTag groups by the value of a tag of events.
func ByTag(key string) Dimension { return Dimension(tagOf + key) }

// ByResourceTag groups by the current value of a tag of resources.
func ByResourceTag(key string) Dimension { return Dimension(resourceTag + key) }

// TagKey returns the key that a dimension of tags names; ofResource tells the two kinds apart, and ok is false for any
// other dimension.
func (d Dimension) TagKey() (key string, ofResource, ok bool) {
	if key, ok = strings.CutPrefix(string(d), tagOf); ok {
		return key, false, key != ""
	}
	key, ok = strings.CutPrefix(string(d), resourceTag)
	return key, true, ok && key != ""
}

// attributed reports whether a dimension is about what events carry.
func (d Dimension) attributed() bool {
	_, ofResource, isTag := d.TagKey()
	return d == ByUser || d == ByAPIKey || isTag && !ofResource
}

// Value is what usage carries as a user, an API key or a tag: a value, none, or a value that came after the account had
// as many as its charts tell apart (rules.md §9).
type Value struct {
	Text  string
	Set   bool // it carries a value
	Other bool // its value is beyond those that the account's charts tell apart
}

// Values as they are grouped by and ordered: "" for none, then those beyond what is told apart, then the others
// alphabetically.
const (
	beyondPlace = "+"
	valuePlace  = "="
)

// valueOf is the value of a place.
func valueOf(place string) Value {
	text, set := strings.CutPrefix(place, valuePlace)
	return Value{Text: text, Set: set, Other: place == beyondPlace}
}

// TagFilter says which values of a tag count. Usage without the tag is a value of its own.
type TagFilter struct {
	Key     string
	Values  []string
	Missing bool // also usage without the tag
}

// places returns the values as they are grouped by. An empty list matches nothing, as in every filter (rules.md §9).
func (f *TagFilter) places() []string {
	places := []string{}
	for _, v := range f.Values {
		places = append(places, valuePlace+v)
	}
	if f.Missing {
		places = append(places, "")
	}
	return places
}

// valuePlaces returns values of users or API keys as they are grouped by; "" is usage that carries none.
func valuePlaces(values []string) []string {
	places := []string{}
	for _, v := range values {
		if v != "" {
			v = valuePlace + v
		}
		places = append(places, v)
	}
	return places
}

const selectBeyond = `-- name: whose values are not told apart
SELECT k.key FROM unnest($2::text[]) WITH ORDINALITY k (key, place) WHERE EXISTS (
  SELECT FROM attribution t WHERE ($1::bigint[] IS NULL OR t.account_id = ANY($1::bigint[])) AND t.beyond <> '{}' AND (k.key = ANY(t.beyond) OR '*' = ANY(t.beyond)
    OR starts_with(k.key, 'tag:') AND 'tags' = ANY(t.beyond) AND NOT EXISTS (SELECT FROM attribution_key n WHERE n.account_id = t.account_id AND n.key = k.key)))
ORDER BY k.place`

// Beyond names the users, API keys and tags of a query whose values are not all told apart for some of the accounts,
// whenever they were used: user, apiKey, tag:KEY. nil accounts are all.
func (r *Reader) Beyond(ctx context.Context, q *PivotQuery) ([]string, error) {
	asked := []string{}
	for _, d := range q.GroupBy {
		if d.attributed() {
			asked = append(asked, d.Name())
		}
	}
	f := &q.Filter
	if f.Users != nil || q.Users {
		asked = append(asked, ByUser.Name())
	}
	if f.APIKeys != nil {
		asked = append(asked, ByAPIKey.Name())
	}
	for _, t := range f.Tags {
		asked = append(asked, ByTag(t.Key).Name())
	}
	beyond := []string{}
	if len(asked) == 0 {
		return beyond, nil
	}
	slices.Sort(asked)
	var key string
	err := r.Ask(ctx, selectBeyond, []any{q.Accounts, slices.Compact(asked)}, []any{&key}, func() error { beyond = append(beyond, key); return nil })
	return beyond, err
}

const selectTagKeys = `-- name: keys of tags that events carried
SELECT substr(key, 5) FROM attribution_key WHERE account_id = $1 AND starts_with(key, 'tag:') ORDER BY lower(key` + pg.Letters + `), key` + pg.Letters + ` LIMIT 100`

// TagKeys lists the keys of the tags that an account's events have carried so far, alphabetically whatever their
// case, at most 100. Keys stay known after their events are gone: charts of days are kept forever.
func (r *Reader) TagKeys(ctx context.Context, account int64) ([]string, error) {
	keys := []string{}
	var key string
	err := r.Ask(ctx, selectTagKeys, []any{account}, []any{&key}, func() error { keys = append(keys, key); return nil })
	return keys, err
}

// Name is the name in answers of a dimension of what usage carries, also for those charted as beyond; "" for any other
// dimension.
func (d Dimension) Name() string {
	key, ofResource, isTag := d.TagKey()
	switch {
	case d == ByUser:
		return "user"
	case d == ByAPIKey:
		return "apiKey"
	case isTag && !ofResource:
		return "tag:" + key
	}
	return ""
}

// key returns how a dimension is read, and whether there is such a dimension.
func (d Dimension) key() (pivotKey, bool) {
	if _, _, ok := d.TagKey(); ok {
		return pivotKey{"", "text"}, true
	}
	if d.attributed() {
		return pivotKey{"", "text"}, true
	}
	key, ok := dimensions[d]
	return key, ok
}

// column returns how a dimension is read from the table of usage. What belongs to a resource is looked up by the row's
// resource, and is current.
func (p *pivotRead) column(a *pg.Arguments, d Dimension) string {
	key, ofResource, isTag := d.TagKey()
	switch {
	case d == ByHour:
		return p.hourOf(a)
	case d == ByWeekday:
		return p.weekdayOf(a)
	case d == ByUser:
		return attributeColumn("t.user_id", "'user'", "")
	case d == ByAPIKey:
		return attributeColumn("t.api_key", "'apiKey'", "")
	case isTag && ofResource:
		return "coalesce('" + valuePlace + "' || (o.tags ->> " + a.Add(key) + "::text), '')"
	case isTag:
		mark := a.Add(key) + "::text"
		return attributeColumn("(t.tags ->> "+mark+")", "'tag:' || "+mark,
			" OR 'tags' = ANY(t.beyond) AND NOT EXISTS (SELECT FROM attribution_key n WHERE n.account_id = t.account_id AND n.key = 'tag:' || "+mark+")")
	}
	return dimensions[d].column
}

// attributeColumn returns the place of a value. beyond is a condition for keys whose values are no longer told apart:
// their usage is known to carry something, but not what.
func attributeColumn(value, key, beyond string) string {
	return fmt.Sprintf("CASE WHEN %s IS NOT NULL THEN '%s' || %s WHEN %s = ANY(t.beyond) OR '*' = ANY(t.beyond)%s THEN '%s' ELSE '' END",
		value, valuePlace, value, key, beyond, beyondPlace)
}

// attributed reports whether the query asks who or what events were for. Other queries do not pay for it.
func (q *PivotQuery) attributed() bool {
	f := &q.Filter
	return q.Users || f.Users != nil || f.APIKeys != nil || f.Tags != nil || slices.ContainsFunc(q.GroupBy, Dimension.attributed)
}

// onlyAttributed reports whether only usage that carries something counts. Then the tables of all usage need not be
// read.
func (q *PivotQuery) onlyAttributed() bool {
	f := &q.Filter
	missing := func(values []string) bool { return slices.Contains(values, "") }
	if f.Users != nil && !missing(f.Users) || f.APIKeys != nil && !missing(f.APIKeys) {
		return true
	}
	return slices.ContainsFunc(f.Tags, func(t TagFilter) bool { return !t.Missing })
}

// byResourceTag reports whether the query asks about tags of resources, which are joined only then.
func (q *PivotQuery) byResourceTag() bool {
	return q.Filter.ResourceTags != nil || slices.ContainsFunc(q.GroupBy, func(d Dimension) bool {
		_, ofResource, ok := d.TagKey()
		return ok && ofResource
	})
}

// attributedTable is the table of the usage within the read that carries something, by what it carries: the tables of
// quarter-hours and days, and for the edges between them the events themselves, which are kept as long as minutes are.
// What is not rolled up is in usage_delta; events are not.
func (c *chartRead) attributedTable(a *pg.Arguments, name string) string {
	columns := tsdb.UsedColumns
	event, void := "charge, runs, 1::bigint, input_tokens, output_tokens", "-charge, -runs, -1::bigint, -input_tokens, -output_tokens"
	if c.classes {
		columns += tsdb.ClassColumns
		event += tsdb.ClassColumns
		void += strings.ReplaceAll(tsdb.ClassColumns, ", ", ", -")
	}
	var parts []string
	for _, s := range c.parts {
		from, to := a.Add(s.from)+"::timestamptz", a.Add(s.to)+"::timestamptz"
		// There is no table of minutes by what usage carries: it would be as large as the events. What was voided is
		// subtracted by the rows of usage_void, which carry the same as the event.
		if s.table == "usage_minute" {
			for _, fact := range []struct{ table, figures string }{{"usage_event", event}, {"usage_void", void}} {
				parts = append(parts, fmt.Sprintf("SELECT account_id, time, resource_id, deployment_id, kind, CASE kind WHEN 'TOOL_RUN' THEN 'TOOLS' ELSE 'MODELS' END, %s, attribution_no\n"+
					"  FROM %s WHERE %s AND time >= %s AND time < %s AND attribution_no IS NOT NULL", fact.figures, fact.table, allAccounts, from, to))
			}
			continue
		}
		for _, table := range []string{strings.Replace(s.table, "usage_", "attributed_", 1), "usage_delta"} {
			parts = append(parts, fmt.Sprintf("SELECT %s, attribution_no FROM %s WHERE %s AND bucket >= %s AND bucket < %s AND attribution_no IS NOT NULL",
				columns, table, allAccounts, from, to))
		}
	}
	return name + " (" + columns + ", attribution_no) AS (\n  " + strings.Join(parts, "\n  UNION ALL ") + "\n)"
}

// attributedParts are the parts of the table of all usage that say who and what it was for. The tables of all usage
// contain the same usage again, as if it carried nothing, so it is subtracted from that.
func (p *pivotRead) attributedParts(read *spanRead, name, tail string) []string {
	parts := []string{"SELECT " + read.columns() + tail + ", attribution_no FROM " + name}
	if p.onlyAttributed() {
		return parts
	}
	// So the sum over all groups stays that of all usage, and the group that carries nothing is the remainder.
	head, figures, _ := strings.Cut(read.columns(), "category, ")
	return append(parts, "SELECT "+head+"category, -"+strings.ReplaceAll(figures, ", ", ", -")+tail+", 0 FROM "+name)
}

// attributedJoin joins what combinations stand for.
func (p *pivotRead) attributedJoin() string {
	if !p.attributed() {
		return ""
	}
	return " LEFT JOIN attribution t ON t.account_id = c.account_id AND t.attribution_no = c.attribution_no"
}

// attributedFilter returns the conditions on what usage carries.
func (p *pivotRead) attributedFilter(a *pg.Arguments) (where string) {
	add := func(d Dimension, places []string) {
		where += " AND " + p.column(a, d) + " = ANY(" + a.Add(places) + "::text[])"
	}
	f := &p.Filter
	if f.Users != nil {
		add(ByUser, valuePlaces(f.Users))
	}
	if f.APIKeys != nil {
		add(ByAPIKey, valuePlaces(f.APIKeys))
	}
	for i := range f.Tags {
		add(ByTag(f.Tags[i].Key), f.Tags[i].places())
	}
	for i := range f.ResourceTags {
		add(ByResourceTag(f.ResourceTags[i].Key), f.ResourceTags[i].places())
	}
	return where
}
