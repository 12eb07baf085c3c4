package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/jobs"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// tokenFlags are the flags of `usagegraph token` alone.
func tokenFlags() []string {
	return []string{"--role", "--account", "--member", "--scopes", "--name", "--expires", "--any-document", "--id"}
}

// tokenUsage is what help says of them.
const tokenUsage = `token create --role PLATFORM|SUPPORT|ANALYST [--account ID (PLATFORM alone)]
token create --role MEMBER|ADMIN|MASTER_ADMIN|"a custom role" --account ID [--member USER-ID] [--scopes USAGE_VIEW,…]
      [--name …] [--expires 8760h] [--any-document]   documents that are not registered may be sent; PLATFORM always may
token list [--account ID], token revoke --id ID`

// tokenOrder is what ` + "`usagegraph token`" + ` is told to do.
type tokenOrder struct {
	verb, role, account, member, name, id string
	scopes                                []string // nil: all of the role
	expires                               time.Duration
	anyDocument                           bool
}

func readTokenOrder(args []string) (o tokenOrder, err error) {
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "--role":
			o.role = value
		case "--account":
			o.account = value
		case "--member":
			o.member = value
		case "--scopes":
			o.scopes = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
		case "--name":
			o.name = value
		case "--id":
			o.id = value
		case "--any-document":
			if o.anyDocument, err = strconv.ParseBool(cmp.Or(value, "true")); err != nil {
				return o, errors.New("--any-document: neither true nor false")
			}
		case "--expires":
			if o.expires, err = time.ParseDuration(value); err != nil || o.expires <= 0 {
				return o, errors.New("--expires: no duration above 0, such as 8760h")
			}
		default:
			if o.verb != "" || strings.HasPrefix(arg, "--") {
				return o, errors.New("say one of create, list and revoke")
			}
			o.verb = arg
		}
	}
	return o, nil
}

// token makes, lists and revokes tokens: those that only an operator can make, PLATFORM, SUPPORT and ANALYST (rules.md §11), and
// an account's own, of which somebody must make the first.
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
	if account, err := graph.AccountByText(ctx, store, nil, o.account); err != nil {
		return err
	} else if account != 0 {
		o.account = graph.EncodeID(graph.KindAccount, account)
	}
	switch o.verb {
	case "create":
		return p.createToken(ctx, store, o)
	case "list":
		return p.listTokens(ctx, store, o)
	case "revoke":
		return p.revokeToken(ctx, store, o)
	}
	return errors.New("say\n" + tokenUsage)
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
	n, err := o.newToken(store.Now())
	if err != nil {
		return err
	}
	secret, t, err := makeToken(ctx, store, n)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.errs, "%s token %s, id %s; it is shown this once:\n", t.Role, t.Prefix, tokenID(t.ID))
	fmt.Fprintln(p.out, secret)
	return nil
}

// newToken is the token that is to be made.
func (o tokenOrder) newToken(now time.Time) (n access.NewToken, err error) {
	if n, err = o.place(); err != nil {
		return n, err
	}
	n.Name = cmp.Or(o.name, strings.ToLower(o.role))
	n.UserID, n.AnyDocument = o.member, o.anyDocument || n.Role == string(auth.Platform)
	n.Actor, n.TargetID = tsdb.Actor{Name: "usagegraph token"}, tokenID
	if o.scopes != nil {
		set, ok := auth.ParseSet(o.scopes)
		if !ok || len(o.scopes) == 0 || set == 0 {
			return n, errors.New("--scopes: no permissions of the contract, such as USAGE_VIEW,BILLING_VIEW")
		}
		n.Scopes, n.Fits = set.Names(), func(role string, chosen []string) bool {
			return auth.PermissionsOf(auth.Role(role), chosen).Covers(set)
		}
	}
	if o.expires > 0 {
		n.ExpiresAt = now.Add(o.expires)
	}
	return n, nil
}

// place is the token's role, and the account that it is bound to.
func (o tokenOrder) place() (n access.NewToken, err error) {
	n.Role = o.role
	if built := auth.Role(strings.ToUpper(o.role)); built.BuiltIn() {
		n.Role = string(built)
	}
	service := auth.Role(n.Role).OfService()
	switch {
	case n.Role == "":
		return n, errors.New("--role: one of PLATFORM, SUPPORT, ANALYST; or, with --account, MEMBER, ADMIN, MASTER_ADMIN or a role of the account")
	case o.account == "" && !service:
		return n, errors.New("--account: the id of the account whose role it is")
	case service && (o.member != "" || o.scopes != nil):
		return n, errors.New("--member, --scopes: for tokens of an account's own roles alone")
	case o.account == "":
		return n, nil
	}
	account, ok := graph.KeyOf(graph.KindAccount, o.account)
	if !ok || service && n.Role != string(auth.Platform) {
		return n, errors.New("--account: the id of an account, for PLATFORM and the account's own roles")
	}
	n.AccountID = account
	return n, nil
}

func tokenID(id int64) string { return graph.EncodeID(graph.KindAPIToken, id) }

// makeToken stores a token with a new secret and returns both.
func makeToken(ctx context.Context, store *tsdb.Store, n access.NewToken) (secret string, t access.Token, err error) {
	secret, n.Prefix, err = auth.NewSecret(rand.Reader)
	if err != nil {
		return "", t, err
	}
	n.Hash = auth.Hash(secret)
	t, err = store.Access.CreateToken(ctx, n)
	return secret, t, err
}

// listTokens lists the tokens of PLATFORM, SUPPORT and ANALYST, or all of an account.
func (p program) listTokens(ctx context.Context, store *tsdb.Store, o tokenOrder) error {
	if o.account == "" {
		list, err := store.Access.ServiceTokens(ctx)
		p.showTokens(list)
		return err
	}
	account, ok := graph.KeyOf(graph.KindAccount, o.account)
	if !ok {
		return errors.New("--account: the id of an account")
	}
	page := tsdb.Page{Limit: 100}
	for {
		list, err := store.Access.Tokens(ctx, account, page, false)
		p.showTokens(list.Rows)
		if err != nil || !list.HasNext {
			return err
		}
		page.After = []int64{list.Rows[len(list.Rows)-1].ID}
	}
}

func (p program) showTokens(list []access.Token) {
	for _, t := range list {
		state := "valid"
		switch {
		case !t.RevokedAt.IsZero():
			state = "revoked"
		case !t.ExpiresAt.IsZero() && !p.clock().Before(t.ExpiresAt):
			state = "expired"
		}
		fmt.Fprintf(p.out, "%s  %-12s %-12s %-8s last used %s  %s\n", tokenID(t.ID), t.Prefix, t.Role, state, stamp(t.LastUsedAt), t.Name)
	}
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
	t, err := store.Access.Token(ctx, id)
	if err != nil {
		return err
	}
	if t, err = store.Access.RevokeToken(ctx, t.AccountID, id, o.id, tsdb.Actor{Name: "usagegraph token"}); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s is revoked\n", t.Prefix)
	return nil
}
