package tsdb

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// ask queues questions about what the items refer to: targets, their deployments, reservations, and events that are
// stored already. The accounts are locked, so what is not there now cannot come in between. It is called in each
// attempt and makes a new run, because nothing of an attempt that was rolled back may be used. held is what memory has
// of the accounts, whose versions have not been compared yet; askAgain asks again about those that turn out to be old.
func (in *ingesting) ask(b *pgx.Batch, held map[int64]*remembered) {
	in.run = &ingestRun{rates: in.rates, targets: map[int64]*target{}, rateChanges: in.rates.changes, active: map[int64]time.Time{}, stored: make([]*ingestItem, 0, len(in.items))}
	if len(in.items) == 0 {
		return
	}
	// In the same transaction as the prices, so that a card published meanwhile is noticed here.
	b.Queue(selectRateChanges).QueryRow(func(row pgx.Row) error { return row.Scan(&in.run.rateChanges) })
	in.run.queueTargets(b, in.items, held)
	in.run.queueOwn(b, in.items)
	in.run.queueReservations(b, in.items)
	in.run.queueAttributions(b, in.items)
	if in.look {
		in.run.looked = true
		// All of them, so that known has whatever is stored.
		in.run.queueKnown(b, in.items)
	} else if len(in.suspects) > 0 {
		// known has only those of these that are stored. Their identities are also noted as they are stored, because some
		// come twice in the batch.
		in.run.watched = make(map[uint64]bool, len(in.suspects))
		for _, it := range in.suspects {
			in.run.watched[it.hash] = true
		}
		in.run.queueKnown(b, in.suspects)
	}
}

// ingestRun is what one ingest transaction knows of its items. It is used by one goroutine, and ends with the attempt.
type ingestRun struct {
	now     time.Time
	batch   int64
	targets map[int64]*target
	own     map[ownID]int64 // what own ids name; 0: nothing
	made    map[ownID]bool  // own ids that this transaction made something for
	rates   ratesKnown
	// rateChanges is how often the cards have changed by now; if rates is older, it is read again.
	rateChanges  int64
	looked       bool                      // known has everything that is stored already; otherwise the unique key finds it
	watched      map[uint64]bool           // hashes of the identities that are looked for in any case
	known        map[identity]knownEvent   // events stored already, and earlier items of this batch
	active       map[int64]time.Time       // latest run of each tool
	reservations map[int64]*reservationRow // reservations that items settle
	stored       []*ingestItem
	attributions map[combination]int64 // numbers of what items carry; 0: not known
	attributed   []attributedItem      // stored items that carry something
	gated        bool                  // a gate or a reservation refused an event
}

// identity is what makes an event the same event; time in microseconds.
// PostgreSQL keeps microseconds, so two times within one are the same instant.
type identity struct {
	account int64
	source  string
	id      string
	micros  int64
}

func (e *UsageEvent) identity() identity {
	return identity{e.AccountID, e.Source, e.ID, e.Time.UnixMicro()}
}

// knownEvent is the event that is already stored under an identity. charge is in micro-credits, 0 for runs, as in its
// column.
type knownEvent struct {
	kind                               UsageKind
	resource, deployment, runs, charge int64
	tokens                             billing.Tokens
	history, voided                    bool
	postedAt                           time.Time
	attribution                        Attribution
}

// Constant bounds on time keep the other chunks out of the plan. The statement is planned for each call: a generic
// plan, which PostgreSQL would make for comparison, takes a third of a second over 400 chunks and locks them all.
const selectKnown = `-- name: read events that are there already
SELECT e.account_id, e.source, e.event_id, e.time, e.kind, e.resource_id, e.deployment_id, e.runs, e.input_tokens, e.output_tokens, e.charge,
  e.history, e.posted_at, coalesce(e.cache_read_tokens, 0), coalesce(e.cache_write_tokens, 0), coalesce(e.reasoning_tokens, 0), v.account_id IS NOT NULL,
  coalesce(e.user_id, ''), coalesce(e.api_key, ''), e.tags
FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[]) AS i (account_id, time, source, event_id)
JOIN usage_event e ON e.account_id = i.account_id AND e.time = i.time AND e.source = i.source AND e.event_id = i.event_id
LEFT JOIN usage_void v ON v.account_id = i.account_id AND v.time = i.time AND v.source = i.source AND v.event_id = i.event_id
WHERE e.time >= $5 AND e.time <= $6`

// queueKnown looks up the identities of items, between the earliest and the latest of their times. Voided events are
// found too, because an event stays stored when it is taken back.
func (run *ingestRun) queueKnown(b *pgx.Batch, items []*ingestItem) {
	n := len(items)
	run.known = make(map[identity]knownEvent, n)
	accounts, times, sources, ids := make([]int64, n), make([]time.Time, n), make([]string, n), make([]string, n)
	for i, it := range items {
		e := it.event
		accounts[i], times[i], sources[i], ids[i] = e.AccountID, e.Time, e.Source, e.ID
	}
	first, last := slices.MinFunc(times, time.Time.Compare), slices.MaxFunc(times, time.Time.Compare)
	b.Queue(planEach)
	b.Queue(selectKnown, accounts, times, sources, ids, first, last).Query(run.readKnown)
	b.Queue(keepPlan)
}

func (run *ingestRun) readKnown(rows pgx.Rows) error {
	var k identity
	var at time.Time
	var e knownEvent
	_, err := pgx.ForEachRow(rows, []any{&k.account, &k.source, &k.id, &at, &e.kind, &e.resource, &e.deployment, &e.runs, &e.tokens.Input, &e.tokens.Output, &e.charge,
		&e.history, &e.postedAt, &e.tokens.CacheRead, &e.tokens.CacheWrite, &e.tokens.Reasoning, &e.voided,
		&e.attribution.User, &e.attribution.APIKey, &e.attribution.Tags}, func() error {
		// A new map for each row, because a scan fills an existing map.
		k.micros = at.UnixMicro()
		run.known[k] = e
		e.attribution.Tags = nil
		return nil
	})
	if err != nil {
		return fmt.Errorf("read known events: %w", err)
	}
	return nil
}

// target is a tool or model that events name. It is kept in memory from batch to batch, so it has only what the
// account's version covers; cards have a count of their own and are put in for each charge.
type target struct {
	accountID    int64
	kind, status string
	prices       billing.Prices // without the cards
	deployments  map[int64]bool
	active       time.Time // a tool's latest run that is known to be stored
}

// Own rates come with their models, because they are read under the account's lock, which orders them with the events
// (books.md).
const selectTargets = `-- name: read what events name
SELECT r.resource_id, r.account_id, r.kind, r.status, r.input_rate, r.output_rate, r.cache_read_rate, r.cache_write_rate, r.reasoning_rate, ` + pricing + `,
  (SELECT array_agg(d.deployment_id) FROM deployment d WHERE d.account_id = r.account_id AND d.resource_id = r.resource_id AND d.deployment_id = ANY($2::bigint[]))
FROM resource r WHERE r.resource_id = ANY($1::bigint[])`

// queueTargets asks for the targets that memory does not have. A resource of another account is read too, and refused
// because of its account, so it takes as long as one that does not exist.
func (run *ingestRun) queueTargets(b *pgx.Batch, items []*ingestItem, held map[int64]*remembered) {
	resources, deployments := map[int64]bool{}, map[int64]bool{}
	for _, it := range items {
		e := it.event
		// Memory is asked by the event's own account, so another account's resource is never found in it.
		if t := held[e.AccountID].target(e); t != nil {
			run.targets[e.ResourceID] = t
		} else {
			resources[e.ResourceID] = true
		}
	}
	if len(resources) == 0 {
		return
	}
	for _, it := range items {
		// Also deployments of events whose target memory had, if another event has it read: the row that is read replaces
		// what memory had.
		if e := it.event; e.DeploymentID != 0 && resources[e.ResourceID] {
			deployments[e.DeploymentID] = true
		}
	}
	b.Queue(selectTargets, slices.Collect(maps.Keys(resources)), slices.Collect(maps.Keys(deployments))).Query(run.readTargets)
}

// askAgain asks again for what was taken from memory about accounts that others have changed since, and for own ids.
// Reservations and known events were read after the lock, and are right.
func (in *ingesting) askAgain(b *pgx.Batch, stale []int64) {
	// Only what the stale accounts' events name: everything else was read after the lock, or belongs to a version that
	// is right.
	of := make(map[int64]bool, len(stale))
	for _, id := range stale {
		of[id] = true
	}
	var items []*ingestItem
	for _, it := range in.items {
		if of[it.event.AccountID] {
			delete(in.run.targets, it.event.ResourceID)
			items = append(items, it)
		}
	}
	in.run.queueTargets(b, items, nil)
	in.run.queueOwn(b, items)
}

// remember keeps what was read about the events' targets with the books of their accounts. Deployments add up, because
// each batch reads only those that its events name.
func (run *ingestRun) remember(changes []*change) {
	at := make(map[int64]*change, len(changes))
	for _, c := range changes {
		at[c.ID] = c
	}
	for id, t := range run.targets {
		c := at[t.accountID]
		if c == nil || c.remembered == nil {
			continue
		}
		// A target that was read anew has only the deployments of this batch.
		if before := c.remembered.targets[id]; before != nil && before != t {
			for d := range before.deployments {
				t.addDeployment(d)
			}
		}
		c.remembered.targets[id] = t
	}
}

func (run *ingestRun) readTargets(rows pgx.Rows) error {
	var id int64
	var t target
	var of []int64
	var own billing.OwnTokenRates
	var rates []string
	_, err := pgx.ForEachRow(rows, []any{&id, &t.accountID, &t.kind, &t.status, &own.Input, &own.Output, &own.CacheRead, &own.CacheWrite, &own.Reasoning,
		&run.rateChanges, &rates, &of}, func() (err error) {
		// The scan reuses t, and the map keeps what it gets.
		copied := t
		if copied.prices, err = readPricing(own, rates); err != nil {
			return err
		}
		if len(of) > 0 {
			copied.deployments = map[int64]bool{}
		}
		for _, d := range of {
			copied.deployments[d] = true
		}
		run.targets[id] = &copied
		return nil
	})
	if err != nil {
		return fmt.Errorf("read targets: %w", err)
	}
	return nil
}

// reservationRow is a reservation that events of a transaction settle. reserved and settled are in micro-credits or runs;
// expires is rounded up to a whole second, as gates count (engine.md).
type reservationRow struct {
	account           int64
	meter             billing.Meter
	status            string
	reserved, settled billing.Amount
	expires           billing.Second
	expired           bool // by the second at which its account posts
	changed           bool
}

const selectSettledReservations = `-- name: read reservations that events settle
SELECT reservation_id, account_id, meter, status, held, settled, ceil(date_part('epoch', expires_at))::bigint FROM reservation
WHERE reservation_id = ANY($1::bigint[])`

// queueReservations reads the reservations that items name. It reads by key alone, also those of another account:
// refuseReservation compares the account, and answers those like unknown ones. Their accounts are locked by an earlier
// statement of the same round trip, so what is read cannot have changed since.
func (run *ingestRun) queueReservations(b *pgx.Batch, items []*ingestItem) {
	var ids []int64
	for _, it := range items {
		if id := it.event.ReservationID; id != 0 {
			ids = append(ids, id)
		}
	}
	if len(ids) > 0 {
		b.Queue(selectSettledReservations, ids).Query(run.readReservations)
	}
}

func (run *ingestRun) readReservations(rows pgx.Rows) error {
	run.reservations = map[int64]*reservationRow{}
	var id int64
	var h reservationRow
	_, err := pgx.ForEachRow(rows, []any{&id, &h.account, &h.meter, &h.status, &h.reserved, &h.settled, &h.expires}, func() error {
		// One row for all events that name it, so that what one event settles, the next finds settled.
		found := h
		run.reservations[id] = &found
		return nil
	})
	if err != nil {
		return fmt.Errorf("read reservations: %w", err)
	}
	return nil
}
