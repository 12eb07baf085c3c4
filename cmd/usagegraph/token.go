package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/jobs"
	"github.com/usagegraph/usagegraph/server"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

func tokenForms() []string {
	return []string{
		"token create --role PLATFORM|SUPPORT|ANALYST [--account ID (PLATFORM alone)]",
		`token create --role MEMBER|ADMIN|MASTER_ADMIN|"a custom role" --account ID [--member USER-ID] [--scopes USAGE_VIEW,…]`,
		"token rotate --id ID [--overlap 24h]",
		"token list [--account ID]",
		"token revoke --id ID",
	}
}

// tokenOrder holds the arguments of `usagegraph token`.
type tokenOrder struct {
	role, account, member, name, id string
	scopes                          []string // nil: everything that the role may do
	expires                         time.Duration
	overlap                         time.Duration // how long a rotated token stays valid
	anyDocument                     bool
}

func (o *tokenOrder) flags(fs *flag.FlagSet) {
	fs.StringVar(&o.role, "role", "", "`ROLE`: PLATFORM, SUPPORT, ANALYST, MEMBER, ADMIN, MASTER_ADMIN or a role of the account")
	fs.StringVar(&o.account, "account", "", "`ID`: the account that it is bound to, or external:account:ID")
	fs.StringVar(&o.member, "member", "", "`USER-ID`: the member whose token it is")
	fs.Var(parsed[[]string]{&o.scopes, func(text string) ([]string, error) {
		return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }), nil
	}, func(list []string) string { return strings.Join(list, ",") }}, "scopes", "`PERMISSIONS`: those of its role that it has, separated by commas; all of them unless given")
	fs.StringVar(&o.name, "name", "", "`NAME`: what lists call it; the role unless given")
	durationFlag(fs, &o.expires, "expires", 0, time.Nanosecond, "`TIME`: how long it is good, such as 8760h; without end unless given")
	fs.BoolVar(&o.anyDocument, "any-document", false, "documents that are not registered may be sent; PLATFORM always may")
	fs.StringVar(&o.id, "id", "", "`ID`: the token, as token list shows it")
	durationFlag(fs, &o.overlap, "overlap", 24*time.Hour, 0, "`TIME`: how long a rotated token stays good, at most 168h")
}

// token makes, lists and revokes tokens: those that only an operator can make, PLATFORM, SUPPORT and ANALYST (rules.md §11), and an
// account's own, of which somebody must make the first.
func (p program) token(fs *flag.FlagSet) action {
	var o tokenOrder
	o.flags(fs)
	return func(ctx context.Context, c config, args []string) error {
		verb, more, ok := oneOf(args, "create", "rotate", "list", "revoke")
		if !ok || len(more) > 0 {
			return misused(tokenForms())
		}
		store, closeStore, err := p.openStore(ctx, c)
		if err != nil {
			return err
		}
		defer closeStore()
		if o.account != "" {
			account, err := namedAccount(ctx, store, o.account)
			if err != nil {
				return err
			}
			o.account = graph.EncodeID(graph.KindAccount, account)
		}
		return map[string]func(context.Context, *tsdb.Store, tokenOrder) error{
			"create": p.createToken, "list": p.listTokens, "rotate": p.rotateToken, "revoke": p.revokeToken,
		}[verb](ctx, store, o)
	}
}

// openStore opens the database for a command, which does its work and ends.
func (p program) openStore(ctx context.Context, c config) (*tsdb.Store, func(), error) {
	return p.openStoreOf(ctx, c, false)
}

// openStoreOf opens the database for a command. A command that stays, such as consume, gives up a host that hangs.
func (p program) openStoreOf(ctx context.Context, c config, stays bool) (*tsdb.Store, func(), error) {
	c.Clock = p.clock
	pool, closePool, err := server.OpenPool(ctx, c.Config, c.directURL(), p.command(), stays)
	if err != nil {
		return nil, nil, err
	}
	cfg := tsdb.Config{Pool: pool, Clock: p.clock, Log: c.Log, Settings: c.Settings}
	if c.smtp.Host != "" { // a command's changes may require e-mails, which the server then sends
		cfg.Mailer, err = jobs.NewQueue(pool)
	}
	store, newErr := tsdb.New(cfg)
	if err = errors.Join(err, newErr); err != nil {
		closePool()
		return nil, nil, err
	}
	return store, closePool, nil
}

// command returns the name of the sub-command, which its sessions bear in pg_stat_activity.
func (p program) command() string {
	if len(p.args) == 0 {
		return "command"
	}
	return p.args[0]
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

// newToken returns the token to make.
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

// place returns the token's role, and the account to which it is bound.
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
		state, of := "valid", "every account"
		switch {
		case !t.RevokedAt.IsZero():
			state = "revoked"
		case t.ExpiresAt.IsZero():
		case p.clock().Before(t.ExpiresAt):
			state = "valid until " + t.ExpiresAt.UTC().Format(time.RFC3339)
		default:
			state = "expired"
		}
		if t.AccountID != 0 {
			of = graph.EncodeID(graph.KindAccount, t.AccountID)
		}
		fmt.Fprintf(p.out, "%s  %-12s  %-12s  %s  %-8s  last used %s  %s\n", tokenID(t.ID), t.Prefix, t.Role, of, state, stamp(t.LastUsedAt), t.Name)
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

// rotateToken replaces a token by a new one, whatever its role.
func (p program) rotateToken(ctx context.Context, store *tsdb.Store, o tokenOrder) error {
	id, ok := graph.KeyOf(graph.KindAPIToken, o.id)
	if !ok {
		return errors.New("--id: the id that token list shows")
	}
	t, err := store.Access.Token(ctx, id)
	if err != nil {
		return err
	}
	secret, prefix, err := auth.NewSecret(rand.Reader)
	if err != nil {
		return err
	}
	r := access.Rotation{AccountID: t.AccountID, ID: id, Prefix: prefix, Hash: auth.Hash(secret), Overlap: o.overlap,
		Actor: tsdb.Actor{Name: "usagegraph token"}, TargetID: tokenID}
	if o.expires > 0 {
		r.ExpiresAt = store.Now().Add(o.expires)
	}
	old, made, err := store.Access.RotateToken(ctx, r)
	if err != nil {
		return err
	}
	end := old.ExpiresAt
	if !old.RevokedAt.IsZero() {
		end = old.RevokedAt
	}
	fmt.Fprintf(p.errs, "%s token %s, id %s, in the place of %s, which is good until %s; it is shown this once:\n",
		made.Role, made.Prefix, tokenID(made.ID), old.Prefix, stamp(end))
	fmt.Fprintln(p.out, secret)
	return nil
}
