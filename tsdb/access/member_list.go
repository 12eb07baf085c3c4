package access

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// MembersOf reads members of an account by user id, at most 1,000. Users who are not members are missing from the
// result.
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
	// By user id, because the caller asks for the members of many rows at once, in any order.
	found := make(map[string]Member, len(list))
	for _, m := range list {
		found[m.UserID] = m
	}
	return found, nil
}

// MemberPage says which page of an account's members to read. They are ordered by name, and by user id where names are
// equal.
type MemberPage struct {
	Search        string     // the name or e-mail contains this, ignoring case
	Limit         int        // rows, 1 to 100
	Backward      bool       // the last rows instead of the first
	After, Before *[2]string // Key of a row; nil: none
	Total         bool       // count the members that match the search
}

// memberFound is the condition that a member matches the search $2.
const memberFound = `($2 = '' OR position(lower($2::text` + pg.Letters + `) IN lower(m.name` + pg.Letters + `)) > 0
  OR position(lower($2::text` + pg.Letters + `) IN lower(m.email` + pg.Letters + `)) > 0)`

// Key returns the place of a member, as it was read, in the list: what the database compares. Only the database can say
// it, since its lower case need not be that of Go.
func (m Member) Key() [2]string { return [2]string{m.sortName, m.UserID} }

// Members reads a page of an account's members.
func (s *Store) Members(ctx context.Context, account int64, p MemberPage) (pg.Paged[Member], error) {
	// One row more than asked for shows whether there are more. position is used and not LIKE, because a search is not a
	// pattern.
	args := []any{account, p.Search, p.Limit + 1}
	sql := `-- name: list members
SELECT ` + memberColumns + ` FROM ` + memberTables + ` WHERE m.account_id = $1
AND ` + memberFound
	for _, edge := range []struct {
		key *[2]string
		op  string
	}{{p.After, ">"}, {p.Before, "<"}} {
		if edge.key != nil {
			args = append(args, edge.key[0], edge.key[1])
			// Rows are compared, so that an index on name and user id could serve. There is none: an account has hundreds
			// of members rather than millions, so they are sorted.
			sql += fmt.Sprintf(" AND (lower(m.name"+pg.Letters+"), m.user_id) %s ($%d, $%d)", edge.op, len(args)-1, len(args))
		}
	}
	direction := ""
	if p.Backward {
		direction = " DESC"
	}
	sql += " ORDER BY lower(m.name" + pg.Letters + ")" + direction + ", m.user_id" + direction + " LIMIT $3"
	// Outside a snapshot: a list is read page by page anyway, and keys keep pages from repeating or losing members who
	// stay.
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return pg.Paged[Member]{}, fmt.Errorf("list members: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanMember)
	if err != nil {
		return pg.Paged[Member]{}, fmt.Errorf("list members: %w", err)
	}
	// The keys are texts, so Page.Clause could not make the condition; the rest of the paging is the same.
	out := pg.CutPage(pg.Page{Limit: p.Limit, Backward: p.Backward, After: mark(p.After), Before: mark(p.Before)}, list)
	if p.Total {
		out.Total, err = s.countMembers(ctx, account, p.Search)
	}
	return out, err
}

// mark tells CutPage that there is a key; its numbers do not matter there.
func mark(key *[2]string) []int64 {
	if key == nil {
		return nil
	}
	return []int64{}
}

// countMembers counts by the condition of the list. That does not depend on roles, so they are not joined.
func (s *Store) countMembers(ctx context.Context, account int64, search string) (n int, err error) {
	err = s.pool.QueryRow(ctx, `-- name: count members
SELECT count(*) FROM member m WHERE m.account_id = $1
AND `+memberFound, account, search).Scan(&n)
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

// maxMemberships bounds the accounts that Memberships lists.
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

// MemberOfRole returns the user id of an account's first member with a role, or "" if there is none.
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
