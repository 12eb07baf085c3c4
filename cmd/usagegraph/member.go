package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// memberFlags are the flags of `usagegraph member` alone.
func memberFlags() []string { return []string{"--account", "--user", "--email", "--name", "--role"} }

// memberUsage is what help says of them.
const memberUsage = `member set --account ID --user USER-ID --role MASTER_ADMIN [--email …] [--name …]   the user id is what the issuer calls the person
member list --account ID, member remove --account ID --user USER-ID`

// memberOrder is what ` + "`usagegraph member`" + ` is told to do.
type memberOrder struct {
	verb  string
	flags map[string]string
}

func readMemberOrder(args []string) (o memberOrder, err error) {
	o.flags = map[string]string{}
	for _, arg := range args {
		name, value, isFlag := cutFlag(arg)
		switch {
		case isFlag:
			o.flags[name] = value
		case o.verb != "":
			return o, errors.New("say one of set, list and remove")
		default:
			o.verb = arg
		}
	}
	return o, nil
}

// member adds, changes, lists and removes people of an account: the operator's way to an account's first master admin.
func (p program) member(ctx context.Context, c config, rest []string) error {
	o, err := readMemberOrder(rest)
	if err != nil {
		return err
	}
	store, closeStore, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer closeStore()
	account, err := graph.AccountByText(ctx, store, nil, o.flags["--account"])
	if err != nil {
		return err
	}
	if account == 0 {
		return errors.New("--account: the id of an account\n" + memberUsage)
	}
	switch o.verb {
	case "set":
		return p.setMember(ctx, store, o.change(account))
	case "list":
		return p.listMembers(ctx, store, account)
	case "remove":
		return p.removeMember(ctx, store, o.change(account))
	}
	return errors.New("say\n" + memberUsage)
}

// change is the change that an order asks for; what is not named stays as it is.
func (o memberOrder) change(account int64) access.MemberChange {
	user := o.flags["--user"]
	change := access.MemberChange{AccountID: account, UserID: user, Role: o.flags["--role"], Actor: tsdb.Actor{Name: "usagegraph member"},
		TargetID: graph.ID{Kind: graph.KindMember, Key: account, Part: user}.String()}
	if built := auth.Role(strings.ToUpper(change.Role)); built.BuiltIn() {
		change.Role = string(built)
	}
	if email, given := o.flags["--email"]; given {
		change.Email = &email
	}
	if name, given := o.flags["--name"]; given {
		change.Name = &name
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
