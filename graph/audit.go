package graph

import (
	"context"
	"errors"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// AuditLog resolves Account.auditLog.
func (r accountResolver) AuditLog(
	ctx context.Context, obj *model.Account, filter *model.AuditFilter, first *int, after *string, last *int,
	before *string,
) (*model.AuditEntryConnection, error) {
	return r.auditLog(ctx, obj.Key, filter, first, after, last, before)
}

// AuditLog resolves Query.auditLog.
func (r queryResolver) AuditLog(
	ctx context.Context, filter *model.AuditFilter, first *int, after *string, last *int, before *string,
) (*model.AuditEntryConnection, error) {
	return r.auditLog(ctx, 0, filter, first, after, last, before)
}

// auditLog reads the audit log of an account; account 0 stands for entries about no account.
func (r *Resolver) auditLog(
	ctx context.Context, account int64, filter *model.AuditFilter, first *int, after *string, last *int, before *string,
) (*model.AuditEntryConnection, error) {
	page, err := pageOf(ctx, 1, first, after, last, before)
	if err != nil {
		return nil, err
	}
	chosen, err := r.auditFilter(ctx, filter)
	if err != nil {
		return nil, err
	}
	entries, err := r.Store.Access.AuditLog(ctx, account, chosen, page, selected(ctx, "totalCount"))
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return &model.AuditEntryConnection{
		TotalCount: entries.Total,
		PageInfo:   pageInfo(entries, auditCursor),
		Edges: edges(entries, func(e access.AuditEntry) model.AuditEntryEdge {
			return model.AuditEntryEdge{Cursor: auditCursor(e), Node: auditModel(e)}
		}),
	}, nil
}

func auditCursor(e access.AuditEntry) string { return encodeCursor(e.ID) }

func auditModel(e access.AuditEntry) model.AuditEntry {
	return model.AuditEntry{ID: EncodeID(KindAuditEntry, e.ID), At: e.At, Action: model.AuditAction(e.Action),
		Actor:    model.Actor{Kind: model.PrincipalKind(e.Actor.Kind), Name: e.Actor.Name, Role: textPtr(e.Actor.Role)},
		TargetID: textPtr(e.TargetID), Target: textPtr(e.Target), Address: textPtr(e.Actor.Address), RequestID: textPtr(e.Actor.RequestID),
		Before: e.Before, After: e.After}
}

func (r *Resolver) auditFilter(ctx context.Context, f *model.AuditFilter) (out access.AuditFilter, err error) {
	if f == nil {
		return out, nil
	}
	out.Actions = texts(f.Actions)
	out.Actor = deref(f.Actor)
	if len([]rune(out.Actor)) > maxSearch {
		return out, fault(ctx, tsdb.Invalid, "A search has at most 100 characters.")
	}
	if f.Range == nil {
		return out, nil
	}
	asked, err := rangeOf(ctx, f.Range, r.Store.Now())
	out.From, out.To = asked.span.Range.From, asked.span.Range.To
	return out, err
}

// isNotFound reports whether an error only says that the object does not exist.
func isNotFound(err error) bool {
	var refused *tsdb.Error
	return errors.As(err, &refused) && refused.Code == tsdb.NotFound
}
