// Package access keeps who may do what: members and their roles, tokens, billing contacts, trusted documents, and the
// audit log of what people changed. It knows accounts only by their id and nothing of their books.
//
// # The order in which things happen
//
// The issuer says who a person is: claim.go makes, changes and ends memberships so that they are those that the
// issuer's token claims. member.go is about the members that people make by hand, and member_list.go lists members.
// What a member may do depends on the role: a built-in one, or one that the account made itself (role.go).
//
// Programs sign in with API tokens. token.go makes a token, finds it by the hash of its secret when a request comes in,
// notes its use and ends it; rotate.go replaces a token by a new one without a gap. document.go keeps the GraphQL
// documents that callers may send who may send no others. session.go tells all processes whose rights changed.
//
// mute.go and contact.go say who gets the account's e-mails. audit.go records who changed what, for the account's
// people to read.
//
// # What always holds
//
//   - An account that has had a master admin keeps one, whatever the issuer does, or two people do at the same moment.
//   - Every member and every valid token has a role that exists; a role in use cannot be removed.
//   - A token that speaks for a member ends with the membership.
//   - A change and its entry in the audit log are one transaction: neither exists without the other. What is refused or changes nothing
//     writes no entry, except that setting a member or a role to what it was is recorded again, since somebody decided it.
//   - Processes keep sessions open, such as a subscription of many hours. NOTIFY tells all of them of a change of rights in the same
//     transaction, so that none hears of it before it holds, and none that is listening misses it.
//
// # Locks
//
// lockPeople locks the row of the account; whatever changes members, roles or tokens of the account takes this lock
// first. So "the last one", "in use" and "at most so many" are counted by one transaction at a time, and still hold
// when it commits. Only the end of a token locks no more than that token's row, since it cannot make any of these
// counts wrong. A claim about one person in several accounts locks the person first, then the accounts in the order of
// their keys.
//
// The lock is FOR NO KEY UPDATE. It excludes others who would change the account's people or its row. It does not
// exclude reads, the books, which lock the row of the balance instead, or rows that refer to the account by a foreign
// key.
package access
