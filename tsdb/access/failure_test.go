package access_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// questions are all calls of the package that read, each for something that exists.
func (f *fixture) questions(token access.Token, hash []byte) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"audit log": func(ctx context.Context) error {
			_, err := f.AuditLog(ctx, f.account, access.AuditFilter{}, pg.Page{Limit: 5}, true)
			return err
		},
		"entry":     func(ctx context.Context) error { _, err := f.AuditEntryWithin(ctx, nil, 1); return err },
		"contacts":  func(ctx context.Context) error { _, err := f.BillingContacts(ctx, f.account); return err },
		"documents": func(ctx context.Context) error { _, err := f.Documents(ctx); return err },
		"member":    func(ctx context.Context) error { _, err := f.Member(ctx, f.account, "boss"); return err },
		"members": func(ctx context.Context) error {
			_, err := f.Members(ctx, f.account, access.MemberPage{Limit: 5, Total: true})
			return err
		},
		"some":        func(ctx context.Context) error { _, err := f.MembersOf(ctx, f.account, []string{"boss"}); return err },
		"memberships": func(ctx context.Context) error { _, err := f.Memberships(ctx, "boss"); return err },
		"of a role": func(ctx context.Context) error {
			_, err := f.MemberOfRole(ctx, f.account, access.RoleMasterAdmin)
			return err
		},
		"muted":      func(ctx context.Context) error { _, _, err := f.Muted(ctx, f.account, "boss"); return err },
		"followed":   func(ctx context.Context) error { _, err := f.FollowedAt(ctx, "boss"); return err },
		"roles":      func(ctx context.Context) error { _, err := f.Roles(ctx, f.account); return err },
		"credential": func(ctx context.Context) error { _, err := f.CredentialByHash(ctx, hash); return err },
		"token":      func(ctx context.Context) error { _, err := f.Token(ctx, token.ID); return err },
		"tokens": func(ctx context.Context) error {
			_, err := f.Tokens(ctx, f.account, pg.Page{Limit: 5}, true)
			return err
		},
		"some tokens": func(ctx context.Context) error { _, err := f.TokensWithin(ctx, nil, []int64{token.ID}); return err },
		"services":    func(ctx context.Context) error { _, err := f.ServiceTokens(ctx); return err },
		"listening":   func(ctx context.Context) error { return f.ListenAccess(ctx, func(string) {}) },
	}
}

// changes are all calls of the package that change something, each of them allowed.
func (f *fixture) changes(token access.Token) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"member": func(ctx context.Context) error {
			_, err := f.SetMember(ctx, f.change("new", access.RoleMember))
			return err
		},
		"removal": func(ctx context.Context) error { return f.RemoveMember(ctx, f.change("max", "")) },
		"claim": func(ctx context.Context) error {
			_, err := f.Follow(ctx, f.claimed("eve", access.RoleMember, 1))
			return err
		},
		"mute": func(ctx context.Context) error {
			return f.SetMuted(ctx, access.Mute{AccountID: f.account, UserID: "max", Kinds: []string{"STOP"}})
		},
		"contacts": func(ctx context.Context) error {
			return f.SetBillingContacts(ctx, f.account, []string{"b@acme.example"}, access.Actor{})
		},
		"role": func(ctx context.Context) error {
			_, err := f.SetRole(ctx, access.RoleChange{AccountID: f.account, Name: "New", Permissions: []string{}})
			return err
		},
		"role gone": func(ctx context.Context) error {
			return f.RemoveRole(ctx, access.RoleChange{AccountID: f.account, Name: "Unused"})
		},
		"token": func(ctx context.Context) error {
			_, err := f.CreateToken(ctx, f.token("new", access.RoleMember))
			return err
		},
		"rotation": func(ctx context.Context) error {
			_, _, err := f.RotateToken(ctx, f.rotation(token.ID, "next", 0))
			return err
		},
		"end": func(ctx context.Context) error {
			_, err := f.RevokeToken(ctx, f.account, token.ID, "", access.Actor{})
			return err
		},
		"use": func(ctx context.Context) error { return f.TouchTokens(ctx, map[int64]time.Time{token.ID: start}) },
		"documents": func(ctx context.Context) error {
			_, err := f.AddDocuments(ctx, []access.TrustedDocument{{Text: "{ x }"}})
			return err
		},
		"document": func(ctx context.Context) error { return f.RemoveDocument(ctx, sha256.Sum256([]byte("{ a }"))) },
		"export": func(ctx context.Context) error {
			return f.NoteExport(ctx, []int64{f.account}, access.Actor{Kind: "USER"}, nil)
		},
	}
}

// furnished returns a fixture with one of everything.
func furnished(t *testing.T) (f *fixture, token access.Token, hash []byte) {
	t.Helper()
	f = newFixture(t)
	f.member("boss", access.RoleMasterAdmin)
	f.member("max", access.RoleMember)
	f.must(f.role("Unused"))
	n := f.token("a", access.RoleAdmin)
	token, err := f.CreateToken(f.ctx, n)
	f.must(err)
	_, err = f.AddDocuments(f.ctx, []access.TrustedDocument{{Text: "{ a }", Name: "a"}})
	f.must(err)
	return f, token, n.Hash
}

// A query that fails is a failure and never an empty result, which would read as "nobody may", "no token" or "no
// entry"; and a failure is not a refusal, which would read as an answer.
func TestFailuresAreNoAnswers(t *testing.T) {
	t.Parallel()
	f, token, hash := furnished(t)
	ended, end := context.WithCancel(f.ctx)
	end()
	all := f.questions(token, hash)
	for name, change := range f.changes(token) {
		all["to change: "+name] = change
	}
	for name, ask := range all {
		err := ask(ended)
		var refused *pg.Error
		if err == nil || errors.As(err, &refused) || !errors.Is(err, context.Canceled) || !pg.Unavailable(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := f.entries(f.account); len(got) != 4 {
		t.Errorf("what was given up left something in the log: %v", got)
	}
}

// All changes of an account's people wait for whoever holds their lock. They can be cancelled while they wait, which
// leaves nothing behind; once the lock is free the same change succeeds.
func TestChangesWaitForTheLockOfThePeople(t *testing.T) {
	t.Parallel()
	f, token, _ := furnished(t)
	locking := []string{"member", "removal", "claim", "mute", "contacts", "role", "role gone", "token", "rotation"}
	before := f.entries(f.account)
	err := pgx.BeginFunc(f.ctx, f.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(f.ctx, "SELECT FROM account WHERE account_id = $1 FOR NO KEY UPDATE", f.account); err != nil {
			return err
		}
		for name, change := range f.changes(token) {
			if !slices.Contains(locking, name) {
				continue
			}
			ctx, give := context.WithCancel(f.ctx)
			ended := make(chan error, 1)
			go func() { ended <- change(ctx) }()
			f.waits("lock people")
			give()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
		}
		return nil
	})
	f.must(err)
	if got := f.entries(f.account); !slices.Equal(got, before) {
		t.Errorf("what was given up left %v, before %v", got, before)
	}
	slices.Sort(locking) // "mute" comes before the "removal" of who mutes
	for _, name := range locking {
		if err := f.changes(token)[name](f.ctx); err != nil {
			t.Errorf("%s, once the lock is free: %v", name, err)
		}
	}
}

// waits returns once a statement with that name waits for a lock.
func (f *fixture) waits(name string) {
	f.t.Helper()
	for range 12_000 { // a minute
		var n int
		if f.must(f.pool.QueryRow(f.ctx, `SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '-- name: ' || $1 || '%'`, name).Scan(&n)); n > 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	f.t.Fatalf("%q never waits", name)
}
