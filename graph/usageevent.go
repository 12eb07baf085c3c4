package graph

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Events resolves Account.events.
func (r accountResolver) Events(
	ctx context.Context, obj *model.Account, from, to *time.Time, filter *model.EventFilter, first *int, after *string, last *int, before *string,
) (*model.UsageEventConnection, error) {
	if filter != nil && len(filter.Tags) > tsdb.MaxEventTags {
		return nil, fault(ctx, tsdb.Invalid, "A filter names at most 10 tags.")
	}
	if _, twice := tagsIn(deref(filter).Tags); twice != nil {
		return nil, fault(ctx, tsdb.Invalid, twice.Error())
	}
	return eventPage(ctx, obj.Key, first, after, last, before, func(reader *charts.Reader, p tsdb.EventPage) (tsdb.Paged[tsdb.EventRow], error) {
		return reader.Events(ctx, obj.Key, eventFilter(deref(from), deref(to), deref(filter)), p)
	})
}

// Events resolves LedgerEntry.events.
func (r ledgerEntryResolver) Events(
	ctx context.Context, obj *model.LedgerEntry, from, to *time.Time, first *int, after *string, last *int, before *string,
) (*model.UsageEventConnection, error) {
	entry := tsdb.LedgerRow{Entry: billing.Entry{No: obj.No, Cause: obj.Cause, Posted: billing.SecondOf(obj.PostedAt)}}
	return eventPage(ctx, obj.AccountKey, first, after, last, before, func(reader *charts.Reader, p tsdb.EventPage) (tsdb.Paged[tsdb.EventRow], error) {
		return reader.EventsOf(ctx, obj.AccountKey, entry, deref(from), deref(to), p)
	})
}

// Event resolves Account.event.
func (r accountResolver) Event(ctx context.Context, obj *model.Account, source, id string, at time.Time) (*model.UsageEvent, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	e, err := reader.Event(ctx, obj.Key, tsdb.EventID{Source: source, ID: id, Time: at})
	if err != nil || e == nil {
		return nil, asFault(ctx, err)
	}
	entries, err := entriesOf(ctx, reader, obj.Key, []tsdb.EventRow{*e}, "")
	if err != nil {
		return nil, asFault(ctx, err)
	}
	out := eventModel(*e, entries)
	return &out, nil
}

// eventPage reads a page of events, with their ledger entries if those are selected.
func eventPage(
	ctx context.Context, account int64, first *int, after *string, last *int, before *string,
	read func(*charts.Reader, tsdb.EventPage) (tsdb.Paged[tsdb.EventRow], error),
) (*model.UsageEventConnection, error) {
	p, err := eventPageOf(ctx, first, after, last, before)
	if err != nil {
		return nil, err
	}
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := read(reader, p)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	entries, err := entriesOf(ctx, reader, account, rows.Rows, "edges.node.")
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return &model.UsageEventConnection{
		TotalCount: rows.Total,
		PageInfo:   pageInfo(rows, encodeEventCursor),
		Edges: edges(rows, func(e tsdb.EventRow) model.UsageEventEdge {
			return model.UsageEventEdge{Cursor: encodeEventCursor(e), Node: eventModel(e, entries)}
		}),
	}, nil
}

// entriesOf returns the ledger entries of events, read together; nil if none are selected below path.
func entriesOf(ctx context.Context, reader *charts.Reader, account int64, events []tsdb.EventRow, path string) (map[int64]tsdb.LedgerRow, error) {
	if !selected(ctx, path+"ledgerEntry") && !selected(ctx, path+"refundEntry") {
		return nil, nil
	}
	return reader.EntriesOf(ctx, account, events)
}

// eventCursor is the cursor of an event: its identity within the account.
type eventCursor struct {
	Time   int64  `json:"t"` // microseconds
	Source string `json:"s"`
	ID     string `json:"i"`
}

func encodeEventCursor(e tsdb.EventRow) string {
	text, err := json.Marshal(eventCursor{e.Time.UnixMicro(), e.Source, e.ID})
	if err != nil {
		panic("graph: a cursor does not encode: " + err.Error()) // cannot happen with texts and a number
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// eventPageOf reads the paging arguments of a list of events. Arguments out of bounds are a BAD_PAGE fault.
func eventPageOf(ctx context.Context, first *int, after *string, last *int, before *string) (tsdb.EventPage, error) {
	size, err := pageOf(ctx, 0, first, nil, last, nil)
	p := tsdb.EventPage{Limit: size.Limit, Backward: size.Backward, Total: selected(ctx, "totalCount")}
	if err != nil {
		return p, err
	}
	if after, before, err = cursors(ctx, after, before); err != nil {
		return p, err
	}
	var ok bool
	if p.After, ok = decodeEventCursor(after); !ok {
		return p, fault(ctx, badPage, "The cursor after is not one of this list.")
	}
	if p.Before, ok = decodeEventCursor(before); !ok {
		return p, fault(ctx, badPage, "The cursor before is not one of this list.")
	}
	return p, nil
}

// decodeEventCursor decodes a cursor; nil for none.
func decodeEventCursor(encoded *string) (*tsdb.EventID, bool) {
	if encoded == nil {
		return nil, true
	}
	text, err := base64.RawURLEncoding.DecodeString(*encoded)
	var cursor eventCursor
	if err != nil || len(text) > maxCursor || json.Unmarshal(text, &cursor) != nil {
		return nil, false
	}
	id := tsdb.EventID{Source: cursor.Source, ID: cursor.ID, Time: time.UnixMicro(cursor.Time).UTC()}
	return &id, id.Sound()
}

// eventFilter reads a filter. A malformed resource id matches nothing.
func eventFilter(from, to time.Time, in model.EventFilter) tsdb.EventFilter {
	f := tsdb.EventFilter{From: from, To: to, Source: in.Source, User: in.User, APIKey: in.APIKey}
	f.Tags, _ = tagsIn(in.Tags) // Events has checked it
	if in.ResourceID != nil {
		f.ResourceID = -1
		if key, ok := resourceKey(*in.ResourceID); ok {
			f.ResourceID = key
		}
	}
	if in.Kinds != nil {
		f.Kinds = []tsdb.UsageKind{}
		for _, kind := range in.Kinds {
			f.Kinds = append(f.Kinds, tsdb.UsageKind(kind))
		}
	}
	if isEmpty(in.Tags) { // matches nothing, as in pivotFilter
		f.Kinds = []tsdb.UsageKind{}
	}
	if in.Status != nil {
		voided := *in.Status == model.EventStatusVoided
		f.Voided = &voided
	}
	return f
}

func eventModel(e tsdb.EventRow, entries map[int64]tsdb.LedgerRow) model.UsageEvent {
	kind := KindModel
	if e.Kind == tsdb.ToolRun {
		kind = KindTool
	}
	out := model.UsageEvent{Source: e.Source, ID: e.ID, Time: e.Time.UTC(), Kind: model.UsageKind(e.Kind), Status: model.EventStatusStored,
		ResourceID: EncodeID(kind, e.ResourceID), ResourceName: e.ResourceName,
		ResourceExternalID: textPtr(e.ResourceExternal), DeploymentExternalID: textPtr(e.DeploymentExternal), Runs: e.Runs, InputTokens: e.InputTokens, OutputTokens: e.OutputTokens,
		CacheReadTokens: e.CacheReadTokens, CacheWriteTokens: e.CacheWriteTokens, ReasoningTokens: e.ReasoningTokens,
		User: textPtr(e.User), APIKey: textPtr(e.APIKey), Tags: tagModels(e.Tags),
		Charge: e.Meter.Decimal(e.Charge), History: e.History, PostedAt: e.PostedAt.UTC(), VoidedAt: timePtr(e.VoidedAt.UTC())}
	if !e.VoidedAt.IsZero() {
		out.Status = model.EventStatusVoided
	}
	if e.DeploymentID != 0 {
		id := EncodeID(KindDeployment, e.DeploymentID)
		out.DeploymentID = &id
	}
	out.LedgerEntry, out.RefundEntry = entryModel(e, entries, e.EntryNo), entryModel(e, entries, e.RefundNo)
	return out
}

// entryModel returns one of an event's ledger entries; nil if it has none or none is selected.
func entryModel(e tsdb.EventRow, entries map[int64]tsdb.LedgerRow, no int64) *model.LedgerEntry {
	row, ok := entries[no]
	if !ok {
		return nil
	}
	out := ledgerModel(e.AccountID, row)
	return &out
}
