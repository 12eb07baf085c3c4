package live

import (
	"context"
	"errors"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Kind is what is watched of an account.
type Kind int8

// The kinds: two full states and two streams of events.
const (
	Status Kind = iota
	Banners
	Crossings
	Deployments
)

// IsEvents reports whether every frame counts, rather than the latest alone.
func (k Kind) IsEvents() bool { return k == Crossings || k == Deployments }

// outbox is the kind of event in the outbox that a stream consists of.
func (k Kind) outbox() tsdb.EventKind {
	if k == Deployments {
		return tsdb.EventDeployment
	}
	return tsdb.EventCrossing
}

// Form tells the forms apart in which the same thing is watched: a hash of document, variables and scope. Watchers of one
// topic and form share their frames.
type Form [16]byte

// Topic is what a watcher watches, and how its frames are made. Topics of the same Account, Kind, User and Form are one:
// their functions must do the same.
type Topic struct {
	Account int64
	Kind    Kind
	User    string // Banners: whose dismissals count; "" is a program's view
	Form    Form
	// Encode makes the bytes that watchers share; nil: they take the frame as it is.
	Encode func(Frame) []byte
	// Snapshot makes the frame that a stream of events starts from, with Cursor set. Required for events.
	Snapshot func(ctx context.Context) (Frame, error)
}

// Frame is one thing to tell a watcher.
type Frame struct {
	// Account is the state, of Status frames and snapshots.
	Account *tsdb.Account
	// Banners are the banners, of Banners frames.
	Banners tsdb.BannerList
	// Event is the event, of Crossings and Deployments; its Revision is 0 in snapshots.
	Event tsdb.OutboxEvent
	// Detail is what Topic.Snapshot adds for its own use.
	Detail any
	// Cursor resumes after this frame; of events and snapshots.
	Cursor int64
}

// Taken is a sink's answer to a frame.
type Taken int8

// The answers: the frame was taken; there is no room for an event now, ask again; the watcher has gone.
const (
	Took Taken = iota
	Full
	Gone
)

// Sink is a watcher's end. Its methods never block and may be called with the hub's lock held: they must not call back.
type Sink interface {
	// Next takes a frame with its shared payload, which nobody modifies. A state that cannot be kept beside an older one
	// takes its place; Full is for events alone.
	Next(f Frame, payload []byte) Taken
	// End says that no frame follows, and why.
	End(err error)
}

// Reasons for which the hub ends a watch; a refusal of the database (*tsdb.Error with NotFound) is another.
var (
	ErrStopped = errors.New("live: the hub has stopped")
	ErrFault   = errors.New("live: the frame could not be made")
)

// topicKey tells topics of one account apart.
type topicKey struct {
	kind Kind
	user string
	form Form
}

func (t *Topic) key() topicKey { return topicKey{t.Kind, t.User, t.Form} }

// topic is a Topic with those who watch it.
type topic struct {
	Topic
	account  *account
	watchers []*watcher
	banners  tsdb.BannerList // last shown
	queued   bool            // waits for its snapshot, or it is being made
}

// watcher is one watch. The hub's lock guards it.
type watcher struct {
	topic  *topic
	sink   Sink
	at     int    // its place in topic.watchers; −1: it has ended
	joined uint64 // the round that was the latest when it joined
	first  bool   // it waits for its first frame: a state or a snapshot
	cursor int64  // events: it has all up to here
	full   bool   // events: it took none; asked again at the next poll
}

// account is an account that is watched.
type account struct {
	id       int64
	revision int64 // last shown; −1: none yet
	move     int64 // when its state changes by itself, Unix seconds; 0: never
	topics   map[topicKey]*topic
}
