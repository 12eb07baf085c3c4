package scalar

import (
	"context"
	"io"
	"strings"

	"github.com/99designs/gqlgen/graphql"
)

// OwnIDs holds our ids for the own ids in an operation, by root field and by the own id as it was written.
type OwnIDs map[string]map[string]string

// ownIDsKey is the key under which an operation keeps its OwnIDs.
const ownIDsKey = "usagegraph.ownids"

// SetOwnIDs stores the own ids of an operation.
func SetOwnIDs(op *graphql.OperationContext, ids OwnIDs) { op.Stats.SetExtension(ownIDsKey, ids) }

// OwnIDsOf returns the own ids of an operation; nil if there are none.
func OwnIDsOf(op *graphql.OperationContext) OwnIDs {
	ids, _ := op.Stats.GetExtension(ownIDsKey).(OwnIDs)
	return ids
}

// Of returns our id for a text below a root field, or the text itself if it is one of our ids or was not found.
func (o OwnIDs) Of(root, text string) string {
	if id, found := o[root][text]; found {
		return id
	}
	return text
}

// idWriter writes an id as a JSON string.
type idWriter string

// MarshalGQLContext implements graphql.ContextMarshaler.
func (id idWriter) MarshalGQLContext(_ context.Context, w io.Writer) error {
	graphql.MarshalID(string(id)).MarshalGQL(w)
	return nil
}

// MarshalID writes an id as a JSON string.
func MarshalID(id string) graphql.ContextMarshaler { return idWriter(id) }

// UnmarshalID reads an id, which may be written as an integer. An own id that the operation has looked up is replaced by our id.
func UnmarshalID(ctx context.Context, v any) (string, error) {
	id, err := graphql.UnmarshalID(v)
	if err != nil || !strings.HasPrefix(id, "external:") || !graphql.HasOperationContext(ctx) {
		return id, err
	}
	return OwnIDsOf(graphql.GetOperationContext(ctx)).Of(rootAlias(ctx), id), nil
}

// rootAlias returns the alias of the root field that ctx is below.
func rootAlias(ctx context.Context) (alias string) {
	for fc := graphql.GetFieldContext(ctx); fc != nil; fc = fc.Parent {
		if fc.Field.Field != nil {
			alias = fc.Field.Alias
		}
	}
	return alias
}
