package graph

import (
	"cmp"
	"context"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
)

// actor is who makes a change in an account, for the audit log; account 0 is none in particular.
func actor(ctx context.Context, account int64) tsdb.Actor {
	p, origin := principalOf(ctx), auth.OriginFrom(ctx)
	seat, _ := p.Seat(account)
	name := cmp.Or(seat.Email, p.Email, p.Name, p.UserID) // the account's own word for a person before the issuer's
	return tsdb.Actor{Kind: string(p.Kind), Name: name, Role: string(p.RoleIn(account)), Address: origin.Address, RequestID: origin.RequestID}
}

// Actor is who makes a change in an account by an endpoint other than GraphQL.
func Actor(ctx context.Context, account int64) tsdb.Actor { return actor(ctx, account) }

// mayAppoint reports whether the caller may give a role of an account to a person, change it or take it. PLATFORM manages the
// members and roles of its accounts whole, though it may not do all that their master admins may (rules.md §11); everybody else
// gives what he holds himself.
func mayAppoint(ctx context.Context, account int64) func(role string, chosen []string) bool {
	if principalOf(ctx).RoleIn(account) == auth.Platform {
		return func(string, []string) bool { return true }
	}
	return mayGive(ctx, account)
}

// mayGive reports whether the caller holds all that a role permits, and so may give it to others.
func mayGive(ctx context.Context, account int64) func(role string, chosen []string) bool {
	held, _ := principalOf(ctx).In(account)
	return func(role string, chosen []string) bool {
		return held.Covers(auth.PermissionsOf(auth.Role(role), chosen))
	}
}

// permits returns what reports whether a role permits all of a set.
func permits(set auth.Set) func(role string, chosen []string) bool {
	return func(role string, chosen []string) bool {
		return auth.PermissionsOf(auth.Role(role), chosen).Covers(set)
	}
}
