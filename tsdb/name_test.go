package tsdb

import (
	"errors"
	"testing"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/text/texttest"
)

// Every call that takes a name checks it in the same way.
func TestNamesEverywhere(t *testing.T) {
	t.Parallel()
	for _, bad := range texttest.BadNames() {
		for place, err := range map[string]error{
			"account": validateAccount(NewAccount{Name: bad, IdempotencyKey: "k"}, billing.Second(0).Time()),
			"plan":    validatePlan(billing.Plan{Name: bad}),
		} {
			var refused *Error
			if !errors.As(err, &refused) || refused.Code != Invalid || refused.Field != "name" {
				t.Errorf("%s %q: %v", place, bad, err)
			}
		}
	}
}
