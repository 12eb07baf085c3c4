// Package auth says who asks, and what their role permits: principals, roles and permissions, API tokens and OpenID Connect. Who has
// which role is kept by tsdb/access.
//
// Invariants: nothing is permitted that no role grants; a principal that is bound to accounts reaches those alone; a
// secret is stored as its hash and shown once; a revoked or expired credential is refused within TokenTTL by every process.
package auth
