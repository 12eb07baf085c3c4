// Package live turns committed changes into frames for those who watch an account.
//
// One hub a process hears of commits over one LISTEN connection, reads all changed accounts that somebody watches in one
// query, and makes each frame once for everybody who watches the same thing in the same form. A notification is only a
// hint: the hub looks again whenever it has (re)connected, and every two seconds in any case, by comparing each account's
// last seq with the one it has shown.
//
// Promises:
//   - States (Status, Banners): the first frame comes at once and is the present state; states in between may be dropped,
//     the last never is. Whoever joins sees at least what was committed before he joined.
//   - Events (Crossings, Deployments): each once, in order, without a gap, from a cursor on; without one, or with one that
//     lies before what is kept, a snapshot comes first and the events after it follow.
//   - A watcher costs no goroutine, holds nobody up, and has no queue here: states wait in the database, events in the
//     outbox. A sink that takes no event for now is asked again later.
package live
