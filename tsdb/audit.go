package tsdb

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Actor is who makes a change, for the audit log.
type Actor struct {
	Kind      string // USER, SERVICE or SYSTEM; "": SYSTEM
	Name      string // a person's e-mail, a token's name, a job's name
	Role      string // the role acted in; "": none
	Address   string // IP address; "": jobs and the command line
	RequestID string
}

// AuditAction is what an audited change was, as the contract spells it.
type AuditAction string

// The audited changes.
const (
	AuditAccountCreated  AuditAction = "ACCOUNT_CREATED"
	AuditCreditsGranted  AuditAction = "CREDITS_GRANTED"
	AuditCreditsAdjusted AuditAction = "CREDITS_ADJUSTED"
	AuditLimitsSet       AuditAction = "LIMITS_SET"
	AuditPlanChanged     AuditAction = "PLAN_CHANGED"
	AuditPlanCreated     AuditAction = "PLAN_CREATED"
	AuditPlanUpdated     AuditAction = "PLAN_UPDATED"
	AuditMemberSet       AuditAction = "MEMBER_SET"
	AuditMemberRemoved   AuditAction = "MEMBER_REMOVED"
	AuditRoleSet         AuditAction = "ROLE_SET"
	AuditRoleRemoved     AuditAction = "ROLE_REMOVED"
	AuditContactsSet     AuditAction = "CONTACTS_SET"
	AuditTokenCreated    AuditAction = "TOKEN_CREATED"
	AuditTokenRevoked    AuditAction = "TOKEN_REVOKED"
	AuditUsageExported   AuditAction = "USAGE_EXPORTED"
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

// audit writes an entry in the transaction of the change that it tells of, so that there is never one without the other.
func (s *Store) audit(ctx context.Context, tx pgx.Tx, row AuditRow) error {
	before, err := auditState(row.Before)
	if err != nil {
		return err
	}
	after, err := auditState(row.After)
	if err != nil {
		return err
	}
	kind := row.Actor.Kind
	if kind == "" {
		kind = "SYSTEM"
	}
	_, err = tx.Exec(ctx, `-- name: write audit entry
INSERT INTO audit_log (account_id, at, kind, actor, role, action, target_id, target, address, request_id, before, after)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, orNull(row.AccountID), s.Now(), kind, row.Actor.Name, row.Actor.Role,
		string(row.Action), row.TargetID, row.Target, row.Actor.Address, row.Actor.RequestID, before, after)
	if err != nil {
		return fmt.Errorf("write audit entry: %w", err)
	}
	return nil
}

// auditState is a state as JSON; nil for none.
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
