// Package tsdb is everything that talks to the database: one TimescaleDB over pgx/v5. A change of an account is one
// transaction; jobs, long catch-ups and late ends of hosting take several. The rules about money are in package
// billing.
//
// # The files, in the order in which things happen
//
// store.go makes a Store; epoch.go notices that the database is another one, after a failover or a restore, and
// edition.go finds out what it can do. account.go creates an account with its free grants, its members and its first
// cycle.
//
// The catalog is what usage can be of: resource.go with tool.go, model.go, guardrail.go and script.go; deployment.go
// and hosting.go with segment.go for what runs; finetuning.go for jobs; upsert.go and external.go for a platform that
// knows things by its own ids.
//
// Usage comes in through batcher.go, which makes one transaction of many callers' events. Each of its stages has a
// file: ingest_read.go, ingest_decide.go, ingest_post.go, ingest_store.go. Counters become events in counter.go and
// countersettle.go. void.go takes events back.
//
// Everything that changes an account is a change (change.go): load.go reads the books under their lock, or memory.go
// remembers them; billing brings them up and applies the change; flush.go writes what came of it: the ledger
// (entry.go), balances and grants, what charts gain (delta.go), the outbox of events for subscribers (outbox.go),
// thresholds crossed (crossing.go) and the e-mails that follow (mail.go). idempotency.go answers a repeated request
// with its first answer.
//
// By the clock: meter.go posts hosting, rollup.go moves usage to the chart tables, expiry.go warns of ends,
// retention.go and compress.go free disk space, reconcile.go and checkpoint.go compare books with facts, rebuild.go
// makes the charts again from facts.
//
// Reads go through reader.go: one snapshot and one instant for all that an operation asks. listen.go hears what other
// processes have committed.
//
// # Locks, in the order in which they are taken
//
//  1. The rows of balance, in the order of account ids. Only the holder of an account's row may change its books and its catalog. A transaction
//     of many accounts takes all of them in one statement.
//  2. What else the transaction needs: rows of the account's own catalog, or the plan that the account is put on.
//
// A change of plans, rate cards (ratepublish.go), counters or an account's people (tsdb/access) locks their rows and no
// balance. Roll-up and retention exclude each other by an advisory lock (rollup.go) and by usage_frozen (retention.go).
//
// # What always holds
//
//   - A balance changes only together with its ledger entry, in one transaction; seq numbers what subscribers hear in the order of commits.
//   - The ledger is append-only. What charts read can be rebuilt from the facts, as far back as events are kept; the sums of the
//     balance row follow from the ledger and the grants.
//   - Every key of the ledger, the events and the charts begins with the account, so that its rows lie together and could be moved together.
package tsdb
