package graph

import (
	"context"
	"errors"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// fault returns a top-level error with a code. Only such errors reach a caller unchanged; the transports turn all others into INTERNAL with
// a request id.
func fault(ctx context.Context, code tsdb.Code, message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Path: graphql.GetPath(ctx), Extensions: map[string]any{"code": string(code)}}
}

// notFound gives the same answer for ids that do not exist and for ids of other accounts (rules.md §11).
func notFound(ctx context.Context) error {
	return fault(ctx, tsdb.NotFound, "There is no such object in your reach.")
}

// asFault turns the expected refusal of a read into a fault with its code. It returns other errors unchanged, for the transports to mask.
func asFault(ctx context.Context, err error) error {
	var refused *tsdb.Error
	if errors.As(err, &refused) {
		return fault(ctx, refused.Code, sentence(refused.Message))
	}
	return err
}

// refusals is an error that a mutation returns to its caller as data: why nothing was changed.
type refusals []model.UserError

// Error implements error.
func (r refusals) Error() string { return r[0].Message }

// asError returns nil if nothing was refused.
func (r refusals) asError() error {
	if len(r) == 0 {
		return nil
	}
	return r
}

// payload is implemented by the payloads of mutations.
type payload[P any] interface {
	*P
	Refuse(errs []model.UserError)
}

// answer ends a mutation. It returns what was made or, after a refusal, an empty payload that says why. Any other error stays an error.
func answer[P any, R payload[P]](made R, err error) (R, error) {
	if err == nil {
		made.Refuse([]model.UserError{})
		return made, nil
	}
	refused, err := userErrors(err)
	if err != nil {
		return nil, err
	}
	empty := R(new(P))
	empty.Refuse(refused)
	return empty, nil
}

// committed returns what a mutation has made, as read after the commit. An error at this stage is a fault, not a refusal.
func committed[P any, R payload[P]](ctx context.Context, made R, err error) (R, error) {
	if err != nil {
		return nil, asFault(ctx, err)
	}
	made.Refuse([]model.UserError{})
	return made, nil
}

// userErrors splits the error of a mutation: an expected refusal becomes data, and a fault stays an error.
func userErrors(err error) ([]model.UserError, error) {
	var several refusals
	if errors.As(err, &several) {
		return several, nil
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

// unknown refuses an id that is not in the caller's reach.
func unknown(field string) error {
	return refusals{{Code: model.UserErrorCodeNotFound, Message: "There is no such object in your reach.", Field: []string{"input", field}}}
}

// invalid refuses a value that is out of its bounds.
func invalid(field, message string) error {
	return refusals{{Code: model.UserErrorCodeInvalid, Message: message, Field: []string{"input", field}}}
}

// amountIn reads an amount of a meter.
func amountIn(m billing.Meter, d decimal.Decimal, field string) (billing.Amount, error) {
	amount, err := m.FromDecimal(d)
	if err != nil {
		return 0, invalid(field, "The amount has too many decimals or is out of range.")
	}
	return amount, nil
}

// refusalModel converts a gate's refusal to its GraphQL type; nil if the gate allowed the action.
func refusalModel(d billing.Decision) *model.Refusal {
	if d.Allowed {
		return nil
	}
	m := d.Meter
	return &model.Refusal{Code: d.Code, Meter: m, Balance: m.Decimal(d.Balance), Limit: m.Decimal(d.Limit), Missing: m.Decimal(d.Missing), Sentence: d.Sentence}
}

// sentence capitalizes one of our messages and adds a full stop.
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
