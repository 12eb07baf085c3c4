package access_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// people is the naive model of an account's people: maps, and the rules of rules.md §11 written down without locks or
// indexes.
type people struct {
	members map[string]string   // role by user id
	roles   map[string][]string // permissions by name
	tokens  map[int64]*held
	entries int // of the audit log
}

// held is a token of the model.
type held struct {
	role, user       string
	made, ends, gone time.Time // zero: no end; not revoked
	successor        int64
}

func (h *held) valid(now time.Time) bool {
	return h.gone.IsZero() && (h.ends.IsZero() || now.Before(h.ends))
}

// hasRole reports whether a role exists, built in or the account's own.
func (p *people) hasRole(role string) bool {
	_, own := p.roles[role]
	return own || slices.Contains([]string{access.RoleMember, access.RoleAdmin, access.RoleMasterAdmin}, role)
}

// isLast reports whether a member is the only master admin.
func (p *people) isLast(user string) bool {
	masters := 0
	for _, role := range p.members {
		if role == access.RoleMasterAdmin {
			masters++
		}
	}
	return p.members[user] == access.RoleMasterAdmin && masters == 1
}

func (p *people) setMember(user, role string) pg.Code {
	switch {
	case !p.hasRole(role):
		return pg.Invalid
	case p.isLast(user) && role != access.RoleMasterAdmin:
		return pg.LastMasterAdmin
	}
	p.members[user] = role
	p.entries++
	return ""
}

func (p *people) removeMember(user string, now time.Time) pg.Code {
	switch _, there := p.members[user]; {
	case !there:
		return pg.NotFound
	case p.isLast(user):
		return pg.LastMasterAdmin
	}
	delete(p.members, user)
	for _, t := range p.tokens {
		if t.user == user && t.gone.IsZero() {
			t.gone = now
		}
	}
	p.entries++
	return ""
}

func (p *people) setRole(name string, permissions []string) pg.Code {
	p.roles[name] = permissions
	p.entries++
	return ""
}

func (p *people) removeRole(name string, now time.Time) pg.Code {
	if _, there := p.roles[name]; !there {
		return pg.NotFound
	}
	for _, role := range p.members {
		if role == name {
			return pg.InUse
		}
	}
	for _, t := range p.tokens {
		if t.role == name && t.valid(now) {
			return pg.InUse
		}
	}
	delete(p.roles, name)
	p.entries++
	return ""
}

// mayMake is the refusal of a token with a role in the name of a member.
func (p *people) mayMake(user, role string) pg.Code {
	if _, there := p.members[user]; user != "" && !there {
		return pg.NotFound
	}
	if !p.hasRole(role) {
		return pg.Invalid
	}
	p.entries++
	return ""
}

func (p *people) revoke(id int64, now time.Time) pg.Code {
	t := p.tokens[id]
	switch {
	case t == nil:
		return pg.NotFound
	case t.gone.IsZero():
		t.gone = now
		p.entries++
	}
	return ""
}

// rotate ends a token after the overlap and returns the one in its place.
func (p *people) rotate(id int64, now time.Time, overlap time.Duration) (*held, pg.Code) {
	t := p.tokens[id]
	switch {
	case t == nil:
		return nil, pg.NotFound
	case !t.valid(now) || t.successor != 0:
		return nil, pg.Invalid
	}
	next := &held{role: t.role, user: t.user, made: now}
	if !t.ends.IsZero() {
		next.ends = now.Add(t.ends.Sub(t.made))
	}
	switch end := now.Add(overlap); {
	case overlap == 0:
		t.gone = now
	case t.ends.IsZero() || end.Before(t.ends):
		t.ends = end
	}
	p.entries++
	return next, ""
}

// acts is an account's people twice: in the database, and in the model.
type acts struct {
	*fixture
	*people
	random *rand.Rand
	made   int
}

// codeOf is the code of a refusal; "" without an error. Any other error ends the test.
func (a *acts) codeOf(err error) pg.Code {
	var refused *pg.Error
	if err != nil && !errors.As(err, &refused) {
		a.t.Fatal(err)
	}
	if refused == nil {
		return ""
	}
	return refused.Code
}

// anID is the id of a token, or one that no token has.
func (a *acts) anID() int64 {
	ids := slices.Sorted(maps.Keys(a.tokens))
	if len(ids) == 0 || a.random.IntN(15) == 0 {
		return 999_999
	}
	return ids[a.random.IntN(len(ids))]
}

// step does one random thing to both, and returns what it was and what each answered.
func (a *acts) step() (what string, got, want pg.Code) {
	user := fmt.Sprint("u", a.random.IntN(5))
	role := []string{access.RoleMember, access.RoleAdmin, access.RoleMasterAdmin, "Billing", "Reports", "Nobody's"}[a.random.IntN(6)]
	own := []string{"Billing", "Reports", "Unused"}[a.random.IntN(3)]
	switch now := a.now(); a.random.IntN(8) {
	case 0:
		_, err := a.SetMember(a.ctx, a.change(user, role))
		return fmt.Sprint("set ", user, " ", role), a.codeOf(err), a.setMember(user, role)
	case 1:
		return "remove " + user, a.codeOf(a.RemoveMember(a.ctx, a.change(user, ""))), a.removeMember(user, now)
	case 2:
		permissions := []string{"USAGE_VIEW", "BILLING_VIEW", "AUDIT_VIEW"}[:a.random.IntN(4)]
		return "role " + own, a.codeOf(a.role(own, permissions...)), a.setRole(own, permissions)
	case 3:
		return "remove role " + own, a.codeOf(a.RemoveRole(a.ctx, access.RoleChange{AccountID: a.account, Name: own})), a.removeRole(own, now)
	case 4:
		return a.makeToken(user, role)
	case 5:
		id := a.anID()
		_, err := a.RevokeToken(a.ctx, a.account, id, "", access.Actor{})
		return fmt.Sprint("revoke ", id), a.codeOf(err), a.revoke(id, now)
	case 6:
		return a.rotateToken(a.anID(), []time.Duration{0, time.Hour, access.MaxOverlap}[a.random.IntN(3)])
	}
	a.later.Add(int64(a.random.IntN(90)) * int64(time.Minute))
	return "wait", "", ""
}

func (a *acts) makeToken(user, role string) (what string, got, want pg.Code) {
	a.made++
	n := a.token(fmt.Sprint(a.account, "-", a.made), role)
	if a.random.IntN(2) == 0 {
		n.UserID = user
	}
	if a.random.IntN(2) == 0 {
		n.ExpiresAt = a.now().Add(time.Duration(1+a.random.IntN(300)) * time.Minute)
	}
	made, err := a.CreateToken(a.ctx, n)
	got, want = a.codeOf(err), a.mayMake(n.UserID, role)
	if got == "" {
		a.tokens[made.ID] = &held{role: role, user: n.UserID, made: a.now(), ends: n.ExpiresAt}
	}
	return fmt.Sprintf("token %d of %q as %s", made.ID, n.UserID, role), got, want
}

func (a *acts) rotateToken(id int64, overlap time.Duration) (what string, got, want pg.Code) {
	a.made++
	_, made, err := a.RotateToken(a.ctx, a.rotation(id, fmt.Sprint(a.account, "-", a.made), overlap))
	next, want := a.rotate(id, a.now(), overlap)
	if got = a.codeOf(err); got == "" && next != nil {
		a.tokens[made.ID], a.tokens[id].successor = next, made.ID
	}
	return fmt.Sprint("rotate ", id, " over ", overlap), got, want
}

// equal demands that the database holds the same as the model.
func (a *acts) equal(after []string) {
	a.t.Helper()
	list, err := a.Members(a.ctx, a.account, access.MemberPage{Limit: 100})
	a.must(err)
	members := map[string]string{}
	for _, m := range list.Rows {
		members[m.UserID] = m.Role
		if !slices.Equal(m.RolePermissions, append([]string{}, a.roles[m.Role]...)) {
			a.t.Errorf("%s as %s may %v, want %v", m.UserID, m.Role, m.RolePermissions, a.roles[m.Role])
		}
	}
	roles, err := a.Roles(a.ctx, a.account)
	a.must(err)
	stored := map[string][]string{}
	for _, r := range roles {
		stored[r.Name] = r.Permissions
	}
	tokens, err := a.Tokens(a.ctx, a.account, pg.Page{Limit: 1000}, true)
	a.must(err)
	for _, got := range tokens.Rows {
		want := a.tokens[got.ID]
		if got.Role != want.role || got.UserID != want.user || !got.ExpiresAt.Equal(want.ends) || !got.RevokedAt.Equal(want.gone) || got.SuccessorID != want.successor {
			a.t.Errorf("token %d: %+v, want %+v", got.ID, got, want)
		}
	}
	log, err := a.AuditLog(a.ctx, a.account, access.AuditFilter{}, pg.Page{Limit: 1}, true)
	a.must(err)
	if !maps.Equal(members, a.members) || !maps.EqualFunc(stored, a.roles, slices.Equal) || tokens.Total != len(a.tokens) || log.Total != a.people.entries {
		a.t.Fatalf("after %q:\n%v\n%v\n%v\n%v\n%d tokens of %d, %d entries of %d", after, members, a.members, stored, a.roles, tokens.Total, len(a.tokens), log.Total, a.people.entries)
	}
}

// Whatever is done to an account's people in any order, answers and stored state are those of the naive model; a
// refusal leaves neither a row nor an entry of the log.
func TestPeopleEqualTheModel(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for seed := range uint64(3) {
		f.account = f.another("Acme")
		a := &acts{fixture: f, random: rand.New(rand.NewPCG(seed, 12)),
			people: &people{members: map[string]string{}, roles: map[string][]string{}, tokens: map[int64]*held{}}}
		a.member("u0", access.RoleMasterAdmin)
		a.setMember("u0", access.RoleMasterAdmin)
		var done []string
		for n := range 150 {
			what, got, want := a.step()
			if done = append(done, what); got != want {
				t.Fatalf("seed %d, %q: answered %q, want %q", seed, done[max(0, n-20):], got, want)
			}
			if n%10 == 0 {
				a.equal(done[max(0, n-20):])
			}
		}
		a.equal(done)
	}
}

// If many callers change the people of one account at the same moment, the rules still hold: there is a master admin,
// no member or valid token has a role that is gone, nobody who left has a valid token, and the log has one entry per
// change that was made.
func TestPeopleHoldInARace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.member("u0", access.RoleMasterAdmin)
	const writers, each = 6, 25
	changes := make(chan int, writers)
	for w := range writers {
		go func() {
			random, done := rand.New(rand.NewPCG(uint64(w), 3)), 0
			for n := range each {
				if err := f.changeAtRandom(random, fmt.Sprint(w, "-", n)); err == nil {
					done++
				} else if refused := (*pg.Error)(nil); !errors.As(err, &refused) {
					t.Error(err)
				}
			}
			changes <- done
		}()
	}
	entries := 1
	for range writers {
		entries += <-changes
	}
	for name, sql := range map[string]string{
		"accounts without a master admin": `SELECT count(*) FROM account WHERE account_id NOT IN (SELECT account_id FROM member WHERE role = 'MASTER_ADMIN')`,
		"members without a role": `SELECT count(*) FROM member m WHERE role NOT IN ('MEMBER', 'ADMIN', 'MASTER_ADMIN')
			AND NOT EXISTS (SELECT FROM account_role r WHERE r.account_id = m.account_id AND r.name = m.role)`,
		"tokens without a role": `SELECT count(*) FROM api_token t WHERE revoked_at IS NULL AND role <> 'MEMBER'
			AND NOT EXISTS (SELECT FROM account_role r WHERE r.account_id = t.account_id AND r.name = t.role)`,
		"tokens of who left": `SELECT count(*) FROM api_token t WHERE revoked_at IS NULL AND user_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM member m WHERE m.account_id = t.account_id AND m.user_id = t.user_id)`,
	} {
		var n int
		if f.must(f.pool.QueryRow(f.ctx, sql).Scan(&n)); n != 0 {
			t.Errorf("%d %s", n, name)
		}
	}
	log, err := f.AuditLog(f.ctx, f.account, access.AuditFilter{}, pg.Page{Limit: 1}, true)
	if f.must(err); log.Total != entries {
		t.Errorf("%d entries of the log, want %d", log.Total, entries)
	}
}

// changeAtRandom makes one random change while others may be changing the same people.
func (f *fixture) changeAtRandom(random *rand.Rand, secret string) error {
	user, role := fmt.Sprint("u", random.IntN(3)), []string{access.RoleMember, access.RoleMasterAdmin, "Billing"}[random.IntN(3)]
	switch random.IntN(6) {
	case 0, 1:
		_, err := f.SetMember(f.ctx, f.change(user, role))
		return err
	case 2:
		return f.RemoveMember(f.ctx, f.change(user, ""))
	case 3:
		return f.role("Billing", "USAGE_VIEW")
	case 4:
		return f.RemoveRole(f.ctx, access.RoleChange{AccountID: f.account, Name: "Billing"})
	}
	hash := sha256.Sum256([]byte(secret))
	_, err := f.CreateToken(f.ctx, access.NewToken{AccountID: f.account, Role: []string{access.RoleMember, "Billing"}[random.IntN(2)], UserID: user, Name: secret,
		Prefix: "ug_", Hash: hash[:]})
	return err
}
