// Package auth identifies callers and determines what their roles permit: principals, roles and permissions, API tokens and OpenID Connect.
// tsdb/access stores who has which role.
//
// Invariants: nothing is permitted that no role grants; a principal bound to accounts reaches only those; a secret is stored as its hash
// and shown once; every process refuses a revoked or expired credential within TokenTTL.
package auth
