package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// maxTagKeys is the largest number of tag keys that a question groups by, for events and for resources each.
const maxTagKeys = 3

// dimensions returns the charts' dimensions for a dimension of the contract. A dimension of tags becomes one for each key.
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

// checkTagKeys checks that tag keys are named if usage is grouped by them, and only then.
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

// Bounds on a filter: the number of tag keys, and the bytes of a text.
const (
	maxFilteredTags = 10
	maxTextFilter   = 1024
)

// attributionFilter reads the users, API keys and tags of a filter.
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
	// An empty list matches nothing in every filter, even in one whose members must all match (rules.md §9).
	if isEmpty(in.Tags) || isEmpty(in.ResourceTags) {
		f.Kinds = []string{}
	}
	return nil
}

// isEmpty reports whether a filter's list is given and empty.
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

// showCarried shows the attribution of a row in the dimension d. tags are the values not shown yet; it returns those that are left.
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
