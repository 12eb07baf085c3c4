package graph

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// ExternalID resolves Account.externalId.
func (r accountResolver) ExternalID(ctx context.Context, obj *model.Account) (*string, error) {
	own, err := r.ownOf(ctx, obj)
	return textPtr(own.ExternalID), err
}

// Tags resolves Account.tags.
func (r accountResolver) Tags(ctx context.Context, obj *model.Account) ([]model.Tag, error) {
	own, err := r.ownOf(ctx, obj)
	return tagModels(own.Tags), err
}

// UpdatedAt resolves Account.updatedAt.
func (r accountResolver) UpdatedAt(ctx context.Context, obj *model.Account) (*time.Time, error) {
	if !obj.Changed.IsZero() {
		return &obj.Changed, nil
	}
	list, err := r.Store.Listed(ctx, []int64{obj.Key})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, notFound(ctx)
	}
	return &list[0].UpdatedAt, nil
}

// ownOf returns the own id and the tags of an account. Lists have already read them.
func (r *Resolver) ownOf(ctx context.Context, obj *model.Account) (tsdb.Own, error) {
	if obj.Own != nil {
		return *obj.Own, nil
	}
	list, err := r.Store.Listed(ctx, []int64{obj.Key})
	if err != nil {
		return tsdb.Own{}, err
	}
	if len(list) == 0 {
		return tsdb.Own{}, notFound(ctx)
	}
	return list[0].Own, nil
}

// tagModels converts tags to their GraphQL types, sorted by key.
func tagModels(tags tsdb.Tags) []model.Tag {
	out := make([]model.Tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, model.Tag{Key: key, Value: tags[key]})
	}
	return out
}

// tagsIn reads tags; nil if none were given.
func tagsIn(in []model.TagInput) (tsdb.Tags, error) {
	if in == nil {
		return nil, nil
	}
	tags := tsdb.Tags{}
	for _, t := range in {
		if _, twice := tags[t.Key]; twice {
			return nil, invalid("tags", "A key of a tag is given twice.")
		}
		tags[t.Key] = t.Value
	}
	return tags, nil
}

// ownIn reads the own id and the tags of a new object.
func ownIn(externalID *string, tags []model.TagInput) (own tsdb.Own, err error) {
	if externalID != nil && *externalID == "" {
		return own, invalid("externalId", "An own id has 1 to 200 characters.")
	}
	own.ExternalID = deref(externalID)
	own.Tags, err = tagsIn(tags)
	return own, err
}

// changeIn reads a change of name, own id and tags. What is left out stays, and null removes a value.
func changeIn(name *string, externalID graphql.Omittable[*string], tags []model.TagInput) (c tsdb.OwnChange, err error) {
	c.Name = name
	if externalID.IsSet() {
		id := deref(externalID.Value())
		if externalID.Value() != nil && id == "" {
			return c, invalid("externalId", "An own id has 1 to 200 characters.")
		}
		c.ExternalID = &id
	}
	read, err := tagsIn(tags)
	if read != nil {
		c.Tags = &read
	}
	return c, err
}

// upserter returns who makes or changes an object of a kind.
func upserter(ctx context.Context, account int64, kind Kind) tsdb.Upserter {
	return tsdb.Upserter{Actor: actor(ctx, account), TargetID: func(key int64) string { return EncodeID(kind, key) }}
}

// resourceChange returns a change of the name, own id or tags of an object.
func resourceChange(ctx context.Context, kind Kind, t found, change tsdb.OwnChange, field string) tsdb.ResourceChange {
	return tsdb.ResourceChange{AccountID: t.account, ID: t.key, OwnChange: change, Actor: actor(ctx, t.account), TargetID: EncodeID(kind, t.key), Field: field}
}

// updateResource changes the name, own id or tags of a tool, model, guardrail or script.
func (r mutationResolver) updateResource(ctx context.Context, kind Kind, opaque, field string, change tsdb.OwnChange, wrong error) (tsdb.Resource, error) {
	if wrong != nil {
		return tsdb.Resource{}, wrong
	}
	return onTarget(ctx, r, kind, opaque, field, func(t found) (tsdb.Resource, error) {
		return r.Store.UpdateResource(ctx, resourceKind(kind), resourceChange(ctx, kind, t, change, field))
	})
}

// lookUp finds an object of an account by its id or own id; the zero value if there is none.
func lookUp[T model.Node](ctx context.Context, r *Resolver, account int64, kind Kind, opaque string) (thing T, err error) {
	id, ok := DecodeID(opaque)
	if !ok || id.Kind != kind {
		return thing, nil
	}
	read := r.nodes()
	read.want(id)
	of, node, err := read.one(ctx, id)
	if err != nil && !isNotFound(err) || node == nil || of != account {
		return thing, err
	}
	thing, _ = node.(T)
	return thing, nil
}

// Tool resolves Account.tool.
func (r accountResolver) Tool(ctx context.Context, obj *model.Account, id string) (*model.Tool, error) {
	return lookUp[*model.Tool](ctx, r.Resolver, obj.Key, KindTool, id)
}

// Model resolves Account.model.
func (r accountResolver) Model(ctx context.Context, obj *model.Account, id string) (*model.Model, error) {
	return lookUp[*model.Model](ctx, r.Resolver, obj.Key, KindModel, id)
}

// Deployment resolves Account.deployment.
func (r accountResolver) Deployment(ctx context.Context, obj *model.Account, id string) (*model.Deployment, error) {
	return lookUp[*model.Deployment](ctx, r.Resolver, obj.Key, KindDeployment, id)
}

// Guardrail resolves Account.guardrail.
func (r accountResolver) Guardrail(ctx context.Context, obj *model.Account, id string) (*model.Guardrail, error) {
	return lookUp[*model.Guardrail](ctx, r.Resolver, obj.Key, KindGuardrail, id)
}

// Script resolves Account.script.
func (r accountResolver) Script(ctx context.Context, obj *model.Account, id string) (*model.Script, error) {
	return lookUp[*model.Script](ctx, r.Resolver, obj.Key, KindScript, id)
}

// outcomeModel converts an outcome to its GraphQL type.
func outcomeModel(o tsdb.Outcome) *model.UpsertOutcome {
	outcome := model.UpsertOutcome(o)
	return &outcome
}
