package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

func memberForms() []string {
	return []string{
		"member set --account ID --user USER-ID --role MASTER_ADMIN [--email …] [--name …]",
		"member list --account ID",
		"member remove --account ID --user USER-ID",
	}
}

// memberOrder holds the arguments of `usagegraph member`; a nil field leaves what is stored of the person.
type memberOrder struct {
	account, user, role string
	email, name         *string
}

func (o *memberOrder) flags(fs *flag.FlagSet) {
	fs.StringVar(&o.account, "account", "", "`ID`: the account, or external:account:ID")
	fs.StringVar(&o.user, "user", "", "`USER-ID`: what the issuer calls the person; mailto:ADDRESS invites whoever signs in with that address")
	fs.StringVar(&o.role, "role", "", "`ROLE`: MEMBER, ADMIN, MASTER_ADMIN or a role of the account")
	fs.Func("email", "`ADDRESS`: where mail reaches the person", func(text string) error { o.email = &text; return nil })
	fs.Func("name", "`NAME`: the person's name", func(text string) error { o.name = &text; return nil })
}

// member adds, changes, lists and removes people of an account. It is the operator's way to give an account its first master admin.
func (p program) member(fs *flag.FlagSet) action {
	var o memberOrder
	o.flags(fs)
	return func(ctx context.Context, c config, args []string) error {
		verb, more, ok := oneOf(args, "set", "list", "remove")
		if !ok || len(more) > 0 {
			return misused(memberForms())
		}
		store, closeStore, err := p.openStore(ctx, c)
		if err != nil {
			return err
		}
		defer closeStore()
		if o.account == "" {
			return errors.New("--account: the id of an account")
		}
		account, err := namedAccount(ctx, store, o.account)
		if err != nil {
			return err
		}
		switch verb {
		case "set":
			return p.setMember(ctx, store, o.change(account))
		case "remove":
			return p.removeMember(ctx, store, o.change(account))
		}
		return p.listMembers(ctx, store, account)
	}
}

// change returns the change that an order requests. What is not named stays as it is.
func (o memberOrder) change(account int64) access.MemberChange {
	userID := access.CanonicalUserID(o.user)
	change := access.MemberChange{AccountID: account, UserID: userID, Role: o.role, Email: o.email, Name: o.name, Actor: tsdb.Actor{Name: "usagegraph member"},
		TargetID: graph.ID{Kind: graph.KindMember, Key: account, Part: userID}.String()}
	if built := auth.Role(strings.ToUpper(change.Role)); built.BuiltIn() {
		change.Role = string(built)
	}
	return change
}

func (p program) setMember(ctx context.Context, store *tsdb.Store, c access.MemberChange) error {
	m, err := store.Access.SetMember(ctx, c)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s is %s\n", m.Email, m.Role)
	return nil
}

func (p program) removeMember(ctx context.Context, store *tsdb.Store, c access.MemberChange) error {
	if err := store.Access.RemoveMember(ctx, c); err != nil {
		return err
	}
	fmt.Fprintln(p.out, "the member is removed")
	return nil
}

func (p program) listMembers(ctx context.Context, store *tsdb.Store, account int64) error {
	page := access.MemberPage{Limit: 100}
	for {
		list, err := store.Access.Members(ctx, account, page)
		if err != nil {
			return err
		}
		for _, m := range list.Rows {
			fmt.Fprintf(p.out, "%-24s %-14s %-32s %s\n", m.UserID, m.Role, m.Email, m.Name)
			key := m.Key()
			page.After = &key
		}
		if !list.HasNext {
			return nil
		}
	}
}
