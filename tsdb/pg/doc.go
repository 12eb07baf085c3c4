// Package pg is what the rooms of tsdb know about PostgreSQL and not about accounts: transactions and their repeats, rows in binary form,
// COPY, pages of lists, listening, what SQLSTATEs mean, and the typed refusal that every operation answers with.
package pg
