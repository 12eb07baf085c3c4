package charts_test

import (
	"fmt"
	"slices"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// attribute adds a random user, API key and tags to an event; to most events, nothing.
func (b *brute) attribute(e tsdb.UsageEvent) tsdb.UsageEvent {
	r := b.random
	if r.IntN(2) == 0 {
		e.User = []string{"ann", "bob", "Zoë"}[r.IntN(3)]
	}
	if r.IntN(3) == 0 {
		e.APIKey = fmt.Sprint("key-", r.IntN(2))
	}
	if r.IntN(3) == 0 {
		e.Tags = tsdb.Tags{"team": []string{"red", "", "blue"}[r.IntN(3)]}
		if r.IntN(2) == 0 {
			e.Tags["env"] = "prod"
		}
	}
	return e
}

// takeBack takes a random event back, and forgets it.
func (b *brute) takeBack() {
	i := b.random.IntN(len(b.events))
	e := b.events[i]
	results, err := b.VoidEvents(b.Ctx, b.account, []tsdb.EventID{{Source: e.Source, ID: e.ID, Time: e.Time}}, tsdb.Actor{})
	b.Must(err)
	if results[0].Status != tsdb.EventVoided {
		b.T.Fatalf("%+v: %+v", e, results)
	}
	b.events = slices.Delete(b.events, i, i+1)
}

// isText reports whether a dimension's places are texts.
func isText(d charts.Dimension) bool {
	_, _, tag := d.TagKey()
	return tag || d == charts.ByKind || d == charts.ByOwner || d == charts.ByHardware || d == charts.ByUser || d == charts.ByAPIKey
}

// carried is what an atom carries, as a place in the order.
func (a *atom) carried(d charts.Dimension) string {
	place := func(text string, set bool) string {
		if !set {
			return ""
		}
		return "=" + text
	}
	key, ofResource, _ := d.TagKey()
	switch {
	case d == charts.ByUser:
		return place(a.user, a.user != "")
	case d == charts.ByAPIKey:
		return place(a.key, a.key != "")
	case ofResource:
		return place(a.ofResource[key], a.ofResource[key] != "")
	}
	value, set := a.tags[key]
	return place(value, set)
}

// carries reports whether an atom matches what a filter says about who and what it was for.
func (a *atom) carries(f *charts.PivotFilter) bool {
	fits := func(d charts.Dimension, values []string, missing bool) bool {
		place := a.carried(d)
		return place == "" && missing || place != "" && slices.Contains(values, place[1:])
	}
	if f.Users != nil && !fits(charts.ByUser, f.Users, slices.Contains(f.Users, "")) || f.APIKeys != nil && !fits(charts.ByAPIKey, f.APIKeys, slices.Contains(f.APIKeys, "")) {
		return false
	}
	for _, t := range f.Tags {
		if !fits(charts.ByTag(t.Key), t.Values, t.Missing) {
			return false
		}
	}
	for _, t := range f.ResourceTags {
		if !fits(charts.ByResourceTag(t.Key), t.Values, t.Missing) {
			return false
		}
	}
	return true
}

// randomAttribution makes a query ask, at random, about who and what usage was for.
func (b *brute) randomAttribution(q *charts.PivotQuery) {
	r := b.random
	q.Users = r.IntN(4) == 0
	for _, d := range []charts.Dimension{charts.ByUser, charts.ByAPIKey, charts.ByTag("team"), charts.ByTag("none"), charts.ByResourceTag("tier")} {
		if r.IntN(8) == 0 {
			q.GroupBy = slices.Insert(q.GroupBy, r.IntN(len(q.GroupBy)+1), d)
		}
	}
	f := &q.Filter
	if r.IntN(8) == 0 {
		f.Users = []string{[]string{"ann", ""}[r.IntN(2)], "Zoë"}
	}
	if r.IntN(8) == 0 {
		f.APIKeys = []string{[]string{"key-0", ""}[r.IntN(2)]}
	}
	if r.IntN(8) == 0 {
		f.Tags = []charts.TagFilter{{Key: "team", Values: []string{"red", ""}, Missing: r.IntN(2) == 0}}
	}
	if r.IntN(8) == 0 {
		f.ResourceTags = []charts.TagFilter{{Key: "tier", Values: []string{"gold"}, Missing: r.IntN(2) == 0}}
	}
}

// tier is the tag of a resource.
func (b *brute) tier(resource int64) tsdb.Tags {
	if resource%2 == 0 {
		return tsdb.Tags{"tier": "gold"}
	}
	return nil
}
