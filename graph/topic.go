package graph

import (
	"context"
	"errors"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/live"
	"github.com/usagegraph/usagegraph/tsdb"
)

// The contract's subscriptions, by the names of their fields.
const (
	watchStatus      = "creditStatus"
	watchBanners     = "banners"
	watchCrossings   = "thresholdCrossings"
	watchDeployments = "deploymentChanges"
)

// maxDeployed is the largest number of deployments in a snapshot, as the contract says.
const maxDeployed = 10_000

// Topic returns what a field of Subscription watches for the caller, and the cursor to resume from; ok is false for other fields. The
// transport sets the topic's Form and Encode. An account out of reach is NOT_FOUND.
func (r *Resolver) Topic(ctx context.Context, field, accountID string, cursor *string) (t live.Topic, after *int64, ok bool, err error) {
	kinds := map[string]live.Kind{watchStatus: live.Status, watchBanners: live.Banners, watchCrossings: live.Crossings, watchDeployments: live.Deployments}
	kind, ok := kinds[field]
	if !ok {
		return t, nil, false, nil
	}
	account, reached := accountKey(ctx, accountID)
	if !reached {
		return t, nil, true, notFound(ctx)
	}
	t = live.Topic{Account: account, Kind: kind}
	switch kind {
	case live.Banners:
		t.User = principalOf(ctx).UserID
	case live.Crossings:
		t.Snapshot = r.snapshotStatus(account)
	case live.Deployments:
		t.Snapshot = r.snapshotDeployed(account)
	case live.Status:
	}
	after, err = resumeFrom(ctx, t, cursor)
	return t, after, true, err
}

// streamCursor returns the cursor of an event, or of a snapshot, of a stream. It names account and kind of the stream: revisions are those
// of one account, so in the stream of another one they would silently leave out events.
func streamCursor(revision, account int64, kind live.Kind) string {
	return encodeCursor(revision, account, int64(kind))
}

// resumeFrom returns the revision in the cursor of a stream of events; nil for no cursor. Cursors of the last release have the revision
// alone.
func resumeFrom(ctx context.Context, t live.Topic, cursor *string) (*int64, error) {
	if cursor == nil {
		return nil, nil
	}
	key, ok := decodeCursor(cursor, 3)
	if ok = ok && key[1] == t.Account && key[2] == int64(t.Kind); !ok {
		key, ok = decodeCursor(cursor, 1)
	}
	if !ok || key[0] < 0 {
		return nil, fault(ctx, badPage, "The cursor after is not one of this stream.")
	}
	return &key[0], nil
}

// snapshotStatus returns a function that makes the first frame of a stream of crossings.
func (r *Resolver) snapshotStatus(account int64) func(context.Context) (live.Frame, error) {
	return func(ctx context.Context) (live.Frame, error) {
		a, err := r.Store.Account(ctx, account)
		if err != nil {
			return live.Frame{}, err
		}
		return live.Frame{Account: a, Cursor: a.Revision}, nil
	}
}

// snapshotDeployed returns a function that makes the first frame of a stream of changes of deployments.
func (r *Resolver) snapshotDeployed(account int64) func(context.Context) (live.Frame, error) {
	return func(ctx context.Context) (live.Frame, error) {
		h, err := r.Store.Deployed(ctx, account, maxDeployed)
		if err != nil {
			return live.Frame{}, err
		}
		return live.Frame{Detail: h, Cursor: h.Revision}, nil
	}
}

type frameKey struct{}

// WithFrame returns a context in which a subscription's field answers with one frame and ends. A frame is executed once, and its bytes are
// shared by everybody who watches the same thing in the same form.
func WithFrame(ctx context.Context, f live.Frame) context.Context {
	return context.WithValue(ctx, frameKey{}, f)
}

// watch answers a subscription: with the frame in the context or, without one, with what the hub sends from now on.
func watch[T any](ctx context.Context, r *Resolver, field, accountID string, after *string, convert func(live.Frame) (T, error)) (<-chan T, error) {
	if f, pushed := ctx.Value(frameKey{}).(live.Frame); pushed {
		return one(f, convert)
	}
	if r.Live == nil {
		return nil, errNoHub
	}
	topic, resume, _, err := r.Topic(ctx, field, accountID, after)
	if err != nil {
		return nil, err
	}
	if err := r.exists(ctx, topic.Account); err != nil {
		return nil, err
	}
	p := &pull[T]{convert: convert, latest: !topic.Kind.IsEvents()}
	p.ch = make(chan T, p.room())
	cancel := r.Live.Watch(topic, resume, p)
	context.AfterFunc(ctx, func() {
		cancel()
		p.End(nil)
	})
	return p.ch, nil
}

// errNoHub reports a mistake in the wiring.
var errNoHub = errors.New("graph: no hub serves subscriptions")

// exists returns NOT_FOUND at once if there is no such account. Only callers that reach every account can get that far.
func (r *Resolver) exists(ctx context.Context, account int64) error {
	found, err := r.Store.Revisions(ctx, []int64{account})
	if err != nil {
		return err
	}
	if _, ok := found[account]; !ok {
		return notFound(ctx)
	}
	return nil
}

// one returns a stream of a single frame.
func one[T any](f live.Frame, convert func(live.Frame) (T, error)) (<-chan T, error) {
	v, err := convert(f)
	if err != nil {
		return nil, err
	}
	ch := make(chan T, 1)
	ch <- v
	close(ch)
	return ch, nil
}

func (r *Resolver) statusFrame(f live.Frame) (*model.CreditStatus, error) {
	return CreditStatus(f.Account), nil
}

func (r *Resolver) bannersFrame(f live.Frame) (*model.BannerList, error) {
	return bannerList(f.Banners, r.Store.Settings().SupportContact), nil
}

func (r *Resolver) thresholdFrame(f live.Frame) (model.ThresholdFrame, error) {
	if f.Event.Revision == 0 {
		return &model.ThresholdSnapshot{Cursor: streamCursor(f.Cursor, f.Account.ID, live.Crossings), CreditStatus: *CreditStatus(f.Account)}, nil
	}
	c, err := f.Event.Crossing()
	if err != nil {
		return nil, err
	}
	return crossingOf(f.Event, c), nil
}

func (r *Resolver) deploymentFrame(f live.Frame) (model.DeploymentFrame, error) {
	if f.Event.Revision == 0 {
		list, _ := f.Detail.(tsdb.DeploymentList)
		return &model.DeploymentSnapshot{Cursor: streamCursor(f.Cursor, list.AccountID, live.Deployments), AsOf: list.AsOf, Deployed: deployedModels(list)}, nil
	}
	d, err := f.Event.Deployment()
	if err != nil {
		return nil, err
	}
	return changeOf(f.Event, d), nil
}
