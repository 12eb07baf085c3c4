package access

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// MembersOf reads members of an account by user id, at most 1,000; who is none is missing.
func (s *Store) MembersOf(ctx context.Context, account int64, userIDs []string) (map[string]Member, error) {
	rows, err := s.pool.Query(ctx, `-- name: read members
SELECT `+memberColumns+` FROM `+memberTables+` WHERE m.account_id = $1 AND m.user_id = ANY($2::text[]) ORDER BY m.user_id LIMIT 1000`, account, userIDs)
	if err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanMember)
	if err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	// By user id: the caller asks for those of many rows at once, in whatever order the rows are.
	found := make(map[string]Member, len(list))
	for _, m := range list {
		found[m.UserID] = m
	}
	return found, nil
}

// MemberPage says which page of an account's members to read. They run by name, and by user id where names are alike.
type MemberPage struct {
	Search        string     // the name or e-mail contains this, whatever the case
	Limit         int        // rows, 1 to 100
	Backward      bool       // the last rows instead of the first
	After, Before *[2]string // Key of a row; nil: none
	Total         bool       // count the rows that the search leaves
}

// Key is the place of a member, as it was read, in the list: what the database compares, which only the database can say. Lower case is a
// matter of its locale.
func (m Member) Key() [2]string { return [2]string{m.sortName, m.UserID} }

// Members reads a page of an account's members.
func (s *Store) Members(ctx context.Context, account int64, p MemberPage) (pg.Paged[Member], error) {
	// One row more than asked for says whether there are more. position and not LIKE: what people search for is no pattern.
	args := []any{account, p.Search, p.Limit + 1}
	sql := `-- name: list members
SELECT ` + memberColumns + ` FROM ` + memberTables + ` WHERE m.account_id = $1
AND ($2 = '' OR position(lower($2) IN lower(m.name)) > 0 OR position(lower($2) IN lower(m.email)) > 0)`
	for _, edge := range []struct {
		key *[2]string
		op  string
	}{{p.After, ">"}, {p.Before, "<"}} {
		if edge.key != nil {
			args = append(args, edge.key[0], edge.key[1])
			// A comparison of rows, so that the index of name and user id would serve; an account has hundreds of members rather than
			// millions, and they are sorted.
			sql += fmt.Sprintf(" AND (lower(m.name), m.user_id) %s ($%d, $%d)", edge.op, len(args)-1, len(args))
		}
	}
	direction := ""
	if p.Backward {
		direction = " DESC"
	}
	sql += " ORDER BY lower(m.name)" + direction + ", m.user_id" + direction + " LIMIT $3"
	// Outside of a snapshot: a list is read page by page anyway, and keys keep pages from repeating or losing who stays.
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return pg.Paged[Member]{}, fmt.Errorf("list members: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanMember)
	if err != nil {
		return pg.Paged[Member]{}, fmt.Errorf("list members: %w", err)
	}
	// The keys are texts, so Page.Clause could not make the condition; what is left of the page is the same.
	out := pg.CutPage(pg.Page{Limit: p.Limit, Backward: p.Backward, After: mark(p.After), Before: mark(p.Before)}, list)
	if p.Total {
		out.Total, err = s.countMembers(ctx, account, p.Search)
	}
	return out, err
}

// mark tells paged that there is a key; its numbers do not matter there.
func mark(key *[2]string) []int64 {
	if key == nil {
		return nil
	}
	return []int64{}
}

// countMembers counts by the condition of the list; roles do not matter to it, so they are not joined.
func (s *Store) countMembers(ctx context.Context, account int64, search string) (n int, err error) {
	err = s.pool.QueryRow(ctx, `-- name: count members
SELECT count(*) FROM member m WHERE m.account_id = $1
AND ($2 = '' OR position(lower($2) IN lower(m.name)) > 0 OR position(lower($2) IN lower(m.email)) > 0)`, account, search).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count members: %w", err)
	}
	return n, nil
}

// Membership is a person's place in one account.
type Membership struct {
	AccountID       int64
	Email           string
	Role            string
	RolePermissions []string // what the role holds, where the account made it
}

// maxMemberships bounds the accounts that one person is bound to.
const maxMemberships = 1000

// Memberships lists the accounts in which a person is a member, by key, at most 1,000.
func (s *Store) Memberships(ctx context.Context, userID string) ([]Membership, error) {
	rows, err := s.pool.Query(ctx, `-- name: list memberships of a person
SELECT m.account_id, m.email, m.role, coalesce(r.permissions, '{}') FROM `+memberTables+`
WHERE m.user_id = $1 ORDER BY m.account_id LIMIT $2`, userID, maxMemberships)
	if err != nil {
		return nil, fmt.Errorf("list memberships: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Membership])
	if err != nil {
		return nil, fmt.Errorf("list memberships: %w", err)
	}
	return list, nil
}

// MemberOfRole is the user id of the first member of an account with a role; "" where there is none.
func (s *Store) MemberOfRole(ctx context.Context, account int64, role string) (userID string, err error) {
	err = s.pool.QueryRow(ctx, `-- name: find member of a role
SELECT user_id FROM member WHERE account_id = $1 AND role = $2 ORDER BY user_id LIMIT 1`, account, role).Scan(&userID)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find member of a role: %w", err)
	}
	return userID, nil
}
