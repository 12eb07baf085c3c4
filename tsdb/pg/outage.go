package pg

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// inFailedTransaction is the SQLSTATE of a question to a transaction in which another one has failed: that one's error is the reason.
const inFailedTransaction = "25P02"

// Classes and codes of SQLSTATEs that say nothing against the question: asked again later, it is answered. Connections (08), no room on
// disk, in memory or of connections (53), going down, starting or cut off by an administrator or a time-out (57), its files (58), locks
// and serialization (40, 55P03); a server that only reads, such as one that was the primary until a failover (25006); transactions that
// have failed or were ended for being idle or slow (25P02 to 25P04).
var passingStates = [...]string{"08", "53", "57", "58", "40", "55P03", "25006", inFailedTransaction, "25P03", "25P04"} // constant

// Unavailable reports whether an operation failed because the database cannot be asked for now: it does not answer, is cut off, goes
// down, reads only, has no room, or did not come to an end in time. That is neither the caller's fault nor one of the program. What
// became of a change is then not known, and the same operation may be tried again.
func Unavailable(err error) bool {
	return err != nil && (hasStateLike(err, passingStates[:]) || isCutOff(err) || isLate(err) || errors.Is(err, pgx.ErrTxCommitRollback))
}

// FollowsFailure reports whether a question failed for no reason of its own: another one had failed before it in its transaction.
func FollowsFailure(err error) bool { return HasState(err, inFailedTransaction) }

// IsOutage reports whether a batch failed because of the database as a whole: there is no connection, no room, or it is going down.
// Whoever is tried next would fail too. A time-out is none: one account that is locked makes a whole batch wait.
func IsOutage(err error) bool {
	return hasStateLike(err, []string{"08", "53", "57P", "58", "25006"}) || isCutOff(err) || errors.Is(err, context.Canceled)
}

// hasStateLike reports whether err is a PostgreSQL error whose SQLSTATE begins with one of the texts.
func hasStateLike(err error, beginnings []string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && slices.ContainsFunc(beginnings, func(begin string) bool { return strings.HasPrefix(pg.Code, begin) })
}

// isCutOff reports whether there was no connection, or it broke.
func isCutOff(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &connect), errors.Is(err, pgconn.ErrConnClosed), errors.Is(err, net.ErrClosed), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	case isLate(err): // a time-out of a context is a net.Error too
		return false
	}
	return errors.As(err, &network)
}

// isLate reports whether an operation was not over in time, or given up.
func isLate(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || pgconn.Timeout(err)
}

// Hangs reports whether the database does not even answer a question that needs nothing.
func Hangs(ctx context.Context, pool *pgxpool.Pool) bool {
	const patience = 2 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return pool.Ping(ctx) != nil
}
