package graph

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// maxNodes is how many objects nodes fetches at once.
const maxNodes = 100

// Node resolves Query.node.
func (r queryResolver) Node(ctx context.Context, id string) (model.Node, error) {
	nodes, err := r.Nodes(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return nodes[0], nil
}

// Nodes resolves Query.nodes. What is out of the caller's reach is null, like what does not exist, and is looked for within the
// caller's accounts alone, so that both take the same time.
func (r queryResolver) Nodes(ctx context.Context, ids []string) ([]model.Node, error) {
	if len(ids) > maxNodes {
		return nil, fault(ctx, tsdb.Invalid, "Ask for at most 100 objects at once.")
	}
	read := nodeReader{Resolver: r.Resolver, keys: map[Kind][]int64{}, admitted: map[admission]bool{}}
	for _, opaque := range ids {
		if id, ok := DecodeID(opaque); ok {
			read.keys[id.Kind] = append(read.keys[id.Kind], id.Key)
		}
	}
	nodes := make([]model.Node, len(ids))
	for i, opaque := range ids {
		id, ok := DecodeID(opaque)
		if !ok || namesAccount(id.Kind) && !principalOf(ctx).Reaches(id.Key) {
			continue
		}
		account, node, err := read.one(ctx, id)
		if err != nil && !isNotFound(err) {
			return nil, err
		}
		if err != nil || node == nil || !inReach(ctx, id.Kind, account) {
			continue
		}
		if err := read.admit(ctx, account, id.Kind); err != nil {
			return nil, err
		}
		nodes[i] = node
	}
	return nodes, nil
}

// namesAccount reports whether the key of an id is that of its account, so that one out of reach need not be looked for.
func namesAccount(kind Kind) bool {
	return kind == KindAccount || kind == KindMember || kind == KindGrant || kind == KindStatement
}

// inReach reports whether the caller reaches an object of an account; account 0 is of none, which only plans and the entries
// of the audit log about them are.
func inReach(ctx context.Context, kind Kind, account int64) bool {
	p := principalOf(ctx)
	if account == 0 {
		return (kind == KindPlan || kind == KindAuditEntry) && p.Everywhere()
	}
	return p.Reaches(account)
}

// nodeReader reads the objects of one call: kinds that are stored alike in one statement for all of a kind.
type nodeReader struct {
	*Resolver
	keys        map[Kind][]int64
	resources   map[int64]tsdb.Resource
	prices      *tsdb.PriceBook // of the resources' accounts; nil: no model was asked for yet
	deployments map[int64]tsdb.Deployment
	jobs        map[int64]tsdb.Job
	admitted    map[admission]bool
}

// admission is what decides whether an object may be seen.
type admission struct {
	account int64
	kind    Kind
}

// admit checks each object that was found by its own type, once for all of an account and type.
func (n *nodeReader) admit(ctx context.Context, account int64, kind Kind) error {
	of := admission{account, kind}
	if n.admitted[of] {
		return nil
	}
	if err := admitObject(ctx, account, kind); err != nil {
		return err
	}
	n.admitted[of] = true
	return nil
}

// one reads an object and its account; nil for one that does not exist.
func (n *nodeReader) one(ctx context.Context, id ID) (account int64, node model.Node, err error) {
	switch id.Kind {
	case KindTool, KindModel, KindGuardrail, KindScript:
		return n.resource(ctx, id)
	case KindDeployment:
		return n.deployment(ctx, id.Key)
	case KindFineTuningJob:
		return n.job(ctx, id.Key)
	case KindAccount:
		return n.account(ctx, id.Key)
	case KindMember:
		return n.member(ctx, id)
	case KindAPIToken:
		return n.token(ctx, id.Key)
	case KindAuditEntry:
		e, err := n.Store.Access.AuditEntryWithin(ctx, principalOf(ctx).Bound(), id.Key)
		return e.AccountID, auditModel(e), err
	}
	return n.ofBooks(ctx, id)
}

// ofBooks reads what stands in the books of an account, or is sent about them.
func (n *nodeReader) ofBooks(ctx context.Context, id ID) (account int64, node model.Node, err error) {
	if id.Kind == KindEmail {
		e, err := n.Store.EmailWithin(ctx, principalOf(ctx).Bound(), id.Key)
		if err != nil {
			return 0, nil, err
		}
		return e.AccountID, n.email(e, true), nil
	}
	switch id.Kind {
	case KindGrant:
		no, ok := grantNo(id.Key, id.String())
		if !ok {
			return 0, nil, nil
		}
		reader, err := readerOf(ctx)
		if err != nil {
			return 0, nil, err
		}
		g, err := reader.GrantOf(ctx, id.Key, no)
		return id.Key, grantModel(g), err
	case KindReservation:
		v, err := n.Store.ReservationWithin(ctx, principalOf(ctx).Bound(), id.Key)
		return v.AccountID, reservationModel(v), err
	case KindStatement:
		return n.statement(ctx, id)
	case KindPlan:
		return n.plan(ctx, id.Key)
	}
	return 0, nil, nil
}

func (n *nodeReader) statement(ctx context.Context, id ID) (int64, model.Node, error) {
	cycle, err := strconv.ParseInt(id.Part, 10, 32)
	if err != nil {
		return 0, nil, nil
	}
	reader, err := readerOf(ctx)
	if err != nil {
		return 0, nil, err
	}
	page, err := reader.Statements(ctx, id.Key, tsdb.Page{Limit: 1, After: []int64{cycle + 1}, Before: []int64{cycle - 1}})
	if err != nil || len(page.Rows) == 0 {
		return 0, nil, err
	}
	return id.Key, statementModel(id.Key, page.Rows[0]), nil
}

// plan finds a plan, which only callers without an account of their own see: nobody else is told by the time it takes how many there are.
func (n *nodeReader) plan(ctx context.Context, key int64) (int64, model.Node, error) {
	if !principalOf(ctx).Everywhere() {
		return 0, nil, nil
	}
	plans, err := n.Store.Plans(ctx)
	for _, p := range plans {
		if p.ID == key {
			return 0, planModel(p), err
		}
	}
	return 0, nil, err
}

func (n *nodeReader) resource(ctx context.Context, id ID) (int64, model.Node, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return 0, nil, err
	}
	if n.resources == nil {
		var all []int64
		for _, kind := range []Kind{KindTool, KindModel, KindGuardrail, KindScript} {
			all = append(all, n.keys[kind]...)
		}
		if n.resources, err = reader.Resources(ctx, principalOf(ctx).Bound(), all); err != nil {
			return 0, nil, err
		}
	}
	r, ok := n.resources[id.Key]
	if !ok || r.Kind != resourceKind(id.Kind) {
		return 0, nil, nil
	}
	switch id.Kind {
	case KindTool:
		return r.AccountID, toolOf(r), nil
	case KindModel:
		prices, err := n.modelPrices(ctx)
		if err != nil {
			return 0, nil, err
		}
		return r.AccountID, modelOf(r, prices), nil
	case KindGuardrail:
		return r.AccountID, guardrailOf(r), nil
	}
	return r.AccountID, scriptOf(r, reader.AsOf()), nil
}

// modelPrices are what the models of this reading cost.
func (n *nodeReader) modelPrices(ctx context.Context) (*tsdb.PriceBook, error) {
	if n.prices != nil {
		return n.prices, nil
	}
	accounts := map[int64]bool{}
	for _, r := range n.resources {
		accounts[r.AccountID] = true
	}
	prices, err := n.Store.PriceBook(ctx, slices.Collect(maps.Keys(accounts)))
	n.prices = prices
	return prices, err
}

func (n *nodeReader) deployment(ctx context.Context, key int64) (account int64, node model.Node, err error) {
	if n.deployments == nil {
		reader, err := readerOf(ctx)
		if err != nil {
			return 0, nil, err
		}
		if n.deployments, err = reader.Deployments(ctx, principalOf(ctx).Bound(), n.keys[KindDeployment]); err != nil {
			return 0, nil, err
		}
	}
	d, ok := n.deployments[key]
	if !ok {
		return 0, nil, nil
	}
	return d.AccountID, deploymentOf(d), nil
}

func (n *nodeReader) job(ctx context.Context, key int64) (account int64, node model.Node, err error) {
	if n.jobs == nil {
		if n.jobs, err = n.Store.JobsWithin(ctx, principalOf(ctx).Bound(), n.keys[KindFineTuningJob]); err != nil {
			return 0, nil, err
		}
	}
	j, ok := n.jobs[key]
	if !ok {
		return 0, nil, nil
	}
	shown, err := n.showJobs(ctx, []tsdb.Job{j})
	return j.AccountID, shown[key], err
}

func (n *nodeReader) account(ctx context.Context, key int64) (int64, model.Node, error) {
	list, err := n.Store.Listed(ctx, []int64{key})
	if err != nil || len(list) == 0 {
		return 0, nil, err
	}
	return key, listedModel(list[0]), nil
}

func (n *nodeReader) member(ctx context.Context, id ID) (int64, model.Node, error) {
	m, err := n.Store.Access.Member(ctx, id.Key, id.Part)
	return id.Key, memberModel(id.Key, m), err
}

// token finds a token of an account; those bound to none are the operator's affair.
func (n *nodeReader) token(ctx context.Context, key int64) (int64, model.Node, error) {
	t, err := n.Store.Access.TokenWithin(ctx, principalOf(ctx).Bound(), key)
	return t.AccountID, tokenModel(t), err
}
