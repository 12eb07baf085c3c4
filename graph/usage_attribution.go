package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// maxTagKeys is how many keys of tags a question groups by at most, of events and of resources.
const maxTagKeys = 3

// dimensions are what the charts group by where the contract says a dimension: that of tags is one for each key.
func (u *usageAsked) dimensions(d charts.Dimension) (out []charts.Dimension) {
	switch model.UsageDimension(d) {
	case model.UsageDimensionTag:
		for _, key := range u.TagKeys {
			out = append(out, charts.ByTag(key))
		}
	case model.UsageDimensionResourceTag:
		for _, key := range u.OfResources {
			out = append(out, charts.ByResourceTag(key))
		}
	default:
		return []charts.Dimension{d}
	}
	return out
}

// checkTagKeys demands that keys of tags are named where they are grouped by, and nowhere else.
func (u *usageAsked) checkTagKeys(ctx context.Context) error {
	for _, part := range []struct {
		d         model.UsageDimension
		argument  string
		keys      []string
		groupedBy bool
	}{{d: model.UsageDimensionTag, argument: "tagKeys", keys: u.TagKeys}, {d: model.UsageDimensionResourceTag, argument: "resourceTagKeys", keys: u.OfResources}} {
		for _, d := range u.GroupBy {
			part.groupedBy = part.groupedBy || d == part.d
		}
		if part.groupedBy != (len(part.keys) > 0) || len(part.keys) > maxTagKeys {
			return fault(ctx, tsdb.Invalid, "Grouping by "+string(part.d)+" needs "+part.argument+", 1 to 3 keys, which nothing else has.")
		}
		for _, key := range part.keys {
			if key == "" || len(key) > maxTextFilter {
				return fault(ctx, tsdb.Invalid, "A key of a tag has 1 to 64 characters.")
			}
		}
	}
	return nil
}

// Bounds of a filter: keys of tags, and bytes of a text.
const (
	maxFilteredTags = 10
	maxTextFilter   = 1024
)

// attributionFilter reads which users, API keys and tags count.
func attributionFilter(ctx context.Context, in *model.UsageFilter, f *charts.PivotFilter) error {
	f.Users, f.APIKeys = in.Users, in.APIKeys
	if len(in.Users) > maxPage || len(in.APIKeys) > maxPage {
		return fault(ctx, tsdb.Invalid, "A filter names at most 100 users and API keys.")
	}
	var err error
	if f.Tags, err = tagFilters(ctx, in.Tags); err != nil {
		return err
	}
	if f.ResourceTags, err = tagFilters(ctx, in.ResourceTags); err != nil {
		return err
	}
	// An empty list fits nothing in every filter, also in those of which all members must fit (rules.md §9).
	if isEmpty(in.Tags) || isEmpty(in.ResourceTags) {
		f.Kinds = []string{}
	}
	return nil
}

// isEmpty reports whether a list of a filter is there and has nothing in it.
func isEmpty[T any](list []T) bool { return list != nil && len(list) == 0 }

func tagFilters(ctx context.Context, in []model.UsageTagFilter) (out []charts.TagFilter, err error) {
	if len(in) > maxFilteredTags {
		return nil, fault(ctx, tsdb.Invalid, "A filter names at most 10 keys of tags.")
	}
	for _, t := range in {
		if t.Key == "" || len(t.Key) > maxTextFilter || len(t.Values) > maxPage {
			return nil, fault(ctx, tsdb.Invalid, "A filter names at most 100 values of a tag, whose key has 1 to 64 characters.")
		}
		out = append(out, charts.TagFilter{Key: t.Key, Values: t.Values, Missing: t.Missing})
	}
	return out, nil
}

// showCarried shows what the usage of a row carries; tags are those not shown yet, and it returns what is left of them.
func showCarried(out *model.UsageRow, row *charts.PivotRow, d charts.Dimension, tags []charts.Value) []charts.Value {
	show := func(v charts.Value) *string {
		if v.Other {
			out.Beyond = append(out.Beyond, d.Name())
		}
		if !v.Set {
			return nil
		}
		return &v.Text
	}
	key, ofResource, isTag := d.TagKey()
	switch {
	case d == charts.ByUser:
		out.User = show(row.User)
	case d == charts.ByAPIKey:
		out.APIKey = show(row.APIKey)
	case isTag && ofResource:
		out.ResourceTags = append(out.ResourceTags, model.UsageTag{Key: key, Value: show(tags[0])})
		return tags[1:]
	case isTag:
		out.Tags = append(out.Tags, model.UsageTag{Key: key, Value: show(tags[0])})
		return tags[1:]
	}
	return tags
}

// TagKeys resolves Account.tagKeys.
func (r accountResolver) TagKeys(ctx context.Context, obj *model.Account) ([]string, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := reader.TagKeys(ctx, obj.Key)
	return keys, asFault(ctx, err)
}
