package access

import (
	"errors"
	"testing"

	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text/texttest"
)

// Every call that takes a name checks it in the same way.
func TestNamesOfPeople(t *testing.T) {
	t.Parallel()
	for _, bad := range texttest.BadNames() {
		for place, err := range map[string]error{
			"token":  new(Store).validateToken(NewToken{Name: bad}),
			"member": Member{UserID: "u", Email: "u@acme.example", Name: bad}.validate(),
			"role":   checkRole(RoleChange{Name: bad}),
		} {
			var refused *pg.Error
			if !errors.As(err, &refused) || refused.Code != pg.Invalid || refused.Field != "name" {
				t.Errorf("%s %q: %v", place, bad, err)
			}
		}
	}
}

// A role that an account makes must not look like a built-in one.
func TestRolesThatLookBuiltIn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ADMIN", "admin", "Admin ", " ADMIN", "ADMIN\u00a0", "A D M I N", "Master Admin", "MASTER-ADMIN", "master_admin", "MASTER\u2003ADMIN", "MasterAdmin", "ＡＤＭＩＮ",
		"АDMIN", "Member.", "member", "Platform", "support", "SUPP0RT", "Analyst", "_MEMBER_", "ADM1N", "MÉMBER", "ĂĐṂĬŇ", "šupport", "master·admin", "ADMlN", "PIATFORM", "5UPPORT", "ꓮꓓꓟꓲꓠ"} {
		var refused *pg.Error
		if err := checkRole(RoleChange{Name: name}); !errors.As(err, &refused) || refused.Code != pg.NameTaken {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"Billing", "Administrator", "Admins", "Member of staff", "Support EU", "Analyst 2"} {
		if err := checkRole(RoleChange{Name: name}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}
