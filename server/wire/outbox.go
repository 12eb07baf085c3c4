package wire

// Frame is one message on its way out. Owner is the operation it belongs to (nil: the connection's
// own), Key the state it carries ("": an event), Body shared bytes that nobody modifies.
type Frame struct {
	Owner any
	Kind  int8
	Key   string
	Body  []byte
}

// frameOverhead is what a frame counts beside its body, so that empty frames cannot pile up.
const frameOverhead = 64

// Outbox is a bounded queue of frames in order. It has no lock of its own.
type Outbox struct {
	// MaxBytes bounds the bodies plus a small overhead per frame.
	MaxBytes int

	frames []Frame
	head   int
	bytes  int
}

// Put queues a frame and reports whether there was room. A frame with a key takes the place of a queued
// frame of the same owner, kind and key. The first frame always fits, however large.
func (o *Outbox) Put(f Frame) bool {
	if f.Key != "" {
		if old := o.find(f); old != nil {
			o.bytes += len(f.Body) - len(old.Body)
			old.Body = f.Body
			return true
		}
	}
	size := len(f.Body) + frameOverhead
	if o.Len() > 0 && o.bytes+size > o.MaxBytes {
		return false
	}
	o.bytes += size
	if o.head > 32 && o.head > len(o.frames)/2 {
		o.compact() // else a queue that is never empty would grow forever
	}
	o.frames = append(o.frames, f)
	return true
}

func (o *Outbox) compact() {
	n := copy(o.frames, o.frames[o.head:])
	clear(o.frames[n:])
	o.frames, o.head = o.frames[:n], 0
}

// Room reports whether a body of n bytes would fit now.
func (o *Outbox) Room(n int) bool { return o.Len() == 0 || o.bytes+n+frameOverhead <= o.MaxBytes }

// Len is the number of queued frames.
func (o *Outbox) Len() int { return len(o.frames) - o.head }

// Take removes and returns the oldest frame; ok is false when there is none. An empty outbox keeps no memory.
func (o *Outbox) Take() (f Frame, ok bool) {
	if o.Len() == 0 {
		return Frame{}, false
	}
	f = o.frames[o.head]
	o.frames[o.head] = Frame{}
	o.head++
	o.bytes -= len(f.Body) + frameOverhead
	if o.head == len(o.frames) {
		o.frames, o.head = nil, 0
	}
	return f, true
}

// Drop removes the frames of an owner.
func (o *Outbox) Drop(owner any) {
	kept := o.frames[:0:0]
	for _, f := range o.frames[o.head:] {
		if f.Owner == owner {
			o.bytes -= len(f.Body) + frameOverhead
			continue
		}
		kept = append(kept, f)
	}
	o.frames, o.head = kept, 0
}

// Clear removes everything.
func (o *Outbox) Clear() { o.frames, o.head, o.bytes = nil, 0, 0 }

func (o *Outbox) find(f Frame) *Frame {
	for i := o.head; i < len(o.frames); i++ {
		q := &o.frames[i]
		if q.Owner == f.Owner && q.Kind == f.Kind && q.Key == f.Key {
			return q
		}
	}
	return nil
}
