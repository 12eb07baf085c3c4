package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
)

// actor is who makes a change in an account, for the audit log; account 0 is none in particular.
func actor(ctx context.Context, account int64) tsdb.Actor {
	p, origin := principalOf(ctx), auth.OriginFrom(ctx)
	name := p.Name
	if p.Email != "" {
		name = p.Email
	}
	if name == "" {
		name = p.UserID
	}
	return tsdb.Actor{Kind: string(p.Kind), Name: name, Role: string(p.RoleIn(account)), Address: origin.Address, RequestID: origin.RequestID}
}

// mayGive tells whether the caller holds all that a role permits, and so may give it to others.
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
