// Package jobs does what must happen without anybody asking: scheduled jobs, and the delivery of e-mails. It uses River, in the same
// database as everything else, so that an e-mail is queued in the transaction that causes it, and processes share the work without knowing
// each other.
//
// Invariants: a job is correct however often and by however many processes it is done; a missed job costs latency, never money (rules.md
// §3). An e-mail is queued exactly once and delivered at least once, each time with the same Message-ID (rules.md §8).
package jobs
