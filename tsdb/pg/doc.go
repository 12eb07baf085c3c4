// Package pg is what the rooms of tsdb know about PostgreSQL and not about accounts: transactions and their repeats, rows in binary form,
// COPY, pages of lists, listening, what SQLSTATEs mean, and the typed refusal that every operation answers with.
//
// # The files, in the order in which an operation comes to them
//
// tx.go runs a transaction and repeats it where PostgreSQL asks for that; batchedtx.go does so for those that must take few round trips,
// such as the one that stores usage. query.go is what reads need. page.go adds to a query which page of a list to read, and
// arguments.go numbers the arguments of a statement that is put together.
//
// What comes back is read by pgx or, where there are many columns, by binaryrow.go. What goes in as rows goes as arrays (columns.go) or,
// past some dozens, by COPY (copy.go).
//
// error.go is what an operation refuses, outage.go what its failure says about the database. listen.go waits for what other processes
// committed.
//
// # Refusals and failures
//
// An *Error is an answer: the operation was understood, nothing was changed, and asking again gives the same. Every other error is a
// failure. Where Unavailable reports true it is the database's: what became of a change is not known, and whoever asked may ask again,
// which is why operations that change something are idempotent. What is left is a fault of the program.
package pg
