package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// backtest reports how forecasts made on each past day would have fared in this installation (docs/forecast.md).
func (p program) backtest(ctx context.Context, c config, _ []string) error {
	store, closeStore, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer closeStore()
	results, err := charts.Backtest(ctx, store)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "METER\tDAYS AHEAD\tCONFIDENCE\tFORECASTS\tMEDIAN ERROR\t9 OF 10 WITHIN\tINSIDE THE MARGIN")
	for _, r := range results {
		confidence := string(r.Confidence)
		if confidence == "" {
			confidence = "any"
		}
		fmt.Fprintf(out, "%s\t%d\t%s\t%d\t%s\t%s\t%s\n", r.Meter, r.Days, confidence, r.Cases, thousandths(r.Median), thousandths(r.Ninth), thousandths(r.Within))
	}
	return out.Flush()
}

// thousandths formats a share in thousandths as a percentage.
func thousandths(n int64) string { return fmt.Sprintf("%d.%d%%", n/10, n%10) }
