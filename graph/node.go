package graph

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// maxNodes is the largest number of objects that nodes fetches at once.
const maxNodes = 100

// Node resolves Query.node.
func (r queryResolver) Node(ctx context.Context, id string) (model.Node, error) {
	nodes, err := r.Nodes(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return nodes[0], nil
}

// Nodes resolves Query.nodes. An object out of the caller's reach is null, like one that does not exist. Objects are looked up within the
// caller's accounts only, so that both cases take the same time.
func (r queryResolver) Nodes(ctx context.Context, ids []string) ([]model.Node, error) {
	if len(ids) > maxNodes {
		return nil, fault(ctx, tsdb.Invalid, "Ask for at most 100 objects at once.")
	}
	read := r.nodes()
	for _, opaque := range ids {
		if id, ok := DecodeID(opaque); ok {
			read.want(id)
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

// namesAccount reports whether an id of the kind has its account's key, so that an object of an account out of reach need not be looked up.
func namesAccount(kind Kind) bool {
	return kind == KindAccount || kind == KindMember || kind == KindGrant || kind == KindStatement
}

// inReach reports whether the caller reaches an object of an account. Account 0 stands for no account: only plans, and the audit log's
// entries about them, belong to none.
func inReach(ctx context.Context, kind Kind, account int64) bool {
	p := principalOf(ctx)
	if account == 0 {
		return (kind == KindPlan || kind == KindAuditEntry) && p.Everywhere()
	}
	return p.Reaches(account)
}

// nodeReader reads the objects of one call, with one statement per kind where the kind's storage allows it.
type nodeReader struct {
	*Resolver
	keys        map[Kind][]int64
	parts       map[admission][]string // members and grants, by account
	accounts    map[int64]tsdb.Listed
	plans       map[int64]tsdb.Plan
	members     map[int64]map[string]access.Member
	grants      map[int64]map[int32]tsdb.GrantRow
	tokens      map[int64]access.Token
	resources   map[int64]tsdb.Resource
	prices      *tsdb.PriceBook // of the resources' accounts; nil: no model was read yet
	deployments map[int64]tsdb.Deployment
	jobs        map[int64]tsdb.Job
	shownJobs   map[int64]*model.FineTuningJob
	admitted    map[admission]bool
}

// nodes returns a reader of objects. want must be called for each of them before the first is read.
func (r *Resolver) nodes() nodeReader {
	return nodeReader{Resolver: r, keys: map[Kind][]int64{}, parts: map[admission][]string{}, admitted: map[admission]bool{}}
}

func (n *nodeReader) want(id ID) {
	n.keys[id.Kind] = append(n.keys[id.Kind], id.Key)
	if id.Part != "" {
		of := admission{id.Key, id.Kind}
		n.parts[of] = append(n.parts[of], id.Part)
	}
}

// admission identifies a check of whether objects may be seen.
type admission struct {
	account int64
	kind    Kind
}

// admit checks the caller's permission for the type of an object that was found, once per account and type.
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

// one reads an object and its account; nil for an object that does not exist.
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

// ofBooks reads an object of an account's books, or an e-mail about them.
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
		return n.grant(ctx, id)
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

// plan finds a plan. Only callers that are bound to no account see plans; for others nothing is looked up, so that the time taken does not
// reveal how many there are.
func (n *nodeReader) plan(ctx context.Context, key int64) (int64, model.Node, error) {
	if !principalOf(ctx).Everywhere() {
		return 0, nil, nil
	}
	if n.plans == nil {
		plans, err := n.Store.Plans(ctx)
		if err != nil {
			return 0, nil, err
		}
		n.plans = map[int64]tsdb.Plan{}
		for _, p := range plans {
			n.plans[p.ID] = p
		}
	}
	p, ok := n.plans[key]
	if !ok {
		return 0, nil, nil
	}
	out := planModel(p)
	return 0, &out, nil
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

// modelPrices returns the prices of the models that this reader reads.
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
		if n.shownJobs, err = n.showJobs(ctx, slices.Collect(maps.Values(n.jobs))); err != nil {
			return 0, nil, err
		}
	}
	j, ok := n.jobs[key]
	if !ok {
		return 0, nil, nil
	}
	return j.AccountID, n.shownJobs[key], nil
}

func (n *nodeReader) account(ctx context.Context, key int64) (int64, model.Node, error) {
	if n.accounts == nil {
		list, err := n.Store.Listed(ctx, n.keys[KindAccount])
		if err != nil {
			return 0, nil, err
		}
		n.accounts = map[int64]tsdb.Listed{}
		for _, l := range list {
			n.accounts[l.ID] = l
		}
	}
	l, ok := n.accounts[key]
	if !ok {
		return 0, nil, nil
	}
	out := listedModel(l)
	return key, &out, nil
}

// member finds a member of an account. It reads all members asked for of that account at once.
func (n *nodeReader) member(ctx context.Context, id ID) (int64, model.Node, error) {
	if n.members[id.Key] == nil {
		found, err := n.Store.Access.MembersOf(ctx, id.Key, n.parts[admission{id.Key, KindMember}])
		if err != nil {
			return 0, nil, err
		}
		if n.members == nil {
			n.members = map[int64]map[string]access.Member{}
		}
		n.members[id.Key] = found
	}
	m, ok := n.members[id.Key][id.Part]
	if !ok {
		return 0, nil, nil
	}
	out := memberModel(id.Key, m)
	return id.Key, &out, nil
}

// grant finds a grant of an account, in the same way as member.
func (n *nodeReader) grant(ctx context.Context, id ID) (int64, model.Node, error) {
	no, ok := grantNo(id.Key, id.String())
	if !ok {
		return 0, nil, nil
	}
	if n.grants[id.Key] == nil {
		reader, err := readerOf(ctx)
		if err != nil {
			return 0, nil, err
		}
		var nos []int32
		for _, part := range n.parts[admission{id.Key, KindGrant}] {
			if no, ok := grantNo(id.Key, ID{Kind: KindGrant, Key: id.Key, Part: part}.String()); ok {
				nos = append(nos, no)
			}
		}
		found, err := reader.GrantsOf(ctx, id.Key, nos)
		if err != nil {
			return 0, nil, err
		}
		if n.grants == nil {
			n.grants = map[int64]map[int32]tsdb.GrantRow{}
		}
		n.grants[id.Key] = found
	}
	g, ok := n.grants[id.Key][no]
	if !ok {
		return 0, nil, nil
	}
	out := grantModel(g)
	return id.Key, &out, nil
}

// token finds a token of an account. Tokens bound to no account are for the operator only.
func (n *nodeReader) token(ctx context.Context, key int64) (int64, model.Node, error) {
	if n.tokens == nil {
		found, err := n.Store.Access.TokensWithin(ctx, principalOf(ctx).Bound(), n.keys[KindAPIToken])
		if err != nil {
			return 0, nil, err
		}
		n.tokens = found
	}
	t, ok := n.tokens[key]
	if !ok {
		return 0, nil, nil
	}
	out := tokenModel(t)
	return t.AccountID, &out, nil
}
