package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/jobs"
	"github.com/usagegraph/usagegraph/tsdb"
)

// tokenFlags are the flags of `usagegraph token` alone.
func tokenFlags() []string {
	return []string{"--role", "--account", "--name", "--expires", "--any-document", "--id"}
}

// splitTokenArgs parts the settings from what `usagegraph token` takes itself.
func splitTokenArgs(args []string) (settings, own []string) {
	for i := 0; i < len(args); i++ {
		name, _, joined := strings.Cut(args[i], "=")
		switch {
		case !slices.Contains(tokenFlags(), name):
			settings = append(settings, args[i])
		case joined || name == "--any-document" || i+1 == len(args):
			own = append(own, args[i])
		default:
			own = append(own, name+"="+args[i+1])
			i++
		}
	}
	return settings, own
}

// tokenOrder is what `usagegraph token` is told to do.
type tokenOrder struct {
	verb, role, account, name, id string
	expires                       time.Duration
	anyDocument                   bool
}

func readTokenOrder(args []string) (o tokenOrder, err error) {
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "--role":
			o.role = value
		case "--account":
			o.account = value
		case "--name":
			o.name = value
		case "--id":
			o.id = value
		case "--any-document":
			o.anyDocument = value == "" || value == "true"
		case "--expires":
			if o.expires, err = time.ParseDuration(value); err != nil || o.expires <= 0 {
				return o, errors.New("--expires: no duration above 0, such as 8760h")
			}
		default:
			if o.verb != "" {
				return o, errors.New("say one of create, list and revoke")
			}
			o.verb = arg
		}
	}
	return o, nil
}

// token makes, lists and revokes the tokens that only an operator can make: PLATFORM, SUPPORT and ANALYST (rules.md §11).
func (p program) token(ctx context.Context, c config, rest []string) error {
	o, err := readTokenOrder(rest)
	if err != nil {
		return err
	}
	store, closeStore, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer closeStore()
	switch o.verb {
	case "create":
		return p.createToken(ctx, store, o)
	case "list":
		return p.listTokens(ctx, store)
	case "revoke":
		return p.revokeToken(ctx, store, o)
	}
	return errors.New("say token create --role PLATFORM|SUPPORT|ANALYST [--account ID] [--name …] [--expires 8760h] [--any-document], token list, or token revoke --id ID")
}

// openStore opens the database for one command.
func (p program) openStore(ctx context.Context, c config) (*tsdb.Store, func(), error) {
	pool, err := pgxpool.New(ctx, c.directURL())
	if err != nil {
		return nil, nil, errors.New("the database cannot be opened")
	}
	cfg := tsdb.Config{Pool: pool, Clock: p.clock, Log: c.Log, Settings: c.Settings}
	if c.smtp.Host != "" { // what a command changes may call for mails, which the server then sends
		cfg.Mailer, err = jobs.NewQueue(pool)
	}
	store, newErr := tsdb.New(cfg)
	if err = errors.Join(err, newErr); err != nil {
		pool.Close()
		return nil, nil, err
	}
	return store, pool.Close, nil
}

func (p program) createToken(ctx context.Context, store *tsdb.Store, o tokenOrder) error {
	role := auth.Role(strings.ToUpper(o.role))
	if !role.OfService() {
		return errors.New("--role: one of PLATFORM, SUPPORT, ANALYST; an account's own tokens are made by its master admins")
	}
	n := tsdb.NewToken{Role: string(role), Name: o.name, AnyDocument: o.anyDocument || role == auth.Platform,
		Actor: tsdb.Actor{Name: "usagegraph token"}, TargetID: tokenID}
	if n.Name == "" {
		n.Name = strings.ToLower(o.role)
	}
	if o.account != "" {
		account, ok := graph.KeyOf(graph.KindAccount, o.account)
		if !ok || role != auth.Platform {
			return errors.New("--account: the id of an account, for a PLATFORM token alone")
		}
		n.AccountID = account
	}
	if o.expires > 0 {
		n.ExpiresAt = store.Now().Add(o.expires)
	}
	secret, t, err := makeToken(ctx, store, n)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.errs, "%s token %s, id %s; it is shown this once:\n", role, t.Prefix, tokenID(t.ID))
	fmt.Fprintln(p.out, secret)
	return nil
}

func tokenID(id int64) string { return graph.EncodeID(graph.KindAPIToken, id) }

// makeToken stores a token with a new secret and returns both.
func makeToken(ctx context.Context, store *tsdb.Store, n tsdb.NewToken) (secret string, t tsdb.Token, err error) {
	secret, n.Prefix, err = auth.NewSecret(rand.Reader)
	if err != nil {
		return "", t, err
	}
	n.Hash = auth.Hash(secret)
	t, err = store.CreateToken(ctx, n)
	return secret, t, err
}

func (p program) listTokens(ctx context.Context, store *tsdb.Store) error {
	list, err := store.ServiceTokens(ctx)
	if err != nil {
		return err
	}
	for _, t := range list {
		state := "valid"
		switch {
		case !t.RevokedAt.IsZero():
			state = "revoked"
		case !t.ExpiresAt.IsZero() && !p.clock().Before(t.ExpiresAt):
			state = "expired"
		}
		fmt.Fprintf(p.out, "%s  %-12s %-8s %-8s last used %s  %s\n", tokenID(t.ID), t.Prefix, t.Role, state, stamp(t.LastUsedAt), t.Name)
	}
	return nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(time.RFC3339)
}

func (p program) revokeToken(ctx context.Context, store *tsdb.Store, o tokenOrder) error {
	id, ok := graph.KeyOf(graph.KindAPIToken, o.id)
	if !ok {
		return errors.New("--id: the id that token list shows")
	}
	var account int64
	list, err := store.ServiceTokens(ctx)
	if err != nil {
		return err
	}
	for _, t := range list {
		if t.ID == id {
			account = t.AccountID
		}
	}
	t, err := store.RevokeToken(ctx, account, id, o.id, tsdb.Actor{Name: "usagegraph token"})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s is revoked\n", t.Prefix)
	return nil
}
