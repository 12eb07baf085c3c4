package auth

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// row is a row of the table in the contract's description of enum Permission.
type row struct {
	name, custom string
	held         map[Role]string
	impliedBy    string
}

func table(t *testing.T) []row {
	t.Helper()
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, line := range regexp.MustCompile(`(?m)^\| [A-Z_]+ \|.*\|$`).FindAllString(string(text), -1) {
		cells := strings.Split(line, "|")
		r := row{name: strings.TrimSpace(cells[1]), custom: strings.TrimSpace(cells[2]), held: map[Role]string{}, impliedBy: strings.TrimSpace(cells[9])}
		for i, role := range Roles() {
			r.held[role] = strings.TrimSpace(cells[3+i])
		}
		rows = append(rows, r)
	}
	return rows
}

func TestRolesAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	rows := table(t)
	if len(rows) != int(permissions) {
		t.Fatalf("the contract has %d permissions, this package %d", len(rows), permissions)
	}
	for i, r := range rows {
		p := Permission(i)
		if p.String() != r.name {
			t.Errorf("permission %d is %s, in the contract %s", i, p, r.name)
		}
		for _, role := range Roles() {
			want := r.held[role] != ""
			if got := role.Permissions()&SetOf(p) != 0; got != want {
				t.Errorf("%s holds %s: %v, in the contract %v", role, p, got, want)
			}
			if want && (r.held[role] == "own") != role.OfAccount() {
				t.Errorf("%s of %s reaches %q", p, role, r.held[role])
			}
		}
		if got := Custom()&SetOf(p) != 0; got != (r.custom == "c") {
			t.Errorf("custom roles may have %s: %v", p, got)
		}
	}
}

func TestImpliedPermissionsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	for _, r := range table(t) {
		p, _ := ParsePermission(r.name)
		for _, by := range Permissions() {
			want := slices.Contains(strings.Split(r.impliedBy, ", "), by.String())
			if got := by.implied()&SetOf(p) != 0; got != want {
				t.Errorf("%s implies %s: %v, in the contract %v", by, p, got, want)
			}
		}
	}
}

func TestPrincipalReach(t *testing.T) {
	t.Parallel()
	bound := Principal{Common: SetOf(Authenticated), Seats: []Seat{{Account: 7, Role: Platform, Permissions: Platform.Permissions()}}}
	all := Principal{Role: Support, Common: Support.Permissions()}
	switch {
	case !bound.May(7, UsageWrite), bound.May(8, UsageWrite), bound.May(8, Authenticated), bound.Common.Has(AccountCreate):
		t.Error("a bound PLATFORM token works in its account alone")
	case !all.May(8, GrantCredits), all.May(0, GrantCredits), all.May(8, UsageWrite):
		t.Error("SUPPORT works in every account, within its role")
	case (Principal{}).Reaches(7), (Principal{}).Common != 0:
		t.Error("nobody in particular may nothing")
	}
}

func TestCustomRolesStayWithinTheirBounds(t *testing.T) {
	t.Parallel()
	got := CustomPermissions(SetOf(BillingView, GrantCredits, Explore))
	if want := Member.Permissions() | SetOf(BillingView, BalancesView, UsageView, ReservationView, ResourceView, ContactsView); got != want {
		t.Errorf("%v, want %v", got.Names(), want.Names())
	}
}
