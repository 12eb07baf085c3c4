package live

import (
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Round is the outcome of one RunOnce.
type Round struct {
	Accounts int // read
	Left     int // still to be read
}

// question is what a round reads.
type question struct {
	round    uint64
	since    time.Time
	accounts []int64
	banners  []tsdb.BannerFor
	events   []tsdb.EventsOf
}

// RunOnce reads the accounts that are to be shown, at most Config.Batch of them, and sends the frames. If it fails, nothing is lost: the
// accounts are read again. Only the hub's own loop and tests call it.
func (h *Hub) RunOnce(ctx context.Context) (Round, error) {
	q := h.collect()
	if len(q.accounts) == 0 {
		return Round{}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, h.cfg.Timeout)
	defer cancel()
	states, banners, err := h.cfg.Store.LiveStates(ctx, q.accounts, q.banners)
	var events tsdb.EventsFound
	if err == nil && len(q.events) > 0 {
		events, err = h.cfg.Store.Events(ctx, q.events, h.cfg.Page)
	}
	if err == nil && len(q.events) > 0 {
		err = oneHistory(states, events)
	}
	if err != nil {
		h.putBack(q)
		return Round{}, err
	}
	for _, id := range q.accounts {
		h.show(q.round, id, states[id], banners, events)
	}
	return h.close(q), nil
}

// oneHistory returns an error unless states and events, which come over two connections, belong to one epoch.
func oneHistory(states map[int64]*tsdb.Account, events tsdb.EventsFound) error {
	for _, a := range states {
		if a.Epoch != events.Epoch {
			return tsdb.ErrEpoch
		}
	}
	return nil
}

// collect takes what is to be shown and begins a round. Watchers that join from now on wait for the next one.
func (h *Hub) collect() question {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.round++
	q := question{round: h.round, since: h.since}
	for id := range h.dirty {
		if len(q.accounts) == h.cfg.Batch || len(q.events) >= h.cfg.Batch {
			break
		}
		delete(h.dirty, id)
		if a := h.accounts[id]; a != nil {
			q.add(a)
			h.reading = q.since
		}
	}
	return q
}

// add adds what the watchers of an account need.
func (q *question) add(a *account) {
	q.accounts = append(q.accounts, a.id)
	cursors := map[int64]bool{}
	for _, t := range a.topics {
		if t.Kind == Banners && !slices.Contains(q.banners, tsdb.BannerFor{Account: a.id, User: t.User}) {
			q.banners = append(q.banners, tsdb.BannerFor{Account: a.id, User: t.User})
		}
		if !t.Kind.IsEvents() {
			continue
		}
		for _, w := range t.watchers {
			if !w.first && !w.full && !cursors[w.cursor] {
				cursors[w.cursor] = true
				q.events = append(q.events, tsdb.EventsOf{Account: a.id, After: w.cursor})
			}
		}
	}
}

// putBack marks a round's accounts to be read again. They have been waiting since before the round.
func (h *Hub) putBack(q question) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range q.accounts {
		if h.accounts[id] != nil {
			h.mark(id)
			h.since = q.since
		}
	}
	h.reading = time.Time{}
}

func (h *Hub) close(q question) Round {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stats.Rounds++
	h.shown, h.reading = h.cfg.Store.Now(), time.Time{}
	h.stats.Lag = h.shown.Sub(q.since)
	if len(h.dirty) > 0 {
		h.signal(h.wake)
	}
	return Round{Accounts: len(q.accounts), Left: len(h.dirty)}
}

// show sends the watchers of an account what was read.
func (h *Hub) show(round uint64, id int64, state *tsdb.Account, banners map[tsdb.BannerFor]tsdb.BannerList, events tsdb.EventsFound) {
	if state == nil {
		h.endMissing(id)
		return
	}
	moved, topics := h.progress(id, state)
	for _, t := range topics {
		switch t.Kind {
		case Status:
			h.showState(round, t, Frame{Account: state}, moved)
		case Banners:
			list := banners[tsdb.BannerFor{Account: id, User: t.User}]
			h.showState(round, t, Frame{Account: state, Banners: list}, moved && h.differs(t, list))
		case Crossings, Deployments:
			h.showEvents(round, t, state.Revision, events)
		}
	}
}

// endMissing ends the watches of an account that does not exist.
func (h *Hub) endMissing(id int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if a := h.accounts[id]; a != nil {
		h.endAll(a, &tsdb.Error{Code: tsdb.NotFound, Field: "accountId", Message: "there is no such account"})
	}
}

// progress records what is shown of an account from now on, reports whether that is news, and lists the topics.
func (h *Hub) progress(id int64, state *tsdb.Account) (moved bool, topics []*topic) {
	next := state.NextMove()
	h.mu.Lock()
	defer h.mu.Unlock()
	a := h.accounts[id]
	if a == nil {
		return false, nil
	}
	moved = a.revision != state.Revision || a.move != 0 && a.move <= state.AsOf.Unix()
	a.revision, a.move = state.Revision, 0
	if !next.IsZero() {
		a.move = next.Unix()
	}
	for _, t := range a.topics {
		topics = append(topics, t)
	}
	return moved, topics
}

// differs reports whether banners differ from those last shown; a new revision or instant alone is not news.
func (h *Hub) differs(t *topic, list tsdb.BannerList) bool {
	return !reflect.DeepEqual(t.banners.Banners, list.Banners)
}

// showState sends a state to all watchers if it is news, or else to those who wait for their first.
func (h *Hub) showState(round uint64, t *topic, f Frame, news bool) {
	if !news && !h.someoneWaits(round, t) {
		return
	}
	payload, err := h.encode(t, f)
	h.mu.Lock()
	defer h.mu.Unlock()
	t.banners = f.Banners
	for i := len(t.watchers) - 1; i >= 0; i-- { // a watcher that leaves is replaced by one already served
		w := t.watchers[i]
		switch {
		case w.joined >= round || !news && !w.first:
		case err != nil:
			h.finish(w, err)
		default:
			w.first = false
			h.give(w, f, payload)
		}
	}
}

func (h *Hub) someoneWaits(round uint64, t *topic) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(t.watchers, func(w *watcher) bool { return w.first && w.joined < round })
}

// encode makes the bytes of a frame. It must not hold the lock, because it may execute a document.
func (h *Hub) encode(t *topic, f Frame) (payload []byte, err error) {
	if t.Encode == nil {
		return nil, nil
	}
	defer func() {
		if r := recover(); r != nil {
			h.cfg.Log.Error("a frame could not be made", "account", t.Account, "panic", r)
			err = ErrFault
		}
	}()
	payload = t.Encode(f)
	h.mu.Lock()
	h.stats.Encoded++
	h.mu.Unlock()
	return payload, nil
}
