// Package live turns committed changes into frames for those who watch an account.
//
// Each process has one hub. It hears of commits over one LISTEN connection, reads all changed accounts that somebody watches in one query,
// and makes each frame once for everybody who watches the same thing in the same form. A notification is only a hint: the hub also compares
// each account's last revision with the one it has shown, whenever it has (re)connected and every two seconds in any case.
//
// Promises:
//   - States (Status, Banners): the first frame comes at once and is the present state; states in between may be dropped, but never the
//     last one. A watcher sees at least what was committed before it joined.
//   - Events (Crossings, Deployments): each once, in order and without a gap, from a cursor on. Without a cursor, or with one from before
//     what is kept, a snapshot comes first and the events after it follow.
//   - A watcher costs no goroutine, holds nobody up, and has no queue here: states wait in the database, events in the outbox. A sink that
//     has no room for an event is asked again later.
package live
