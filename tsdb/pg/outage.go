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

// inFailedTransaction is the SQLSTATE of a statement in a transaction in which an earlier one has failed: that one's
// error is the reason.
const inFailedTransaction = "25P02"

// passingStates are classes and codes of SQLSTATEs that say nothing against the statement: sent again later, it may
// succeed. They are about connections (08), no room on disk, in memory or for connections (53), shutting down, starting
// or being cut off by an administrator or a time-out (57), the database's files (58), locks and serialization (40,
// 55P03), a server that only reads, such as one that was the primary until a failover (25006), and transactions that
// have failed or were ended for being idle or slow (25P02 to 25P04).
var passingStates = [...]string{"08", "53", "57", "58", "40", "55P03", "25006", inFailedTransaction, "25P03", "25P04"} // constant

// Unavailable reports whether an operation failed because the database cannot be used at present: it does not answer,
// is cut off, shuts down, only reads, has no room, or did not finish in time. That is a fault neither of the caller nor
// of the program. Whether a change was made is then unknown, and the same operation may be tried again.
func Unavailable(err error) bool {
	return err != nil && (hasStateLike(err, passingStates[:]) || isCutOff(err) || isLate(err) || errors.Is(err, pgx.ErrTxCommitRollback))
}

// FollowsFailure reports whether a statement failed only because another one had failed before it in its transaction.
func FollowsFailure(err error) bool { return HasState(err, inFailedTransaction) }

// IsOutage reports whether a batch failed because of the database as a whole: there is no connection or no room, or it
// is shutting down. The next batch would fail too. A time-out is not an outage, since one locked account makes a whole
// batch wait.
func IsOutage(err error) bool {
	return hasStateLike(err, []string{"08", "53", "57P", "58", "25006"}) || isCutOff(err) || errors.Is(err, context.Canceled)
}

// hasStateLike reports whether err is a PostgreSQL error whose SQLSTATE begins with one of beginnings.
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

// isLate reports whether an operation did not finish in time, or was given up.
func isLate(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || pgconn.Timeout(err)
}

// Hangs reports whether the database does not answer even a ping within two seconds.
func Hangs(ctx context.Context, pool *pgxpool.Pool) bool {
	const patience = 2 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return pool.Ping(ctx) != nil
}
