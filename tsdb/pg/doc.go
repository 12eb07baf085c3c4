// Package pg is the part of tsdb that knows PostgreSQL but no accounts: transactions and their retries, rows in binary
// form, COPY, pages of lists, LISTEN, the meaning of SQLSTATEs, and the typed refusal that every operation may return.
//
// # The files, in the order in which an operation comes to them
//
// tx.go runs a transaction and repeats it when PostgreSQL asks for that; batchedtx.go does the same for transactions
// that must take few round trips, such as the one that stores usage. query.go says what reads need. page.go adds to a
// query the clauses for one page of a list, and arguments.go numbers the arguments of a statement that is put together.
//
// Results are read by pgx or, if they have many columns, by binaryrow.go. Rows are sent as arrays (columns.go) or, if
// there are more than some dozens, by COPY (copy.go).
//
// turns.go shares places, such as those of snapshots, between callers.
//
// error.go has the refusals of operations, and outage.go tells what a failure says about the database. listen.go waits
// for notifications of what other processes committed.
//
// # Refusals and failures
//
// An *Error is an answer: the operation was understood, nothing was changed, and asking again gives the same answer.
// Every other error is a failure. If Unavailable reports true for it, the database failed: whether a change was made is
// unknown, and the caller may ask again, which is why operations that change something are idempotent. Any other
// failure is a fault of the program.
package pg
