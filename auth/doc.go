// Package auth says who asks and what they may do: principals, roles and permissions, API tokens and OpenID Connect.
//
// Invariants: nothing is permitted that no role grants; a principal that is bound to accounts reaches those alone; a
// secret is stored as its hash and shown once; a revoked or expired credential is refused within TokenTTL by every process.
package auth
