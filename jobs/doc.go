// Package jobs does what must happen without anybody asking: jobs by the clock, and the delivery of e-mails. It runs on
// River, in the same database as everything else, so that a mail is queued in the transaction that caused it and the
// processes share the work without knowing each other.
//
// Invariants: what a job does is right however often and by however many processes it is done; a job that is missed
// costs latency, never money (rules.md §3). A mail is queued exactly once and delivered at least once, each time with the
// same Message-ID (rules.md §8).
package jobs
