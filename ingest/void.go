package ingest

import (
	"context"
	"errors"
	"fmt"

	"github.com/usagegraph/usagegraph/tsdb"
)

// The outcomes of an event that voids another one. A resend of a voided event is also answered VOIDED, but that says that it is not stored;
// these say what was refunded.
const (
	voidedNow    tsdb.UsageStatus = "now VOIDED"
	voidedBefore tsdb.UsageStatus = "now ALREADY_VOIDED"
)

// statusName returns a status as answers spell it.
func statusName(s tsdb.UsageStatus) tsdb.UsageStatus {
	if s == voidedNow || s == voidedBefore {
		return s[len("now "):]
	}
	return s
}

// isUsage reports whether an item is usage to store: it has no fault and voids nothing.
func (it *item) isUsage() bool { return it.fault.Status == "" && it.void == nil }

// void voids what items name, account by account, after the usage that came with them is stored.
func (h *Events) void(ctx context.Context, items []item, results []tsdb.UsageResult) error {
	places := map[int64][]int{}
	var accounts []int64
	for i := range items {
		if items[i].fault.Status != "" || items[i].void == nil {
			continue
		}
		account := items[i].event.AccountID
		if places[account] == nil {
			accounts = append(accounts, account)
		}
		places[account] = append(places[account], i)
	}
	for _, account := range accounts {
		for of := places[account]; len(of) > 0; {
			n := min(len(of), tsdb.MaxVoids)
			if err := h.voidSome(ctx, account, items, of[:n], results); err != nil {
				return err
			}
			of = of[n:]
		}
	}
	return nil
}

func (h *Events) voidSome(ctx context.Context, account int64, items []item, places []int, results []tsdb.UsageResult) error {
	ids := make([]tsdb.EventID, len(places))
	for i, at := range places {
		ids[i] = *items[at].void
	}
	done, err := h.cfg.Void(ctx, account, ids)
	var refused *tsdb.Error
	if err != nil && !errors.As(err, &refused) {
		return fmt.Errorf("take %d events back: %w", len(ids), err)
	}
	for i, at := range places {
		if refused != nil {
			results[at] = tsdb.UsageResult{Status: tsdb.UsageRefused, Code: tsdb.UnknownAccount, Message: "there is no such account"}
			continue
		}
		results[at] = voidResult(&done[i])
	}
	return nil
}

func voidResult(r *tsdb.VoidResult) tsdb.UsageResult {
	switch r.Status {
	case tsdb.EventVoided:
		return tsdb.UsageResult{Status: voidedNow, Meter: r.Meter, Charge: r.Refund, PostedAt: r.VoidedAt}
	case tsdb.EventAlreadyVoided:
		return tsdb.UsageResult{Status: voidedBefore, Meter: r.Meter, Charge: r.Refund, PostedAt: r.VoidedAt}
	}
	return tsdb.UsageResult{Status: tsdb.UsageRefused, Code: r.Code, Message: r.Message}
}
