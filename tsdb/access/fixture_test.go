package access_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

var start = time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)

// fixture is a Store on a database of its own with one account in it, and a clock that stands still until it is moved.
type fixture struct {
	*access.Store
	t       *testing.T
	ctx     context.Context
	pool    *pgxpool.Pool
	account int64
	later   atomic.Int64 // nanoseconds after start
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, ctx: t.Context(), pool: tsdbtest.New(t)}
	f.Store = access.New(f.pool, nil, f.now)
	f.account = tsdbtest.NewAccount(t, f.pool, "Acme")
	return f
}

func (f *fixture) now() time.Time { return start.Add(time.Duration(f.later.Load())) }

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// refused demands a refusal with a code and a field.
func (f *fixture) refused(err error, code pg.Code, field string) {
	f.t.Helper()
	var refused *pg.Error
	if !errors.As(err, &refused) || refused.Code != code || refused.Field != field {
		f.t.Errorf("got %v, want %s of %q", err, code, field)
	}
}

// change describes a change of a member of the account, with an address made from the user id.
func (f *fixture) change(user, role string) access.MemberChange {
	email, name := user+"@acme.example", "Name of "+user
	return access.MemberChange{AccountID: f.account, UserID: user, Email: &email, Name: &name, Role: role, TargetID: "member:" + user}
}

// member adds a member.
func (f *fixture) member(user, role string) access.Member {
	f.t.Helper()
	m, err := f.SetMember(f.ctx, f.change(user, role))
	f.must(err)
	return m
}

// token describes a token of the account by its secret.
func (f *fixture) token(secret, role string) access.NewToken {
	hash := sha256.Sum256([]byte(secret))
	return access.NewToken{AccountID: f.account, Role: role, Name: "token " + secret, Prefix: "ug_" + secret, Hash: hash[:]}
}

// heard returns the names of the sessions that are told, in order, until a last one.
func (f *fixture) heard(last string, do func()) (sessions []string) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	names, listens := make(chan string, 100), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- f.ListenAccess(ctx, func(session string) {
			if session == "" {
				close(listens)
				return
			}
			names <- session
		})
	}()
	select {
	case <-listens:
	case err := <-ended:
		f.t.Fatal(err)
	}
	do()
	for {
		select {
		case name := <-names:
			if sessions = append(sessions, name); name == last {
				return sessions
			}
		case err := <-ended:
			f.t.Fatal(err)
		case <-time.After(time.Minute):
			f.t.Fatalf("heard %v, and never %s", sessions, last)
		}
	}
}

func only(roles ...string) func(string, []string) bool {
	return func(role string, _ []string) bool {
		for _, r := range roles {
			if r == role {
				return true
			}
		}
		return false
	}
}

// another adds an account.
func (f *fixture) another(name string) int64 {
	f.t.Helper()
	return tsdbtest.NewAccount(f.t, f.pool, name)
}

// entries are the actions in an account's log, oldest first.
func (f *fixture) entries(account int64) (actions []string) {
	f.t.Helper()
	log, err := f.AuditLog(f.ctx, account, access.AuditFilter{}, pg.Page{Limit: 100, Backward: true}, false)
	f.must(err)
	for _, e := range slices.Backward(log.Rows) {
		actions = append(actions, string(e.Action))
	}
	return actions
}
