package guard_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/server/guard"
	"github.com/usagegraph/usagegraph/server/wire"
)

// A cost writes itself as encoding/json writes it, alone and in an answer.
func TestCostAppendJSON(t *testing.T) {
	t.Parallel()
	none, most := int64(0), int64(math.MaxInt64)
	for _, c := range []guard.Cost{
		{}, {Requested: 5}, {Requested: -1, Actual: &none}, {Requested: most, Actual: &most},
		{Requested: 7, Throttle: &guard.Throttle{}}, {Requested: 7, Actual: &most, Throttle: &guard.Throttle{MaximumAvailable: 10_000, CurrentlyAvailable: 9_993, RestoreRate: 2_500}},
	} {
		want, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.AppendJSON(nil); string(got) != string(want) {
			t.Errorf("%s, want %s", got, want)
		}
		for _, id := range []string{"", "0a1b", `a"b`} {
			extensions := map[string]any{"cost": c}
			answer := wire.Encode(wire.WithRequestID(t.Context(), id), &graphql.Response{Data: []byte("{}"), Extensions: extensions}, nil)
			shown := map[string]any{"cost": c}
			if id != "" {
				shown["requestId"] = id
			}
			want, err := json.Marshal(shown)
			if err != nil {
				t.Fatal(err)
			}
			if string(answer) != `{"data":{},"extensions":`+string(want)+`}` {
				t.Errorf("%s, want %s", answer, want)
			}
		}
	}
}
