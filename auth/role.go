package auth

// Role is the name of a role, either a built-in one or one made by an account.
type Role string

// The built-in roles (rules.md §11).
const (
	Member      Role = "MEMBER"
	Admin       Role = "ADMIN"
	MasterAdmin Role = "MASTER_ADMIN"
	Platform    Role = "PLATFORM"
	Support     Role = "SUPPORT"
	Analyst     Role = "ANALYST"
)

// Roles lists the built-in roles in the contract's order.
func Roles() []Role { return []Role{Member, Admin, MasterAdmin, Platform, Support, Analyst} }

// BuiltIn reports whether r is a built-in role.
func (r Role) BuiltIn() bool { return r.Permissions() != 0 }

// OfAccount reports whether r is a built-in role that members of an account have.
func (r Role) OfAccount() bool { return r == Member || r == Admin || r == MasterAdmin }

// OfService reports whether r spans accounts: PLATFORM, SUPPORT and ANALYST, whose tokens only the operator makes.
func (r Role) OfService() bool { return r.BuiltIn() && !r.OfAccount() }

// Permissions returns the permissions of a built-in role, including implied ones, as in the table of the contract's enum Permission. It is
// empty for any other name.
func (r Role) Permissions() Set {
	member := SetOf(Authenticated, AccountView, Widget, BannerDismiss, AccessCheck)
	switch r {
	case Member:
		return member
	case Admin:
		return (member | SetOf(ResourceManage)).WithImplied()
	case MasterAdmin:
		return member | Custom()
	case Platform:
		return SetOf(Authenticated, AccountView, AccessCheck, ResourceManage, ResourceDelete, MeteringReport, UsageWrite,
			ContactsManage, MembersManage, AccountList, AccountCreate).WithImplied()
	case Support:
		return SetOf(Authenticated, AccountView, Widget, AccessCheck, BillingView, MembersView, TokensView, AuditRead,
			AccountList, AccountCreate, GrantCredits, LimitsManage, PlanManage, RatesManage, UsageExplore, Explore).WithImplied()
	case Analyst:
		return SetOf(Authenticated, AccountView, Widget, UsageView, BalancesView, AccountList, PlanView, UsageExplore, Explore).WithImplied()
	}
	return 0
}

// Custom returns the permissions that an account's own roles may combine: those marked c in the contract's table.
func Custom() Set {
	return SetOf(ResourceView, ResourceManage, ResourceDelete, ReservationView, UsageView, BalancesView, BillingView, BillingManage,
		ContactsView, ContactsManage, MembersView, MembersManage, TokensView, TokensManage, AuditRead)
}

// CustomPermissions returns the permissions of an account's own role made of chosen: those, what they imply, and what every member may do.
// Permissions that are not open to custom roles are left out.
func CustomPermissions(chosen Set) Set {
	return Member.Permissions() | (chosen & Custom()).WithImplied()
}
