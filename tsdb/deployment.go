package tsdb

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// DeploymentStatus is the status of a deployment.
type DeploymentStatus string

// The statuses of a deployment. Only DeploymentRunning is metered. A failed deployment of a script is
// DEPLOYMENT_FAILED, one of a model or guardrail UNDEPLOYED.
const (
	DeploymentPending    DeploymentStatus = "PENDING"
	DeploymentRunning    DeploymentStatus = "DEPLOYED"
	DeploymentUndeployed DeploymentStatus = "UNDEPLOYED"
	DeploymentHasFailed  DeploymentStatus = "DEPLOYMENT_FAILED"
	DeploymentDeleted    DeploymentStatus = "DELETED"
)

// The types of a model's deployment, which are those of its model.
const (
	OpenSourceDeployment = "OPEN_SOURCE"
	FineTunedDeployment  = "FINE_TUNED"
)

// MaxReplicas bounds the replicas of a deployment.
const MaxReplicas = 1000

// Deployment is a model, guardrail or script on hardware, as it is now. A model has any number of deployments, a
// guardrail or script one.
type Deployment struct {
	ID         int64
	AccountID  int64
	ResourceID int64
	Category   billing.Category
	Name       string
	Type       string // MODELS: OPEN_SOURCE or FINE_TUNED
	Status     DeploymentStatus
	Hardware   string // profile of the rate card; CPU type for guardrails; "" if it costs nothing
	CPUs       int32  // GUARDRAILS: of each replica
	Replicas   int64
	Rate       billing.Amount // micro-credits per replica-hour in force at deploy or redeploy
	Endpoint   string
	Reason     string // why it was stopped or failed
	CreatedAt  time.Time
	DeployedAt *time.Time // most recent deployment; nil: never
	UpdatedAt  time.Time  // while pending: when it was asked for
	SaidAt     time.Time  // when name, endpoint, own id or tags last changed; CreatedAt: never
	ExternalID string     // MODELS: the platform's own id; "": none
	Tags       Tags
}

// hostingTx is a change of what an account runs, inside its transaction. It holds the account's lock, under which nobody
// else may change the account's catalog either.
type hostingTx struct {
	*change
	tx       pgx.Tx
	prices   billing.Prices                // without the models' own rates
	ownRates map[int64]billing.OwnRateList // of the account's models; 0 is the account
	earliest billing.Second                // usage is kept since then
	step     billing.Second                // how many minutes an end may move back in this transaction; 0: any
	ending   bool                          // an end has moved by a step, and is to move further
}

// errStopped says that the negative limit has stopped hosting by now, and that this is not written yet.
var errStopped = errors.New("hosting was stopped")

// changeHosting is changeAccount for what an account runs. If bringing the account up finds that the negative limit
// stopped its hosting, the stop is committed first, so that the change sees the statuses that the stop left. Likewise,
// an end that is being moved arrives first, and one that fn reports has arrived when this returns. fn holds the lock
// and sees books that are brought up; what it deploys takes the rates of the transaction. It may run again.
func (s *Store) changeHosting(ctx context.Context, account int64, fn func(context.Context, *hostingTx) error) error {
	// Remembered rates: whether they are still in force is asked in the transaction, together with the lock.
	rates, err := s.knownRates(ctx)
	if err != nil {
		return err
	}
	var asked hostingPrices
	var onTheWay, ending bool
	ask := func(b *pgx.Batch, _ map[int64]*remembered) {
		asked.queue(b, account)
		b.Queue(selectOnTheWay, account).QueryRow(func(row pgx.Row) error { return row.Scan(&onTheWay) })
	}
	guarded := func(ctx context.Context, tx pgx.Tx, c *change) error {
		switch {
		case len(c.Journal.Stops) > 0:
			return errStopped
		case onTheWay:
			return errEnding
		}
		known, err := rates.in(ctx, tx, asked.changes)
		if err != nil {
			return err
		}
		prices := billing.Prices{Cards: known.cards, Account: asked.own[0]}
		// Hosting that is reported late may be weeks of minutes.
		c.atOnce = true
		h := &hostingTx{change: c, tx: tx, prices: prices, ownRates: asked.own, earliest: c.Now - billing.Second(s.settings.EventRetention/time.Second),
			step: s.endStep()}
		err = fn(ctx, h)
		ending = h.ending
		return err
	}
	for range 5 { // it repeats only if something was deployed or ended meanwhile
		switch err = s.changeAccount(ctx, account, changeOptions{debt: true, ask: ask}, guarded); {
		case errors.Is(err, errStopped):
			// This only brings the account up and commits that.
			err = s.changeAccount(ctx, account, changeOptions{}, func(context.Context, pgx.Tx, *change) error { return nil })
		case errors.Is(err, errEnding):
			err = s.finishEnds(ctx, account)
		case err == nil && ending:
			return s.finishEnds(ctx, account)
		default:
			return err
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("change hosting of account %d: it is stopped or ended again and again", account)
}

// deploymentState is a deployment of the account with its resource and its last segment.
type deploymentState struct {
	resource   Resource
	deployment Deployment
	last       *segmentRow // nil: it never ran
}

// deploymentOf finds a model's deployment of the account by its id.
func (h *hostingTx) deploymentOf(ctx context.Context, id int64, field string) (*deploymentState, error) {
	rows, err := h.tx.Query(ctx, `-- name: read a deployment of the account
SELECT `+DeploymentColumns+` FROM deployment d WHERE d.account_id = $1 AND d.deployment_id = $2 AND d.category = 'MODELS'`, h.ID, id)
	if err != nil {
		return nil, fmt.Errorf("read deployment: %w", err)
	}
	// Another account's deployment is answered like one that does not exist, so that the answer does not tell which it
	// is.
	d, err := pgx.CollectExactlyOneRow(rows, scanDeployment)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, noResource(field)
	}
	if err != nil {
		return nil, fmt.Errorf("read deployment: %w", err)
	}
	r, err := resourceOf(ctx, h.tx, h.ID, d.ResourceID, field, KindModel)
	if err != nil {
		return nil, err
	}
	last, err := lastSegment(ctx, h.tx, &d)
	return &deploymentState{r, d, last}, err
}

// onlyDeploymentOf finds a guardrail or script of the account and its deployment, which is nil if there is none yet.
func (h *hostingTx) onlyDeploymentOf(ctx context.Context, kind ResourceKind, id int64, field string) (Resource, *deploymentState, error) {
	r, err := resourceOf(ctx, h.tx, h.ID, id, field, kind)
	if err != nil {
		return r, nil, err
	}
	found := map[int64]Resource{r.ID: r}
	if err := addDeployments(ctx, h.tx, found, []int64{r.ID}); err != nil {
		return r, nil, err
	}
	d := found[r.ID].Deployment
	if d == nil {
		return r, nil, nil
	}
	last, err := lastSegment(ctx, h.tx, d)
	return r, &deploymentState{r, *d, last}, err
}

// Deployable names what can be deployed, as the API does: a model by its deployment, a guardrail or script by itself.
type Deployable struct {
	Kind ResourceKind // MODEL, GUARDRAIL or SCRIPT
	ID   int64
}

// find finds what a Deployable names. It returns WrongState for a script that was never deployed, and NotFound, naming
// the field, for what the account does not have or is of another kind.
func (h *hostingTx) find(ctx context.Context, target Deployable, field string) (*deploymentState, error) {
	if target.Kind == KindModel {
		return h.deploymentOf(ctx, target.ID, field)
	}
	_, x, err := h.onlyDeploymentOf(ctx, target.Kind, target.ID, field)
	if err == nil && x == nil {
		return nil, refuse(WrongState, field, "the script was never deployed")
	}
	return x, err
}

const insertDeploymentSQL = `-- name: add deployment
INSERT INTO deployment (account_id, resource_id, category, name, type, status, hardware, cpu_count, replicas, rate, endpoint, created_at, updated_at, external_id, tags)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14) RETURNING deployment_id`

// addDeployment writes a new deployment, not running yet.
func (h *hostingTx) addDeployment(ctx context.Context, d *Deployment) error {
	// It begins to run, or to wait, in a later step of the same transaction.
	d.AccountID, d.CreatedAt, d.UpdatedAt, d.Status = h.ID, h.Now.Time(), h.Now.Time(), DeploymentUndeployed
	err := h.tx.QueryRow(ctx, insertDeploymentSQL, d.AccountID, d.ResourceID, d.Category, d.Name, d.Type, d.Status, d.Hardware, d.CPUs, d.Replicas,
		d.Rate, d.Endpoint, d.CreatedAt, pg.OrNull(d.ExternalID), d.Tags.stored()).Scan(&d.ID)
	if err != nil {
		return fmt.Errorf("add deployment: %w", externalTaken(err))
	}
	return nil
}

// put writes the deployment and then the resulting status of its resource, because a model's status is derived from all
// its stored deployments.
func (h *hostingTx) put(ctx context.Context, x *deploymentState) error {
	// Also if no balance moves, because the event takes a revision, which the balance row holds.
	h.touched = true
	d := &x.deployment
	_, err := h.tx.Exec(ctx, `-- name: write deployment
UPDATE deployment SET status = $2, hardware = $3, cpu_count = $4, replicas = $5, rate = $6, endpoint = $7, reason = $8, deployed_at = $9, updated_at = $10
WHERE deployment_id = $1`, d.ID, d.Status, d.Hardware, d.CPUs, d.Replicas, d.Rate, d.Endpoint, d.Reason, d.DeployedAt, d.UpdatedAt)
	if err != nil {
		return fmt.Errorf("write deployment: %w", err)
	}
	if err := h.setResourceStatus(ctx, x); err != nil {
		return err
	}
	return h.putResource(ctx, h.tx, &x.resource)
}

// setResourceStatus derives a resource's status from its deployments, which are written already. A script has statuses
// of its own; a guardrail is deployed or not, and is never without a deployment.
func (h *hostingTx) setResourceStatus(ctx context.Context, x *deploymentState) error {
	r, status := &x.resource, x.deployment.Status
	switch {
	// Deleted is final, whatever a late report says of a deployment.
	case r.Status == Deleted:
	case status == DeploymentRunning:
		r.Status = Deployed
	case r.Kind == KindModel:
		return h.setModelStatus(ctx, r)
	case r.Kind == KindGuardrail:
		r.Status = Undeployed
	case status == DeploymentPending:
		r.Status = Deploying
	case status == DeploymentHasFailed:
		r.Status = DeploymentFailed
	default:
		r.Status = ReadyToDeploy
	}
	return nil
}

// setModelStatus derives a model's status: it is deployed while one of its deployments is.
func (h *hostingTx) setModelStatus(ctx context.Context, r *Resource) error {
	var running bool
	err := h.tx.QueryRow(ctx, `-- name: is a model deployed
SELECT EXISTS (SELECT FROM deployment WHERE account_id = $1 AND resource_id = $2 AND status = 'DEPLOYED')`, r.AccountID, r.ID).Scan(&running)
	if err != nil {
		return fmt.Errorf("read model's deployments: %w", err)
	}
	switch {
	case running:
		r.Status = Deployed
	case r.EverDeployed:
		r.Status = Undeployed
	}
	return nil
}

// price sets on a deployment the rate in force at a second, which it keeps until it is redeployed (rules.md §6). It
// returns UnknownHardware if the card does not name the hardware. The rate is in micro-credits per replica-hour; a
// guardrail's is that of all its CPUs together.
func (h *hostingTx) price(r *Resource, d *Deployment, at billing.Second) error {
	// The model's own rates go before the account's, and those before the card's (rules.md §6).
	prices, kind := h.prices, billing.GuardrailKind(r.Type)
	prices.Model = h.ownRates[r.ID]
	rate, known := prices.Hosting(at.Time(), r.Kind.Category(), d.Hardware, kind, d.Hardware)
	if r.Kind == KindGuardrail {
		cpus, scans := prices.Cards.At(at.Time()).GuardrailCPUs(kind)
		if !scans {
			return unknownScanner(kind, d)
		}
		// A scanner that takes no CPUs costs nothing on any hardware, so it has none.
		if d.CPUs = int32(cpus); cpus == 0 {
			d.Hardware = ""
		}
	}
	switch {
	case known:
		d.Rate = rate
		return nil
	case r.Kind == KindGuardrail:
		return refuse(UnknownHardware, "cpu", "the rate card does not know this kind of CPU")
	}
	return refuse(UnknownHardware, "hardware", "the rate card does not know this hardware")
}

// unknownScanner refuses a scanner that is not on the rate card. A caller names a scanner only for a new guardrail;
// otherwise the field is the guardrail's id.
func unknownScanner(kind billing.GuardrailKind, d *Deployment) error {
	switch {
	case d.ID != 0:
		return refuse(UnknownHardware, "guardrailId", "the rate card does not know the guardrail's scanner any more")
	case kind == "":
		return refuse(Invalid, "scannerKey", "a guardrail needs a scanner: what it scans for")
	}
	return refuse(UnknownHardware, "scannerKey", "the rate card does not know this scanner")
}

// deployAction returns the action by which the gate decides about a kind (rules.md §5).
func (k ResourceKind) deployAction() billing.Action {
	switch k {
	case KindGuardrail:
		return billing.DeployGuardrail
	case KindScript:
		return billing.DeployScript
	}
	return billing.DeployModel
}

// gate refuses what the account's credits do not allow now; what costs nothing always passes. A Refused error carries
// the decision. The books are brought up to this second, so nothing unposted is left out.
func (c *change) gate(action billing.Action, amount *billing.Amount, free bool) error {
	in := c.gateInput(c.Now, 0)
	in.Action, in.Amount, in.FreeOfCharge = action, amount, free
	d := billing.Decide(in)
	if d.Allowed {
		return nil
	}
	return &Error{Code: Refused, Message: d.Sentence, Decision: &d}
}

// instant returns when a change takes effect: now for the zero time, otherwise a second not before a bound. Fractions
// of a second are cut off, because a segment consists of whole seconds.
func (h *hostingTx) instant(at time.Time, since billing.Second, bound string) (billing.Second, error) {
	// Not the clock: if a stop has moved the account to the end of its second, what begins now begins there.
	if at.IsZero() {
		return h.At, nil
	}
	t := billing.SecondOf(at)
	switch {
	case t > h.At:
		return 0, refuse(TimeOutOfRange, "at", "this lies in the future")
	case t < h.earliest:
		return 0, refuse(TimeOutOfRange, "at", "this lies before the time for which usage is kept")
	case t < since:
		return 0, refuse(TimeOutOfRange, "at", "this lies before %s", bound)
	}
	return t, nil
}

// startInstant returns when hosting begins. It cannot have run before the account was created, except as history: then
// the books must begin with the account, because hosting that goes on runs through the time between the two (rules.md
// §2).
func (h *hostingTx) startInstant(at time.Time, x *deploymentState) (billing.Second, error) {
	t, err := h.instant(at, 0, "")
	switch {
	case err != nil:
		return 0, err
	case t < h.Created && (t >= h.BooksFrom || h.BooksFrom < h.Created):
		return 0, refuse(TimeOutOfRange, "at", "hosting cannot have run before the account was made, except before its books begin")
	case x != nil && x.last != nil && x.last.End > t:
		return 0, refuse(TimeOutOfRange, "at", "the deployment was still running then")
	}
	return t, nil
}

// announceDeployment tells subscribers, and for a script also administrators, of a change of a deployment.
func (h *hostingTx) announceDeployment(kind string, x *deploymentState, at billing.Second) {
	h.addDeploymentEvent(kind, x, at)
	h.mailScript(kind, x, at)
}

// addDeploymentEvent writes the outbox event of a change of a deployment. It has replicas only while the deployment
// runs, so that a subscriber sees from the event alone what costs.
func (h *hostingTx) addDeploymentEvent(kind string, x *deploymentState, at billing.Second) {
	d := &x.deployment
	e := DeploymentChange{Kind: kind, Category: d.Category, ResourceID: d.ResourceID, DeploymentID: d.ID, Name: x.resource.Name, Hardware: d.Hardware,
		Endpoint: d.Endpoint, Reason: d.Reason, At: at.Time()}
	if d.Status == DeploymentRunning {
		e.Replicas = d.Replicas
	}
	h.touched = true
	h.addEvent(EventDeployment, h.Now.Time(), e)
}

// mailScript tells administrators that a script was deployed, with its endpoint, or undeployed (page), or failed to
// deploy. The key holds the number of the event, so that each change of a script is mailed once, and two changes of the
// same kind are two e-mails.
func (h *hostingTx) mailScript(kind string, x *deploymentState, at billing.Second) {
	if x.resource.Kind != KindScript || kind != "DEPLOYED" && kind != "UNDEPLOYED" && kind != "FAILED" {
		return
	}
	f := h.facts(meterState(h.Account, billing.ModelCredits, h.Thresholds[0]), "")
	f.Resource, f.Reason, f.At = x.resource.Name, x.deployment.Reason, at.Time()
	if kind == "DEPLOYED" {
		f.Endpoint, f.RatePerHour = x.deployment.Endpoint, x.deployment.Rate*billing.Amount(x.deployment.Replicas)
	}
	h.addMail("SCRIPT_"+kind, "script/"+strconv.FormatInt(h.Seq, 10), f)
}
