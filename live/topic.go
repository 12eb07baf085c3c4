package live

import (
	"context"
	"errors"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Kind says what of an account is watched.
type Kind int8

// The kinds: two full states and two streams of events.
const (
	Status Kind = iota
	Banners
	Crossings
	Deployments
)

// IsEvents reports whether every frame counts, and not only the latest.
func (k Kind) IsEvents() bool { return k == Crossings || k == Deployments }

// outbox returns the kind of event in the outbox that the stream consists of.
func (k Kind) outbox() tsdb.EventKind {
	if k == Deployments {
		return tsdb.EventDeployment
	}
	return tsdb.EventCrossing
}

// Form identifies the form in which something is watched: a hash of document, variables and scope. Watchers of one topic and form share
// their frames.
type Form [16]byte

// Topic is what a watcher watches, and how its frames are made. Topics with the same Account, Kind, User and Form are treated as one, so
// their functions must do the same.
type Topic struct {
	Account int64
	Kind    Kind
	User    string // Banners: whose dismissals count; "" is a program, which has dismissed nothing
	Form    Form
	// Encode makes the bytes that watchers share; nil: they use the frame itself.
	Encode func(Frame) []byte
	// Snapshot makes the frame that a stream of events starts from, with Cursor set. Required for events.
	Snapshot func(ctx context.Context) (Frame, error)
}

// Frame is one message to a watcher.
type Frame struct {
	// Account is the state, in frames of Status and in snapshots.
	Account *tsdb.Account
	// Banners are the banners, in frames of Banners.
	Banners tsdb.BannerList
	// Event is the event, in frames of Crossings and Deployments; its Revision is 0 in snapshots.
	Event tsdb.OutboxEvent
	// Detail is whatever Topic.Snapshot adds for its own use.
	Detail any
	// Cursor resumes after this frame; in frames of events and in snapshots.
	Cursor int64
}

// Taken is a sink's answer to a frame.
type Taken int8

// The answers: the frame was taken; there is no room for an event now, so ask again; the watcher has gone.
const (
	Took Taken = iota
	Full
	Gone
)

// Sink is a watcher's end. Its methods never block. They may be called with the hub's lock held, so they must not call the hub.
type Sink interface {
	// Next takes a frame with its shared payload, which nobody modifies. A state that cannot be kept beside an older one replaces it; only
	// an event may be answered with Full.
	Next(f Frame, payload []byte) Taken
	// End says that no frame follows, and why.
	End(err error)
}

// The reasons for which the hub ends a watch. A refusal of the database (*tsdb.Error with NotFound) is another.
var (
	ErrStopped = errors.New("live: the hub has stopped")
	ErrFault   = errors.New("live: the frame could not be made")
)

// topicKey identifies a topic of an account.
type topicKey struct {
	kind Kind
	user string
	form Form
}

func (t *Topic) key() topicKey { return topicKey{t.Kind, t.User, t.Form} }

// topic is a Topic with its watchers.
type topic struct {
	Topic
	account  *account
	watchers []*watcher
	banners  tsdb.BannerList // last shown
	queued   bool            // waiting for its snapshot, or it is being made
}

// watcher is one watch. The hub's lock guards it.
type watcher struct {
	topic  *topic
	sink   Sink
	at     int    // index in topic.watchers; −1: it has ended
	joined uint64 // the latest round when it joined
	first  bool   // it waits for its first frame, a state or a snapshot
	cursor int64  // events: it has everything up to here
	full   bool   // events: its sink had no room; asked again at the next poll
}

// account is a watched account.
type account struct {
	id       int64
	revision int64 // last shown; −1: none yet
	move     int64 // when its state changes by itself, in Unix seconds; 0: never
	topics   map[topicKey]*topic
}
