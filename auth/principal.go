package auth

import (
	"context"
	"slices"
	"time"
)

// Kind is the kind of a principal, as spelled in the contract's PrincipalKind.
type Kind string

// The kinds.
const (
	User    Kind = "USER"
	Service Kind = "SERVICE"
	System  Kind = "SYSTEM"
)

// Seat is a principal's place in one account.
type Seat struct {
	Account     int64  // key of the account
	Email       string // the person's address in this account's records; "" for a program
	Role        Role   // built in, or made by the account
	Permissions Set    // everything that it may do there
}

// Principal is a caller. It is a value, and is not modified once in use.
type Principal struct {
	Kind   Kind
	Name   string // for show: a person's e-mail address, a token's name
	Email  string // of a person; "" for a program
	UserID string // the platform's id of the person; "" for a program, which has no banners of its own

	// Role spans accounts: PLATFORM, SUPPORT or ANALYST. "": the principal reaches only its Seats.
	Role Role
	// Common is what it may do in every account that it reaches, and where no account is concerned.
	Common Set
	// Seats are the accounts it is bound to, by key.
	Seats []Seat

	TokenID     int64     // key of the API token; 0 with OIDC
	TokenPrefix string    // by which the token is recognised; "" with OIDC
	AnyDocument bool      // whether it may send unregistered documents
	Development bool      // whether it is a token of `usagegraph dev`
	ExpiresAt   time.Time // when the credential ends; zero: never
}

// Everywhere reports whether every account is in reach.
func (p Principal) Everywhere() bool { return p.Role != "" }

// Seat returns the principal's place in an account; ok is false if it has none.
func (p Principal) Seat(account int64) (seat Seat, ok bool) {
	i := slices.IndexFunc(p.Seats, func(s Seat) bool { return s.Account == account })
	if i < 0 {
		return Seat{}, false
	}
	return p.Seats[i], true
}

// In returns everything that the principal may do in an account; reach is false if the account must appear not to exist.
func (p Principal) In(account int64) (permissions Set, reach bool) {
	if seat, ok := p.Seat(account); ok {
		return p.Common | seat.Permissions, true
	}
	if p.Everywhere() && account > 0 {
		return p.Common, true
	}
	return 0, false
}

// Reaches reports whether an account is in reach.
func (p Principal) Reaches(account int64) bool {
	_, reach := p.In(account)
	return reach
}

// May reports whether the principal holds a permission in an account. It is false for an account out of reach.
func (p Principal) May(account int64, permission Permission) bool {
	set, reach := p.In(account)
	return reach && set.Has(permission)
}

// Somewhere returns what the principal may do in at least one of the accounts that it reaches.
func (p Principal) Somewhere() Set {
	set := p.Common
	for _, s := range p.Seats {
		set |= s.Permissions
	}
	return set
}

// Only returns the account that the principal is bound to; ok is false unless it is bound to exactly one.
func (p Principal) Only() (account int64, ok bool) {
	if p.Everywhere() || len(p.Seats) != 1 {
		return 0, false
	}
	return p.Seats[0].Account, true
}

// RoleIn returns the role in which the principal acts in an account; account 0 is no account in particular.
func (p Principal) RoleIn(account int64) Role {
	if seat, ok := p.Seat(account); ok {
		return seat.Role
	}
	return p.Role
}

// SameRights reports whether q has exactly the permissions of p, and for as long.
func (p Principal) SameRights(q Principal) bool {
	same := func(a, b Seat) bool {
		return a.Account == b.Account && a.Role == b.Role && a.Permissions == b.Permissions
	}
	return p.Role == q.Role && p.Common == q.Common && p.AnyDocument == q.AnyDocument && p.UserID == q.UserID && p.ExpiresAt.Equal(q.ExpiresAt) &&
		slices.EqualFunc(p.Seats, q.Seats, same)
}

// Origin says where a request came from, for the audit log.
type Origin struct {
	Address   string // IP address of the caller; "" for the command line and jobs
	RequestID string
}

type (
	principalKey struct{}
	originKey    struct{}
)

// WithPrincipal returns a context whose principal is p.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, &p)
}

// FromContext returns the principal of ctx; ok is false if nobody has signed in.
func FromContext(ctx context.Context) (p Principal, ok bool) {
	if held, _ := ctx.Value(principalKey{}).(*Principal); held != nil {
		return *held, true
	}
	return Principal{}, false
}

// WithOrigin returns a context whose origin is o.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginFrom returns the origin in ctx; empty if unknown.
func OriginFrom(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}

// Bound returns the keys of the accounts that the principal reaches; nil if it reaches all.
func (p Principal) Bound() []int64 {
	if p.Everywhere() {
		return nil
	}
	bound := []int64{}
	for _, s := range p.Seats {
		bound = append(bound, s.Account)
	}
	return bound
}
