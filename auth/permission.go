package auth

import (
	"math/bits"
	"strings"
)

// Permission is a value of the contract's enum Permission; the order is the contract's.
type Permission uint8

// The permissions; schema.graphqls describes them.
const (
	Inherit Permission = iota
	Authenticated
	AccountView
	Widget
	BannerDismiss
	AccessCheck
	ResourceView
	ResourceManage
	ResourceDelete
	MeteringReport
	UsageWrite
	ReservationView
	UsageView
	BalancesView
	BillingView
	BillingManage
	ContactsView
	ContactsManage
	MembersView
	MembersManage
	TokensView
	TokensManage
	AuditRead
	AccountList
	AccountCreate
	GrantCredits
	LimitsManage
	PlanView
	PlanManage
	RatesManage
	UsageExplore
	Explore
	permissions // their number
)

const permissionNames = "INHERIT AUTHENTICATED ACCOUNT_VIEW WIDGET BANNER_DISMISS ACCESS_CHECK RESOURCE_VIEW RESOURCE_MANAGE " +
	"RESOURCE_DELETE METERING_REPORT USAGE_WRITE RESERVATION_VIEW USAGE_VIEW BALANCES_VIEW BILLING_VIEW BILLING_MANAGE CONTACTS_VIEW CONTACTS_MANAGE " +
	"MEMBERS_VIEW MEMBERS_MANAGE TOKENS_VIEW TOKENS_MANAGE AUDIT_READ ACCOUNT_LIST ACCOUNT_CREATE GRANT_CREDITS LIMITS_MANAGE PLAN_VIEW " +
	"PLAN_MANAGE RATES_MANAGE USAGE_EXPLORE EXPLORE"

// Permissions lists all of them in the contract's order.
func Permissions() []Permission {
	all := make([]Permission, permissions)
	for i := range all {
		all[i] = Permission(i)
	}
	return all
}

// String returns the permission in the contract's spelling.
func (p Permission) String() string {
	if p >= permissions {
		return "?"
	}
	return strings.Fields(permissionNames)[p]
}

// ParsePermission reads a permission in the contract's spelling; ok is false for any other text.
func ParsePermission(name string) (p Permission, ok bool) {
	for i, n := range strings.Fields(permissionNames) {
		if n == name {
			return Permission(i), true
		}
	}
	return 0, false
}

// implied returns what holding p directly includes: the last column of the contract's table, read in reverse.
func (p Permission) implied() Set {
	switch p {
	case ResourceManage, ResourceDelete:
		return SetOf(ResourceView)
	case UsageView:
		return SetOf(ResourceView)
	case UsageWrite:
		return SetOf(ReservationView)
	case BillingView:
		return SetOf(UsageView, BalancesView, ReservationView, ContactsView)
	case BillingManage:
		return SetOf(BillingView, ContactsManage)
	case ContactsManage:
		return SetOf(ContactsView)
	case MembersManage:
		return SetOf(MembersView)
	case TokensManage:
		return SetOf(TokensView)
	case PlanManage:
		return SetOf(PlanView)
	}
	return 0
}

// Set is a set of permissions. It never contains INHERIT, which requires nothing of its own.
type Set uint64

// SetOf makes a Set.
func SetOf(list ...Permission) Set {
	var s Set
	for _, p := range list {
		s |= 1 << p
	}
	return s &^ (1 << Inherit)
}

// Has reports whether p is in s; INHERIT always is.
func (s Set) Has(p Permission) bool { return p == Inherit || s&(1<<p) != 0 }

// Covers reports whether s contains all of other.
func (s Set) Covers(other Set) bool { return other&^s == 0 }

// Missing returns what is in other but not in s.
func (s Set) Missing(other Set) Set { return other &^ s }

// List lists the set in the contract's order.
func (s Set) List() []Permission {
	list := make([]Permission, 0, bits.OnesCount64(uint64(s)))
	for p := range permissions {
		if s&(1<<p) != 0 {
			list = append(list, p)
		}
	}
	return list
}

// Names lists the set in the contract's spelling.
func (s Set) Names() []string {
	names := []string{}
	for _, p := range s.List() {
		names = append(names, p.String())
	}
	return names
}

// ParseSet reads names; ok is false if one of them is not a permission.
func ParseSet(names []string) (s Set, ok bool) {
	ok = true
	for _, n := range names {
		p, known := ParsePermission(n)
		s, ok = s|SetOf(p), ok && known
	}
	return s, ok
}

// WithImplied returns s with everything that its permissions imply.
func (s Set) WithImplied() Set {
	for {
		wider := s
		for _, p := range s.List() {
			wider |= p.implied()
		}
		if wider == s {
			return s
		}
		s = wider
	}
}
