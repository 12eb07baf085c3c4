package auth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Claims make people members: they say which claim of a token gives which role, and in which account. The zero value makes nobody a member.
type Claims struct {
	// Roles is the claim whose values Map maps to roles, such as groups; "": no claim makes members.
	Roles string
	// Map is tried in order. The first entry whose value the claim contains gives the role.
	Map []RoleOfValue
	// Account is the key of the account of which everybody becomes a member, and AccountExternal its own id; if 0 and "", Accounts
	// determines the accounts.
	Account         int64
	AccountExternal string
	// Accounts is the claim with the own ids of a person's accounts.
	Accounts string
	// Email and Name are the claims with the person's address and name; "": email and name.
	Email, Name string
}

// RoleOfValue is the role that a value of the claim gives. The value * means everybody whom the issuer signs in.
type RoleOfValue struct{ Value, Role string }

const everybody = "*"

// ParseRoleMap reads value=ROLE, several separated by commas, or a JSON object of the same, for values that contain commas.
func ParseRoleMap(text string) (list []RoleOfValue, err error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		return parseRoleObject(text)
	}
	for part := range strings.SplitSeq(text, ",") {
		i := strings.LastIndex(part, "=")
		if i < 0 {
			return nil, errors.New("no list such as value=ADMIN,other=MEMBER")
		}
		list = append(list, RoleOfValue{strings.TrimSpace(part[:i]), strings.TrimSpace(part[i+1:])})
	}
	return list, nil
}

// parseRoleObject keeps the order of the object's members.
func parseRoleObject(text string) (list []RoleOfValue, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	wrong := errors.New(`no JSON object such as {"value": "ADMIN"}`)
	if _, err := d.Token(); err != nil {
		return nil, wrong
	}
	for d.More() {
		value, err := d.Token()
		if err != nil {
			return nil, wrong
		}
		var role string
		if d.Decode(&role) != nil {
			return nil, wrong
		}
		list = append(list, RoleOfValue{value.(string), strings.TrimSpace(role)})
	}
	if _, err := d.Token(); err != nil || d.More() {
		return nil, wrong
	}
	return list, nil
}

// Validate returns everything that is wrong, in terms of the operator's settings.
func (c Claims) Validate() error {
	var wrong []error
	check := func(is bool, text string) {
		if is {
			wrong = append(wrong, errors.New(text))
		}
	}
	set := len(c.Map) > 0 || c.Account != 0 || c.AccountExternal != "" || c.Accounts != "" || c.Email != "" || c.Name != ""
	check(c.Roles == "" && set, "oidc-roles, oidc-account, oidc-account-claim, oidc-email-claim, oidc-name-claim: some are set, and oidc-role-claim is not")
	if c.Roles == "" {
		return errors.Join(wrong...)
	}
	fixed := c.Account != 0 || c.AccountExternal != ""
	check(len(c.Map) == 0, "oidc-roles: required with oidc-role-claim")
	check(fixed == (c.Accounts != ""), "oidc-account, oidc-account-claim: one of them is required with oidc-role-claim")
	for i, of := range c.Map {
		switch role := Role(strings.ToUpper(of.Role)); {
		case of.Value == "" || of.Role == "":
			check(true, fmt.Sprintf("oidc-roles: number %d lacks its value or its role", i+1))
		case role.OfService():
			check(true, fmt.Sprintf("oidc-roles: number %d: %s is given by usagegraph token alone", i+1, role))
		}
	}
	return errors.Join(wrong...)
}

// errClaim means that a claim cannot be understood, so that the person's role is unknown.
var errClaim = errors.New("the claim is neither a text nor a list of texts")

// maxClaimedAccounts bounds the number of accounts of which one token makes somebody a member.
const maxClaimedAccounts = 100

// read returns what a token's payload says about a person, without the person's id.
func (c Claims) read(payload []byte) (claimed access.Claimed, err error) {
	var all map[string]any
	if err := json.Unmarshal(payload, &all); err != nil {
		return claimed, err
	}
	values, err := c.texts(all, c.Roles)
	if err != nil {
		return claimed, fmt.Errorf("%s: %w", c.Roles, err)
	}
	claimed.Role = c.role(values)
	if c.Accounts == "" {
		if c.Account != 0 {
			claimed.Accounts = []int64{c.Account}
		} else {
			claimed.Externals = []string{c.AccountExternal}
		}
		return claimed, nil
	}
	if claimed.Externals, err = c.texts(all, c.Accounts); err != nil {
		return claimed, fmt.Errorf("%s: %w", c.Accounts, err)
	}
	if len(claimed.Externals) > maxClaimedAccounts {
		return claimed, fmt.Errorf("%s: more than %d accounts", c.Accounts, maxClaimedAccounts)
	}
	return claimed, nil
}

// role returns the role of the first entry in Map whose value is among values; "" if there is none.
func (c Claims) role(values []string) string {
	for _, of := range c.Map {
		if of.Value != everybody && !slices.Contains(values, of.Value) {
			continue
		}
		if role := Role(strings.ToUpper(of.Role)); role.OfAccount() {
			return string(role)
		}
		return of.Role
	}
	return ""
}

// texts returns the values of a claim; none if the token does not have it. Entra leaves out a claim that is too long for the token and says
// so elsewhere; the values are then unknown.
func (c Claims) texts(all map[string]any, name string) ([]string, error) {
	value, there := claimAt(all, name)
	if elsewhere, _ := all["_claim_names"].(map[string]any); !there && elsewhere[name] != nil || !there && name == "groups" && all["hasgroups"] != nil {
		return nil, errors.New("the issuer has more values than fit into a token, and says where to ask for them; let it send fewer")
	}
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case []any:
		list := make([]string, 0, len(v))
		for _, one := range v {
			text, ok := one.(string)
			if !ok {
				return nil, errClaim
			}
			list = append(list, text)
		}
		return list, nil
	}
	return nil, errClaim
}

// claimAt finds a claim by its name, or by a path of names separated by dots, such as realm_access.roles. Names may contain dots too.
func claimAt(all map[string]any, name string) (value any, there bool) {
	if value, there = all[name]; there {
		return value, true
	}
	for i, r := range name {
		if inner, ok := all[name[:i]].(map[string]any); ok && r == '.' {
			if value, there = claimAt(inner, name[i+1:]); there {
				return value, true
			}
		}
	}
	return nil, false
}

// follow makes the person's memberships those that a token claims, if that is configured and the token is newer than the one followed last.
// A claim that cannot be understood changes nothing, and is logged.
func (a *Authenticator) follow(ctx context.Context, c claims) error {
	o := a.cfg.OIDC.cfg
	issued, ok := instant(c.IssuedAt)
	if o.Claims.Roles == "" || !ok || issued.After(o.Clock().Add(max(o.Leeway, 0))) {
		return nil
	}
	last, err := a.cfg.Store.FollowedAt(ctx, c.user)
	if err != nil || !issued.After(last) {
		return err
	}
	claimed, err := o.Claims.read(c.payload)
	if err != nil {
		o.Log.Warn("the claim that gives roles cannot be followed; the person's roles stay", "user", c.user, "error", err)
		return nil
	}
	from := OriginFrom(ctx)
	claimed.UserID, claimed.Email, claimed.Name, claimed.IssuedAt, claimed.TargetID = c.user, c.Email, c.Name, issued, a.cfg.MemberID
	claimed.Actor = access.Actor{Kind: string(System), Name: "claim " + o.Claims.Roles + " of the issuer", Address: from.Address, RequestID: from.RequestID}
	followed, err := a.cfg.Store.Follow(ctx, claimed)
	var refused *pg.Error
	if errors.As(err, &refused) {
		o.Log.Warn("a person whom the issuer signs in cannot be a member", "user", c.user, "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	for _, account := range followed.Kept {
		o.Log.Warn("the claim no longer makes a person master admin of an account that has no other; it stays so", "user", c.user, "account", account)
	}
	for _, account := range followed.NoRole {
		o.Log.Warn("the claim gives a role that the account does not have; the person is not a member", "user", c.user, "account", account, "role", claimed.Role)
	}
	return nil
}

// identify reads the person's address and name from the configured claims.
func (c *claims) identify(names Claims) {
	var all map[string]any
	if names.Email == "" && names.Name == "" || json.Unmarshal(c.payload, &all) != nil {
		return
	}
	read := func(name, was string) string {
		if name == "" {
			return was
		}
		value, _ := claimAt(all, name)
		text, _ := value.(string)
		return cmp.Or(text, was)
	}
	c.Email, c.Name = read(names.Email, c.Email), read(names.Name, c.Name)
}
