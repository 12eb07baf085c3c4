package tsdb

import (
	"errors"
	"testing"

	"github.com/usagegraph/usagegraph/billing"
)

var (
	goodNames = []string{"Acme", "Müller & Söhne", "東京 AI", "نمونه‌ای", "क्‍ष", "👩‍💻 team", "a", "O'Neil-Smith (EU)", "ß", " padded ", "عربي", "שלום", "❤️"}
	badNames  = []string{"", " ", "\u00a0\u2003", "\t", "a\x00", "a\nb", "a\u007f", "a\u0085b", "a\u009fb", "\u202egnp.exe", "a\u202d", "a\u2066b", "a\u2069", "a\u200eb", "a\u200fb",
		"a\u200bb", "\u200b", "a\u200db", "\u200d", "a\u200cb", "a\u2060b", "\ufeffa", "a\u00adb", "a\u2028b", "a\u2029b", "\u3164", "a\u115fb", "\u2800", "a\u061cb", "a\u180eb", "a\u034fb",
		"\u0301", "a\U000e0041b", "a\ufffeb", "\xff", "👩\u200d", "\u200d👩", "a\ufff9b"}
)

func TestNames(t *testing.T) {
	t.Parallel()
	for _, name := range goodNames {
		if err := checkName("name", name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range badNames {
		if err := checkName("name", name); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
}

// Every place that takes a name takes it by the one reader.
func TestNamesEverywhere(t *testing.T) {
	t.Parallel()
	for _, bad := range badNames {
		for place, err := range map[string]error{
			"account": validateAccount(NewAccount{Name: bad, IdempotencyKey: "k"}, billing.Second(0).Time()),
			"plan":    validatePlan(billing.Plan{Name: bad}),
			"token":   new(Store).validateToken(NewToken{Name: bad}),
			"member":  Member{UserID: "u", Email: "u@acme.example", Name: bad}.validate(),
			"role":    checkRole(RoleChange{Name: bad}),
		} {
			var refused *Error
			if !errors.As(err, &refused) || refused.Code != Invalid || refused.Field != "name" {
				t.Errorf("%s %q: %v", place, bad, err)
			}
		}
	}
}

// A role of an account's own must not pass for a built-in one.
func TestRolesThatLookBuiltIn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ADMIN", "admin", "Admin ", " ADMIN", "ADMIN\u00a0", "A D M I N", "Master Admin", "MASTER-ADMIN", "master_admin", "MASTER\u2003ADMIN", "MasterAdmin", "ＡＤＭＩＮ",
		"АDMIN", "Member.", "member", "Platform", "support", "SUPP0RT", "Analyst", "_MEMBER_", "ADM1N", "master·admin"} {
		var refused *Error
		if err := checkRole(RoleChange{Name: name}); !errors.As(err, &refused) || refused.Code != NameTaken {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"Billing", "Administrator", "Admins", "Member of staff", "Support EU", "Analyst 2"} {
		if err := checkRole(RoleChange{Name: name}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}
