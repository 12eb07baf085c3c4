package tsdb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// Bounds of one call: identities, and events that match a filter.
const (
	MaxVoids         = 1000
	MaxFilteredVoids = 20_000
)

// VoidStatus says what became of an event that was to be voided.
type VoidStatus string

// The answers. VoidRefused has a code.
const (
	EventVoided        VoidStatus = "VOIDED"
	EventAlreadyVoided VoidStatus = "ALREADY_VOIDED"
	VoidRefused        VoidStatus = "REFUSED"
)

// UnknownEvent is the code of an identity under which no event is stored.
const UnknownEvent UsageCode = "UNKNOWN_EVENT"

// EventID is the identity of an event within an account (rules.md §10). Its time counts to the microsecond, in whatever
// zone it is given.
type EventID struct {
	Source string
	ID     string
	Time   time.Time
}

// VoidResult answers one identity. For an event that was voided before, it says what that had cost and when it was
// voided, so that a sender whose answer was lost learns all of it.
type VoidResult struct {
	Status   VoidStatus
	Code     UsageCode // of VoidRefused
	Message  string    // of VoidRefused
	Meter    billing.Meter
	Refund   billing.Amount // what it had cost, in the meter's smallest unit; 0 for history
	VoidedAt time.Time      // zero: not voided
}

// VoidFilter says which events to void; an event must match every part that is given. It is what a mistake has in
// common: an hour, a tool, a sender.
type VoidFilter struct {
	From, To   time.Time // [From, To): required
	ResourceID int64     // 0: any
	Source     *string   // nil: any
}

// Voided is what matches a filter, or was voided by it.
type Voided struct {
	Events  int64
	Credits billing.Amount
	Runs    int64
}

// voidable is a stored event. charged is the ledger entry that charged it, 0 for history and for what cost nothing.
type voidable struct {
	EventID
	kind                                UsageKind
	resource, deployment, runs, charged int64
	tokens                              billing.Tokens
	attribution                         int64
	classes                             [3]*int64 // cache read, cache write, reasoning, as stored
	charge                              billing.Amount
	history                             bool
	postedAt                            time.Time
	voidedAt                            *time.Time
	refund                              int64 // the entry that gives it back
}

// event returns an event with its kind alone, on which meter and category depend.
func (v *voidable) event() *UsageEvent { return &UsageEvent{Kind: v.kind} }

// amount returns what the event drew of its meter. History drew nothing, so nothing of it comes back (rules.md §2); a
// run's charge is its runs.
func (v *voidable) amount() billing.Amount {
	switch {
	case v.history:
		return 0
	case v.kind == ToolRun:
		return billing.Amount(v.runs)
	}
	return v.charge
}

// result returns the answer for an event that was found: it is voided now, or was before.
func (v *voidable) result() VoidResult {
	r := VoidResult{Status: EventVoided, Meter: v.event().meter(), Refund: v.amount()}
	if v.voidedAt != nil {
		r.Status, r.VoidedAt = EventAlreadyVoided, *v.voidedAt
	}
	return r
}

// VoidEvents voids events of an account, in one transaction, and answers each in order. What they cost is refunded
// (rules.md §2), the charts lose them in their own minutes, and their identities stay taken. A repeat is answered
// EventAlreadyVoided, and changes nothing. It returns NotFound for an unknown account, and Invalid for no events or
// more than MaxVoids.
func (s *Store) VoidEvents(ctx context.Context, account int64, ids []EventID, by Actor) ([]VoidResult, error) {
	if len(ids) == 0 || len(ids) > MaxVoids {
		return nil, refuse(Invalid, "events", "name 1 to %d events", MaxVoids)
	}
	var results []VoidResult
	// A refund pays debt off first, so the debt by age has to be loaded.
	err := s.changeAccount(ctx, account, changeOptions{debt: true}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		results = make([]VoidResult, len(ids))
		found, err := s.readVoidable(ctx, tx, c, ids, results)
		if err != nil {
			return err
		}
		// If an identity stands twice in one call, the first voids the event, and the second finds it voided.
		var fresh []*voidable
		for i := range ids {
			v := found[identityOf(c.ID, ids[i])]
			if results[i].Status != "" {
				continue
			}
			if v == nil {
				results[i] = VoidResult{Status: VoidRefused, Code: UnknownEvent, Message: "the account has no event of this source, id and time"}
				continue
			}
			if results[i] = v.result(); v.voidedAt != nil {
				continue
			}
			now := c.Now.Time()
			v.voidedAt, results[i].VoidedAt = &now, now
			fresh = append(fresh, v)
		}
		_, err = s.void(ctx, tx, c, fresh, by, nil)
		return err
	})
	return results, err
}

// identityOf returns the key by which events are compared in memory.
func identityOf(account int64, e EventID) identity {
	return identity{account, e.Source, e.ID, e.Time.UnixMicro()}
}

const voidableColumns = `e.time, e.source, e.event_id, e.kind, e.resource_id, e.deployment_id, e.runs, e.entry_no, e.input_tokens, e.output_tokens,
  e.cache_read_tokens, e.cache_write_tokens, e.reasoning_tokens, e.charge, e.history, e.posted_at, v.posted_at,
  coalesce(e.attribution_no, 0)`

// Constant bounds on time keep the other chunks out of the plan.
const selectVoidable = `-- name: read events to take back
SELECT ` + voidableColumns + `
FROM unnest($2::timestamptz[], $3::text[], $4::text[]) AS i (time, source, event_id)
JOIN usage_event e ON e.account_id = $1 AND e.time = i.time AND e.source = i.source AND e.event_id = i.event_id
LEFT JOIN usage_void v ON v.account_id = $1 AND v.time = e.time AND v.source = e.source AND v.event_id = e.event_id
WHERE e.account_id = $1 AND e.time >= $5 AND e.time <= $6`

// readVoidable reads the events of identities, and answers identities that no event can have. It reads by identity,
// between the earliest and the latest of the times, and with each event its void, if there is one. The account is
// locked, so nobody voids them meanwhile.
func (s *Store) readVoidable(ctx context.Context, tx pgx.Tx, c *change, ids []EventID, results []VoidResult) (map[identity]*voidable, error) {
	var times []time.Time
	var sources, names []string
	for i := range ids {
		ids[i].Time = ids[i].Time.UTC().Truncate(time.Microsecond)
		if code, message := s.checkIdentity(&ids[i], c.asOf); code != "" {
			results[i] = VoidResult{Status: VoidRefused, Code: code, Message: message}
			continue
		}
		times, sources, names = append(times, ids[i].Time), append(sources, ids[i].Source), append(names, ids[i].ID)
	}
	if len(times) == 0 {
		return nil, nil
	}
	// A plan for any bounds would lock the chunks of 400 days.
	if _, err := tx.Exec(ctx, planEach); err != nil {
		return nil, fmt.Errorf("set plans: %w", err)
	}
	rows, err := tx.Query(ctx, selectVoidable, c.ID, times, sources, names, slices.MinFunc(times, time.Time.Compare), slices.MaxFunc(times, time.Time.Compare))
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanVoidable)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	found := make(map[identity]*voidable, len(list))
	for _, v := range list {
		found[identityOf(c.ID, v.EventID)] = v
	}
	return found, nil
}

// checkIdentity says why no event of an identity can be voided; "" if one may be.
func (s *Store) checkIdentity(e *EventID, now time.Time) (UsageCode, string) {
	switch {
	case e.Source == "":
		return SourceRequired, "an event needs its source: it is part of its identity"
	case e.ID == "":
		return IDRequired, "an event needs its id: it is part of its identity"
	case !text.Plain(e.Source, MaxSourceLen) || !text.Plain(e.ID, MaxIDLen):
		return BadIdentity, "source and id are at most 200 characters each, without control characters"
	case e.Time.IsZero():
		return TimeRequired, "an event needs its time: it is part of its identity"
	// Its chunk may be gone, or go while this is under way: then what it cost is in frozen sums, from which nothing is
	// taken.
	case e.Time.Before(now.Add(-s.settings.EventRetention)):
		return TimeTooOld, "the time lies before what is kept: nothing can be taken back any more"
	}
	return "", ""
}

// scanVoidable reads voidableColumns. Classes of tokens that were not reported are kept as NULL beside the zeros that
// sums are made of, because a void repeats its event exactly.
func scanVoidable(row pgx.CollectableRow) (*voidable, error) {
	v := &voidable{}
	err := row.Scan(&v.Time, &v.Source, &v.ID, &v.kind, &v.resource, &v.deployment, &v.runs, &v.charged, &v.tokens.Input, &v.tokens.Output,
		&v.classes[0], &v.classes[1], &v.classes[2], &v.charge, &v.history, &v.postedAt, &v.voidedAt, &v.attribution)
	for i, into := range []*int64{&v.tokens.CacheRead, &v.tokens.CacheWrite, &v.tokens.Reasoning} {
		if v.classes[i] != nil {
			*into = *v.classes[i]
		}
	}
	return v, err
}

// void voids events that are not voided yet: refund, charts, rows and the audit entry. asked is what they were found
// by, for that entry; nil: by their identities. There is one audit entry, however many events there are: what was asked
// and what it came to.
func (s *Store) void(ctx context.Context, tx pgx.Tx, c *change, events []*voidable, by Actor, asked map[string]any) (sum Voided, err error) {
	if len(events) == 0 {
		return sum, nil
	}
	if err := c.refundEvents(ctx, tx, events); err != nil {
		return sum, err
	}
	for _, v := range events {
		e := v.event()
		// In the event's own minute, under the same resource and attribution, so that the chart of that minute is as if
		// the event had never been.
		c.addUse(useKey{billing.SecondOf(v.Time).Minute(), v.resource, v.deployment, string(v.kind), v.attribution},
			use{category: e.category(), credits: -v.charge, runs: -v.runs, events: -1, tokens: billing.Tokens{}.Minus(v.tokens)})
		sum.Events++
		sum.Credits, sum.Runs = sum.Credits+v.charge, sum.Runs+v.runs
	}
	if err := c.writeVoids(ctx, tx, events); err != nil {
		return sum, err
	}
	after := map[string]any{"events": sum.Events, "credits": billing.ModelCredits.Format(sum.Credits), "runs": sum.Runs}
	for name, value := range asked {
		after[name] = value
	}
	return sum, s.Access.Audit(ctx, tx, access.AuditRow{AccountID: c.ID, Actor: by, Action: access.AuditUsageVoided, Target: "usage", After: after})
}

const insertVoids = `-- name: take events back
INSERT INTO usage_void (account_id, time, source, event_id, kind, resource_id, deployment_id, runs, input_tokens, output_tokens, charge, history, charged_no, entry_no,
  cache_read_tokens, cache_write_tokens, reasoning_tokens, attribution_no, posted_at)
SELECT $1, u.*, $19::timestamptz FROM unnest($2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[],
  $12::boolean[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[],
  $18::bigint[]) u`

// writeVoids stores the voids. The events themselves stay where they are: their identities are taken for good, so that
// a resend is answered VOIDED.
func (c *change) writeVoids(ctx context.Context, tx pgx.Tx, events []*voidable) error {
	columns := pg.NewColumns(17)
	for _, v := range events {
		columns.Add(v.Time, v.Source, v.ID, string(v.kind), v.resource, v.deployment, v.runs, v.tokens.Input, v.tokens.Output, int64(v.charge), v.history,
			v.charged, v.refund, v.classes[0], v.classes[1], v.classes[2], pg.OrNull(v.attribution))
	}
	args := append([]any{c.ID}, columns.Args()...)
	if _, err := tx.Exec(ctx, insertVoids, append(args, c.Now.Time())...); err != nil {
		return fmt.Errorf("take events back: %w", err)
	}
	return nil
}
