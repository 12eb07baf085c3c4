package graph

import (
	"reflect"
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/billing"
)

// A card that is written and read again is the same card; what is missing, unknown or not exact is refused with its place.
func TestRateFile(t *testing.T) {
	t.Parallel()
	card := billing.RateCardV1()
	cache := billing.MustCredits("0.05")
	card.CacheReadRate = &cache
	document, err := RateFile(&card)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ReadRateFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if changes := card.Changes(&read.Card); len(changes) > 0 || !reflect.DeepEqual(read.Card.EffectiveFrom, card.EffectiveFrom) {
		t.Errorf("%v", changes)
	}
	for was, c := range map[string]struct{ becomes, says string }{
		`"ratePerHour":"0.789"`: {`"rate":"0.789"`, "models[0]"},
		`"inputRate":"0.5",`:    {``, "inputRate"},
		`"gpuCount":1`:          {`"gpuCount":"one"`, "gpuCount"},
		`"0.07698"`:             {`"0.0769812"`, "6 decimals"},
		`"models":`:             {`"machines":`, "machines"},
		`"method":"QLORA"`:      {`"method":"MAGIC"`, "MAGIC"},
		`"0.144"`:               {`"a lot"`, "decimal"},
		`"effectiveFrom":"1970-01-01T00:00:00Z",`: {``, "effectiveFrom is missing"},
		`"1970-01-01T00:00:00Z"`:                  {`"2030-01-01"`, "effectiveFrom is not an RFC 3339 instant"},
		`"effectiveFrom":"1970-01-01T00:00:00Z"`:  {`"effectiveFrom":5`, "effectiveFrom"},
	} {
		_, err := ReadRateFile([]byte(strings.Replace(string(document), was, c.becomes, 1)))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s", c.becomes, err, c.says)
		}
	}
}
