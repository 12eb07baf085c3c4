// Package access keeps who may do what: members and their roles, tokens, billing contacts, trusted documents, and the audit log of what
// people changed. It knows accounts by their id alone and nothing of their books.
//
// # The order in which things happen
//
// The issuer says who a person is: claim.go makes, changes and ends memberships so that they are those that a token of the issuer claims.
// Members that people make by hand are in member.go, and their list in member_list.go. What a member may is a role: a built-in one, or one
// that the account made itself (role.go).
//
// Programs come with API tokens. token.go makes one, finds it by the hash of its secret when a request comes in, notes its use and ends it;
// rotate.go puts a new secret in the place of an old one without a gap. document.go keeps the GraphQL documents that callers may send who
// may send nothing else. session.go tells all processes whose rights changed.
//
// mute.go and contact.go say who gets the account's e-mails. audit.go writes down who changed what, and is read by the account's people.
//
// # What always holds
//
//   - An account that has had a master admin keeps one, whatever the issuer or two people at the same moment do.
//   - A member has a role that is there, and so has every valid token; a role in use cannot be removed.
//   - A token that speaks for a member ends with the membership.
//   - A change and its entry in the audit log are one transaction: there is never one without the other. What is refused, and what changes
//     nothing, leaves no entry; only a member or a role that is set to what it was is noted again, since somebody decided it.
//   - Processes keep sessions open, such as a subscription of many hours. A change of rights is told to all of them by NOTIFY in the same
//     transaction, so that nobody hears of it before it holds, or does not hear of it where it does.
//
// # Locks
//
// lockPeople locks the row of the account, and whatever changes members, roles or tokens of the account takes it first. So "the last one",
// "in use" and "at most so many" are counted by one transaction at a time, and still hold when it commits. Only the end of a token takes no
// more than that token's row: it can make nothing untrue that was counted. A claim about one person in several accounts locks the person
// first, then the accounts in the order of their keys.
//
// The lock is FOR NO KEY UPDATE. It excludes whoever else would change the account's people or its row, but neither reads, nor the books,
// which lock the row of the balance instead, nor rows that refer to the account by a foreign key.
package access
