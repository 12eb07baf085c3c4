package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/server"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// devTokens is the file that keeps the secrets of development tokens between starts, so that a signed-in console stays signed in.
const devTokens = ".local/development-tokens.json"

// development returns c with the defaults of `usagegraph dev`: on loopback unless another address is given, and with development tokens.
func development(c config) config {
	if c.Listen == "" {
		c.Listen = "127.0.0.1:8080"
	}
	c.Development = true
	return c
}

// dev runs the server for development, as `make run` does. The first start loads the demo.
func (p program) dev(ctx context.Context, c config, _ []string) error {
	flush, err := p.trace(ctx, &c.Config)
	if err != nil {
		return err
	}
	defer flush()
	whole, err := assemble(c)
	if err != nil {
		return err
	}
	s, err := server.Open(ctx, whole)
	if err != nil {
		return err
	}
	account, err := p.demoAccount(ctx, s.Store(), c)
	if err != nil {
		s.Close()
		return fmt.Errorf("load the demo: %w", err)
	}
	tokens, err := ensureTokens(ctx, s.Store(), account)
	if err != nil {
		s.Close()
		return fmt.Errorf("make development tokens: %w", err)
	}
	p.announce(s.Addr(), tokens)
	return s.Serve(ctx)
}

func (p program) announce(address string, tokens map[auth.Role]string) {
	fmt.Fprintf(p.out, "\nUsagegraph at http://%s, GraphQL at http://%s/graphql\n", address, address)
	fmt.Fprintln(p.out, "Development tokens (Authorization: Bearer …), valid on this machine alone:")
	for _, role := range auth.Roles() {
		fmt.Fprintf(p.out, "  %-13s %s\n", role, tokens[role])
	}
	fmt.Fprintln(p.out)
}

// ensureTokens returns a development token for each role. Tokens of the last start are reused if they are still valid.
func ensureTokens(ctx context.Context, store *tsdb.Store, account int64) (map[auth.Role]string, error) {
	known := readTokens(devTokens)
	secrets, keep := map[auth.Role]string{}, []int64{}
	for _, role := range auth.Roles() {
		secret, id, err := ensureToken(ctx, store, account, role, known[role])
		if err != nil {
			return nil, err
		}
		secrets[role], keep = secret, append(keep, id)
	}
	if err := store.Access.DropDevelopmentTokens(ctx, keep); err != nil {
		return nil, err
	}
	return secrets, writeTokens(devTokens, secrets)
}

func ensureToken(ctx context.Context, store *tsdb.Store, account int64, role auth.Role, known string) (secret string, id int64, err error) {
	n := access.NewToken{Role: string(role), Name: "development " + string(role), AnyDocument: true, Development: true, Actor: tsdb.Actor{Name: "usagegraph dev"}, TargetID: tokenID}
	if role.OfAccount() {
		n.AccountID = account
		if n.UserID, err = store.Access.MemberOfRole(ctx, account, string(role)); err != nil {
			return "", 0, err
		}
	}
	c, err := store.Access.CredentialByHash(ctx, auth.Hash(known))
	var refused *tsdb.Error
	if err == nil && c.RevokedAt.IsZero() && c.Development && c.AccountID == n.AccountID && c.UserID == n.UserID {
		return known, c.ID, nil
	}
	if err != nil && !errors.As(err, &refused) {
		return "", 0, err
	}
	secret, t, err := makeToken(ctx, store, n)
	return secret, t.ID, err
}

func readTokens(path string) map[auth.Role]string {
	tokens := map[auth.Role]string{}
	content, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(content, &tokens) != nil {
		return map[auth.Role]string{} // none are kept, so new ones are made
	}
	return tokens
}

func writeTokens(path string, tokens map[auth.Role]string) error {
	content, err := json.MarshalIndent(tokens, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, slices.Concat(content, []byte("\n")), 0o600)
}

// demoAccount makes the demo at the first start and returns its main account; with --no-demo it makes an empty account instead.
func (p program) demoAccount(ctx context.Context, store *tsdb.Store, c config) (account int64, err error) {
	if !c.noDemo {
		return p.makeDemo(ctx, c, demoOrder{seed: 1})
	}
	const key = "development"
	account, err = store.AccountByKey(ctx, key)
	var refused *tsdb.Error
	if !errors.As(err, &refused) {
		return account, err
	}
	return store.CreateAccount(ctx, tsdb.NewAccount{Name: "Development", IdempotencyKey: key, NoMail: true, Members: []access.Member{
		{UserID: "dev-master", Name: "Mia Master", Email: "mia@dev.example", Role: access.RoleMasterAdmin},
		{UserID: "dev-admin", Name: "Adam Admin", Email: "adam@dev.example", Role: access.RoleAdmin},
		{UserID: "dev-member", Name: "Max Member", Email: "max@dev.example", Role: access.RoleMember},
	}}, tsdb.Actor{Name: "usagegraph dev"})
}
