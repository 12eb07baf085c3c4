package tsdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// Bounds of a fine-tuning job. Tokens are those of one epoch.
const (
	MaxTrainingTokens = 1_000_000_000_000
	MaxEpochs         = 1000
)

// JobStatus is the status of a fine-tuning job.
type JobStatus string

// The statuses of a job. A job is charged in full when it starts; what a failed or stopped one did not process is
// refunded.
const (
	JobRunning   JobStatus = "RUNNING"
	JobCompleted JobStatus = "COMPLETED"
	JobFailed    JobStatus = "FAILED"
	JobStopped   JobStatus = "STOPPED"
)

// Job is a fine-tuning job. Amounts are in micro-credits; tokens are those of one epoch unless a field says otherwise;
// Refunded is part of Charge.
type Job struct {
	ID              int64
	AccountID       int64
	BaseModelID     int64
	ModelID         int64 // the FINE_TUNED model that the job makes and is charged to
	TrainingTokens  int64
	Epochs          int64
	Method          billing.TrainingMethod
	Hardware        string
	Charge          billing.Amount
	Refunded        billing.Amount
	ProcessedTokens *int64 // of all epochs together; nil while running
	Status          JobStatus
	Reason          string
	StartedAt       time.Time
	FinishedAt      *time.Time
}

// In the order of scanJob.
const jobColumns = `j.job_id, j.account_id, j.base_model_id, j.model_id, j.training_tokens, j.epochs, j.method, j.hardware, j.charge, j.refunded,
  j.processed_tokens, j.status, j.reason, j.started_at, j.finished_at`

// scanJob reads jobColumns.
func scanJob(row pgx.CollectableRow) (j Job, err error) {
	err = row.Scan(&j.ID, &j.AccountID, &j.BaseModelID, &j.ModelID, &j.TrainingTokens, &j.Epochs, &j.Method, &j.Hardware, &j.Charge, &j.Refunded,
		&j.ProcessedTokens, &j.Status, &j.Reason, &j.StartedAt, &j.FinishedAt)
	return j, err
}

// NewJob describes a fine-tuning job to start. All of it is the content of the request that its key names.
type NewJob struct {
	AccountID      int64
	ModelID        int64  // the model to start from
	Name           string // of the FINE_TUNED model to make
	TrainingTokens int64
	Epochs         int64
	Method         billing.TrainingMethod
	Hardware       string // GPU
	IdempotencyKey string // required
	Own                   // of the model to make
}

// price returns what the job costs for a model by a rate card, in micro-credits, rounded once. It refuses a job that
// has no price. A job of a few tokens may cost nothing, and is a job all the same.
func (n *NewJob) price(card *billing.RateCard, model *Resource) (billing.Amount, error) {
	// A model whose size nobody gave has size 0: the estimate then says that it has no price.
	j := billing.FineTuningJob{TrainingTokens: n.TrainingTokens, Epochs: n.Epochs, Method: n.Method, GPU: n.Hardware}
	if model.Billions != nil {
		j.Billions = *model.Billions
	}
	charge, err := card.FineTuning.Estimate(j)
	switch {
	// Each refusal names the argument that the caller can change; what no argument can help is Unsupported.
	case errors.Is(err, billing.ErrTrainingSize):
		return 0, refuse(Invalid, "trainingTokens", "%s", err.Error())
	case errors.Is(err, billing.ErrUnknownTrainingGPU):
		return 0, refuse(UnknownHardware, "gpu", "%s", billing.ErrUnknownTrainingGPU.Error()) // without what was sent
	case err != nil:
		return 0, refuse(Unsupported, "", "%s", err.Error())
	}
	return charge, nil
}

func (n *NewJob) check() error {
	if n.TrainingTokens < 1 || n.TrainingTokens > MaxTrainingTokens {
		return refuse(Invalid, "trainingTokens", "a job has 1 to 10^12 tokens of training data")
	}
	if n.Epochs < 1 || n.Epochs > MaxEpochs {
		return refuse(Invalid, "epochs", "a job has 1 to 1,000 epochs")
	}
	if n.Hardware == "" {
		return refuse(Invalid, "gpu", "a job needs a GPU that it runs on")
	}
	return nil
}

// EstimateFineTuning returns what a job would cost now, which is what StartFineTuning would charge. It returns
// Unsupported, Invalid or UnknownHardware if there is no price, WrongState for a deleted model, and NotFound for one
// that is not the account's.
func (s *Store) EstimateFineTuning(ctx context.Context, n NewJob) (billing.Amount, error) {
	if err := n.check(); err != nil {
		return 0, err
	}
	// The present card, as for the job itself. Without the account's lock, because this is only advice: the gate decides
	// when the job starts.
	cards, err := s.RateCards(ctx)
	if err != nil {
		return 0, err
	}
	found, err := readResources(ctx, s.pool, []int64{n.ModelID}, []int64{n.AccountID})
	if err != nil {
		return 0, err
	}
	// Guardrails and scripts are not models, and another account's models are not found.
	model, ok := found[n.ModelID]
	if !ok || model.Kind != KindModel {
		return 0, noResource("modelId")
	}
	if model.Status == Deleted {
		return 0, modelDeleted()
	}
	return n.price(cards.At(s.Now()), &model)
}

// StartFineTuning makes the FINE_TUNED model and the job and charges the job's price at once. It passes the gate
// FINE_TUNE with that price: more than 25 credits, and the price fits (rules.md §7). Repeating the key returns the
// first job as it is by now. It returns Refused with the decision, Unsupported, Invalid or UnknownHardware if there is
// no price, WrongState for a deleted model, and NameTaken for a used own id.
func (s *Store) StartFineTuning(ctx context.Context, n NewJob) (Job, error) {
	if err := text.CheckName("name", n.Name); err != nil {
		return Job{}, err
	}
	if err := checkKey(n.IdempotencyKey, true); err != nil {
		return Job{}, err
	}
	if err := n.check(); err != nil {
		return Job{}, err
	}
	if err := n.Own.check(); err != nil {
		return Job{}, err
	}
	// By changeHosting, for its rates: those in force in the transaction, read together with the account's lock.
	var m made
	err := s.changeHosting(ctx, n.AccountID, func(ctx context.Context, h *hostingTx) error {
		return h.once(ctx, h.tx, n.IdempotencyKey, "startFineTuning", n, &m, func() (err error) {
			m.Job, err = h.startJob(ctx, n)
			return err
		})
	})
	if err != nil {
		return Job{}, err
	}
	return s.job(ctx, m.Job)
}

func modelDeleted() *Error { return refuse(WrongState, "modelId", "the model is deleted") }

const insertJobSQL = `-- name: start fine-tuning job
INSERT INTO fine_tuning_job (account_id, base_model_id, model_id, training_tokens, epochs, method, hardware, charge, status, started_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'RUNNING', $9) RETURNING job_id`

func (h *hostingTx) startJob(ctx context.Context, n NewJob) (id int64, err error) {
	base, err := resourceOf(ctx, h.tx, h.ID, n.ModelID, "modelId", KindModel)
	if err != nil {
		return 0, err
	}
	if base.Status == Deleted {
		return 0, modelDeleted()
	}
	charge, err := n.price(h.prices.Cards.At(h.Now.Time()), &base)
	if err != nil {
		return 0, err
	}
	// Before anything is made, so that a refused job leaves no model behind.
	if err := h.gate(billing.FineTune, &charge, false); err != nil {
		return 0, err
	}
	// The model has the size of its base, so that another job may begin with it.
	model := Resource{Kind: KindModel, Name: n.Name, Status: Registered, Type: FineTunedModel, Billions: base.Billions, BaseModelID: base.ID,
		ExternalID: n.ExternalID, Tags: n.Tags}
	if err := h.insertResource(ctx, h.tx, &model); err != nil {
		return 0, err
	}
	err = h.tx.QueryRow(ctx, insertJobSQL, h.ID, base.ID, model.ID, n.TrainingTokens, n.Epochs, n.Method, n.Hardware, charge, h.Now.Time()).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("start job: %w", err)
	}
	// Charged to the model that the job makes, not to the one that it begins with (rules.md §7).
	h.ChargeFineTuning(id, model.ID, charge)
	return id, nil
}

// JobEnd says how a job ended. Whoever reports it need not have started the job. ProcessedTokens decides, to the token,
// what is given back.
type JobEnd struct {
	AccountID       int64
	JobID           int64
	Outcome         JobStatus // JobCompleted, JobFailed or JobStopped
	ProcessedTokens *int64    // of all epochs together; required unless completed
	Reason          string
}

// FinishFineTuning ends a job. For a failed or stopped job the unprocessed share is refunded, charted in the minute of
// the charge (rules.md §7). A repeat with the same content returns the first result; one with other content returns
// WrongState. Invalid is returned for an outcome or a number of tokens that cannot be, and NotFound for a job of
// another account.
func (s *Store) FinishFineTuning(ctx context.Context, e JobEnd) (Job, error) {
	if err := checkNote("reason", e.Reason, 1000); err != nil {
		return Job{}, err
	}
	if e.Outcome != JobCompleted && e.Outcome != JobFailed && e.Outcome != JobStopped {
		return Job{}, refuse(Invalid, "outcome", "the outcome must be COMPLETED, FAILED or STOPPED")
	}
	err := s.changeHosting(ctx, e.AccountID, func(ctx context.Context, h *hostingTx) error {
		j, err := h.jobOf(ctx, e.JobID)
		if err != nil {
			return err
		}
		// Completed before it is compared: a repeat that leaves out what the first report said, or says what it left out,
		// is the same.
		if err := e.complete(&j); err != nil || j.answers(e) {
			return err
		}
		if j.Status != JobRunning {
			return refuse(WrongState, "jobId", "the job has ended already")
		}
		return h.finishJob(ctx, &j, e)
	})
	if err != nil {
		return Job{}, err
	}
	return s.job(ctx, e.JobID)
}

// complete checks the processed tokens, and fills in what the end left out, which is then compared and stored. A
// completed job processed all tokens, unless the end says otherwise.
func (e *JobEnd) complete(j *Job) error {
	// Each epoch counts, so a token processed twice counts twice. At most 10^15, since both factors are bounded.
	all := j.TrainingTokens * j.Epochs
	if e.ProcessedTokens == nil && e.Outcome == JobCompleted {
		e.ProcessedTokens = &all
	}
	if e.ProcessedTokens == nil {
		return refuse(Invalid, "processedTokens", "a job that did not complete needs the tokens that it processed")
	}
	if *e.ProcessedTokens < 0 || *e.ProcessedTokens > all {
		return refuse(Invalid, "processedTokens", "the job had 0 to %d tokens to process", all)
	}
	return nil
}

// answers reports whether the same end was taken already. The reason counts as well: another one would be lost without
// a word.
func (j *Job) answers(e JobEnd) bool {
	return j.Status == e.Outcome && j.ProcessedTokens != nil && *j.ProcessedTokens == *e.ProcessedTokens && j.Reason == e.Reason
}

func (h *hostingTx) jobOf(ctx context.Context, id int64) (Job, error) {
	rows, err := h.tx.Query(ctx, `-- name: read a job of the account
SELECT `+jobColumns+` FROM fine_tuning_job j WHERE j.account_id = $1 AND j.job_id = $2`, h.ID, id)
	if err != nil {
		return Job{}, fmt.Errorf("read job: %w", err)
	}
	j, err := pgx.CollectExactlyOneRow(rows, scanJob)
	if errors.Is(err, pgx.ErrNoRows) {
		// Another account's job is answered like one that does not exist, so that nobody learns which ids there are.
		return Job{}, noResource("jobId")
	}
	if err != nil {
		return Job{}, fmt.Errorf("read job: %w", err)
	}
	return j, nil
}

func (h *hostingTx) finishJob(ctx context.Context, j *Job, e JobEnd) error {
	// What is kept is rounded, and the refund is the rest: together they are the charge, to the micro-credit.
	if e.Outcome != JobCompleted {
		j.Refunded = j.Charge - billing.Kept(j.Charge, *e.ProcessedTokens, j.TrainingTokens, j.Epochs)
	}
	// A job that cost nothing has no entry to refund.
	if j.Refunded > 0 {
		if err := h.refundJob(ctx, j); err != nil {
			return err
		}
	}
	// Also if nothing is given back, so that the account's revision moves with its jobs.
	h.touched = true
	_, err := h.tx.Exec(ctx, `-- name: finish fine-tuning job
UPDATE fine_tuning_job SET status = $2, processed_tokens = $3, reason = $4, refunded = $5, finished_at = $6 WHERE job_id = $1`,
		j.ID, e.Outcome, *e.ProcessedTokens, e.Reason, j.Refunded, h.Now.Time())
	if err != nil {
		return fmt.Errorf("finish job: %w", err)
	}
	return nil
}

// Within a minute of the job's start, which leaves alone all chunks of the ledger but one or two.
const selectJobCharge = `-- name: read the charge of a job
SELECT entry_no, minute, amount, draw_grants, draw_amounts, debt FROM ledger_entry
WHERE account_id = $1 AND posted_at >= $2 AND posted_at < $2 + interval '1 minute' AND cause = 'FINE_TUNING' AND cause_id = $3 AND kind = 'CHARGE'
ORDER BY entry_no`

// refundJob gives the unprocessed share back to what paid for it, in the reverse order of paying, after debt is paid
// off (rules.md §2). The entries of the charge say which grants had paid.
func (h *hostingTx) refundJob(ctx context.Context, j *Job) error {
	rows, err := h.tx.Query(ctx, selectJobCharge, h.ID, j.StartedAt, j.ID)
	if err != nil {
		return fmt.Errorf("read job's charge: %w", err)
	}
	paid, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (billing.Entry, error) {
		var e billing.Entry
		err := scanPaid(row, &e)
		return e, err
	})
	if err != nil {
		return fmt.Errorf("read job's charge: %w", err)
	}
	// In the minute of the charge, so that charts show for it what the job cost in the end; if retention has dropped
	// that minute, in the earliest that is kept.
	e := billing.Entry{Category: billing.Models, Cause: billing.CauseFineTuning, CauseID: j.ID, ResourceID: j.ModelID,
		Minute: max(billing.SecondOf(j.StartedAt), h.earliest).Minute()}
	h.Refund(e, j.Refunded, paid)
	return nil
}

// job reads one job after a commit.
func (s *Store) job(ctx context.Context, id int64) (Job, error) {
	found, err := s.Jobs(ctx, []int64{id})
	if err != nil {
		return Job{}, err
	}
	j, ok := found[id]
	if !ok {
		return Job{}, noResource("id")
	}
	return j, nil
}

// Jobs reads jobs by id, of any account; unknown ids are missing from the result.
func (s *Store) Jobs(ctx context.Context, ids []int64) (map[int64]Job, error) {
	return s.JobsWithin(ctx, nil, ids)
}

// JobsWithin reads the jobs that belong to one of the accounts; nil means every account, and an empty list none.
func (s *Store) JobsWithin(ctx context.Context, accounts, ids []int64) (map[int64]Job, error) {
	rows, err := s.pool.Query(ctx, `-- name: read jobs
SELECT `+jobColumns+` FROM fine_tuning_job j WHERE j.job_id = ANY($1::bigint[]) AND ($2::bigint[] IS NULL OR j.account_id = ANY($2::bigint[]))
ORDER BY j.job_id`, ids, accounts)
	if err != nil {
		return nil, fmt.Errorf("read jobs: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanJob)
	if err != nil {
		return nil, fmt.Errorf("read jobs: %w", err)
	}
	found := make(map[int64]Job, len(list))
	for _, j := range list {
		found[j.ID] = j
	}
	return found, nil
}

// JobsOf reads a page of an account's jobs with one of the statuses, latest first; nil means all statuses, and an empty
// list none. total asks for the number of jobs in the whole list. Limit is 1 to 100.
func (s *Store) JobsOf(ctx context.Context, account int64, statuses []JobStatus, page Page, total bool) (Paged[Job], error) {
	args := []any{account, statuses}
	const where = ` FROM fine_tuning_job j WHERE j.account_id = $1 AND ($2::text[] IS NULL OR j.status = ANY($2::text[]))`
	clause, pageArgs := page.Clause([]string{"j.job_id"}, args)
	rows, err := s.pool.Query(ctx, "-- name: list fine-tuning jobs\nSELECT "+jobColumns+where+clause, pageArgs...)
	if err != nil {
		return Paged[Job]{}, fmt.Errorf("list jobs: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanJob)
	if err != nil {
		return Paged[Job]{}, fmt.Errorf("list jobs: %w", err)
	}
	out := pg.CutPage(page, list)
	if !total {
		return out, nil
	}
	if err := s.pool.QueryRow(ctx, "-- name: count fine-tuning jobs\nSELECT count(*)"+where, args...).Scan(&out.Total); err != nil {
		return out, fmt.Errorf("count jobs: %w", err)
	}
	return out, nil
}
