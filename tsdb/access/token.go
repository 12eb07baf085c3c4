package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// Token is an API token as stored. The secret is not: only its hash is.
type Token struct {
	ID          int64
	AccountID   int64 // 0: bound to no account
	Role        string
	UserID      string // the member that the token speaks for; "": a program
	Name        string
	Prefix      string
	Scopes      []string // narrow the role to these permissions; nil: all of it, empty: nothing
	AnyDocument bool
	Development bool // made by `usagegraph dev`
	CreatedAt   time.Time
	UpdatedAt   time.Time // when it was made, rotated or revoked, whichever was last
	ExpiresAt   time.Time // zero: never
	LastUsedAt  time.Time // to the minute; zero: not yet
	RevokedAt   time.Time // zero: not revoked
	SuccessorID int64     // the token that replaced it when it was rotated; 0: none
	// RolePermissions are the permissions of the role, if the account made it.
	RolePermissions []string
}

// Credential is a Token with what is known about the member it speaks for. An empty MemberRole says that there is no
// such member.
type Credential struct {
	Token
	MemberName, MemberEmail, MemberRole string
	MemberPermissions                   []string // the permissions of the member's role, if the account made it
}

// NewToken describes a token to make.
type NewToken struct {
	AccountID   int64 // 0: bound to no account
	Role        string
	UserID      string
	Name        string
	Prefix      string
	Hash        []byte   // SHA-256 of the secret
	Scopes      []string // as in Token; every one must be permitted by the role
	AnyDocument bool
	Development bool
	ExpiresAt   time.Time
	Actor       Actor
	TargetID    func(id int64) string // the opaque id for the audit log; nil: none
	// May reports whether the maker holds everything that a role permits; nil: everything may be given.
	May func(role string, chosen []string) bool
	// Fits reports whether a role permits all of Scopes; nil: there are no scopes to check.
	Fits func(role string, chosen []string) bool
}

// tokenColumns are the columns that Token.scan reads, in its order; the permissions are those that the role has now,
// not when the token was made.
const tokenColumns = `t.token_id, coalesce(t.account_id, 0), t.role, coalesce(t.user_id, ''), t.name, t.prefix, t.scopes,
t.documents = 'any', t.development, t.created_at, t.expires_at, t.last_used_at, t.revoked_at, coalesce(t.successor_id, 0), coalesce(r.permissions, '{}'),
greatest(t.created_at, t.revoked_at, (SELECT n.created_at FROM api_token n WHERE n.token_id = t.successor_id))`

// tokenTables are the tables of tokenColumns. A built-in role has no row in account_role.
const tokenTables = `api_token t LEFT JOIN account_role r ON r.account_id = t.account_id AND r.name = t.role`

// scan returns the destinations of tokenColumns.
func (t *Token) scan() []any {
	return []any{&t.ID, &t.AccountID, &t.Role, &t.UserID, &t.Name, &t.Prefix, &t.Scopes, &t.AnyDocument, &t.Development,
		&t.CreatedAt, (*zeroTime)(&t.ExpiresAt), (*zeroTime)(&t.LastUsedAt), (*zeroTime)(&t.RevokedAt), &t.SuccessorID, &t.RolePermissions, &t.UpdatedAt}
}

// zeroTime reads NULL as the zero time.
type zeroTime time.Time

// Scan implements sql.Scanner.
func (z *zeroTime) Scan(v any) error {
	// pgx passes nil for NULL.
	t, _ := v.(time.Time)
	*z = zeroTime(t)
	return nil
}

// CreateToken stores a token. It returns TooMuch if the role permits more than the maker may give, Invalid for an
// unknown role and for scopes beyond the role or the member, and NotFound for an unknown account or member.
func (s *Store) CreateToken(ctx context.Context, n NewToken) (Token, error) {
	if err := s.validateToken(n); err != nil {
		return Token{}, err
	}
	t := Token{AccountID: n.AccountID, Role: n.Role, UserID: n.UserID, Name: n.Name, Prefix: n.Prefix, Scopes: n.Scopes,
		AnyDocument: n.AnyDocument, Development: n.Development, CreatedAt: s.now(), ExpiresAt: n.ExpiresAt}
	t.UpdatedAt = t.CreatedAt
	err := s.transact(ctx, func(tx pgx.Tx) error {
		member, err := s.checkToken(ctx, tx, n, &t)
		if err != nil {
			return err
		}
		if err := insertToken(ctx, tx, &t, n.Hash); err != nil {
			return err
		}
		row := AuditRow{AccountID: n.AccountID, Actor: n.Actor, Action: AuditTokenCreated, Target: n.Name, After: t.audited(member)}
		if n.TargetID != nil {
			row.TargetID = n.TargetID(t.ID)
		}
		return s.Audit(ctx, tx, row)
	})
	return t, err
}

// validateToken refuses what can be refused without the database.
func (s *Store) validateToken(n NewToken) error {
	if err := text.CheckNameOf("name", n.Name, 100); err != nil {
		return err
	}
	switch {
	case !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(s.now()):
		return pg.Refuse(pg.Invalid, "expiresAt", "a token cannot expire in the past")
	}
	return nil
}

// maxTokens bounds the valid tokens of an account.
const maxTokens = 1000

// checkToken checks a token of an account against the account's people, under their lock. member is the e-mail address
// of the person that the token speaks for.
func (s *Store) checkToken(ctx context.Context, tx pgx.Tx, n NewToken, t *Token) (member string, err error) {
	if n.AccountID == 0 {
		return "", nil
	}
	if err := lockPeople(ctx, tx, n.AccountID); err != nil {
		return "", err
	}
	if n.UserID != "" {
		if member, err = n.checkMember(ctx, tx); err != nil {
			return "", err
		}
	}
	if n.Role == "PLATFORM" { // the command line makes them; rolePermissions knows only roles of members
		return member, nil
	}
	if t.RolePermissions, err = rolePermissions(ctx, tx, n.AccountID, n.Role); err != nil {
		return "", err
	}
	switch {
	// A token with more rights than its maker has would be a way to get them.
	case n.May != nil && !n.May(n.Role, t.RolePermissions):
		return "", pg.Refuse(pg.TooMuch, "role", "the role permits more than you may yourself")
	// Scopes can only narrow a role. One that the role lacks would look as if it were granted.
	case n.Fits != nil && !n.Fits(n.Role, t.RolePermissions):
		return "", pg.Refuse(pg.Invalid, "scopes", "the role does not permit all of this")
	}
	return member, tokenRoom(ctx, tx, n.AccountID, s.now())
}

// checkMember checks a token against the member it speaks for, and returns the member's address.
func (n NewToken) checkMember(ctx context.Context, tx pgx.Tx) (email string, err error) {
	m, found, err := findMember(ctx, tx, n.AccountID, n.UserID)
	switch {
	case err != nil:
		return "", err
	case !found:
		return "", pg.Refuse(pg.NotFound, "memberId", "there is no such member")
	case n.May != nil && !n.May(m.Role, m.RolePermissions): // the log would name the member as the author of what the token does
		return "", pg.Refuse(pg.TooMuch, "memberId", "the member may more than you may yourself")
	case n.Fits != nil && !n.Fits(m.Role, m.RolePermissions):
		return "", pg.Refuse(pg.Invalid, "scopes", "the member may not do all of this, and no token in the member's name may")
	}
	return m.Email, nil
}

// tokenRoom refuses if an account has as many valid tokens as it may have. The lock on the account's people is held, so
// the count still holds at the commit.
func tokenRoom(ctx context.Context, tx pgx.Tx, account int64, now time.Time) error {
	var n int
	if err := tx.QueryRow(ctx, `-- name: count valid tokens
SELECT count(*) FROM api_token WHERE account_id = $1 AND revoked_at IS NULL AND coalesce(expires_at > $2, true)`, account, now).Scan(&n); err != nil {
		return fmt.Errorf("count tokens: %w", err)
	}
	if n >= maxTokens {
		return pg.Refuse(pg.Invalid, "", "an account has at most %d valid tokens; revoke some", maxTokens)
	}
	return nil
}

// insertToken stores a token and sets its ID. The secret never comes here, so whoever reads the table, or a backup of
// it, cannot use what it holds.
func insertToken(ctx context.Context, tx pgx.Tx, t *Token, hash []byte) error {
	documents := "trusted"
	if t.AnyDocument {
		documents = "any"
	}
	err := tx.QueryRow(ctx, `-- name: create token
INSERT INTO api_token (account_id, role, user_id, name, prefix, hash, scopes, documents, development, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING token_id`, pg.OrNull(t.AccountID), t.Role, pg.OrNull(t.UserID), t.Name,
		t.Prefix, hash, t.Scopes, documents, t.Development, t.CreatedAt, pg.OrNull(t.ExpiresAt)).Scan(&t.ID)
	if pg.HasState(err, "23503") {
		return NoAccount()
	}
	if err != nil {
		return fmt.Errorf("create token: %w", err)
	}
	return nil
}

// CredentialByHash finds the token whose secret has a hash, also if it has ended; it returns NotFound if there is none.
// It is called for each request with a token that the process does not remember, so one statement reads everything that
// the answer depends on: the role, the member and the member's role. Whether the token is valid is for the caller to
// decide, by its own clock.
func (s *Store) CredentialByHash(ctx context.Context, hash []byte) (Credential, error) {
	var c Credential
	err := s.pool.QueryRow(ctx, `-- name: find token by hash
SELECT `+tokenColumns+`, coalesce(m.name, ''), coalesce(m.email, ''), coalesce(m.role, ''), coalesce(mr.permissions, '{}')
FROM `+tokenTables+` LEFT JOIN member m ON m.account_id = t.account_id AND m.user_id = t.user_id
LEFT JOIN account_role mr ON mr.account_id = m.account_id AND mr.name = m.role WHERE t.hash = $1`, hash).
		Scan(append(c.scan(), &c.MemberName, &c.MemberEmail, &c.MemberRole, &c.MemberPermissions)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return Credential{}, pg.Refuse(pg.NotFound, "", "there is no such token")
	}
	if err != nil {
		return Credential{}, fmt.Errorf("find token: %w", err)
	}
	return c, nil
}

// Tokens reads a page of an account's tokens, newest first. total asks for their number.
func (s *Store) Tokens(ctx context.Context, account int64, p pg.Page, total bool) (pg.Paged[Token], error) {
	clause, args := p.Clause([]string{"t.token_id"}, []any{account})
	rows, err := s.pool.Query(ctx, "-- name: list tokens\nSELECT "+tokenColumns+" FROM "+tokenTables+" WHERE t.account_id = $1"+clause, args...)
	if err != nil {
		return pg.Paged[Token]{}, fmt.Errorf("list tokens: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanToken)
	if err != nil {
		return pg.Paged[Token]{}, fmt.Errorf("list tokens: %w", err)
	}
	// Tokens that have ended are listed too: here one looks up whose a leaked secret was.
	out := pg.CutPage(p, list)
	if total {
		err = s.pool.QueryRow(ctx, "-- name: count tokens\nSELECT count(*) FROM api_token WHERE account_id = $1", account).Scan(&out.Total)
	}
	if err != nil {
		return pg.Paged[Token]{}, fmt.Errorf("count tokens: %w", err)
	}
	return out, nil
}

// Token reads a token by its key. It returns NotFound if there is none.
func (s *Store) Token(ctx context.Context, id int64) (Token, error) {
	return s.TokenWithin(ctx, nil, id)
}

// TokenWithin reads a token of the given accounts; nil means any token, also one bound to no account. It returns
// NotFound if there is none; a token of another account is answered in the same way and takes no longer.
func (s *Store) TokenWithin(ctx context.Context, accounts []int64, id int64) (Token, error) {
	rows, err := s.pool.Query(ctx, "-- name: find token\nSELECT "+tokenColumns+" FROM "+tokenTables+`
WHERE t.token_id = $1 AND ($2::bigint[] IS NULL OR t.account_id = ANY($2::bigint[]))`, id, accounts)
	var t Token
	if err == nil {
		t, err = pgx.CollectExactlyOneRow(rows, scanToken)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return Token{}, pg.Refuse(pg.NotFound, "apiTokenId", "there is no such token")
	}
	if err != nil {
		return Token{}, fmt.Errorf("find token: %w", err)
	}
	return t, nil
}

// TokensWithin reads tokens by id, at most 1,000, of the given accounts; nil means all. Others are missing from the
// result.
func (s *Store) TokensWithin(ctx context.Context, accounts, ids []int64) (map[int64]Token, error) {
	rows, err := s.pool.Query(ctx, "-- name: read tokens\nSELECT "+tokenColumns+" FROM "+tokenTables+`
WHERE t.token_id = ANY($1::bigint[]) AND ($2::bigint[] IS NULL OR t.account_id = ANY($2::bigint[])) ORDER BY t.token_id LIMIT 1000`, ids, accounts)
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanToken)
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	found := make(map[int64]Token, len(list))
	for _, t := range list {
		found[t.ID] = t
	}
	return found, nil
}

// RevokeToken ends a token of an account at once and tells every process; account 0 stands for tokens bound to none. It
// returns NotFound for a token of another account. Revoking a token again changes nothing.
func (s *Store) RevokeToken(ctx context.Context, account, id int64, targetID string, actor Actor) (Token, error) {
	var t Token
	err := s.transact(ctx, func(tx pgx.Tx) error {
		var err error
		if t, err = lockToken(ctx, tx, account, id); err != nil {
			return err
		}
		// A second revocation keeps the first instant, which is when the token really ended.
		if !t.RevokedAt.IsZero() {
			return nil
		}
		t.RevokedAt = s.now()
		t.UpdatedAt = t.RevokedAt
		// Read only for the log, which names the member; a member who has left since is not named.
		m, _, err := findMember(ctx, tx, account, t.UserID)
		if err != nil {
			return err
		}
		if err := revoke(ctx, tx, id, t.RevokedAt); err != nil {
			return err
		}
		return s.Audit(ctx, tx, AuditRow{AccountID: account, Actor: actor, Action: AuditTokenRevoked, TargetID: targetID, Target: t.Name, Before: t.audited(m.Email)})
	})
	return t, err
}

// revoke ends a token and its sessions.
func revoke(ctx context.Context, tx pgx.Tx, id int64, at time.Time) error {
	if _, err := tx.Exec(ctx, `-- name: revoke token
UPDATE api_token SET revoked_at = $2 WHERE token_id = $1`, id, at); err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	return tellAccess(ctx, tx, TokenSession(id))
}

// TouchTokens notes when tokens were last used; times are truncated to the minute.
func (s *Store) TouchTokens(ctx context.Context, used map[int64]time.Time) error {
	// Every request with a token is a use, so each process gathers the uses (package auth) and notes them together; to
	// the minute, so that a busy token's row is written once a minute and not each time.
	ids, at := make([]int64, 0, len(used)), make([]time.Time, 0, len(used))
	for id, t := range used {
		ids, at = append(ids, id), append(at, t.UTC().Truncate(time.Minute))
	}
	// Without a lock and without the log: a process that dies loses no more than a minute of "last used".
	_, err := s.pool.Exec(ctx, `-- name: note use of tokens
UPDATE api_token t SET last_used_at = u.at FROM unnest($1::bigint[], $2::timestamptz[]) AS u (token_id, at)
WHERE t.token_id = u.token_id AND (t.last_used_at IS NULL OR t.last_used_at < u.at)`, ids, at)
	if err != nil {
		return fmt.Errorf("note use of tokens: %w", err)
	}
	return nil
}

// DropDevelopmentTokens revokes the development tokens that are not among keep, and ends their sessions. The append to
// an empty slice turns nil into an empty array: NULL would keep all tokens.
func (s *Store) DropDevelopmentTokens(ctx context.Context, keep []int64) error {
	if _, err := s.pool.Exec(ctx, `-- name: revoke development tokens
WITH gone AS (UPDATE api_token SET revoked_at = $1 WHERE development AND revoked_at IS NULL AND NOT token_id = ANY($2::bigint[]) RETURNING token_id)
SELECT pg_notify($3, 'token:' || token_id) FROM gone`, s.now(), append([]int64{}, keep...), AccessChannel); err != nil {
		return fmt.Errorf("revoke development tokens: %w", err)
	}
	return nil
}

// maxServiceTokens bounds the tokens that ServiceTokens lists.
const maxServiceTokens = 1000

// ServiceTokens lists the tokens of PLATFORM, SUPPORT and ANALYST, newest first, at most 1,000.
func (s *Store) ServiceTokens(ctx context.Context) ([]Token, error) {
	rows, err := s.pool.Query(ctx, `-- name: list service tokens
SELECT `+tokenColumns+` FROM `+tokenTables+` WHERE t.role IN ('PLATFORM', 'SUPPORT', 'ANALYST') ORDER BY t.token_id DESC LIMIT $1`, maxServiceTokens)
	if err != nil {
		return nil, fmt.Errorf("list service tokens: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanToken)
	if err != nil {
		return nil, fmt.Errorf("list service tokens: %w", err)
	}
	return list, nil
}

// scanToken reads a row of tokenColumns.
func scanToken(row pgx.CollectableRow) (t Token, err error) {
	err = row.Scan(t.scan()...)
	return t, err
}

// audited returns the token's state for the audit log; member is the address of the person it speaks for, or "" for a
// program.
func (t *Token) audited(member string) map[string]any {
	documents := "TRUSTED"
	if t.AnyDocument {
		documents = "ANY"
	}
	state := map[string]any{"name": t.Name, "prefix": t.Prefix, "role": t.Role, "scopes": t.Scopes, "documents": documents}
	if member != "" {
		state["member"] = member
	}
	if !t.ExpiresAt.IsZero() {
		state["expiresAt"] = t.ExpiresAt
	}
	return state
}
