package live

import "slices"

// Watch begins to send sink the frames of t; for events, those after the cursor after, or from a snapshot on if after is nil. It returns at
// once; frames come from other goroutines. cancel ends the watch without another call of sink; it may be called repeatedly, but not from
// inside a method of sink.
func (h *Hub) Watch(t Topic, after *int64, sink Sink) (cancel func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		sink.End(ErrStopped)
		return func() {}
	}
	w := h.join(t, sink)
	switch {
	case !t.Kind.IsEvents():
		w.first = true
	case after != nil:
		w.cursor = *after
	default:
		w.first = true
		h.queueStart(w.topic)
	}
	h.mark(t.Account)
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.leave(w)
	}
}

// join adds a watcher to its topic. The lock is held.
func (h *Hub) join(t Topic, sink Sink) *watcher {
	a := h.accounts[t.Account]
	if a == nil {
		a = &account{id: t.Account, revision: -1, topics: make(map[topicKey]*topic, 1)}
		h.accounts[t.Account] = a
	}
	shared := a.topics[t.key()]
	if shared == nil {
		shared = &topic{Topic: t, account: a}
		a.topics[t.key()] = shared
	}
	w := &watcher{topic: shared, sink: sink, at: len(shared.watchers), joined: h.round}
	shared.watchers = append(shared.watchers, w)
	h.stats.Watchers++
	return w
}

// leave removes a watcher and, with the last one, its topic and account. The lock is held.
func (h *Hub) leave(w *watcher) {
	if w.at < 0 {
		return
	}
	t := w.topic
	last := len(t.watchers) - 1
	t.watchers[w.at] = t.watchers[last]
	t.watchers[w.at].at = w.at
	t.watchers[last] = nil
	t.watchers = t.watchers[:last]
	w.at = -1
	delete(h.full, w)
	h.stats.Watchers--
	if last > 0 {
		return
	}
	delete(t.account.topics, t.key())
	if len(t.account.topics) == 0 {
		delete(h.accounts, t.account.id)
	}
}

// finish ends a watch with a reason. The lock is held.
func (h *Hub) finish(w *watcher, err error) {
	h.leave(w)
	w.sink.End(err)
}

// endAll ends every watch of an account. The lock is held.
func (h *Hub) endAll(a *account, err error) {
	for _, t := range a.topics {
		for _, w := range slices.Clone(t.watchers) {
			h.finish(w, err)
		}
	}
}

// give gives a frame to a watcher and returns the answer; a watcher that has gone leaves. The lock is held.
func (h *Hub) give(w *watcher, f Frame, payload []byte) Taken {
	taken := w.sink.Next(f, payload)
	switch taken {
	case Took:
		h.stats.Frames++
	case Gone:
		h.leave(w)
	case Full:
	}
	return taken
}
