package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Actor says who makes a change, for the audit log.
type Actor struct {
	Kind      string // USER, SERVICE or SYSTEM; "": SYSTEM
	Name      string // a person's e-mail, a token's name, a job's name
	Role      string // the role acted in; "": none
	Address   string // IP address; "": jobs and the command line
	RequestID string
}

// AuditAction is the kind of an audited change, as the contract spells it.
type AuditAction string

// The audited changes. Most of them are made in other rooms, whose transactions call Audit. The names are stored and
// part of the contract: an existing name is never changed, or filters would miss earlier entries.
const (
	AuditAccountCreated      AuditAction = "ACCOUNT_CREATED"
	AuditCreditsGranted      AuditAction = "CREDITS_GRANTED"
	AuditCreditsAdjusted     AuditAction = "CREDITS_ADJUSTED"
	AuditLimitsSet           AuditAction = "LIMITS_SET"
	AuditPlanChanged         AuditAction = "PLAN_CHANGED"
	AuditPlanCreated         AuditAction = "PLAN_CREATED"
	AuditPlanUpdated         AuditAction = "PLAN_UPDATED"
	AuditMemberSet           AuditAction = "MEMBER_SET"
	AuditMemberRemoved       AuditAction = "MEMBER_REMOVED"
	AuditRoleSet             AuditAction = "ROLE_SET"
	AuditRoleRemoved         AuditAction = "ROLE_REMOVED"
	AuditContactsSet         AuditAction = "CONTACTS_SET"
	AuditTokenCreated        AuditAction = "TOKEN_CREATED"
	AuditTokenRevoked        AuditAction = "TOKEN_REVOKED"
	AuditTokenRotated        AuditAction = "TOKEN_ROTATED"
	AuditUsageExported       AuditAction = "USAGE_EXPORTED"
	AuditProvisioningSet     AuditAction = "PROVISIONING_SET"
	AuditResourceProvisioned AuditAction = "RESOURCE_PROVISIONED"
	AuditUsageVoided         AuditAction = "USAGE_VOIDED"
	AuditAccountUpdated      AuditAction = "ACCOUNT_UPDATED"
	AuditResourceUpdated     AuditAction = "RESOURCE_UPDATED"
	AuditRatesPublished      AuditAction = "RATE_CARD_PUBLISHED"
	AuditRatesWithdrawn      AuditAction = "RATE_CARD_WITHDRAWN"
	AuditRatesSet            AuditAction = "RATES_SET"
)

// AuditRow is one entry to write. Before and After are encoded as JSON; nil is none. They never hold a secret.
type AuditRow struct {
	AccountID int64 // 0: no account is concerned
	Actor     Actor
	Action    AuditAction
	TargetID  string // opaque id of what was changed; "": the account itself
	Target    string // its name
	Before    any
	After     any
}

// Audit writes an entry in the transaction of the change that it records, so that neither exists without the other.
func (s *Store) Audit(ctx context.Context, tx pgx.Tx, row AuditRow) error {
	// Encoded before anything is written: a state that cannot be logged must fail the change.
	before, err := auditState(row.Before)
	if err != nil {
		return err
	}
	after, err := auditState(row.After)
	if err != nil {
		return err
	}
	// Jobs and the command line need not say who they are.
	kind := row.Actor.Kind
	if kind == "" {
		kind = "SYSTEM"
	}
	_, err = tx.Exec(ctx, `-- name: write audit entry
INSERT INTO audit_log (account_id, at, kind, actor, role, action, target_id, target, address, request_id, before, after)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, pg.OrNull(row.AccountID), s.now(), kind, row.Actor.Name, row.Actor.Role,
		string(row.Action), row.TargetID, row.Target, row.Actor.Address, row.Actor.RequestID, before, after)
	if err != nil {
		return fmt.Errorf("write audit entry: %w", err)
	}
	return nil
}

// NoteExport records in the audit log of each account that its usage was exported; what says which usage. Without
// accounts it writes one entry that concerns none.
func (s *Store) NoteExport(ctx context.Context, accounts []int64, by Actor, what map[string]any) error {
	// An export across all accounts concerns none in particular. 0 becomes NULL below.
	if len(accounts) == 0 {
		accounts = []int64{0}
	}
	return s.transact(ctx, func(tx pgx.Tx) error {
		after, err := auditState(what)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `-- name: note export
INSERT INTO audit_log (account_id, at, kind, actor, role, action, target_id, target, address, request_id, after)
SELECT nullif(account, 0), $2, $3, $4, $5, $6, '', 'usage', $7, $8, $9 FROM unnest($1::bigint[]) AS account ORDER BY account`,
			accounts, s.now(), by.Kind, by.Name, by.Role, string(AuditUsageExported), by.Address, by.RequestID, after)
		if err != nil {
			return fmt.Errorf("note export: %w", err)
		}
		return nil
	})
}

// auditState encodes a state as JSON; nil, which is stored as NULL, means that there is none. So a change that had
// nothing before it, such as a new member, differs from one whose state was empty.
func auditState(v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	document, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode audited state: %w", err)
	}
	return document, nil
}

// AuditEntry is an entry as stored.
type AuditEntry struct {
	ID        int64
	AccountID int64 // 0: no account is concerned
	At        time.Time
	Actor     Actor
	Action    AuditAction
	TargetID  string
	Target    string
	Before    json.RawMessage // nil: none
	After     json.RawMessage
}

// AuditFilter says which entries to list; an entry must match every part that is given.
type AuditFilter struct {
	Actions  []string  // nil: all
	Actor    string    // the actor's name contains this, ignoring case
	From, To time.Time // [from, to); zero: unbounded
}

// auditColumns are the columns that scanAudit reads, in its order. NULL is account 0, since keys begin at 1.
const auditColumns = `audit_id, coalesce(account_id, 0), at, kind, actor, role, address, request_id, action, target_id, target, before, after`

// scanAudit reads a row of auditColumns. Before and After stay as PostgreSQL prints them; they are never decoded here.
func scanAudit(row pgx.CollectableRow) (e AuditEntry, err error) {
	err = row.Scan(&e.ID, &e.AccountID, &e.At, &e.Actor.Kind, &e.Actor.Name, &e.Actor.Role, &e.Actor.Address, &e.Actor.RequestID,
		&e.Action, &e.TargetID, &e.Target, &e.Before, &e.After)
	return e, err
}

// auditFilter is the condition of an AuditFilter, whose arguments are $2 to $5. It is one text whatever is asked, so
// that it is one prepared statement. It uses position and not LIKE, because an actor's name may hold the characters of
// a pattern. The index is that on account and id; the filter is applied to the rows that it yields, newest first, until
// the page is full.
const auditFilter = ` AND ($2::text[] IS NULL OR action = ANY($2::text[])) AND ($3 = '' OR position(lower($3::text` + pg.Letters + `) IN lower(actor` + pg.Letters + `)) > 0)
AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5)`

// logOf returns the condition for an account; 0 stands for the entries that concern none. These are two texts rather
// than one with OR, which would keep the index on account and id from being used. $1 stands in both, so that the
// arguments have the same numbers.
func logOf(account int64) string {
	if account == 0 {
		return "account_id IS NULL AND $1::bigint = 0"
	}
	return "account_id = $1"
}

// AuditLog reads a page of an account's audit log, newest first; account 0 stands for the entries that concern none.
// total asks for the number of entries that match the filter.
func (s *Store) AuditLog(ctx context.Context, account int64, f AuditFilter, p pg.Page, total bool) (pg.Paged[AuditEntry], error) {
	args := []any{account, f.Actions, f.Actor, pg.OrNull(f.From), pg.OrNull(f.To)}
	clause, all := p.Clause([]string{"audit_id"}, args)
	rows, err := s.pool.Query(ctx, "-- name: list audit log\nSELECT "+auditColumns+" FROM audit_log WHERE "+logOf(account)+auditFilter+clause, all...)
	if err != nil {
		return pg.Paged[AuditEntry]{}, fmt.Errorf("list audit log: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanAudit)
	if err != nil {
		return pg.Paged[AuditEntry]{}, fmt.Errorf("list audit log: %w", err)
	}
	// The total is counted by a statement of its own, after the page, so it includes entries that came in between and
	// are not shown.
	out := pg.CutPage(p, list)
	if total {
		err = s.pool.QueryRow(ctx, "-- name: count audit log\nSELECT count(*) FROM audit_log WHERE "+logOf(account)+auditFilter, args...).Scan(&out.Total)
	}
	if err != nil {
		return pg.Paged[AuditEntry]{}, fmt.Errorf("count audit log: %w", err)
	}
	return out, nil
}

// AuditEntryWithin reads one entry of the given accounts; nil means any entry, also one that concerns no account. It
// returns NotFound if there is none; an entry of another account is answered in the same way and takes no longer.
func (s *Store) AuditEntryWithin(ctx context.Context, accounts []int64, id int64) (AuditEntry, error) {
	rows, err := s.pool.Query(ctx, "-- name: find audit entry\nSELECT "+auditColumns+` FROM audit_log
WHERE audit_id = $1 AND ($2::bigint[] IS NULL OR account_id = ANY($2::bigint[]))`, id, accounts)
	var e AuditEntry
	if err == nil {
		e, err = pgx.CollectExactlyOneRow(rows, scanAudit)
	}
	// The refusal is the same whether there is no such entry or it is another account's.
	if errors.Is(err, pgx.ErrNoRows) {
		return AuditEntry{}, pg.Refuse(pg.NotFound, "id", "there is no such entry")
	}
	if err != nil {
		return AuditEntry{}, fmt.Errorf("find audit entry: %w", err)
	}
	return e, nil
}
