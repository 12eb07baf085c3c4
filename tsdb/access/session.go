package access

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// AccessChannel is the NOTIFY channel that tells which sessions' rights have changed. The payload is the name of a
// session, as TokenSession and UserSession make it.
const AccessChannel = "usagegraph_access"

// A session is what a process remembers of a caller between requests, or for as long as a subscription lasts: who the
// caller is and what the caller may do. Each process looks a session up again once it has heard its name.

// TokenSession names the sessions of an API token.
func TokenSession(id int64) string { return "token:" + strconv.FormatInt(id, 10) }

// UserSession names the sessions of a person.
func UserSession(userID string) string { return "user:" + userID }

// maxPayload is a little less than the 7,999 bytes that NOTIFY can carry.
const maxPayload = 7900

// tellAccess tells every process, at the commit, that the rights of sessions changed. PostgreSQL sends equal
// notifications of one transaction only once, in the order of commits, and none of a transaction that is rolled back.
func tellAccess(ctx context.Context, tx pgx.Tx, session string) error {
	// "" makes every process look at all its sessions. A longer payload would make NOTIFY fail the transaction.
	if len(session) > maxPayload {
		session = ""
	}
	if _, err := tx.Exec(ctx, "-- name: notify of access\nSELECT pg_notify($1, $2)", AccessChannel, session); err != nil {
		return fmt.Errorf("notify of access: %w", err)
	}
	return nil
}

// ListenAccess calls heard for each change of rights, first with "" as soon as it listens, since something may have
// been missed before. It holds one connection and returns when the connection or ctx ends; the caller then listens
// anew, and that call with "" makes up for what was sent in between.
func (s *Store) ListenAccess(ctx context.Context, heard func(session string)) error {
	const listen = "LISTEN " + AccessChannel
	if err := pg.Listen(ctx, s.listen, listen, func() { heard("") }, heard); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return nil
}
