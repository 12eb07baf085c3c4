package live

import (
	"context"
	"slices"
)

// comparedAtOnce is how many revisions one query reads.
const comparedAtOnce = 10_000

// noticeEpoch begins a new epoch if the database was promoted or restored. Then every revision is higher than before and every cursor lies
// before the epoch, so states are shown at once, and streams of events begin with a snapshot.
func (h *Hub) noticeEpoch() {
	ctx, cancel := context.WithTimeout(h.ctx, h.cfg.Timeout)
	defer cancel()
	changed, err := h.cfg.Store.NoticeEpoch(ctx)
	switch {
	case err != nil && h.ctx.Err() == nil:
		h.cfg.Log.Warn("it could not be read whether the database was promoted, trying again", "error", err)
	case changed:
		h.cfg.Log.Warn("the database was promoted or restored: every live update begins with the present state")
	}
}

// compare marks every watched account whose last revision is not the one shown, and every one whose state was due to change by itself.
func (h *Hub) compare() {
	for ids := range slices.Chunk(h.watched(), comparedAtOnce) {
		ctx, cancel := context.WithTimeout(h.ctx, h.cfg.Timeout)
		revisions, err := h.cfg.Store.Revisions(ctx, ids)
		cancel()
		if err != nil {
			if h.ctx.Err() == nil {
				h.cfg.Log.Warn("live updates could not be compared, trying again", "error", err)
			}
			return
		}
		h.markChanged(revisions)
	}
}

// watched lists the watched accounts, and marks those whose state changes by itself.
func (h *Hub) watched() []int64 {
	now := h.cfg.Store.Now().Unix()
	h.mu.Lock()
	defer h.mu.Unlock()
	ids := make([]int64, 0, len(h.accounts))
	for id, a := range h.accounts {
		ids = append(ids, id)
		if a.move != 0 && a.move <= now {
			h.mark(id)
		}
	}
	return ids
}

func (h *Hub) markChanged(revisions map[int64]int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, revision := range revisions {
		if a := h.accounts[id]; a != nil && a.revision != revision {
			h.mark(id)
		}
	}
}

// retryFull asks the sinks again that had no room for an event.
func (h *Hub) retryFull() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.full {
		w.full = false
		h.mark(w.topic.Account)
	}
	clear(h.full)
}

// retryStarts queues the failed snapshots again.
func (h *Hub) retryStarts() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for t := range h.again {
		h.queueStart(t)
	}
	clear(h.again)
}

// retryLater marks the accounts that have a backlog.
func (h *Hub) retryLater() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id := range h.later {
		h.mark(id)
	}
	clear(h.later)
}

func (h *Hub) hasBacklog() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.later) > 0
}
