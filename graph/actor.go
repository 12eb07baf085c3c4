package graph

import (
	"cmp"
	"context"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
)

// actor returns who makes a change in an account, for the audit log; account 0 is no account in particular.
func actor(ctx context.Context, account int64) tsdb.Actor {
	p, origin := principalOf(ctx), auth.OriginFrom(ctx)
	seat, _ := p.Seat(account)
	name := cmp.Or(seat.Email, p.Email, p.Name, p.UserID) // the account's own name for a person goes before the issuer's
	return tsdb.Actor{Kind: string(p.Kind), Name: name, Role: string(p.RoleIn(account)), Address: origin.Address, RequestID: origin.RequestID}
}

// Actor returns who makes a change in an account through an endpoint other than GraphQL.
func Actor(ctx context.Context, account int64) tsdb.Actor { return actor(ctx, account) }

// mayAppoint returns a function that reports whether the caller may give a person a role of the account, change it or take it away.
// PLATFORM manages all members and roles of its accounts, though it may not do everything that their master admins may (rules.md §11).
// Everybody else may only give permissions that they hold themselves.
func mayAppoint(ctx context.Context, account int64) func(role string, chosen []string) bool {
	if principalOf(ctx).RoleIn(account) == auth.Platform {
		return func(string, []string) bool { return true }
	}
	return mayGive(ctx, account)
}

// mayGive returns a function that reports whether the caller holds everything that a role permits, and so may give it to others.
func mayGive(ctx context.Context, account int64) func(role string, chosen []string) bool {
	held, _ := principalOf(ctx).In(account)
	return func(role string, chosen []string) bool {
		return held.Covers(auth.PermissionsOf(auth.Role(role), chosen))
	}
}

// permits returns a function that reports whether a role holds all permissions of a set.
func permits(set auth.Set) func(role string, chosen []string) bool {
	return func(role string, chosen []string) bool {
		return auth.PermissionsOf(auth.Role(role), chosen).Covers(set)
	}
}
