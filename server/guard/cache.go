package guard

import (
	"container/list"
	"crypto/sha256"
	"sync"
)

type hash [sha256.Size]byte

// documents keeps prepared documents and drops the least recently used ones first. It is bounded by weight, because documents differ in
// size.
type documents struct {
	capacity int

	mu     sync.Mutex
	weight int
	order  *list.List // of *kept, most recent first
	byHash map[hash]*list.Element
}

type kept struct {
	hash   hash
	doc    *document
	weight int
}

func newDocuments(capacity int) *documents {
	return &documents{capacity: capacity, order: list.New(), byHash: make(map[hash]*list.Element)}
}

// weightOf estimates the bytes of a parsed document from its text: as measured, a byte of text costs about 60 as a syntax tree.
func weightOf(text string) int { return 2_000 + 60*len(text) }

func (d *documents) get(h hash) *document {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.byHash[h]
	if e == nil {
		return nil
	}
	d.order.MoveToFront(e)
	return e.Value.(*kept).doc
}

func (d *documents) put(h hash, doc *document, weight int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.byHash[h] != nil || weight > d.capacity {
		return
	}
	d.byHash[h] = d.order.PushFront(&kept{h, doc, weight})
	d.weight += weight
	for d.weight > d.capacity {
		last := d.order.Back()
		old := d.order.Remove(last).(*kept)
		delete(d.byHash, old.hash)
		d.weight -= old.weight
	}
}
