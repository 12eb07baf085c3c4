package graph

import (
	"context"
	"errors"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// fault is a top-level error with a code. Only such errors reach a caller as they are; the transports turn everything
// else into INTERNAL with a request id.
func fault(ctx context.Context, code tsdb.Code, message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Path: graphql.GetPath(ctx), Extensions: map[string]any{"code": string(code)}}
}

// notFound answers ids that do not exist and ids of other accounts alike (rules.md §11).
func notFound(ctx context.Context) error {
	return fault(ctx, tsdb.NotFound, "There is no such object in your reach.")
}

// asFault shows an expected refusal of a read as a fault with its code and hides everything else.
func asFault(ctx context.Context, err error) error {
	var refused *tsdb.Error
	if errors.As(err, &refused) {
		return fault(ctx, refused.Code, sentence(refused.Message))
	}
	return err
}

// userErrors splits what a mutation returned: an expected refusal becomes data, a fault stays an error.
func userErrors(err error) ([]model.UserError, error) {
	if err == nil {
		return []model.UserError{}, nil
	}
	var refused *tsdb.Error
	if !errors.As(err, &refused) {
		return nil, err
	}
	e := model.UserError{Code: model.UserErrorCode(refused.Code), Message: sentence(refused.Message)}
	if refused.Field != "" {
		e.Field = append([]string{"input"}, strings.Split(refused.Field, ".")...)
	}
	if refused.Decision != nil {
		e.Refusal = refusalModel(*refused.Decision)
	}
	return []model.UserError{e}, nil
}

// unknown is the user error for an id that is not in the caller's reach.
func unknown(field string) []model.UserError {
	return []model.UserError{{Code: model.UserErrorCodeNotFound, Message: "There is no such object in your reach.", Field: []string{"input", field}}}
}

// refusalModel is a gate's refusal on the wire; nil where it allowed.
func refusalModel(d billing.Decision) *model.Refusal {
	if d.Allowed {
		return nil
	}
	m := d.Meter
	return &model.Refusal{Code: d.Code, Meter: m, Balance: m.Decimal(d.Balance), Limit: m.Decimal(d.Limit), Missing: m.Decimal(d.Missing), Sentence: d.Sentence}
}

// sentence makes a message of ours begin with a capital and end with a full stop.
func sentence(message string) string {
	if message == "" {
		return ""
	}
	b := []byte(message)
	if b[0] >= 'a' && b[0] <= 'z' {
		b[0] -= 'a' - 'A'
	}
	if last := b[len(b)-1]; last != '.' && last != '!' && last != '?' {
		b = append(b, '.')
	}
	return string(b)
}
