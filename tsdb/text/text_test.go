package text

import (
	"testing"

	"github.com/usagegraph/usagegraph/tsdb/text/texttest"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for _, name := range texttest.GoodNames() {
		if err := CheckName("name", name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range texttest.BadNames() {
		if err := CheckName("name", name); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
}
