package live

import (
	"context"
	"errors"
	"slices"

	"github.com/usagegraph/usagegraph/tsdb"
)

// page is what was found after one cursor: events, with the bytes that the watchers of a topic share.
type page struct {
	events []encoded
	upTo   int64 // everything up to this revision is included
	more   bool  // the page is full and more follows
}

type encoded struct {
	frame   Frame
	payload []byte
}

// showEvents sends each watcher of a topic what is new to it. revision is the last one that was visible before the events were read.
func (h *Hub) showEvents(round uint64, t *topic, revision int64, found tsdb.EventsFound) {
	pages, err := h.encodePages(round, t, revision, found)
	horizon := max(found.Horizon[t.Account], found.Epoch) // what lies before the epoch belongs to another history
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(t.watchers) - 1; i >= 0; i-- {
		w := t.watchers[i]
		switch {
		case w.joined >= round || w.first || w.full:
		case err != nil:
			h.finish(w, err)
		case w.cursor < horizon || w.cursor > pages[w.cursor].upTo:
			w.first = true // what lies between is no longer kept, or never existed: start from a snapshot
			h.queueStart(t)
		default:
			h.givePage(w, pages[w.cursor])
		}
	}
}

// encodePages makes the frames of a topic, each once, and returns them by the cursor that they were asked for.
func (h *Hub) encodePages(round uint64, t *topic, revision int64, found tsdb.EventsFound) (map[int64]page, error) {
	made := map[int64]encoded{}
	pages := map[int64]page{}
	for _, cursor := range h.cursors(round, t) {
		events := found.Events[tsdb.EventsOf{Account: t.Account, After: cursor}]
		p := page{upTo: revision, more: len(events) >= h.cfg.Page}
		if n := len(events); n > 0 && (p.more || events[n-1].Revision > revision) {
			p.upTo = events[n-1].Revision
		}
		for _, e := range events {
			if e.Kind != t.Kind.outbox() {
				continue
			}
			if _, known := made[e.Revision]; !known {
				f := Frame{Event: e, Cursor: e.Revision}
				payload, err := h.encode(t, f)
				if err != nil {
					return nil, err
				}
				made[e.Revision] = encoded{f, payload}
			}
			p.events = append(p.events, made[e.Revision])
		}
		pages[cursor] = p
	}
	return pages, nil
}

// cursors returns the cursors of the watchers that a round serves.
func (h *Hub) cursors(round uint64, t *topic) []int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []int64
	for _, w := range t.watchers {
		if w.joined < round && !w.first && !w.full {
			list = append(list, w.cursor)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// givePage gives a watcher its page. If its sink has no room, the rest waits in the outbox. The lock is held.
func (h *Hub) givePage(w *watcher, p page) {
	for _, e := range p.events {
		switch h.give(w, e.frame, e.payload) {
		case Full:
			w.full = true
			h.full[w] = struct{}{}
			return
		case Gone:
			return
		case Took:
			w.cursor = e.frame.Cursor
		}
	}
	w.cursor = p.upTo
	if p.more {
		h.later[w.topic.Account] = struct{}{}
	}
}

// queueStart queues the making of a snapshot for the watchers of a topic that wait for one. The lock is held.
func (h *Hub) queueStart(t *topic) {
	if t.queued || h.stopped {
		return
	}
	t.queued = true
	h.starts = append(h.starts, t)
	if h.starters < maxStarters {
		h.starters++
		h.loops.Go(h.start)
	}
}

// start makes snapshots as long as somebody waits for one.
func (h *Hub) start() {
	for {
		t, round, ok := h.nextStart()
		if !ok {
			return
		}
		f, payload, err := h.snapshot(t)
		h.begin(t, round, f, payload, err)
	}
}

func (h *Hub) nextStart() (t *topic, round uint64, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.starts) > 0 && !h.stopped {
		t = h.starts[0]
		h.starts = h.starts[1:]
		t.queued = false // watchers that join from now on need another one, because this one may lack what they have seen
		if len(t.watchers) > 0 {
			h.round++
			return t, h.round, true
		}
	}
	h.starters--
	return nil, 0, false
}

func (h *Hub) snapshot(t *topic) (f Frame, payload []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			h.cfg.Log.Error("a snapshot could not be made", "account", t.Account, "panic", r)
			err = ErrFault
		}
	}()
	ctx, cancel := context.WithTimeout(h.ctx, h.cfg.Timeout)
	defer cancel()
	if f, err = t.Snapshot(ctx); err != nil {
		return f, nil, err
	}
	payload, err = h.encode(t, f)
	return f, payload, err
}

// begin gives the snapshot to those who waited for it; from then on they get what follows. A temporary failure ends no watch: the snapshot
// is made again at the next poll.
func (h *Hub) begin(t *topic, round uint64, f Frame, payload []byte, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil && mayPass(err) {
		h.cfg.Log.Warn("a snapshot could not be made, trying again", "account", t.Account, "error", err)
		h.again[t] = struct{}{}
		return
	}
	for i := len(t.watchers) - 1; i >= 0; i-- {
		w := t.watchers[i]
		switch {
		case !w.first || w.joined >= round:
		case err != nil:
			h.finish(w, err)
		default:
			h.beginWith(w, f, payload)
		}
	}
}

// mayPass reports whether an error is a failure of the database, rather than a refusal or a fault of ours, which retrying does not mend.
func mayPass(err error) bool {
	var refused *tsdb.Error
	return !errors.As(err, &refused) && !errors.Is(err, ErrFault)
}

func (h *Hub) beginWith(w *watcher, f Frame, payload []byte) {
	switch h.give(w, f, payload) {
	case Took:
		w.first, w.cursor, w.joined = false, f.Cursor, h.round
		h.mark(w.topic.Account)
	case Full:
		h.queueStart(w.topic) // the queue is full even before the first frame
	case Gone:
	}
}
