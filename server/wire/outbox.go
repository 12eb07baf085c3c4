package wire

// Message is one outgoing message. Owner is the operation that it belongs to (nil: the connection), Key the state that it carries ("": an
// event), and Body shared bytes that nobody modifies.
type Message struct {
	Owner any
	Kind  int8
	Key   string
	Body  []byte
}

// messageOverhead is what a message counts in addition to its body, so that empty messages cannot pile up.
const messageOverhead = 64

// Outbox is a bounded FIFO queue of messages. It has no lock of its own.
type Outbox struct {
	// MaxBytes bounds the bodies plus a small overhead per message.
	MaxBytes int

	messages []Message
	head     int
	bytes    int
}

// Put queues a message and reports whether there was room. A message with a key replaces a queued one of the same owner, kind and key. The
// first message always fits, however large.
func (o *Outbox) Put(f Message) bool {
	if f.Key != "" {
		if old := o.find(f); old != nil {
			o.bytes += len(f.Body) - len(old.Body)
			old.Body = f.Body
			return true
		}
	}
	size := len(f.Body) + messageOverhead
	if o.Len() > 0 && o.bytes+size > o.MaxBytes {
		return false
	}
	o.bytes += size
	if o.head > 32 && o.head > len(o.messages)/2 {
		o.compact() // otherwise a queue that is never empty would grow forever
	}
	o.messages = append(o.messages, f)
	return true
}

func (o *Outbox) compact() {
	n := copy(o.messages, o.messages[o.head:])
	clear(o.messages[n:])
	o.messages, o.head = o.messages[:n], 0
}

// Room reports whether a body of n bytes would fit now.
func (o *Outbox) Room(n int) bool { return o.Len() == 0 || o.bytes+n+messageOverhead <= o.MaxBytes }

// Len returns the number of queued messages.
func (o *Outbox) Len() int { return len(o.messages) - o.head }

// Take removes and returns the oldest message; ok is false if there is none. An empty outbox keeps no memory.
func (o *Outbox) Take() (f Message, ok bool) {
	if o.Len() == 0 {
		return Message{}, false
	}
	f = o.messages[o.head]
	o.messages[o.head] = Message{}
	o.head++
	o.bytes -= len(f.Body) + messageOverhead
	if o.head == len(o.messages) {
		o.messages, o.head = nil, 0
	}
	return f, true
}

// Drop removes the messages of an owner.
func (o *Outbox) Drop(owner any) {
	kept := o.messages[:0:0]
	for _, f := range o.messages[o.head:] {
		if f.Owner == owner {
			o.bytes -= len(f.Body) + messageOverhead
			continue
		}
		kept = append(kept, f)
	}
	o.messages, o.head = kept, 0
}

// Clear removes everything.
func (o *Outbox) Clear() { o.messages, o.head, o.bytes = nil, 0, 0 }

func (o *Outbox) find(f Message) *Message {
	for i := o.head; i < len(o.messages); i++ {
		q := &o.messages[i]
		if q.Owner == f.Owner && q.Kind == f.Kind && q.Key == f.Key {
			return q
		}
	}
	return nil
}
